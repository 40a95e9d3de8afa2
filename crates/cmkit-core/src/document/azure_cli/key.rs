//! One key in its many shapes: of the Azure CLI, of Key Vault, and of the objects of Azure's SDKs.
//!
//! They differ in names (`exp`, `expires`, `expiresOn`, `expires_on`), in dates (seconds or words) and in base64; they
//! agree that a key is named by an address, `https://VAULT/keys/NAME/VERSION`. What a shape leaves out is unknown.

use super::super::cursor::Cursor;
use super::bytes;
use crate::policy::{Fact, Key, KeyVersion, Origin, Place, Resource, ResourceId, Rotation, Text, Trigger};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use base64ct::{Base64UrlUnpadded, Encoding};

const VAULT_KEY: &str = "Microsoft.KeyVault/vaults/keys";
const HSM_KEY: &str = "Microsoft.KeyVault/managedHSMs/keys";

/// The key and the version that the address of a key, a deleted key or a rotation policy names.
pub(in super::super) fn address(text: &str) -> Option<(ResourceId, Option<&str>)> {
    let (scheme, rest) = text.split_at_checked("https://".len())?;
    let mut steps = rest.trim_end_matches('/').split('/');
    let (host, collection, name) = (steps.next()?, steps.next()?, steps.next()?);
    let (version, end) = (steps.next(), steps.next());
    let of_keys = ["keys", "deletedkeys"].iter().any(|word| collection.eq_ignore_ascii_case(word));
    if !scheme.eq_ignore_ascii_case("https://") || !of_keys || name.is_empty() || end.is_some() {
        return None;
    }
    let vault = host.split(['.', ':']).next().filter(|vault| !vault.is_empty())?;
    let hsm = host.to_ascii_lowercase().contains(".managedhsm.");
    let name = Text::literal(vault).then_str("/").then_str(name);
    let id = ResourceId::of(if hsm { HSM_KEY } else { VAULT_KEY }, name);
    Some((id, version.filter(|version| !version.eq_ignore_ascii_case("rotationpolicy"))))
}

/// A key with its public part.
pub(super) fn bundle(at: &Cursor<'_, '_>) -> Key {
    let public = at.get("key");
    let of = |names: &[&str]| {
        let public = public.any(names);
        if public.is_there() { public } else { at.any(names) }
    };
    let kind = of(&["kty", "keyType", "key_type"]).text();
    let size = size(&kind, &of(&["keySize", "key_size"]), &of(&["n"]));
    let operations = of(&["keyOps", "key_ops", "keyOperations", "key_operations"]).texts();
    let public_id = public.get("kid");
    let id = if public_id.is_there() { public_id } else { at.any(&["kid", "id"]) };
    Key { kind, size, operations, ..described(&id, at) }
}

/// An element of a list: everything but the public part.
pub(super) fn item(at: &Cursor<'_, '_>) -> Key {
    let reason = "a list of keys doesn't tell it, `az keyvault key show` does";
    let (kind, size, operations) = (at.unknown(reason), at.unknown(reason), at.unknown(reason));
    Key { kind, size, operations, ..described(&at.any(&["kid", "id"]), at) }
}

/// The keys of a list; the versions of a key are made into one key, that of the newest version.
pub(super) fn listed(items: Vec<Key>, whole: bool) -> Vec<Key> {
    let mut keys: Vec<Key> = Vec::new();
    let mut versions: BTreeMap<String, Vec<Key>> = BTreeMap::new();
    for item in items {
        let name = format!("{} {}", item.resource.id.kind(), item.resource.id.name()).to_ascii_lowercase();
        if item.version.is_absent() { keys.push(item) } else { versions.entry(name).or_default().push(item) }
    }
    keys.extend(versions.into_values().filter_map(|versions| newest(versions, whole)));
    keys
}

/// The key of these versions.
fn newest(mut versions: Vec<Key>, whole: bool) -> Option<Key> {
    let version = |key: &Key| KeyVersion {
        place: key.resource.place.clone(),
        version: key.version.clone(),
        enabled: key.enabled.clone(),
        created: key.created.clone(),
        expires: key.expires.clone(),
    };
    let resource = versions.first()?.resource.clone();
    if !whole {
        return Some(unknown(&resource, "the list goes on in another page: give all of it"));
    }
    let value: Vec<_> = versions.iter().map(version).collect();
    let told = versions.iter().all(|key| key.created.known().is_some());
    versions.sort_by_key(|key| key.created.known().copied()); // keeps the order of what is of one time
    let last = versions.pop()?;
    let alone = versions.last().is_none_or(|key| key.created.known() != last.created.known());
    let versions = Fact::Known { value, place: resource.place.clone(), origin: Origin::Live };
    let key = if told && alone { last } else { unknown(&resource, "which version is the newest is not known") };
    Some(Key { versions, ..key })
}

/// A rotation policy: nothing else is known of its key.
pub(super) fn rotation(at: &Cursor<'_, '_>) -> Key {
    let actions = at.any(&["lifetimeActions", "lifetime_actions"]).list(|action| {
        // A body has `trigger` and `action.type`, an object of an SDK is flat.
        let trigger = if action.get("trigger").is_there() { action.get("trigger") } else { action.clone() };
        let kind = if action.get("action").value().is_some() {
            action.path(&["action", "type"])
        } else {
            action.get("action")
        };
        let rotates = kind.text().literal().map(|kind| kind.eq_ignore_ascii_case("rotate"));
        let trigger = Trigger {
            after_create: trigger.any(&["timeAfterCreate", "time_after_create"]).text(),
            before_expiry: trigger.any(&["timeBeforeExpiry", "time_before_expiry"]).text(),
        };
        (rotates, trigger)
    });
    let expiry = at.get("attributes").any(&["expiryTime", "expiry_time"]);
    let expiry = if expiry.is_there() { expiry } else { at.any(&["expiresIn", "expires_in"]) };
    let (resource, _) = resource(&at.get("id"), at);
    let rotation = match actions.known() {
        Some(actions) if actions.iter().all(|(rotates, _)| rotates.is_some()) => {
            let triggers = actions.iter().filter(|(rotates, _)| *rotates == Some(true)).map(|(_, t)| t.clone());
            at.known(Rotation { expiry_time: expiry.text(), triggers: triggers.collect() })
        }
        _ => at.unknown("what an action of the rotation policy does is not known"),
    };
    Key { rotation, ..unknown(&resource, "a rotation policy doesn't tell it, `az keyvault key show` does") }
}

/// What bundles and items have in common.
fn described(id: &Cursor<'_, '_>, at: &Cursor<'_, '_>) -> Key {
    let (resource, version) = resource(id, at);
    let attributes = at.any(&["attributes", "properties"]);
    let attributes = if attributes.is_there() { attributes } else { at.clone() };
    let of = |names: &[&str]| {
        let own = at.any(names);
        if own.is_there() { own } else { attributes.any(names) }
    };
    Key {
        enabled: attributes.get("enabled").boolean(),
        not_before: attributes.any(&["nbf", "notBefore", "not_before"]).instant(),
        expires: attributes.any(&["exp", "expires", "expiresOn", "expires_on"]).instant(),
        exportable: attributes.get("exportable").boolean(),
        released: of(&["release_policy", "releasePolicy"]).object(|_| true),
        managed: of(&["managed"]).boolean(),
        recovery_level: attributes.any(&["recoveryLevel", "recovery_level"]).text(),
        recoverable_days: attributes.any(&["recoverableDays", "recoverable_days"]).integer(),
        created: attributes.any(&["created", "createdOn", "created_on"]).instant(),
        version,
        purge_date: of(&["scheduledPurgeDate", "scheduled_purge_date"]).instant(),
        rotation: at.unknown("this answer doesn't tell it, `az keyvault key rotation-policy show` does"),
        ..Key::of(Resource { tags: of(&["tags"]).members(|name, value| (name, value.text())), ..resource })
    }
}

/// The key that an address names, and its version.
fn resource(id: &Cursor<'_, '_>, at: &Cursor<'_, '_>) -> (Resource, Fact<Text>) {
    let text = id.text();
    let named = text.literal().and_then(address);
    let place = if id.is_there() { id.place() } else { at.place() };
    let place = Place { pointer: at.place().pointer.clone(), ..place };
    match named {
        Some((key, version)) => {
            let version =
                version.map_or_else(|| Fact::Absent(place.clone()), |version| id.known(Text::literal(version)));
            (Resource::of(key, place), version)
        }
        None => {
            let name = format!("the key at `{}` of file {}", place.pointer, place.file);
            (Resource::of(ResourceId::of(VAULT_KEY, Text::opaque(name)), place.clone()), Fact::Absent(place))
        }
    }
}

/// A key of which nothing is known but its name.
fn unknown(resource: &Resource, reason: &str) -> Key {
    fn fact<T>(resource: &Resource, reason: &str) -> Fact<T> {
        Fact::Unknown { place: resource.place.clone(), reason: String::from(reason) }
    }
    Key {
        kind: fact(resource, reason),
        size: fact(resource, reason),
        operations: fact(resource, reason),
        enabled: fact(resource, reason),
        not_before: fact(resource, reason),
        expires: fact(resource, reason),
        exportable: fact(resource, reason),
        released: fact(resource, reason),
        managed: fact(resource, reason),
        recovery_level: fact(resource, reason),
        recoverable_days: fact(resource, reason),
        created: fact(resource, reason),
        version: fact(resource, reason),
        versions: fact(resource, reason),
        purge_date: fact(resource, reason),
        rotation: fact(resource, reason),
        resource: resource.clone(),
    }
}

/// Bits of an RSA key: told, or those of its modulus.
fn size(kind: &Fact<Text>, told: &Cursor<'_, '_>, modulus: &Cursor<'_, '_>) -> Fact<i64> {
    let rsa = kind.literal().is_some_and(|kind| kind.to_ascii_uppercase().starts_with("RSA"));
    if told.is_there() || !rsa {
        return told.integer();
    }
    let octets = match modulus.value() {
        Some(value) => bytes(value),
        None => modulus.text().literal().and_then(decode),
    };
    let Some(octets) = octets else { return modulus.unknown("the answer doesn't tell the size of the key") };
    let length = octets.iter().skip_while(|octet| **octet == 0).count();
    i64::try_from(length * 8).map_or_else(|_| modulus.unknown("the modulus is too long"), |bits| modulus.known(bits))
}

/// Base64 in either alphabet, with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let url = |c| match c {
        '+' => '-',
        '/' => '_',
        c => c,
    };
    let text: String = text.trim_end_matches('=').chars().map(url).collect();
    Base64UrlUnpadded::decode_vec(&text).ok().filter(|octets| !octets.is_empty())
}
