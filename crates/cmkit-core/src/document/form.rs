//! The flat model of a form: what a person fills in on the pages of a portal, as one JSON object.
//!
//! The members have the names of the form's fields, so that a finding's JSON Pointer is the path of the field. The object
//! says what it is by `"cmkit": "form/1"`, or by having an `encryptionMode`. A member that is left out, `null` or empty is
//! **not filled in yet**: what rests on it is unknown, never good. `none` says that there is nothing of the kind.
//!
//! Text is text; numbers and booleans may be written as text too, a list as text with commas or spaces; a time is RFC 3339,
//! a date or seconds since 1970; a period is an ISO 8601 duration. Other members are findings (CMK9001).
//!
//! | field | takes | means |
//! | --- | --- | --- |
//! | `cmkit` | `form/1` | what this object is |
//! | `subscriptionId` | text | subscription of the cluster |
//! | `resourceGroup` | text | resource group of the cluster |
//! | `clusterName` | text | name of the cluster |
//! | `location` | text | region of the cluster |
//! | `serverVersion` | text | version of MongoDB; not checked |
//! | `tier` | text | cluster tier, for example `M40` |
//! | `storageSizeGb` | number | storage of each shard in GiB; not checked |
//! | `shardCount` | number | shards |
//! | `highAvailability` | text | `Disabled`, `SameZone` or `ZoneRedundantPreferred` |
//! | `adminUsername` | text, or `none` | name of the administrator |
//! | `adminPassword` | text | never read |
//! | `clusterPublicNetworkAccess` | text | `Enabled` or `Disabled`, of the cluster itself; not checked |
//! | `tags` | list, or `none` | tags of the cluster, each `name=value`, with commas between them |
//! | `encryptionMode` | text | `ServiceManaged` or `CustomerManaged` |
//! | `keyUrl` | text | key identifier without version |
//! | `identityId` | text | resource id of the user-assigned identity |
//! | `identityLocation` | text | region of the identity |
//! | `identityPrincipalId` | text | principal id of the identity |
//! | `identityClientId` | text | client id of the identity |
//! | `identityTenantId` | text | tenant of the identity |
//! | `identityIsolationScope` | text, or `none` | `None` or `Regional` |
//! | `identityAllowedProviders` | list, or `none` | resource providers that may use the identity |
//! | `vaultName` | text | name of the vault; that of `keyUrl` if left out |
//! | `vaultLocation` | text | region of the vault |
//! | `vaultTenantId` | text | tenant of the vault |
//! | `vaultSku` | text | `standard` or `premium` |
//! | `softDelete` | boolean | soft delete |
//! | `softDeleteRetentionInDays` | number | days that deleted keys are kept |
//! | `purgeProtection` | boolean | purge protection |
//! | `rbacAuthorization` | boolean | whether roles count (true) or access policies |
//! | `publicNetworkAccess` | text | `Enabled`, `Disabled` or `SecuredByPerimeter` |
//! | `networkDefaultAction` | text | `Allow` or `Deny` |
//! | `networkBypass` | text | `AzureServices` or `None` |
//! | `vaultLock` | text, or `none` | lock on the vault: `CanNotDelete` or `ReadOnly` |
//! | `grantRole` | text, or `none` | role of the identity on the vault: its name or id |
//! | `grantScope` | text | resource id that the role is on; the vault if left out |
//! | `grantPrincipalId` | text | object id that the grant names; that of the identity if left out |
//! | `grantKeyPermissions` | list, or `none` | key permissions of the identity's access policy |
//! | `keyType` | text | `RSA`, `RSA-HSM`, `EC` or `EC-HSM` |
//! | `keySize` | number | bits of the key |
//! | `keyOps` | list | operations that the key is for |
//! | `keyEnabled` | boolean | whether the key is enabled |
//! | `keyNotBefore` | time, or `none` | activation of the key |
//! | `keyExpires` | time, or `none` | expiry of the key |
//! | `keyExportable` | boolean | whether the key can be exported |
//! | `keyReleased` | boolean | whether the key has a release policy |
//! | `keyManaged` | boolean | whether the key backs a certificate |
//! | `keyVersions` | number | versions of the key: 1 of a new one |
//! | `rotateAfter` | period, or `none` | rotation so long after creation, for example `P18M` |
//! | `rotateBeforeExpiry` | period, or `none` | rotation so long before the expiry |
//! | `rotationExpiry` | period, or `none` | life of the versions that rotation makes |
//! | `createMode` | text | `Default`, `PointInTimeRestore`, `GeoReplica` or `Replica` |
//! | `sourceId` | text, or `none` | resource id of the cluster to copy |
//! | `sourceLocation` | text, or `none` | region of the cluster to copy |
//! | `restoreTime` | time, or `none` | point in time to restore |
//!
//! ```
//! use cmkit_core::{document, policy};
//! let form = r#"{ "cmkit": "form/1", "clusterName": "orders", "encryptionMode": "CustomerManaged", "keyUrl": "",
//!     "vaultName": "kv-orders", "purgeProtection": true }"#;
//! let deployment = document::read(&[("form", form)])?;
//! let encryption = deployment.clusters[0].encryption.known().expect("a customer-managed key");
//! assert!(matches!(&encryption.key_url, policy::Fact::Unknown { place, .. } if place.pointer.as_str() == "/keyUrl"));
//! # Ok::<(), cmkit_core::Error>(())
//! ```

mod field;

pub use field::{FIELDS, Field};

use super::azure_cli::address;
use super::json::{Kind, Value};
use super::scope::{Node, Scope};
use super::{Reading, refuse};
use crate::error::Error;
use crate::policy::{
    AccessPolicy, Cluster, Encryption, Fact, Identity, Key, KeyVersion, Lock, Oddity, Origin, Place, Resource,
    ResourceId, RoleAssignment, Rotation, Text, Trigger, Vault,
};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use field::Form;

const VERSION: &str = "form/1";
const RESTORE: &str = "PointInTimeRestore";

/// Whether a document is a form.
pub(super) fn detect(document: &Value<'_>) -> Result<bool, Error> {
    let marker = document.get("cmkit").and_then(Value::as_str);
    match marker {
        Some(VERSION) => return Ok(true),
        Some(other) if other.starts_with("form/") => {
            let shown: String = other.chars().take(20).collect();
            return refuse(format!("this is a form of version `{shown}`, and `{VERSION}` is what is read"));
        }
        _ => {}
    }
    let flat = |value: &Value<'_>| !matches!(value.kind, Kind::Object(_));
    let members = document.as_object().unwrap_or_default();
    Ok(document.get("encryptionMode").is_some() && members.iter().all(|member| flat(&member.value)))
}

/// Reads a form.
pub(super) fn read(root: &Node<'_>, reading: &mut Reading) {
    let scope = Scope { plain: true, ..Scope::default() };
    let form = Form { root, scope: &scope, oddities: &reading.oddities };
    form.strangers();
    let identity = identity(&form);
    let url = form.text("keyUrl");
    let key = url.literal().and_then(address).map(|(id, _)| key(&form, id));
    let mut vault = vault(&form, &url);
    let (role, policy) = (form.text("grantRole"), form.words("grantKeyPermissions"));
    let told = |vault: &Vault| match vault.rbac.known() {
        Some(true) => !matches!(role, Fact::Unknown { .. }),
        Some(false) => !matches!(policy, Fact::Unknown { .. }),
        None => false,
    };
    let mut before = Vec::new();
    let mut identity = identity;
    reading.deployment.locks.extend(vault.as_ref().and_then(|vault| lock(&form, vault)));
    if let (Some(vault), Some(identity)) = (&mut vault, &mut identity) {
        // The grants that the form doesn't tell are there or not: as of anything that was made before.
        (vault.resource.existing, identity.resource.existing) = (!told(vault), !told(vault));
        vault.access_policies = policies(&form, identity, vault, policy);
        if let Some(grant) = grant(&form, identity, vault, &role) {
            before.push(grant.resource.id.clone());
            reading.deployment.role_assignments.push(grant);
        }
    }
    let mut cluster = cluster(&form, url);
    before.extend(vault.iter().map(|vault| vault.resource.id.clone()));
    before.extend(key.iter().map(|key| key.resource.id.clone()));
    before.extend(identity.iter().map(|identity| identity.resource.id.clone()));
    cluster.resource.depends_on = before;
    let clusters = [Some(cluster), restored(&form)].into_iter().flatten();
    for cluster in clusters {
        reading.deployment.resources.push(cluster.resource.clone());
        reading.deployment.clusters.push(cluster);
    }
    reading.deployment.resources.extend(vault.iter().map(|vault| vault.resource.clone()));
    reading.deployment.vaults.extend(vault);
    reading.deployment.resources.extend(key.iter().map(|key| key.resource.clone()));
    reading.deployment.keys.extend(key);
    reading.deployment.resources.extend(identity.iter().map(|identity| identity.resource.clone()));
    reading.deployment.identities.extend(identity);
}

fn cluster(form: &Form<'_, '_>, key_url: Fact<Text>) -> Cluster {
    let name = form.text("clusterName");
    let part = |name: &str| form.text(name).literal().map(ToOwned::to_owned);
    let id = match (part("subscriptionId"), part("resourceGroup"), name.literal()) {
        (Some(subscription), Some(group), Some(name)) => {
            let group = format!("/subscriptions/{subscription}/resourceGroups/{group}");
            ResourceId::parse(&Text::literal(format!("{group}/providers/Microsoft.DocumentDB/mongoClusters/{name}")))
        }
        _ => None,
    };
    let name = name.known().cloned().unwrap_or_else(|| Text::opaque("clusterName"));
    let id = id.unwrap_or_else(|| ResourceId::of("Microsoft.DocumentDB/mongoClusters", name));
    let resource = Resource::of(id, form.place("clusterName"));
    let resource = Resource { location: form.text("location"), tags: form.pairs("tags"), ..resource };
    let identity = form.text("identityId");
    let word = |word: &str| match &identity {
        Fact::Known { place, origin, .. } => {
            Fact::Known { value: Text::literal(word), place: place.clone(), origin: *origin }
        }
        _ => form.open("identityId"),
    };
    let mode = form.text("encryptionMode");
    let is = |word: &str| mode.literal().is_some_and(|mode| mode.eq_ignore_ascii_case(word));
    let (identity_type, identities, encryption) = if is("ServiceManaged") {
        let place = mode.place();
        (Fact::Absent(place.clone()), Fact::Absent(place.clone()), Fact::Absent(place.clone()))
    } else if let (Fact::Known { place, origin, .. }, true) = (&mode, is("CustomerManaged")) {
        let identities = match &identity {
            Fact::Known { value, place, origin } => {
                let value = Vec::from([(value.clone(), place.clone())]);
                Fact::Known { value, place: place.clone(), origin: *origin }
            }
            _ => form.open("identityId"),
        };
        let value = Encryption { key_url, identity_type: word("UserAssignedIdentity"), identity: identity.clone() };
        let encryption = Fact::Known { value, place: place.clone(), origin: *origin };
        (word("UserAssigned"), identities, encryption)
    } else {
        wrong_mode(form, &mode);
        (form.open("encryptionMode"), form.open("encryptionMode"), form.open("encryptionMode"))
    };
    let create_mode = form.text("createMode");
    // A field of a copy: there is none in a cluster of its own.
    let copied = |of: &[&str], name: &str| match create_mode.literal() {
        Some(mode) if of.iter().any(|word| mode.eq_ignore_ascii_case(word)) => form.text(name),
        Some(_) => Fact::Absent(create_mode.place().clone()),
        None => form.open("createMode"),
    };
    let (replica, restore) = (&["GeoReplica", "Replica"][..], &[RESTORE][..]);
    Cluster {
        identity_type,
        identities,
        encryption,
        replica_source: copied(replica, "sourceId"),
        replica_source_location: copied(replica, "sourceLocation"),
        restore_source: copied(restore, "sourceId"),
        restore_time: copied(restore, "restoreTime"),
        create_mode,
        tier: form.text("tier"),
        high_availability: form.text("highAvailability"),
        shards: form.integer("shardCount"),
        administrator: form.text("adminUsername"),
        ..Cluster::of(resource)
    }
}

/// The cluster to restore, of which the form tells where it is and nothing else.
fn restored(form: &Form<'_, '_>) -> Option<Cluster> {
    form.text("createMode").literal().filter(|mode| mode.eq_ignore_ascii_case(RESTORE))?;
    let (id, location) = (form.text("sourceId"), form.text("sourceLocation"));
    let known = ResourceId::parse(id.known()?).filter(|_| location.known().is_some())?;
    let resource = Resource { location, existing: true, ..Resource::of(known, id.place().clone()) };
    Some(Cluster::of(resource))
}

fn wrong_mode(form: &Form<'_, '_>, mode: &Fact<Text>) {
    let Some(actual) = mode.literal() else { return };
    form.oddities.borrow_mut().push(Oddity {
        place: mode.place().clone(),
        message: "`encryptionMode` is neither of its two words".to_owned(),
        expected: "`ServiceManaged` or `CustomerManaged`".to_owned(),
        actual: actual.chars().take(64).collect(),
    });
}

fn identity(form: &Form<'_, '_>) -> Option<Identity> {
    let id = form.text("identityId");
    let resource = Resource::of(ResourceId::parse(id.known()?)?, id.place().clone());
    let resource = Resource { location: form.text("identityLocation"), ..resource };
    Some(Identity {
        principal_id: form.text("identityPrincipalId"),
        client_id: form.text("identityClientId"),
        tenant: form.text("identityTenantId"),
        isolation_scope: form.text("identityIsolationScope"),
        allowed_providers: form.words("identityAllowedProviders"),
        resource,
    })
}

/// The vault that the form names, or else that of the key.
fn vault(form: &Form<'_, '_>, url: &Fact<Text>) -> Option<Vault> {
    let named = form.text("vaultName");
    let of_key = || url.literal().and_then(address).and_then(|(key, _)| key.name().split('/').into_iter().next());
    let (name, place) = match named.known() {
        Some(name) => (name.clone(), named.place().clone()),
        None => (of_key()?, url.place().clone()),
    };
    let resource = Resource::of(ResourceId::of("Microsoft.KeyVault/vaults", name), place);
    Some(Vault {
        tenant: form.text("vaultTenantId"),
        sku: form.text("vaultSku"),
        soft_delete: form.boolean("softDelete"),
        purge_protection: form.boolean("purgeProtection"),
        retention_days: form.integer("softDeleteRetentionInDays"),
        rbac: form.boolean("rbacAuthorization"),
        public_access: form.text("publicNetworkAccess"),
        default_action: form.text("networkDefaultAction"),
        bypass: form.text("networkBypass"),
        ..Vault::of(Resource { location: form.text("vaultLocation"), ..resource })
    })
}

fn key(form: &Form<'_, '_>, id: ResourceId) -> Key {
    let place = form.place("keyUrl");
    Key {
        kind: form.text("keyType"),
        size: form.integer("keySize"),
        operations: form.words("keyOps"),
        enabled: form.boolean("keyEnabled"),
        not_before: form.instant("keyNotBefore"),
        expires: form.instant("keyExpires"),
        exportable: form.boolean("keyExportable"),
        released: form.boolean("keyReleased"),
        managed: form.boolean("keyManaged"),
        versions: versions(form),
        rotation: rotation(form),
        ..Key::of(Resource::of(id, place))
    }
}

/// A form tells how many versions there are, not one by one: with one, that is all there is to tell.
fn versions(form: &Form<'_, '_>) -> Fact<Vec<KeyVersion>> {
    match form.integer("keyVersions") {
        Fact::Known { value: 1, place, origin } => {
            let only = KeyVersion {
                version: untold(&place),
                created: untold(&place),
                enabled: form.boolean("keyEnabled"),
                expires: form.instant("keyExpires"),
                place: place.clone(),
            };
            Fact::Known { value: Vec::from([only]), place, origin }
        }
        Fact::Known { place, .. } | Fact::Absent(place) => untold(&place),
        Fact::Unknown { place, reason } => Fact::Unknown { place, reason },
    }
}

fn untold<T>(place: &Place) -> Fact<T> {
    let reason = "which versions there are, and since when, is not in a form".to_owned();
    Fact::Unknown { place: place.clone(), reason }
}

/// A rotation policy is told when one of its triggers is, or when both are said to be none.
fn rotation(form: &Form<'_, '_>) -> Fact<Rotation> {
    let (after, before) = (form.text("rotateAfter"), form.text("rotateBeforeExpiry"));
    let none = |fact: &Fact<Text>| Fact::Absent(fact.place().clone());
    let mut triggers = Vec::new();
    if after.known().is_some() {
        triggers.push(Trigger { before_expiry: none(&before), after_create: after.clone() });
    }
    if before.known().is_some() {
        triggers.push(Trigger { after_create: none(&after), before_expiry: before.clone() });
    }
    if triggers.is_empty() && !(after.is_absent() && before.is_absent()) {
        return form.open(if after.is_absent() { "rotateBeforeExpiry" } else { "rotateAfter" });
    }
    let place = if triggers.is_empty() || after.known().is_some() { after.place() } else { before.place() }.clone();
    let value = Rotation { expiry_time: form.text("rotationExpiry"), triggers };
    Fact::Known { value, place, origin: Origin::Template }
}

/// The lock that the form tells. While it isn't told, there may be one.
fn lock(form: &Form<'_, '_>, vault: &Vault) -> Option<Lock> {
    let level = form.text("vaultLock");
    let place = level.place().clone();
    let id = ResourceId::of("Microsoft.Authorization/locks", Text::opaque("vaultLock"));
    let scope = Text::literal("/providers/Microsoft.KeyVault/vaults/").then(vault.resource.id.name().clone());
    let scope = Fact::Known { value: scope, place: place.clone(), origin: Origin::Template };
    (!level.is_absent()).then(|| Lock { scope, level, ..Lock::of(Resource::of(id, place)) })
}

/// The role assignment that the form tells.
fn grant(form: &Form<'_, '_>, identity: &Identity, vault: &Vault, role: &Fact<Text>) -> Option<RoleAssignment> {
    let Fact::Known { value, place, origin } = role else { return None };
    let id = ResourceId::of("Microsoft.Authorization/roleAssignments", Text::opaque("grantRole"));
    let known = |value: Text| Fact::Known { value, place: form.place("grantRole"), origin: *origin };
    let on_vault = Text::literal("/providers/Microsoft.KeyVault/vaults/").then(vault.resource.id.name().clone());
    let scope = form.text("grantScope");
    let scope = if scope.known().is_some() { scope } else { known(on_vault) };
    let by_id = value.as_literal().is_some_and(|role| role.contains('/') || role.len() == 36 && !role.contains(' '));
    let absent = || Fact::Absent(place.clone());
    let (role, role_name) = if by_id { (role.clone(), absent()) } else { (absent(), role.clone()) };
    Some(RoleAssignment {
        scope,
        role,
        role_name,
        principal: principal(form, identity, place),
        principal_type: known(Text::literal("ServicePrincipal")),
        ..RoleAssignment::of(Resource::of(id, place.clone()))
    })
}

/// Whom a grant names: the identity, unless the form tells another object id.
fn principal(form: &Form<'_, '_>, identity: &Identity, grant: &Place) -> Fact<Text> {
    let told = form.text("grantPrincipalId");
    if told.known().is_some() {
        return told;
    }
    let value = Text::property(identity.resource.id.clone(), "principalId");
    Fact::Known { value, place: grant.clone(), origin: Origin::Template }
}

/// The access policies that the form tells: at most that of the identity.
fn policies(
    form: &Form<'_, '_>,
    identity: &Identity,
    vault: &Vault,
    keys: Fact<Vec<(Text, Place)>>,
) -> Fact<Vec<AccessPolicy>> {
    let place = form.place("grantKeyPermissions");
    let origin = Origin::Template;
    let value = match &keys {
        Fact::Unknown { place, reason } => return Fact::Unknown { place: place.clone(), reason: reason.clone() },
        Fact::Absent(_) => Vec::new(),
        Fact::Known { .. } => Vec::from([AccessPolicy {
            tenant: vault.tenant.clone(),
            object: principal(form, identity, &place),
            application: Fact::Absent(place.clone()),
            keys,
            place: place.clone(),
        }]),
    };
    Fact::Known { value, place, origin }
}

#[cfg(test)]
mod tests;
