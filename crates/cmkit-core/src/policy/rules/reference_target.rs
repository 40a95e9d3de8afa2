//! Whether the key URL leads to a vault and a key of the files.

use super::super::finding::{Consequence, Level};
use super::super::model::{Key, Vault};
use super::super::outcome::Out;
use super::super::scene::Scene;
use super::super::text::Text;
use super::{Basis, Rule, say};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) const RULES: &[Rule] = &[
    Rule {
        code: "CMK3009",
        title: "the key URL leads to a vault of these files",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the vault of the key URL",
        why: "these files have a vault that no cluster uses, and a cluster whose vault is not in them: one of the \
              two names is probably wrong",
        fix: "name the vault of these files in `keyEncryptionKeyUrl`, best by `reference(...).keyUri` of its key",
        irreversible: false,
        source: say::HOW_TO,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: vault,
    },
    Rule {
        code: "CMK3010",
        title: "the key URL leads to a key of these files",
        level: Level::Warning,
        consequence: Consequence::ProvisioningFails,
        time_to_impact: say::AT_DEPLOYMENT,
        evidence: "the key of the key URL",
        why: "the vault is made here with a key that no cluster uses, and the key of the URL is not: one of the two \
              names is probably wrong",
        fix: "name the key of these files in `keyEncryptionKeyUrl`, best by `reference(...).keyUri`",
        irreversible: false,
        source: say::HOW_TO,
        basis: Basis::Inferred,
        crosswalk: &[],
        check: key,
    },
];

fn vault(scene: &Scene<'_>, out: &mut Out) {
    let used: BTreeSet<_> = scene.vaults(&mut Out::default()).into_iter().map(core::ptr::from_ref).collect();
    let own = |vault: &&Vault| !vault.resource.existing && !used.contains(&core::ptr::from_ref(*vault));
    let unused: Vec<_> = scene.deployment.vaults.iter().filter(own).collect();
    for chain in scene.chains(out) {
        if chain.vault.is_some() {
            out.pass();
            continue;
        }
        if chain.linked.is_some() {
            chain.vault(out);
            continue;
        }
        let other = chain.address.vault.as_ref().filter(|_| !chain.address.in_hsm()).and_then(|name| {
            let other = |vault: &&Vault| vault.resource.id.name().same(name) == Some(false);
            let first = unused.first().filter(|_| unused.iter().all(other))?;
            Some((name, *first))
        });
        let Some((name, other)) = other else {
            chain.vault(out);
            continue;
        };
        let message =
            format!("the key URL of cluster `{}` leads to vault `{name}`, not to one of these files", chain.name());
        out.fail(chain.url_place(), message)
            .expected(shown(unused.iter().map(|vault| vault.resource.id.name())))
            .actual(name)
            .source(&chain.encryption.key_url)
            .related(&other.resource.place, "a vault that no cluster uses");
    }
}

fn key(scene: &Scene<'_>, out: &mut Out) {
    let used: BTreeSet<_> = scene.keys(&mut Out::default()).into_iter().map(core::ptr::from_ref).collect();
    let own = |key: &&Key| !key.resource.existing && !used.contains(&core::ptr::from_ref(*key));
    let unused: Vec<_> = scene.deployment.keys.iter().filter(own).collect();
    for chain in scene.chains(out) {
        if chain.key.is_some() {
            out.pass();
            continue;
        }
        let here = chain.vault.filter(|_| chain.linked.is_none());
        let made_here = here.filter(|vault| !vault.resource.existing && !vault.resource.is_live());
        let (Some(vault), Some(name)) = (made_here, chain.address.key.as_ref()) else {
            chain.key(out);
            continue;
        };
        let pieces = |key: &Key| key.resource.id.name().split('/');
        let beside: Vec<_> = unused
            .iter()
            .filter(|key| pieces(key).first().and_then(|of| of.same(vault.resource.id.name())) == Some(true))
            .collect();
        let other = |key: &Key| pieces(key).get(1).and_then(|other| other.same(name)) == Some(false);
        if beside.is_empty() || !beside.iter().all(|key| other(key)) {
            chain.key(out);
            continue;
        }
        let message =
            format!("the key URL of cluster `{}` leads to key `{name}`, not to one of these files", chain.name());
        let names: Vec<_> = beside.iter().filter_map(|key| pieces(key).pop()).collect();
        out.fail(chain.url_place(), message)
            .expected(shown(names.iter()))
            .actual(name)
            .source(&chain.encryption.key_url)
            .related(&beside[0].resource.place, "a key that no cluster uses");
    }
}

fn shown<'t>(names: impl Iterator<Item = &'t Text>) -> String {
    names.map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}
