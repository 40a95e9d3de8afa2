//! `docs/threat-model.md` and `SECURITY.md`: every attack names a test that is there, every promise a table of attacks.

use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Faults of others that the page must answer.
const FAULTS: &[&str] = &[
    "CVE-2020-8897",
    "CVE-2026-6550",
    "CVE-2025-14760",
    "-14761",
    "-14762",
    "CVE-2022-30187",
    "regions of a blob can be put in another order",
    "regions can be cut off",
    "version 1 stays readable",
    "RUSTSEC-2024-0432",
    "CVE-2023-42811",
    "RUSTSEC-2023-0071",
];

/// The first words of the columns of a table of attacks; the last one names the tests.
const LAST_COLUMN: &str = "shown by";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One attack: the section it stands in, its first cell, and the tests that its last cell names.
#[derive(Debug, PartialEq)]
struct Attack {
    section: String,
    name: String,
    tests: Vec<Link>,
}

/// `[text](target)`.
#[derive(Clone, Debug, PartialEq)]
struct Link {
    text: String,
    target: String,
}

fn attacks(page: &str) -> Vec<Attack> {
    let (mut attacks, mut section, mut names_tests) = (Vec::new(), String::new(), false);
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut section);
        }
        let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) else {
            names_tests &= line.starts_with("|--");
            continue;
        };
        let cells: Vec<&str> = row.split(" | ").collect();
        match cells.last() {
            Some(&LAST_COLUMN) => names_tests = true,
            Some(last) if names_tests => {
                attacks.push(Attack { section: section.clone(), name: cells[0].into(), tests: links(last) });
            }
            _ => {}
        }
    }
    attacks
}

fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('[') {
        let Some((text, after)) = after.split_once("](") else { break };
        let Some((target, after)) = after.split_once(')') else { break };
        found.push(Link { text: text.into(), target: target.into() });
        rest = after;
    }
    found
}

/// Whether a source has a test of this name, by the marks of its language.
fn has_test(path: &Path, source: &str, name: &str) -> bool {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => {
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            let declared = [format!("fn {name}()"), format!("async fn {name}()")];
            lines.iter().enumerate().any(|(at, line)| {
                let marks = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
                declared.iter().any(|declared| line.starts_with(declared.as_str()))
                    && marks.clone().any(|mark| *mark == "#[test]" || mark.starts_with("#[tokio::test"))
                    && !marks.clone().any(|mark| mark.starts_with("#[ignore"))
            })
        }
        Some("py") => name.starts_with("test_") && source.lines().any(|line| line.starts_with(&format!("def {name}("))),
        Some("ts" | "js") => source.lines().any(|line| line.starts_with(&format!("test(\"{name}\","))),
        Some("json") => {
            let file: Value = serde_json::from_str(source).expect("JSON");
            file["cases"].as_array().expect("cases").iter().any(|case| case["name"] == name)
        }
        _ => false,
    }
}

/// As a renderer of Markdown makes anchors of titles.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

#[test]
fn every_attack_names_a_test_that_is_there() {
    let docs = root().join("docs");
    let attacks = attacks(&read(&docs.join("threat-model.md")));
    let (mut sources, mut faults) = (HashMap::new(), Vec::new());
    for Attack { section, name, tests } in &attacks {
        if tests.is_empty() {
            faults.push(format!("{section}: `{name}` names no test"));
        }
        for Link { text, target } in tests {
            let path = docs.join(target);
            let source = sources.entry(target.clone()).or_insert_with(|| read(&path));
            if !has_test(&path, source, text) {
                faults.push(format!("{section}: `{name}` names `{text}`, which is no test of {target}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(attacks.len() >= 53, "only {} attacks were read", attacks.len());
    for fault in FAULTS {
        assert!(attacks.iter().any(|attack| attack.name.contains(fault)), "{fault} has no answer");
    }
}

#[test]
fn every_promise_leads_to_attacks() {
    let page = read(&root().join("docs/threat-model.md"));
    let sections: Vec<String> = attacks(&page).iter().map(|attack| anchor(&attack.section)).collect();
    let security = read(&root().join("SECURITY.md"));
    let promises = security.split("\n## ").find(|part| part.starts_with("What the envelope promises"));
    let promises = promises.expect("the promises").split("\n* ").skip(1);
    let mut count = 0;
    for promise in promises {
        count += 1;
        let links = links(promise.split("\n\n").next().unwrap_or_default());
        assert!(!links.is_empty(), "no link shows this: {promise}");
        for link in links {
            let (file, section) = link.target.split_once('#').expect("a section");
            assert_eq!(file, "docs/threat-model.md");
            assert!(sections.iter().any(|known| known == section), "no table of attacks in `{section}`");
        }
    }
    assert!(count >= 6, "only {count} promises were read");
}

#[test]
fn a_row_without_a_test_is_found() {
    let page = "## A section\n| attack | answer | shown by |\n|---|---|---|\n\
                | one | a | [t](../x.rs), [u, v](../y.json) |\n| two | b | nobody |\n\n| who | can |\n| me | all |\n";
    let found = attacks(page);
    let tests: Vec<_> = found.iter().map(|attack| (attack.name.as_str(), attack.tests.len())).collect();
    assert_eq!(tests, [("one", 2), ("two", 0)]);
    assert_eq!(found[0].tests[1], Link { text: "u, v".into(), target: "../y.json".into() });
    assert_eq!(anchor("Files, memory and messages"), "files-memory-and-messages");

    let rust = "#[test]\nfn a() {}\nfn b() {}\n#[test]\n#[ignore = \"slow\"]\nfn c() {}\n";
    let is_test = |name| has_test(Path::new("x.rs"), rust, name);
    assert_eq!([is_test("a"), is_test("b"), is_test("c"), is_test("d")], [true, false, false, false]);
    assert!(!has_test(Path::new("x.py"), "def a():\n", "a"));
    assert!(has_test(Path::new("x.ts"), "test(\"a, b\", async () => {\n", "a, b"));
}
