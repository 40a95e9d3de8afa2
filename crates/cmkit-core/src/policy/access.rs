//! Whether the identity of a chain may use its key, and if not, what stands in the way.
//!
//! One answer for a chain: the best grant that there is, or the nearest miss. The rules on grants each report one kind
//! of miss, so one mistake is one finding.

use super::fact::{Fact, Place};
use super::index::Index;
use super::model::{AccessPolicy, Deployment, Identity, PolicyGrant, Resource, RoleAssignment, Vault};
use super::outcome::decided;
use super::role::{Role, role};
use super::scene::Chain;
use super::text::{Part, ResourceId, Text};
use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What the identity's access comes to; later ones are nearer to a grant.
#[derive(Clone)]
pub(super) enum Access<'a> {
    /// Nothing grants it anything.
    Missing { rbac: bool },
    /// The grant is of the other permission model than the vault's.
    WrongModel { place: &'a Place, rbac: bool },
    /// The grant is on something else.
    Elsewhere { on: &'a Fact<Text>, scope: String },
    /// The grant names the identity by something else than its object id.
    WrongId { principal: &'a Fact<Text>, what: String },
    /// The role does not allow to read, wrap and unwrap.
    WeakRole { given: &'a Fact<Text>, role: String },
    /// The access policy does not allow it.
    WeakPolicy { policy: &'a AccessPolicy, missing: Vec<&'static str> },
    /// No grant is in the files, and there may be one elsewhere.
    NotHere { place: &'a Place, reason: String },
    /// The files don't say.
    Open { place: &'a Place, reason: String },
    /// It is granted by a role, under a condition, or perhaps under one.
    Conditional { grant: &'a RoleAssignment },
    /// It is granted by a role.
    ByRole { grant: &'a RoleAssignment, broad: Option<String> },
    /// It is granted by an access policy, of the vault or of a resource of its own.
    ByPolicy { policy: &'a AccessPolicy, from: &'a ResourceId },
}

impl Access<'_> {
    fn rank(&self) -> u8 {
        match self {
            Self::Missing { .. } => 0,
            Self::WrongModel { .. } => 1,
            Self::Elsewhere { .. } => 2,
            Self::WrongId { .. } => 3,
            Self::WeakRole { .. } => 4,
            Self::WeakPolicy { .. } => 5,
            Self::NotHere { .. } | Self::Open { .. } => 6,
            Self::Conditional { .. } => 7,
            Self::ByRole { .. } | Self::ByPolicy { .. } => 8,
        }
    }

    /// Why it isn't known, and where that stands.
    pub(super) fn open(&self) -> Option<(&Place, Cow<'_, str>)> {
        match self {
            Self::NotHere { place, reason } | Self::Open { place, reason } => Some((place, reason.into())),
            Self::Conditional { grant } => {
                let reason = match &grant.condition {
                    Fact::Unknown { reason, .. } => {
                        format!("whether the grant has a condition is not known: {reason}").into()
                    }
                    _ => "the grant has a condition, and conditions are not evaluated here".into(),
                };
                Some((grant.condition.place(), reason))
            }
            _ => None,
        }
    }
}

/// The access of chains. Many copies of one deployment in one graph have chains that are alike, each with the grants of all
/// of them: what they come to is worked out once.
#[derive(Default)]
pub(super) struct Accesses<'a> {
    known: BTreeMap<Alike, Option<Access<'a>>>,
}

/// All that tells the access of one chain from that of another: what it leads to, in words and in place.
type Alike = (String, [usize; 2]);

impl<'a> Accesses<'a> {
    /// What [`best`] gives.
    pub(super) fn of(&mut self, deployment: &'a Deployment, index: &Index, chain: &Chain<'a>) -> Option<Access<'a>> {
        let Chain { cluster, address, identity_id, vault, identity, .. } = chain;
        let id = identity_id.as_ref()?;
        let words = format!("{id:?} {:?} {:?} {:?}", cluster.resource.id, address.vault, address.key);
        let at = |place: Option<*const ()>| place.map_or(0, <*const ()>::addr);
        let places = [
            at(vault.map(|one| core::ptr::from_ref(one).cast())),
            at(identity.map(|one| core::ptr::from_ref(one).cast())),
        ];
        let found = self.known.entry((words, places)).or_insert_with(|| best(deployment, index, chain));
        match found.clone() {
            // That there is none is told where this chain asks for one.
            Some(Access::NotHere { reason, .. }) => {
                Some(Access::NotHere { place: chain.encryption.identity.place(), reason })
            }
            found => found,
        }
    }
}

/// The access of a chain's identity; none where there is no identity to speak of. Where there is no vault in the files, it
/// is what the role assignments come to.
pub(super) fn best<'a>(deployment: &'a Deployment, index: &Index, chain: &Chain<'a>) -> Option<Access<'a>> {
    let id = chain.identity_id.as_ref()?;
    match chain.vault {
        Some(_) => access(deployment, index, chain),
        None => roles(deployment, index, chain, id).max_by_key(Access::rank),
    }
}

/// The same where there is a vault.
fn access<'a>(deployment: &'a Deployment, index: &Index, chain: &Chain<'a>) -> Option<Access<'a>> {
    let (id, vault) = (chain.identity_id.as_ref()?, chain.vault?);
    let rbac = match vault.grants_by_rbac() {
        Fact::Known { value, .. } => value,
        Fact::Absent(_) | Fact::Unknown { .. } => {
            return Some(Access::Open { place: vault.rbac.place(), reason: model_open(vault) });
        }
    };
    let roles = || roles(deployment, index, chain, id);
    let policies = || {
        let on_vault = policies(deployment, index, vault);
        on_vault.filter_map(|(policy, from)| by_policy(policy, from, chain, id))
    };
    let wrong_model = |access: Access<'a>| match access {
        Access::ByRole { grant, .. } => Some(Access::WrongModel { place: &grant.resource.place, rbac }),
        Access::ByPolicy { policy, .. } | Access::WeakPolicy { policy, .. } => {
            Some(Access::WrongModel { place: policy.object.place(), rbac })
        }
        _ => None,
    };
    let best = if rbac {
        roles().chain(policies().filter_map(wrong_model)).max_by_key(Access::rank)
    } else {
        policies().chain(roles().filter_map(wrong_model)).max_by_key(Access::rank)
    };
    let granted = best.as_ref().is_some_and(|access| access.rank() >= 6);
    let policies_open = !granted && !rbac && policies_open(deployment, vault);
    Some(match best {
        Some(access) if !policies_open => access,
        _ if policies_open || !told_whole(deployment, chain, vault, rbac) => {
            let elsewhere =
                chain.linked.map(|link| format!("deployment `{}` has a template that is not read here", link.name()));
            let elsewhere = elsewhere.unwrap_or_else(|| "there may be one already".to_string());
            let reason = format!("no grant for `{}` is in these files; {elsewhere}", id.name());
            Access::NotHere { place: chain.encryption.identity.place(), reason }
        }
        _ => Access::Missing { rbac },
    })
}

/// That it isn't known what a vault grants by.
pub(super) fn model_open(vault: &Vault) -> String {
    format!("the permission model of vault `{}` is not known", vault.resource.short_name())
}

/// Whether the files hold every grant of the identity on the vault. Where both are made here, nobody can have granted
/// anything before. A template that was not read may grant more. What the service answers of a vault has all of its access policies and none of its roles; those
/// have to be listed.
fn told_whole(deployment: &Deployment, chain: &Chain<'_>, vault: &Vault, rbac: bool) -> bool {
    let new = |resource: &Resource| !resource.existing && !resource.is_live();
    let new_identity = |identity: &Identity| new(&identity.resource) && !identity.principal_id.is_live();
    let both_new = new(&vault.resource) && !vault.rbac.is_live() && chain.identity.is_some_and(new_identity);
    let fetched = || if rbac { roles_listed(deployment, chain) } else { vault.access_policies.is_live() };
    chain.linked.is_none() && (both_new || fetched())
}

/// Whether a list has every role on the vault. A list doesn't say what it was asked for: one of the vault alone leaves out
/// what is inherited, one of the subscription what is on the vault, one of an assignee the others. So the list that
/// counts has roles on the vault, roles from above it, and roles of more than one principal.
fn roles_listed(deployment: &Deployment, chain: &Chain<'_>) -> bool {
    let mut lists: BTreeMap<usize, (bool, bool, BTreeSet<&str>)> = BTreeMap::new();
    for grant in &deployment.role_assignments {
        let (Some(list), Fact::Known { value: scope, .. }) = (grant.listed_in, &grant.scope) else { continue };
        let (on, above, principals) = lists.entry(list).or_default();
        principals.extend(grant.principal.literal());
        let group = |id: &ResourceId| id.is("Microsoft.Management/managementGroups");
        match ResourceId::parse(scope).filter(|id| !group(id)) {
            Some(_) => *on |= covers_vault(&grant.scope, chain) == Some(true),
            None => *above |= covers(&grant.scope, chain) != Some(false),
        }
    }
    lists.values().any(|(on, above, principals)| *on && *above && principals.len() > 1)
}

/// Whether there are access policies on a vault, or may be, that are not known.
fn policies_open(deployment: &Deployment, vault: &Vault) -> bool {
    let open = |grant: &PolicyGrant| {
        let names = grant.resource.id.name().split('/');
        match names.first().and_then(|name| name.same(vault.resource.id.name())) {
            Some(on_vault) => on_vault && matches!(grant.access_policies, Fact::Unknown { .. }),
            None => true,
        }
    };
    matches!(vault.access_policies, Fact::Unknown { .. }) || deployment.policy_grants.iter().any(open)
}

/// What the role assignments come to, one by one.
fn roles<'a>(
    deployment: &'a Deployment,
    index: &Index,
    chain: &Chain<'a>,
    id: &ResourceId,
) -> impl Iterator<Item = Access<'a>> {
    let known = |get: fn(&Identity) -> &Fact<Text>| chain.identity.and_then(|identity| get(identity).known());
    let (principal, client) = (known(|i| &i.principal_id), known(|i| &i.client_id));
    let mut names = Vec::from([id.name(), chain.cluster.resource.id.name()]);
    names.extend(chain.vault.map(|vault| vault.resource.id.name()));
    names.extend(client);
    let found: Vec<_> = index.role_assignments(&names, principal).into_iter().collect();
    found.into_iter().filter_map(|at| by_role(&deployment.role_assignments[at], deployment, index, chain, id))
}

/// Every access policy on a vault, with the resource that carries it.
pub(super) fn policies<'a>(
    deployment: &'a Deployment,
    index: &Index,
    vault: &'a Vault,
) -> impl Iterator<Item = (&'a AccessPolicy, &'a ResourceId)> + use<'a> {
    let own = vault.access_policies.known().into_iter().flatten().map(|policy| (policy, &vault.resource.id));
    let others = added(deployment, index, vault).into_iter();
    own.chain(others.flat_map(|grant| {
        grant.access_policies.known().into_iter().flatten().map(|policy| (policy, &grant.resource.id))
    }))
}

/// The resources that add access policies to a vault.
pub(super) fn added<'a>(deployment: &'a Deployment, index: &Index, vault: &Vault) -> Vec<&'a PolicyGrant> {
    let named = index.policy_grants.get(vault.resource.id.name()).iter().map(|at| &deployment.policy_grants[*at]);
    let action = |grant: &PolicyGrant| grant.resource.id.name().split('/').get(1).cloned();
    named.filter(|grant| action(grant).is_some_and(|action| action.as_literal() != Some("remove"))).collect()
}

/// What a principal in a grant has to do with an identity.
enum Who {
    Same,
    Other,
    Open,
    /// It is meant, and named wrongly.
    Misnamed(String),
}

fn who(principal: &Text, chain: &Chain<'_>, id: &ResourceId) -> Who {
    if let [Part::Property { resource, name }] = principal.parts() {
        return match (resource.same(id), &**name) {
            (Some(true), "principalId") => Who::Same,
            (Some(true), name) => Who::Misnamed(format!("the identity's `{name}`")),
            (Some(false), name) if resource.same(&chain.cluster.resource.id) == Some(true) => {
                Who::Misnamed(format!("the cluster's `{name}`"))
            }
            (Some(false), name) if chain.vault.is_some_and(|v| resource.same(&v.resource.id) == Some(true)) => {
                Who::Misnamed(format!("the vault's `{name}`"))
            }
            (Some(false), _) => Who::Other,
            (None, _) => Who::Open,
        };
    }
    if let Some(named) = ResourceId::parse(principal) {
        return match named.same(id) {
            Some(true) => Who::Misnamed("the identity's resource id".to_string()),
            _ => Who::Other,
        };
    }
    let known = |get: fn(&Identity) -> &Fact<Text>| chain.identity.and_then(|identity| get(identity).known());
    match (
        known(|i| &i.principal_id).map(|id| id.same(principal)),
        known(|i| &i.client_id).map(|id| id.same(principal)),
    ) {
        (Some(Some(true)), _) => Who::Same,
        (_, Some(Some(true))) => Who::Misnamed("the identity's client id".to_string()),
        (Some(Some(false)), _) => Who::Other,
        _ => Who::Open,
    }
}

fn by_role<'a>(
    grant: &'a RoleAssignment,
    deployment: &Deployment,
    index: &Index,
    chain: &Chain<'a>,
    id: &ResourceId,
) -> Option<Access<'a>> {
    let place = grant.principal.place();
    let principal = match &grant.principal {
        Fact::Known { value, .. } => value,
        Fact::Absent(_) => return None,
        Fact::Unknown { reason, .. } => return Some(Access::Open { place, reason: reason.clone() }),
    };
    let who = who(principal, chain, id);
    let covers = covers(&grant.scope, chain);
    let role = role(grant, deployment, index);
    let scope = || grant.scope.known().map_or_else(|| "the resource group".to_string(), ToString::to_string);
    Some(match (who, covers, role) {
        (Who::Other, ..) => return None,
        (Who::Same, Some(false), _) => Access::Elsewhere { on: &grant.scope, scope: scope() },
        (_, Some(false), _) => return None,
        (Who::Misnamed(what), ..) => Access::WrongId { principal: &grant.principal, what },
        // A role that can't be for the key says nothing about who holds it.
        (Who::Open, _, Role::Weak(_)) => return None,
        (Who::Same, _, Role::Weak(role)) => Access::WeakRole { given: role_of(grant), role },
        (Who::Open, ..) => {
            let reason = format!("whether `{principal}` is identity `{}` is not in these files", id.name());
            Access::Open { place, reason }
        }
        (Who::Same, _, _) if !grant.condition.is_absent() => Access::Conditional { grant },
        (Who::Same, None, _) => {
            let reason = format!("whether `{}` covers the key is not in these files", scope());
            Access::Open { place: grant.scope.place(), reason }
        }
        (Who::Same, _, Role::Open(reason)) => Access::Open { place: role_of(grant).place(), reason },
        (Who::Same, Some(true), Role::Right) => Access::ByRole { grant, broad: None },
        (Who::Same, Some(true), Role::Broad(role)) => Access::ByRole { grant, broad: Some(role) },
    })
}

/// The role of an assignment: its id, or else its name.
pub(super) fn role_of(grant: &RoleAssignment) -> &Fact<Text> {
    let by_name = grant.role.known().is_none() && grant.role_name.known().is_some();
    if by_name { &grant.role_name } else { &grant.role }
}

fn by_policy<'a>(
    policy: &'a AccessPolicy,
    from: &'a ResourceId,
    chain: &Chain<'a>,
    id: &ResourceId,
) -> Option<Access<'a>> {
    if policy.application.literal().is_some() {
        return None; // for an application on behalf of the identity, not for the identity
    }
    let place = policy.object.place();
    let object = match &policy.object {
        Fact::Known { value, .. } => value,
        Fact::Absent(_) => return None,
        Fact::Unknown { reason, .. } => return Some(Access::Open { place, reason: reason.clone() }),
    };
    match who(object, chain, id) {
        Who::Other => return None,
        Who::Misnamed(what) => return Some(Access::WrongId { principal: &policy.object, what }),
        Who::Open => {
            let reason = format!("whether `{object}` is identity `{}` is not in these files", id.name());
            return Some(Access::Open { place, reason });
        }
        Who::Same => {}
    }
    if !policy.application.is_absent() {
        let reason = "whether the access policy is for the identity alone is decided at deployment".to_string();
        return Some(Access::Open { place: policy.application.place(), reason });
    }
    Some(match missing(policy, &["get", "wrapKey", "unwrapKey"]) {
        Err(reason) => Access::Open { place: policy.keys.place(), reason },
        Ok(missing) if missing.is_empty() => Access::ByPolicy { policy, from },
        Ok(missing) => Access::WeakPolicy { policy, missing },
    })
}

/// The permissions of these that a policy lacks; `all` has every one.
pub(super) fn missing(policy: &AccessPolicy, needed: &[&'static str]) -> Result<Vec<&'static str>, String> {
    let given = match &policy.keys {
        Fact::Known { value, .. } => value.as_slice(),
        Fact::Absent(_) => &[],
        Fact::Unknown { reason, .. } => return Err(reason.clone()),
    };
    let has = |word: &str| given.iter().any(|(text, _)| text.same(&Text::literal(word)) == Some(true));
    let missing: Vec<_> = needed.iter().copied().filter(|word| !has("all") && !has(word)).collect();
    match given.iter().find(|(text, _)| text.as_literal().is_none()) {
        Some((open, _)) if !missing.is_empty() => Err(decided(open)),
        _ => Ok(missing),
    }
}

/// Whether a scope covers the whole vault of a chain.
pub(super) fn covers_vault(scope: &Fact<Text>, chain: &Chain<'_>) -> Option<bool> {
    let key = |scope: &Text| ResourceId::parse(scope).is_some_and(|id| id.is("Microsoft.KeyVault/vaults/keys"));
    if scope.known().is_some_and(key) { Some(false) } else { covers(scope, chain) }
}

/// Whether a role assignment's scope covers the key of a chain: the key, its vault, or what is above them.
fn covers(scope: &Fact<Text>, chain: &Chain<'_>) -> Option<bool> {
    let scope = match scope {
        // The group of the deployment, where the vault goes too.
        Fact::Absent(_) => return chain.vault.filter(|vault| !vault.resource.existing).map(|_| true),
        Fact::Unknown { .. } => return None,
        Fact::Known { value, .. } => value,
    };
    let Some(id) = ResourceId::parse(scope) else { return above(scope, chain) };
    let names = id.name().split('/');
    let vault = || names.first()?.same(chain.address.vault.as_ref()?);
    let key = || names.get(1)?.same(chain.address.key.as_ref()?);
    match id.kind() {
        "microsoft.keyvault/vaults" => vault(),
        "microsoft.keyvault/vaults/keys" => match (vault(), key()) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        "microsoft.management/managementgroups" => None,
        _ => Some(false),
    }
}

/// A subscription or a resource group: decided where it is the deployment's own.
fn above(scope: &Text, chain: &Chain<'_>) -> Option<bool> {
    let vault = chain.vault.filter(|vault| !vault.resource.existing)?;
    let opaque = |part: &Part| matches!(part, Part::Opaque(e) if e.starts_with("subscription()") || e.starts_with("resourceGroup()"));
    match vault.resource.id.scope() {
        Some(group) => {
            let (group, scope) = (group.as_literal()?.to_ascii_lowercase(), scope.as_literal()?.to_ascii_lowercase());
            let below = group.strip_prefix(scope.trim_end_matches('/'));
            Some(below.is_some_and(|below| below.is_empty() || below.starts_with('/')))
        }
        None => scope.parts().iter().any(opaque).then_some(true),
    }
}
