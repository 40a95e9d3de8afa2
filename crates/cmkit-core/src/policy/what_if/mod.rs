//! What happens to clusters when a key, a vault, an identity or a grant changes: a timeline a cluster, the way back in
//! order, and what goes wrong on it.
//!
//! It is told from the same graph that the rules look at, for any date, and says `unknown` where the files don't decide
//! it. It asks no service: it says what is documented to happen, not what is happening.

mod case;
mod copies;
mod event;
mod grants;
mod keys;
mod outlook;
mod retention;
mod target;
mod vaults;
mod versions;

pub use event::Event;
pub use outlook::{Action, Bystander, Evidence, Fate, Outcome, Outlook, Remark, Section, Step, WhatIf};

pub(super) use retention::shown;

use super::model::Deployment;
use super::scene::Scene;
use super::time::Timestamp;
use super::{Level, Verdict};
use super::{Options, check};
use crate::error::{Code, Error};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use case::Case;
use target::Target;

/// Which of several keys, vaults, identities or clusters is meant; all of them by default.
///
/// ```
/// let mut selection = cmkit_core::policy::Selection::default();
/// selection.key = Some("kv-orders/orders-kek".into()); // or without its vault
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// The key, with or without its vault: `kv-orders/orders-kek`.
    pub key: Option<String>,
    /// The version of the key, for [`Event::VersionDisabled`]; an older one than the newest by default.
    pub version: Option<String>,
    /// The vault.
    pub vault: Option<String>,
    /// The identity.
    pub identity: Option<String>,
    /// The cluster.
    pub cluster: Option<String>,
}

/// Tells what an event at the time `at` does to the clusters of a deployment. See [`WhatIf`] for an example.
///
/// # Errors
/// [`Code::InvalidArgument`] where nothing in the files is what the selection names.
pub fn what_if(deployment: &Deployment, event: Event, at: Timestamp, selection: &Selection) -> Result<WhatIf, Error> {
    let options = Options::default();
    let scene = Scene::new(deployment, at, &options);
    let targets = Target::all(event, &scene);
    let chosen: Vec<_> = targets.iter().filter(|target| target.is_meant(&scene, selection)).collect();
    if chosen.is_empty() && *selection != (Selection { version: selection.version.clone(), ..Selection::default() }) {
        let names: Vec<_> = targets.iter().map(|target| format!("`{}`", target.name())).collect();
        let there = if names.is_empty() { "nothing".to_string() } else { names.join(", ") };
        let message = format!("nothing in these files is what is named: `{event}` can happen to {there}");
        return Err(Error::new(Code::InvalidArgument, message));
    }
    let sections = chosen.into_iter().map(|target| section(target, event, &scene, selection)).collect::<Vec<_>>();
    let remarks = if sections.is_empty() { Vec::from([nothing(event, deployment)]) } else { Vec::new() };
    Ok(WhatIf { schema: 1, event, at, sections, remarks, rules: event.rules(), sources: event.sources() })
}

/// Why there is no section.
fn nothing(event: Event, deployment: &Deployment) -> String {
    if event == Event::Promoted && deployment.clusters.iter().any(|cluster| !cluster.resource.existing) {
        return "no cluster in these files is a replica".to_string();
    }
    match deployment.clusters.iter().filter(|cluster| !cluster.resource.existing).count() {
        0 => "there is no cluster in these files".to_string(),
        _ => "no cluster in these files is under a customer-managed key: no key vault has a part in them".to_string(),
    }
}

fn section(target: &Target<'_>, event: Event, scene: &Scene<'_>, selection: &Selection) -> Section {
    let (mut clusters, mut others) = (Vec::new(), Vec::new());
    for cluster in scene.deployment.clusters.iter().filter(|cluster| !cluster.resource.existing) {
        let name = cluster.resource.short_name();
        let chain = scene.chain_of(cluster);
        let aside = |unknown: bool, reason: String| Bystander { cluster: name.clone(), unknown, reason };
        if let Target::Replica(..) = target {
            match target.touches_cluster(cluster) {
                true => clusters.push(copies::promoted(target, cluster, chain, scene)),
                false => others.push(aside(false, "it has no part in this replication".into())),
            }
            continue;
        }
        let Some(chain) = chain else {
            others.push(match &cluster.encryption {
                super::Fact::Absent(_) => {
                    aside(false, "it is under a service-managed key: no vault has a part in it".into())
                }
                super::Fact::Known { .. } => continue,
                super::Fact::Unknown { reason, .. } => aside(true, reason.clone()),
            });
            continue;
        };
        match target.touches(chain) {
            Some(true) => {
                let case = Case { scene, chain, selection };
                let mut outlook = case.outlook(event);
                outlook.already = already(scene, chain.cluster);
                clusters.push(copies::beside(outlook, cluster, scene, target));
            }
            Some(false) => {
                others.push(aside(false, format!("it is under {}", Target::of(target.kind(), chain).name())));
            }
            None => others.push(aside(true, format!("whether it uses {} is decided at deployment", target.name()))),
        }
    }
    Section { kind: target.kind(), name: target.name(), clusters, others }
}

/// The errors that the files have about this cluster before anything happens.
fn already(scene: &Scene<'_>, cluster: &super::Cluster) -> Vec<&'static str> {
    let mut alone = scene.deployment.clone();
    alone.clusters.retain(|other| other.resource.place == cluster.resource.place);
    let report = check(&alone, scene.at, scene.options);
    let errors = report.findings.iter().filter(|f| f.level == Level::Error && f.verdict == Verdict::Fail);
    let mut codes: Vec<_> = errors.map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[cfg(test)]
mod tests;
