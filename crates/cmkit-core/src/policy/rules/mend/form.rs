//! The mends of a form: each field says one thing of one cluster, so more can be mended here than in a template.
//!
//! A grant or a lock that a template lacks is a resource to add; in a form it is a field that says `none`.

use super::super::super::patch::{Json, PatchOperation};
use super::super::super::text::Text;
use super::super::super::time::period_days;
use super::super::grants::RIGHT_ROLE;
use super::{Case, Lists, one, operations, permissions, providers};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

enum Mend {
    /// Write this value.
    Set(&'static str, Json),
    /// Write this word.
    Word(&'static str, &'static str),
    /// Write what the finding expects.
    Expected(&'static str),
    /// Take a field out that says something else than what holds without it.
    LeaveOut(&'static str),
    /// Have all of these in the list.
    Include(Lists, &'static [&'static str]),
    /// What takes more to say.
    By(fn(&Case<'_, '_>) -> Option<Vec<PatchOperation>>),
}

const MENDS: &[(&str, Mend)] = &[
    ("CMK1001", Mend::Set("softDelete", Json::Bool(true))),
    ("CMK1002", Mend::Set("purgeProtection", Json::Bool(true))),
    ("CMK1004", Mend::Set("softDeleteRetentionInDays", Json::Number(90))),
    ("CMK1005", Mend::Set("softDeleteRetentionInDays", Json::Number(90))),
    ("CMK1009", Mend::By(|_| add("vaultLock", Json::from("CanNotDelete")))),
    ("CMK2002", Mend::Set("keySize", Json::Number(4096))),
    ("CMK2003", Mend::Set("keySize", Json::Number(4096))),
    ("CMK2004", Mend::Set("keyEnabled", Json::Bool(true))),
    ("CMK2005", Mend::Word("keyNotBefore", "none")),
    ("CMK2008", Mend::Include(operations, &["wrapKey", "unwrapKey"])),
    ("CMK2009", Mend::Set("keyExportable", Json::Bool(false))),
    ("CMK3001", Mend::Expected("keyUrl")),
    ("CMK3007", Mend::Expected("keyUrl")),
    ("CMK4005", Mend::Include(providers, &["Microsoft.DocumentDB"])),
    ("CMK4101", Mend::By(|case| grant(case.expected == Some(RIGHT_ROLE)))),
    ("CMK4102", Mend::LeaveOut("grantPrincipalId")),
    ("CMK4103", Mend::Word("grantRole", RIGHT_ROLE)),
    ("CMK4104", Mend::LeaveOut("grantScope")),
    ("CMK4105", Mend::By(|case| grant(!case.is_at("grantRole")))),
    ("CMK4106", Mend::Include(permissions, PERMISSIONS)),
    ("CMK4107", Mend::Include(permissions, &["list"])),
    ("CMK5001", Mend::Word("networkBypass", "AzureServices")),
    ("CMK6012", Mend::Word("highAvailability", "Disabled")),
    ("CMK7001", Mend::By(rotation)),
    ("CMK7005", Mend::By(interval)),
];

const PERMISSIONS: &[&str] = &["get", "list", "wrapKey", "unwrapKey"];

/// The change of a form that mends a finding; none where there is none that is safe.
pub(super) fn patch(code: &str, case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    match &MENDS.iter().find(|(known, _)| *known == code)?.1 {
        Mend::Set(field, value) => replace(field, value.clone(), case),
        Mend::Word(field, word) => replace(field, Json::from(*word), case),
        Mend::Expected(field) => {
            let plain = case.expected.filter(|expected| expected.starts_with("https://"))?;
            replace(field, Json::from(plain), case)
        }
        Mend::LeaveOut(field) => {
            let path = case.place.pointer.as_str().into();
            case.is_at(field).then(|| one(PatchOperation::Remove { path }))
        }
        Mend::Include(lists, all) => include(*lists, all, case),
        Mend::By(mend) => mend(case),
    }
}

/// The codes with a mend.
#[cfg(test)]
pub(in super::super) fn codes() -> impl Iterator<Item = &'static str> {
    MENDS.iter().map(|(code, _)| *code)
}

/// Another value of the finding's own field. Where the form has text for a number or a boolean, it keeps text.
fn replace(field: &str, value: Json, case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    case.is_at(field).then_some(())?;
    let value = match value {
        Json::Bool(value) if case.is_text() => Json::String(value.to_string()),
        Json::Number(value) if case.is_text() => Json::String(value.to_string()),
        value => value,
    };
    Some(one(PatchOperation::Replace { path: case.place.pointer.as_str().into(), value }))
}

/// The value of another field than the finding's, which the form has or has not: to add is right for both.
fn add(field: &str, value: Json) -> Option<Vec<PatchOperation>> {
    Some(one(PatchOperation::Add { path: format!("/{field}"), value }))
}

/// The whole list, as an array or as text with commas, whichever the form has.
fn include(lists: Lists, all: &[&str], case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let (_, listed) = lists(case.near()).into_iter().find(|(spot, _)| spot.found == case.place)?;
    let has = |word: &&&str| listed.iter().any(|(text, _)| text.same(&Text::literal(**word)) == Some(true));
    let mut words = listed.iter().map(|(text, _)| Some(text.as_literal()?.to_owned())).collect::<Option<Vec<_>>>()?;
    words.extend(all.iter().filter(|word| !has(word)).map(|word| (*word).to_owned()));
    let text = listed.iter().any(|(_, place)| place.pointer == case.place.pointer);
    let value =
        if text { Json::String(words.join(", ")) } else { Json::Array(words.into_iter().map(Json::String).collect()) };
    Some(one(PatchOperation::Replace { path: case.place.pointer.as_str().into(), value }))
}

/// The grant with the least rights, by the model that the vault goes by.
fn grant(by_role: bool) -> Option<Vec<PatchOperation>> {
    if by_role {
        return add("grantRole", Json::from(RIGHT_ROLE));
    }
    add("grantKeyPermissions", Json::Array(PERMISSIONS.iter().map(|word| Json::from(*word)).collect()))
}

/// A rotation, unless new versions would expire before it.
fn rotation(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    const AFTER: &str = "P18M";
    let key = case.near().keys.iter().copied().find(|key| key.rotation.place() == case.place)?;
    let life = &key.rotation.known()?.expiry_time;
    let days = |period| period_days(period).unwrap_or_default();
    let fits = life.known().is_none() || life.literal().is_some_and(|life| days(life) >= days(AFTER) + 7);
    if fits { add("rotateAfter", Json::from(AFTER)) } else { None }
}

/// The longest interval that is allowed. Where the expiry makes the interval, there is more than one way.
fn interval(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    replace("rotateAfter", Json::from(case.expected?.strip_suffix(" or less")?), case)
}

impl Case<'_, '_> {
    /// Whether the finding stands at a field. The names of fields are read in any letter case.
    fn is_at(&self, field: &str) -> bool {
        self.place.pointer.strip_prefix('/').is_some_and(|name| name.eq_ignore_ascii_case(field))
    }

    /// Whether text stands there.
    fn is_text(&self) -> bool {
        self.raw(self.place).is_some_and(|raw| raw.starts_with('"'))
    }
}
