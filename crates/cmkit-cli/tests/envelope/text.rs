//! What the command prints: inspect, completions, help, colours, and standard output that goes away.

use crate::support::{KEK, Shell, bytes};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

#[test]
fn inspect_takes_no_key() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.seal("--pad 500 -c tenant=acme --external row=1 --namespace acme.invoice/v2");
    std::fs::remove_dir_all(shell.path("v")).expect("removed");
    let text = shell.good("inspect envelope").text();
    for line in [
        "kind       message",
        "mode       customer-managed",
        "head       500 bytes, ",
        "context    tenant=acme",
        "requires   external context row",
        "namespace  acme.invoice/v2",
        "chunks     16384 bytes of plaintext each",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "no `{line}` in {text}");
    }
    assert!(text.contains(&format!("{KEK}/")) && text.contains("A256KW, wrapped 20"), "{text}");
    let found = shell.inspect("envelope");
    assert_eq!(found["mode"], "customer-managed");
    assert_eq!(found["context"], serde_json::json!([["tenant", "acme"]]));
    assert_eq!(found["required_context"], serde_json::json!(["row"]));
    let envelope = shell.read("envelope");
    assert_eq!(shell.good_from("inspect", &envelope).text(), text);
    shell.write("head", &envelope[..500]);
    assert_eq!(shell.good("inspect --detached head").text(), text);
    shell.bad("inspect plain", 3, &["malformed", "`plain`"]);
    shell.write("short", &envelope[..499]);
    shell.bad("inspect short", 3, &["truncated"]);
}

#[test]
fn control_characters_are_escaped() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.seal("-c a=\u{1b}[31mred");
    let text = shell.good("inspect envelope").text();
    assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}[31mred"), "{text}");
}

#[test]
fn completions() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish"] {
        let script = shell.good(&format!("completions {name}")).text();
        assert!(script.contains("--to-service-managed") || script.contains("to-service-managed"), "{name}");
        shell.write(&format!("script.{name}"), script);
    }
    if let Ok(status) = Command::new("bash").args(["-n", "script.bash"]).current_dir(shell.root()).status() {
        assert!(status.success());
    }
}

#[test]
fn every_command_has_examples() {
    let shell = Shell::new();
    for command in ["seal", "open", "rewrap", "inspect", "record", "completions"] {
        let help = shell.good(&format!("{command} --help")).text();
        assert!(help.contains(&format!("  cmkit {command}")), "{command}");
        assert!(help.lines().all(|line| line.len() <= 100), "{help}");
        let examples = help.split("Examples:\n").nth(1).expect("examples");
        let wrapped = |line: &&str| !line.starts_with("  ") && !line.is_empty();
        assert_eq!(examples.lines().find(wrapped), None, "{command}");
    }
    for command in ["new", "seal-value", "open-value"] {
        assert!(shell.good(&format!("record {command} --help")).text().contains(&format!("  cmkit record {command}")));
    }
    shell.bad("seal --no-such-thing", 2, &["--help"]);
    shell.bad("", 2, &["Usage"]);
}

#[test]
fn colours_only_where_they_are_wanted() {
    let shell = Shell::new();
    let error = |set: &str, unset: &str| {
        let output = shell.command("open missing").env_remove(unset).env(set, "1").output().expect("ran");
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(error("CLICOLOR_FORCE", "NO_COLOR").contains("\u{1b}["));
    assert!(!error("NO_COLOR", "CLICOLOR_FORCE").contains('\u{1b}'));
    let both = shell.command("open missing").env("CLICOLOR_FORCE", "1").output().expect("ran");
    assert!(!both.stderr.contains(&0x1b), "NO_COLOR counts more");
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", bytes(8 << 20));
    shell.seal("");
    for line in ["open --vault v envelope", "completions bash", "inspect envelope"] {
        let mut command = shell.command(line);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let mut out = BufReader::with_capacity(16, child.stdout.take().expect("a pipe"));
        if line.starts_with("open") {
            out.fill_buf().expect("read");
        }
        drop(out);
        let output = child.wait_with_output().expect("ended");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
        let expected = if line.starts_with("open") { 3 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_that_names_the_place() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", bytes(100_000));
    shell.seal("");
    for line in ["open --vault v envelope", "inspect envelope", "completions bash"] {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("a full device");
        let output = shell.command(line).stdout(full).output().expect("ran");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{line}");
        assert!(said.contains("cannot write standard output: No space left"), "{line}: {said}");
    }
}

/// A pipe stands for devices too: a test that names one as an output would destroy it where the code is wrong.
#[cfg(target_os = "linux")]
#[test]
fn what_is_no_plain_file_is_written_as_it_is() {
    use std::os::unix::fs::FileTypeExt;
    let (shell, _) = Shell::with_vault();
    let plain = bytes(100_000);
    shell.write("plain", &plain);
    shell.seal("");
    let pipe = shell.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("ran").success());
    // Open for both, so that nothing here waits for the other end, whatever the command does.
    let mut ours = std::fs::File::options().read(true).write(true).open(&pipe).expect("opened");
    let mut child = shell.command("open --vault v -o pipe envelope").spawn().expect("started");
    let mut got = vec![0; plain.len()];
    let reader = std::thread::spawn(move || ours.read_exact(&mut got).map(|()| got));
    assert!(child.wait().expect("ended").success());
    let kind = std::fs::symlink_metadata(&pipe).expect("there").file_type();
    assert!(kind.is_fifo(), "a pipe stays one");
    assert!(reader.join().expect("read").expect("read") == plain);
}
