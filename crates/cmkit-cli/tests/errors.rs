//! Bad input: each fault has its exit code, names its file, and harms nothing.

mod support;

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use support::{KEY, Place, plaintext};

#[test]
fn changed_input_is_refused_and_an_existing_output_stays() {
    let place = Place::new();
    place.write("in", plaintext(40_000));
    place.expect(0, &format!("seal --vault vault --key {KEY} -c a=b -o a.cmk in"));
    let sealed = place.read("a.cmk");
    let head = cmkit::envelope::inspect(&sealed).expect("a head").head_size;
    place.write("out", "precious");
    let names = [place.list(), vec!["bad.cmk".into()]].concat();
    let mut names = names;
    names.sort();
    // A byte of every region, and the exit codes it may end in.
    let regions: [(usize, &[i32]); 14] = [
        (0, &[3]),
        (4, &[3]),
        (5, &[3, 6]),
        (6, &[3]),
        (7, &[3]),
        (9, &[3]),
        (13, &[3]),
        (20, &[3, 5, 6]),
        (head - 89, &[3, 6]),
        (head - 80, &[6]),
        (head - 40, &[6]),
        (head - 1, &[6]),
        (head + 5, &[6]),
        (sealed.len() - 1, &[6]),
    ];
    for (at, codes) in regions {
        let mut bad = sealed.clone();
        bad[at] ^= 2;
        place.write("bad.cmk", bad);
        let output = place.run("open --vault vault -o out bad.cmk");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let code = output.status.code().expect("a code");
        assert!(codes.contains(&code) && text.contains("bad.cmk"), "byte {at}: {code} {text}");
        assert_eq!(place.read("out"), b"precious");
        assert_eq!(place.list(), names);
    }
    for cut in [0, 3, 12, 100, head - 1, head, head + 16400, head + 2 * 16400 + 7] {
        place.write("bad.cmk", &sealed[..cut]);
        let text = place.expect(3, "open --vault vault -o out bad.cmk");
        assert!(text.contains("truncated"), "{cut}: {text}");
        assert_eq!(place.read("out"), b"precious");
    }
    place.write("bad.cmk", [&sealed[..], b"more"].concat());
    place.expect(6, "open --vault vault -o out bad.cmk");
    place.write("bad.cmk", "just some text");
    assert!(place.expect(3, "open --vault vault -o out bad.cmk").contains("malformed"));
    assert_eq!(place.read("out"), b"precious");
    assert_eq!(place.list(), names);
}

#[test]
fn places_that_are_not_there() {
    let place = Place::new();
    place.write("in", "data");
    let seal = format!("seal --vault vault --key {KEY}");
    assert!(place.expect(3, &format!("{seal} -o a.cmk nowhere")).contains("`nowhere`"));
    assert!(!place.exists("a.cmk"));
    assert!(place.expect(3, &format!("{seal} -o no/such/folder in")).contains("help:"));
    place.expect(3, &format!("{seal} -o vault in"));
    place.expect(3, &format!("{seal} vault"));
    place.expect(3, "inspect nowhere");
    place.expect(3, "seal --vault nowhere in");
    place.expect(3, &format!("{seal} --record nowhere in"));
    place.expect(2, &format!("{seal} --aad-file x --external a=b in"));
    place.expect(2, "seal --no-such-option");
    place.expect(2, "rewrap --vault vault in");
    place.expect(0, "--help");
    place.expect(0, "--version");
    assert_eq!(place.list(), ["in", "vault"]);
}

#[test]
fn an_output_keeps_its_permissions() {
    let place = Place::new();
    place.write("in", "data");
    place.write("out", "old");
    set_permissions(place.path("out"), Permissions::from_mode(0o600)).expect("set");
    place.expect(0, &format!("seal --vault vault --key {KEY} -o out in"));
    assert_eq!(place.path("out").metadata().expect("a file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn nobody_reading_is_no_noise() {
    let place = Place::new();
    place.write("in", plaintext(8_000_000));
    place.expect(0, &format!("seal --vault vault --key {KEY} -o a.cmk in"));
    let mut child =
        place.command("open --vault vault a.cmk").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn errors_have_no_colour_where_none_is_wanted_and_no_secret() {
    let place = Place::new();
    let text = place.expect(2, "seal --vault vault --key https://orders.vault.azure.net/secrets/k in");
    assert!(!text.contains('\x1b') && text.contains("invalid_key_uri") && text.contains("/keys/NAME"), "{text}");
}
