//! What the owner does with keys: versions, rotation, deletion, import.

use crate::common::{DAY, DEK, HOST, START, clock, reason, resolve, unwrap, vault, wrap};
use cmkit::Code;
use cmkit::operation::WrapAlgorithm::{A256Kw, RsaOaep256};
use cmkit_vault::{Due, KeyKind, LocalVault, NewKey, Options, Period, PrivateKey, RotationPolicy, Trigger};
use std::sync::atomic::Ordering;

fn refused(error: &cmkit::Error) -> &str {
    error.refusal().map_or(error.code().as_str(), |refusal| &refusal.reason)
}

#[test]
fn a_name_in_use_gets_its_next_version() {
    let (vault, hand) = vault();
    let first = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    hand.fetch_add(10, Ordering::Relaxed);
    let second =
        vault.create_key("KEK", KeyKind::Rsa2048, NewKey { enabled: false, ..NewKey::default() }).expect("again");
    let info = vault.key("kek").expect("the key");
    assert_eq!(info.versions.iter().map(|version| &version.key).collect::<Vec<_>>(), [&first, &second]);
    let newest = info.newest().expect("a version");
    assert_eq!((newest.kind(), newest.enabled, newest.created), (KeyKind::Rsa2048, false, START + 10));
    assert_eq!(vault.keys().expect("keys").len(), 1);
    for name in ["", "a_b", "../x", &"k".repeat(128)] {
        let error = vault.create_key(name, KeyKind::Symmetric, NewKey::default()).expect_err(name);
        assert_eq!(error.code(), Code::InvalidKeyUri);
    }
    assert_eq!(refused(&vault.rotate("missing").expect_err("missing")), "KeyNotFound");
    assert_eq!(refused(&vault.key("missing").expect_err("missing")), "KeyNotFound");
    assert_eq!(refused(&vault.set_enabled("missing", None, true).expect_err("missing")), "KeyNotFound");
}

#[test]
fn a_rotated_key_opens_what_its_older_versions_wrapped() {
    let (vault, _) = vault();
    let owner = vault.as_owner();
    let first = vault.create_key("kek", KeyKind::Rsa2048, NewKey::default()).expect("a key");
    let wrapped = wrap(&owner, &first, RsaOaep256).expect("wraps");
    let second = vault.rotate("kek").expect("rotates");
    assert_ne!(first, second);
    let states = [&first, &second].map(|key| resolve(&owner, key).expect("resolves"));
    assert_ne!(states[0].material, states[1].material);
    assert!(unwrap(&owner, &first, RsaOaep256, &wrapped).expect("unwraps").ct_eq(&DEK));
}

#[test]
fn a_policy_rotates_what_is_due_and_dates_what_is_new() {
    let (vault, hand) = vault();
    vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let policy = |rotate, expiry: u32| RotationPolicy::new(Some(rotate), Some(Period::days(expiry))).expect("a policy");
    vault.set_rotation_policy("kek", Some(policy(Trigger::TimeAfterCreate(Period::days(30)), 90))).expect("set");
    assert_eq!(vault.key("kek").expect("the key").versions[0].expires, None, "not the version there is");
    assert_eq!(vault.tick(START + 30 * DAY - 1).expect("ticks"), []);

    let advance = |time| {
        hand.store(time, Ordering::Relaxed);
        vault.tick(time).expect("ticks")
    };
    let done = advance(START + 30 * DAY);
    let newest = vault.key("kek").expect("the key").newest().expect("a version").clone();
    assert_eq!(done, [Due::Rotated(newest.key)]);
    assert_eq!((newest.created, newest.expires), (START + 30 * DAY, Some(START + 120 * DAY)));
    assert_eq!(advance(START + 30 * DAY), [], "once is enough");

    vault.set_rotation_policy("kek", Some(policy(Trigger::TimeBeforeExpiry(Period::days(10)), 90))).expect("set");
    assert_eq!(advance(START + 110 * DAY - 1), []);
    vault.set_enabled("kek", None, false).expect("disabled");
    assert_eq!(advance(START + 110 * DAY), [], "a disabled key gets no enabled version by itself");
    vault.set_enabled("kek", None, true).expect("enabled");
    assert_eq!(advance(START + 110 * DAY).len(), 1);
    vault.set_rotation_policy("kek", None).expect("removed");
    assert_eq!(advance(START + 9_999 * DAY), []);
}

#[test]
fn deletion_can_be_undone_until_it_cannot() {
    let (vault, hand) = vault();
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let wrapped = wrap(&vault.as_owner(), &key, A256Kw).expect("wraps");
    assert_eq!(refused(&vault.purge_key("kek").expect_err("not deleted")), "KeyNotFound");
    assert_eq!(refused(&vault.recover_key("kek").expect_err("not deleted")), "KeyNotFound");
    let deleted = vault.delete_key("kek").expect("deleted");
    assert_eq!((deleted.deleted, deleted.scheduled_purge), (START, START + 90 * DAY));
    assert_eq!(refused(&vault.delete_key("kek").expect_err("deleted")), "KeyNotFound");
    assert_eq!(refused(&vault.rotate("kek").expect_err("deleted")), "KeyNotFound");
    let again = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect_err("the name is taken");
    assert_eq!((refused(&again), again.code()), ("ObjectIsDeletedButRecoverable", Code::Denied));
    assert!(vault.keys().expect("keys").is_empty());
    assert_eq!(vault.deleted_keys().expect("deleted keys"), [deleted]);

    vault.recover_key("kek").expect("recovered");
    assert!(unwrap(&vault.as_owner(), &key, A256Kw, &wrapped).expect("unwraps").ct_eq(&DEK));
    vault.delete_key("kek").expect("deleted");
    vault.purge_key("kek").expect("purged");
    assert!(vault.deleted_keys().expect("deleted keys").is_empty());
    let other = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("the name is free");
    assert_eq!(reason(unwrap(&vault.as_owner(), &key, A256Kw, &wrapped)), "KeyNotFound", "lost for good");

    vault.delete_key("kek").expect("deleted");
    hand.fetch_add(90 * DAY, Ordering::Relaxed);
    assert!(vault.deleted_keys().expect("deleted keys").is_empty());
    assert_eq!(refused(&vault.recover_key("kek").expect_err("too late")), "KeyNotFound");
    vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("the name is free");
    assert_eq!(reason(resolve(&vault.as_owner(), &other)), "KeyNotFound");
}

#[test]
fn purge_protection_holds_until_retention_is_over() {
    let (clock, _) = clock();
    let options = Options { purge_protection: true, soft_delete_days: 7, ..Options::new(HOST) };
    let vault = LocalVault::in_memory_with(&options).expect("a vault").with_clock(clock);
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key").versionless();
    vault.delete_key("kek").expect("deleted");
    assert_eq!(refused(&vault.purge_key("kek").expect_err("protected")), "Forbidden");
    assert_eq!(vault.tick(START + 7 * DAY - 1).expect("ticks"), []);
    assert_eq!(vault.tick(START + 7 * DAY).expect("ticks"), [Due::Purged(key)]);
    assert_eq!(vault.tick(START + 7 * DAY).expect("ticks"), []);
}

#[test]
fn options_have_limits() {
    for host in ["", "orders", "example.com/x", "https://orders.vault.azure.net", "a b.vault.azure.net", "x?y"] {
        let made = LocalVault::in_memory(host);
        // A host of one's own is fine as long as identifiers on it can be written.
        let expected = host == "orders";
        assert_eq!(made.is_ok(), expected, "{host}");
    }
    assert_eq!(LocalVault::in_memory("Orders.Vault.Azure.Net").expect("a vault").host(), HOST);
    assert!(LocalVault::in_memory("localhost:8443").is_ok());
    for days in [6, 91] {
        assert!(LocalVault::in_memory_with(&Options { soft_delete_days: days, ..Options::new(HOST) }).is_err());
    }
}

#[test]
fn imports_what_other_tools_write() {
    let pkcs8 = include_str!("keys/rsa-pkcs8.pem");
    let pkcs1 = include_str!("keys/rsa-pkcs1.pem");
    let jwk = include_str!("keys/rsa.jwk.json");
    // 32 bytes of 0x42 under RSA-OAEP-256, by `openssl pkeyutl`.
    let wrapped = include_bytes!("keys/wrapped-by-openssl.bin");
    let (vault, _) = vault();
    for text in [pkcs8, pkcs1, jwk] {
        let private = PrivateKey::parse(text).expect("a private key");
        let key = vault.import_key("kek", &private, NewKey::default()).expect("imported");
        assert!(unwrap(&vault.as_owner(), &key, RsaOaep256, wrapped).expect("unwraps").ct_eq(&DEK));
    }
    assert_eq!(vault.key("kek").expect("the key").versions.len(), 3);
    let oct = r#"{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","alg":"A256KW"}"#;
    assert_eq!(PrivateKey::parse(oct).expect("a symmetric key").kind(), KeyKind::Symmetric);
}

#[test]
fn refuses_other_keys_without_repeating_them() {
    let jwk = include_str!("keys/rsa.jwk.json");
    let d = jwk.split("\"d\": \"").nth(1).and_then(|rest| rest.split('"').next()).expect("d");
    let cases = [
        (include_str!("keys/rsa-1024.pem").to_owned(), Code::Unsupported),
        (include_str!("keys/ec.pem").to_owned(), Code::Unsupported),
        (include_str!("keys/rsa-encrypted.pem").to_owned(), Code::Unsupported),
        (jwk.replace("\"d\": \"", "\"d\": \"AA"), Code::Input),
        (jwk.replace("\"qi\"", "\"other\""), Code::Input),
        (jwk.replace("\"d\": \"", "\"d\": 7, \"x\": \""), Code::Input),
        (jwk.replace("\"RSA\"", "\"EC\""), Code::Unsupported),
        (jwk[..jwk.len() - 3].to_owned(), Code::Input),
        (r#"{"kty":"oct","k":"AAEC"}"#.to_owned(), Code::Unsupported),
        (r#"{"kty":"oct","k":"not base64"}"#.to_owned(), Code::Input),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".to_owned(), Code::Input),
        (String::new(), Code::Input),
        ("{".to_owned(), Code::Input),
    ];
    for (text, code) in cases {
        let error = PrivateKey::parse(&text).expect_err(&text);
        assert!(!format!("{error:?}").contains(&d[4..20]), "{error:?}");
        assert_eq!(error.code(), code, "{text}: {error}");
    }
}

#[test]
fn secrets_print_redacted() {
    let private = PrivateKey::generate(KeyKind::Rsa2048).expect("a key");
    assert_eq!(format!("{private:?}"), "PrivateKey([redacted], RSA 2048)");
    let (vault, _) = vault();
    vault.put_service_key("default", [1; 16], &cmkit::secret::Secret::from_slice(&[7; 48])).expect("stored");
    let stored = format!("{:?} {vault:?} {:?}", vault.service_keys().expect("service keys"), vault.as_owner());
    assert!(stored.contains("Secret([redacted], 48 bytes)") && !stored.contains("7, 7"), "{stored}");
}
