//! Reports of several deployments made one, and the counts of a report.

use super::finding::{Inputs, Level, Report, Summary, Verdict};
use super::model::Deployment;
use super::rank;
use super::rules::rules;
use super::time::Timestamp;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

impl Report {
    /// Makes one report of the reports of several deployments, as of one time.
    ///
    /// A rule passed if it passed somewhere and found nothing anywhere.
    ///
    /// ```
    /// use cmkit_core::{document, policy};
    /// let at = policy::Timestamp::parse("2026-12-01")?;
    /// let cluster = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
    ///     "apiVersion": "2025-09-01", "location": "westus3", "properties": { } }] }"#;
    /// let check = |name| Ok(policy::check(&document::read(&[(name, cluster)])?, at, &policy::Options::default()));
    /// let reports = [check("a.json"), check("b.json")].into_iter().collect::<Result<Vec<_>, cmkit_core::Error>>()?;
    /// let report = policy::Report::merge(at, reports);
    /// assert_eq!((report.inputs.clusters, report.summary.notes), (2, 2));
    /// # Ok::<(), cmkit_core::Error>(())
    /// ```
    #[must_use]
    pub fn merge(at: Timestamp, reports: impl IntoIterator<Item = Self>) -> Self {
        let (mut inputs, mut summary, mut findings) = (Inputs::default(), Summary::default(), Vec::new());
        let (mut passed, mut off) = (BTreeSet::new(), BTreeSet::new());
        for report in reports {
            inputs.add(report.inputs);
            summary.stale += report.summary.stale;
            findings.extend(report.findings);
            passed.extend(report.passed);
            off.extend(report.off);
        }
        findings.sort_by(|one, two| rank(one).cmp(&rank(two)));
        let found: BTreeSet<_> = findings.iter().map(|finding| finding.code).collect();
        let codes = || rules().map(|rule| rule.code);
        let without = codes().filter(|code| !found.contains(code) && !off.contains(code));
        let (passed, not_applicable) = without.partition(|code| passed.contains(code));
        let off = codes().filter(|code| off.contains(code)).collect();
        Self { schema: 1, at, inputs, summary, findings, passed, not_applicable, off }.counted()
    }

    /// The report with its summary.
    pub(super) fn counted(mut self) -> Self {
        let (passed, not_applicable) = (self.passed.len(), self.not_applicable.len());
        let mut summary = Summary { passed, not_applicable, stale: self.summary.stale, ..Summary::default() };
        for finding in &self.findings {
            match (&finding.verdict, finding.level) {
                (Verdict::Fail, Level::Error) => summary.errors += 1,
                (Verdict::Fail, Level::Warning) => summary.warnings += 1,
                (Verdict::Fail, Level::Note) => summary.notes += 1,
                (Verdict::Unknown { .. }, _) => summary.unknown += 1,
                (Verdict::Suppressed { .. }, _) => summary.suppressed += 1,
            }
        }
        self.summary = summary;
        self
    }
}

impl Inputs {
    pub(super) fn of(deployment: &Deployment) -> Self {
        Self {
            files: deployment.files.iter().map(|file| file.name.clone()).collect(),
            clusters: deployment.clusters.len(),
            identities: deployment.identities.len(),
            vaults: deployment.vaults.len(),
            keys: deployment.keys.len(),
        }
    }

    fn add(&mut self, other: Self) {
        let Self { files, clusters, identities, vaults, keys } = other;
        self.files.extend(files);
        self.clusters += clusters;
        self.identities += identities;
        self.vaults += vaults;
        self.keys += keys;
    }
}
