//! `cmkit vault serve` as programs start it: the line it prints, the files it writes, what it refuses.
//!
//! What it answers is tested by the official clients, in `tests/azure-clients`.

#![cfg(feature = "serve")]

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn serve(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
    command.current_dir(dir).args(["vault", "serve"]).args(arguments);
    command.env("NO_COLOR", "1").env_remove("CMKIT_VAULT_PASSPHRASE");
    command
}

/// Starts it, and reads its line. It ends with its standard input.
fn started(dir: &Path, arguments: &[&str]) -> (Child, Value) {
    let mut command = serve(dir, arguments);
    command.args(["--listen", "127.0.0.1:0", "--json", "--until-input-ends"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("output"));
    out.read_line(&mut line).expect("a line");
    child.stdout = Some(out.into_inner());
    (child, serde_json::from_str(&line).expect("a line of JSON"))
}

fn stop(mut child: Child) {
    drop(child.stdin.take());
    let mut rest = String::new();
    child.stdout.take().expect("output").read_to_string(&mut rest).expect("text");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(rest, "", "one line and nothing more");
}

/// The exit code and what is said of it.
fn refused(dir: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = serve(dir, arguments).output().expect("it ends");
    assert!(stdout.is_empty(), "nothing is served");
    (status.code(), String::from_utf8(stderr).expect("text"))
}

#[test]
fn the_line_says_all_that_a_client_needs() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let (child, line) =
        started(scratch.path(), &["--memory", "--host", "orders.vault.azure.net", "--ca-out", "ca.pem"]);
    let text = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("`{name}` in {line}")).to_owned();
    assert_eq!((text("host").as_str(), text("caFile").as_str()), ("orders.vault.azure.net", "ca.pem"));
    assert!(text("url").starts_with("https://127.0.0.1:") && !text("url").ends_with(":0"));
    assert_eq!(fs::read_to_string(scratch.path().join("ca.pem")).expect("a certificate"), text("ca"));
    assert_eq!(text("caFingerprint").len(), 64);
    assert_eq!(text("identityEndpoint"), format!("{}/msi/token", text("imdsHost")));
    assert_eq!(text("controlUrl"), format!("{}/local", text("url")));
    assert_ne!(text("identityHeader"), text("controlToken"));
    stop(child);
}

#[test]
fn a_folder_is_served_beside_the_other_commands() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let vault = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
        let command = command.current_dir(scratch.path()).arg("vault").args(line.split(' '));
        assert!(command.output().expect("it runs").status.success(), "{line}");
    };
    vault("init --vault v --host orders.vault.azure.net");
    let (child, line) = started(scratch.path(), &["--vault", "v", "--grant", "app=get,list"]);
    assert_eq!(line["host"], "orders.vault.azure.net");
    vault("create-key kek --kind oct-256 --vault v");
    vault("revoke --identity app --permissions get --vault v");
    stop(child);
    let (code, said) = refused(scratch.path(), &["--vault", "nothing", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, Some(3), "{said}");
}

#[test]
fn what_is_not_sound_is_refused() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--memory", "--listen", "0.0.0.0:0"], 2, "--allow-remote"),
        (&["--memory", "--listen-identity", "0.0.0.0:0", "--listen", "127.0.0.1:0"], 2, "hands out tokens"),
        (&["--memory", "--grant", "app"], 2, "IDENTITY=ROLE"),
        (&["--memory", "--grant", "app=Emperor of Keys"], 2, "role"),
        (&["--memory", "--grant", "app=get,fly"], 2, "`fly` is not a key permission"),
        (&["--memory", "--listen", &taken], 3, "in use"),
        (&["--memory", "--vault", "v"], 2, "cannot be used with"),
        (&["--memory", "--host", "not a host"], 2, "not a vault's host"),
        (&["--memory", "--ca-out", "no/such/folder.pem", "--listen", "127.0.0.1:0"], 3, "folder"),
        (&[], 2, "--memory"),
    ];
    for (arguments, code, words) in cases {
        let (given, said) = refused(scratch.path(), arguments);
        assert_eq!(given, Some(*code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}
