//! What lets the service in: the identity, and its role or access policy on the vault.

use super::super::access::Access;
use super::super::fact::Fact;
use super::super::model::Vault;
use super::super::rules::Basis;
use super::case::Case;
use super::outlook::{Outcome, Outlook};
use super::versions::ALL_PARAMETERS;
use alloc::format;
use alloc::string::ToString;

impl Case<'_, '_> {
    pub(super) fn role_removed(&self) -> Outlook {
        match self.by_rbac() {
            Some(false) => self.no_part("access policies", "role assignments"),
            None => self.model_unknown(),
            Some(true) => {
                let what = format!(
                    "every role assignment by which {} may use {} is removed: Key Vault refuses it (403 `ForbiddenByRbac`)",
                    self.identity(),
                    self.key()
                );
                let outlook = self
                    .unless_granted_elsewhere(Outlook::loss(self.name(), self.at(), what))
                    .then_do("assign the role again", self.assign_role(&self.principal()))
                    .then_do("or move the cluster to another identity that has the role", self.update());
                self.wait(outlook)
                    .trap(
                        "a role assignment may take 10 minutes to count, one through a group many hours",
                        Basis::Documented,
                    )
                    .trap(ALL_PARAMETERS, Basis::Documented)
            }
        }
    }

    pub(super) fn policy_removed(&self) -> Outlook {
        match self.by_rbac() {
            Some(true) => self.no_part("Azure RBAC", "access policies"),
            None => self.model_unknown(),
            Some(false) => {
                let what = format!(
                    "the access policy of {} is removed: Key Vault refuses it (403 `AccessDenied` or `ForbiddenByPolicy`)",
                    self.identity()
                );
                let outlook = Outlook::loss(self.name(), self.at(), what)
                    .then_do("give get, list, wrapKey and unwrapKey again", self.set_policy(&self.principal()))
                    .then_do("or move the cluster to another identity that has them", self.update());
                self.wait(outlook)
                    .trap(
                        "a template that is deployed again overwrites all access policies of its vault: put the policy into the \
                         template, or it is lost again",
                        Basis::Documented,
                    )
                    .trap("a role assignment is no help here: the vault goes by access policies", Basis::Documented)
                    .trap(ALL_PARAMETERS, Basis::Documented)
            }
        }
    }

    pub(super) fn identity_deleted(&self) -> Outlook {
        let what = format!("{} is deleted: the service can't ask Key Vault for anything any more", self.identity());
        let show = "$(az identity show --resource-group GROUP --name NEW_IDENTITY --query principalId --output tsv)";
        let grant = match self.by_rbac() {
            Some(false) => self.set_policy(show),
            _ => self.assign_role(show),
        };
        let location = self.chain.cluster.resource.location.literal().unwrap_or("REGION").to_string();
        let create = format!("az identity create --resource-group GROUP --name NEW_IDENTITY --location {location}");
        let outlook = Outlook::loss(self.name(), self.at(), what)
            .then_do("make a new identity, in the region and the tenant of the cluster", create)
            .then_do("give the new identity access to the key", grant)
            .then_do("update the cluster to the new identity, with all encryption parameters", self.update());
        self.wait(outlook)
            .trap(
                "a new identity of the same name is another identity, with another object id: the old grants don't count for \
                 it, and the cluster does not take to it by itself",
                Basis::Documented,
            )
            .trap(
                "the documentation also names recovering the deleted identity in Entra; whether a managed identity can be \
                 recovered is not confirmed, so don't wait for it",
                Basis::Inferred,
            )
            .trap(ALL_PARAMETERS, Basis::Documented)
            .trap("grants of the deleted identity stay behind, for an object id that nobody has: remove them", Basis::Practice)
    }

    /// Whether the vault goes by role assignments; where only the grant tells it, by that.
    pub(super) fn by_rbac(&self) -> Option<bool> {
        let told = match &self.chain.access {
            Some(Access::ByRole { .. }) => Some(true),
            Some(Access::ByPolicy { .. }) => Some(false),
            _ => None,
        };
        match self.chain.vault.map(Vault::grants_by_rbac) {
            Some(Fact::Known { value, .. }) => Some(value),
            _ => told,
        }
    }

    fn no_part(&self, model: &str, other: &str) -> Outlook {
        let what = format!("nothing: {} goes by {model}, {other} count for nothing with its keys", self.vault());
        Outlook::of(self.name(), Outcome::Unchanged).now(self.at(), what)
    }

    fn model_unknown(&self) -> Outlook {
        let what = format!("what it does depends on whether {} goes by roles or by access policies", self.vault());
        let show = self.vault_command("show", " --query properties.enableRbacAuthorization");
        self.unknown(what, "the vault's permission model", show)
    }

    /// A grant above the vault may stay.
    fn unless_granted_elsewhere(&self, outlook: Outlook) -> Outlook {
        let list = format!("az role assignment list --all --assignee-object-id {}", self.principal());
        match &self.chain.access {
            Some(Access::ByRole { .. } | Access::ByPolicy { .. }) => outlook,
            _ => outlook
                .meanwhile(
                    "these files show no role that lets the identity in; a grant on the resource group, the subscription or \
                     above keeps access up",
                    Basis::Documented,
                )
                .then_do("see which grants there are", list),
        }
    }
}
