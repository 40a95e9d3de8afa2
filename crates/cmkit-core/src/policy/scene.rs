//! The deployment as a set of chains: a cluster, its key URL, the vault and key behind it, and its identity.
//!
//! Rules walk chains and the things on them. What a chain leads to may not be in the files; then asking for it is an
//! unknown outcome of the rule that asks, with the command that shows it.

use super::Options;
use super::fact::{Fact, Place};
use super::model::{Cluster, Deployment, Encryption, Identity, Key, Resource, Vault};
use super::outcome::Out;
use super::text::{ResourceId, Text};
use super::time::Timestamp;
use crate::key::{KeyUri, KeyUriFault};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What rules look at.
pub(super) struct Scene<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) at: Timestamp,
    pub(super) options: &'a Options,
    pub(super) chains: Vec<Chain<'a>>,
}

/// A cluster under a customer-managed key and what it depends on.
pub(super) struct Chain<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) encryption: &'a Encryption,
    pub(super) address: Address,
    pub(super) identity_id: Option<ResourceId>,
    pub(super) vault: Option<&'a Vault>,
    pub(super) key: Option<&'a Key>,
    pub(super) identity: Option<&'a Identity>,
}

/// What a key URL says, as far as it is known.
#[derive(Default)]
pub(super) struct Address {
    /// Why it is not a key identifier.
    pub(super) fault: Option<KeyUriFault>,
    /// The whole identifier, where all of it is known and right.
    pub(super) uri: Option<KeyUri>,
    pub(super) versioned: bool,
    /// Names that can be told even from a wrong URL.
    pub(super) vault: Option<Text>,
    pub(super) key: Option<Text>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(deployment: &'a Deployment, at: Timestamp, options: &'a Options) -> Self {
        let chain = |cluster: &'a Cluster| {
            let encryption = cluster.encryption.known()?;
            let address = encryption.key_url.known().map(address).unwrap_or_default();
            let identity_id = encryption.identity.known().and_then(ResourceId::parse);
            let vault_named = |vault: &&Vault| same(address.vault.as_ref(), vault.resource.id.name());
            let key_named = |key: &&Key| {
                let names = key.resource.id.name().split('/');
                names.len() == 2 && same(address.vault.as_ref(), &names[0]) && same(address.key.as_ref(), &names[1])
            };
            let meant = |identity: &&Identity| {
                identity_id.as_ref().is_some_and(|id| id.same(&identity.resource.id) == Some(true))
            };
            Some(Chain {
                vault: deployment.vaults.iter().find(vault_named),
                key: deployment.keys.iter().find(key_named),
                identity: deployment.identities.iter().find(meant),
                cluster,
                encryption,
                address,
                identity_id,
            })
        };
        let chains =
            deployment.clusters.iter().filter(|cluster| !cluster.resource.existing).filter_map(chain).collect();
        Self { deployment, at, options, chains }
    }

    /// The vaults of all chains, each once.
    pub(super) fn vaults(&self, out: &mut Out) -> Vec<&'a Vault> {
        self.each(out, |chain| chain.vault, Chain::vault_missing)
    }

    /// The keys of all chains, each once.
    pub(super) fn keys(&self, out: &mut Out) -> Vec<&'a Key> {
        self.each(out, |chain| chain.key, Chain::key_missing)
    }

    /// The identities of all chains, each once. One that is not in the files is no matter here.
    pub(super) fn identities(&self) -> Vec<&'a Identity> {
        self.each(&mut Out::default(), |chain| chain.identity, |_, _| ())
    }

    fn each<T>(
        &self,
        out: &mut Out,
        get: impl Fn(&Chain<'a>) -> Option<&'a T>,
        missing: impl Fn(&Chain<'a>, &mut Out),
    ) -> Vec<&'a T> {
        let mut found: Vec<&'a T> = Vec::new();
        for chain in &self.chains {
            match get(chain) {
                Some(one) if found.iter().any(|other| core::ptr::eq(*other, one)) => {}
                Some(one) => found.push(one),
                None => missing(chain, out),
            }
        }
        found
    }

    /// Whether `first` is deployed before `then`, directly or over others; `None` where the files don't decide it.
    pub(super) fn ordered(&self, first: &ResourceId, then: &Resource) -> Option<bool> {
        let mut answer = Some(false);
        let mut open: Vec<&ResourceId> = then.depends_on.iter().collect();
        let mut seen: Vec<&ResourceId> = Vec::new();
        while let Some(id) = open.pop() {
            match id.same(first) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => answer = None,
            }
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            let found = self.deployment.resources.iter().filter(|resource| resource.id.same(id) == Some(true));
            open.extend(found.flat_map(|resource| &resource.depends_on));
        }
        answer
    }
}

impl Chain<'_> {
    /// Where the chain leaves the cluster.
    pub(super) fn url_place(&self) -> &Place {
        self.encryption.key_url.place()
    }

    pub(super) fn name(&self) -> String {
        self.cluster.resource.short_name()
    }

    /// The vault is not in the files.
    pub(super) fn vault_missing(&self, out: &mut Out) {
        let name = self.address.vault.as_ref();
        self.missing(out, "vault", name, |name| format!("az keyvault show --name {name}"));
    }

    fn key_missing(&self, out: &mut Out) {
        let vault = shell(self.address.vault.as_ref(), "VAULT");
        let name = self.address.key.as_ref();
        self.missing(out, "key", name, |name| format!("az keyvault key show --vault-name {vault} --name {name}"));
    }

    fn missing(&self, out: &mut Out, what: &str, name: Option<&Text>, command: impl Fn(&str) -> String) {
        let message = match (name, &self.encryption.key_url) {
            (Some(name), _) => format!("the {what} `{name}` is not in these files"),
            (None, Fact::Known { value, .. }) if value.as_literal().is_none() => {
                format!("which {what} it is, is decided at deployment: `{value}`")
            }
            (None, _) => format!("the key URL does not say which {what} it is"),
        };
        out.unknown(self.url_place(), message, Some(command(&shell(name, &what.to_ascii_uppercase()))));
    }
}

/// A name for a command line: the known one, or a word to be replaced.
pub(super) fn shell(name: Option<&Text>, word: &str) -> String {
    let plain = |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:".contains(&b));
    name.and_then(Text::as_literal).filter(plain).unwrap_or(word).to_string()
}

pub(super) fn show_vault(vault: &Vault) -> String {
    format!("az keyvault show --name {}", shell(Some(vault.resource.id.name()), "VAULT"))
}

pub(super) fn show_key(key: &Key) -> String {
    let names = key.resource.id.name().split('/');
    let (vault, name) = (shell(names.first(), "VAULT"), shell(names.get(1), "KEY"));
    format!("az keyvault key show --vault-name {vault} --name {name}")
}

pub(super) fn show_cluster(cluster: &Cluster) -> String {
    let name = shell(Some(cluster.resource.id.name()), "CLUSTER");
    format!("az resource show --resource-group GROUP --resource-type {MONGO_CLUSTERS} --name {name}")
}

pub(super) fn show_identity(chain: &Chain<'_>) -> String {
    let name = chain.identity_id.as_ref().map(ResourceId::name);
    format!("az identity show --resource-group GROUP --name {}", shell(name, "IDENTITY"))
}

pub(super) const MONGO_CLUSTERS: &str = "Microsoft.DocumentDB/mongoClusters";

fn same(one: Option<&Text>, two: &Text) -> bool {
    one.is_some_and(|one| one.same(two) == Some(true))
}

/// Takes a key URL apart.
fn address(url: &Text) -> Address {
    let pieces = url.split('/');
    let names = names_in(url, &pieces);
    let (vault, key) = (names.first().cloned(), names.get(1).cloned());
    if let Some(literal) = url.as_literal() {
        return match KeyUri::diagnose(literal, &[]) {
            Ok(uri) => Address { versioned: uri.version().is_some(), uri: Some(uri), vault, key, fault: None },
            Err(fault) => Address { fault: Some(fault), uri: None, versioned: false, vault, key },
        };
    }
    // A version in an identifier with open parts: something after the key's name.
    let keys = pieces.get(3).and_then(Text::as_literal) == Some("keys");
    let versioned = keys && pieces.get(5).is_some_and(|version| !version.parts().is_empty());
    Address { versioned, vault, key, uri: None, fault: None }
}

/// The names of vault and key in a key identifier, a secret's identifier or an ARM id.
fn names_in(url: &Text, pieces: &[Text]) -> Vec<Text> {
    if let Some(id) = ResourceId::parse(url).filter(|id| id.kind().starts_with("microsoft.keyvault/vaults")) {
        return id.name().split('/');
    }
    let Some(scheme) = pieces.first().and_then(Text::as_literal) else { return Vec::new() };
    let Some(host) = pieces.get(2).filter(|_| scheme.ends_with(':')) else { return Vec::new() };
    let labels = host.split('.');
    let service = labels.get(1).and_then(Text::as_literal).unwrap_or_default().to_ascii_lowercase();
    let holds_keys = matches!(service.as_str(), "vault" | "managedhsm" | "privatelink");
    let vault = labels.first().filter(|vault| holds_keys && !vault.parts().is_empty());
    let key = pieces.get(4).and_then(|key| key.split('?').into_iter().next()).filter(|key| !key.parts().is_empty());
    vault.cloned().into_iter().chain(key).collect()
}
