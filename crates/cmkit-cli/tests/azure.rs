//! Keys in Azure Key Vault, as a server's command uses them: a managed identity, tokens, HTTPS. The vault is served by the
//! same command.

#![cfg(all(feature = "azure", feature = "serve"))]

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A folder with a vault that is served until this is dropped.
struct Served {
    scratch: TempDir,
    server: Child,
    line: Value,
}

impl Served {
    fn new() -> Self {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let mut command = cmkit(&scratch);
        for line in [
            "vault init --vault v --host orders.vault.azure.net",
            "vault create-key kek --vault v",
            "vault grant --identity app --role Key_Vault_Crypto_Service_Encryption_User --vault v",
        ] {
            let arguments = line.split(' ').map(|word| word.replace('_', " "));
            assert!(cmkit(&scratch).args(arguments).output().expect("runs").status.success(), "{line}");
        }
        let serve =
            "vault serve --vault v --listen 127.0.0.1:0 --json --ca-out ca.pem --identity app --until-input-ends";
        command.args(serve.split(' ')).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().expect("serves");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
        let line = serde_json::from_str(&line).expect("JSON");
        Self { scratch, server, line }
    }

    fn told(&self, member: &str) -> &str {
        self.line[member].as_str().expect(member)
    }

    fn key(&self) -> String {
        format!("{}/keys/kek", self.told("url"))
    }

    /// Runs a command as the managed identity; `@` stands for what calls the served vault.
    fn run(&self, line: &str) -> (i32, String, String) {
        let host = self.told("url").trim_start_matches("https://");
        let azure = format!("--azure managed-identity --ca-file ca.pem --vault-host {host}");
        let line = line.replace('@', &azure).replace("KEY", &self.key());
        let output = cmkit(&self.scratch)
            .args(line.split(' '))
            .env("IDENTITY_ENDPOINT", self.told("identityEndpoint"))
            .env("IDENTITY_HEADER", self.told("identityHeader"))
            .output()
            .expect("runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        (output.status.code().expect("an exit code"), text(output.stdout), text(output.stderr))
    }

    fn good(&self, line: &str) -> String {
        let (code, out, err) = self.run(line);
        assert_eq!(code, 0, "{line}: {out}{err}");
        out
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn cmkit(scratch: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
    command.current_dir(scratch.path()).env_remove("CMKIT_VAULT_PASSPHRASE").env("NO_COLOR", "1");
    command.env("XDG_DATA_HOME", scratch.path().join("data"));
    command
}

#[test]
fn a_managed_identity_seals_opens_rewraps_and_is_refused() {
    let served = Served::new();
    std::fs::write(served.scratch.path().join("plain"), "the figures").expect("written");
    served.good("seal @ --key KEY -o sealed plain");
    assert_eq!(served.good("open @ --allow-key KEY sealed"), "the figures");
    served.good("vault rotate kek --vault v");
    served.good("rewrap @ --allow-key KEY --to KEY sealed");
    assert_eq!(served.good("open @ --allow-key KEY sealed"), "the figures");

    served.good("vault disable kek --all-versions --vault v");
    let (code, _, err) = served.run("open @ --allow-key KEY sealed");
    assert_eq!(code, 5, "{err}");
    assert!(err.contains("KeyDisabled") && err.contains("help: enable that version"), "{err}");
    assert!(err.contains("`cmkit explain KeyDisabled` says more"), "{err}");
    let (code, _, err) = served.run("open --azure managed-identity --allow-key KEY sealed");
    assert_eq!(code, 2, "a host that nobody named: {err}");
}

#[test]
fn probe_says_what_the_identity_may_do() {
    let served = Served::new();
    let out = served.good("probe @ --key KEY");
    for question in ["get", "wrapKey", "unwrapKey", "seal", "open"] {
        assert!(out.lines().any(|line| line.starts_with(question) && line.ends_with("allowed")), "{question}: {out}");
    }
    assert!(out.contains("does not say that the key is in date"), "{out}");

    served.good("vault set-dates kek --expires 2020-01-01 --vault v");
    let (code, out, err) = served.run("probe @ --key KEY");
    assert_eq!(code, 5, "{out}{err}");
    assert!(out.contains("seal       refused  KeyExpired"), "{out}");
    assert!(out.contains("open       allowed"), "an expired key unwraps: {out}");

    served.good("vault revoke --identity app --vault v");
    let (code, out, _) = served.run("probe @ --key KEY");
    assert_eq!(code, 5);
    assert!(out.contains("get        refused  ForbiddenByRbac"), "{out}");
    assert!(out.contains("unwrapKey  unknown  it takes a version"), "nobody said no to what was not asked: {out}");
}
