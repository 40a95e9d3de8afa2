//! Accepted findings: `metadata.cmkit.suppress` on a resource or a template, and the acceptances of the settings. Each
//! has a reason and, better, an end; rules that are fixed take none.

use super::fact::{Fact, Place};
use super::finding::Verdict;
use super::glob;
use super::model::{Resource, Suppression};
use super::outcome::Out;
use super::owner::Owner;
use super::rules::{Rule, rule};
use super::scene::Scene;
use super::settings::Acceptance;
use super::text::{ResourceId, Text};
use super::time::Timestamp;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Accepts a finding, if it is accepted at that time. The suppression is told as a related place, so is one that has ended.
pub(super) fn accepted(
    rule: &Rule,
    place: &Place,
    owner: Option<Owner<'_>>,
    scene: &Scene<'_>,
    at: Timestamp,
    related: &mut Vec<(Place, String)>,
) -> Option<Verdict> {
    let mut fitting = Vec::new();
    for suppression in &scene.deployment.suppressions {
        if suppression.code.literal() == Some(rule.code) && covers(&suppression.covers, place) {
            fitting.push((Entry::of(suppression), suppression.place.clone()));
        }
    }
    for (index, acceptance) in scene.options.accept.iter().enumerate() {
        if acceptance.code == rule.code && fits(acceptance, place, owner, scene) {
            scene.used.borrow_mut().insert(index);
            fitting.push((Entry::from(acceptance), written(index, acceptance)));
        }
    }
    for (entry, place) in fitting {
        if entry.fault().is_some() {
            continue; // CMK9003's
        }
        let until = entry.until.flatten();
        if until.and_then(end).is_none_or(|end| at < end) {
            let reason = entry.reason.unwrap_or_default().to_owned();
            related.push((place, "suppressed here".to_owned()));
            return Some(Verdict::Suppressed { reason, until: until.map(ToOwned::to_owned) });
        }
        related.push((place, format!("this suppression ended on {}", until.unwrap_or_default())));
    }
    None
}

fn covers(whole: &Place, part: &Place) -> bool {
    whole.file == part.file && is_below(&part.pointer, &whole.pointer)
}

fn is_below(pointer: &str, whole: &str) -> bool {
    pointer.strip_prefix(whole).is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// Whether an acceptance of the settings is for this place.
fn fits(acceptance: &Acceptance, place: &Place, owner: Option<Owner<'_>>, scene: &Scene<'_>) -> bool {
    let Acceptance { file, resource, pointer, .. } = acceptance;
    let name = scene.deployment.files.get(place.file).map(|file| file.name.as_str()).unwrap_or_default();
    let in_file = file.as_ref().is_none_or(|pattern| glob::fits(pattern, name));
    let in_resource =
        resource.as_ref().is_none_or(|called| owner.is_some_and(|owner| is_called(owner.resource, called)));
    let above = owner.filter(|_| resource.is_some()).map_or(0, |owner| owner.above);
    let below = place.pointer.get(above..).unwrap_or_default();
    in_file && in_resource && pointer.as_ref().is_none_or(|pointer| is_below(below, pointer))
}

/// Where an acceptance is written: in the settings, which are none of the files of the deployment.
pub(super) fn written(index: usize, acceptance: &Acceptance) -> Place {
    Place { file: usize::MAX, pointer: format!("/suppress/{index}").into(), span: acceptance.span }
}

/// Whether a person may call the resource so.
fn is_called(resource: &Resource, called: &str) -> bool {
    if resource.address.as_deref() == Some(called) {
        return true;
    }
    let names = [resource.id.name().to_string(), resource.short_name(), resource.to_string()];
    let id = ResourceId::parse(&Text::literal(called));
    names.iter().any(|name| name.eq_ignore_ascii_case(called))
        || id.is_some_and(|id| id.same(&resource.id) == Some(true))
}

/// The first moment after a suppression: a date counts to its last second.
pub(super) fn end(until: &str) -> Option<Timestamp> {
    let time = Timestamp::parse(until).ok()?;
    Some(if until.len() == "2027-01-01".len() { time.plus_days(1) } else { time })
}

/// A suppression, wherever it is written. What is not known text is none.
struct Entry<'a> {
    code: Option<&'a str>,
    reason: Option<&'a str>,
    /// None inside where something else than text stands there.
    until: Option<Option<&'a str>>,
}

impl<'a> Entry<'a> {
    fn of(suppression: &'a Suppression) -> Self {
        let Suppression { code, reason, until, place: _, covers: _ } = suppression;
        let until = if let Fact::Absent(_) = until { None } else { Some(until.literal()) };
        Self { code: code.literal(), reason: reason.literal(), until }
    }

    /// What is wrong with it, and what it should be.
    fn fault(&self) -> Option<(String, &'static str)> {
        const WHOLE: &str = "`code`, `reason` and, better, `until`";
        match self.code.map(|code| (code, rule(code))) {
            None => return Some(("a suppression takes the `code` of a rule".to_owned(), WHOLE)),
            Some((code, None)) => return Some((format!("`{code}` is not the code of a rule"), WHOLE)),
            Some((code, Some(rule))) if rule.is_fixed() => {
                let message = format!("`{code}` can't be suppressed: {}", rule.fixed_because());
                return Some((message, "a mend of what it finds"));
            }
            Some(_) => {}
        }
        if self.reason.is_none_or(|reason| reason.trim().is_empty()) {
            return Some(("a suppression takes a `reason`".to_owned(), WHOLE));
        }
        let dated = self.until.is_none_or(|until| until.and_then(end).is_some());
        (!dated).then(|| ("`until` takes a date, for example `2027-01-31`".to_owned(), WHOLE))
    }
}

impl<'a> From<&'a Acceptance> for Entry<'a> {
    fn from(acceptance: &'a Acceptance) -> Self {
        let Acceptance { code, reason, until, .. } = acceptance;
        Self { code: Some(code), reason: Some(reason), until: until.as_deref().map(Some) }
    }
}

/// The rule on suppressions.
pub(super) fn well_formed(scene: &Scene<'_>, out: &mut Out) {
    let inline = scene.deployment.suppressions.iter().map(|one| (Entry::of(one), one.place.clone()));
    let settings = scene.options.accept.iter().enumerate();
    let settings = settings.map(|(index, one)| (Entry::from(one), written(index, one)));
    for (entry, place) in inline.chain(settings) {
        match entry.fault() {
            Some((message, expected)) => _ = out.fail(&place, message).expected(expected),
            None => out.pass(),
        }
    }
}

/// The rule on acceptances of the settings that accept nothing. It looks at what the rules before it used.
pub(super) fn used(scene: &Scene<'_>, out: &mut Out) {
    for (index, acceptance) in scene.options.accept.iter().enumerate() {
        let elsewhere = |pattern: &String| !scene.deployment.files.iter().any(|file| glob::fits(pattern, &file.name));
        if Entry::from(acceptance).fault().is_some() || acceptance.file.as_ref().is_some_and(elsewhere) {
            continue; // CMK9003's, or of a file that wasn't given
        }
        if scene.used.borrow().contains(&index) {
            out.pass();
        } else {
            out.fail(&written(index, acceptance), format!("nothing here is suppressed by this: `{}`", acceptance.code))
                .expected("a finding that it fits")
                .actual("none");
        }
    }
}
