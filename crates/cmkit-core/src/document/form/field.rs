//! The fields of a form, and the three states of each: filled in, said to be none, not filled in yet.

use super::super::cursor::Cursor;
use super::super::scope::{Node, Scope};
use crate::policy::{Fact, Oddity, Origin, Place, Text};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;
use serde::Serialize;

/// A field of the form.
///
/// ```
/// use cmkit_core::document::form::FIELDS;
/// let expires = FIELDS.iter().find(|field| field.name == "keyExpires").expect("a field");
/// assert!(expires.none, "a key may have no expiry: the form says `none`");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The member's name.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// What it means.
    pub means: &'static str,
    /// Whether `none` says that there is nothing of the kind.
    pub none: bool,
}

const fn field(name: &'static str, takes: &'static str, means: &'static str) -> Field {
    Field { name, takes, means, none: false }
}

const fn or_none(name: &'static str, takes: &'static str, means: &'static str) -> Field {
    Field { name, takes, means, none: true }
}

/// Every field, in the order of a portal's pages.
pub const FIELDS: &[Field] = &[
    field("cmkit", "`form/1`", "what this object is"),
    field("subscriptionId", "text", "subscription of the cluster"),
    field("resourceGroup", "text", "resource group of the cluster"),
    field("clusterName", "text", "name of the cluster"),
    field("location", "text", "region of the cluster"),
    field("serverVersion", "text", "version of MongoDB; not checked"),
    field("tier", "text", "cluster tier, for example `M40`"),
    field("storageSizeGb", "number", "storage of each shard in GiB; not checked"),
    field("shardCount", "number", "shards"),
    field("highAvailability", "text", "`Disabled`, `SameZone` or `ZoneRedundantPreferred`"),
    or_none("adminUsername", "text", "name of the administrator"),
    field("adminPassword", "text", "never read"),
    field("clusterPublicNetworkAccess", "text", "`Enabled` or `Disabled`, of the cluster itself; not checked"),
    or_none("tags", "list", "tags of the cluster, each `name=value`, with commas between them"),
    field("encryptionMode", "text", "`ServiceManaged` or `CustomerManaged`"),
    field("keyUrl", "text", "key identifier without version"),
    field("identityId", "text", "resource id of the user-assigned identity"),
    field("identityLocation", "text", "region of the identity"),
    field("identityPrincipalId", "text", "principal id of the identity"),
    field("identityClientId", "text", "client id of the identity"),
    field("identityTenantId", "text", "tenant of the identity"),
    or_none("identityIsolationScope", "text", "`None` or `Regional`"),
    or_none("identityAllowedProviders", "list", "resource providers that may use the identity"),
    field("vaultName", "text", "name of the vault; that of `keyUrl` if left out"),
    field("vaultLocation", "text", "region of the vault"),
    field("vaultTenantId", "text", "tenant of the vault"),
    field("vaultSku", "text", "`standard` or `premium`"),
    field("softDelete", "boolean", "soft delete"),
    field("softDeleteRetentionInDays", "number", "days that deleted keys are kept"),
    field("purgeProtection", "boolean", "purge protection"),
    field("rbacAuthorization", "boolean", "whether roles count (true) or access policies"),
    field("publicNetworkAccess", "text", "`Enabled`, `Disabled` or `SecuredByPerimeter`"),
    field("networkDefaultAction", "text", "`Allow` or `Deny`"),
    field("networkBypass", "text", "`AzureServices` or `None`"),
    or_none("vaultLock", "text", "lock on the vault: `CanNotDelete` or `ReadOnly`"),
    or_none("grantRole", "text", "role of the identity on the vault: its name or id"),
    field("grantScope", "text", "resource id that the role is on; the vault if left out"),
    field("grantPrincipalId", "text", "object id that the grant names; that of the identity if left out"),
    or_none("grantKeyPermissions", "list", "key permissions of the identity's access policy"),
    field("keyType", "text", "`RSA`, `RSA-HSM`, `EC` or `EC-HSM`"),
    field("keySize", "number", "bits of the key"),
    field("keyOps", "list", "operations that the key is for"),
    field("keyEnabled", "boolean", "whether the key is enabled"),
    or_none("keyNotBefore", "time", "activation of the key"),
    or_none("keyExpires", "time", "expiry of the key"),
    field("keyExportable", "boolean", "whether the key can be exported"),
    field("keyReleased", "boolean", "whether the key has a release policy"),
    field("keyManaged", "boolean", "whether the key backs a certificate"),
    field("keyVersions", "number", "versions of the key: 1 of a new one"),
    or_none("rotateAfter", "period", "rotation so long after creation, for example `P18M`"),
    or_none("rotateBeforeExpiry", "period", "rotation so long before the expiry"),
    or_none("rotationExpiry", "period", "life of the versions that rotation makes"),
    field("createMode", "text", "`Default`, `PointInTimeRestore`, `GeoReplica` or `Replica`"),
    or_none("sourceId", "text", "resource id of the cluster to copy"),
    or_none("sourceLocation", "text", "region of the cluster to copy"),
    or_none("restoreTime", "time", "point in time to restore"),
];

/// A form that is read.
pub(super) struct Form<'r, 'a> {
    pub(super) root: &'r Node<'a>,
    pub(super) scope: &'r Scope<'a>,
    pub(super) oddities: &'r RefCell<Vec<Oddity>>,
}

impl<'r, 'a> Form<'r, 'a> {
    /// What a field comes to.
    pub(super) fn get<T>(&self, name: &str, read: impl FnOnce(&Cursor<'r, 'a>) -> Fact<T>) -> Fact<T> {
        let Some(node) = self.filled(name) else { return self.open(name) };
        let none = FIELDS.iter().any(|field| field.name == name && field.none);
        if none && node.value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("none")) {
            return Fact::Absent(node.place());
        }
        read(&Cursor::new(self.scope, self.oddities, &node, None))
    }

    pub(super) fn text(&self, name: &str) -> Fact<Text> {
        self.get(name, Cursor::text)
    }

    pub(super) fn boolean(&self, name: &str) -> Fact<bool> {
        self.get(name, Cursor::boolean)
    }

    pub(super) fn integer(&self, name: &str) -> Fact<i64> {
        self.get(name, Cursor::integer)
    }

    pub(super) fn instant(&self, name: &str) -> Fact<i64> {
        self.get(name, Cursor::instant)
    }

    /// Words: an array, or text with commas or spaces between them.
    pub(super) fn words(&self, name: &str) -> Fact<Vec<(Text, Place)>> {
        self.get(name, |at| match written(at) {
            Some(text) => {
                let words = text.split([',', ' ']).filter(|word| !word.is_empty());
                at.known(words.map(|word| (Text::literal(word), at.place())).collect())
            }
            None => at.texts(),
        })
    }

    /// Names and values: an array of `name=value`, or text with commas between them.
    pub(super) fn pairs(&self, name: &str) -> Fact<Vec<(Text, Fact<Text>)>> {
        let pair = |text: &str, place: &Place| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            let value =
                Fact::Known { value: Text::literal(value.trim()), place: place.clone(), origin: Origin::Template };
            (Text::literal(name.trim()), value)
        };
        self.get(name, |at| match written(at) {
            Some(text) => {
                let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
                at.known(pairs.map(|one| pair(one, &at.place())).collect())
            }
            None => match at.texts() {
                Fact::Known { value, .. } => {
                    at.known(value.iter().filter_map(|(one, place)| Some(pair(one.as_literal()?, place))).collect())
                }
                Fact::Absent(place) => Fact::Absent(place),
                Fact::Unknown { place, reason } => Fact::Unknown { place, reason },
            },
        })
    }

    /// Why a field is not known.
    pub(super) fn open<T>(&self, name: &str) -> Fact<T> {
        Fact::Unknown { place: self.place(name), reason: format!("`{name}` is not filled in yet") }
    }

    /// Where a field stands, or would.
    pub(super) fn place(&self, name: &str) -> Place {
        match self.root.member(name) {
            Some(node) => node.place(),
            None => Place { pointer: format!("/{name}").into(), ..self.root.place() },
        }
    }

    fn filled(&self, name: &str) -> Option<Node<'a>> {
        let node = self.root.member(name)?;
        let empty = node.value.what() == "null" || node.value.as_str().is_some_and(|text| text.trim().is_empty());
        (!empty).then_some(node)
    }

    /// Notes the members that are no fields.
    pub(super) fn strangers(&self) {
        for member in self.root.value.as_object().unwrap_or_default() {
            if FIELDS.iter().any(|field| field.name.eq_ignore_ascii_case(&member.name)) {
                continue;
            }
            let shown: String = member.name.chars().take(64).collect();
            let nearest = FIELDS.iter().map(|field| (distance(field.name, &shown), field.name)).min();
            let meant = match nearest {
                Some((distance, name)) if distance * 3 <= name.len() => format!("`{name}`"),
                _ => "a field of the form".to_owned(),
            };
            self.oddities.borrow_mut().push(Oddity {
                place: self.place(&member.name),
                message: format!("the form has no field `{shown}`"),
                expected: meant,
                actual: shown,
            });
        }
    }
}

/// The text at a place, where that isn't an array or the like.
fn written(at: &Cursor<'_, '_>) -> Option<String> {
    at.value().is_none().then(|| at.text().literal().map(ToOwned::to_owned)).flatten()
}

/// How many letters have to be changed, added or left out.
#[expect(clippy::indexing_slicing, reason = "a row has one place more than the word has letters")]
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<_> = two.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (above, c) in one.chars().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (at, other) in two.iter().enumerate() {
            let changed = diagonal + usize::from(*other != c);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(diagonal + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
