//! The vault in a folder: what is on disk, what survives a process, what a changed file can do.

use crate::common::{DEK, HOST, clock, reason, resolve, unwrap, wrap};
use cmkit::key::KeyUri;
use cmkit::operation::{KeyRequest, WrapAlgorithm::A256Kw, WrapAlgorithm::RsaOaep256};
use cmkit::secret::Secret;
use cmkit::{Code, Provider};
use cmkit_vault::{
    Grant, KeyKind, LocalVault, Network, NewKey, Options, Period, PrivateKey, Role, RotationPolicy, Unlock,
};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn scratch() -> (TempDir, PathBuf) {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let dir = scratch.path().join("vault");
    (scratch, dir)
}

fn create(dir: &Path) -> LocalVault {
    LocalVault::create(dir, &Options::new(HOST), &Unlock::KeyFile).expect("a vault").with_clock(clock().0)
}

fn open(dir: &Path) -> LocalVault {
    LocalVault::open(dir, &Unlock::KeyFile).expect("the vault").with_clock(clock().0)
}

/// Every file below a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

fn version_file(dir: &Path, key: &KeyUri) -> PathBuf {
    dir.join("keys").join(key.name()).join(format!("{}.json", key.version().expect("a version")))
}

#[test]
fn everything_is_there_after_opening_again() {
    let (_scratch, dir) = scratch();
    let options = Options { purge_protection: true, soft_delete_days: 30, ..Options::new(HOST) };
    let vault = LocalVault::create(&dir, &options, &Unlock::KeyFile).expect("a vault").with_clock(clock().0);
    let rsa = vault.create_key("rsa", KeyKind::Rsa2048, NewKey::default()).expect("a key");
    let oct = vault.create_key("oct", KeyKind::Symmetric, NewKey { expires: Some(u64::MAX), ..NewKey::default() });
    let oct = oct.expect("a key");
    vault.create_key("gone", KeyKind::Symmetric, NewKey::default()).expect("a key");
    vault.delete_key("gone").expect("deleted");
    let policy = RotationPolicy::new(None, Some(Period::days(90))).expect("a policy");
    vault.set_rotation_policy("oct", Some(policy)).expect("set");
    vault.grant("app", Grant::role(Role::ENCRYPTION_USER).on_key("rsa")).expect("granted");
    vault.set_network(Network::Selected { trusted_services: true }).expect("closed");
    vault.set_network(Network::Public).expect("open");
    vault.put_service_key("default", [3; 16], &Secret::from_slice(&[9; 48])).expect("stored");
    let owner = vault.as_owner();
    let wrapped = [wrap(&owner, &rsa, RsaOaep256).expect("wraps"), wrap(&owner, &oct, A256Kw).expect("wraps")];

    let again = open(&dir);
    assert_eq!(again.info().expect("info"), vault.info().expect("info"));
    assert_eq!(again.keys().expect("keys"), vault.keys().expect("keys"));
    assert_eq!(again.deleted_keys().expect("deleted keys"), vault.deleted_keys().expect("deleted keys"));
    assert_eq!(again.key("oct").expect("the key").rotation_policy, Some(policy));
    let owner = again.as_owner();
    assert!(unwrap(&owner, &rsa, RsaOaep256, &wrapped[0]).expect("unwraps").ct_eq(&DEK));
    assert!(unwrap(&owner, &oct, A256Kw, &wrapped[1]).expect("unwraps").ct_eq(&DEK));
    assert_eq!(reason(resolve(&again.as_identity("app"), &rsa)), "allowed");
    let stored = again.service_keys().expect("service keys");
    assert_eq!(
        (stored[0].name.as_str(), stored[0].version, stored[0].key.expose()),
        ("default", [3; 16], &[9; 48][..])
    );
}

#[test]
fn opens_with_what_it_was_made_with_and_nothing_else() {
    let (scratch, dir) = scratch();
    let elsewhere = scratch.path().join("orders.key");
    let made = LocalVault::create(&dir, &Options::new(HOST), &Unlock::passphrase("correct horse")).expect("a vault");
    let key = made.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let code = |unlock: Unlock| LocalVault::open(&dir, &unlock).err().map(|error| error.code());
    assert_eq!(code(Unlock::passphrase("correct horse")), None);
    assert_eq!(code(Unlock::passphrase("wrong")), Some(Code::Denied));
    assert_eq!(code(Unlock::passphrase("")), Some(Code::Denied));
    assert_eq!(code(Unlock::KeyFile), Some(Code::Denied));
    assert!(!dir.join("vault.key").exists());
    fs::write(dir.join("vault.key"), [0; 32]).expect("written");
    assert_eq!(code(Unlock::KeyFile), Some(Code::Denied), "a key file does not open what a passphrase closed");
    let opened = LocalVault::open(&dir, &Unlock::passphrase("correct horse")).expect("opens");
    assert_eq!(reason(wrap(&opened.as_owner(), &key, A256Kw)), "allowed");

    let dir = scratch.path().join("other");
    LocalVault::create(&dir, &Options::new(HOST), &Unlock::KeyFileAt(elsewhere.clone())).expect("a vault");
    let code = |unlock: Unlock| LocalVault::open(&dir, &unlock).err().map(|error| error.code());
    assert_eq!(code(Unlock::KeyFileAt(elsewhere.clone())), None);
    assert_eq!(code(Unlock::KeyFile), Some(Code::Denied), "there is no key file beside");
    assert_eq!(code(Unlock::passphrase("correct horse")), Some(Code::Denied));
    fs::write(&elsewhere, [0; 32]).expect("written");
    assert_eq!(code(Unlock::KeyFileAt(elsewhere.clone())), Some(Code::Denied), "another key file");
    fs::write(&elsewhere, [0; 31]).expect("written");
    assert_eq!(code(Unlock::KeyFileAt(elsewhere.clone())), Some(Code::Input), "not a key file");
    let third = scratch.path().join("third");
    let error = LocalVault::create(&third, &Options::new(HOST), &Unlock::KeyFileAt(elsewhere)).expect_err("exists");
    assert_eq!(error.code(), Code::InvalidArgument, "a key file in use is never replaced");
}

#[test]
fn a_vault_takes_a_folder_of_its_own() {
    let (scratch, dir) = scratch();
    assert_eq!(LocalVault::open(&dir, &Unlock::KeyFile).expect_err("nothing there").code(), Code::Input);
    create(&dir);
    let again = LocalVault::create(&dir, &Options::new(HOST), &Unlock::KeyFile).expect_err("a vault is there");
    assert!(again.message().contains("is a vault already"), "{again}");
    fs::write(scratch.path().join("notes.txt"), "mine").expect("written");
    let error = LocalVault::create(scratch.path(), &Options::new(HOST), &Unlock::KeyFile).expect_err("occupied");
    assert!(error.message().contains("not empty"), "{error}");
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (_scratch, dir) = scratch();
    let vault = create(&dir);
    vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    assert_eq!(fs::metadata(&dir).expect("the folder").permissions().mode() & 0o777, 0o700);
    for file in files(&dir).into_iter().filter(|file| !file.ends_with("vault.lock")) {
        assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}

#[test]
fn no_private_key_is_on_disk_in_the_clear() {
    let (_scratch, dir) = scratch();
    let vault = create(&dir);
    let secret = *b"thirty-two bytes of plain secret";
    let private = PrivateKey::from_symmetric(&secret).expect("a key");
    vault.import_key("oct", &private, NewKey::default()).expect("imported");
    vault.put_service_key("default", [3; 16], &Secret::from_slice(&secret)).expect("stored");
    let rsa = PrivateKey::parse(include_str!("keys/rsa-pkcs8.pem")).expect("a key");
    vault.import_key("rsa", &rsa, NewKey::default()).expect("imported");
    vault.set_enabled("rsa", None, false).expect("sealed once more");
    let jwk = include_str!("keys/rsa.jwk.json");
    let p = jwk.split("\"p\": \"").nth(1).and_then(|rest| rest.split('"').next()).expect("p");
    let needles = ["thirty-two bytes", "dGhpcnR5LXR3byBieXRlcyBvZiBwbGFpbiBzZWNyZX", &p[8..40]];
    let all = files(&dir);
    assert!(all.len() >= 8, "{all:?}");
    for file in all {
        let text = String::from_utf8_lossy(&fs::read(&file).expect("readable")).into_owned();
        assert!(needles.iter().all(|needle| !text.contains(needle)), "{}", file.display());
    }
}

#[test]
fn what_another_process_changes_is_seen_at_once() {
    let (_scratch, dir) = scratch();
    let (long_running, other) = (create(&dir), open(&dir));
    let first = other.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    let app = long_running.as_identity("app");
    assert_eq!(reason(resolve(&app, &first)), "ForbiddenByRbac");
    other.grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
    let wrapped = wrap(&app, &first, A256Kw).expect("wraps");
    let second = other.rotate("kek").expect("rotates");
    assert_eq!(resolve(&app, &first.versionless()).expect("resolves").key, second);
    other.set_enabled("kek", first.version(), false).expect("disabled");
    assert_eq!(reason(unwrap(&app, &first, A256Kw, &wrapped)), "KeyDisabled");
    other.set_enabled("kek", first.version(), true).expect("enabled");
    assert_eq!(reason(unwrap(&app, &first, A256Kw, &wrapped)), "allowed");
    other.delete_key("kek").expect("deleted");
    assert_eq!(reason(unwrap(&app, &first, A256Kw, &wrapped)), "KeyNotFound");
    other.recover_key("kek").expect("recovered");
    other.revoke("app", &Grant::role(Role::ENCRYPTION_USER)).expect("revoked");
    assert_eq!(reason(unwrap(&app, &first, A256Kw, &wrapped)), "ForbiddenByRbac");
}

#[test]
fn writers_wait_for_each_other_and_lose_nothing() {
    let (_scratch, dir) = scratch();
    let vaults = [create(&dir), open(&dir), open(&dir)];
    std::thread::scope(|scope| {
        for (index, vault) in vaults.iter().enumerate() {
            scope.spawn(move || {
                for round in 0..8 {
                    vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a version");
                    let name = format!("app-{index}-{round}");
                    vault.grant(&name, Grant::role(Role::ENCRYPTION_USER)).expect("granted");
                }
            });
        }
    });
    let again = open(&dir);
    assert_eq!(again.key("kek").expect("the key").versions.len(), 24);
    assert_eq!(again.info().expect("info").identities.len(), 24);

    let lock = File::options().write(true).open(dir.join("vault.lock")).expect("the lock");
    lock.lock().expect("locked");
    let start = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(200));
            lock.unlock().expect("unlocked");
        });
        again.rotate("kek").expect("after the other writer");
    });
    assert!(start.elapsed() >= Duration::from_millis(190));
}

#[test]
fn sweeps_up_what_a_killed_process_left() {
    let (_scratch, dir) = scratch();
    let vault = create(&dir);
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    // A version that its key's record never came to list, and a key that never got its record: invisible.
    let file = version_file(&dir, &key);
    fs::copy(&file, file.with_file_name(format!("{}.json", "0".repeat(32)))).expect("copied");
    fs::create_dir(dir.join("keys/half")).expect("made");
    fs::copy(&file, dir.join("keys/half").join(file.file_name().expect("a name"))).expect("copied");
    let before = files(&dir);
    // Unfinished files, and a purged key that was not yet emptied: removed.
    for place in ["", "keys/kek", "keys/half"] {
        fs::write(dir.join(place).join(".scrap-abc"), "half a fi").expect("written");
    }
    fs::create_dir_all(dir.join("keys/.scrap-def/old")).expect("made");
    fs::copy(&file, dir.join("keys/.scrap-def/old/key.json")).expect("copied");

    for vault in [vault, open(&dir)] {
        let keys = vault.keys().expect("keys");
        assert_eq!(keys.iter().map(|key| key.key.name()).collect::<Vec<_>>(), ["kek"]);
        assert_eq!(keys[0].versions.len(), 1);
    }
    assert_eq!(files(&dir), before);
    assert!(!dir.join("keys/.scrap-def").exists());
    let first = open(&dir).create_key("half", KeyKind::Symmetric, NewKey::default()).expect("the name is free");
    assert_eq!(open(&dir).key("half").expect("the key").versions[0].key, first);
}

#[test]
fn an_interrupted_creation_is_made_again() {
    let (_scratch, dir) = scratch();
    create(&dir);
    fs::remove_file(dir.join("vault.json")).expect("removed"); // it is written last
    fs::write(dir.join(".scrap-vault"), "{").expect("written");
    assert_eq!(LocalVault::open(&dir, &Unlock::KeyFile).expect_err("not yet a vault").code(), Code::Input);
    create(&dir).create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    assert_eq!(open(&dir).keys().expect("keys").len(), 1);
}

/// Asks everything that reads files. Whatever they hold, there are errors and refusals, never a panic.
fn use_everything(dir: &Path, key: &KeyUri, wrapped: &[u8]) -> Result<(), cmkit::Error> {
    let vault = LocalVault::open(dir, &Unlock::KeyFile)?;
    vault.info()?;
    vault.keys()?;
    vault.deleted_keys()?;
    vault.service_keys()?;
    vault.tick(u64::MAX)?;
    vault.update_key("kek", None, &cmkit_vault::KeyChange::default())?;
    let request =
        KeyRequest::Unwrap { key: key.clone(), algorithm: A256Kw, wrapped: wrapped.to_vec(), cache_id: [0; 32] };
    for request in [KeyRequest::Resolve { key: key.clone() }, request] {
        let _ = vault.as_owner().ask(&request).map_err(cmkit::Error::provider)?;
    }
    Ok(())
}

#[test]
fn a_changed_file_never_panics() {
    let (scratch, dir) = scratch();
    let vault = create(&dir);
    let key = vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
    vault.put_service_key("default", [3; 16], &Secret::from_slice(&[9; 48])).expect("stored");
    let policy = RotationPolicy::new(None, Some(Period::days(90))).expect("a policy");
    vault.set_rotation_policy("kek", Some(policy)).expect("set");
    let wrapped = wrap(&vault.as_owner(), &key, A256Kw).expect("wraps");
    assert!(use_everything(&dir, &key, &wrapped).is_ok());
    for file in files(&dir).into_iter().filter(|file| !file.ends_with("vault.lock")) {
        let sound = fs::read(&file).expect("readable");
        let mut cases: Vec<Vec<u8>> =
            vec![vec![], b"{}".to_vec(), b"null".to_vec(), vec![0xff; 40], b"[".repeat(100_000)];
        cases.extend((0..sound.len()).step_by(sound.len() / 23 + 1).map(|len| sound[..len].to_vec()));
        cases.extend((0..sound.len()).step_by(sound.len() / 41 + 1).map(|at| {
            let mut changed = sound.clone();
            changed[at] ^= 0x15;
            changed
        }));
        for bytes in cases {
            fs::write(&file, &bytes).expect("written");
            let _ = use_everything(&dir, &key, &wrapped);
            // Some of these were changes that the vault acted on; put everything back.
            fs::write(&file, &sound).expect("written");
        }
        assert!(use_everything(&dir, &key, &wrapped).is_ok(), "{}", file.display());
        fs::remove_file(&file).expect("removed");
        let _ = use_everything(&dir, &key, &wrapped);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(&file, &sound).expect("written");
    }
    drop(scratch);
}

#[test]
fn a_changed_fact_is_noticed() {
    let (_scratch, dir) = scratch();
    let vault = create(&dir);
    let [key, other] =
        ["kek", "other"].map(|name| vault.create_key(name, KeyKind::Rsa2048, NewKey::default()).expect("a key"));
    vault.set_enabled("kek", None, false).expect("disabled");
    resolve(&vault.as_owner(), &key).expect("opens the private key, which the vault then keeps");
    let file = version_file(&dir, &key);
    let sound = fs::read_to_string(&file).expect("readable");
    let foreign = fs::read_to_string(version_file(&dir, &other)).expect("readable");
    let n = |text: &str| text.split("\"n\": \"").nth(1).and_then(|rest| rest.split('"').next()).expect("n").to_owned();
    let cases = [
        sound.replace("\"enabled\": false", "\"enabled\": true"),
        sound.replace("\"wrapKey\"", "\"sign\""),
        sound.replace(&n(&sound), &n(&foreign)), // would make callers wrap for somebody else
        foreign.clone(),
        foreign.replace(&other.to_string(), &key.to_string()),
    ];
    for text in cases {
        assert_ne!(text, sound);
        fs::write(&file, &text).expect("written");
        for vault in [&vault, &open(&dir)] {
            let error = vault.as_owner().ask(&KeyRequest::Resolve { key: key.clone() }).expect_err("noticed");
            assert!(error.to_string().contains("file of"), "{error}");
            assert_eq!(vault.set_enabled("kek", None, true).expect_err("noticed").code(), Code::Malformed);
            assert_eq!(vault.rotate("kek").expect_err("noticed").code(), Code::Malformed);
        }
        assert_eq!(fs::read_to_string(&file).expect("readable"), text, "left as it is");
    }
    fs::write(&file, &sound).expect("written");
    vault.set_enabled("kek", None, true).expect("enabled");
}
