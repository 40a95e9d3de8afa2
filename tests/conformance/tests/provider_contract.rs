//! The contract of providers, on every provider there is here, and on some that break it.

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::{ClientOptions, RetryOptions};
use azure_core::time::{Duration, OffsetDateTime};
use cmkit::key::KeyUri;
use cmkit::operation::{KeyReply, KeyRequest};
use cmkit::secret::Secret;
use cmkit::{CacheLimits, DataKeyCache, Provider};
use cmkit_azure::{BlockingKeyVault, KeyVaultOptions};
use cmkit_conformance::{Holder, Vectors, contract};
use cmkit_vault::serve::{ServeOptions, Server};
use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Role, Vaults};
use std::sync::Arc;

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

/// A credential whose token is the identity's name.
#[derive(Debug)]
struct Named(&'static str);

#[async_trait::async_trait]
impl TokenCredential for Named {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new(self.0, OffsetDateTime::now_utc() + Duration::hours(1)))
    }
}

#[test]
fn key_vault_over_https() {
    for kind in [KeyKind::Rsa2048, KeyKind::Symmetric] {
        let vault = LocalVault::in_memory("orders.vault.azure.net").expect("a vault");
        let key = vault.create_key("orders-kek", kind, NewKey::default()).expect("a key");
        vault.grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
        let server = Server::start(vault, &ServeOptions::default()).expect("served");
        let host = server.url().trim_start_matches("https://");
        let version = key.version().expect("a version");
        let key = KeyUri::parse_on(&format!("https://{host}/keys/orders-kek/{version}"), &[host]).expect("a key");
        let provider = |identity| {
            let (hosts, ca) = (vec![host.to_owned()], Some(server.authority().into()));
            let client = ClientOptions { retry: RetryOptions::none(), ..ClientOptions::default() };
            let options = KeyVaultOptions { hosts, ca, client, ..KeyVaultOptions::default() };
            BlockingKeyVault::new(Arc::new(Named(identity)), options).expect("a provider")
        };
        let broken = contract::check(&provider("app"), &key);
        assert!(broken.is_empty(), "{broken:#?}");
        assert!(!contract::check(&provider("nobody"), &key).is_empty(), "no grant, no contract");
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
