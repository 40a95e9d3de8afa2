//! Rewrap: whole, in place, detached; which keys it leaves; what an interruption left.

use crate::support::{KEK, Shell, bytes};
use cmkit_vault::{KeyKind, LocalVault, NewKey};
use std::fs;

/// An envelope under a version that is not the newest any more; the whole head fits what follows with `--pad`.
fn rotated(more: &str) -> (Shell, LocalVault, Vec<u8>) {
    let (shell, vault) = Shell::with_vault();
    let plain = bytes(100_000);
    shell.write("plain", &plain);
    shell.seal(more);
    vault.rotate("kek").expect("rotated");
    (shell, vault, plain)
}

fn newest(vault: &LocalVault) -> String {
    vault.key("kek").expect("a key").newest().expect("a version").key.to_string()
}

fn key_of(shell: &Shell, index: usize) -> String {
    shell.inspect("envelope")["keys"][index]["key"].as_str().expect("a key").to_owned()
}

#[test]
fn whole() {
    let (shell, vault, plain) = rotated("--pad 900");
    let before = shell.read("envelope");
    let said = shell.good(&format!("rewrap --vault v --to {KEK} envelope")).text();
    let after = shell.read("envelope");
    let head = after.len() - (before.len() - 900);
    assert_eq!(said, format!("envelope: {head} of {} bytes rewritten\n", after.len()));
    assert!(head < 900 && after[head..] == before[900..], "the body stays");
    assert_eq!(key_of(&shell, 0), newest(&vault));
    shell.opens("", &plain);

    shell.good(&format!("rewrap --vault v --to {KEK} --pad 1000 envelope"));
    assert_eq!(shell.inspect("envelope")["head_size"], 1000);
    shell.opens("", &plain);
    shell.bad(&format!("rewrap --vault v --to {KEK} --pad 100 envelope"), 3, &["too_large"]);
}

#[test]
fn several_files_and_links_and_permissions() {
    let (shell, vault, plain) = rotated("");
    fs::copy(shell.path("envelope"), shell.path("second")).expect("copied");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(shell.path("envelope"), fs::Permissions::from_mode(0o640)).expect("set");
        std::os::unix::fs::symlink("envelope", shell.path("link")).expect("linked");
        shell.good(&format!("rewrap --vault v --to {KEK} link second"));
        assert!(shell.path("link").is_symlink(), "a link stays a link");
        let mode = fs::metadata(shell.path("envelope")).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(key_of(&shell, 0), newest(&vault));
        // Another output over it keeps them as well.
        shell.good("open --vault v -o envelope envelope");
        assert_eq!(fs::metadata(shell.path("envelope")).expect("there").permissions().mode() & 0o777, 0o640);
        assert!(shell.read("envelope") == plain);
    }
    assert!(shell.good("open --vault v second").out == plain);
    shell.bad(&format!("rewrap --vault v --to {KEK} -"), 2, &["--detached"]);
    shell.bad(&format!("rewrap --vault v --to {KEK} missing"), 3, &["`missing`"]);
    shell.bad(&format!("rewrap --vault v --to {KEK} plain"), 3, &["malformed", "`plain`"]);
    shell.bad("rewrap --vault v envelope", 2, &["--to"]);
    shell.bad(&format!("rewrap --vault v --to {KEK} --namespace n envelope"), 2, &["--namespace"]);
}

#[test]
fn in_place() {
    let (shell, vault, plain) = rotated("--pad 600");
    let before = shell.read("envelope");
    let said = shell.good(&format!("rewrap --vault v --to {KEK} --in-place envelope")).text();
    assert_eq!(said, format!("envelope: 600 of {} bytes rewritten\n", before.len()));
    let after = shell.read("envelope");
    assert!(after.len() == before.len() && after[600 - 56..] == before[600 - 56..] && after != before);
    assert!(!shell.path("envelope.head").exists());
    assert_eq!(key_of(&shell, 0), newest(&vault));
    shell.opens("", &plain);

    // A key that does not fit.
    vault.create_key("rsa", KeyKind::Rsa3072, NewKey::default()).expect("a key");
    let line = "rewrap --vault v --to https://orders.vault.azure.net/keys/rsa --keep --in-place envelope";
    shell.bad(line, 3, &["too_large", "without --in-place"]);
    vault.set_enabled("kek", None, false).expect("disabled");
    shell.bad(&format!("rewrap --vault v --to {KEK} --in-place envelope"), 5, &["KeyDisabled"]);
}

#[test]
fn keep_and_both_ways_between_modes() {
    let (shell, vault, plain) = rotated("");
    let replica = shell.vault("replica", "replica.vault.azure.net");
    replica.create_key("kek", KeyKind::Rsa2048, NewKey::default()).expect("a key");
    let there = "https://replica.vault.azure.net/keys/kek";
    shell.good(&format!("rewrap --vault v --vault replica --to {there} --keep envelope"));
    assert!(shell.good("open --vault replica envelope").out == plain);
    shell.opens("", &plain);
    assert_ne!(key_of(&shell, 0), newest(&vault), "kept byte for byte");
    shell.good(&format!("rewrap --vault v --to {KEK} --keep envelope"));
    assert_eq!(key_of(&shell, 0), newest(&vault), "a newer version takes the old one's place");
    assert_eq!(shell.inspect("envelope")["keys"].as_array().map(Vec::len), Some(2));

    shell.good("rewrap --vault v --to-service-managed envelope");
    assert_eq!(shell.inspect("envelope")["mode"], "service-managed");
    shell.opens("", &plain);
    shell.bad("open --vault replica envelope", 5, &["no_key"]);
    shell.good(&format!("rewrap --vault v --to {KEK} envelope"));
    assert_eq!(shell.inspect("envelope")["mode"], "customer-managed");
    shell.good(&format!("rewrap --vault v --to {KEK} --to-service-managed envelope"));
    assert_eq!(shell.inspect("envelope")["mode"], "mixed");
    shell.opens("", &plain);
}

#[test]
fn a_detached_head_alone() {
    let (shell, _, plain) = rotated("--detached head -c tenant=acme --external row=1");
    let (head, body) = (shell.read("head"), shell.read("envelope"));
    shell.bad(&format!("rewrap --vault v --to {KEK} --external row=2 --detached head"), 6, &["decrypt"]);
    shell.good(&format!("rewrap --vault v --to {KEK} --external row=1 --detached head"));
    assert!(shell.read("head") != head && shell.read("envelope") == body);
    shell.opens("--detached head --external row=1", &plain);
    let piped = shell.good_from(&format!("rewrap --vault v --to {KEK} --detached -"), &head).out;
    shell.write("head", piped);
    shell.opens("--detached head --external row=1", &plain);
}

/// The heads before and after a rewrap in place, and the rest of the file.
fn heads() -> (Shell, LocalVault, Vec<u8>, [Vec<u8>; 3]) {
    let (shell, vault, plain) = rotated("--pad 600");
    let before = shell.read("envelope");
    shell.good(&format!("rewrap --vault v --to {KEK} --in-place envelope"));
    let after = shell.read("envelope");
    (shell, vault, plain, [before[..600].to_vec(), after[..600].to_vec(), after[600..].to_vec()])
}

#[test]
fn an_interrupted_rewrap_is_mended() {
    let (shell, vault, plain, [old, new, body]) = heads();
    let journal = [&old[..], &new[..]].concat();
    for written in [0, 1, 12, 100, 300, 511, 512, 599, 600] {
        let torn = [&new[..written], &old[written..], &body[..]].concat();
        shell.write("envelope", torn);
        shell.write("envelope.head", &journal);
        let ran = shell.good(&format!("rewrap --vault v --to {KEK} --in-place envelope"));
        assert!(ran.err.contains("mended"), "{written}: {}", ran.err);
        assert!(!shell.path("envelope.head").exists());
        assert_eq!(key_of(&shell, 0), newest(&vault));
        shell.opens("", &plain);
    }
}

#[test]
fn mending_takes_no_key_and_keeps_a_finished_head() {
    let (shell, vault, plain, [old, new, body]) = heads();
    let (journal, newest) = ([&old[..], &new[..]].concat(), newest(&vault));
    // The old version is gone: only the new head, which is whole, still opens.
    let version = |uri: &str| cmkit::key::KeyVersion::parse(uri.rsplit('/').next().expect("a version")).ok();
    let oldest = vault.key("kek").expect("a key").versions.iter().map(|held| held.key.to_string()).collect::<Vec<_>>();
    let oldest = oldest.iter().find(|uri| **uri != newest).expect("two versions");
    vault.set_enabled("kek", version(oldest), false).expect("disabled");
    shell.write("envelope", [&new[..], &body[..]].concat());
    shell.write("envelope.head", &journal);
    shell.good(&format!("rewrap --vault v --to {KEK} --in-place envelope"));
    shell.opens("", &plain);
    // A torn head becomes the old one, although nobody opens that now.
    shell.write("envelope", [&new[..200], &old[200..], &body[..]].concat());
    shell.write("envelope.head", &journal);
    assert_eq!(shell.run(&format!("rewrap --vault v --to {KEK} --in-place envelope"), b"").code, Some(5));
    assert!(shell.read("envelope") == [&old[..], &body[..]].concat());
    vault.set_enabled("kek", version(oldest), true).expect("enabled");
    shell.opens("", &plain);
}

#[test]
fn a_file_that_is_no_journal_of_this_envelope_is_left_alone() {
    let (shell, _, _, [old, new, body]) = heads();
    let journal = [&old[..], &new[..]].concat();
    let line = format!("rewrap --vault v --to {KEK} --in-place envelope");
    // A body with its detached head beside it, named as people name it.
    shell.write("envelope", &body);
    shell.write("envelope.head", &old);
    shell.bad(&line, 3, &["envelope.head", "move it away"]);
    // A journal of what stood there before.
    shell.write("envelope.head", &journal);
    shell.seal("--pad 600");
    shell.bad(&line, 3, &["envelope.head"]);
    for other in [&b""[..], b"notes", &journal[..1199]] {
        shell.write("envelope.head", other);
        shell.bad(&line, 3, &["envelope.head"]);
    }
}

#[test]
fn two_at_once_do_not_meet() {
    let (shell, _, plain) = rotated("--pad 600");
    let file = fs::File::open(shell.path("envelope")).expect("opened");
    file.lock().expect("locked");
    shell.bad(&format!("rewrap --vault v --to {KEK} --in-place envelope"), 3, &["another rewrap", "try again"]);
    file.unlock().expect("unlocked");
    shell.good(&format!("rewrap --vault v --to {KEK} --in-place envelope"));
    shell.opens("", &plain);
}
