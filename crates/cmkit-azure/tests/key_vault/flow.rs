//! The life of data under a key: sealed, rotated, rewrapped, revoked, restored.

use crate::{Fixture, Named, options};
use cmkit::envelope::{OpenKeys, OpenOptions, RewrapOptions, SealOptions, inspect};
use cmkit::key::KeyUri;
use cmkit::{Code, Error, Provider};
use cmkit_azure::KeyVault;
use cmkit_vault::{Grant, KeyKind, Network, Permission, Role};
use std::sync::Arc;

const DATA: &[u8] = b"invoice 4711";

fn seal(fixture: &Fixture, provider: &impl Provider) -> Result<Vec<u8>, Error> {
    cmkit::seal(DATA, SealOptions::new([fixture.key.clone().into()]), provider)
}

fn open(fixture: &Fixture, sealed: &[u8], provider: &impl Provider) -> Result<Vec<u8>, Error> {
    cmkit::open(sealed, &OpenOptions::new(OpenKeys::vault([fixture.key.clone()])), provider)
}

fn version_in(sealed: &[u8]) -> String {
    let url = inspect(sealed).expect("a head").keys.remove(0).key.expect("a key");
    url.rsplit('/').next().expect("a version").to_owned()
}

#[test]
fn seal_rotate_open_rewrap_revoke_restore() {
    for kind in [KeyKind::Rsa2048, KeyKind::Symmetric] {
        let fixture = Fixture::new(kind);
        let app = fixture.provider("app");
        let old = seal(&fixture, &app).expect("sealed");
        let second = fixture.vault().rotate("kek").expect("rotated");
        let new = seal(&fixture, &app).expect("sealed");
        assert_eq!(version_in(&new), second.version().expect("a version").to_string());
        assert_ne!(version_in(&old), version_in(&new));
        for sealed in [&old, &new] {
            assert_eq!(open(&fixture, sealed, &app).expect("opens"), DATA);
        }

        let to = RewrapOptions::new(OpenKeys::vault([fixture.key.clone()]), [fixture.key.clone().into()]);
        let moved = cmkit::rewrap(&old, to, &app).expect("rewrapped");
        assert_eq!(version_in(&moved), version_in(&new));

        let refusal = |reason: &str| {
            let error = open(&fixture, &old, &app).expect_err("refused");
            let refusal = error.refusal().expect("a refusal");
            assert_eq!((error.code(), refusal.reason.as_ref()), (Code::Denied, reason));
            assert!(refusal.mend.is_some(), "{reason}");
        };
        fixture.vault().revoke("app", &Grant::role(Role::ENCRYPTION_USER)).expect("revoked");
        refusal("ForbiddenByRbac");
        fixture.vault().grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");

        let version = cmkit::key::KeyVersion::parse(&version_in(&old)).expect("a version");
        fixture.vault().set_enabled("kek", Some(version), false).expect("disabled");
        refusal("KeyDisabled");
        assert_eq!(open(&fixture, &new, &app).expect("another version"), DATA);
        fixture.vault().set_enabled("kek", Some(version), true).expect("enabled");

        fixture.vault().set_network(Network::Disabled { trusted_services: false }).expect("closed");
        let error = open(&fixture, &old, &app).expect_err("refused");
        let reason = error.refusal().expect("a refusal").reason.clone();
        assert!(["ForbiddenByConnection", "ForbiddenByFirewall"].contains(&reason.as_ref()), "{reason}");
        fixture.vault().set_network(Network::Public).expect("opened");

        fixture.vault().delete_key("kek").expect("deleted");
        refusal("KeyNotFound");
        fixture.vault().recover_key("kek").expect("recovered");
        assert_eq!(open(&fixture, &old, &app).expect("opens again"), DATA);
    }
}

#[test]
fn opening_takes_unwrap_alone_and_names_the_version() {
    let fixture = Fixture::new(KeyKind::Rsa3072);
    let sealed = seal(&fixture, &fixture.provider("app")).expect("sealed");
    fixture.vault().set_permission_model(cmkit_vault::PermissionModel::Policy).expect("set");
    fixture.vault().grant("opener", Grant::permissions("unwrapKey").expect("permissions")).expect("granted");
    fixture.vault().clear_log();
    let opener = fixture.provider("opener");
    assert_eq!(open(&fixture, &sealed, &opener).expect("opens"), DATA);
    let log = fixture.vault().log();
    assert_eq!(log.len(), 1, "{log:?}");
    assert_eq!(log[0].asked, Permission::UnwrapKey);
    assert_eq!(log[0].key.as_ref().and_then(KeyUri::version).expect("a version").to_string(), version_in(&sealed));
    let error = seal(&fixture, &opener).expect_err("no `get`");
    assert_eq!(error.refusal().expect("a refusal").reason, "ForbiddenByPolicy");
}

#[test]
fn a_vault_that_is_gone_is_unavailable() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let app = fixture.provider("app");
    let sealed = seal(&fixture, &app).expect("sealed");
    let Fixture { server, key } = fixture;
    drop(server);
    let error = cmkit::open(&sealed, &OpenOptions::new(OpenKeys::vault([key])), &app).expect_err("nobody answers");
    assert_eq!((error.code(), error.refusal().expect("a refusal").reason.as_ref()), (Code::Unavailable, "Unreachable"));
}

#[test]
fn asynchronous_code_asks_too_and_a_runtime_may_wait() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let vault = KeyVault::new(Arc::new(Named("app")), options(&fixture.server)).expect("a provider");
    let blocking = fixture.provider("app");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let step = cmkit::steps::seal(SealOptions::new([fixture.key.clone().into()])).expect("begun");
        let sealer = cmkit::run_async(step, async |request| vault.answer(request).await).await.expect("sealed");
        let sealed = sealer.seal(DATA).expect("sealed");
        let options = OpenOptions::new(OpenKeys::vault([fixture.key.clone()]));
        let step = cmkit::steps::open(&sealed, &options).expect("begun");
        let opener = cmkit::run_async(step, async |request| vault.answer(request).await).await.expect("opened");
        assert_eq!(opener.open(&sealed[opener.inspection().head_size..]).expect("opens"), DATA);
        assert_eq!(open(&fixture, &sealed, &blocking).expect("opens"), DATA);
        drop(blocking);
    });
}
