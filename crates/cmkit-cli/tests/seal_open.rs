//! `cmkit seal`, `open` and `inspect` as a person runs them.

mod support;

use std::os::unix::fs::PermissionsExt;
use support::{KEY, OTHER, Place, plaintext};

#[test]
fn every_way_in_and_out() {
    let place = Place::new();
    let data = plaintext(1_200_000);
    place.write("in", &data);
    place.expect(0, &format!("seal --vault vault --as app --key {KEY} -o a.cmk in"));
    place.expect(0, "open --vault vault --as app -o back a.cmk");
    assert_eq!(place.read("back"), data);
    assert_eq!(place.run("open --vault vault a.cmk").stdout, data, "standard output");
    assert_eq!(place.run_with("open --vault vault", &place.read("a.cmk")).stdout, data, "standard input");
    let piped = place.run_with(&format!("seal --vault vault --key {KEY} --suite 256k -o - -"), &data).stdout;
    assert_eq!(place.run_with("open --vault vault -o - -", &piped).stdout, data);

    place.expect(0, &format!("seal --vault vault --key {KEY} --detached head -o body in"));
    assert_eq!(place.read("body").len(), data.len() + (data.len() / 16384 + 1) * 16);
    place.expect(0, "open --vault vault --detached head -o back2 body");
    assert_eq!(place.read("back2"), data);
    place.expect(3, "open --vault vault body");

    place.expect(0, &format!("seal --vault vault --key {KEY} -o in in"));
    assert_eq!(place.run("open --vault vault in").stdout, data, "sealed onto itself");
}

#[test]
fn ranges() {
    let place = Place::new();
    let data = plaintext(100_000);
    place.write("in", &data);
    place.expect(0, &format!("seal --vault vault --key {KEY} -o a.cmk in"));
    let sealed = place.read("a.cmk");
    for (range, due) in [
        ("0..10", &data[..10]),
        ("16380..16390", &data[16380..16390]),
        ("99990..", &data[99990..]),
        ("..3", &data[..3]),
        ("99999..200000", &data[99999..]),
        ("100000..", &[]),
        ("50..50", &[]),
    ] {
        assert_eq!(place.run(&format!("open --vault vault --range {range} a.cmk")).stdout, due, "{range}");
        assert_eq!(
            place.run_with(&format!("open --vault vault --range {range}"), &sealed).stdout,
            due,
            "{range} piped"
        );
    }
    place.expect(2, "open --vault vault --range 100001.. a.cmk");
    assert_eq!(place.run_with("open --vault vault --range 100001..", &sealed).status.code(), Some(2));
    place.expect(2, "open --vault vault --range 5..4 a.cmk");
    place.expect(2, "open --vault vault --range five a.cmk");
}

#[test]
fn what_binds_must_be_given_again() {
    let place = Place::new();
    place.write("in", "data");
    place.write("aad", "row 4711");
    place.write("other", "row 4712");
    place.expect(0, &format!("seal --vault vault --key {KEY} -c tenant=acme -c a=1 --namespace acme.invoice/v2 --aad-file aad -o a.cmk in"));
    place.expect(0, "open --vault vault -c tenant=acme --namespace acme.invoice/v2 --aad-file aad a.cmk");
    place.expect(0, "open --vault vault --aad-file aad a.cmk");
    place.expect(6, "open --vault vault --aad-file aad -c tenant=other a.cmk");
    place.expect(6, "open --vault vault --aad-file aad --namespace acme.invoice/v3 a.cmk");
    place.expect(6, "open --vault vault --aad-file other a.cmk");
    place.expect(6, "open --vault vault a.cmk");

    place.expect(0, &format!("seal --vault vault --key {KEY} --external row=4711 -o b.cmk in"));
    place.expect(0, "open --vault vault --external row=4711 b.cmk");
    place.expect(6, "open --vault vault --external row=4712 b.cmk");
    assert!(place.expect(6, "open --vault vault b.cmk").contains("`row`"), "says which name is due");
}

#[test]
fn keys_and_versions() {
    let place = Place::new();
    place.write("in", "data");
    place.expect(0, &format!("seal --vault vault --key {KEY} -o old.cmk in"));
    let old = place.vault.key("orders-kek").expect("a key").versions[0].key.version().expect("a version");
    let rotated = place.vault.rotate("orders-kek").expect("rotated").version().expect("a version");
    place.expect(0, &format!("seal --vault vault --key {KEY} -o new.cmk in"));
    assert!(place.expect(0, "inspect old.cmk").contains(&old.to_string()));
    assert!(place.expect(0, "inspect new.cmk").contains(&rotated.to_string()));
    for file in ["old.cmk", "new.cmk"] {
        place.expect(0, &format!("open --vault vault --allow-key {KEY} {file}"));
    }
    place.expect(0, &format!("open --vault vault --allow-key {KEY}/{old} old.cmk"));
    place.expect(5, &format!("open --vault vault --allow-key {KEY}/{old} new.cmk"));
    place.expect(5, &format!("open --vault vault --refuse-version {old} old.cmk"));
    place.expect(0, &format!("open --vault vault --refuse-version {old} new.cmk"));
    place.expect(5, &format!("open --vault vault --allow-key {OTHER} old.cmk"));
    place.expect(5, "open --vault vault --created-after 2999-01-01 old.cmk");
    place.expect(0, "open --vault vault --created-after 2020-01-01T00:00:00Z old.cmk");
    place.expect(2, "open --vault vault --created-after soon old.cmk");

    place.expect(0, &format!("seal --vault vault --key {KEY} --key {OTHER} -o both.cmk in"));
    place.vault.set_enabled("orders-kek", None, false).expect("disabled");
    let text = place.expect(5, &format!("open --vault vault --allow-key {KEY} both.cmk"));
    assert!(text.contains("KeyDisabled") && text.contains("help:"), "{text}");
    place.expect(0, "open --vault vault both.cmk");
    place.vault.set_enabled("orders-kek", None, true).expect("enabled");
    place.expect(0, &format!("open --vault vault --allow-key {KEY} both.cmk"));

    let text = place.expect(5, "open --vault vault --as nobody both.cmk");
    assert!(text.contains("ForbiddenByRbac") && text.contains("vault grant"), "{text}");
    let text = place.expect(5, "seal --vault vault --key https://elsewhere.vault.azure.net/keys/k -o no.cmk in");
    assert!(text.contains("HostNotFound") && !place.exists("no.cmk"), "{text}");
    place.expect(2, "seal --vault vault --key https://orders.vault.azure.net/secrets/k in");
}

#[test]
fn service_managed_with_nothing_set_up() {
    let place = Place::new();
    place.write("in", "data");
    let text = place.expect(5, "seal --no-create -o a.cmk in");
    assert!(text.contains("home/cmkit") && !place.exists("home") && !place.exists("a.cmk"), "{text}");
    let first = place.expect(0, "seal -o a.cmk in");
    assert_eq!(first.matches("home/cmkit").count(), 1, "its place is printed once: {first}");
    assert_eq!(place.expect(0, "seal -o b.cmk in"), "", "and then no more");
    assert_eq!(place.run("open a.cmk").stdout, b"data");
    let mode = |name: &str| place.path(name).metadata().expect(name).permissions().mode() & 0o777;
    assert_eq!((mode("home/cmkit"), mode("home/cmkit/vault.key")), (0o700, 0o600));
    let stored = std::fs::read_dir(place.path("home/cmkit/service-keys/default")).expect("a folder");
    for entry in stored {
        assert_eq!(entry.expect("an entry").metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    }
    let shown: serde_json::Value = serde_json::from_str(&place.expect(0, "inspect --json a.cmk")).expect("JSON");
    assert_eq!(shown["mode"], "service-managed");
    assert_eq!(shown["keys"][0]["holder"], "program");

    // In a vault's folder it is the vault's.
    place.expect(0, "seal --vault vault -o c.cmk in");
    assert_eq!(place.run("open --vault vault c.cmk").stdout, b"data");
    place.expect(5, "open c.cmk");
}

#[test]
fn inspect_needs_no_key_and_shows_all() {
    let place = Place::new();
    place.write("in", "data");
    place.expect(
        0,
        &format!("seal --vault vault --key {KEY} -c tenant=acme --namespace ns --pad 1024 --detached head -o body in"),
    );
    std::fs::remove_dir_all(place.path("vault")).expect("gone");
    let text = place.expect(0, "inspect --detached head");
    for due in ["message", "customer-managed", KEY, "RSA-OAEP-256", "1024 bytes", "tenant=acme", "namespace  ns"] {
        assert!(text.contains(due), "{due}: {text}");
    }
    let shown: serde_json::Value = serde_json::from_str(&place.expect(0, "inspect --json head")).expect("JSON");
    assert_eq!((shown["head_size"].as_u64(), shown["mode"].as_str()), (Some(1024), Some("customer-managed")));
    assert_eq!(shown["context"][0][0], "tenant");
    place.expect(3, "inspect body");
}

#[test]
fn completions_are_scripts() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(place.expect(0, &format!("completions {shell}")).contains("rewrap"), "{shell}");
    }
    place.write("script", place.expect(0, "completions bash"));
    let status = std::process::Command::new("bash").arg("-n").arg(place.path("script")).status().expect("bash");
    assert!(status.success());
}
