//! The deployment as a set of chains: a cluster, its key URL, the vault and key behind it, and its identity.
//!
//! Rules walk chains and the things on them. What a chain leads to may not be in the files; then asking for it is an
//! unknown outcome of the rule that asks, with the command that shows it. Every rule that needs a thing asks for it, so
//! that what is missing never passes for something with nothing to look at.

use super::Options;
use super::access::{Access, Accesses, best};
use super::address::Address;
use super::fact::{Dialect, Fact, Place};
use super::index::Index;
use super::model::{Cluster, Deployment, Encryption, Identity, Key, Resource, Vault};
use super::outcome::{Out, decided};
use super::text::{Part, ResourceId, Text};
use super::time::Timestamp;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

/// What rules look at.
pub(super) struct Scene<'a> {
    pub(super) deployment: &'a Deployment,
    pub(super) at: Timestamp,
    pub(super) options: &'a Options,
    pub(super) index: Index,
    chains: Vec<Chain<'a>>,
    /// The clusters of which it isn't known whether they have a customer-managed key.
    open: Vec<&'a Cluster>,
    /// The acceptances of the settings that accepted something so far.
    pub(super) used: RefCell<BTreeSet<usize>>,
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
    /// A deployment of a template that was not read: what the files lack may be in there.
    pub(super) linked: Option<&'a ResourceId>,
    /// What the identity may do; none where there is no identity to speak of, or no vault in the files.
    pub(super) access: Option<Access<'a>>,
    /// Where there is no vault in the files: what the role assignments in them come to.
    pub(super) by_role: Option<Access<'a>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(deployment: &'a Deployment, at: Timestamp, options: &'a Options) -> Self {
        let index = Index::new(deployment);
        let own = |cluster: &&Cluster| !cluster.resource.existing;
        let (mut chains, mut open) = (Vec::new(), Vec::new());
        for cluster in deployment.clusters.iter().filter(own) {
            match &cluster.encryption {
                Fact::Known { value, .. } => chains.push(Chain::new(cluster, value, deployment, &index)),
                Fact::Unknown { .. } => open.push(cluster),
                Fact::Absent(_) => {}
            }
        }
        let (mut accesses, alone) = (Accesses::default(), chains.len() == 1);
        for chain in &mut chains {
            let found = if alone { best(deployment, &index, chain) } else { accesses.of(deployment, &index, chain) };
            if chain.vault.is_some() { chain.access = found } else { chain.by_role = found }
        }
        Self { deployment, at, options, index, chains, open, used: RefCell::default() }
    }

    /// Whether something stands in a form: what it is about is there already or made by the portal, in an order of its own.
    pub(super) fn in_form(&self, place: &Place) -> bool {
        self.deployment.files.get(place.file).is_some_and(|file| file.dialect == Dialect::Form)
    }

    /// The chains; a cluster that may have one is an unknown outcome.
    pub(super) fn chains(&self, out: &mut Out) -> &[Chain<'a>] {
        for cluster in &self.open {
            out.known(&cluster.encryption, &show_cluster(cluster));
        }
        &self.chains
    }

    /// The chain of a cluster, if it has one.
    pub(super) fn chain_of(&self, cluster: &Cluster) -> Option<&Chain<'a>> {
        // Both are in the order of the files, and most clusters have a chain.
        let at = self.chains.partition_point(|chain| core::ptr::from_ref(chain.cluster) < core::ptr::from_ref(cluster));
        self.chains.get(at).filter(|chain| core::ptr::eq(chain.cluster, cluster))
    }

    /// The vaults of all chains, each once.
    pub(super) fn vaults(&self, out: &mut Out) -> Vec<&'a Vault> {
        self.each(out, Chain::vault)
    }

    /// The keys of all chains, each once.
    pub(super) fn keys(&self, out: &mut Out) -> Vec<&'a Key> {
        self.each(out, Chain::key)
    }

    /// The identities of all chains, each once.
    pub(super) fn identities(&self, out: &mut Out) -> Vec<&'a Identity> {
        self.each(out, Chain::identity)
    }

    fn each<T>(&self, out: &mut Out, get: impl Fn(&Chain<'a>, &mut Out) -> Option<&'a T>) -> Vec<&'a T> {
        let mut found: Vec<_> = self.chains(out).iter().filter_map(|chain| get(chain, out)).collect();
        if found.len() > 1 {
            let mut seen = BTreeSet::new();
            found.retain(|one| seen.insert(core::ptr::from_ref(*one)));
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
            let named = self.index.resources.get(id.name()).iter().map(|at| &self.deployment.resources[*at]);
            let found = named.filter(|resource| resource.id.same(id) == Some(true));
            open.extend(found.flat_map(|resource| &resource.depends_on));
        }
        answer
    }
}

impl<'a> Chain<'a> {
    fn new(cluster: &'a Cluster, encryption: &'a Encryption, deployment: &'a Deployment, index: &Index) -> Self {
        let address = encryption.key_url.known().map(Address::of).unwrap_or_default();
        let identity_id = encryption.identity.known().and_then(ResourceId::parse);
        let vault = address.vault.as_ref().and_then(|name| index.vaults.get(name).first());
        let key = address.vault.as_ref().zip(address.key.as_ref()).and_then(|(vault, key)| {
            let name = vault.clone().then_str("/").then(key.clone());
            index.keys.get(&name).first()
        });
        let identity = identity_id.as_ref().and_then(|id| {
            let mut named = index.identities.get(id.name()).iter().map(|at| &deployment.identities[*at]);
            named.find(|identity| id.same(&identity.resource.id) == Some(true))
        });
        let (vault, key) = (vault.map(|at| &deployment.vaults[*at]), key.map(|at| &deployment.keys[*at]));
        let linked = deployment.linked.first();
        Self { cluster, encryption, address, identity_id, vault, key, identity, linked, access: None, by_role: None }
    }

    /// That something is not in the files, and where it may be.
    pub(super) fn lack(&self, what: &str) -> String {
        match self.linked {
            None => format!("{what} is not in these files"),
            Some(id) => {
                format!("{what} is not in these files; deployment `{}` has a template that is not read here", id.name())
            }
        }
    }

    /// Where the chain leaves the cluster.
    pub(super) fn url_place(&self) -> &Place {
        self.encryption.key_url.place()
    }

    pub(super) fn name(&self) -> String {
        self.cluster.resource.short_name()
    }

    /// The key URL; where it isn't known, that is the outcome. One that is left out is CMK6002's.
    pub(super) fn url(&self, out: &mut Out) -> Option<&'a Text> {
        let fact = &self.encryption.key_url;
        if fact.is_absent() {
            return None;
        }
        out.known(fact, &show_cluster(self.cluster)).map(|seen| seen.value)
    }

    /// The id of the key's identity; where it isn't known, that is the outcome. A wrong one is CMK4003's.
    pub(super) fn identity_id(&self, out: &mut Out) -> Option<&ResourceId> {
        let fact = &self.encryption.identity;
        if fact.is_absent() {
            return None; // CMK6002's
        }
        let seen = out.known(fact, &show_cluster(self.cluster))?;
        if matches!(seen.value.parts(), [Part::Opaque(_)]) {
            out.unknown(seen.place, decided(seen.value), Some(show_cluster(self.cluster).into()));
        }
        self.identity_id.as_ref()
    }

    /// The vault; one that is not in the files is an unknown outcome. With a managed HSM, which is CMK3006's, there is none.
    pub(super) fn vault(&self, out: &mut Out) -> Option<&'a Vault> {
        if self.vault.is_none() && !self.address.in_hsm() {
            let name = self.address.vault.as_ref();
            self.missing(out, "vault", name, |name| format!("az keyvault show --name {name}"));
        }
        self.vault
    }

    /// The key; one that is not in the files is an unknown outcome. It would be another one if it has to leave an HSM.
    pub(super) fn key(&self, out: &mut Out) -> Option<&'a Key> {
        if self.key.is_none() && !self.address.in_hsm() {
            let vault = shell(self.address.vault.as_ref(), "VAULT");
            let name = self.address.key.as_ref();
            self.missing(out, "key", name, |name| format!("az keyvault key show --vault-name {vault} --name {name}"));
        }
        self.key
    }

    /// The identity; one that is not in the files is an unknown outcome.
    pub(super) fn identity(&self, out: &mut Out) -> Option<&'a Identity> {
        let id = self.identity_id(out)?;
        if self.identity.is_none() && id.is("Microsoft.ManagedIdentity/userAssignedIdentities") {
            let message = self.lack(&format!("identity `{}`", id.name()));
            out.unknown(self.encryption.identity.place(), message, Some(show_identity(self).into()));
        }
        self.identity
    }

    fn missing(&self, out: &mut Out, what: &str, name: Option<&Text>, command: impl Fn(&str) -> String) {
        let message = match (name, &self.encryption.key_url) {
            (Some(name), _) => self.lack(&format!("the {what} `{name}`")),
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

/// The command that shows a resource. It is asked for with every fact and told with few, so it is not text before.
#[derive(Clone, Copy)]
pub(super) enum Show<'a> {
    Vault(&'a Vault),
    Key(&'a Key, &'static str),
    Cluster(&'a Cluster),
    Identity(Option<&'a Text>),
}

impl fmt::Display for Show<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vault(vault) => {
                write!(f, "az keyvault show --name {}", shell(Some(vault.resource.id.name()), "VAULT"))
            }
            Self::Key(key, what) => {
                let names = key.resource.id.name().split('/');
                let (vault, name) = (shell(names.first(), "VAULT"), shell(names.get(1), "KEY"));
                write!(f, "az keyvault key {what} --vault-name {vault} --name {name}")
            }
            Self::Cluster(cluster) => {
                let name = shell(Some(cluster.resource.id.name()), "CLUSTER");
                write!(f, "az resource show --resource-group GROUP --resource-type {MONGO_CLUSTERS} --name {name}")
            }
            Self::Identity(name) => {
                write!(f, "az identity show --resource-group GROUP --name {}", shell(*name, "IDENTITY"))
            }
        }
    }
}

impl From<Show<'_>> for String {
    fn from(show: Show<'_>) -> Self {
        show.to_string()
    }
}

pub(super) const fn show_vault(vault: &Vault) -> Show<'_> {
    Show::Vault(vault)
}

pub(super) const fn show_key(key: &Key) -> Show<'_> {
    Show::Key(key, "show")
}

pub(super) const fn show_cluster(cluster: &Cluster) -> Show<'_> {
    Show::Cluster(cluster)
}

pub(super) fn show_identity<'c>(chain: &'c Chain<'_>) -> Show<'c> {
    Show::Identity(chain.identity_id.as_ref().map(ResourceId::name))
}

pub(super) const MONGO_CLUSTERS: &str = "Microsoft.DocumentDB/mongoClusters";
