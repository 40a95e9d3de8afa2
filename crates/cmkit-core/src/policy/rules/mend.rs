//! The mends that a machine can make: for each code the one change of an ARM file or of a form that is safe, or none.
//!
//! Where there is a choice, where somebody else may rest on what stands there, or where the files don't decide what to
//! write, there is no entry: that is a person's to mend. A value is changed where it is written; an expression, which a
//! deployment may decide otherwise, is left alone.

mod form;
mod near;
mod special;

use super::super::fact::{Dialect, Fact, Origin, Place};
use super::super::model::{AccessPolicy, Cluster, Key, Vault};
use super::super::patch::{Json, PatchOperation};
use super::super::text::Text;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
#[cfg(test)]
pub(super) use form::codes as form_codes;
pub(in super::super) use near::Mends;
use near::Near;

/// A finding as a mend sees it.
pub(in super::super) struct Case<'c, 'd> {
    pub(in super::super) mends: &'c Mends<'d>,
    pub(in super::super) place: &'c Place,
    pub(in super::super) expected: Option<&'c str>,
    pub(in super::super) related: Option<&'c Place>,
}

/// The change that mends a finding; empty where there is none that is safe.
pub(in super::super) fn patch(code: &str, case: &Case<'_, '_>) -> Vec<PatchOperation> {
    let file = case.place.file;
    let patch = match case.mends.deployment.files.get(file).map(|file| file.dialect) {
        Some(Dialect::Arm) => {
            let mend = MENDS.iter().find(|(known, _)| *known == code).map(|(_, mend)| mend);
            mend.filter(|_| !case.mends.is_live(file)).and_then(|mend| mend.patch(case))
        }
        Some(Dialect::Form) => form::patch(code, case),
        _ => None,
    };
    patch.unwrap_or_default()
}

/// The codes with a mend in ARM files.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    MENDS.iter().map(|(code, _)| *code)
}

enum Mend {
    /// Write this value.
    Set(Property, Value),
    /// Write what the finding expects.
    Expected(Property),
    /// Take the property away.
    Remove(Property),
    /// Have all of these in the list.
    Include(Lists, &'static str, &'static [&'static str]),
    /// What takes more to say.
    By(fn(&Case<'_, '_>) -> Option<Vec<PatchOperation>>),
}

enum Value {
    True,
    Number(i64),
    Text(&'static str),
}

/// A property of ARM, and where the deployment has it.
struct Property(&'static str, for<'d> fn(&Near<'d>) -> Vec<Spot<'d>>);

type Lists = for<'d> fn(&Near<'d>) -> Vec<(Spot<'d>, &'d [(Text, Place)])>;

/// A property of one resource, or of one access policy.
struct Spot<'d> {
    /// What the path is counted from.
    base: &'d Place,
    place: &'d Place,
    state: State,
    /// Where its finding stands, if elsewhere.
    found: &'d Place,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Absent,
    Written,
    Unknown,
}

const MENDS: &[(&str, Mend)] = &[
    ("CMK1001", Mend::Set(Property("properties/enableSoftDelete", |d| vaults(d, |v| &v.soft_delete)), Value::True)),
    ("CMK1002", Mend::Set(PURGE_PROTECTION, Value::True)),
    ("CMK1003", Mend::Set(PURGE_PROTECTION, Value::True)),
    ("CMK1004", Mend::Set(RETENTION, Value::Number(90))),
    ("CMK1005", Mend::Set(RETENTION, Value::Number(90))),
    ("CMK1008", Mend::By(special::permission_model)),
    ("CMK2002", Mend::Set(KEY_SIZE, Value::Number(4096))),
    ("CMK2003", Mend::Set(KEY_SIZE, Value::Number(4096))),
    ("CMK2004", Mend::Set(Property("properties/attributes/enabled", |d| keys(d, |k| &k.enabled)), Value::True)),
    ("CMK2005", Mend::Remove(Property("properties/attributes/nbf", |d| keys(d, |k| &k.not_before)))),
    ("CMK2008", Mend::Include(operations, "properties/keyOps", &["wrapKey", "unwrapKey"])),
    ("CMK2009", Mend::Remove(Property("properties/attributes/exportable", |d| keys(d, |k| &k.exportable)))),
    ("CMK3001", Mend::By(special::versionless)),
    ("CMK3007", Mend::Expected(KEY_URL)),
    ("CMK4001", Mend::By(special::identity)),
    ("CMK4002", Mend::Set(IDENTITY_TYPE, Value::Text("UserAssignedIdentity"))),
    ("CMK4004", Mend::By(special::assigned)),
    ("CMK4005", Mend::Include(providers, "properties/assignmentRestrictions/providers", &["Microsoft.DocumentDB"])),
    ("CMK4102", Mend::By(special::principal)),
    ("CMK4106", Mend::Include(permissions, "permissions/keys", &["get", "list", "wrapKey", "unwrapKey"])),
    ("CMK4107", Mend::Include(permissions, "permissions/keys", &["list"])),
    ("CMK4108", Mend::By(special::policy_tenant)),
    ("CMK4109", Mend::Remove(Property("applicationId", |d| policies(d, |policy| &policy.application)))),
    ("CMK4110", Mend::By(special::wait)),
    ("CMK4111", Mend::Set(PRINCIPAL_TYPE, Value::Text("ServicePrincipal"))),
    ("CMK5001", Mend::Set(BYPASS, Value::Text("AzureServices"))),
    ("CMK5002", Mend::Set(BYPASS, Value::Text("AzureServices"))),
    ("CMK6002", Mend::By(special::complete)),
    ("CMK6003", Mend::Set(API_VERSION, Value::Text("2025-09-01"))),
    ("CMK6004", Mend::Set(API_VERSION, Value::Text("2025-09-01"))),
    ("CMK6012", Mend::Set(AVAILABILITY, Value::Text("Disabled"))),
    ("CMK7001", Mend::By(special::rotation)),
    ("CMK7005", Mend::By(special::interval)),
];

const PURGE_PROTECTION: Property =
    Property("properties/enablePurgeProtection", |d| vaults(d, |vault| &vault.purge_protection));
const RETENTION: Property =
    Property("properties/softDeleteRetentionInDays", |d| vaults(d, |vault| &vault.retention_days));
const KEY_SIZE: Property = Property("properties/keySize", |d| keys(d, |key| &key.size));
/// A closed vault without a written bypass is found at the setting that closes it.
const BYPASS: Property = Property("properties/networkAcls/bypass", |near| {
    let closed = |vault: &Vault| vault.bypass.is_absent();
    let spot = |vault| {
        let found = if closed(vault) { vault.public_access.place() } else { vault.bypass.place() };
        Spot { found, ..spot(&vault.resource.place, &vault.bypass) }
    };
    near.vaults.iter().copied().map(spot).collect()
});
const KEY_URL: Property = Property("properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyUrl", |near| {
    let clusters = near.clusters.iter();
    clusters.filter_map(|c| Some(spot(&c.resource.place, &c.encryption.known()?.key_url))).collect()
});
const IDENTITY_TYPE: Property =
    Property("properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyIdentity/identityType", |near| {
        let clusters = near.clusters.iter();
        clusters.filter_map(|c| Some(spot(&c.resource.place, &c.encryption.known()?.identity_type))).collect()
    });
const API_VERSION: Property = Property("apiVersion", |near| {
    near.clusters.iter().map(|cluster| spot(&cluster.resource.place, &cluster.resource.api_version)).collect()
});
const AVAILABILITY: Property = Property("properties/highAvailability/targetMode", |near| {
    near.clusters.iter().map(|cluster| spot(&cluster.resource.place, &cluster.high_availability)).collect()
});
const PRINCIPAL_TYPE: Property = Property("properties/principalType", |near| {
    near.role_assignments.iter().map(|grant| spot(&grant.resource.place, &grant.principal_type)).collect()
});

fn vaults<'d, T: 'static>(near: &Near<'d>, fact: fn(&Vault) -> &Fact<T>) -> Vec<Spot<'d>> {
    near.vaults.iter().map(|vault| spot(&vault.resource.place, fact(vault))).collect()
}

fn keys<'d, T: 'static>(near: &Near<'d>, fact: fn(&Key) -> &Fact<T>) -> Vec<Spot<'d>> {
    near.keys.iter().map(|key| spot(&key.resource.place, fact(key))).collect()
}

fn policies<'d, T: 'static>(near: &Near<'d>, fact: fn(&AccessPolicy) -> &Fact<T>) -> Vec<Spot<'d>> {
    near.policies().map(|policy| spot(&policy.place, fact(policy))).collect()
}

fn permissions<'d>(near: &Near<'d>) -> Vec<(Spot<'d>, &'d [(Text, Place)])> {
    near.policies().map(|policy| list(&policy.place, &policy.keys)).collect()
}

fn operations<'d>(near: &Near<'d>) -> Vec<(Spot<'d>, &'d [(Text, Place)])> {
    near.keys.iter().map(|key| list(&key.resource.place, &key.operations)).collect()
}

fn providers<'d>(near: &Near<'d>) -> Vec<(Spot<'d>, &'d [(Text, Place)])> {
    near.identities.iter().map(|identity| list(&identity.resource.place, &identity.allowed_providers)).collect()
}

fn list<'d>(base: &'d Place, fact: &'d Fact<Vec<(Text, Place)>>) -> (Spot<'d>, &'d [(Text, Place)]) {
    (spot(base, fact), fact.known().map_or(&[], Vec::as_slice))
}

fn spot<'d, T>(base: &'d Place, fact: &'d Fact<T>) -> Spot<'d> {
    let state = match fact {
        Fact::Known { origin: Origin::Template | Origin::Parameter, .. } => State::Written,
        Fact::Absent(_) => State::Absent,
        Fact::Known { .. } | Fact::Unknown { .. } => State::Unknown,
    };
    Spot { base, place: fact.place(), state, found: fact.place() }
}

impl Mend {
    fn patch(&self, case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
        match self {
            Self::Set(property, value) => {
                let value = match value {
                    Value::True => Json::Bool(true),
                    Value::Number(number) => Json::Number(*number),
                    Value::Text(text) => Json::from(*text),
                };
                property.of(case)?.write(property.0, value, case)
            }
            Self::Expected(property) => property.of(case)?.write(property.0, Json::from(case.expected?), case),
            Self::Remove(property) => {
                let spot = property.of(case)?;
                // An expression of the property itself goes with it; one that makes the object around it stays.
                let last = property.0.rsplit('/').next().unwrap_or_default();
                let named = spot.place.pointer.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(last));
                let own = spot.state == State::Written && within(spot.place, spot.base) && named;
                own.then(|| one(PatchOperation::Remove { path: spot.place.pointer.as_str().into() }))
            }
            Self::Include(lists, path, all) => {
                let (spot, listed) = lists(case.near()).into_iter().find(|(spot, _)| spot.found == case.place)?;
                (!case.expression(spot.place)).then_some(())?;
                if spot.state == State::Absent {
                    return spot.write(path, Json::Array(all.iter().map(|one| Json::from(*one)).collect()), case);
                }
                let has = |word: &&&str| listed.iter().any(|(text, _)| text.same(&Text::literal(**word)) == Some(true));
                let add = |word: &&str| PatchOperation::Add {
                    path: format!("{}/-", spot.place.pointer),
                    value: Json::from(*word),
                };
                (spot.state == State::Written).then(|| all.iter().filter(|word| !has(word)).map(add).collect())
            }
            Self::By(mend) => mend(case),
        }
    }
}

impl Property {
    fn of<'d>(&self, case: &Case<'_, 'd>) -> Option<Spot<'d>> {
        (self.1)(case.near()).into_iter().find(|spot| spot.found == case.place)
    }
}

impl Spot<'_> {
    /// Writes the value of the property: where one stands, else together with the objects around it that are missing.
    fn write(&self, path: &str, value: Json, case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
        let Place { pointer, .. } = self.place;
        match self.state {
            State::Unknown => None,
            _ if case.expression(self.place) => None,
            State::Written => Some(one(PatchOperation::Replace { path: pointer.as_str().into(), value })),
            State::Absent => {
                let mut missing = missing(path, &self.base.pointer, pointer)?;
                let null = case.raw(self.place) == Some("null");
                let first = if null || missing.is_empty() { None } else { Some(missing.remove(0)) };
                let value = missing.iter().rev().fold(value, |value, name| member(name, value));
                Some(one(match first {
                    Some(name) => PatchOperation::Add { path: format!("{pointer}/{name}"), value },
                    None => PatchOperation::Replace { path: pointer.as_str().into(), value },
                }))
            }
        }
    }
}

/// The steps of the path that the document has not, given the innermost object that it has.
fn missing<'p>(path: &'p str, base: &str, pointer: &str) -> Option<Vec<&'p str>> {
    let mut steps: Vec<_> = path.split('/').collect();
    let there = pointer.strip_prefix(base)?;
    let there: Vec<_> = there.split('/').skip(1).collect();
    let alike = there.len() <= steps.len() && there.iter().zip(&steps).all(|(one, two)| one.eq_ignore_ascii_case(two));
    alike.then(|| steps.split_off(there.len()))
}

fn one(operation: PatchOperation) -> Vec<PatchOperation> {
    Vec::from([operation])
}

fn member(name: &str, value: Json) -> Json {
    Json::Object(Vec::from([(name.to_owned(), value)]))
}

impl<'c, 'd> Case<'c, 'd> {
    fn near(&self) -> &'c Near<'d> {
        self.mends.near(self.place)
    }

    /// What is written at a place.
    fn raw(&self, place: &Place) -> Option<&'d str> {
        self.mends.deployment.files.get(place.file)?.text.get(place.span.start..place.span.end)
    }

    /// The string at a place, where it has no escapes.
    fn string(&self, place: &Place) -> Option<&'d str> {
        let inner = self.raw(place)?.strip_prefix('"')?.strip_suffix('"')?;
        (!inner.contains(['\\', '"'])).then_some(inner)
    }

    /// Whether an expression stands at a place.
    fn expression(&self, place: &Place) -> bool {
        self.raw(place).is_some_and(|raw| raw.starts_with("\"[") && !raw.starts_with("\"[["))
    }

    /// The string at a place as a part of an expression.
    fn operand(&self, place: &Place) -> Option<String> {
        let text = self.string(place)?;
        Some(match text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            Some(inner) if !text.starts_with("[[") => inner.to_owned(),
            _ => format!("'{}'", text.replace('\'', "''")),
        })
    }

    fn cluster(&self, at: fn(&Cluster) -> Option<&Place>) -> Option<&'d Cluster> {
        self.near().clusters.iter().copied().find(|cluster| at(cluster) == Some(self.place))
    }

    /// Two places of one template can use each other's expressions.
    fn in_one_template(&self, one: &Place, two: &Place) -> bool {
        let template = |place: &Place| place.pointer.rfind("/resources/").map(|at| place.pointer[..at].to_owned());
        one.file == two.file && template(one) == template(two)
    }
}

fn within(inner: &Place, outer: &Place) -> bool {
    let rest = inner.pointer.strip_prefix(outer.pointer.as_str());
    inner.file == outer.file && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mend_is_of_a_rule_and_stands_once() {
        for pair in MENDS.windows(2) {
            assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
        }
        for (code, _) in MENDS {
            assert!(super::super::rule(code).is_some(), "{code}");
        }
    }

    #[test]
    fn missing_steps_are_counted_from_the_innermost_object_that_is_there() {
        let path = "properties/networkAcls/bypass";
        let from = |pointer| missing(path, "/resources/1", pointer);
        assert_eq!(from("/resources/1"), Some(Vec::from(["properties", "networkAcls", "bypass"])));
        assert_eq!(from("/resources/1/Properties/networkacls"), Some(Vec::from(["bypass"])));
        assert_eq!(from("/resources/1/properties/sku"), None);
        assert_eq!(from("/variables/acls"), None);
    }
}
