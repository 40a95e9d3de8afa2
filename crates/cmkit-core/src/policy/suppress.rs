//! Accepted findings: `metadata.cmkit.suppress` on a resource or a template, with a reason and an end.

use super::fact::{Fact, Place};
use super::finding::Verdict;
use super::model::{Deployment, Suppression};
use super::outcome::Out;
use super::rules::rule;
use super::scene::Scene;
use super::time::Timestamp;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Fail, unless the finding is accepted on that day. A suppression that has ended is told as a related place.
pub(super) fn verdict(
    code: &str,
    place: &Place,
    deployment: &Deployment,
    at: Timestamp,
    related: &mut Vec<(Place, String)>,
) -> Verdict {
    let fits = |s: &&Suppression| s.code.literal() == Some(code) && covers(&s.covers, place) && fault(s).is_none();
    for suppression in deployment.suppressions.iter().filter(fits) {
        let until = suppression.until.literal();
        let ended = until.and_then(end).is_some_and(|end| at >= end);
        if !ended {
            let reason = suppression.reason.literal().unwrap_or_default().to_owned();
            return Verdict::Suppressed { reason, until: until.map(ToOwned::to_owned) };
        }
        let message = format!("this suppression ended on {}", until.unwrap_or_default());
        related.push((suppression.place.clone(), message));
    }
    Verdict::Fail
}

fn covers(whole: &Place, part: &Place) -> bool {
    let below = part.pointer.strip_prefix(whole.pointer.as_str());
    whole.file == part.file && below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// The first moment after a suppression: a date counts to its last second.
fn end(until: &str) -> Option<Timestamp> {
    let time = Timestamp::parse(until).ok()?;
    Some(if until.len() == "2027-01-01".len() { time.plus_days(1) } else { time })
}

/// What is wrong with a suppression itself.
fn fault(suppression: &Suppression) -> Option<String> {
    let Suppression { code, reason, until, place: _, covers: _ } = suppression;
    match code.literal() {
        None => return Some("a suppression takes the `code` of a rule".to_owned()),
        Some(code) if rule(code).is_none() => return Some(format!("`{code}` is not the code of a rule")),
        Some(_) => {}
    }
    if reason.literal().is_none_or(|reason| reason.trim().is_empty()) {
        return Some("a suppression takes a `reason`".to_owned());
    }
    match until {
        Fact::Absent(_) => None,
        until => match until.literal().and_then(end) {
            Some(_) => None,
            None => Some("`until` takes a date, for example `2027-01-31`".to_owned()),
        },
    }
}

/// The rule on suppressions.
pub(super) fn well_formed(scene: &Scene<'_>, out: &mut Out) {
    for suppression in &scene.deployment.suppressions {
        match fault(suppression) {
            Some(message) => {
                out.fail(&suppression.place, message).expected("`code`, `reason` and, better, `until`");
            }
            None => out.pass(),
        }
    }
}
