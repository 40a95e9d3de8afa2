//! Files: the same bytes as in memory, errors that name the file, and a target that is whole or untouched.

use cmkit::envelope::{OpenKeys, OpenOptions, SealOptions, ServiceKey};
use cmkit::{Code, Error, FileError, NoVault, SourceFile, Threads};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

struct Scene {
    folder: TempDir,
    key: Arc<ServiceKey>,
}

impl Scene {
    fn new() -> Self {
        let key = Arc::new(cmkit::generate_service_key("default").expect("a key"));
        Self { folder: tempfile::tempdir().expect("a folder"), key }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn options(&self) -> SealOptions {
        SealOptions::new([self.key.clone().into()])
    }

    fn seal(&self, source: &Path, target: &Path) -> Result<u64, Error> {
        cmkit::seal_file(source, target, self.options(), &NoVault, &mut |_, _| Ok(()))
    }

    fn open(&self, source: &Path, target: &Path) -> Result<u64, Error> {
        let options = OpenOptions::new(OpenKeys { service: vec![self.key.clone()], ..OpenKeys::default() });
        cmkit::open_file(source, target, &options, &NoVault, &mut |_, _| Ok(()))
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("a folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("one").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }
}

fn plaintext(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index % 251) as u8).collect()
}

#[test]
fn a_file_becomes_an_envelope_and_a_file_again() {
    let scene = Scene::new();
    let [plain, sealed, opened] = ["plain", "sealed", "opened"].map(|name| scene.path(name));
    for size in [0, 1, 16384, 1 << 20, (2 << 20) + 77] {
        fs::write(&plain, plaintext(size)).expect("written");
        assert_eq!(scene.seal(&plain, &sealed).expect("sealed"), size as u64);
        assert_eq!(scene.open(&sealed, &opened).expect("opened"), size as u64);
        assert!(fs::read(&opened).expect("read") == plaintext(size), "{size}");
    }
    assert_eq!(scene.names(), ["opened", "plain", "sealed"]);
}

#[test]
fn a_file_may_become_its_own_envelope() {
    let scene = Scene::new();
    let path = scene.path("file");
    fs::write(&path, plaintext(3_000_000)).expect("written");
    scene.seal(&path, &path).expect("sealed");
    let envelope = fs::read(&path).expect("read");
    assert!(cmkit::envelope::inspect(&envelope).is_ok());
    scene.open(&path, &path).expect("opened");
    assert!(fs::read(&path).expect("read") == plaintext(3_000_000));
}

#[test]
fn progress_tells_the_whole_and_can_end_it() {
    let scene = Scene::new();
    let [plain, sealed, opened] = ["plain", "sealed", "opened"].map(|name| scene.path(name));
    fs::write(&plain, plaintext(2_500_000)).expect("written");
    scene.seal(&plain, &sealed).expect("sealed");
    fs::write(&opened, "what was there").expect("written");

    let mut told = Vec::new();
    let begin = || cmkit::begin_seal(scene.options(), &NoVault).expect("begun");
    SourceFile::open(&plain)
        .expect("open")
        .seal_to(&sealed, begin(), Threads::One, &mut |done, total| {
            told.push((done, total));
            Ok(())
        })
        .expect("sealed");
    assert_eq!(told, [(1 << 20, Some(2_500_000)), (2 << 20, Some(2_500_000)), (2_500_000, Some(2_500_000))]);

    let (was, envelope) = (scene.names(), fs::read(&sealed).expect("read"));
    let options = OpenOptions::new(OpenKeys { service: vec![scene.key.clone()], ..OpenKeys::default() });
    let mut stop = |done, total| {
        assert_eq!(total, Some(2_500_000));
        if done == 0 { Ok(()) } else { Err(Error::new(Code::Io, "enough").with_source("mine".into())) }
    };
    let errors = [
        cmkit::open_file(&sealed, &opened, &options, &NoVault, &mut stop).expect_err("stopped"),
        cmkit::seal_file(&plain, &sealed, scene.options(), &NoVault, &mut stop).expect_err("stopped"),
    ];
    for error in errors {
        assert_eq!(error.message(), "enough");
        assert_eq!(error.into_source().expect("a source").to_string(), "mine");
    }
    assert_eq!(fs::read(&opened).expect("read"), b"what was there");
    assert!(fs::read(&sealed).expect("read") == envelope);
    assert_eq!(scene.names(), was);
}

#[test]
fn what_fails_leaves_what_was_there_and_names_the_file() {
    let scene = Scene::new();
    let [plain, sealed, folder] = ["plain", "sealed", "folder"].map(|name| scene.path(name));
    fs::write(&plain, plaintext(1_500_000)).expect("written");
    fs::create_dir(&folder).expect("made");
    let missing = scene.path("missing");
    let inside = missing.join("target");
    let cases = [
        (scene.seal(&missing, &sealed), &missing, ErrorKind::NotFound),
        (scene.seal(&folder, &sealed), &folder, ErrorKind::IsADirectory),
        (scene.seal(&plain, &folder), &folder, ErrorKind::IsADirectory),
        (scene.seal(&plain, &inside), &inside, ErrorKind::NotFound),
        (scene.open(&missing, &sealed), &missing, ErrorKind::NotFound),
    ];
    for (result, path, kind) in cases {
        let error = result.expect_err("it fails");
        assert_eq!(error.code(), Code::Io);
        assert!(error.message().contains(&format!("`{}`", path.display())), "{error}");
        let source = error.into_source().expect("a source").downcast::<FileError>().expect("of a file");
        assert_eq!((&source.path, source.error.kind()), (path, kind));
        assert!(source.error.raw_os_error().is_some(), "the system's own: {source}");
    }
    assert_eq!(scene.names(), ["folder", "plain"]);

    scene.seal(&plain, &sealed).expect("sealed");
    let envelope = fs::read(&sealed).expect("read");
    fs::write(&sealed, &envelope[..envelope.len() - 1]).expect("cut");
    assert_eq!(scene.open(&sealed, &plain).expect_err("cut").code(), Code::Decrypt);
    assert!(fs::read(&plain).expect("read") == plaintext(1_500_000));
    assert_eq!(scene.names(), ["folder", "plain", "sealed"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_one_access_is_kept_and_a_pipe_is_written_as_it_is() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let scene = Scene::new();
    let [plain, target, link] = ["plain", "target", "link"].map(|name| scene.path(name));
    fs::write(&plain, "some data").expect("written");
    fs::write(&target, "what was there").expect("written");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("set");
    symlink(&target, &link).expect("linked");
    scene.seal(&plain, &link).expect("sealed");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::metadata(&target).expect("there").permissions().mode() & 0o777, 0o640);
    assert!(cmkit::envelope::inspect(&fs::read(&target).expect("read")).is_ok());

    scene.seal(&plain, Path::new("/dev/null")).expect("sealed");
    assert!(!fs::metadata("/dev/null").expect("there").is_file());
}
