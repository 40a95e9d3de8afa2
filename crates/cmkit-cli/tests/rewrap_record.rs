//! `cmkit rewrap` and `cmkit record` as a person runs them.

mod support;

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use support::{KEY, OTHER, Place, plaintext};

/// The bytes that differ, and the size of the head they must lie in.
fn changed(old: &[u8], new: &[u8]) -> Vec<usize> {
    assert_eq!(old.len(), new.len());
    (0..old.len()).filter(|at| old[*at] != new[*at]).collect()
}

#[test]
fn a_rotation_rewrites_heads_and_no_data() {
    let place = Place::new();
    let data = plaintext(300_000);
    place.write("in", &data);
    for file in ["whole.cmk", "inside.cmk"] {
        place.expect(0, &format!("seal --vault vault --key {KEY} -o {file} in"));
    }
    let (whole, inside) = (place.read("whole.cmk"), place.read("inside.cmk"));
    let head = cmkit::envelope::inspect(&whole).expect("a head").head_size;
    set_permissions(place.path("whole.cmk"), Permissions::from_mode(0o640)).expect("set");
    let version = place.vault.rotate("orders-kek").expect("rotated").version().expect("a version").to_string();

    let text = place.expect(0, &format!("rewrap --vault vault --as app --to {KEY} whole.cmk"));
    assert!(text.contains(&format!("{head} of {} bytes", whole.len())), "{text}");
    place.expect(0, &format!("rewrap --vault vault --as app --to {KEY} --in-place inside.cmk"));
    for (file, old) in [("whole.cmk", whole), ("inside.cmk", inside)] {
        let changed = changed(&old, &place.read(file));
        assert!(!changed.is_empty() && changed.iter().all(|at| *at < head - 56), "salt, commitment and body stay");
        assert!(place.expect(0, &format!("inspect {file}")).contains(&version));
        assert_eq!(place.run(&format!("open --vault vault {file}")).stdout, data);
    }
    assert_eq!(place.path("whole.cmk").metadata().expect("a file").permissions().mode() & 0o777, 0o640);
    assert_eq!(place.list(), ["in", "inside.cmk", "vault", "whole.cmk"]);
}

#[test]
fn in_place_needs_room() {
    let place = Place::new();
    place.write("in", "data");
    place.expect(0, &format!("seal --vault vault --key {KEY} -o a.cmk in"));
    place.expect(0, &format!("seal --vault vault --key {KEY} --pad 1500 -o roomy.cmk in"));
    let before = place.read("a.cmk");
    let text = place.expect(3, &format!("rewrap --vault vault --to {OTHER} --keep --in-place a.cmk"));
    assert!(text.contains("--in-place") && text.contains("--pad"), "{text}");
    assert_eq!(place.read("a.cmk"), before);
    place.expect(0, &format!("rewrap --vault vault --to {OTHER} --keep --in-place roomy.cmk"));
    assert_eq!(place.read("roomy.cmk").len(), 1500 + 4 + 16);
    for key in [KEY, OTHER] {
        place.expect(0, &format!("open --vault vault --allow-key {key} roomy.cmk"));
    }
    assert_eq!(place.list(), ["a.cmk", "in", "roomy.cmk", "vault"]);
}

#[test]
fn from_service_managed_to_a_cmk_and_back() {
    let place = Place::new();
    place.write("in", "data");
    place.expect(0, "seal -o a.cmk in");
    place.expect(0, &format!("rewrap --vault vault --to {KEY} a.cmk"));
    assert!(place.expect(0, "inspect a.cmk").contains("customer-managed"));
    place.expect(5, "open a.cmk");
    assert_eq!(place.run("open --vault vault a.cmk").stdout, b"data");
    place.expect(0, "rewrap --vault vault --to-service-managed a.cmk");
    assert!(place.expect(0, "inspect a.cmk").contains("service-managed"));
    assert_eq!(place.run("open --vault vault a.cmk").stdout, b"data");
}

#[test]
fn an_interrupted_rewrap_in_place_is_mended() {
    let place = Place::new();
    place.write("in", plaintext(50_000));
    place.expect(0, &format!("seal --vault vault --key {KEY} -o a.cmk in"));
    let old = place.read("a.cmk");
    let head = cmkit::envelope::inspect(&old).expect("a head").head_size;
    place.expect(0, &format!("rewrap --vault vault --to {OTHER} --in-place a.cmk"));
    let new = place.read("a.cmk");
    let journal = [&old[..head], &new[..head]].concat();
    // A write that tore after any number of bytes.
    for torn in [1, 100, head / 2, head - 60, head] {
        place.write("a.cmk", [&new[..torn], &old[torn..]].concat());
        place.write("a.cmk.head", &journal);
        let text = place.expect(0, &format!("rewrap --vault vault --to {KEY} --in-place a.cmk"));
        assert!(text.contains("mended"), "{text}");
        assert_eq!(place.run(&format!("open --vault vault --allow-key {KEY} a.cmk")).stdout, plaintext(50_000));
        assert_eq!(place.list(), ["a.cmk", "in", "vault"]);
    }
    place.write("a.cmk.head", b"something else");
    place.expect(3, &format!("rewrap --vault vault --to {KEY} --in-place a.cmk"));
    assert!(place.exists("a.cmk.head"), "what it does not know it does not remove");
}

#[test]
fn one_record_re_keys_all_under_it() {
    let place = Place::new();
    let data = plaintext(40_000);
    place.write("in", &data);
    place.expect(0, &format!("record new --vault vault --key {KEY} --namespace acme -o smk.record"));
    place.expect(0, "seal --vault vault --record smk.record -o a.cmk in");
    let value =
        place.expect(0, "record seal-value --vault vault --record smk.record --namespace email ada@example.com");
    let sealed = place.read("a.cmk");
    assert!(place.expect(0, "inspect a.cmk").contains("key record"));
    assert!(place.expect(0, "inspect smk.record").contains(KEY));

    place.expect(0, &format!("rewrap --vault vault --to {OTHER} smk.record"));
    place.vault.delete_key("orders-kek").expect("deleted");
    assert_eq!(place.read("a.cmk"), sealed);
    assert_eq!(place.run("open --vault vault --record smk.record a.cmk").stdout, data);
    let open = |namespace: &str, value: &str| {
        place.run(&format!("record open-value --vault vault --record smk.record --namespace {namespace} {value}"))
    };
    assert_eq!(open("email", value.trim()).stdout, b"ada@example.com");
    assert_eq!(open("phone", value.trim()).status.code(), Some(6));
    assert_eq!(open("email", "!").status.code(), Some(3));
    assert_eq!(open("email", "wQ").status.code(), Some(3));
    place.expect(5, "open --vault vault a.cmk");
    place.expect(3, "open --vault vault smk.record");
}

#[test]
fn deterministic_values_are_equal_only_where_allowed() {
    let place = Place::new();
    place.expect(0, &format!("record new --vault vault --key {KEY} -o plain.record"));
    place.expect(0, &format!("record new --vault vault --key {KEY} --deterministic -o lookup.record"));
    let seal = |code, record: &str, rest: &str| {
        place.expect(code, &format!("record seal-value --vault vault --record {record} {rest}"))
    };
    assert_eq!(seal(0, "lookup.record", "--deterministic ada"), seal(0, "lookup.record", "--deterministic ada"));
    assert_ne!(seal(0, "lookup.record", "--deterministic ada"), seal(0, "lookup.record", "--deterministic bob"));
    assert_ne!(
        seal(0, "lookup.record", "--deterministic --aad 1 ada"),
        seal(0, "lookup.record", "--deterministic --aad 2 ada")
    );
    assert_ne!(seal(0, "lookup.record", "ada"), seal(0, "lookup.record", "ada"));
    assert!(seal(2, "plain.record", "--deterministic ada").contains("not_allowed"));
    place.expect(2, "record seal-value --vault vault ada");
    let piped = place.run_with("record seal-value --vault vault --record plain.record -", b"from a pipe");
    let value = String::from_utf8(piped.stdout).expect("text");
    let opened = place.run_with("record open-value --vault vault --record plain.record -", value.as_bytes());
    assert_eq!(opened.stdout, b"from a pipe");
}
