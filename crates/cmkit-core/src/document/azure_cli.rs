//! What the service answered: output of the Azure CLI, bodies of the management API, and bodies of Key Vault.
//!
//! An answer is one body, an array of them, or a page (`{ "value": [...], "nextLink": ... }`). Resources are read as ARM
//! reads them; the CLI flattens some of them. Keys come in shapes of their own, see `key`.

mod key;

pub(super) use key::address;

use super::cursor::Cursor;
use super::json::{Kind, Value};
use super::scope::{Node, Scope};
use super::{Reading, arm};
use crate::policy::{Dialect, Fact, Key, Origin, Text};
use alloc::vec::Vec;

/// The bodies that answers consist of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    /// A resource of the management API, flattened or not.
    Resource,
    /// A key with its public part.
    Key,
    /// An element of a list of keys, or of versions of a key.
    Item,
    /// The rotation policy of a key.
    Rotation,
}

/// Whose words an answer speaks, if the document is one.
pub(super) fn dialect(document: &Value<'_>) -> Option<Dialect> {
    let bodies = match elements(document) {
        Some(elements) => elements.iter().map(body).collect::<Option<Vec<_>>>()?,
        None => Vec::from([body(document)?]),
    };
    let raw = |value: &Value<'_>| value.get("properties").is_some();
    let raw = elements(document).map_or_else(|| raw(document), |elements| elements.iter().all(raw));
    let resources = bodies.iter().all(|body| *body == Body::Resource);
    Some(if raw && resources { Dialect::Arm } else { Dialect::AzureCli })
}

/// Reads an answer.
pub(super) fn read<'a>(document: &Node<'a>, reading: &mut Reading) {
    let scope = Scope { plain: true, live: true, ..Scope::default() };
    let (mut keys, mut items): (Vec<Key>, Vec<Key>) = (Vec::new(), Vec::new());
    let before = reading.deployment.role_assignments.len();
    let nodes = match elements(document.value) {
        None => Vec::from([document.clone()]),
        Some(elements) => {
            let list =
                if document.value.as_array().is_some() { Some(document.clone()) } else { document.member("value") };
            list.iter().flat_map(|list| (0..elements.len()).filter_map(|index| list.element(index))).collect()
        }
    };
    for node in &nodes {
        let at = Cursor::new(&scope, &reading.oddities, node, None);
        match body(node.value) {
            Some(Body::Resource) => resource(node, reading),
            Some(Body::Key) => keys.push(key::bundle(&at)),
            Some(Body::Rotation) => keys.push(key::rotation(&at)),
            Some(Body::Item) => items.push(key::item(&at)),
            None => {}
        }
    }
    let whole = document.member("nextLink").is_none_or(|link| link.value.as_str().is_none_or(str::is_empty));
    keys.extend(key::listed(items, whole));
    let listed_in = elements(document.value).filter(|_| whole).map(|_| document.file);
    reading.deployment.role_assignments.iter_mut().skip(before).for_each(|grant| grant.listed_in = listed_in);
    reading.deployment.resources.extend(keys.iter().map(|key| key.resource.clone()));
    reading.deployment.keys.extend(keys);
}

/// The elements of an array or a page.
fn elements<'v, 'a>(document: &'v Value<'a>) -> Option<&'v [Value<'a>]> {
    if let Some(elements) = document.as_array() {
        return Some(elements);
    }
    let members = document.as_object()?;
    let page = members.iter().all(|member| matches!(&*member.name, "value" | "nextLink" | "count" | "@odata.nextLink"));
    document.get("value").filter(|_| page)?.as_array()
}

/// What one body is.
fn body(value: &Value<'_>) -> Option<Body> {
    let is_text = |name: &str| value.get(name).is_some_and(|value| value.as_str().is_some());
    let is_object = |name: &str| value.get(name).is_some_and(|value| value.as_object().is_some());
    let is_list = |name: &str| value.get(name).is_some_and(|value| value.as_array().is_some());
    let typed = value.get("type").and_then(Value::as_str).is_some_and(|kind| kind.contains('/'));
    let answered = |name: &&str| value.get("properties").is_some_and(|properties| properties.get(name).is_some());
    if typed && (is_text("id") || ["keyUri", "vaultUri", "provisioningState"].iter().any(answered)) {
        return Some(Body::Resource);
    }
    let key = value.get("key").filter(|key| key.get("kty").or_else(|| key.get("kid")).is_some());
    let id = value.get("kid").or_else(|| value.get("id")).and_then(Value::as_str);
    let of_key = id.is_some_and(|id| address(id).is_some());
    if key.is_some() || (of_key && is_object("properties")) {
        return Some(Body::Key);
    }
    if is_list("lifetimeActions") || is_list("lifetime_actions") {
        return Some(Body::Rotation);
    }
    let described = is_object("attributes") || ["vaultUrl", "vault_url"].iter().any(|name| is_text(name));
    (of_key && described).then_some(Body::Item)
}

/// Reads a resource.
fn resource(node: &Node<'_>, reading: &mut Reading) {
    let (clusters, keys) = (reading.deployment.clusters.len(), reading.deployment.keys.len());
    arm::answer(node, reading);
    if let Some(key) = reading.deployment.keys.get_mut(keys) {
        let uri = node.member("properties").and_then(|properties| properties.member("keyUriWithVersion"));
        let version = uri.as_ref().and_then(|uri| Some((address(uri.value.as_str()?)?.1?, uri.place())));
        if let Some((version, place)) = version {
            key.version = Fact::Known { value: Text::literal(version), place, origin: Origin::Live };
        }
    }
    let encryption = node.member("properties").and_then(|properties| properties.member("encryption"));
    if let (None, Some(cluster)) = (encryption, reading.deployment.clusters.get_mut(clusters)) {
        let reason = "the answer has no `encryption`, as an apiVersion before 2025-07-01-preview hides it: ask with \
                      `--api-version 2025-09-01`";
        cluster.encryption = Fact::Unknown { place: cluster.resource.place.clone(), reason: reason.into() };
    }
}

/// The bytes of the array or the object that a byte array of an SDK becomes in JSON.
fn bytes(value: &Value<'_>) -> Option<Vec<u8>> {
    let byte = |value: &Value<'_>| match value.kind {
        Kind::Number(digits) => digits.parse().ok(),
        _ => None,
    };
    match &value.kind {
        Kind::Array(values) => values.iter().map(byte).collect(),
        Kind::Object(_) if value.get("data").is_some() => value.get("data")?.as_array()?.iter().map(byte).collect(),
        Kind::Object(members) => {
            let numbered = members.iter().enumerate();
            numbered.map(|(at, m)| byte(&m.value).filter(|_| m.name.parse() == Ok(at))).collect()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
