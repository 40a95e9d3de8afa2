//! Round trips: where data comes from and goes to, what it is bound to, which keys it stands under.

use crate::support::{KEK, Shell, bytes};
use cmkit_vault::{Grant, KeyKind, NewKey, Role};
use std::time::{Duration, SystemTime};

#[test]
fn files_pipes_and_dashes() {
    let (shell, _) = Shell::with_vault();
    for size in [0, 1, 16_383, 16_384, 16_385, 3 << 20] {
        let plain = bytes(size);
        shell.write("plain", &plain);
        shell.seal("");
        shell.good("open --vault v -o opened envelope");
        assert!(shell.read("opened") == plain, "{size}");

        let sealed = shell.good_from(&format!("seal --vault v --key {KEK}"), &plain).out;
        assert!(shell.good_from("open --vault v", &sealed).out == plain, "{size}");
        let sealed = shell.good_from(&format!("seal --vault v --key {KEK} -o - -"), &plain).out;
        assert!(shell.good_from("open --vault v -o - -", &sealed).out == plain, "{size}");
    }
}

#[test]
fn a_detached_head() {
    let (shell, _) = Shell::with_vault();
    let plain = bytes(100_000);
    shell.write("plain", &plain);
    shell.seal("--detached head");
    assert!(shell.good("open --vault v --detached head envelope").out == plain);
    assert!(shell.good_from("open --vault v --detached head", &shell.read("envelope")).out == plain);
    assert!(shell.good("open --vault v --detached head --range 50000..50010 envelope").out == plain[50_000..50_010]);
    shell.write("attached", [shell.read("head"), shell.read("envelope")].concat());
    assert!(shell.good("open --vault v attached").out == plain);
    shell.bad("open --vault v envelope", 3, &["malformed", "--detached"]);
    shell.bad("open --vault v --detached attached envelope", 3, &["malformed", "`attached`"]);
    shell.bad(&format!("seal --vault v --key {KEK} --detached one -o one plain"), 2, &["one file"]);
}

#[test]
fn context_and_namespace() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.seal("-c tenant=acme -c stage= --context region=we --namespace acme.invoice/v2");
    for more in ["", "-c tenant=acme", "-c stage= -c region=we --namespace acme.invoice/v2"] {
        shell.opens(more, b"some data");
    }
    for more in ["-c tenant=other", "-c tenant=", "-c unknown=x", "--namespace acme.invoice/v1"] {
        shell.bad(&format!("open --vault v {more} -o out envelope"), 6, &["context", "cmkit inspect"]);
    }
    for pair in ["tenant", "=acme"] {
        shell.bad(&format!("open --vault v -c {pair} envelope"), 2, &[]);
    }
}

#[test]
fn external_context() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.write("aad", [0, 255, 7]);
    shell.write("other", [0, 255, 8]);
    shell.seal("--aad-file aad");
    shell.opens("--aad-file aad", b"some data");
    assert_eq!(shell.good_from("open --vault v --aad-file - envelope", &[0, 255, 7]).out, b"some data");
    shell.bad("open --vault v --aad-file other envelope", 6, &["decrypt"]);
    shell.bad("open --vault v envelope", 6, &["decrypt"]);
    shell.bad("open --vault v --external row=1 envelope", 6, &["context"]);
    shell.bad("open --vault v --aad-file -", 2, &["standard input can only be read once"]);

    shell.seal("--external row=1 --external table=t");
    assert!(!shell.read("envelope").windows(4).any(|found| found == b"row1"));
    shell.opens("--external table=t --external row=1", b"some data");
    shell.bad("open --vault v --external row=2 --external table=t envelope", 6, &["decrypt"]);
    shell.bad("open --vault v --external row=1 envelope", 6, &["context", "table"]);
    shell.bad("open --vault v envelope", 6, &["context", "row"]);
    shell.bad("open --vault v --aad-file aad envelope", 6, &["context"]);
}

#[test]
fn several_keys_suites_and_padding() {
    let (shell, vault) = Shell::with_vault();
    let replica = shell.vault("replica", "replica.vault.azure.net");
    for vault in [&vault, &replica] {
        vault.create_key("rsa", KeyKind::Rsa2048, NewKey::default()).expect("a key");
    }
    let plain = bytes(600_000);
    shell.write("plain", &plain);
    let rsa = "https://replica.vault.azure.net/keys/rsa";
    shell.seal(&format!("--vault replica --key {rsa} --suite 256k --pad 2000"));
    for vault in ["v", "replica", "replica --vault v"] {
        assert!(shell.good(&format!("open --vault {vault} envelope")).out == plain, "{vault}");
    }
    let found = shell.inspect("envelope");
    assert_eq!((&found["chunk_size"], &found["head_size"]), (&262_144.into(), &2000.into()));
    assert_eq!(found["keys"][1]["algorithm"], "RSA-OAEP-256");
    shell.bad("open --vault v --pad 1 envelope", 2, &[]);
    shell.bad(&format!("seal --vault v --key {KEK} --pad 50 -o out plain"), 3, &["too_large", "--pad"]);
}

#[test]
fn a_key_without_version_rotates() {
    let (shell, vault) = Shell::with_vault();
    shell.write("plain", "old");
    let first = vault.key_uri("kek").expect("a key");
    let version = |shell: &Shell| shell.inspect("envelope")["keys"][0]["key"].as_str().expect("a key").to_owned();
    shell.seal("");
    let old = version(&shell);
    assert!(old.starts_with(&first.versionless().to_string()));
    let old_envelope = shell.read("envelope");

    let second = vault.rotate("kek").expect("rotated").to_string();
    shell.opens("", b"old");
    shell.write("plain", "new");
    shell.seal("");
    assert_eq!(version(&shell), second);
    shell.opens("", b"new");

    // Which versions may open.
    shell.opens(&format!("--allow-key {KEK}"), b"new");
    shell.opens(&format!("--allow-key {second}"), b"new");
    shell.opens(&format!("--allow-key {old} --allow-key {second}"), b"new");
    shell.bad(&format!("open --vault v --allow-key {old} envelope"), 5, &["no_key", "--allow-key"]);
    let hex = |uri: &str| uri.rsplit('/').next().expect("a version").to_owned();
    shell.opens(&format!("--refuse-version {}", hex(&old)), b"new");
    shell.bad(&format!("open --vault v --refuse-version {} envelope", hex(&second)), 5, &["no_key"]);
    shell.bad("open --vault v --refuse-version latest envelope", 2, &[]);
    shell.write("envelope", old_envelope);
    shell.opens(&format!("--allow-key {KEK}"), b"old");
    shell.bad(&format!("open --vault v --refuse-version {} envelope", hex(&old)), 5, &["no_key"]);
}

#[test]
fn only_versions_made_after_a_time() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.seal("");
    shell.opens("--created-after 2020-01-01", b"some data");
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    let tomorrow = tomorrow.duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_secs();
    let tomorrow = cmkit::policy::Timestamp::from_seconds(i64::try_from(tomorrow).expect("a time"));
    shell.bad(&format!("open --vault v --created-after {tomorrow} envelope"), 5, &["no_key"]);
    shell.bad("open --vault v --created-after yesterday envelope", 2, &[]);
}

#[test]
fn who_may_and_which_state() {
    let (shell, vault) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.seal("");
    let rbac = ["denied", "ForbiddenByRbac", "Key Vault Crypto Service Encryption User", "cmkit vault grant"];
    shell.bad("open --vault v --as app -o out envelope", 5, &rbac);
    shell.bad(&format!("seal --vault v --as app --key {KEK} -o out plain"), 5, &rbac);
    vault.grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
    shell.good(&format!("seal --vault v --as app --key {KEK} -o envelope plain"));
    shell.opens("--as app", b"some data");

    vault.set_enabled("kek", None, false).expect("disabled");
    shell.bad("open --vault v -o out envelope", 5, &["KeyDisabled", "cmkit vault enable"]);
    shell.bad(&format!("seal --vault v --key {KEK} -o out plain"), 5, &["KeyDisabled", "cmkit vault rotate"]);
    vault.set_enabled("kek", None, true).expect("enabled");
    shell.opens("", b"some data");

    vault.delete_key("kek").expect("deleted");
    shell.bad(&format!("open --vault v --allow-key {KEK} envelope"), 5, &["KeyNotFound", "cmkit vault recover"]);
    vault.recover_key("kek").expect("recovered");
    shell.opens("", b"some data");
}

#[test]
fn hosts_that_no_vault_has() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.seal("");
    let elsewhere = "https://payments.vault.azure.net/keys/kek";
    for vault in ["", "--vault v"] {
        shell.bad(&format!("seal {vault} --key {elsewhere} -o out plain"), 5, &["HostNotFound", "--vault DIR"]);
    }
    shell.bad(&format!("open --vault v --allow-key {elsewhere} envelope"), 5, &["no_key"]);
    shell.bad("open envelope", 5, &["no_key", "--vault DIR"]);
    shell.bad(&format!("open --allow-key {KEK} envelope"), 5, &["HostNotFound"]);
    shell.bad("seal --vault v --key https://example.com/keys/kek plain", 2, &["invalid_key_uri", "--vault"]);
    let own = shell.vault("own", "localhost:8443");
    own.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    shell.good("seal --vault own --key https://localhost:8443/keys/kek -o envelope plain");
    assert_eq!(shell.good("open --vault own envelope").out, b"some data");
}
