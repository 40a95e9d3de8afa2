//! Key records: values and messages under them, and one rewrap for all of it.

use crate::support::{KEK, Shell};

fn with_record(more: &str) -> (Shell, cmkit_vault::LocalVault) {
    let (shell, vault) = Shell::with_vault();
    shell.good(&format!("record new --vault v --key {KEK} {more} -o smk.record"));
    (shell, vault)
}

const SEAL: &str = "record seal-value --vault v --record smk.record";
const OPEN: &str = "record open-value --vault v --record smk.record";

#[test]
fn values() {
    let (shell, _) = with_record("-c tenant=acme --namespace acme.smk --pad 700");
    let found = shell.inspect("smk.record");
    assert_eq!((&found["kind"], &found["head_size"]), (&"key_record".into(), &700.into()));
    let line = format!("{SEAL} --namespace acme.email --aad row7 ada@example.com");
    let (one, two) = (shell.good(&line).text(), shell.good(&line).text());
    assert_ne!(one, two);
    assert!(one.ends_with('\n') && !one.contains('='));
    let value = one.trim();
    let opened = shell.good(&format!("{OPEN} --namespace acme.email --aad row7 {value}"));
    assert_eq!(opened.text(), "ada@example.com");
    let opened = shell.good_from(&format!("{OPEN} --namespace acme.email --aad row7 -"), one.as_bytes());
    assert_eq!(opened.text(), "ada@example.com");
    for other in ["--namespace acme.email --aad row8", "--namespace acme.phone --aad row7", ""] {
        shell.bad(&format!("{OPEN} {other} {value}"), 6, &["decrypt"]);
    }
    let piped = shell.good_from(&format!("{SEAL} -"), &[0, 255, b'\n']).text();
    assert_eq!(shell.good(&format!("{OPEN} {}", piped.trim())).out, [0, 255, b'\n']);
}

#[test]
fn deterministic_values() {
    let (shell, _) = with_record("--deterministic");
    assert_eq!(shell.inspect("smk.record")["deterministic"], true);
    let line = |more: &str| shell.good(&format!("{SEAL} --deterministic {more}")).text();
    assert_eq!(line("ada"), line("ada"));
    assert_ne!(line("ada"), line("eve"));
    assert_ne!(line("ada"), line("--namespace n ada"));
    assert_eq!(shell.good(&format!("{OPEN} {}", line("ada"))).text(), "ada");

    let (plain, _) = with_record("");
    plain.bad(&format!("{SEAL} --deterministic ada"), 2, &["not_allowed", "cmkit record new --deterministic"]);
}

#[test]
fn what_is_no_value_and_no_record() {
    let (shell, _) = with_record("");
    shell.bad(&format!("{OPEN} wR4="), 3, &["malformed", "base64url"]);
    shell.bad(&format!("{OPEN} wR4"), 3, &["truncated"]);
    shell.bad("record open-value --vault v wR4", 2, &["--record", "cmkit record new"]);
    shell.bad("record seal-value --vault v x", 2, &["--record"]);
    shell.bad(&format!("record new --vault v --key {KEK} --external a=b"), 2, &["external"]);
    shell.write("plain", "some data");
    shell.seal("");
    shell.bad("record seal-value --vault v --record envelope x", 3, &["malformed", "`envelope`"]);
    shell.bad("open --vault v smk.record", 3, &["malformed"]);
    let value = shell.good(&format!("{SEAL} x")).text();
    shell.good(&format!("record new --vault v --key {KEK} -o other.record"));
    shell.bad(&format!("record open-value --vault v --record other.record {value}"), 5, &["no_key"]);
    shell.good(&format!("record open-value --vault v --record other.record --record smk.record {value}"));
    shell.write("long.record", [shell.read("smk.record"), vec![0]].concat());
    for line in ["inspect", "open --vault v --record", &format!("rewrap --vault v --to {KEK}")] {
        shell.bad(&format!("{line} long.record"), 3, &["malformed"]);
    }
}

#[test]
fn one_rewrap_of_a_record_rekeys_all_under_it() {
    let (shell, vault) = with_record("--deterministic");
    shell.write("plain", "some data");
    shell.good("seal --vault v --record smk.record -o envelope plain");
    assert_eq!(shell.inspect("envelope")["mode"], "key-record");
    let value = shell.good(&format!("{SEAL} ada")).text();
    let envelope = shell.read("envelope");

    let old = vault.key_uri("kek").expect("a key");
    let first = vault.key("kek").expect("a key").newest().and_then(|newest| newest.key.version());
    vault.rotate("kek").expect("rotated");
    shell.good(&format!("rewrap --vault v --to {} smk.record", old.versionless()));
    vault.set_enabled("kek", first, false).expect("disabled");

    assert!(shell.read("envelope") == envelope);
    shell.opens("--record smk.record", b"some data");
    assert_eq!(shell.good(&format!("{OPEN} {value}")).text(), "ada");
    shell.bad("open --vault v envelope", 5, &["no_key"]);
    vault.set_enabled("kek", None, false).expect("disabled");
    shell.bad("open --vault v --record smk.record envelope", 5, &["KeyDisabled", "smk.record"]);
}
