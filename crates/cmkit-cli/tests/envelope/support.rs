//! A scratch folder with a vault, and the command run in it.

use cmkit_vault::{KeyKind, LocalVault, NewKey, Options, Unlock};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub(crate) const HOST: &str = "orders.vault.azure.net";
/// The key that most tests seal under; symmetric, which is made at once.
pub(crate) const KEK: &str = "https://orders.vault.azure.net/keys/kek";

pub(crate) struct Shell {
    scratch: TempDir,
}

/// What a run of the command gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.out.clone()).expect("text")
    }
}

/// Bytes that differ everywhere, so that no chunk is like another.
pub(crate) fn bytes(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..size).map(next).collect()
}

impl Shell {
    pub(crate) fn new() -> Self {
        Self { scratch: tempfile::tempdir().expect("a scratch folder") }
    }

    /// With a vault at `v` that has the key [`KEK`].
    pub(crate) fn with_vault() -> (Self, LocalVault) {
        let shell = Self::new();
        let vault = shell.vault("v", HOST);
        vault.create_key("kek", KeyKind::Symmetric, NewKey::default()).expect("a key");
        (shell, vault)
    }

    pub(crate) fn vault(&self, name: &str, host: &str) -> LocalVault {
        LocalVault::create(&self.path(name), &Options::new(host), &Unlock::KeyFile).expect("a vault")
    }

    pub(crate) fn root(&self) -> &Path {
        self.scratch.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("written");
    }

    /// Every file in the scratch folder itself with its bytes; of folders only the names.
    pub(crate) fn listing(&self) -> BTreeMap<String, Option<Vec<u8>>> {
        let entries = fs::read_dir(self.root()).expect("listed").map(|entry| entry.expect("an entry"));
        entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).ok())).collect()
    }

    /// The command with these words as arguments.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
        command.current_dir(self.root()).args(line.split_whitespace());
        command.env("HOME", self.path("home")).env("XDG_DATA_HOME", self.path("data")).env("NO_COLOR", "1");
        command.env_remove("CMKIT_VAULT_PASSPHRASE").env_remove("CLICOLOR_FORCE");
        command
    }

    pub(crate) fn run(&self, line: &str, stdin: &[u8]) -> Ran {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let mut input = child.stdin.take().expect("a pipe");
        let stdin = stdin.to_vec();
        let feeder = std::thread::spawn(move || {
            let _ = input.write_all(&stdin); // whoever fails early reads no more
        });
        let output = child.wait_with_output().expect("the command ends");
        feeder.join().expect("fed");
        let err = String::from_utf8(output.stderr).expect("text");
        Ran { code: output.status.code(), out: output.stdout, err }
    }

    pub(crate) fn good(&self, line: &str) -> Ran {
        self.good_from(line, b"")
    }

    pub(crate) fn good_from(&self, line: &str, stdin: &[u8]) -> Ran {
        let ran = self.run(line, stdin);
        assert_eq!(ran.code, Some(0), "{line}: {}", ran.err);
        ran
    }

    /// Runs what must fail with this exit code and these words on standard error, and must change nothing.
    pub(crate) fn bad(&self, line: &str, code: i32, words: &[&str]) {
        let before = self.listing();
        let ran = self.run(line, b"");
        assert_eq!(ran.code, Some(code), "{line}: {ran:?}");
        for word in words {
            assert!(ran.err.contains(word), "{line}: no `{word}` in {}", ran.err);
        }
        assert!(self.listing() == before, "{line}: the folder changed");
    }

    /// Seals `plain` to `envelope` under [`KEK`], with more arguments.
    pub(crate) fn seal(&self, more: &str) {
        self.good(&format!("seal --vault v --key {KEK} -o envelope {more} plain"));
    }

    pub(crate) fn opens(&self, more: &str, expected: &[u8]) {
        let ran = self.good(&format!("open --vault v {more} envelope"));
        assert!(ran.out == expected, "{more}: {} bytes instead of {}", ran.out.len(), expected.len());
    }

    pub(crate) fn inspect(&self, line: &str) -> serde_json::Value {
        serde_json::from_str(&self.good(&format!("inspect --json {line}")).text()).expect("JSON")
    }
}
