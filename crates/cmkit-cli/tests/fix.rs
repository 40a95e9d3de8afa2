//! The command `cmkit fix` as a person or a pipeline runs it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const GOLDEN: &str = include_str!("../../../examples/deploy/golden.json");
const FAULTY: &str = include_str!("../../../examples/deploy/faulty.json");

/// Runs a command of cmkit in a folder, on a fixed day.
fn cmkit(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let (command, rest) = arguments.split_first().expect("a command");
    let mut child = Command::new(env!("CARGO_BIN_EXE_cmkit"))
        .args([command, "--at", "2026-12-01"])
        .args(rest)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // The command may end without reading: a closed pipe is no failure of the test.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
    child.wait_with_output().expect("the command ends")
}

/// A folder with one template; what `fix` with these arguments prints, and what the template is after that.
fn fix(template: &str, arguments: &[&str]) -> (Option<i32>, String, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.json"), template).expect("a file");
    let output = cmkit(folder.path(), &[&["fix"], arguments, &["main.json"]].concat(), "");
    let after = fs::read_to_string(folder.path().join("main.json")).expect("the file");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr), after)
}

/// The codes that `check` finds failed in a template.
fn codes(template: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.json"), template).expect("a file");
    let output = cmkit(folder.path(), &["check", "--format", "json", "main.json"], "");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let findings = report["findings"].as_array().expect("findings").iter();
    findings.filter(|f| f["verdict"] == "fail").map(|f| f["code"].as_str().expect("a code").to_owned()).collect()
}

fn golden_with(from: &str, to: &str) -> String {
    assert!(GOLDEN.contains(from), "{from}");
    GOLDEN.replacen(from, to, 1)
}

#[test]
fn a_good_template_is_left_alone() {
    let (code, out, err, after) = fix(GOLDEN, &["--write", "--irreversible"]);
    assert_eq!((code, out.as_str(), after.as_str()), (Some(0), "", GOLDEN));
    assert_eq!(err, "0 findings mended, 0 left\n");
}

#[test]
fn without_write_it_shows_a_diff_that_patch_takes() {
    let template = golden_with("\"bypass\": \"AzureServices\"", "\"bypass\": \"None\" // closed");
    let (code, out, err, after) = fix(&template, &[]);
    assert_eq!((code, &after), (Some(1), &template));
    let expected = "--- main.json\n+++ main.json\n";
    assert!(out.starts_with(expected), "{out}");
    assert!(
        out.contains("-          \"bypass\": \"None\" // closed\n+          \"bypass\": \"AzureServices\" // closed\n")
    );
    assert_eq!(err, "1 finding to mend, 0 left; --write changes the files\n");
}

#[test]
fn what_is_written_is_mended_and_what_is_left_is_listed() {
    let before = codes(FAULTY);
    let (code, out, err, after) = fix(FAULTY, &["--write"]);
    assert_eq!(code, Some(0));
    let left = codes(&after);
    for code in ["CMK5001", "CMK4001", "CMK4002", "CMK3001", "CMK4102", "CMK2008"] {
        assert!(before.iter().any(|found| found == code) && out.contains(code), "{code}: {before:?} {out}");
        assert!(left.iter().all(|found| found != code), "{code}: {left:?}");
    }
    // Not asked for, and so neither done nor hidden.
    for code in ["CMK1002", "CMK1004"] {
        assert!(left.iter().any(|found| found == code) && err.contains(code), "{code}: {left:?} {err}");
    }
    assert!(err.contains("only with --irreversible") && err.contains("yours to mend"), "{err}");
    assert!(after.contains("// 2027-01-01"), "comments stay");

    let (_, out, _, after) = fix(FAULTY, &["--write", "--irreversible"]);
    assert!(out.contains("(final once it is deployed)"), "{out}");
    assert_eq!(codes(&after), ["CMK6005", "CMK7004"]);
    let (code, out, ..) = fix(&after, &["--irreversible"]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "a second time changes nothing");
}

#[test]
fn only_these() {
    let (code, _, _, after) = fix(FAULTY, &["--write", "--only", "cmk5001,CMK4002"]);
    assert_eq!(code, Some(0));
    let gone: Vec<_> = codes(FAULTY).into_iter().filter(|code| !codes(&after).contains(code)).collect();
    assert_eq!(gone, ["CMK5001", "CMK4002"]);
    let (code, _, err, _) = fix(FAULTY, &["--only", "CMK0001"]);
    assert_eq!(code, Some(2));
    assert!(err.contains("no such rule"), "{err}");
}

#[test]
fn line_ends_and_marks_survive() {
    let template = golden_with("\"enableRbacAuthorization\": true,\n", "").replace('\n', "\r\n");
    let (code, _, _, after) = fix(&format!("\u{feff}{template}"), &["--write"]);
    assert_eq!(code, Some(0));
    assert!(after.starts_with('\u{feff}') && after.ends_with("}\r\n"));
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    let line = "        },\r\n        \"enableRbacAuthorization\": true\r\n      }\r\n";
    assert!(after.contains(line), "{after}");
}

#[test]
fn accepted_findings_stay() {
    let accept = "\"type\": \"Microsoft.KeyVault/vaults\",\n      \"metadata\": { \"cmkit\": { \"suppress\": [{ \
                  \"code\": \"CMK5001\", \"reason\": \"a drill\" }] } },";
    let template = golden_with("\"type\": \"Microsoft.KeyVault/vaults\",", accept);
    let template = template.replacen("\"bypass\": \"AzureServices\"", "\"bypass\": \"None\"", 1);
    let (code, _, err, after) = fix(&template, &["--write"]);
    assert_eq!((code, &after), (Some(0), &template), "{err}");
}

#[test]
fn what_the_settings_or_a_baseline_accept_stays_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let template = golden_with("\"bypass\": \"AzureServices\"", "\"bypass\": \"None\"");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    write("main.json", &template);
    assert_eq!(cmkit(folder.path(), &["fix", "main.json"], "").status.code(), Some(1));
    write(
        ".cmkit.json",
        "{ \"version\": 1, \"suppress\": [{ \"code\": \"CMK5001\", \"file\": \"main.json\", \"reason\": \"a drill\" }] }",
    );
    assert_eq!(cmkit(folder.path(), &["fix", "main.json"], "").status.code(), Some(0));
    assert_eq!(cmkit(folder.path(), &["fix", "--no-config", "main.json"], "").status.code(), Some(1));
    let made = cmkit(folder.path(), &["check", "--no-config", "--write-baseline", "known.json", "main.json"], "");
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    let output = cmkit(folder.path(), &["fix", "--no-config", "--baseline", "known.json", "main.json"], "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_value_is_mended_where_it_is_written_if_that_is_safe() {
    let with = |declared: &str| {
        let template =
            golden_with("\"enablePurgeProtection\": true", "\"enablePurgeProtection\": \"[parameters('purge')]\"");
        template.replacen("\"parameters\": {", &format!("\"parameters\": {{\n    \"purge\": {{ {declared} }},"), 1)
    };
    let template = with("\"type\": \"bool\", \"defaultValue\": false");
    let (_, _, err, after) = fix(&template, &["--write", "--irreversible"]);
    assert!(after.contains("\"purge\": { \"type\": \"bool\", \"defaultValue\": true }"), "{err}");
    assert_eq!(after.replace("\"defaultValue\": true", "\"defaultValue\": false"), template, "and nowhere else");

    let template = with("\"type\": \"bool\", \"defaultValue\": false, \"allowedValues\": [ false ]");
    let (_, _, err, after) = fix(&template, &["--write", "--irreversible"]);
    assert_eq!(after, template);
    assert!(err.contains("the mend does not fit here"), "{err}");

    // A deployment may well give another value than this default: the use is not overwritten.
    let template = golden_with("\"bypass\": \"AzureServices\"", "\"bypass\": \"[parameters('bypass')]\"");
    let template = template.replacen(
        "\"parameters\": {",
        "\"parameters\": {\n    \"bypass\": { \"type\": \"string\", \"defaultValue\": \"None\" },",
        1,
    );
    let (code, _, err, after) = fix(&template, &["--write"]);
    assert_eq!((code, &after), (Some(0), &template));
    assert!(err.contains("CMK5001") && err.contains("yours to mend"), "{err}");
}

#[test]
fn of_several_files_only_the_mended_one_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let template =
        golden_with("\"softDeleteRetentionInDays\": 90", "\"softDeleteRetentionInDays\": \"[parameters('days')]\"");
    let template = template.replacen("\"parameters\": {", "\"parameters\": { \"days\": { \"type\": \"int\" },", 1);
    let values = "{ \"$schema\": \"https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#\",\n  \
                  \"contentVersion\": \"1.0.0.0\", \"parameters\": { \"days\": { \"value\": 7 } } }\n";
    fs::write(folder.path().join("main.json"), &template).expect("a file");
    fs::write(folder.path().join("values.json"), values).expect("a file");
    let before = folder.path().join("main.json").metadata().and_then(|data| data.modified()).expect("a time");
    let output = cmkit(folder.path(), &["fix", "--write", "--irreversible", "main.json", "values.json"], "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("the file");
    assert_eq!(read("values.json"), values.replace(": 7 ", ": 90 "));
    assert_eq!(read("main.json"), template);
    let after = folder.path().join("main.json").metadata().and_then(|data| data.modified()).expect("a time");
    assert_eq!(before, after, "not even touched");
}

#[test]
fn what_bicep_wrote_is_mended_in_bicep() {
    let template = golden_with(
        "\"parameters\": {",
        "\"metadata\": { \"_generator\": { \"name\": \"bicep\" } },\n  \"parameters\": {",
    );
    let template = template.replacen("\"bypass\": \"AzureServices\"", "\"bypass\": \"None\"", 1);
    let (code, _, err, after) = fix(&template, &["--write"]);
    assert_eq!((code, &after), (Some(0), &template));
    assert!(err.contains("the file is generated: mend its source"), "{err}");
}

#[test]
fn standard_input_is_shown_and_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = cmkit(folder.path(), &["fix", "-"], FAULTY);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("--- <stdin>\n"));
    let output = cmkit(folder.path(), &["fix", "--write", "-"], FAULTY);
    assert_eq!(output.status.code(), Some(2));
    let output = cmkit(folder.path(), &["fix", "missing.json"], "");
    assert_eq!(output.status.code(), Some(3));
    let output = cmkit(folder.path(), &["fix", "-"], "{ \"resources\": [");
    assert_eq!(output.status.code(), Some(3));
}

/// A deployed vault, as the service describes it, is evidence: changing the file would change nothing.
#[test]
fn what_the_service_answered_is_not_mended() {
    let live = r#"{ "id": "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg/providers/Microsoft.DocumentDB/mongoClusters/orders",
        "name": "orders", "type": "Microsoft.DocumentDB/mongoClusters", "location": "westus3",
        "identity": { "type": "SystemAssigned" }, "properties": { "encryption": { "customerManagedKeyEncryption": {
        "keyEncryptionKeyUrl": "https://kv.vault.azure.net/keys/k", "keyEncryptionKeyIdentity": {
        "identityType": "UserAssigned", "userAssignedIdentityResourceId": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id" } } } } }"#;
    let (code, out, err, _) = fix(live, &[]);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("CMK4001") && err.contains("CMK4002"), "{err}");
}
