//! Bodies of requests to the management API, without type and name: a client sends those in the URL.
//!
//! A cluster's body is told by properties that only clusters have, and says enough to be checked. Of a vault or a key it
//! would have to be known which one it is: their bodies are recognised, and what they lack is said.

use super::Reading;
use super::arm::Found;
use super::cursor::Cursor;
use super::json::Value;
use super::resource;
use super::scope::{Node, Scope};
use crate::policy::{Fact, Resource, ResourceId, Text};
use alloc::format;

const CLUSTERS: &str = "Microsoft.DocumentDB/mongoClusters";
/// Why nothing follows from what a change leaves out.
const CHANGE: &str = "a body without `location` changes what is there, and leaves alone what it does not name";

/// The properties of a cluster, those that only the service writes included.
const OF_CLUSTERS: &[&str] = &[
    "administrator",
    "authConfig",
    "backup",
    "clusterStatus",
    "compute",
    "connectionString",
    "createMode",
    "dataApi",
    "encryption",
    "highAvailability",
    "infrastructureVersion",
    "networkBypassMode",
    "previewFeatures",
    "privateEndpointConnections",
    "provisioningState",
    "publicNetworkAccess",
    "replica",
    "replicaParameters",
    "restoreParameters",
    "serverVersion",
    "sharding",
    "storage",
];

/// Whether a document is the body of a cluster.
pub(super) fn is_cluster(document: &Value<'_>) -> bool {
    let Some(properties) = properties(document) else { return false };
    let members = properties.as_object().unwrap_or_default();
    let known = |name: &str| OF_CLUSTERS.iter().any(|own| own.eq_ignore_ascii_case(name));
    let has = |path: &[&str]| path.iter().try_fold(properties, |value, name| value.get(name)).is_some();
    let source = |parameters: &str| {
        let source = properties.get(parameters).and_then(|value| value.get("sourceResourceId"));
        source.and_then(Value::as_str).is_some_and(|id| id.to_ascii_lowercase().contains("/mongoclusters/"))
    };
    let sized = has(&["compute", "tier"]) && (has(&["sharding", "shardCount"]) || has(&["administrator", "userName"]));
    let encrypted = has(&["encryption", "customerManagedKeyEncryption"]);
    members.iter().all(|member| known(&member.name))
        && (encrypted || sized || source("replicaParameters") || source("restoreParameters"))
}

/// What a body is that lacks the name of its resource, in words.
pub(super) fn nameless(document: &Value<'_>) -> Option<&'static str> {
    let properties = properties(document)?;
    let has = |name: &str| properties.get(name).is_some();
    let family = properties.get("sku").is_some_and(|sku| sku.get("family").is_some());
    if has("tenantId") && family {
        return Some("the body of a vault without `type` and `name`: add them, so that it is known which vault it is");
    }
    let kind = properties.get("kty").and_then(Value::as_str)?.to_ascii_uppercase();
    (kind.starts_with("RSA") || kind.starts_with("EC"))
        .then_some("the body of a key without `type` and `name`: add them, the name as `VAULT/KEY`")
}

/// The properties of a body that doesn't say of what type it is.
fn properties<'v, 'a>(document: &'v Value<'a>) -> Option<&'v Value<'a>> {
    let properties = document.get("properties").filter(|value| value.as_object().is_some())?;
    document.get("type").and_then(Value::as_str).is_none().then_some(properties)
}

/// Reads the body of a cluster, in a file of this name.
pub(super) fn read(node: &Node<'_>, file: &str, reading: &mut Reading) {
    let scope = Scope { plain: true, ..Scope::default() };
    let text = |name: &str| node.member(name).and_then(|node| node.value.as_str().map(Text::literal));
    let name = || text("name").unwrap_or_else(|| Text::opaque(format!("the body in {file}")));
    let id = text("id").and_then(|id| ResourceId::parse(&id)).filter(|id| id.is(CLUSTERS));
    let one = Found::alone(node.clone(), id.unwrap_or_else(|| ResourceId::of(CLUSTERS, name())), false);
    let change = node.member("location").is_none().then_some(CHANGE);
    let at = Cursor::new(&scope, &reading.oddities, node, change);
    let header = resource::header(&one, &[], &at, &scope);
    let header = Resource { api_version: Fact::Absent(header.place.clone()), ..header }; // it is in the URL too
    resource::body(&one, &at, &header, &mut reading.deployment);
    reading.deployment.resources.push(header);
}

#[cfg(test)]
mod tests;
