//! What the targets share: a document goes through everything that the command does with it, and nothing may panic.

use cmkit_core::{document, policy};

/// Reads documents into one deployment, checks it, and looks at what every finding points at.
pub fn whole(files: &[(&str, &str)]) {
    let Ok(deployment) = document::read(files) else { return };
    let at = policy::Timestamp::from_seconds(1_796_083_200); // 2026-12-01
    let report = policy::check(&deployment, at, &policy::Options::default());
    for finding in &report.findings {
        let file = deployment.files.iter().find(|file| file.name == finding.file);
        let text = file.map_or("", |file| file.text.as_str());
        assert!(finding.span.start <= finding.span.end && finding.span.end <= text.len(), "{finding:?}");
        assert!(text.get(finding.span.start..finding.span.end).is_some(), "a span inside a character: {finding:?}");
    }
    assert_eq!(report, policy::check(&deployment, at, &policy::Options::default()), "the same answer twice");
}
