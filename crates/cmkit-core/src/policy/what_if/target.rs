//! What an event can happen to, and which clusters depend on it.

use super::super::model::Cluster;
use super::super::outcome::Out;
use super::super::scene::{Chain, Scene};
use super::super::text::{ResourceId, Text};
use super::retention::shown;
use super::{Event, Selection};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What an event can happen to.
pub(super) enum Target<'a> {
    Key {
        vault: Text,
        key: Text,
    },
    Vault(Text),
    Identity(ResourceId),
    /// What lets an identity use the keys of a vault.
    Grant {
        identity: ResourceId,
        vault: Text,
    },
    /// A replica and, where it is in the files, its primary.
    Replica(&'a Cluster, Option<&'a Cluster>),
    /// The cluster's files don't say what it uses.
    Unsaid {
        kind: &'static str,
        cluster: &'a Cluster,
    },
}

impl<'a> Target<'a> {
    /// Everything in the files that the event can happen to, each once.
    pub(super) fn all(event: Event, scene: &Scene<'a>) -> Vec<Self> {
        let kind = match event {
            Event::KeyDisabled
            | Event::KeyDeleted
            | Event::KeyPurged
            | Event::KeyExpires
            | Event::VersionDisabled
            | Event::Rotated => "key",
            Event::VaultDeleted | Event::FirewallClosed | Event::TenantMoved => "vault",
            Event::IdentityDeleted => "identity",
            Event::RoleRemoved | Event::PolicyRemoved => "grant",
            Event::Promoted => {
                let replicas = scene.deployment.clusters.iter().filter(|cluster| !cluster.resource.existing);
                let replicas = replicas.filter(|cluster| is_replica(cluster));
                return replicas.map(|replica| Self::Replica(replica, primary(scene, replica))).collect();
            }
        };
        let mut found: Vec<Self> = Vec::new();
        for chain in scene.chains(&mut Out::default()) {
            if !found.iter().any(|target| target.touches(chain) == Some(true)) {
                found.push(Self::of(kind, chain));
            }
        }
        found
    }

    /// What of this kind a chain leads to.
    pub(super) fn of(kind: &'static str, chain: &Chain<'a>) -> Self {
        let (vault, key, identity) =
            (chain.address.vault.clone(), chain.address.key.clone(), chain.identity_id.clone());
        match (kind, vault, key, identity) {
            ("key", Some(vault), Some(key), _) => Self::Key { vault, key },
            ("vault", Some(vault), ..) => Self::Vault(vault),
            ("identity", _, _, Some(identity)) => Self::Identity(identity),
            ("grant", Some(vault), _, Some(identity)) => Self::Grant { identity, vault },
            _ => Self::Unsaid { kind, cluster: chain.cluster },
        }
    }

    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Key { .. } => "key",
            Self::Vault(_) => "vault",
            Self::Identity(_) => "identity",
            Self::Grant { .. } => "grant",
            Self::Replica(..) => "cluster",
            Self::Unsaid { kind, .. } => kind,
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Key { vault, key } => format!("{}/{}", shown(Some(vault), ""), shown(Some(key), "")),
            Self::Vault(vault) => shown(Some(vault), ""),
            Self::Identity(identity) => shown(Some(identity.name()), ""),
            Self::Grant { identity, vault } => {
                format!("{} on {}", shown(Some(identity.name()), ""), shown(Some(vault), ""))
            }
            Self::Replica(replica, _) => replica.resource.short_name(),
            Self::Unsaid { kind, cluster } => format!("the {kind} of {}", cluster.resource.short_name()),
        }
    }

    /// Whether the chain depends on it; `None` where the files don't decide it.
    pub(super) fn touches(&self, chain: &Chain<'_>) -> Option<bool> {
        let vault = |vault: &Text| chain.address.vault.as_ref().and_then(|name| name.same(vault));
        let identity = |id: &ResourceId| chain.identity_id.as_ref().and_then(|known| known.same(id));
        match self {
            Self::Key { vault: name, key } => both(vault(name), chain.address.key.as_ref().and_then(|k| k.same(key))),
            Self::Vault(name) => vault(name),
            Self::Identity(id) => identity(id),
            Self::Grant { identity: id, vault: name } => both(vault(name), identity(id)),
            Self::Replica(..) => Some(self.touches_cluster(chain.cluster)),
            Self::Unsaid { cluster, .. } => core::ptr::eq(*cluster, chain.cluster).then_some(true),
        }
    }

    /// Whether the cluster is the replica or its primary.
    pub(super) fn touches_cluster(&self, cluster: &Cluster) -> bool {
        let Self::Replica(replica, primary) = self else { return false };
        core::ptr::eq(*replica, cluster) || primary.is_some_and(|primary| core::ptr::eq(primary, cluster))
    }

    /// Whether a selection means it: by its own name, or by those of the chains that depend on it.
    pub(super) fn is_meant(&self, scene: &Scene<'_>, selection: &Selection) -> bool {
        let Selection { key, version: _, vault, identity, cluster } = selection;
        if let Self::Replica(replica, primary) = self {
            let names = [Some(*replica), *primary].into_iter().flatten().map(|one| one.resource.short_name());
            return cluster.as_ref().is_none_or(|wanted| names.into_iter().any(|name| is(wanted, &name)));
        }
        let meant = |chain: &Chain<'_>| {
            let short = shown(chain.address.key.as_ref(), "");
            let in_vault = shown(chain.address.vault.as_ref(), "");
            let full = format!("{in_vault}/{short}");
            let user = shown(chain.identity_id.as_ref().map(ResourceId::name), "");
            key.as_ref().is_none_or(|wanted| is(wanted, &short) || is(wanted, &full))
                && vault.as_ref().is_none_or(|wanted| is(wanted, &in_vault))
                && identity.as_ref().is_none_or(|wanted| is(wanted, &user))
                && cluster.as_ref().is_none_or(|wanted| is(wanted, &chain.name()))
        };
        scene.chains(&mut Out::default()).iter().any(|chain| self.touches(chain) == Some(true) && meant(chain))
    }
}

fn is(wanted: &str, name: &str) -> bool {
    wanted.eq_ignore_ascii_case(name)
}

fn both(one: Option<bool>, two: Option<bool>) -> Option<bool> {
    match (one, two) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

pub(super) fn is_replica(cluster: &Cluster) -> bool {
    let mode = cluster.create_mode.literal();
    mode.is_some_and(|mode| ["GeoReplica", "Replica"].iter().any(|known| mode.eq_ignore_ascii_case(known)))
}

/// The primary of a replica, where both are in the files.
pub(super) fn primary<'a>(scene: &Scene<'a>, replica: &Cluster) -> Option<&'a Cluster> {
    let source = ResourceId::parse(replica.replica_source.known()?)?;
    scene.deployment.clusters.iter().find(|cluster| cluster.resource.id.same(&source) == Some(true))
}
