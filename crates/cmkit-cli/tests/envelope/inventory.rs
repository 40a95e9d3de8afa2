//! `cmkit inventory` and its question: may a key version be disabled.

use crate::support::{HOST, KEK, Shell, bytes};
use base64ct::{Base64, Encoding};
use cmkit_vault::{KeyKind, LocalVault, NewKey};
use serde_json::Value;

/// A key of RSA with two versions, and a message under each and under both.
fn fleet() -> (Shell, LocalVault, [String; 2]) {
    let shell = Shell::new();
    let vault = shell.vault("v", HOST);
    let old = vault.create_key("kek", KeyKind::Rsa2048, NewKey::default()).expect("a key").to_string();
    shell.write("plain", bytes(20_000));
    std::fs::create_dir(shell.path("data")).expect("a folder");
    shell.seal("");
    shell.good("seal --vault v -o data/own plain");
    std::fs::copy(shell.path("envelope"), shell.path("data/old")).expect("copied");
    let new = vault.rotate("kek").expect("rotated").to_string();
    shell.good(&format!("seal --vault v --key {KEK} -o data/new plain"));
    (shell, vault, [old, new])
}

fn json(shell: &Shell, line: &str) -> Value {
    serde_json::from_str(&shell.run(line, b"").text()).expect("JSON")
}

#[test]
fn what_needs_which_version() {
    let (shell, _, [old, new]) = fleet();
    shell.write("data/notes", "no envelope");
    let report = json(&shell, "inventory --json data");
    assert_eq!((&report["objects"], &report["may_disable"]), (&Value::from(3), &Value::Null));
    let key = |uri: &str| report["keys"].as_array().and_then(|keys| keys.iter().find(|key| key["key"] == uri)).cloned();
    for uri in [&old, &new] {
        let key = key(uri).expect("the version is there");
        assert_eq!((&key["objects"], &key["only"]), (&Value::from(1), &Value::from(1)));
        assert_eq!((&key["algorithm"], &key["key_size"]), (&Value::from("RSA-OAEP-256"), &Value::from(2048)));
    }
    assert_eq!(report["unknown"]["names"][0], "data/notes");

    let text = shell.good("inventory data").text();
    for word in ["3 objects: 3 messages, 0 key records", &old, "service-managed", "unknown: no envelope", "data/notes"]
    {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
    let csv = shell.good("inventory --csv data").text();
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains(&format!("vault,{new},,")) && csv.contains(",RSA-OAEP-256,2048,1,1,,20"), "{csv}");
}

#[test]
fn may_a_version_be_disabled() {
    let (shell, vault, [old, new]) = fleet();
    let asked = |uri: &str, more: &str| shell.run(&format!("inventory data --may-disable {uri} {more}"), b"");
    let no = asked(&old, "");
    assert_eq!(no.code, Some(1));
    assert!(no.text().contains("no, 1 objects would not open any more") && no.text().contains("  data/old"), "{no:?}");
    let cased = old.to_uppercase().replacen("HTTPS", "https", 1).replacen("/KEYS/", "/keys/", 1);
    assert_eq!(json(&shell, &format!("inventory --json data --may-disable {cased}"))["may_disable"]["answer"], "no");

    // After a rewrap it is true, and disabling shows it.
    shell.good(&format!("rewrap --vault v --to {KEK} data/old"));
    let yes = asked(&old, "");
    assert_eq!(yes.code, Some(0), "{yes:?}");
    assert!(yes.text().contains("yes, no object needs it"), "{yes:?}");
    let version = cmkit::key::KeyVersion::parse(old.rsplit('/').next().expect("a version")).expect("a version");
    vault.set_enabled("kek", Some(version), false).expect("disabled");
    for name in ["own", "old", "new"] {
        shell.good(&format!("open --vault v data/{name}"));
    }
    assert_eq!(asked(&new, "").code, Some(1));

    // Nobody knows what a damaged one needs.
    let whole = shell.read("data/new");
    shell.write("data/cut", &whole[..300]);
    let unknown = asked(&old, "");
    assert_eq!(unknown.code, Some(4));
    assert!(unknown.text().contains("1 objects are damaged"), "{unknown:?}");
    shell.bad("inventory data --may-disable https://orders.vault.azure.net/keys/kek", 2, &["no version"]);
    shell.bad("inventory gone", 3, &["gone"]);
}

#[test]
fn records_are_told_apart_by_opening_them() {
    let (shell, _, [old, new]) = fleet();
    shell.good(&format!("record new --vault v --key {KEK} -o data/smk.record"));
    shell.good("seal --vault v --record data/smk.record -o data/under plain");
    let asked = |uri: &str, more: &str| shell.run(&format!("inventory data --may-disable {uri} {more}"), b"");
    std::fs::remove_file(shell.path("data/old")).expect("removed");
    assert_eq!(asked(&old, "").code, Some(4), "nobody said that every record is there");
    assert_eq!(asked(&old, "--all-records").code, Some(0));
    assert_eq!(asked(&old, "--vault v --record data/smk.record").code, Some(0));
    let no = asked(&new, "--vault v --record data/smk.record");
    assert!(no.code == Some(1) && no.text().contains("  data/under"), "{no:?}");
    let no = asked(&new, "--all-records");
    assert!(no.code == Some(1) && no.text().contains("cannot be told") && no.text().contains("data/under"), "{no:?}");
}

#[test]
fn lists_on_standard_input() {
    let (shell, ..) = fleet();
    let paths = shell.run("inventory --json -", b"data/old\r\n\ndata/new\ndata/gone\n");
    let report: Value = serde_json::from_str(&paths.text()).expect("JSON");
    assert_eq!((&report["objects"], &report["unreadable"]["count"]), (&Value::from(2), &Value::from(1)));

    let head = |name: &str| {
        let base64 = Base64::encode_string(&shell.read(name)[..1000]);
        format!("{{\"id\": \"{name}\", \"head\": \"{base64}\"}}\n")
    };
    let lines = head("data/old") + &head("data/new");
    let ran = shell.run("inventory --json --jsonl -", lines.as_bytes());
    let report: Value = serde_json::from_str(&ran.text()).expect("JSON");
    assert_eq!(report["objects"], 2);
    let ran = shell.run("inventory --jsonl -", b"[]\n");
    assert!(ran.code == Some(3) && ran.err.contains("line 1 "), "{ran:?}");
}
