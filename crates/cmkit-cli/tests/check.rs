//! The command `cmkit check` as a person or a pipeline runs it.

use serde_json::Value;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const GOLDEN: &str = "examples/deploy/golden.json";
const FAULTY: &str = "examples/deploy/faulty.json";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the command at the root of the workspace, on a fixed day unless the arguments say otherwise.
fn check(arguments: &[&str], stdin: &str) -> Output {
    let at: &[&str] = if arguments.contains(&"--at") { &[] } else { &["--at", "2026-12-01"] };
    let mut child = Command::new(env!("CARGO_BIN_EXE_cmkit"))
        .env_remove("GITHUB_ACTIONS")
        .env_remove("TF_BUILD")
        .arg("check")
        .args(at)
        .args(arguments)
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

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

fn report(output: &Output) -> Value {
    serde_json::from_str(stdout(output)).unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

fn text_of(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect(path)
}

/// A folder of its own for a test, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cmkit-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_golden_template_is_good() {
    let output = check(&[GOLDEN, "--fail-on", "note"], "");
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).starts_with("no findings; "), "{}", stdout(&output));
}

#[test]
fn the_faulty_template_is_shown_in_its_source() {
    let output = check(&[FAULTY], "");
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "error[CMK3001]: the key URL of cluster `orders` names one version",
        "examples/deploy/faulty.json:103:36",
        "expected https://kv-orders-prod.vault.azure.net/keys/orders-kek\n",
        "expected `enablePurgeProtection`: true; it is left out",
        "the cluster's region",
        "= help: set `enablePurgeProtection` to true (final",
        "8 errors, 2 warnings, 1 note; ",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let last_error = text.rfind("error[").expect("an error");
    assert!(last_error < text.find("warning[").expect("a warning"), "worst first:\n{text}");
    assert!(!text.contains('\u{1b}'), "colours in a pipe:\n{text}");
}

#[test]
fn exit_codes_follow_the_level_asked_for() {
    let golden = text_of(GOLDEN);
    let missing = golden.replace(r#""enablePurgeProtection": true,"#, "");
    let open =
        golden.replace(r#""enablePurgeProtection": true"#, r#""enablePurgeProtection": "[parameters('purge')]""#);
    let warning = golden.replace(r#""softDeleteRetentionInDays": 90"#, r#""softDeleteRetentionInDays": 30"#);
    for (text, fail_on, code) in [
        (&missing, "error", 1),
        (&missing, "never", 0),
        (&open, "error", 4),
        (&open, "never", 0),
        (&warning, "error", 0),
        (&warning, "warning", 1),
        (&warning, "note", 1),
    ] {
        let output = check(&["-", "--fail-on", fail_on], text);
        assert_eq!(output.status.code(), Some(code), "{fail_on}: {}", stdout(&output));
    }
}

#[test]
fn an_unknown_comes_with_the_command_that_settles_it() {
    let open = r#""enablePurgeProtection": "[parameters('purge')]""#;
    let output = check(&["-"], &text_of(GOLDEN).replace(r#""enablePurgeProtection": true"#, open));
    let text = stdout(&output);
    assert!(text.contains("unknown: `parameters('purge')` is decided at deployment"), "{text}");
    assert!(text.contains("--> <stdin>:"), "{text}");
    assert!(text.contains("az keyvault show --name VAULT"), "{text}");
}

#[test]
fn a_parameter_file_settles_it_too() {
    let folder = Folder::new("parameters");
    let schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#";
    let body = format!(r#"{{ "$schema": "{schema}", "parameters": {{ "days": {{ "value": 30 }} }} }}"#);
    let parameters = folder.write("main.parameters.json", &body);
    let template = text_of(GOLDEN)
        .replace(r#""softDeleteRetentionInDays": 90"#, r#""softDeleteRetentionInDays": "[parameters('days')]""#)
        .replacen(r#""parameters": {"#, r#""parameters": { "days": { "type": "int" },"#, 1);
    let output = check(&["-", &parameters, "--fail-on", "warning"], &template);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stdout(&output).contains("CMK1004"), "{}", stdout(&output));
}

#[test]
fn several_files_make_one_graph() {
    let folder = Folder::new("split");
    let template: Value = serde_json::from_str(&text_of(FAULTY).replace(" // 2027-01-01", "")).expect("JSON");
    let part = |name: &str, range: Range<usize>| {
        let mut part = template.clone();
        part["resources"] = template["resources"].as_array().expect("resources")[range].into();
        folder.write(name, &part.to_string())
    };
    let (vault, cluster) = (part("vault.json", 0..3), part("cluster.json", 3..4));
    let both = report(&check(&[&vault, &cluster, "--format", "json"], ""));
    assert_eq!((&both["summary"]["errors"], &both["summary"]["unknown"]), (&8.into(), &0.into()));
    let findings = both["findings"].as_array().expect("findings");
    let region = findings.iter().find(|finding| finding["code"] == "CMK6005").expect("the regions differ");
    assert_eq!(region["file"], vault.as_str());
    assert_eq!(region["related"][0]["file"], cluster.as_str());
    let alone = report(&check(&[&cluster, "--format", "json"], ""));
    assert!(alone["summary"]["unknown"].as_u64().is_some_and(|unknown| unknown > 10), "{alone}");
}

#[test]
fn unreadable_input_says_where_and_what() {
    for (text, part) in [
        ("{\n  \"resources\": [,]\n}", "<stdin>: line 2, column 17: expected a value, found `,`"),
        ("", "line 1, column 1: expected a value, but the document ends"),
        ("{ \"planned_values\": {} }", "this looks like a Terraform plan, but it has no `format_version`"),
        ("{ \"a\": 1, \"b\": 2 }", "this is an object with `a`, `b`, which is nothing to check: cmkit reads"),
        ("[1, 2]", "this is an array of numbers, which is nothing to check"),
        ("param location string", "this looks like Bicep: compile it with `az bicep build`"),
    ] {
        let output = check(&["-"], text);
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(stderr(&output).contains(part), "`{part}` is not in: {}", stderr(&output));
        assert!(stdout(&output).is_empty());
    }
    let output = check(&["no/such/file.json"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cannot read `no/such/file.json`"), "{}", stderr(&output));
}

#[test]
fn wrong_usage_is_not_a_finding() {
    for arguments in [&[][..], &["--at", "tomorrow", GOLDEN], &["--fail-on", "all", GOLDEN], &["-", "-"]] {
        let output = check(arguments, "");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    }
    let help = check(&["--help"], "");
    assert_eq!(help.status.code(), Some(0));
    assert!(stdout(&help).contains("Examples:") && stdout(&help).contains("Exit codes:"), "{}", stdout(&help));
}

#[test]
fn time_is_a_parameter() {
    let has = |at: &str, code: &str| {
        let report = report(&check(&["--at", at, "--format", "json", FAULTY], ""));
        report["findings"].as_array().expect("findings").iter().any(|finding| finding["code"] == code)
    };
    assert!(!has("2026-12-01", "CMK2007") && has("2026-12-15", "CMK2007"));
    assert!(!has("2026-12-31T23:59:59Z", "CMK2006") && has("2027-01-01", "CMK2006"));
}

/// The whole document for one small file: its names and their order are a promise to scripts.
#[test]
fn json_is_stable() {
    let template = r#"{ "resources": [
  { "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": "orders", "location": "westus3",
    "properties": { "createMode": "Defualt" } } ] }"#;
    let output = check(&["-", "--format", "json"], template);
    let (head, rest) = stdout(&output).split_once("  \"not_applicable\": [").expect("the last member");
    assert_eq!(head, include_str!("check.json"), "{head}");
    assert!(rest.lines().count() > 60, "{rest}");
    assert_eq!(check(&["-", "--format", "json"], template).stdout, output.stdout);
}
