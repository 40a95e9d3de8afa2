//! Encryption with nothing set up: the key that the program makes and keeps.

use crate::support::Shell;
use std::fs;
use std::path::Path;

#[test]
fn made_once_and_kept_private() {
    let shell = Shell::new();
    shell.write("plain", "some data");
    shell.bad("seal --no-create -o envelope plain", 5, &["service-managed", "--key URL"]);
    assert!(!shell.path("data").exists());

    let first = shell.good("seal -o envelope plain");
    let place = shell.path("data/cmkit");
    assert_eq!(first.err.matches(&place.display().to_string()).count(), 1, "{}", first.err);
    assert!(first.out.is_empty());
    assert_eq!(shell.good("seal -o envelope plain").err, "");
    assert_eq!(shell.good("seal --no-create -o envelope plain").err, "");
    assert_eq!(shell.good("open envelope").out, b"some data");
    assert_eq!(shell.inspect("envelope")["mode"], "service-managed");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&place).expect("there").permissions().mode() & 0o777, 0o700);
        assert!(check_private(&place) >= 3, "settings, key file, service key");
    }
}

/// Every file of the folder that says anything is its owner's alone.
#[cfg(unix)]
fn check_private(folder: &Path) -> usize {
    use std::os::unix::fs::PermissionsExt;
    let entries = fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").path());
    let check = |entry: std::path::PathBuf| {
        if entry.is_dir() {
            return check_private(&entry);
        }
        let data = fs::metadata(&entry).expect("there");
        assert!(data.len() == 0 || data.permissions().mode() & 0o777 == 0o600, "{}", entry.display());
        usize::from(data.len() > 0)
    };
    entries.map(check).sum()
}

#[test]
fn the_place_decides_which_key() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.good("seal -o own plain");
    let said = shell.good("seal --vault v -o vaulted plain").err;
    assert!(said.contains("in `v`"), "{said}");
    shell.bad("open vaulted", 5, &["no_key"]);
    assert_eq!(shell.good("open own").out, b"some data");
    for file in ["own", "vaulted"] {
        assert_eq!(shell.good(&format!("open --vault v {file}")).out, b"some data");
    }
}

#[test]
fn what_a_killed_first_use_left_is_no_obstacle() {
    let shell = Shell::new();
    shell.write("plain", "some data");
    fs::create_dir_all(shell.path("data/cmkit")).expect("made");
    shell.good("seal -o envelope plain");
    assert_eq!(shell.good("open envelope").out, b"some data");
}

#[test]
fn two_first_uses_at_once() {
    for _ in 0..5 {
        let shell = Shell::new();
        shell.write("plain", "some data");
        let lines = ["seal -o one plain", "seal -o two plain", "seal -o three plain"];
        let children = lines.map(|line| shell.command(line).spawn().expect("started"));
        for mut child in children {
            assert!(child.wait().expect("ended").success());
        }
        for file in ["one", "two", "three"] {
            assert_eq!(shell.good(&format!("open {file}")).out, b"some data");
        }
    }
}

#[test]
fn a_broken_folder_of_the_users_own_stops_nobody_who_names_a_vault() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.seal("");
    fs::create_dir_all(shell.path("data/cmkit")).expect("made");
    fs::write(shell.path("data/cmkit/vault.json"), "not JSON").expect("written");
    shell.opens("", b"some data");
    shell.bad("open envelope", 3, &["vault.json"]);
}
