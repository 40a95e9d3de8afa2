//! One cluster and one event: the words and commands that the answers share.

use super::super::model::Key;
use super::super::scene::{Chain, MONGO_CLUSTERS, Scene, shell};
use super::super::text::ResourceId;
use super::super::time::Timestamp;
use super::outlook::{Outcome, Outlook};
use super::retention::shown;
use super::{Event, Selection};
use alloc::format;
use alloc::string::{String, ToString};

/// One cluster under a customer-managed key, about which something is asked.
pub(super) struct Case<'s, 'a> {
    pub(super) scene: &'s Scene<'a>,
    pub(super) chain: &'s Chain<'a>,
    pub(super) selection: &'s Selection,
}

impl<'a> Case<'_, 'a> {
    /// What the event does to the cluster.
    pub(super) fn outlook(&self, event: Event) -> Outlook {
        match event {
            Event::KeyDisabled => self.key_disabled(),
            Event::KeyDeleted => self.key_deleted(),
            Event::KeyPurged => self.key_purged(),
            Event::KeyExpires => self.key_expires(),
            Event::VersionDisabled => self.version_disabled(),
            Event::Rotated => self.rotated(),
            Event::RoleRemoved => self.role_removed(),
            Event::PolicyRemoved => self.policy_removed(),
            Event::IdentityDeleted => self.identity_deleted(),
            Event::VaultDeleted => self.vault_deleted(),
            Event::FirewallClosed => self.firewall_closed(),
            Event::TenantMoved => self.tenant_moved(),
            Event::Promoted => Outlook::of(self.name(), Outcome::Unchanged), // told by `copies`, not by chains
        }
    }

    pub(super) fn at(&self) -> Timestamp {
        self.scene.at
    }

    pub(super) fn name(&self) -> String {
        self.chain.name()
    }

    pub(super) fn facts(&self) -> Option<&'a Key> {
        self.chain.key
    }

    /// The key as people call it.
    pub(super) fn key(&self) -> String {
        format!("key `{}`", shown(self.chain.address.key.as_ref(), "KEY"))
    }

    pub(super) fn vault(&self) -> String {
        format!("vault `{}`", shown(self.chain.address.vault.as_ref(), "VAULT"))
    }

    pub(super) fn identity(&self) -> String {
        let name = self.chain.identity_id.as_ref().map(ResourceId::name);
        format!("identity `{}`", shown(name, "IDENTITY"))
    }

    /// A command on the key.
    pub(super) fn key_command(&self, verb: &str, rest: &str) -> String {
        let (vault, key) = (self.vault_word(), shell(self.chain.address.key.as_ref(), "KEY"));
        format!("az keyvault key {verb} --vault-name {vault} --name {key}{rest}")
    }

    /// A command on the vault.
    pub(super) fn vault_command(&self, verb: &str, rest: &str) -> String {
        format!("az keyvault {verb} --name {}{rest}", self.vault_word())
    }

    pub(super) fn vault_word(&self) -> String {
        shell(self.chain.address.vault.as_ref(), "VAULT")
    }

    fn identity_word(&self) -> String {
        shell(self.chain.identity_id.as_ref().map(ResourceId::name), "IDENTITY")
    }

    /// The object id of the identity, where it is known, or the command that shows it.
    pub(super) fn principal(&self) -> String {
        let known = self.chain.identity.and_then(|identity| identity.principal_id.literal());
        let name = self.identity_word();
        known.map_or_else(
            || format!("$(az identity show --resource-group GROUP --name {name} --query principalId --output tsv)"),
            ToString::to_string,
        )
    }

    pub(super) fn assign_role(&self, principal: &str) -> String {
        format!(
            "az role assignment create --role \"Key Vault Crypto Service Encryption User\" --assignee-object-id {principal} \
             --assignee-principal-type ServicePrincipal --scope $(az keyvault show --name {} --query id --output tsv)",
            self.vault_word()
        )
    }

    pub(super) fn set_policy(&self, principal: &str) -> String {
        let rest = format!(" --object-id {principal} --key-permissions get list wrapKey unwrapKey");
        self.vault_command("set-policy", &rest)
    }

    /// Whether the cluster is there again.
    pub(super) fn status(&self) -> String {
        let name = shell(Some(self.chain.cluster.resource.id.name()), "CLUSTER");
        format!(
            "az resource show --resource-group GROUP --resource-type {MONGO_CLUSTERS} --name {name} \
             --api-version 2025-09-01 --query properties.clusterStatus"
        )
    }

    /// The update that gives the cluster another identity or key.
    pub(super) fn update(&self) -> String {
        let name = shell(Some(self.chain.cluster.resource.id.name()), "CLUSTER");
        format!(
            "az rest --method patch --body @cluster.json --url \
             \"/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/{MONGO_CLUSTERS}/{name}?api-version=2025-09-01\""
        )
    }

    /// The end of every recovery.
    pub(super) fn wait(&self, outlook: Outlook) -> Outlook {
        outlook.then_do("wait for the cluster to be `Ready`: up to 60 minutes", self.status()).back()
    }

    /// The files don't decide what happens.
    pub(super) fn unknown(&self, what: impl Into<String>, evidence: &str, command: String) -> Outlook {
        Outlook::of(self.name(), Outcome::Unknown).now(self.at(), what).unsettled(evidence, Some(command))
    }
}
