//! Every mend, tried on every policy vector: it fits where it has to stand, takes its finding away and brings no error.

use cmkit::document::mend::{Choice, Mended, Reason, mend};
use cmkit::policy::{self, Options, Report, Timestamp, Verdict};
use cmkit::{Error, document};
use cmkit_conformance::policy::{Files, deployments, rule_files, text_of};
use std::collections::BTreeSet;

struct Case {
    name: String,
    at: Timestamp,
    texts: Vec<(String, String)>,
}

fn cases() -> Vec<Case> {
    let texts = |files: &Files| files.iter().map(|(name, file)| (name.clone(), text_of(file))).collect();
    let at = |text: &str| Timestamp::parse(text).expect("a time");
    let mut cases = Vec::new();
    for file in rule_files() {
        let each = |case: &cmkit_conformance::policy::RuleCase| Case {
            name: format!("{}: {}", file.code, case.name),
            at: at(&case.at),
            texts: texts(&case.files),
        };
        cases.extend(file.cases.iter().map(each));
    }
    let whole = deployments();
    cases.extend(whole.iter().map(|one| Case {
        name: one.name.clone(),
        at: at(&one.case.at),
        texts: texts(&one.files),
    }));
    cases
}

impl Case {
    fn check(&self, texts: &[(&str, &str)]) -> Result<Report, Error> {
        Ok(policy::check(&document::read(texts)?, self.at, &Options::default()))
    }

    fn mend(&self, irreversible: bool) -> Result<Mended, Error> {
        let choice = Choice { irreversible, ..Choice::default() };
        mend(&self.texts(), &choice, |deployment| policy::check(deployment, self.at, &Options::default()))
    }

    fn texts(&self) -> Vec<(&str, &str)> {
        self.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
    }
}

fn errors(report: &Report) -> usize {
    report.summary.errors
}

#[test]
fn mends_mend() {
    let mut mended_codes = BTreeSet::new();
    for case in cases() {
        let name = &case.name;
        let Ok(before) = case.check(&case.texts()) else { continue };
        let mended = case.mend(true).expect("what was read is read again");
        let names = case.texts.iter().map(|(name, _)| name.as_str());
        let texts: Vec<_> = names.zip(mended.texts.iter().map(String::as_str)).collect();
        let after = case.check(&texts).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(errors(&after) <= errors(&before), "{name}: {:?}", after.findings);
        for (finding, reason) in &mended.left {
            assert_ne!(*reason, Reason::Unfit, "{name}: {} {:?}", finding.code, finding.fixes);
        }
        for finding in &mended.done {
            mended_codes.insert(finding.code);
            let stays = after.findings.iter().any(|one| {
                one.verdict == Verdict::Fail && {
                    (one.code, &one.file, &one.pointer, one.span.start)
                        == (finding.code, &finding.file, &finding.pointer, finding.span.start)
                }
            });
            assert!(!stays, "{name}: {}", finding.code);
        }
        let off = |texts: &[(&str, &str)]| {
            let flat = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
            texts.iter().map(|(_, text)| flat(text).matches("enablepurgeprotection\":false").count()).sum::<usize>()
        };
        assert!(off(&texts) <= off(&case.texts()), "{name}: purge protection is never written as false");
        if mended.done.is_empty() {
            assert_eq!(texts, case.texts(), "{name}: nothing mended, nothing changed");
        }
        let cautious = case.mend(false).expect("what was read is read again");
        assert!(cautious.done.iter().all(|finding| finding.fixes.iter().all(|fix| !fix.irreversible)), "{name}");
    }
    assert!(mended_codes.len() > 25, "{mended_codes:?}");
}

/// A finding that is accepted, or that the files don't settle, is nobody's to mend.
#[test]
fn only_failures_have_patches() {
    for case in cases() {
        let Ok(report) = case.check(&case.texts()) else { continue };
        for finding in report.findings.iter().filter(|finding| finding.verdict != Verdict::Fail) {
            assert!(finding.fixes.iter().all(|fix| fix.patch.is_empty()), "{}: {}", case.name, finding.code);
        }
    }
}
