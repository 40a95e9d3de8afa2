//! The contract of providers, on every provider there is here, and on some that break it.

use cmkit::key::KeyUri;
use cmkit::operation::{KeyReply, KeyRequest};
use cmkit::secret::Secret;
use cmkit::{CacheLimits, DataKeyCache, Provider};
use cmkit_conformance::{Holder, Vectors, contract};
use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Role, Vaults};

#[test]
fn the_holder_of_the_vectors() {
    let vectors = Vectors::load();
    let holder = Holder::new(&vectors.keyring, &Default::default(), &[]);
    for held in vectors.keyring.held.values().filter(|held| held.uri().version().is_some()) {
        let broken = contract::check(&Holder::new(&vectors.keyring, &Default::default(), &[]), &held.key);
        assert!(broken.is_empty(), "{}: {broken:#?}", held.key);
    }
    drop(holder);
}

#[test]
fn a_local_vault_for_its_owner_and_for_an_identity() {
    for kind in [KeyKind::Rsa2048, KeyKind::Symmetric] {
        let vault = LocalVault::in_memory("orders.vault.azure.net").expect("a vault");
        let key = vault.create_key("orders-kek", kind, NewKey::default()).expect("a key");
        vault.grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
        let vaults = Vaults::new([vault.clone()]).expect("a router");
        for broken in [
            contract::check(&vault.as_owner(), &key),
            contract::check(&vault.as_identity("app"), &key),
            contract::check(&vaults.as_identity("app"), &key),
            contract::check(&DataKeyCache::new(vault.as_identity("app"), CacheLimits::default()), &key),
        ] {
            assert!(broken.is_empty(), "{broken:#?}");
        }
        assert!(!contract::check(&vault.as_identity("nobody"), &key).is_empty(), "no grant, no contract");
    }
}

#[test]
fn providers_that_break_it_are_found() {
    let vault = LocalVault::in_memory("orders.vault.azure.net").expect("a vault");
    let key = vault.create_key("orders-kek", KeyKind::Rsa2048, NewKey::default()).expect("a key");
    let owner = vault.as_owner();

    let always_unwraps = |request: &KeyRequest| match request {
        KeyRequest::Unwrap { .. } => Ok(KeyReply::Unwrapped(Secret::from_slice(&[1; 32]))),
        _ => owner.ask(request),
    };
    assert!(contract::check(&always_unwraps, &key).len() >= 4);

    let latest_only = |request: &KeyRequest| match request {
        KeyRequest::Unwrap { algorithm, wrapped, cache_id, .. } => {
            let (key, wrapped) = (key.clone(), wrapped.clone());
            owner.ask(&KeyRequest::Unwrap { key, algorithm: *algorithm, wrapped, cache_id: *cache_id })
        }
        _ => owner.ask(request),
    };
    let broken = contract::check(&latest_only, &key);
    assert!(broken.iter().any(|line| line.contains("which is not there")), "{broken:#?}");

    let other = KeyUri::parse("https://other.vault.azure.net/keys/k").expect("a key");
    let renames = |request: &KeyRequest| match owner.ask(request)? {
        KeyReply::Resolved(mut state) => {
            state.key = state.key.version().map_or(other.clone(), |version| other.with_version(version));
            Ok(KeyReply::Resolved(state))
        }
        reply => Ok::<_, cmkit::BoxError>(reply),
    };
    assert_eq!(contract::check(&renames, &key).len(), 1);
}
