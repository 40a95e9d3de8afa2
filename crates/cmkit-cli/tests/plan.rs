//! The command `cmkit plan` as a person or a pipeline runs it.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const PLANS: &str = "crates/cmkit-core/src/document/terraform/tests";
const GOLDEN: &str = "examples/deploy/golden.json";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cmkit(arguments: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cmkit"))
        .args(arguments)
        .args(["--at", "2026-12-01"])
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // The command may end without reading: a closed pipe is no failure of the test.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
    child.wait_with_output().expect("the command ends")
}

fn plan(name: &str) -> String {
    format!("{PLANS}/{name}.json")
}

fn text_of(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

#[test]
fn a_key_swap_in_terraform_destroys_and_says_the_safe_way() {
    let output = cmkit(&["plan", &plan("swap")], "");
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}{}", stderr(&output));
    for part in [
        "cluster `orders` (azurerm_mongo_cluster.orders): destroys the cluster\n",
        "[CMK6104]: Terraform destroys cluster `orders` and makes an empty one",
        "data at risk: all of it",
        "the safe way: 1. don't apply this plan",
        "az rest --method patch --url \"https://management.azure.com/subscriptions/11111111-2222-3333-4444-555555555555/",
        "terraform apply -refresh-only",
        "1 cluster, 1 in danger: don't apply this as it is",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\u{1b}'), "no colours in a pipe: {text:?}");
    let check = cmkit(&["check", &plan("swap")], "");
    assert_eq!(check.status.code(), Some(1));
    assert!(stdout(&check).contains("error[CMK6104]"), "{}", stdout(&check));
}

#[test]
fn a_plan_that_only_makes_is_safe() {
    for name in ["plan", "modules", "state"] {
        let output = cmkit(&["plan", &plan(name)], "");
        assert_eq!(output.status.code(), Some(0), "{name}: {}", stdout(&output));
        assert!(stdout(&output).contains("nothing that harms"), "{name}: {}", stdout(&output));
    }
}

#[test]
fn the_same_plan_gives_the_same_json_from_a_pipe() {
    let one = cmkit(&["plan", "-", "--format", "json"], &text_of(&plan("swap")));
    let two = cmkit(&["plan", "-", "--format", "json"], &text_of(&plan("swap")));
    assert_eq!(one.stdout, two.stdout);
    let json: Value = serde_json::from_str(stdout(&one)).expect("JSON");
    assert_eq!((&json["schema"], &json["effect"]), (&1.into(), &"destroys".into()));
    let step = &json["clusters"][0]["steps"][0];
    assert_eq!(
        (&step["code"], &step["effect"], &step["file"]),
        (&"CMK6104".into(), &"destroys".into(), &"<stdin>".into())
    );
    let text = text_of(&plan("swap"));
    let range = |name: &str| usize::try_from(step["span"][name].as_u64().expect(name)).expect(name);
    assert!(text[range("start")..range("end")].contains("replace_paths"), "{step}");
}

#[test]
fn two_files_are_compared() {
    let golden = text_of(GOLDEN);
    let same = cmkit(&["plan", GOLDEN, "-"], &golden);
    assert_eq!(same.status.code(), Some(0), "{}", stdout(&same));
    let shards = golden.replace(r#""shardCount": 1"#, r#""shardCount": 2"#);
    let output = cmkit(&["plan", GOLDEN, "-"], &shards);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("impossible in place [CMK6102]: cluster `orders` gets 2 shards instead of 1"));
    let open = golden
        .replace(r#""shardCount": 1"#, r#""shardCount": 1, "x": 1"#)
        .replace("variables('keyName'))).keyUri", "parameters('keyName'))).keyUri");
    let output = cmkit(&["plan", GOLDEN, "-"], &open);
    assert_eq!(output.status.code(), Some(4), "{}", stdout(&output));
}

#[test]
fn what_is_no_plan_is_refused_with_what_to_give() {
    let output = cmkit(&["plan", GOLDEN], "");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("cmkit plan BEFORE AFTER"), "{}", stderr(&output));
    let output = cmkit(&["plan", "-", "-"], "");
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    let output = cmkit(&["plan", "-"], r#"{ "format_version": "2.0", "planned_values": {} }"#);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("format version `2.0`"), "{}", stderr(&output));
}
