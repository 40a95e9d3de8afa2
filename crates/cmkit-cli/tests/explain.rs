//! The commands `cmkit explain` and `cmkit rules` as a person or a script runs them.

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const FAULTY: &str = "examples/deploy/faulty.json";

fn cmkit(arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cmkit"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // The command may end without reading: a closed pipe is no failure of the test.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
    child.wait_with_output().expect("the command ends")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

#[test]
fn a_rule_as_a_page() {
    let text = cmkit(&["explain", "cmk5001"], "");
    assert_eq!(text.status.code(), Some(0), "{}", stderr(&text));
    assert!(stdout(&text).starts_with("CMK5001: the service can reach the vault\n"), "{}", stdout(&text));
    assert!(stdout(&text).lines().all(|line| line.chars().count() <= 100));
    let page = cmkit(&["explain", "CMK5001", "--format", "markdown"], "");
    assert!(stdout(&page).starts_with("# CMK5001: the service can reach the vault\n"), "{}", stdout(&page));
    let json: Value =
        serde_json::from_slice(&cmkit(&["explain", "CMK5001", "--format", "json"], "").stdout).expect("JSON");
    assert_eq!(
        (&json["schema"], &json["rule"]["level"], &json["standing"]),
        (&1.into(), &"error".into(), &"not_looked".into())
    );
}

#[test]
fn a_code_that_no_rule_has_is_a_slip() {
    let output = cmkit(&["explain", "CMK501"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && stderr(&output).contains("CMK5001"), "{}", stderr(&output));
}

#[test]
fn an_error_from_a_pipe() {
    let body = r#"{"error":{"code":"Forbidden","message":"Operation unwrapKey is not allowed on a disabled key.","innererror":{"code":"KeyDisabled"}}}"#;
    let output = cmkit(&["explain", "-"], body);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("KeyDisabled: ") && stdout(&output).contains("\n  1. "), "{}", stdout(&output));
    let output = cmkit(&["explain", "-", "-"], body);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}

/// The one sentence that stands for three causes, held against files that show which.
#[test]
fn files_tell_the_cause() {
    let text = "Couldn't get access to the key. It might be missing, the provided user identity doesn't have GET permissions on it, \
                or the key vault hasn't enabled access to the public internet.";
    let output = cmkit(&["explain", text, FAULTY, "--at", "2026-12-01", "--format", "json"], "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let causes = json["causes"].as_array().expect("causes");
    let standings: Vec<_> = causes.iter().map(|cause| cause["standing"].as_str().expect("a word")).collect();
    assert_eq!(standings[0], "shown", "{standings:?}");
    assert_eq!(standings.last(), Some(&"ruled_out"), "{standings:?}");
    let cited: Vec<_> = causes.iter().flat_map(|cause| cause["findings"].as_array().expect("findings")).collect();
    assert!(cited.iter().any(|finding| finding["code"] == "CMK5001" && finding["file"] == FAULTY), "{cited:?}");
    let text = cmkit(&["explain", text, FAULTY, "--at", "2026-12-01"], "");
    assert!(
        stdout(&text).contains("your files show it\n     - CMK4102 at examples/deploy/faulty.json:"),
        "{}",
        stdout(&text)
    );
    assert!(stdout(&text).contains("your files rule it out"), "{}", stdout(&text));
}

#[test]
fn what_is_not_known_is_said_to_be() {
    let output = cmkit(&["explain", "how do I turn purge protection on"], "");
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).contains("not recognised") && stdout(&output).contains("CMK1002"), "{}", stdout(&output));
    let output = cmkit(&["explain", "KeyDisabled", "nothing-here.json"], "");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    for arguments in
        [&["explain"][..], &["explain", "KeyDisabled", "--at", "2026-12-01"], &["rules", "--json", "--markdown"]]
    {
        assert_eq!(cmkit(arguments, "").status.code(), Some(2), "{arguments:?}");
    }
}

/// A name of a pasted text can't steer the terminal.
#[test]
fn control_characters_stay_out() {
    let body = "{\"operationName\":\"KeyDelete\u{1b}[2J\",\"httpStatusCode\":200} KeyDisabled oid=a\u{1b}[31mb";
    let output = cmkit(&["explain", "-"], body);
    assert!(stdout(&output).contains("KeyDisabled") && !stdout(&output).contains('\u{1b}'), "{}", stdout(&output));
}

#[test]
fn every_rule_is_listed() {
    let json: Value = serde_json::from_slice(&cmkit(&["rules", "--json"], "").stdout).expect("JSON");
    let rules = json["rules"].as_array().expect("rules");
    assert_eq!(json["schema"], 1);
    let (text, markdown) = (cmkit(&["rules"], ""), cmkit(&["rules", "--markdown"], ""));
    for rule in rules {
        let code = rule["code"].as_str().expect("a code");
        for name in ["title", "level", "consequence", "time_to_impact", "evidence", "why", "fix", "source", "basis"] {
            assert!(rule[name].is_string(), "{code}: {name}");
        }
        assert!(
            rule["crosswalk"].is_array() && rule["irreversible"].is_boolean() && rule.get("check").is_none(),
            "{code}"
        );
        assert!(stdout(&text).contains(code) && stdout(&markdown).contains(code), "{code}");
    }
    assert_eq!(stdout(&text).lines().filter(|line| line.starts_with("CMK")).count(), rules.len());
    assert!(stdout(&text).lines().all(|line| line.chars().count() <= 100), "{}", stdout(&text));
}
