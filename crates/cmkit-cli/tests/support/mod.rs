//! A folder with a vault in it, and the real command run there.

#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses its own part of this")]

use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Options, Role, Unlock};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

pub const KEY: &str = "https://orders.vault.azure.net/keys/orders-kek";
pub const OTHER: &str = "https://orders.vault.azure.net/keys/other-kek";

pub struct Place {
    folder: tempfile::TempDir,
    pub vault: LocalVault,
}

impl Place {
    /// A vault `vault` with two keys, and an identity `app` that may use them.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault");
        let vault =
            LocalVault::create(&path, &Options::new("orders.vault.azure.net"), &Unlock::KeyFile).expect("a vault");
        for name in ["orders-kek", "other-kek"] {
            vault.create_key(name, KeyKind::Rsa2048, NewKey::default()).expect("a key");
        }
        vault.grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
        Self { folder, vault }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).expect("written");
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect(name)
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The names in the folder, in order.
    pub fn list(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("a folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        command.env("XDG_DATA_HOME", self.path("home")).env("NO_COLOR", "1").env_remove("CMKIT_VAULT_PASSPHRASE");
        command
    }

    /// Runs a command whose words have no spaces in them.
    pub fn run(&self, arguments: &str) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().expect("runs")
    }

    /// Runs it with standard input.
    pub fn run_with(&self, arguments: &str, input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
        let mut stdin = child.stdin.take().expect("piped");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || drop(std::io::Write::write_all(&mut stdin, &input)));
        let output = child.wait_with_output().expect("ends");
        writer.join().expect("written");
        output
    }

    /// Runs it and expects the exit code; the answer is what it printed, standard error last.
    #[track_caller]
    pub fn expect(&self, code: i32, arguments: &str) -> String {
        let output = self.run(arguments);
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "cmkit {arguments}\n{text}");
        text
    }
}

pub fn plaintext(size: usize) -> Vec<u8> {
    (0..size).map(|index| (index % 251) as u8).collect()
}
