//! The settings of `cmkit check`: where they are found, what they change, what is accepted, and baselines.

use cmkit::{document, policy};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const GOLDEN: &str = include_str!("../../../examples/deploy/golden.json");

/// A repository of its own: settings are looked for up to here.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(".git")).expect("a folder");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect(name);
        self
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.cmkit(&[&["check", "--at", "2026-12-01"], arguments].concat())
    }

    fn cmkit(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
        command.args(arguments).current_dir(self.path()).output().expect("the command runs")
    }

    fn report(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)))
    }

    /// The codes of the findings, with `?` for an unknown and `~` for one that is accepted.
    fn codes(&self, arguments: &[&str]) -> String {
        let report = self.report(arguments);
        let code = |finding: &Value| {
            let mark = match finding["verdict"].as_str() {
                Some("unknown") => "?",
                Some("suppressed") => "~",
                _ => "",
            };
            format!("{}{mark}", finding["code"].as_str().expect("a code"))
        };
        report["findings"].as_array().expect("findings").iter().map(code).collect::<Vec<_>>().join(" ")
    }
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

fn settings(members: &str) -> String {
    format!("{{ \"version\": 1, {members} }} // ours")
}

fn small_key() -> String {
    GOLDEN.replace("\"keySize\": 4096", "\"keySize\": 3072")
}

#[test]
fn settings_are_found_upward_from_the_first_file() {
    let repository = Repository::new();
    repository.write("infra/eu/main.json", &small_key());
    let main = "infra/eu/main.json";
    assert_eq!(repository.codes(&[main]), "CMK2003");
    repository.write(".cmkit.json", &settings(r#""levels": { "CMK2003": "off" }"#));
    assert_eq!(repository.codes(&[main]), "");
    // From inside, and by an absolute path.
    let absolute = repository.path().join(main);
    assert_eq!(repository.codes(&[absolute.to_str().expect("UTF-8")]), "");
    // The nearest one counts.
    repository.write("infra/.cmkit.json", &settings(r#""levels": { "CMK2003": "error" }"#));
    assert_eq!(repository.run(&[main]).status.code(), Some(1));
    // Not beyond the root of a repository.
    fs::create_dir(repository.path().join("infra/eu/.git")).expect("a folder");
    assert_eq!(repository.run(&[main]).status.code(), Some(0));
    assert_eq!(repository.codes(&[main]), "CMK2003");
}

#[test]
fn settings_can_be_named_and_left_aside() {
    let repository = Repository::new();
    repository.write("main.json", &small_key()).write(".cmkit.json", &settings(r#""levels": { "CMK2003": "off" }"#));
    repository.write("strict.json", &settings(r#""levels": { "CMK2003": "error" }"#));
    assert_eq!(repository.codes(&["main.json"]), "");
    assert_eq!(repository.codes(&["main.json", "--no-config"]), "CMK2003");
    assert_eq!(repository.run(&["main.json", "--config", "strict.json"]).status.code(), Some(1));
    assert_eq!(repository.run(&["main.json", "--config", "strict.json", "--no-config"]).status.code(), Some(2));
    let missing = repository.run(&["main.json", "--config", "none.json"]);
    assert_eq!(missing.status.code(), Some(3));
    assert!(stderr(&missing).contains("none.json"), "{}", stderr(&missing));
}

#[test]
fn a_wrong_member_is_an_input_error_with_its_place() {
    let repository = Repository::new();
    repository.write("infra/main.json", GOLDEN).write(".cmkit.json", "{ \"version\": 1,\n  \"supress\": [] }");
    let output = repository.run(&["infra/main.json"]);
    let expected =
        ".cmkit.json: line 2, column 3: `supress` is no member of the settings file; did you mean `suppress`?";
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

#[test]
fn levels_thresholds_and_requirements_reach_the_check() {
    let repository = Repository::new();
    let golden = GOLDEN.replace("[resourceGroup().location]", "westus3");
    let expiring = GOLDEN.replace("\"keySize\": 4096", "\"keySize\": 4096, \"attributes\": { \"exp\": 1800000000 }");
    let short = GOLDEN.replace("InDays\": 90", "InDays\": 30");
    let tagged = |tag: &str| {
        let name = "\"name\": \"[parameters('clusterName')]\"";
        let text = golden.replace("\"encryption\":", "\"unencrypted\":");
        text.replace(name, &format!("{name}, \"tags\": {{ \"data-classification\": \"{tag}\" }}"))
    };
    for (text, members, code, expected) in [
        (small_key(), r#""levels": { "CMK2003": "error" }"#, "CMK2003", true),
        (small_key(), r#""levels": { "CMK2003": "off" }"#, "CMK2003", false),
        (expiring.clone(), r#""thresholds": { "expiryDays": 40 }"#, "CMK2007", false),
        (expiring, r#""thresholds": { "expiryDays": 60 }"#, "CMK2007", true),
        (short.clone(), r#""thresholds": { "retentionDays": 90 }"#, "CMK1004", true),
        (short, r#""thresholds": { "retentionDays": 30 }"#, "CMK1004", false),
        (golden.clone(), r#""thresholds": { "rotationDays": 600 }"#, "CMK7005", false),
        (golden.clone(), r#""thresholds": { "rotationDays": 500 }"#, "CMK7005", true),
        (golden.clone(), r#""require": { "keySize": 4096 }"#, "CMK2101", false),
        (small_key(), r#""require": { "keySize": 4096 }"#, "CMK2101", true),
        (golden.clone(), r#""require": { "hsm": false }"#, "CMK2102", false),
        (golden.clone(), r#""require": { "hsm": true }"#, "CMK2102", true),
        (golden.clone(), r#""require": { "rotationDays": 548 }"#, "CMK7101", false),
        (golden.clone(), r#""require": { "rotationDays": 365 }"#, "CMK7101", true),
        (golden.clone(), r#""require": { "regions": ["West US 3"] }"#, "CMK6201", false),
        (golden.clone(), r#""require": { "regions": ["North Europe"] }"#, "CMK6201", true),
        (tagged("public"), CONFIDENTIAL, "CMK6202", false),
        (tagged("Confidential"), CONFIDENTIAL, "CMK6202", true),
    ] {
        repository.write("main.json", &text).write(".cmkit.json", &settings(members));
        let codes = repository.codes(&["main.json"]);
        assert_eq!(codes.split(' ').any(|found| found == code), expected, "{members}: {codes}");
    }
}

const CONFIDENTIAL: &str = r#""require": { "cmk": [{ "tag": "Data-Classification", "values": ["confidential"] }] }"#;

#[test]
fn suppressions_accept_until_they_end_and_are_told_when_unused() {
    let repository = Repository::new();
    let open = GOLDEN.replace("\"publicNetworkAccess\": \"Disabled\",", "").replace("\"Deny\"", "\"Allow\"");
    repository.write("infra/main.json", &open);
    let before = repository.codes(&["infra/main.json"]);
    let code = before.split(' ').find(|code| !code.ends_with('?')).expect("a finding").to_owned();
    let suppress =
        |more: &str| settings(&format!(r#""suppress": [{{ "code": "{code}", "reason": "by policy", {more} }}]"#));
    let with = |more: &str| {
        repository.write(".cmkit.json", &suppress(more));
        repository.codes(&["infra/main.json"])
    };
    let accepted = format!("{code}~");
    assert!(with(r#""file": "infra/*.json""#).contains(&accepted));
    assert!(with(r#""file": "**/*.json", "until": "2026-12-01""#).contains(&accepted));
    let text = repository.run(&["infra/main.json"]);
    assert!(stdout(&text).contains("by policy"), "{}", stdout(&text));

    let ended = with(r#""file": "infra/*.json", "until": "2026-11-30""#);
    assert!(!ended.contains('~') && ended.contains(&code), "{ended}");
    let text = repository.run(&["infra/main.json"]);
    assert!(stdout(&text).contains("this suppression ended on 2026-11-30"), "{}", stdout(&text));

    let unused = with(r#""resource": "kv-other""#);
    assert!(!unused.contains('~') && unused.contains("CMK9004"), "{unused}");
    let report = repository.report(&["infra/main.json"]);
    let finding = report["findings"].as_array().expect("findings").iter().find(|f| f["code"] == "CMK9004");
    let finding = finding.expect("a finding");
    assert_eq!((&finding["file"], &finding["pointer"]), (&".cmkit.json".into(), &"/suppress/0".into()));
    assert_eq!((&finding["level"], &finding["span"]["line"]), (&"note".into(), &1.into()));
    let text = repository.run(&["infra/main.json"]);
    assert!(stdout(&text).contains("--> .cmkit.json:1:"), "{}", stdout(&text));
}

#[test]
fn an_error_by_which_data_is_lost_can_be_neither_suppressed_nor_turned_off() {
    let repository = Repository::new();
    repository.write("main.json", &GOLDEN.replace("\"enablePurgeProtection\": true,", ""));
    let suppress = r#""suppress": [{ "code": "CMK1002", "file": "main.json", "reason": "a test" }]"#;
    repository.write(".cmkit.json", &settings(suppress));
    let output = repository.run(&["main.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("`CMK1002` can't be suppressed: data can be lost by it"), "{}", stdout(&output));
    assert_eq!(repository.codes(&["main.json"]), "CMK9003 CMK1002");
    repository.write(".cmkit.json", &settings(r#""levels": { "CMK1002": "off" }"#));
    let output = repository.run(&["main.json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("`CMK1002` can't be turned off: data can be lost by it"), "{}", stderr(&output));
}

#[test]
fn a_baseline_is_written_accepted_and_grows_stale() {
    let repository = Repository::new();
    let faulty = small_key().replace("InDays\": 90", "InDays\": 30");
    repository.write("main.json", &faulty);
    let strict = ["main.json", "--fail-on", "note"];
    assert_eq!(repository.run(&strict).status.code(), Some(1));

    let written = repository.run(&[strict.as_slice(), &["--write-baseline", "baseline.json"]].concat());
    assert_eq!(written.status.code(), Some(0), "{}", stdout(&written));
    let first = fs::read_to_string(repository.path().join("baseline.json")).expect("a baseline");
    repository.run(&["main.json", "--write-baseline", "baseline.json"]);
    let again = fs::read_to_string(repository.path().join("baseline.json")).expect("a baseline");
    assert!(first == again && first.contains("\"code\": \"CMK1004\"") && first.ends_with("}\n"), "{first}");

    let with = [strict.as_slice(), &["--baseline", "baseline.json"]].concat();
    let output = repository.run(&with);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), ""), "{}", stdout(&output));
    assert_eq!(repository.codes(&with), "CMK1004~ CMK2003~");

    // Other lines, the same findings; then a new one.
    repository.write("main.json", &format!("\n\n{faulty}"));
    assert_eq!(repository.codes(&with), "CMK1004~ CMK2003~");
    let disabled = faulty.replace("\"kty\": \"RSA\",", "\"kty\": \"RSA\", \"attributes\": { \"enabled\": false },");
    repository.write("main.json", &disabled);
    assert_eq!(repository.codes(&with), "CMK2004 CMK1004~ CMK2003~");
    assert_eq!(repository.run(&with).status.code(), Some(1));

    repository.write("main.json", GOLDEN);
    let output = repository.run(&with);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("2 entries of the baseline fit nothing any more"), "{}", stderr(&output));
    assert_eq!(repository.report(&with)["summary"]["stale"], 2);
}

#[test]
fn a_baseline_that_is_none_is_refused() {
    let repository = Repository::new();
    repository.write("main.json", GOLDEN).write("baseline.json", r#"{ "schema": 1, "finding": [] }"#);
    let output = repository.run(&["main.json", "--baseline", "baseline.json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("baseline.json: line 1, column 16: `finding`"), "{}", stderr(&output));
    let both = repository.run(&["main.json", "--baseline", "baseline.json", "--write-baseline", "baseline.json"]);
    assert_eq!(both.status.code(), Some(2));
}

const GUIDE: &str = include_str!("../../../docs/configuration.md");

/// The samples of the guide in a language, as they stand there.
fn samples(language: &str) -> Vec<&'static str> {
    let blocks = GUIDE.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

#[test]
fn the_samples_of_the_guide_are_settings() {
    let samples = samples("jsonc");
    assert_eq!(samples.len(), 2);
    for sample in &samples {
        document::read_settings("configuration.md", sample).unwrap_or_else(|error| panic!("{error}: {sample}"));
    }
    let repository = Repository::new();
    repository.write("main.json", &small_key()).write(".cmkit.json", samples[0]);
    assert!(repository.codes(&["main.json"]).contains("CMK2102"));
}

/// Every member that the schema has is in the guide, with the rule that it goes to, and every rule named there is one.
#[test]
fn the_guide_tells_every_member() {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/settings.schema.json")).expect("JSON");
    let mut members = Vec::new();
    collect(&schema, &mut members);
    assert!(members.len() > 15);
    for (name, description) in members {
        let mut lines = GUIDE.lines().filter(|line| line.contains(&format!("`{name}`")));
        let code = description.split_once("(CMK").map_or("", |(_, code)| &code[..4]);
        assert!(lines.any(|line| line.contains(code)), "{name} {code}");
    }
    let codes = GUIDE.split("CMK").skip(1).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    for code in codes.map(|rest| format!("CMK{}", &rest[..4])) {
        assert!(policy::rule(&code).is_some(), "{code}");
    }
}

fn collect<'s>(schema: &'s Value, members: &mut Vec<(&'s str, &'s str)>) {
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        members.push((name, member["description"].as_str().expect("a description")));
        collect(member, members);
        collect(&member["items"], members);
    }
}

#[test]
fn the_calendar_and_explanations_go_by_the_settings_too() {
    let repository = Repository::new();
    let accepted = r#""suppress": [{ "code": "CMK2003", "file": "main.json", "reason": "the HSM pool is full", "until": "2027-06-30" }]"#;
    let levels = r#""levels": { "CMK2003": "off" }"#;
    repository.write("main.json", &small_key()).write(".cmkit.json", &settings(accepted));
    let calendar = repository.cmkit(&["what-if", "--calendar", "--at", "2026-12-01", "main.json"]);
    let text = stdout(&calendar);
    assert_eq!(calendar.status.code(), Some(0), "{}", stderr(&calendar));
    assert!(text.contains("2027-07-01  CMK2003: the finding is no longer accepted (the HSM pool is full)"), "{text}");
    assert!(text.contains(".cmkit.json:1, CMK9003"), "{text}");
    let none = repository.cmkit(&["what-if", "--calendar", "--no-config", "--at", "2026-12-01", "main.json"]);
    assert!(!stdout(&none).contains("CMK2003"), "{}", stdout(&none));
    let explain = ["explain", "CMK2003", "--at", "2026-12-01", "--format", "json", "main.json"];
    let standing = |arguments: &[&str]| {
        let output = repository.cmkit(arguments);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        answer["standing"].as_str().map(str::to_owned)
    };
    assert_eq!(standing(&explain).as_deref(), Some("shown"));
    repository.write(".cmkit.json", &settings(levels));
    assert_eq!(standing(&explain).as_deref(), Some("not_looked"));
    assert_eq!(standing(&[&explain[..], &["--no-config"]].concat()).as_deref(), Some("shown"));
}
