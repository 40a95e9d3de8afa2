//! `cmkit rewrap` of folders: planned, run, killed and begun again.

use crate::support::{HOST, KEK, Shell};
use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions};
use cmkit::key::KeyUri;
use cmkit_vault::{KeyKind, LocalVault, NewKey};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Objects in folders under the first version of a key, which is rotated since.
fn fleet(kind: KeyKind, count: usize) -> (Shell, LocalVault, [KeyUri; 2]) {
    let shell = Shell::new();
    let vault = shell.vault("v", HOST);
    let old = vault.create_key("kek", kind, NewKey::default()).expect("a key");
    let options = SealOptions::new([old.versionless().into()]);
    for at in 0..count {
        let path = shell.path(&path_of(at));
        if at % 1000 == 0 {
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        }
        fs::write(path, cmkit::seal(&plain(at), options.clone(), &vault.as_owner()).expect("sealed")).expect("written");
    }
    let new = vault.rotate("kek").expect("rotated");
    (shell, vault, [old, new])
}

fn path_of(at: usize) -> String {
    format!("data/{:02}/{at:05}.cmk", at / 1000)
}

fn plain(at: usize) -> Vec<u8> {
    format!("object {at}").into_bytes()
}

fn json(ran: &crate::support::Ran) -> Value {
    serde_json::from_slice(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn planned_then_run() {
    let (shell, vault, [old, new]) = fleet(KeyKind::Rsa2048, 30);
    shell.good(&format!("seal --vault v --key {KEK} -o data/new v/vault.json"));
    shell.write("data/notes", "no envelope");
    let plan = json(&shell.good(&format!("rewrap --vault v --to {KEK} --plan --json data")));
    assert_eq!((&plan["due"], &plan["at_target"], &plan["unknown"]), (&30.into(), &1.into(), &1.into()));
    let calls = plan["calls"].as_array().expect("calls");
    assert_eq!(calls.len(), 1, "under RSA nothing is wrapped by a call");
    assert_eq!((&calls[0]["key"], &calls[0]["count"]), (&old.to_string().into(), &30.into()));
    assert_eq!((&calls[0]["key_type"], &calls[0]["quota"]), (&"RSA 2048".into(), &2000.into()));
    assert_eq!((&calls[0]["rate"], &plan["seconds"]), (&100.0.into(), &0.3.into()));
    let text = shell.good(&format!("rewrap --vault v --to {KEK} --plan --software data")).text();
    for word in ["30 objects to rewrap", "quota 4000 in 10 s, asked 200/s", "about 0.1 seconds", &new.to_string()] {
        assert!(text.contains(word), "no `{word}` in {text}");
    }
    assert_eq!(json(&shell.good(&format!("rewrap --vault v --to {KEK} --plan --json data")))["due"], 30);

    let report = json(&shell.good(&format!("rewrap --vault v --to {KEK} --json --rate 500/s data")));
    assert_eq!((&report["done"], &report["unwraps"], &report["opened"]), (&30.into(), &31.into(), &true.into()));
    vault.set_enabled("kek", old.version(), false).expect("disabled");
    for at in 0..30 {
        assert!(shell.good(&format!("open --vault v {}", path_of(at))).out == plain(at));
    }
    let text = shell.good(&format!("rewrap --vault v --to {KEK} data")).text();
    assert!(text.contains("0 objects rewrapped") && text.contains("31 have these keys already"), "{text}");
}

#[test]
fn what_fails_is_told_and_stays() {
    let (shell, vault, [old, _]) = fleet(KeyKind::Symmetric, 3);
    let whole = shell.read(&path_of(0));
    shell.write("data/cut", &whole[..200]);
    let list = format!("data/cut\n{}\n", path_of(1));
    let ran = shell.run(&format!("rewrap --vault v --to {KEK} --rate 99 -"), list.as_bytes());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.text().contains("1 objects rewrapped") && ran.text().contains("data/cut: "), "{ran:?}");
    assert!(shell.read(&path_of(0)) == whole && shell.read("data/cut") == whole[..200]);
    fs::remove_file(shell.path("data/cut")).expect("removed");
    vault.set_enabled("kek", old.version(), false).expect("disabled");
    let ran = shell.run(&format!("rewrap --vault v --to {KEK} --json data"), b"");
    assert_eq!(ran.code, Some(5), "{ran:?}");
    let report = json(&ran);
    assert_eq!((&report["failed"]["count"], &report["at_target"]), (&2.into(), &1.into()));
    assert_eq!(report["failed"]["first"][0]["code"], "denied");
    shell.bad(&format!("rewrap --vault v --to {KEK} --plan --detached data/00/00000.cmk"), 2, &["--plan"]);
    shell.bad(&format!("rewrap --vault v --to {KEK} --rate 0 data"), 2, &["a rate is"]);
    shell.bad(&format!("rewrap --vault v --to {KEK} --journal {} data", path_of(0)), 3, &["not the journal"]);
}

/// Every object with its bytes.
fn objects(shell: &Shell, count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|at| shell.read(&path_of(at))).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn killed_five_times_none_is_lost_and_none_done_twice() {
    killed_five_times(2_000);
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "syncs 20,000 files to disk, a minute or two; run by `./test --only big`"]
fn a_big_fleet_killed_five_times() {
    killed_five_times(20_000);
}

#[cfg(target_os = "linux")]
fn killed_five_times(fleet_size: usize) {
    let (shell, vault, [old, new]) = fleet(KeyKind::Symmetric, fleet_size);
    let line = format!("rewrap --vault v --to {KEK} --rate 1000000 --journal journal data");
    let is_new = |envelope: &[u8]| {
        let found = cmkit::envelope::inspect(envelope).expect("whole, at any moment");
        let key = found.keys[0].key.clone().expect("a key");
        assert!(key == old.to_string() || key == new.to_string());
        key == new.to_string()
    };
    let lines = || fs::read_to_string(shell.path("journal")).map_or(0, |text| text.lines().count());
    let mut before = objects(&shell, fleet_size);
    let mut new_before = 0;
    for kill in 1..=5 {
        let mut child = shell.command(&line).stdout(std::process::Stdio::null()).spawn().expect("started");
        while lines() < kill * fleet_size * 3 / 20 {
            assert!(child.try_wait().expect("asked").is_none(), "killed before its end");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        let now = objects(&shell, fleet_size);
        let news = now.iter().filter(|envelope| is_new(envelope)).count();
        assert!(news > new_before && news < fleet_size, "kill {kill}: {news} after {new_before}");
        let again = now.iter().zip(&before).filter(|(now, before)| is_new(before) && now != before).count();
        assert_eq!(again, 0, "kill {kill}: rewrapped twice");
        (before, new_before) = (now, news);
    }
    let report = json(&shell.good(&format!("{line} --json")));
    let count = |name: &str| usize::try_from(report[name].as_u64().expect("a count")).expect("small");
    assert_eq!((count("done"), count("at_target")), (fleet_size - new_before, new_before));
    let now = objects(&shell, fleet_size);
    assert!(now.iter().zip(&before).all(|(now, before)| now == before || !is_new(before)), "rewrapped twice");

    let text = fs::read_to_string(shell.path("journal")).expect("a journal");
    let done: std::collections::BTreeSet<PathBuf> = text.lines().skip(1).map(PathBuf::from).collect();
    assert_eq!(done.len(), text.lines().count() - 1, "the journal has each once");
    assert_eq!(done.len(), count("done") + count("done_earlier"));

    vault.set_enabled("kek", old.version(), false).expect("disabled");
    let options = OpenOptions::new(OpenKeys::vault([old.versionless()]));
    for (at, envelope) in now.iter().enumerate() {
        assert!(cmkit::open(envelope, &options, &vault.as_owner()).expect("opens under the new version") == plain(at));
    }
    println!("{new_before} were done when it was killed for the fifth time");
}
