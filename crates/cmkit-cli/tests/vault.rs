//! `cmkit vault` as people run it: the real binary, on folders of its own.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use tempfile::TempDir;

/// A scratch folder, and the command to run in it.
struct Shell {
    scratch: TempDir,
    passphrase: Option<&'static str>,
}

#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Shell {
    fn new() -> Self {
        Self { scratch: tempfile::tempdir().expect("a scratch folder"), passphrase: None }
    }

    /// With a vault at `v` and a symmetric key `kek` in it.
    fn with_key() -> Self {
        let shell = Self::new();
        shell.good("init --vault v --host orders.vault.azure.net");
        shell.good("create-key kek --kind oct-256 --vault v");
        shell
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Words are separated by spaces; `_` in a word stands for a space.
    fn run(&self, line: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
        command.current_dir(self.scratch.path()).arg("vault").env_remove("CMKIT_VAULT_PASSPHRASE").env("NO_COLOR", "1");
        command.args(line.split_whitespace().map(|word| word.replace('_', " ")));
        command.envs(self.passphrase.map(|passphrase| ("CMKIT_VAULT_PASSPHRASE", passphrase)));
        let output = command.output().expect("the command runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn good(&self, line: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
        ran
    }

    /// Runs what must fail with this exit code, and with these words on standard error.
    fn bad(&self, line: &str, code: i32, words: &[&str]) {
        let ran = self.run(line);
        assert_eq!(ran.code, Some(code), "{line}: {ran:?}");
        assert_eq!(ran.out, "", "{line}");
        for word in words {
            assert!(ran.err.contains(word), "{line}: no `{word}` in {}", ran.err);
        }
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.good(line).out).expect("JSON")
    }
}

/// The version in the output of `create-key`, `import-key` and `rotate`.
fn version(ran: &Ran) -> String {
    let line = ran.out.lines().find(|line| line.starts_with("version ")).expect("a version");
    line.rsplit('/').next().expect("a version").to_owned()
}

#[test]
fn from_nothing_to_a_granted_key() {
    let shell = Shell::new();
    let made = shell.good("init --vault v --host orders.vault.azure.net --retention-days 7");
    assert!(made.out.contains("made   vault `orders.vault.azure.net` in `v`"), "{}", made.out);
    assert!(made.out.contains("next   cmkit vault create-key"), "{}", made.out);
    assert!(made.err.contains("purge protection"), "{}", made.err);
    let made = shell.good("create-key orders-kek --kind rsa-2048 --vault v");
    assert!(made.out.contains("key     https://orders.vault.azure.net/keys/orders-kek\n"), "{}", made.out);

    let refused = shell.run("try orders-kek --as orders-cmk --vault v");
    assert_eq!(refused.code, Some(5));
    assert_eq!(refused.out.matches("ForbiddenByRbac").count(), 3, "{}", refused.out);
    shell.good("grant --identity orders-cmk --role Key_Vault_Crypto_Service_Encryption_User --vault v");
    let allowed = shell.good("try orders-kek --as orders-cmk --vault v");
    assert_eq!(allowed.out, "get        allowed\nwrapKey    allowed\nunwrapKey  allowed\n");

    let shown = shell.good("show --vault v").out;
    for line in ["vault             orders.vault.azure.net", "retention         7 days", "identity          orders-cmk"]
    {
        assert!(shown.contains(line), "{shown}");
    }
    let listed = shell.good("list --vault v").out;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(
        lines,
        ["KEY         KIND      VERSIONS  NEWEST IS  AND EXPIRES", "orders-kek  RSA 2048  1         enabled    never"]
    );
}

#[test]
fn what_revokes_a_key() {
    let shell = Shell::with_key();
    shell.good("grant --identity app --role Key_Vault_Crypto_User --key kek --vault v");
    let refused = |reason: &str| {
        let ran = shell.run("try kek --as app --vault v");
        assert_eq!(ran.code, Some(5), "{ran:?}");
        assert!(ran.out.contains(&format!("unwrapKey  refused  {reason}")), "{}", ran.out);
    };
    let allowed = || drop(shell.good("try kek --as app --vault v"));
    allowed();
    shell.good("disable kek --vault v");
    refused("KeyDisabled");
    shell.good("enable kek --vault v");
    allowed();
    let deleted = shell.good("delete kek --vault v").out;
    assert!(deleted.contains("`cmkit vault recover kek --vault v` brings it back"), "{deleted}");
    refused("KeyNotFound");
    shell.good("recover kek --vault v");
    allowed();
    shell.good("set-network disabled --vault v");
    refused("ForbiddenByConnection");
    shell.good("set-network --trusted app --vault v");
    allowed();
    shell.good("set-network disabled --bypass none --vault v");
    refused("ForbiddenByConnection");
    shell.good("set-network public --elsewhere app --vault v");
    allowed();
    let ran = shell.good("set-permission-model policy --vault v");
    assert_eq!(ran.out, "set the permission model to policy\n");
    refused("ForbiddenByPolicy");
    shell.good("grant --identity app --permissions get,wrapKey,unwrapKey --vault v");
    allowed();
    shell.good("revoke --identity app --permissions unwrapKey --vault v");
    refused("ForbiddenByPolicy");
    shell.good("revoke --identity app --vault v");
    shell.bad("revoke --identity app --vault v", 2, &["`app` does not have everything", "cmkit vault show --vault v"]);
}

#[test]
fn versions_of_a_key() {
    let shell = Shell::with_key();
    let second = version(&shell.good("rotate https://orders.vault.azure.net/keys/kek --vault v"));
    let third = version(&shell.good("create-key KEK --kind oct-256 --disabled --vault v"));
    let shown = shell.json("show kek --json --vault v");
    let versions = shown["versions"].as_array().expect("versions");
    assert_eq!(versions.len(), 3);
    assert!(versions[1]["key"]["kid"].as_str().expect("a kid").ends_with(&second));
    assert_eq!(versions[2]["attributes"]["enabled"], false);
    assert_eq!(versions[0]["key"]["kty"], "oct");

    let ran = shell.good(&format!("disable kek/{second} --vault v"));
    assert_eq!(ran.out, format!("disabled https://orders.vault.azure.net/keys/kek/{second}\n"));
    assert!(ran.err.contains("1 of the 3 versions stay enabled"), "{}", ran.err);
    assert_eq!(shell.good("disable kek --all-versions --vault v").out.lines().count(), 3);
    let states = |shown: Value| {
        let versions = shown["versions"].as_array().expect("versions").clone();
        versions.iter().map(|version| version["attributes"]["enabled"] == true).collect::<Vec<_>>()
    };
    assert_eq!(states(shell.json("show kek --json --vault v")), [false, false, false]);
    shell.good(&format!("enable https://orders.vault.azure.net/keys/kek/{third} --vault v"));
    assert_eq!(states(shell.json("show kek --json --vault v")), [false, false, true]);
    let text = shell.good("show kek --vault v").out;
    let first_row = text.lines().skip_while(|line| !line.starts_with("VERSION")).nth(1).expect("a row");
    assert!(first_row.starts_with(&third) && first_row.contains("oct 256  enabled"), "{text}");
    shell.bad(&format!("rotate kek/{third} --vault v"), 2, &["a whole key", "`kek`"]);
    shell.bad("show kek/00000000000000000000000000000000 --vault v", 5, &["no version"]);
}

#[test]
fn dates_and_policies() {
    let shell = Shell::with_key();
    let ran = shell.good("set-dates kek --not-before 2026-01-31 --expires 2099-01-31T08:00:00Z --vault v");
    assert!(ran.out.ends_with("not before 2026-01-31 00:00 UTC\nexpires    2099-01-31 08:00 UTC\n"), "{}", ran.out);
    shell.good("set-dates kek --expires none --vault v");
    let shown = shell.json("show kek --json --vault v");
    assert_eq!(shown["versions"][0]["attributes"]["nbf"], 1_769_817_600);
    assert!(shown["versions"][0]["attributes"]["exp"].is_null());
    shell.good("set-dates kek --expires 2026-02-01 --vault v");
    assert!(shell.good("list --vault v").out.contains("expired"));
    let ran = shell.run("try kek --vault v");
    assert!(
        ran.out.contains("wrapKey    refused  Forbidden: ") && ran.out.contains("unwrapKey  allowed"),
        "{}",
        ran.out
    );
    shell.bad("set-dates kek --expires 2020-01-01 --vault v", 2, &["must expire after"]);
    shell.bad("set-dates kek --expires soon --vault v", 2, &["`soon` is not a time", "2027-01-31"]);
    shell.bad("set-dates kek --vault v", 2, &["required"]);

    assert!(shell.good("rotate --due --vault v").err.contains("nothing is due"));
    let ran = shell.good("set-policy kek --rotate-before-expiry P30D --expires-after P1Y --vault v");
    assert!(ran.out.contains("rotates P30D before expiry, versions expire after P1Y"), "{}", ran.out);
    assert!(shell.good("rotate --due --vault v").out.starts_with("rotated https://orders.vault.azure.net/keys/kek/"));
    let shown = shell.json("show kek --json --vault v");
    assert_eq!(shown["rotationPolicy"]["expiryTime"], "P1Y");
    assert!(shown["versions"][1]["attributes"]["exp"].is_u64(), "the new version expires");
    shell.good("set-policy kek --none --vault v");
    assert!(shell.json("show kek --json --vault v")["rotationPolicy"].is_null());
    shell.bad("set-policy kek --rotate-after P3D --vault v", 2, &["at least 7 days"]);
    shell.bad("set-policy kek --rotate-after PT3H --vault v", 2, &["`PT3H` is not a period"]);
}

#[test]
fn deletion() {
    let shell = Shell::with_key();
    shell.bad("purge kek --vault v", 5, &["there is no deleted key"]);
    shell.good("delete kek --vault v");
    shell.bad(
        "create-key kek --kind oct-256 --vault v",
        5,
        &["ObjectIsDeletedButRecoverable", "cmkit vault recover kek"],
    );
    shell.bad("rotate kek --vault v", 5, &["KeyNotFound", "--deleted"]);
    assert_eq!(shell.json("list --json --vault v"), Value::Array(vec![]));
    assert_eq!(shell.json("list --deleted --json --vault v")[0]["kid"], "https://orders.vault.azure.net/keys/kek");
    shell.good("purge kek --vault v");
    assert!(shell.good("list --deleted --vault v").err.contains("no deleted keys"));
    shell.good("create-key kek --kind oct-256 --vault v");

    shell.good("init --vault p --host payments.vault.azure.net --purge-protection");
    shell.good("create-key kek --kind oct-256 --vault p");
    shell.good("delete kek --vault p");
    shell.bad("purge kek --vault p", 5, &["purge protection"]);
}

#[test]
fn imports_private_keys() {
    let shell = Shell::with_key();
    let jwk = r#"{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}"#;
    fs::write(shell.path("kek.json"), jwk).expect("written");
    let ran = shell.good("import-key kek kek.json --operations unwrapKey --vault v");
    assert!(ran.out.starts_with("imported oct 256\n") && ran.err.contains("still holds the private key"), "{ran:?}");
    let shown = shell.json("show kek --json --vault v");
    assert_eq!(shown["versions"][1]["key"]["key_ops"], serde_json::json!(["unwrapKey"]));
    fs::write(shell.path("bad.pem"), "-----BEGIN NOTHING-----").expect("written");
    shell.bad("import-key kek bad.pem --vault v", 3, &["bad.pem: ", "PEM"]);
    fs::write(shell.path("bad.bin"), [0xff; 9]).expect("written");
    shell.bad("import-key kek bad.bin --vault v", 3, &["bad.bin: "]);
    shell.bad("import-key kek missing.pem --vault v", 3, &["cannot read `missing.pem`"]);
}

#[test]
fn unlocking() {
    let mut shell = Shell::new();
    fs::write(shell.path("secret.txt"), "correct horse\n").expect("written");
    let made = shell.good("init --vault v --host orders.vault.azure.net --passphrase-file secret.txt");
    assert!(made.out.contains("opens  with the passphrase"), "{}", made.out);
    shell.good("create-key kek --kind oct-256 --vault v --passphrase-file secret.txt");
    shell.bad("list --vault v", 5, &["opens with a passphrase", "--passphrase-file FILE", "CMKIT_VAULT_PASSPHRASE"]);
    shell.passphrase = Some("wrong horse");
    shell.bad("list --vault v", 5, &["the passphrase does not open this vault"]);
    shell.passphrase = Some("correct horse");
    assert!(shell.good("list --vault v").out.contains("kek"));
    shell.passphrase = None;
    shell.bad("list --vault v --passphrase-file missing.txt", 3, &["cannot read `missing.txt`"]);

    shell.good("init --vault k --host payments.vault.azure.net --key-file payments.key");
    assert!(!shell.path("k/vault.key").exists() && shell.path("payments.key").exists());
    shell.good("list --vault k --key-file payments.key");
    shell.bad("list --vault k", 5, &["key file `k/vault.key` is not there"]);
    // Each vault is opened in its own way.
    shell.passphrase = Some("correct horse");
    shell.good("try https://orders.vault.azure.net/keys/kek --vault v --vault k --key-file payments.key");
}

#[test]
fn says_what_is_wrong() {
    let shell = Shell::with_key();
    shell.bad("list --vault missing", 3, &["`missing` is not a vault", "cmkit vault init --vault missing"]);
    shell.bad("init --vault v --host orders.vault.azure.net", 2, &["is a vault already"]);
    shell.bad("init --vault w --host https://orders.vault.azure.net", 2, &["is not a vault's host"]);
    shell.bad("init --vault w --host orders.vault.azure.net --retention-days 5", 2, &["7 to 90"]);
    assert!(!shell.path("w").exists(), "nothing is made where an option is wrong");
    shell.bad("grant --identity app --role Key_Vault_Nobody --vault v", 2, &["`Key Vault Nobody` is not a role"]);
    shell.bad("grant --identity app --permissions get,fly --vault v", 2, &["`fly` is not a key permission"]);
    shell.bad("grant --identity app --vault v", 2, &["--role"]);
    shell.bad("create-key a.b --vault v", 2, &["`a.b` is not a key name"]);
    shell.bad("create-key kek --kind ec --vault v", 2, &["`ec` is not a kind of key"]);
    shell.bad(
        "rotate https://other.vault.azure.net/keys/kek --vault v",
        2,
        &["this vault is `orders.vault.azure.net`"],
    );
    let noted = shell.good("grant --identity app --role Owner --vault v").err;
    assert!(noted.contains("does not let a service use a key"), "{noted}");
    fs::write(shell.path("v/vault.json"), "{").expect("written");
    shell.bad("list --vault v", 3, &["vault.json", "not as the vault wrote it"]);
}

#[test]
fn help_has_examples() {
    let shell = Shell::new();
    for (line, example) in [
        ("--help", "cmkit vault init --vault ./orders"),
        ("grant --help", "--permissions get,list,wrapKey,unwrapKey"),
        ("set-policy --help", "--rotate-after P18M"),
        ("init --help", "CMKIT_VAULT_PASSPHRASE"),
    ] {
        assert!(shell.good(line).out.contains(example), "{line}");
    }
}

/// The command is killed while it rotates in a loop: whatever it printed is there afterwards.
#[cfg(unix)]
#[test]
fn survives_being_killed() {
    let shell = Shell::with_key();
    let mut printed = Vec::new();
    let start = Instant::now();
    shell.good("rotate kek --vault v");
    let whole = start.elapsed();
    let mut killed = 0;
    for round in 0..40 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cmkit"))
            .args(["vault", "rotate", "kek", "--vault", "v"])
            .current_dir(shell.scratch.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("the command runs");
        std::thread::sleep(whole * (round % 20) / 14);
        child.kill().expect("killed");
        let output = child.wait_with_output().expect("over");
        let text = String::from_utf8(output.stdout).expect("text");
        killed += u32::from(text.is_empty());
        printed.extend(text.lines().filter_map(|line| line.strip_prefix("version ")).map(str::to_owned));
        assert_listed(&shell, &printed);
    }
    assert!(
        killed > 0 && !printed.is_empty(),
        "{killed} killed, {} done: too one-sided to prove anything",
        printed.len()
    );
}

#[cfg(unix)]
fn assert_listed(shell: &Shell, printed: &[String]) {
    let shown = shell.json("show kek --json --vault v");
    let listed: Vec<&str> =
        shown["versions"].as_array().expect("versions").iter().filter_map(|held| held["key"]["kid"].as_str()).collect();
    assert!(printed.iter().all(|version| listed.contains(&version.as_str())), "{printed:?} {listed:?}");
    let scraps = |dir: &Path| {
        let entries = fs::read_dir(dir).expect("a folder");
        entries
            .filter(|entry| entry.as_ref().is_ok_and(|it| it.file_name().to_string_lossy().starts_with(".scrap")))
            .count()
    };
    assert_eq!(scraps(&shell.path("v/keys/kek")), 0);
    shell.good("try kek --vault v");
}

#[test]
fn each_question_is_asked_by_itself() {
    let shell = Shell::with_key();
    shell.good("set-permission-model policy --vault v");
    shell.good("grant --identity opener --permissions unwrapKey --vault v");
    let ran = shell.run("try kek --as opener --vault v");
    assert_eq!(ran.code, Some(5), "{ran:?}");
    let answers: Vec<_> = ran.out.lines().map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(answers, [Some("refused"), Some("refused"), Some("allowed")], "{}", ran.out);
}
