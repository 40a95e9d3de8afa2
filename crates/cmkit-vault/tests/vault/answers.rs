//! What the vault answers whom, in which state of the key: the questions of the data plane.

use crate::common::{DAY, DEK, HOST, START, clock, reason, resolve, unwrap, vault, wrap};
use cmkit::RefusalKind;
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::{KeyMaterial, WrapAlgorithm::A256Kw, WrapAlgorithm::RsaOaep256};
use cmkit_vault::{
    DateChange, Grant, KeyChange, KeyKind, KeyOperation, LocalVault, Network, NewKey, Permission, PermissionModel,
    Place, Role, Vaults,
};
use std::sync::atomic::Ordering;

fn change() -> KeyChange {
    KeyChange::default()
}

#[test]
fn both_kinds_of_key_wrap_and_unwrap() {
    let (vault, _) = vault();
    let owner = vault.as_owner();
    for (name, kind, algorithm) in [("rsa", KeyKind::Rsa2048, RsaOaep256), ("oct", KeyKind::Symmetric, A256Kw)] {
        let key = vault.create_key(name, kind, NewKey::default()).expect("a key");
        let state = resolve(&owner, &key.versionless()).expect("resolves");
        assert_eq!((&state.key, state.created, state.may_wrap, state.enabled), (&key, Some(START), true, true));
        assert_eq!(matches!(state.material, KeyMaterial::Rsa(_)), algorithm == RsaOaep256);
        let wrapped = wrap(&owner, &key, algorithm).expect("wraps");
        assert!(unwrap(&owner, &key, algorithm, &wrapped).expect("unwraps").ct_eq(&DEK));

        let mut wrong = wrapped.clone();
        wrong[9] ^= 1;
        let refusal = unwrap(&owner, &key, algorithm, &wrong).expect_err("a changed byte");
        assert_eq!((refusal.kind, refusal.reason.as_ref()), (RefusalKind::WrongCiphertext, "BadParameter"));
        let other = if algorithm == A256Kw { RsaOaep256 } else { A256Kw };
        assert_eq!(reason(wrap(&owner, &key, other)), "BadParameter");
        assert_eq!(reason(unwrap(&owner, &key, other, &wrapped)), "BadParameter");
    }
}

#[test]
fn resolve_gives_the_newest_version_even_a_disabled_one() {
    let (vault, hand) = vault();
    let owner = vault.as_owner();
    let first = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let second = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("in the same second");
    assert_eq!(resolve(&owner, &first.versionless()).expect("resolves").key, second);
    hand.fetch_sub(DAY, Ordering::Relaxed); // a clock set back changes no order
    let third = vault.rotate("KEK").expect("rotates");
    vault.set_enabled("kek", None, false).expect("disabled");
    let newest = resolve(&owner, &first.versionless()).expect("resolves");
    assert_eq!((newest.key, newest.enabled), (third, false));
    assert_eq!(resolve(&owner, &first).expect("resolves").key, first);
}

#[test]
fn what_works_in_which_state() {
    let (vault, _) = vault();
    let owner = vault.as_owner();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let wrapped = wrap(&owner, &key, A256Kw).expect("wraps");
    let at = |not_before, expires| KeyChange { not_before, expires, ..change() };
    let only = |operation| KeyChange { operations: Some([operation].into()), ..change() };
    let all = KeyChange { operations: Some([KeyOperation::WrapKey, KeyOperation::UnwrapKey].into()), ..change() };
    use DateChange::{Clear, Set};
    let cases = [
        (at(Set(START), Set(START + 1)), "allowed", "allowed"),
        (at(Set(START + 1), Clear), "Forbidden", "allowed"),
        (at(Clear, Set(START)), "Forbidden", "allowed"),
        (at(Clear, Clear), "allowed", "allowed"),
        (only(KeyOperation::UnwrapKey), "KeyOperationForbidden", "allowed"),
        (only(KeyOperation::WrapKey), "allowed", "KeyOperationForbidden"),
        (all, "allowed", "allowed"),
        (KeyChange { enabled: Some(false), ..change() }, "KeyDisabled", "KeyDisabled"),
        (KeyChange { enabled: Some(true), ..change() }, "allowed", "allowed"),
    ];
    for (change, wraps, unwraps) in cases {
        vault.update_key("kek", None, &change).expect("changed");
        assert_eq!(reason(resolve(&owner, &key)), "allowed", "{change:?}");
        assert_eq!(reason(wrap(&owner, &key, A256Kw)), wraps, "{change:?}");
        assert_eq!(reason(unwrap(&owner, &key, A256Kw, &wrapped)), unwraps, "{change:?}");
    }
    vault.update_key("kek", None, &only(KeyOperation::UnwrapKey)).expect("changed");
    assert!(!resolve(&owner, &key).expect("resolves").may_wrap);
    assert!(vault.update_key("kek", None, &at(Set(START), Set(START))).is_err(), "expires when it begins");
}

#[test]
fn the_state_is_that_of_the_version() {
    let (vault, _) = vault();
    let owner = vault.as_owner();
    let first = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let wrapped = wrap(&owner, &first, A256Kw).expect("wraps");
    let second = vault.rotate("kek").expect("rotates");
    assert_eq!(reason(unwrap(&owner, &second, A256Kw, &wrapped)), "BadParameter", "another version is another key");
    vault.set_enabled("kek", first.version(), false).expect("disabled");
    assert_eq!(reason(unwrap(&owner, &first, A256Kw, &wrapped)), "KeyDisabled");
    assert_eq!(reason(wrap(&owner, &second, A256Kw)), "allowed");
    vault.set_enabled("kek", first.version(), true).expect("enabled");
    assert!(unwrap(&owner, &first, A256Kw, &wrapped).expect("unwraps").ct_eq(&DEK));
}

#[test]
fn each_question_takes_its_own_permission() {
    let (vault, _) = vault();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let wrapped = wrap(&vault.as_owner(), &key, A256Kw).expect("wraps");
    vault.set_permission_model(PermissionModel::Policy).expect("policies");
    let answers = |permissions: &str| {
        vault.forget("app").expect("forgotten");
        vault.grant("app", Grant::permissions(permissions).expect("permissions")).expect("granted");
        let app = vault.as_identity("app");
        [reason(resolve(&app, &key)), reason(wrap(&app, &key, A256Kw)), reason(unwrap(&app, &key, A256Kw, &wrapped))]
    };
    let (yes, no) = ("allowed", "ForbiddenByPolicy");
    assert_eq!(answers("list"), [no, no, no]);
    assert_eq!(answers("get"), [yes, no, no]);
    assert_eq!(answers("wrapKey"), [no, yes, no]);
    assert_eq!(answers("unwrapKey"), [no, no, yes]);
    assert_eq!(answers("get,wrapKey,unwrapKey"), [yes, yes, yes]);
    vault.revoke("app", &Grant::permissions("unwrapKey").expect("permissions")).expect("revoked");
    assert_eq!(reason(unwrap(&vault.as_identity("app"), &key, A256Kw, &wrapped)), no);
}

#[test]
fn grants_of_the_other_model_do_nothing() {
    let (vault, _) = vault();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let app = vault.as_identity("app");
    assert_eq!(reason(resolve(&app, &key)), "ForbiddenByRbac", "an identity that nobody knows");
    vault.grant("app", Grant::permissions("get").expect("permissions")).expect("granted");
    assert_eq!(reason(resolve(&app, &key)), "ForbiddenByRbac");
    vault.grant("app", Grant::role("Owner".parse().expect("a role"))).expect("granted");
    assert_eq!(reason(resolve(&app, &key)), "ForbiddenByRbac", "a role of the control plane");
    vault.grant("app", Grant::role(Role::ENCRYPTION_USER).on_key("other")).expect("granted");
    assert_eq!(reason(resolve(&app, &key)), "ForbiddenByRbac", "a role on another key");
    vault.grant("app", Grant::role(Role::ENCRYPTION_USER).on_key("kek")).expect("granted");
    assert_eq!(reason(resolve(&app, &key)), "allowed");
    vault.set_permission_model(PermissionModel::Policy).expect("switched");
    assert_eq!(reason(resolve(&app, &key)), "allowed", "the access policy was stored all along");
    assert_eq!(reason(wrap(&app, &key, A256Kw)), "ForbiddenByPolicy");
    vault.set_permission_model(PermissionModel::Rbac).expect("switched back");
    assert_eq!(reason(wrap(&app, &key, A256Kw)), "allowed");
}

#[test]
fn the_network_comes_first_and_knows_the_callers_place() {
    let (vault, _) = vault();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let (app, service) = (vault.as_identity("app"), vault.as_identity("app").at(Place::TrustedService));
    vault.set_network(Network::Disabled { trusted_services: true }).expect("closed");
    assert_eq!(reason(resolve(&app, &key)), "ForbiddenByConnection");
    assert_eq!(
        reason(resolve(&vault.as_owner(), &key)),
        "ForbiddenByConnection",
        "the owner's calls come by network too"
    );
    assert_eq!(reason(resolve(&service, &key)), "ForbiddenByRbac", "past the network");
    vault.grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
    assert_eq!(reason(resolve(&service, &key)), "allowed");
    vault.set_place("app", Place::TrustedService).expect("placed");
    assert_eq!(reason(resolve(&app, &key)), "allowed", "the vault knows where the identity calls from");
    assert_eq!(reason(resolve(&app.at(Place::Elsewhere), &key)), "ForbiddenByConnection", "unless the caller says so");
    vault.set_network(Network::Disabled { trusted_services: false }).expect("closed");
    assert_eq!(reason(resolve(&service, &key)), "ForbiddenByConnection");
    vault.set_network(Network::Selected { trusted_services: false }).expect("closed");
    assert_eq!(reason(resolve(&service, &key)), "ForbiddenByFirewall");
    vault.set_network(Network::Public).expect("open");
    assert_eq!(reason(resolve(&service, &key)), "allowed");
}

#[test]
fn faults_on_request() {
    let (vault, _) = vault();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let owner = vault.as_owner();
    vault.throttle_next(2, 7);
    for _ in 0..2 {
        let refusal = resolve(&owner, &key).expect_err("throttled");
        assert_eq!((refusal.kind, refusal.reason.as_ref()), (RefusalKind::Unavailable, "Throttled"));
        assert_eq!(refusal.retry_after, Some(7));
    }
    assert_eq!(reason(resolve(&owner, &key)), "allowed");
    vault.unreachable(true);
    vault.throttle_next(1, 1);
    assert_eq!(reason(resolve(&owner, &key)), "Unreachable");
    vault.unreachable(false);
    assert_eq!(reason(resolve(&vault.as_identity("nobody"), &key)), "Throttled", "throttling comes before permission");
    assert_eq!(reason(resolve(&owner, &key)), "allowed");
}

#[test]
fn who_may_not_ask_does_not_learn_what_there_is() {
    let (vault, _) = vault();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let missing = vault.key_uri("missing").expect("a name");
    let unknown = key.with_version(KeyVersion::from_bytes([9; 16]));
    let (nobody, owner) = (vault.as_identity("nobody"), vault.as_owner());
    for key in [&key, &missing, &unknown] {
        assert_eq!(reason(resolve(&nobody, key)), "ForbiddenByRbac");
    }
    assert_eq!(reason(resolve(&owner, &missing)), "KeyNotFound");
    assert_eq!(reason(resolve(&owner, &unknown)), "KeyNotFound");
    vault.delete_key("kek").expect("deleted");
    assert_eq!(reason(resolve(&owner, &key)), "KeyNotFound");
    assert_eq!(reason(unwrap(&owner, &key, A256Kw, &[0; 40])), "KeyNotFound");
    vault.recover_key("kek").expect("recovered");
    assert_eq!(reason(resolve(&owner, &key)), "allowed");
}

#[test]
fn the_log_counts_every_question() {
    let (vault, hand) = vault();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    vault.grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
    let app = vault.as_identity("app");
    let _ = resolve(&app, &key.versionless());
    hand.fetch_add(5, Ordering::Relaxed);
    let _ = wrap(&app, &key, A256Kw);
    let _ = unwrap(&vault.as_identity("eve"), &key, A256Kw, &[1; 40]);
    let _ = unwrap(&vault.as_owner(), &key, A256Kw, &[1; 40]);
    let lines: Vec<String> = vault.log().iter().map(ToString::to_string).collect();
    let later = START + 5;
    assert_eq!(
        lines,
        [
            format!("{START} app get {key} allowed"),
            format!("{later} app wrapKey {key} allowed"),
            format!("{later} eve unwrapKey {key} ForbiddenByRbac"),
            format!("{later} (owner) unwrapKey {key} BadParameter"),
        ]
    );
    assert_eq!(vault.log().iter().filter(|entry| entry.asked == Permission::UnwrapKey).count(), 2);
    vault.clear_log();
    assert!(vault.log().is_empty());
}

#[test]
fn a_router_asks_the_vault_of_the_host() {
    let (clock, _) = clock();
    let [orders, payments] = [HOST, "payments.vault.azure.net"]
        .map(|host| LocalVault::in_memory(host).expect("a vault").with_clock(clock.clone()));
    let key = payments.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let vaults = Vaults::new([orders.clone(), payments.clone()]).expect("two hosts");
    let owner = vaults.as_owner();
    let wrapped = wrap(&owner, &key, A256Kw).expect("wraps");
    assert!(unwrap(&owner, &key, A256Kw, &wrapped).expect("unwraps").ct_eq(&DEK));
    assert_eq!((orders.log().len(), payments.log().len()), (0, 2));
    assert_eq!(reason(resolve(&vaults.as_identity("app"), &key)), "ForbiddenByRbac");
    let nowhere = KeyUri::parse("https://nowhere.vault.azure.net/keys/kek").expect("a key");
    let refusal = resolve(&owner, &nowhere).expect_err("no such host");
    assert_eq!((refusal.kind, refusal.reason.as_ref()), (RefusalKind::Unavailable, "HostNotFound"));
    assert_eq!(reason(resolve(&orders.as_owner(), &nowhere)), "HostNotFound");
    assert!(Vaults::new([orders.clone(), orders]).is_err());
}

#[test]
fn many_threads_share_a_vault() {
    let (vault, _) = vault();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let owner = vault.as_owner();
    let wrapped = wrap(&owner, &key, A256Kw).expect("wraps");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let (owner, key, wrapped) = (owner.clone(), &key, &wrapped);
            scope.spawn(move || {
                for _ in 0..50 {
                    assert!(unwrap(&owner, key, A256Kw, wrapped).expect("unwraps").ct_eq(&DEK));
                }
            });
        }
        scope.spawn(|| (0..10).for_each(|_| drop(vault.rotate("kek").expect("rotates"))));
    });
    assert_eq!(vault.key("kek").expect("the key").versions.len(), 11);
}
