//! Mends that take more to say than a value: what to write is told by other parts of the file.

use super::super::super::fact::Place;
use super::super::super::model::{Cluster, Key, Resource, Vault};
use super::super::super::patch::{Json, PatchOperation};
use super::{Case, IDENTITY_TYPE, KEY_URL, State, member, one, spot, within};
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::vec::Vec;

/// The model that holds today, written out.
pub(super) fn permission_model(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let vault = case.near().vaults.iter().find(|vault| vault.rbac.place() == case.place)?;
    let today = *vault.grants_by_rbac().known()?;
    spot(&vault.resource.place, &vault.rbac).write("properties/enableRbacAuthorization", Json::Bool(today), case)
}

/// A literal URL loses its version; `keyUriWithVersion` becomes `keyUri`.
pub(super) fn versionless(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let spot = KEY_URL.of(case)?;
    let text = case.string(spot.place)?;
    let path = spot.place.pointer.clone();
    if let Some(start) = text.strip_suffix(".keyUriWithVersion]").filter(|start| start.starts_with("[reference(")) {
        return Some(one(PatchOperation::Replace {
            path: path.as_str().into(),
            value: Json::String(format!("{start}.keyUri]")),
        }));
    }
    let expected = case.expected.filter(|expected| expected.starts_with("https://"))?;
    spot.write(KEY_URL.0, Json::from(expected), case)
}

/// The identity that the key is used as, spelled as the cluster spells it.
fn of_the_key<'d>(case: &Case<'_, 'd>, cluster: &Cluster) -> Option<&'d str> {
    let place = cluster.encryption.known()?.identity.place();
    case.string(place).filter(|_| within(place, &cluster.resource.place))
}

/// Type and map belong together: a type alone would only be the next mistake.
pub(super) fn identity(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let cluster = case.cluster(|cluster| Some(cluster.identity_type.place()))?;
    let kind = spot(&cluster.resource.place, &cluster.identity_type);
    let assigned = cluster.identities.known().is_some_and(|listed| !listed.is_empty());
    if kind.state == State::Absent && kind.place.pointer == cluster.resource.place.pointer {
        let map = member(of_the_key(case, cluster)?, Json::Object(Vec::new()));
        let block = [("type".to_owned(), Json::from("UserAssigned")), ("userAssignedIdentities".to_owned(), map)];
        let path = format!("{}/identity", cluster.resource.place.pointer);
        return Some(one(PatchOperation::Add { path, value: Json::Object(Vec::from(block)) }));
    }
    let mut patch = kind.write("identity/type", Json::from("UserAssigned"), case)?;
    if !assigned {
        patch.extend(assign(case, cluster)?);
    }
    Some(patch)
}

pub(super) fn assigned(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    assign(case, case.cluster(|cluster| Some(cluster.identities.place()))?)
}

fn assign(case: &Case<'_, '_>, cluster: &Cluster) -> Option<Vec<PatchOperation>> {
    let id = of_the_key(case, cluster)?;
    let map = spot(&cluster.resource.place, &cluster.identities);
    let own = within(map.place, &cluster.resource.place);
    match map.state {
        State::Written if own && !case.expression(map.place) => {
            let path = format!("{}/{}", map.place.pointer, id.replace('~', "~0").replace('/', "~1"));
            Some(one(PatchOperation::Add { path, value: Json::Object(Vec::new()) }))
        }
        _ => map.write("identity/userAssignedIdentities", member(id, Json::Object(Vec::new())), case),
    }
}

/// The object id of the identity whose client id was asked for.
pub(super) fn principal(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let start = case.string(case.place)?.strip_suffix(".clientId]").filter(|start| start.starts_with("[reference("))?;
    let value = Json::String(format!("{start}.principalId]"));
    Some(one(PatchOperation::Replace { path: case.place.pointer.as_str().into(), value }))
}

pub(super) fn policy_tenant(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let policy = case.near().policies().find(|policy| policy.tenant.place() == case.place)?;
    let vault = case.related.filter(|vault| case.in_one_template(vault, case.place))?;
    spot(&policy.place, &policy.tenant).write("tenantId", Json::from(case.string(vault)?), case)
}

/// `dependsOn` gets the id of the grant, in the words in which the grant itself is written.
pub(super) fn wait(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let cluster = case.cluster(|cluster| Some(&cluster.resource.place))?;
    let first = case.related?;
    let near = case.mends.near(first);
    let siblings = |resource: &&Resource| {
        let parent = |place: &Place| place.pointer.rsplit_once('/').map(|(parent, _)| parent.to_owned());
        resource.place.file == case.place.file && parent(&resource.place) == parent(case.place)
    };
    let role = near.role_assignments.iter().find(|grant| grant.resource.place == *first);
    let inside = |vault: &&&Vault| first.file == case.place.file && within(first, &vault.resource.place);
    let resource = match role {
        Some(grant) => Some(&grant.resource),
        None => near.vaults.iter().find(inside).map(|vault| &vault.resource),
    };
    let resource = resource.filter(siblings)?;
    let symbol = resource.place.pointer.rsplit('/').next().filter(|last| last.parse::<usize>().is_err());
    let name = || case.operand(&resource.place);
    let scope = role.map(|grant| grant.scope.place()).filter(|scope| within(scope, &resource.place));
    let id = match (symbol, resource.id.kind()) {
        (Some(symbol), _) => symbol.to_owned(),
        (None, "microsoft.authorization/roleassignments") => {
            match scope.filter(|scope| scope.pointer != resource.place.pointer) {
                Some(scope) => {
                    let scope = case.operand(scope)?;
                    format!("[extensionResourceId({scope}, 'Microsoft.Authorization/roleAssignments', {})]", name()?)
                }
                None => format!("[resourceId('Microsoft.Authorization/roleAssignments', {})]", name()?),
            }
        }
        (None, "microsoft.keyvault/vaults") => format!("[resourceId('Microsoft.KeyVault/vaults', {})]", name()?),
        _ => return None,
    };
    let cluster = &cluster.resource;
    let (path, value) = match &cluster.depends_on_place {
        Some(list) if within(list, &cluster.place) && !case.expression(list) => {
            (format!("{}/-", list.pointer), Json::String(id))
        }
        Some(_) => return None,
        None => (format!("{}/dependsOn", cluster.place.pointer), Json::Array(Vec::from([Json::String(id)]))),
    };
    Some(one(PatchOperation::Add { path, value }))
}

/// The type has one spelling; URL and identity are somebody's to give.
pub(super) fn complete(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let mine = case.expected == Some("`identityType`");
    let has_identity = |cluster: &&Cluster| {
        let encryption = cluster.encryption.known();
        encryption.is_some_and(|e| e.identity_type.place() == case.place && !e.identity.is_absent())
    };
    let cluster = case.near().clusters.iter().copied().find(has_identity).filter(|_| mine)?;
    let kind = &cluster.encryption.known()?.identity_type;
    spot(&cluster.resource.place, kind).write(IDENTITY_TYPE.0, Json::from("UserAssignedIdentity"), case)
}

/// A rotation that nothing else rests on: new versions do not expire. A policy that is there is somebody's choice.
pub(super) fn rotation(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let key = case.near().keys.iter().copied().find(|key| key.rotation.place() == case.place)?;
    let trigger = ("trigger".to_owned(), member("timeAfterCreate", Json::from("P18M")));
    let action = ("action".to_owned(), member("type", Json::from("rotate")));
    let actions = Json::Array(Vec::from([Json::Object(Vec::from([trigger, action]))]));
    let spot = spot(&key.resource.place, &key.rotation);
    (spot.state == State::Absent).then_some(())?;
    spot.write("properties/rotationPolicy", member("lifetimeActions", actions), case)
}

/// The longest interval that is allowed. Where the expiry makes the interval, there is more than one way.
pub(super) fn interval(case: &Case<'_, '_>) -> Option<Vec<PatchOperation>> {
    let triggers = |key: &'_ Key| key.rotation.known().map(|rotation| rotation.triggers.clone()).unwrap_or_default();
    let counts = |key: &&Key| triggers(key).iter().any(|trigger| trigger.after_create.place() == case.place);
    case.near().keys.iter().copied().find(counts)?;
    let value = Json::from(case.expected?.strip_suffix(" or less")?);
    let own = !case.expression(case.place);
    own.then(|| one(PatchOperation::Replace { path: case.place.pointer.as_str().into(), value }))
}
