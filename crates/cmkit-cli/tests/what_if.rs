//! The command `cmkit what-if` as a person or a script runs it.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const GOLDEN: &str = "examples/deploy/golden.json";
const FAULTY: &str = "examples/deploy/faulty.json";

fn what_if(arguments: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
    command.arg("what-if").args(arguments).current_dir(root).output().expect("the command runs")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

#[test]
fn a_timeline_to_read() {
    let output = what_if(&[GOLDEN, "--event", "key-deleted", "--at", "2026-12-01"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let parts = [
        "cluster `orders` becomes inaccessible; the data can be brought back until 2027-03-01T00:00:00Z",
        "\n  T+0                2026-12-01T00:00:00Z  ",
        "\n  by T+60 min        2026-12-01T01:00:00Z  ",
        "\n  by R+60 min                              ",
        "\n  T+90 d             2027-03-01T00:00:00Z  ",
        "\n    1. recover the deleted key\n       az keyvault key recover ",
        "\n    2. wait for the cluster to be `Ready`",
        "\nrules    CMK1001, CMK1002, CMK1004, CMK2013",
        "\nsources  https://learn.microsoft.com/azure/documentdb/",
    ];
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("`{part}` in {text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn every_event_fits_a_terminal_and_is_deterministic() {
    let help = what_if(&["--help"]);
    let help = stdout(&help);
    assert!(help.contains("Examples:") && help.contains("Exit codes:"), "{help}");
    for event in [
        "key-disabled",
        "key-deleted",
        "key-purged",
        "key-expires",
        "version-disabled",
        "role-removed",
        "policy-removed",
        "vault-deleted",
        "firewall-closed",
        "identity-deleted",
        "tenant-moved",
        "rotated",
        "promoted",
    ] {
        assert!(help.contains(event), "{event}");
        for file in [GOLDEN, FAULTY] {
            let arguments = [file, "--event", event, "--at", "2026-12-01"];
            let output = what_if(&arguments);
            assert_eq!(output.status.code(), Some(0), "{event}: {}", stderr(&output));
            // What can't be broken is a word: a command's argument, a link.
            let long = stdout(&output).lines().find(|line| line.len() > 100 && line.trim().contains("  "));
            assert_eq!(long, None, "{event}");
            assert_eq!(what_if(&arguments).stdout, output.stdout);
        }
    }
}

#[test]
fn json_has_a_schema_and_the_same_answer() {
    let output = what_if(&[FAULTY, "--event", "vault-deleted", "--at", "2026-12-01", "--format", "json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&answer["schema"], &answer["event"], &answer["at"]),
        (&1.into(), &"vault-deleted".into(), &"2026-12-01T00:00:00Z".into())
    );
    let outlook = &answer["sections"][0]["clusters"][0];
    assert_eq!((&outlook["cluster"], &outlook["outcome"]), (&"orders".into(), &"inaccessible".into()));
    assert_eq!(outlook["data"]["fate"], "purgeable");
    assert!(outlook["already"].as_array().expect("codes").contains(&"CMK1002".into()));
    assert_eq!(outlook["steps"][0]["when"], "T+0");
}

#[test]
fn a_calendar() {
    let output = what_if(&[FAULTY, "--calendar", "--at", "2026-12-01"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let dates: Vec<_> = text.lines().filter(|line| line.starts_with("20")).map(|line| &line[..10]).collect();
    assert_eq!(dates, ["2026-12-02", "2027-01-01"], "{text}");
    assert!(
        text.ends_with("2 dates from 2026-12-01 on\n") && text.contains("examples/deploy/faulty.json:57, CMK2007\n"),
        "{text}"
    );
    let output = what_if(&[FAULTY, "--calendar", "--at", "2026-12-01", "--days", "1", "--format", "json"]);
    let calendar: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(calendar["entries"].as_array().map(Vec::len), Some(1), "{calendar}");
    assert_eq!(calendar["entries"][0]["kind"], "near_expiry");
    let open = what_if(&[GOLDEN, "--calendar", "--at", "2026-12-01"]);
    assert!(
        stdout(&open).contains("no date") && stdout(&open).contains("--query attributes.created"),
        "{}",
        stdout(&open)
    );
}

#[test]
fn wrong_arguments_are_2_and_wrong_files_3() {
    for (arguments, code, says) in [
        (&[GOLDEN][..], 2, "--event"),
        (&[GOLDEN, "--event", "key-lost"], 2, "key-disabled"),
        (&[GOLDEN, "--event", "rotated", "--calendar"], 2, "--calendar"),
        (&[GOLDEN, "--event", "rotated", "--days", "3"], 2, "--days"),
        (&[GOLDEN, "--event", "rotated", "--at", "soon"], 2, "soon"),
        (&[GOLDEN, "--event", "rotated", "--key", "kex"], 2, "orders-kek"),
        (&["nothing-here.json", "--event", "rotated"], 3, "nothing-here.json"),
        (&["Cargo.toml", "--event", "rotated"], 3, "Cargo.toml"),
    ] {
        let output = what_if(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(says), "{arguments:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_selection_names_one() {
    for (option, name) in
        [("--vault", "kv-orders-prod"), ("--key", "kv-orders-prod/orders-kek"), ("--cluster", "orders")]
    {
        let output = what_if(&[FAULTY, "--event", "key-disabled", option, name]);
        assert_eq!(output.status.code(), Some(0), "{option}: {}", stderr(&output));
    }
}
