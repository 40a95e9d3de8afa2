//! A process that changes a vault is killed at any moment: the vault opens, and what was reported as done is done.

#![cfg(unix)]

use crate::common::{DEK, HOST, reason, unwrap, wrap};
use cmkit::key::KeyUri;
use cmkit::operation::WrapAlgorithm::A256Kw;
use cmkit_vault::{KeyKind, LocalVault, NewKey, Options, Unlock};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const DIR: &str = "CMKIT_VAULT_TEST_DIR";
const KILLS: u64 = 40;

/// Changes the vault until it is killed, and says on standard output what is done.
#[test]
#[ignore = "the child of `survives_being_killed`"]
fn change_without_end() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let vault = LocalVault::open(Path::new(&dir), &Unlock::KeyFile).expect("the vault");
    let say = |line: String| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{line}").and_then(|()| out.flush()).expect("the parent listens");
    };
    let _ = vault.purge_key("passing"); // where the child before this one was killed between deleting and purging
    for round in 0_u64.. {
        let name = format!("k{}", round % 3);
        let made = vault.create_key(&name, KeyKind::Symmetric, NewKey::default()).expect("made");
        say(format!("made {made}"));
        let rotated = vault.rotate(&name).expect("rotated");
        say(format!("made {rotated}"));
        vault.set_enabled(&name, made.version(), false).expect("disabled");
        say(format!("disabled {made}"));
        let passing = vault.create_key("passing", KeyKind::Symmetric, NewKey::default()).expect("made");
        say(format!("made {passing}"));
        vault.delete_key("passing").expect("deleted");
        say(format!("gone {passing}"));
        vault.purge_key("passing").expect("purged");
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Made,
    Disabled,
    Gone,
}

#[test]
fn survives_being_killed() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let dir = scratch.path().join("vault");
    LocalVault::create(&dir, &Options::new(HOST), &Unlock::KeyFile).expect("a vault");
    let mut told: BTreeMap<KeyUri, Told> = BTreeMap::new();
    let mut wrapped: BTreeMap<KeyUri, Vec<u8>> = BTreeMap::new();
    for round in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--ignored", "--exact", "killed::change_without_end", "--nocapture", "--test-threads=1"])
            .env(DIR, &dir)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, words) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            lines.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        // Every fifth while it opens the vault, the others after some changes; then at no particular moment.
        let mut said = Vec::new();
        let some = if round % 5 == 0 { 0 } else { 2 + round % 11 };
        while (said.len() as u64) < some {
            let word = words.recv_timeout(Duration::from_secs(60)).expect("it goes on");
            said.extend(word.contains(' ').then_some(word));
        }
        std::thread::sleep(Duration::from_micros(round * 7_919 % 23 * 1_000 + round * 37));
        child.kill().expect("killed");
        assert_eq!(child.wait().expect("over").signal(), Some(9), "it was killed, it did not fail by itself");

        reader.join().expect("read to the end");
        for line in said.into_iter().chain(words.try_iter()) {
            let Some((what, key)) = line.split_once(' ') else { continue };
            let told_now = match what {
                "made" => Told::Made,
                "disabled" => Told::Disabled,
                "gone" => Told::Gone,
                _ => continue,
            };
            told.insert(KeyUri::parse(key).expect("a key"), told_now);
        }
        check(&dir, &told, &mut wrapped);
    }
    let made = told.values().filter(|told| **told != Told::Gone).count();
    assert!(made >= 40, "only {made} versions in {KILLS} rounds: the children were killed too soon to prove anything");
}

/// Opens the vault as the next process does and looks for everything that was said.
fn check(dir: &Path, told: &BTreeMap<KeyUri, Told>, wrapped: &mut BTreeMap<KeyUri, Vec<u8>>) {
    let vault = LocalVault::open(dir, &Unlock::KeyFile).expect("opens");
    let owner = vault.as_owner();
    for key in vault.keys().expect("lists") {
        assert!(key.newest().is_some(), "a key without versions");
    }
    for (key, told) in told {
        match told {
            // A child that was killed between doing a thing and saying so did it: `passing` may be gone already.
            Told::Made if key.name() == "passing" => {}
            Told::Gone => assert_eq!(reason(wrap(&owner, key, A256Kw)), "KeyNotFound"),
            Told::Disabled => assert_eq!(reason(wrap(&owner, key, A256Kw)), "KeyDisabled"),
            Told::Made => {
                let fresh = match wrap(&owner, key, A256Kw) {
                    Err(refusal) if refusal.reason == "KeyDisabled" => continue,
                    answer => answer.expect("wraps"),
                };
                let wrapped = wrapped.entry(key.clone()).or_insert(fresh);
                assert!(unwrap(&owner, key, A256Kw, wrapped).expect("unwraps").ct_eq(&DEK));
            }
        }
    }
    // And it is still a vault that can be changed.
    vault.create_key("after", KeyKind::Symmetric, NewKey::default()).expect("changes");
    let leftovers = |place: &Path| {
        let entries = std::fs::read_dir(place).expect("a folder");
        entries
            .filter(|entry| entry.as_ref().is_ok_and(|it| it.file_name().to_string_lossy().starts_with(".scrap")))
            .count()
    };
    assert_eq!(leftovers(dir) + leftovers(&dir.join("keys")), 0, "swept up");
}
