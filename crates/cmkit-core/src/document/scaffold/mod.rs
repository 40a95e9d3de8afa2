//! A new deployment from a few choices: identity, vault, key, grant and cluster, and a replica if that is wanted.
//!
//! What comes out passes [`policy::check`](crate::policy::check) and says, where it is written, which of its choices are
//! final. It holds no secret: the administrator's password is asked for when it is deployed.

mod arm;
mod az;
mod bicep;
mod fill;
mod names;
mod rest;
mod terraform;

use crate::error::{Code, Error};
use crate::policy::period_days;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The language in which a deployment is written.
///
/// ```
/// use cmkit_core::document::scaffold::{Plan, Target, scaffold};
/// assert!(scaffold(&Plan::new("orders", "westus3"), Target::Bicep)?.contains("Microsoft.KeyVault/vaults"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// An ARM template, JSON with comments.
    Arm,
    /// A Bicep file.
    Bicep,
    /// A Terraform configuration for the provider `azurerm`.
    Terraform,
    /// A script for bash with the Azure CLI.
    AzureCli,
    /// Requests to the management API, as REST clients of editors send them (`.http`).
    Rest,
}

impl Target {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::Arm, Self::Bicep, Self::Terraform, Self::AzureCli, Self::Rest];

    /// The name that people write: `bicep`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arm => "arm",
            Self::Bicep => "bicep",
            Self::Terraform => "terraform",
            Self::AzureCli => "az",
            Self::Rest => "rest",
        }
    }

    /// The language of a name.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for another name, with those that there are.
    pub fn parse(name: &str) -> Result<Self, Error> {
        Self::ALL.iter().find(|target| target.name() == name).copied().ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|target| target.name()).collect();
            Error::new(Code::InvalidArgument, format!("`{name}` is not a target: there are {}", known.join(", ")))
        })
    }
}

/// How the identity is let at the key.
///
/// ```
/// use cmkit_core::document::scaffold::{Grant, Plan, Target, scaffold};
/// let mut plan = Plan::new("orders", "westus3");
/// plan.grant = Grant::Policy;
/// assert!(scaffold(&plan, Target::Bicep)?.contains("accessPolicies"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grant {
    /// A role assignment on the vault.
    #[default]
    Rbac,
    /// An access policy of the vault.
    Policy,
}

/// What is to be deployed. Names that are left out follow from the cluster's.
///
/// ```
/// use cmkit_core::document::scaffold::{Plan, Target, scaffold};
/// let mut plan = Plan::new("orders", "westus3");
/// plan.hsm = true;
/// assert!(scaffold(&plan, Target::Arm)?.contains("RSA-HSM"));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// The name of the cluster.
    pub name: String,
    /// The region, as `westus3` or `West US 3`.
    pub region: String,
    /// The tier, `M40` for example.
    pub tier: String,
    /// The number of shards: final for a cluster under a customer-managed key.
    pub shards: u32,
    /// Whether the data is encrypted under the customer's key; final. Otherwise the service manages the key.
    pub customer_managed: bool,
    /// How the identity is let at the key.
    pub grant: Grant,
    /// After what time the key rotates, as an ISO 8601 duration; none: by hand.
    pub rotation: Option<String>,
    /// How long a new version of the key lives, as an ISO 8601 duration; none: for ever.
    pub expiry: Option<String>,
    /// The key never leaves a hardware security module; takes a premium vault.
    pub hsm: bool,
    /// The region of a replica.
    pub replica_region: Option<String>,
    /// The name of the vault, which nobody else in the world may have.
    pub vault: Option<String>,
    /// The name of the key.
    pub key: Option<String>,
    /// The name of the identity.
    pub identity: Option<String>,
}

impl Plan {
    /// The plan of a cluster with the recommended choices.
    #[must_use]
    pub fn new(name: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            region: region.into(),
            tier: "M40".to_owned(),
            shards: 1,
            customer_managed: true,
            grant: Grant::Rbac,
            rotation: Some("P18M".to_owned()),
            expiry: None,
            hsm: false,
            replica_region: None,
            vault: None,
            key: None,
            identity: None,
        }
    }
}

/// Writes the deployment of a plan.
///
/// ```
/// use cmkit_core::document::{self, scaffold::{Plan, Target, scaffold}};
/// use cmkit_core::policy::{self, Options, Timestamp};
/// let template = scaffold(&Plan::new("orders", "westus3"), Target::Arm)?;
/// let deployment = document::read(&[("main.json", &template)])?;
/// let report = policy::check(&deployment, Timestamp::parse("2026-12-01")?, &Options::default());
/// assert!(report.findings.is_empty());
/// # Ok::<(), cmkit_core::Error>(())
/// ```
///
/// # Errors
/// [`Code::InvalidArgument`] for a name, region, tier or period that the services don't take, and for choices that
/// exclude each other.
pub fn scaffold(plan: &Plan, target: Target) -> Result<String, Error> {
    let design = Design::of(plan)?;
    let text = match target {
        Target::Arm => arm::write(&design),
        Target::Bicep => bicep::write(&design),
        Target::Terraform => terraform::write(&design),
        Target::AzureCli => az::write(&design),
        Target::Rest => rest::write(&design),
    };
    // Where a block is left out, the empty lines around it meet.
    Ok(text.replace("\n\n\n\n", "\n\n").replace("\n\n\n", "\n\n").replace("\n\n}", "\n}"))
}

/// A plan that holds together, with every name.
struct Design<'p> {
    plan: &'p Plan,
    sites: Vec<Site>,
    /// Highly available, where the tier can be.
    available: bool,
}

/// A cluster and what belongs to it, all in one region.
struct Site {
    /// Which one it is in the names of parameters and variables: nothing for the primary, `replica`.
    part: &'static str,
    region: String,
    cluster: String,
    vault: String,
    key: String,
    identity: String,
}

/// The role that is enough: Key Vault Crypto Service Encryption User.
const ROLE: &str = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
const ADMINISTRATOR: &str = "clusteradmin";
const SERVER_VERSION: &str = "8.0";
const STORAGE_GIB: u32 = 128;
/// Tiers that neither replicate nor are highly available.
const SMALL: [&str; 4] = ["Free", "M10", "M20", "M25"];
const TIERS: [&str; 10] = ["Free", "M10", "M20", "M25", "M30", "M40", "M50", "M60", "M80", "M200"];

impl<'p> Design<'p> {
    fn of(plan: &'p Plan) -> Result<Self, Error> {
        let region = names::region(&plan.region)?;
        names::cluster(&plan.name)?;
        let tier = TIERS.iter().find(|tier| tier.eq_ignore_ascii_case(&plan.tier));
        let Some(tier) = tier.filter(|tier| **tier == plan.tier) else {
            return refuse(format!("`{}` is not a tier; there are {}", plan.tier, TIERS.join(", ")));
        };
        let small = SMALL.contains(tier);
        match plan.shards {
            1 => {}
            0 => return refuse("a cluster has at least one shard"),
            _ if matches!(*tier, "Free" | "M25") => return refuse(format!("tier {tier} takes one shard only")),
            _ => {}
        }
        if !plan.customer_managed {
            let given = [&plan.vault, &plan.key, &plan.identity, &plan.expiry].into_iter().any(Option::is_some);
            if given || plan.hsm || plan.grant == Grant::Policy {
                return refuse("under a service-managed key there is no vault, key, identity or grant to choose");
            }
        }
        rotation(plan)?;
        let primary = Site::of(plan, "", region)?;
        let mut replicas = Vec::new();
        if let Some(replica) = &plan.replica_region {
            if small {
                return refuse(format!("tier {tier} can't replicate: take M30 or above"));
            }
            let region = names::region(replica)?;
            if region == primary.region {
                return refuse(format!("the replica is in the primary's region `{region}`: take another one"));
            }
            replicas.push(Site::of(plan, "replica", region)?);
        }
        let sites = core::iter::once(primary).chain(replicas).collect();
        Ok(Self { plan, sites, available: !small })
    }

    fn rbac(&self) -> bool {
        self.plan.grant == Grant::Rbac
    }

    /// Rules that the chosen plan breaks knowingly, and why.
    fn accepted(&self) -> Vec<(&'static str, &'static str)> {
        let mut accepted = Vec::new();
        if !self.plan.customer_managed {
            return Vec::from([("CMK6001", "a service-managed key was chosen")]);
        }
        if !self.rbac() {
            accepted.push(("CMK1007", "access policies were chosen"));
        }
        if self.plan.rotation.is_none() {
            accepted.push(("CMK7001", "rotation by hand was chosen"));
        }
        accepted
    }

    fn key_type(&self) -> &'static str {
        if self.plan.hsm { "RSA-HSM" } else { "RSA" }
    }

    fn sku(&self) -> &'static str {
        if self.plan.hsm { "premium" } else { "standard" }
    }

    fn high_availability(&self) -> &'static str {
        if self.available { "ZoneRedundantPreferred" } else { "Disabled" }
    }
}

impl Site {
    fn of(plan: &Plan, part: &'static str, region: String) -> Result<Self, Error> {
        let suffix = if part.is_empty() { "" } else { "-r" };
        let base = plan.vault.clone().unwrap_or_else(|| {
            let short: String = format!("kv-{}", plan.name).chars().take(22).collect();
            short.trim_end_matches('-').to_owned()
        });
        let identity = plan.identity.clone().unwrap_or_else(|| format!("id-{}-cmk", plan.name));
        let site = Self {
            part,
            region,
            cluster: format!("{}{suffix}", plan.name),
            vault: format!("{base}{suffix}"),
            key: plan.key.clone().unwrap_or_else(|| format!("{}-kek", plan.name)),
            identity: format!("{identity}{suffix}"),
        };
        names::cluster(&site.cluster)?;
        if plan.customer_managed {
            names::vault(&site.vault)?;
            names::key(&site.key)?;
            names::identity(&site.identity)?;
        }
        Ok(site)
    }

    fn is_replica(&self) -> bool {
        !self.part.is_empty()
    }

    /// `vaultName` of the primary, `replicaVaultName` of the replica.
    fn camel(&self, name: &str) -> String {
        if self.part.is_empty() {
            return name.to_owned();
        }
        let (first, rest) = name.split_at(1);
        format!("{}{}{rest}", self.part, first.to_ascii_uppercase())
    }

    fn key_url(&self) -> String {
        format!("https://{}.{}/keys/{}", self.vault, names::vault_suffix(&self.region), self.key)
    }
}

fn rotation(plan: &Plan) -> Result<(), Error> {
    let days = |what: &str, period: &Option<String>| -> Result<Option<i64>, Error> {
        let Some(period) = period else { return Ok(None) };
        let wrong = || format!("`{period}` is no {what}: write a period such as `P90D`, `P18M` or `P2Y`");
        period_days(period).map_or_else(|| refuse(wrong()), |days| Ok(Some(days)))
    };
    match (days("rotation", &plan.rotation)?, days("expiry", &plan.expiry)?) {
        (None, Some(_)) => refuse("a key that expires has to rotate before: give a rotation too"),
        (Some(after), _) if after < 7 => refuse("a key rotates at the earliest 7 days after it is made"),
        (Some(after), _) if after > 731 => refuse("a key should rotate at least every two years"),
        (Some(after), Some(life)) if life - after < 7 => {
            refuse("a key rotates at the latest 7 days before it expires: give a longer expiry")
        }
        (Some(_), Some(life)) if life < 28 => refuse("a version of a key lives at least 28 days"),
        _ => Ok(()),
    }
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Error> {
    Err(Error::new(Code::InvalidArgument, message.into()))
}

#[cfg(test)]
mod tests;
