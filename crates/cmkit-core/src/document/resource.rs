//! The bodies of resources: which property of which type becomes which fact of the model.
//!
//! One function a type, and nothing decided: what a value means is the rules' business.

use super::arm::Found;
use super::cursor::Cursor;
use super::json::{Kind, Value};
use super::scope::Scope;
use crate::policy::{
    AccessPolicy, Cluster, Deployment, Encryption, Fact, Identity, Key, Lock, PolicyGrant, Resource, ResourceId,
    RoleAssignment, RoleDefinition, Rotation, Text, Trigger, Vault,
};
use alloc::borrow::ToOwned;
use alloc::vec::Vec;

/// What every resource has.
pub(super) fn header<'a>(one: &Found<'a>, all: &[Found<'a>], at: &Cursor<'_, 'a>, scope: &Scope<'a>) -> Resource {
    let mut depends_on = Vec::new();
    let listed = at.get("dependsOn").texts();
    let depends_on_place = if listed.is_absent() { None } else { Some(listed.place().clone()) };
    if let Fact::Known { value, .. } = listed {
        depends_on.extend(value.iter().flat_map(|(text, _)| dependency(text, all, scope)));
    }
    scope.referred.borrow_mut().clear();
    evaluate_all(one.node.value, scope);
    depends_on.append(&mut scope.referred.borrow_mut());
    depends_on.extend(one.parent.clone());
    // The name is what a person looks for; the resource itself is a block of many lines.
    let mut place = one.node.place();
    if let Some(name) = one.node.member("name") {
        place.span = name.place().span;
    }
    Resource {
        id: one.id.clone(),
        place,
        api_version: at.get("apiVersion").text(),
        location: at.get("location").text(),
        tags: at.get("tags").members(|name, value| (name, value.text())),
        address: None,
        depends_on,
        depends_on_place,
        existing: one.existing,
    }
}

/// `dependsOn` takes resource ids, symbolic names, names of loops and plain names.
fn dependency<'a>(text: &Text, all: &[Found<'a>], scope: &Scope<'a>) -> Vec<ResourceId> {
    if let Some(id) = ResourceId::parse(text) {
        return Vec::from([id]);
    }
    let is = |symbol: &str| text.as_literal().is_some_and(|name| symbol.eq_ignore_ascii_case(name));
    let symbols = scope.symbols.iter().filter(|(symbol, _)| is(symbol)).map(|(_, id)| id.clone());
    let symbols: Vec<_> = symbols.collect();
    if !symbols.is_empty() {
        return symbols;
    }
    let named = all.iter().find(|other| other.id.name().same(text) == Some(true));
    named.map(|other| other.id.clone()).into_iter().collect()
}

/// Evaluates each string of a resource, so that the scope notes what they refer to. Child resources refer for themselves.
fn evaluate_all<'a>(value: &'a Value<'a>, scope: &Scope<'a>) {
    let skip = |name: &str| ["resources", "template", "dependsOn"].iter().any(|s| name.eq_ignore_ascii_case(s));
    match &value.kind {
        Kind::String(text) if text.starts_with('[') => _ = scope.text(text),
        Kind::Array(values) => values.iter().for_each(|value| evaluate_all(value, scope)),
        Kind::Object(members) => {
            members.iter().filter(|member| !skip(&member.name)).for_each(|member| evaluate_all(&member.value, scope));
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {}
    }
}

/// Reads the resources that rules look at.
pub(super) fn body(one: &Found<'_>, at: &Cursor<'_, '_>, header: &Resource, deployment: &mut Deployment) {
    let resource = header.clone();
    match one.id.kind() {
        "microsoft.documentdb/mongoclusters" => deployment.clusters.push(cluster(resource, at)),
        "microsoft.managedidentity/userassignedidentities" => deployment.identities.push(identity(resource, at)),
        "microsoft.keyvault/vaults" => deployment.vaults.push(vault(resource, at)),
        "microsoft.keyvault/vaults/keys" => deployment.keys.push(key(resource, at)),
        "microsoft.keyvault/vaults/accesspolicies" => {
            let access_policies = access_policies(at);
            deployment.policy_grants.push(PolicyGrant { resource, access_policies });
        }
        kind if kind.ends_with("/roleassignments") => {
            deployment.role_assignments.push(role_assignment(resource, one, at));
        }
        kind if kind.ends_with("/roledefinitions") => deployment.role_definitions.push(role_definition(resource, at)),
        kind if kind.ends_with("/locks") => {
            let (scope, level) = (extends(&resource, one, at), at.properties().get("level").text());
            deployment.locks.push(Lock { scope, level, resource });
        }
        _ => {}
    }
}

fn cluster(resource: Resource, at: &Cursor<'_, '_>) -> Cluster {
    let properties = at.get("properties");
    let encryption = properties.get("encryption").get("customerManagedKeyEncryption").object(|at| Encryption {
        key_url: at.get("keyEncryptionKeyUrl").text(),
        identity_type: at.path(&["keyEncryptionKeyIdentity", "identityType"]).text(),
        identity: at.path(&["keyEncryptionKeyIdentity", "userAssignedIdentityResourceId"]).text(),
    });
    Cluster {
        resource,
        identity_type: at.path(&["identity", "type"]).text(),
        identities: at.path(&["identity", "userAssignedIdentities"]).names(),
        encryption,
        create_mode: properties.get("createMode").text(),
        replica_source: properties.path(&["replicaParameters", "sourceResourceId"]).text(),
        replica_source_location: properties.path(&["replicaParameters", "sourceLocation"]).text(),
        restore_source: properties.path(&["restoreParameters", "sourceResourceId"]).text(),
        restore_time: properties.path(&["restoreParameters", "pointInTimeUTC"]).text(),
        tier: properties.path(&["compute", "tier"]).text(),
        high_availability: properties.path(&["highAvailability", "targetMode"]).text(),
        shards: properties.path(&["sharding", "shardCount"]).integer(),
        administrator: properties.path(&["administrator", "userName"]).text(),
        status: properties.get("clusterStatus").text(),
    }
}

fn identity(resource: Resource, at: &Cursor<'_, '_>) -> Identity {
    let properties = at.properties();
    Identity {
        resource,
        principal_id: properties.get("principalId").text(),
        client_id: properties.get("clientId").text(),
        tenant: properties.get("tenantId").text(),
        isolation_scope: properties.get("isolationScope").text(),
        allowed_providers: properties.path(&["assignmentRestrictions", "providers"]).texts(),
    }
}

fn vault(resource: Resource, at: &Cursor<'_, '_>) -> Vault {
    let properties = at.get("properties");
    Vault {
        resource,
        tenant: properties.get("tenantId").text(),
        sku: properties.path(&["sku", "name"]).text(),
        soft_delete: properties.get("enableSoftDelete").boolean(),
        purge_protection: properties.get("enablePurgeProtection").boolean(),
        retention_days: properties.get("softDeleteRetentionInDays").integer(),
        rbac: properties.get("enableRbacAuthorization").boolean(),
        public_access: properties.get("publicNetworkAccess").text(),
        default_action: properties.path(&["networkAcls", "defaultAction"]).text(),
        bypass: properties.path(&["networkAcls", "bypass"]).text(),
        create_mode: properties.get("createMode").text(),
        access_policies: access_policies(at),
    }
}

fn access_policies(at: &Cursor<'_, '_>) -> Fact<Vec<AccessPolicy>> {
    at.path(&["properties", "accessPolicies"]).list(|policy| AccessPolicy {
        tenant: policy.get("tenantId").text(),
        object: policy.get("objectId").text(),
        application: policy.get("applicationId").text(),
        keys: policy.path(&["permissions", "keys"]).texts(),
        place: policy.place(),
    })
}

fn key(resource: Resource, at: &Cursor<'_, '_>) -> Key {
    let properties = at.get("properties");
    let attributes = properties.get("attributes");
    Key {
        kind: properties.get("kty").text(),
        size: properties.get("keySize").integer(),
        operations: properties.get("keyOps").texts(),
        enabled: attributes.get("enabled").boolean(),
        not_before: attributes.get("nbf").integer(),
        expires: attributes.get("exp").integer(),
        exportable: attributes.get("exportable").boolean(),
        released: properties.get("release_policy").object(|_| true),
        recovery_level: attributes.get("recoveryLevel").text(),
        created: attributes.get("created").integer(),
        rotation: rotation(&properties.get("rotationPolicy")),
        ..Key::of(resource)
    }
}

/// A rotation policy is known when all of its actions are: one more may be the one that rotates.
fn rotation(at: &Cursor<'_, '_>) -> Fact<Rotation> {
    let actions = at.get("lifetimeActions").list(|action| {
        let kind = action.path(&["action", "type"]).text();
        let trigger = action.get("trigger");
        let trigger = Trigger {
            after_create: trigger.get("timeAfterCreate").text(),
            before_expiry: trigger.get("timeBeforeExpiry").text(),
        };
        (kind, trigger)
    });
    let actions = match actions {
        Fact::Known { value, .. } => value,
        Fact::Absent(_) => Vec::new(),
        Fact::Unknown { place, reason } => return Fact::Unknown { place, reason },
    };
    let mut triggers = Vec::new();
    for (kind, trigger) in actions {
        match kind.literal() {
            Some(kind) if kind.eq_ignore_ascii_case("rotate") => triggers.push(trigger),
            Some(_) => {}
            None => {
                let reason = "what an action of the rotation policy does is not known".to_owned();
                return Fact::Unknown { place: kind.place().clone(), reason };
            }
        }
    }
    at.object(|at| Rotation { expiry_time: at.path(&["attributes", "expiryTime"]).text(), triggers })
}

fn role_assignment(resource: Resource, one: &Found<'_>, at: &Cursor<'_, '_>) -> RoleAssignment {
    let properties = at.properties();
    RoleAssignment {
        scope: extends(&resource, one, at),
        role: properties.get("roleDefinitionId").text(),
        role_name: properties.get("roleDefinitionName").text(),
        principal: properties.get("principalId").text(),
        principal_type: properties.get("principalType").text(),
        condition: properties.get("condition").text(),
        listed_in: None,
        resource,
    }
}

fn role_definition(resource: Resource, at: &Cursor<'_, '_>) -> RoleDefinition {
    let permissions = at.properties().get("permissions");
    let actions = |name: &str| match permissions.list(|one| one.get(name).texts()) {
        Fact::Known { value, place, origin } => {
            let unknown = value.iter().find(|actions| matches!(actions, Fact::Unknown { .. })).cloned();
            let known = || value.iter().filter_map(Fact::known).flatten().cloned().collect();
            unknown.unwrap_or_else(|| Fact::Known { value: known(), place, origin })
        }
        Fact::Absent(place) => Fact::Absent(place),
        Fact::Unknown { place, reason } => Fact::Unknown { place, reason },
    };
    RoleDefinition { data_actions: actions("dataActions"), not_data_actions: actions("notDataActions"), resource }
}

/// A role assignment or a lock applies to its `scope`, to the resource that its id or its type extends, or to the whole
/// group.
fn extends(resource: &Resource, one: &Found<'_>, at: &Cursor<'_, '_>) -> Fact<Text> {
    let own = at.get("scope").text();
    let written = if own.is_absent() { at.properties().get("scope").text() } else { own };
    let known = |value| Fact::Known { value, place: resource.place.clone(), origin: crate::policy::Origin::Template };
    match (written, one.id.scope(), extended(&one.id), &one.parent) {
        (Fact::Absent(_), Some(scope), _, _) => known(scope.clone()),
        (Fact::Absent(_), None, Some(scope), _) => known(scope),
        (Fact::Absent(_), None, None, Some(parent)) => known(path_of(parent)),
        (written, ..) => written,
    }
}

/// `Microsoft.KeyVault/vaults/providers/roleAssignments` named `vault/Microsoft.Authorization/guid` extends the vault.
fn extended(id: &ResourceId) -> Option<Text> {
    let kind = id.kind().strip_suffix("/providers/roleassignments").or(id.kind().strip_suffix("/providers/locks"))?;
    let depth = kind.split('/').count() - 1;
    let names = id.name().split('/');
    let name = names.into_iter().take(depth).reduce(|name, next| name.then_str("/").then(next))?;
    Some(path_of(&ResourceId::of(kind, name)))
}

fn path_of(id: &ResourceId) -> Text {
    let (space, kinds) = id.kind().split_once('/').unwrap_or_default();
    let start = Text::literal("/providers/").then_str(space);
    kinds
        .split('/')
        .zip(id.name().split('/'))
        .fold(start, |path, (kind, name)| path.then_str("/").then_str(kind).then_str("/").then(name))
}
