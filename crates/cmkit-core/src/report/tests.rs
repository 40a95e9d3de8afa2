//! Every format against reports that quote hostile text, and what each format promises.

use super::{Format, azure_devops, github, json, junit, markdown, open_questions, plain, sarif};
use crate::policy::{self, Finding, Related, Report, Timestamp, Verdict};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What formats read as their own, and what terminals and parsers stumble over.
const HOSTILE: &str = "a`b``|c\n::error::x\r\n##vso[task.complete result=Failed;]\u{1b}[31m\0]]><!--&amp;\"'<script>\
    \u{202e}\u{fffe}%0A%AZP25%;,[x](http://e.vil)@all www.e.vil *_~#!\\$\u{7f}";

const TEMPLATE: &str = r#"{ "resources": [
  { "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-orders", "location": "westus3",
    "properties": { "softDeleteRetentionInDays": 7, "enableRbacAuthorization": true } },
  { "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": "orders", "location": "westus3",
    "metadata": { "cmkit": { "suppress": [{ "code": "CMK3001", "reason": "a test" }] } },
    "properties": { "encryption": { "customerManagedKeyEncryption": {
      "keyEncryptionKeyIdentity": { "identityType": "UserAssigned" },
      "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" } } } } ] }"#;

fn report_of(template: &str) -> Report {
    let deployment = crate::document::read(&[("main.json", template)]).expect("a template");
    let at = Timestamp::parse("2026-12-01").expect("a date");
    policy::check(&deployment, at, &policy::Options::default())
}

fn report() -> Report {
    let report = report_of(TEMPLATE);
    let summary = &report.summary;
    let counts = [summary.errors, summary.warnings, summary.unknown, summary.suppressed];
    assert!(counts.iter().all(|count| *count > 0), "the template has something of everything: {summary:?}");
    report
}

/// The same with hostile text wherever a file could put it.
fn hostile() -> Report {
    let mut report = report();
    for finding in &mut report.findings {
        let Finding { message, expected, actual, pointer, file, resource, related, fixes, verdict, .. } = finding;
        for text in [message, pointer, file] {
            *text = HOSTILE.into();
        }
        for text in [expected, actual, resource] {
            *text = Some(HOSTILE.into());
        }
        let (message, file, pointer) = (HOSTILE.into(), HOSTILE.into(), HOSTILE.into());
        related.push(Related { message, file, pointer, span: finding.span });
        fixes.iter_mut().for_each(|fix| fix.description = HOSTILE.into());
        match verdict {
            Verdict::Fail => {}
            Verdict::Unknown { command, .. } => *command = Some(HOSTILE.into()),
            Verdict::Suppressed { reason, until } => (*reason, *until) = (HOSTILE.into(), Some(HOSTILE.into())),
        }
    }
    report.inputs.files = [HOSTILE.into()].into();
    report
}

#[test]
fn no_format_lets_control_characters_through() {
    for format in Format::ALL {
        let text = format.write(&hostile());
        let control = |c: char| c.is_control() && c != '\n';
        // JSON keeps what it escapes, and escapes what its grammar forbids.
        let is_json = matches!(format, Format::Json | Format::Sarif);
        let found = text.chars().find(|c| control(*c) && !(is_json && *c == '\u{7f}'));
        assert_eq!(found, None, "{}", format.name());
        assert!(text.ends_with('\n'), "{}", format.name());
    }
}

#[test]
fn json_is_what_serde_json_writes() {
    for report in [report(), hostile()] {
        assert_eq!(json(&report), serde_json::to_string_pretty(&report).expect("JSON") + "\n");
    }
}

#[test]
fn commands_of_pipelines_stay_one_line_each() {
    let report = hostile();
    for (text, heads) in [
        (github(&report), &["::error file=", "::warning file=", "::notice file=", "cmkit: "][..]),
        (
            azure_devops(&report),
            &["##vso[task.logissue type=", "##vso[task.complete result=SucceededWithIssues;]", "note "],
        ),
    ] {
        assert!(text.lines().all(|line| heads.iter().any(|head| line.starts_with(head))), "{text}");
    }
    let text = github(&report);
    let command = text.lines().next().expect("a line");
    let (head, message) = command.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect("two parts");
    assert_eq!(head.matches(',').count(), 5, "six properties: {head}");
    assert!(message.contains("%250A") && !message.contains("%0A%AZP"), "a percent sign stays one: {message}");
    let text = azure_devops(&report);
    let head = text.lines().next().and_then(|line| line.split_once(']')).expect("a command").0;
    assert_eq!(head.matches(';').count(), 5, "five properties: {head}");
    assert!(head.ends_with(";") && head.contains(";code=CMK"), "{head}");
}

/// The names of the elements, each checked to be closed by its own end.
fn elements(xml: &str) -> Vec<String> {
    let (mut open, mut seen) = (Vec::new(), Vec::new());
    let mut rest = xml.split_once("?>").expect("a declaration").1;
    while let Some((text, tail)) = rest.split_once('<') {
        assert!(!text.contains("]]>"), "{text}");
        for (at, _) in text.match_indices('&') {
            let entity = &text[at..];
            assert!(
                ["&amp;", "&lt;", "&gt;", "&quot;", "&#"].iter().any(|known| entity.starts_with(known)),
                "{entity}"
            );
        }
        let (tag, after) = tail.split_once('>').expect("a tag ends");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.trim_matches('/').split(' ').next().unwrap_or_default();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else {
            seen.push(name.to_string());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = after;
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    seen
}

#[test]
fn junit_is_well_formed_and_counts() {
    for report in [report(), hostile()] {
        let xml = junit(&report);
        let elements = elements(&xml);
        let count = |name: &str| elements.iter().filter(|element| *element == name).count();
        let summary = &report.summary;
        assert_eq!(count("testcase"), report.findings.len() + summary.passed);
        assert_eq!(count("failure"), summary.errors + summary.warnings);
        assert_eq!(count("skipped"), summary.unknown + summary.suppressed);
        assert!(xml.contains(&format!(r#"failures="{}""#, summary.errors + summary.warnings)), "{xml}");
        assert!(!xml.contains(['\u{fffe}', '\u{0}']), "{xml}");
    }
}

#[test]
fn markdown_holds_no_markup_of_others() {
    let text = markdown(&hostile());
    for line in text.lines().filter(|line| line.starts_with('|')) {
        assert!(matches!(line.matches('|').count(), 5), "{line}");
    }
    for own in ["<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>", "<br>"] {
        assert!(own == "<br>" || text.contains(own), "{own}");
    }
    let strip = ["details", "summary", "code", "br"]
        .iter()
        .fold(text.clone(), |text, tag| text.replace(&format!("<{tag}>"), "").replace(&format!("</{tag}>"), ""));
    assert!(!strip.contains(['<', '>']), "{strip}");
    assert!(
        !text.contains("](http://e.vil") && !text.contains("www.") && !text.contains(">http://") && !text.contains('`'),
        "{text}"
    );
    let plainly = markdown(&report());
    assert!(plainly.contains("vault <code>kv-orders</code>"), "{plainly}");
}

#[test]
fn plain_draws_nothing() {
    let text = plain(&report());
    assert!(text.chars().all(|c| c.is_alphanumeric() || " \n.,:;/-_()`'\"".contains(c)), "{text}");
    assert!(text.starts_with("error CMK"), "{text}");
    let paragraphs = text.split("\n\n").count();
    let report = report();
    let said = report.findings.len() - report.summary.unknown + open_questions(&report).len();
    assert_eq!(paragraphs, said + 1, "one a finding, and the counts");
}

fn results(report: &Report) -> Vec<Value> {
    let log: Value = serde_json::from_str(&sarif(report)).expect("JSON");
    log["runs"][0]["results"].as_array().expect("results").clone()
}

#[test]
fn sarif_tells_failures_from_questions() {
    let report = report();
    let log: Value = serde_json::from_str(&sarif(&report)).expect("JSON");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    for (finding, result) in report.findings.iter().zip(results(&report)) {
        let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok()).expect("an index");
        assert_eq!(rules[index]["id"], finding.code);
        let suppressed = result["suppressions"].is_array();
        let (kind, level) = match finding.verdict {
            Verdict::Unknown { .. } => ("open", "none"),
            Verdict::Fail | Verdict::Suppressed { .. } => ("fail", finding.level.as_str()),
        };
        assert_eq!((&result["kind"], &result["level"]), (&kind.into(), &level.into()));
        if suppressed {
            assert_eq!(result["suppressions"][0]["justification"], "a test");
        }
        assert_eq!(suppressed, matches!(finding.verdict, Verdict::Suppressed { .. }));
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["byteOffset"], finding.span.start);
        assert_eq!(region["startColumn"], finding.span.column);
    }
    let [id, name] = ["id", "name"].map(|member| rules.iter().map(|rule| rule[member].to_string()).collect::<Vec<_>>());
    assert!(
        id.is_sorted() && name.iter().all(|name| name.trim_matches('"').chars().all(char::is_alphanumeric)),
        "{name:?}"
    );
    for result in results(&hostile()) {
        let text = result["message"]["text"].as_str().expect("text");
        assert!(!text.contains("](") && !text.contains('\u{1b}'), "a link of another: {text}");
    }
}

fn fingerprints(report: &Report) -> Vec<(&'static str, String)> {
    let mut prints: Vec<_> =
        report.findings.iter().map(|finding| (finding.code, finding.fingerprint.clone())).collect();
    prints.sort();
    prints
}

#[test]
fn fingerprints_outlive_moved_lines_and_new_neighbours() {
    let before = fingerprints(&report());
    let moved = format!("\n\n  // a comment\n{}", TEMPLATE.replace(", \"", ",\r\n   \""));
    assert_eq!(fingerprints(&report_of(&moved)), before);
    let neighbour =
        r#""resources": [ { "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "st" },"#;
    assert_eq!(fingerprints(&report_of(&TEMPLATE.replacen(r#""resources": ["#, neighbour, 1))), before);
    let renamed = fingerprints(&report_of(&TEMPLATE.replace("\"orders\"", "\"invoices\"")));
    assert_ne!(renamed, before, "another resource is another finding");
}

#[test]
fn reports_of_several_deployments_are_one() {
    let report = report();
    let merged = Report::merge(report.at, [report.clone(), report.clone()]);
    assert_eq!(merged.findings.len(), 2 * report.findings.len());
    assert_eq!((merged.summary.errors, merged.summary.passed), (2 * report.summary.errors, report.summary.passed));
    assert_eq!(merged.inputs.files.len(), 2);
    assert_eq!(Report::merge(report.at, [report.clone()]), report);
}
