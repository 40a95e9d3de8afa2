//! The outputs and inputs of `cmkit check`: every format against a golden file, several at once, and where files come
//! from.
//!
//! `UPDATE=1 cargo test -p cmkit-cli --test check_outputs` writes the golden files anew: read the difference.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FAULTY: &str = "examples/deploy/faulty.json";
const GOLDEN: &str = "examples/deploy/golden.json";
const FORMATS: &[(&str, &str)] = &[
    ("text", "txt"),
    ("plain", "plain.txt"),
    ("json", "json"),
    ("sarif", "sarif"),
    ("junit", "xml"),
    ("github", "github.txt"),
    ("azure-devops", "azure-devops.txt"),
    ("markdown", "md"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs the command at the root of the workspace, on a fixed day, in the environment given and no pipeline else.
fn check_in(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cmkit"))
        .env_remove("GITHUB_ACTIONS")
        .env_remove("TF_BUILD")
        .envs(environment.iter().copied())
        .args(["check", "--at", "2026-12-01"])
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("the command runs")
}

fn check(arguments: &[&str]) -> Output {
    check_in(&[], arguments)
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

fn text_of(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path.as_ref()))
        .unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// A template with something of everything: failures, unknowns, an accepted finding.
fn mixed() -> String {
    let suppress =
        r#""metadata": { "cmkit": { "suppress": [{ "code": "CMK2003", "reason": "in a drill" }] } }, "resources": ["#;
    text_of(FAULTY)
        .replacen(r#""resources": ["#, suppress, 1)
        .replace(r#""softDeleteRetentionInDays": 7"#, r#""softDeleteRetentionInDays": "[parameters('days')]""#)
}

#[test]
fn every_format_is_as_it_was() {
    let updating = std::env::var_os("UPDATE").is_some();
    for (format, extension) in FORMATS {
        let output = check(&["--format", format, FAULTY]);
        assert_eq!(output.status.code(), Some(1), "{format}: {}", stderr(&output));
        let golden = root().join("crates/cmkit-cli/tests/outputs/faulty").with_extension(extension);
        if updating {
            fs::write(&golden, stdout(&output)).expect("written");
        }
        assert!(
            stdout(&output) == text_of(&golden),
            "{format} is not as in {}:\n{}",
            golden.display(),
            stdout(&output)
        );
        assert_eq!(check(&["--format", format, FAULTY]).stdout, output.stdout, "{format}: twice the same");
    }
}

#[test]
fn several_outputs_are_written_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let outputs: Vec<_> = FORMATS
        .iter()
        .map(|(format, extension)| {
            format!("{format}={}", folder.path().join("out").with_extension(extension).display())
        })
        .collect();
    let mut arguments = vec![FAULTY, "--format", "plain"];
    outputs.iter().for_each(|output| arguments.extend(["--output", output]));
    let output = check(&arguments);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    for (format, extension) in FORMATS {
        let written = text_of(folder.path().join("out").with_extension(extension));
        assert!(written == stdout(&check(&["--format", format, FAULTY])), "{format}");
    }
    assert_eq!(output.stdout, check(&["--format", "plain", FAULTY]).stdout);
    assert_eq!(check(&["--output", "json=-", FAULTY]).stdout, check(&["--format", "json", FAULTY]).stdout);
}

#[test]
fn an_output_that_cannot_be_written_leaves_the_others_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let [kept, new] = ["kept.json", "new.xml"].map(|name| folder.path().join(name));
    fs::write(&kept, "as it was").expect("written");
    let bad = folder.path().join("no/such/folder.md");
    let outputs = [("json", &kept), ("junit", &new), ("markdown", &bad)];
    let outputs = outputs.map(|(format, path)| format!("{format}={}", path.display()));
    let mut arguments = vec![FAULTY];
    outputs.iter().for_each(|output| arguments.extend(["--output", output]));
    let output = check(&arguments);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("folder.md") && stdout(&output).is_empty(), "{}", stderr(&output));
    assert_eq!(text_of(&kept), "as it was");
    assert!(!new.exists());
}

#[test]
fn wrong_outputs_are_wrong_usage() {
    for (arguments, part) in [
        (&["--output", "yaml=x"][..], "`yaml` is no format: one of text, plain, json"),
        (&["--output", "json"], "an output is FORMAT=PATH"),
        (&["--output", "json="], "the path is empty"),
        (&["--output", "json=a", "--output", "sarif=a"], "the path of two outputs"),
        (&["--output", "json=-", "--format", "text"], "standard output takes one format"),
    ] {
        let output = check(&[&[FAULTY], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(part), "`{part}` is not in: {}", stderr(&output));
    }
}

#[test]
fn pipelines_get_their_annotations_after_the_text() {
    let text = stdout(&check(&[FAULTY])).to_owned();
    for (variable, format) in [("GITHUB_ACTIONS", "github"), ("TF_BUILD", "azure-devops")] {
        let annotations = check(&["--format", format, FAULTY]);
        let output = check_in(&[(variable, "True")], &[FAULTY]);
        assert_eq!(stdout(&output), format!("{text}{}", stdout(&annotations)), "{variable}");
        let asked = check_in(&[(variable, "True")], &["--format", "text", FAULTY]);
        assert_eq!(stdout(&asked), text, "what is asked for wins");
    }
    assert_eq!(stdout(&check_in(&[("GITHUB_ACTIONS", "false")], &[FAULTY])), text);
}

#[test]
fn unknowns_fail_warn_or_are_only_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("open.json");
    let open = r#""enablePurgeProtection": "[parameters('purge')]""#;
    fs::write(&path, text_of(GOLDEN).replace(r#""enablePurgeProtection": true"#, open)).expect("written");
    let path = path.display().to_string();
    for (unknown, code, shown) in [("fail", 1, true), ("warn", 4, true), ("ignore", 0, false)] {
        let output = check(&["--unknown", unknown, &path]);
        assert_eq!(output.status.code(), Some(code), "{unknown}");
        assert_eq!(stdout(&output).contains("unknown: "), shown, "{unknown}: {}", stdout(&output));
        assert!(stdout(&output).contains(" unknown; "), "{unknown} counts: {}", stdout(&output));
    }
    let report = report(&check(&["--unknown", "ignore", "--format", "json", &path]));
    assert_eq!(report["findings"], json!([]));
    assert_ne!(report["summary"]["unknown"], 0);
}

/// A tree of files as they lie in repositories.
fn tree() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    write("package.json", r#"{ "name": "portal" }"#);
    write("tsconfig.json", "{ \"a\": 1, }");
    write("node_modules/x/main.json", &text_of(FAULTY));
    write("infra/main.json", &text_of(FAULTY));
    write("infra/eu/main.jsonc", &text_of(GOLDEN));
    write("infra/eu/notes.txt", "nothing");
    folder
}

#[test]
fn folders_and_patterns_are_searched() {
    let folder = tree();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let files = |argument: &str| {
        let output = check(&["--format", "json", "--fail-on", "never", argument]);
        let report = report(&output);
        let files = report["inputs"]["files"].as_array().expect("files").clone();
        let files = files.iter().map(|file| file.as_str().expect("a name").replace(&at(""), ""));
        (files.collect::<Vec<_>>().join(" "), stderr(&output).to_owned())
    };
    let (found, said) = files(&at(""));
    assert_eq!(found, "infra/eu/main.jsonc infra/main.json");
    assert!(said.contains("2 of 4 files are nothing to check"), "{said}");
    assert_eq!(files(&at("infra/**/*.json*")).0, "infra/eu/main.jsonc infra/main.json");
    assert_eq!(files(&at("infra/*.json")), ("infra/main.json".into(), String::new()));
    for (argument, part) in [
        (at("package.json"), "nothing to check"),
        (at("infra/none*.json"), "no file fits"),
        (at("*.json"), "none of 2 files is anything to check"),
        (at("infra/*/*.txt"), "none of 1 files is anything to check"),
    ] {
        let output = check(&[&argument]);
        assert_eq!(output.status.code(), Some(3), "{argument}: {}", stdout(&output));
        assert!(stderr(&output).contains(part), "`{part}` is not in: {}", stderr(&output));
    }
}

#[test]
fn a_broken_template_in_a_folder_does_not_go_by_unseen() {
    let folder = tree();
    fs::write(
        folder.path().join("infra/broken.json"),
        text_of(FAULTY).replace("\"resources\": [", "\"resources\": [,"),
    )
    .expect("written");
    for each in [&[][..], &["--each"]] {
        let output = check(&[each, &[&folder.path().display().to_string()]].concat());
        assert_eq!(output.status.code(), Some(3), "{each:?}: {}", stdout(&output));
        assert!(stderr(&output).contains("broken.json: line "), "{}", stderr(&output));
    }
}

#[test]
fn each_file_is_a_deployment_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let parameters = r#"{ "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "parameters": { "location": { "value": "eastus" } } }"#;
    for name in ["c.json", "a.json", "b.json"] {
        fs::write(folder.path().join(name), text_of(GOLDEN)).expect("written");
    }
    fs::write(folder.path().join("b.parameters.json"), parameters).expect("written");
    fs::write(folder.path().join("d.json"), text_of(FAULTY)).expect("written");
    let path = folder.path().display().to_string();
    let output = check(&["--each", "--format", "json", &path]);
    let report = report(&output);
    let names: Vec<_> = report["inputs"]["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| file.as_str().expect("a name").rsplit('/').next().expect("a name").to_owned())
        .collect();
    assert_eq!(names, ["a.json", "b.json", "b.parameters.json", "c.json", "d.json"]);
    assert_eq!(report["inputs"]["clusters"], 4);
    assert_eq!(report["summary"]["errors"], 8, "those of d.json alone: {}", stdout(&output));
    let codes = |list: &Value| list.as_array().expect("codes").len();
    let rules = codes(&report["passed"]) + codes(&report["not_applicable"]);
    assert!(rules > 20 && report["passed"].as_array().expect("codes").iter().all(|code| code != "CMK3001"));
    assert_eq!(check(&["--each", "--format", "json", &path]).stdout, output.stdout, "in the order of the names");
    let text = check(&["--each", &path]);
    assert!(stdout(&text).contains("d.json:103:36") && !stdout(&text).contains("a.json:"), "{}", stdout(&text));
}

#[test]
fn a_line_of_a_megabyte_is_shown_in_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut template: Value = serde_json::from_str(&text_of(FAULTY).replace(" // 2027-01-01", "")).expect("JSON");
    template["variables"]["long"] = "x".repeat(1 << 20).into();
    let path = folder.path().join("min.json");
    fs::write(&path, template.to_string()).expect("written");
    let output = check(&[&path.display().to_string()]);
    assert!(output.stdout.len() < 16 << 10, "{} bytes", output.stdout.len());
    let report = report(&check(&["--format", "json", &path.display().to_string()]));
    let span = &report["findings"][0]["span"];
    let place = format!("min.json:{}:{}", span["line"], span["column"]);
    assert!(stdout(&output).contains(&place) && stdout(&output).contains("^^^^"), "{place}:\n{}", stdout(&output));
}

#[test]
fn windows_files_read_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = text_of(FAULTY);
    let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
    let utf16: Vec<u8> = windows.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let places = |bytes: &[u8]| {
        let path = folder.path().join("main.json");
        fs::write(&path, bytes).expect("written");
        let report = report(&check(&["--format", "json", &path.display().to_string()]));
        let findings = report["findings"].as_array().expect("findings").clone();
        findings
            .iter()
            .map(|f| (f["code"].clone(), f["span"]["line"].clone(), f["span"]["column"].clone()))
            .collect::<Vec<_>>()
    };
    let expected = places(plain.as_bytes());
    assert_eq!(places(windows.as_bytes()), expected);
    assert_eq!(places(&utf16), expected);
    fs::write(folder.path().join("main.json"), windows).expect("written");
    let text = check(&[&folder.path().join("main.json").display().to_string()]);
    assert!(!stdout(&text).contains(['\r', '\u{240d}', '\u{feff}']), "{}", stdout(&text));
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&text_of("docs/report.schema.json")).expect("JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

#[test]
fn reports_keep_to_their_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mixed.json");
    fs::write(&path, mixed()).expect("written");
    let mixed = report(&check(&["--format", "json", &path.display().to_string()]));
    for count in ["errors", "warnings", "unknown", "suppressed"] {
        assert_ne!(mixed["summary"][count], 0, "{count}");
    }
    let schema = schema();
    for report in
        [report(&check(&["--format", "json", FAULTY])), report(&check(&["--format", "json", GOLDEN])), mixed.clone()]
    {
        let faults: Vec<_> =
            schema.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
    for (pointer, value) in [
        ("/schema", json!(2)),
        ("/at", json!("yesterday")),
        ("/summary/errors", json!(-1)),
        ("/findings/0/code", json!("CMK1")),
        ("/findings/0/verdict", json!("maybe")),
        ("/findings/0/verdict", json!("unknown")),
        ("/findings/0/fingerprint", json!("")),
        ("/findings/0/span", json!({})),
        ("/findings/0/fixes/0", json!({ "description": "x", "irreversible": "no" })),
        ("/passed/0", json!(7)),
    ] {
        let mut broken = mixed.clone();
        *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = value;
        assert!(!schema.is_valid(&broken), "{pointer} is broken and passes");
    }
    let mut more = mixed;
    more["findings"][0]["surprise"] = json!(1);
    assert!(!schema.is_valid(&more), "a member that the schema does not know");
}

/// Against the official schema, which `./test --only sarif` fetches and names in `SARIF_SCHEMA`.
#[test]
#[ignore = "needs the official schema: ./test --only sarif"]
fn sarif_keeps_to_the_official_schema() {
    let path = std::env::var("SARIF_SCHEMA").expect("SARIF_SCHEMA names the schema");
    let schema: Value = serde_json::from_str(&text_of(path)).expect("JSON");
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mixed file.json");
    fs::write(&path, mixed()).expect("written");
    let logs = [&path.display().to_string(), FAULTY, GOLDEN].map(|file| report(&check(&["--format", "sarif", file])));
    for log in &logs {
        let faults: Vec<_> =
            validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }
    for (pointer, value) in [
        ("/version", json!("2.0.0")),
        ("/runs/0/tool/driver/name", json!(null)),
        ("/runs/0/results/0/level", json!("fatal")),
        ("/runs/0/results/0/message", json!({})),
        ("/runs/0/results/0/ruleIndex", json!("first")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", json!(0)),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", json!("a b")),
        ("/runs/0/columnKind", json!("bytes")),
        ("/runs/0/tool/driver/rules/0/helpUri", json!("not a URI")),
    ] {
        let mut broken = logs[0].clone();
        *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is there")) = value;
        assert!(!validator.is_valid(&broken), "{pointer} is broken and passes");
    }
}
