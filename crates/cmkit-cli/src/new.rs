//! `cmkit new`: a complete deployment from a few choices, in the language of one's own pipeline.

use crate::failure::{Exit, Failure};
use crate::output::Output;
use clap::{Args, ValueEnum};
use cmkit::document::scaffold::{Grant, Plan, Target, scaffold};
use std::path::PathBuf;

/// Write a new deployment that passes the check
///
/// Identity, vault with lock and purge protection, key with rotation, grant and cluster; and a replica with a vault of
/// its own, if that is wanted. Comments say which choices are final. No secret is written: the administrator's password
/// is asked for at deployment.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The language to write
    #[arg(long, value_enum, value_name = "LANGUAGE")]
    to: Language,
    /// The name of the cluster
    #[arg(long)]
    name: String,
    /// The region, `westus3` for example
    #[arg(long)]
    region: String,
    /// The tier
    #[arg(long, default_value = "M40")]
    tier: String,
    /// Shards; final for a cluster under a customer-managed key
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    shards: u32,
    /// Who manages the key; final for the cluster's life
    #[arg(long, value_enum, default_value_t = Mode::CustomerManaged)]
    mode: Mode,
    /// How the identity is let at the key: a role assignment or an access policy
    #[arg(long, value_enum, default_value_t = How::Rbac)]
    grant: How,
    /// After what time the key rotates, as an ISO 8601 duration; `none` for by hand
    #[arg(long, default_value = "P18M", value_name = "PERIOD")]
    rotation: String,
    /// How long a new version of the key lives, as an ISO 8601 duration; for ever, if left out
    #[arg(long, value_name = "PERIOD")]
    expiry: Option<String>,
    /// Keep the key in a hardware security module
    #[arg(long)]
    hsm: bool,
    /// Add a replica in this region
    #[arg(long, value_name = "REGION")]
    replica_region: Option<String>,
    /// The name of the vault, which nobody else in the world may have
    #[arg(long, value_name = "NAME")]
    vault: Option<String>,
    /// The name of the key
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// The name of the identity
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
    /// Write to this new file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  cmkit new --to bicep --name orders --region westus3 -o main.bicep
  cmkit new --to terraform --name orders --region westus3 --replica-region eastus2 --hsm
  cmkit new --to arm --name orders --region westus3 | cmkit check -

Exit codes:
  0 good, 2 usage, 3 unwritable output";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Language {
    /// An ARM template
    Arm,
    /// A Bicep file
    Bicep,
    /// A Terraform configuration
    Terraform,
    /// A bash script with the Azure CLI
    Az,
    /// Requests to the management API
    Rest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    CustomerManaged,
    ServiceManaged,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum How {
    Rbac,
    Policy,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let target = match arguments.to {
        Language::Arm => Target::Arm,
        Language::Bicep => Target::Bicep,
        Language::Terraform => Target::Terraform,
        Language::Az => Target::AzureCli,
        Language::Rest => Target::Rest,
    };
    let text = scaffold(&plan(arguments), target)?;
    if let Some(path) = arguments.output.as_ref().filter(|path| path.is_file()) {
        let failure = Failure::usage(format!("`{}` is there already", path.display()));
        return Err(failure.help("name a new file: what stands there may be deployed"));
    }
    let mut output = Output::create(arguments.output.as_deref())?;
    output.put(text.as_bytes())?;
    output.commit()?;
    Ok(Exit::Good)
}

fn plan(arguments: &Arguments) -> Plan {
    let Arguments { name, region, tier, rotation, expiry, replica_region, vault, key, identity, .. } = arguments;
    let mut plan = Plan::new(name, region);
    plan.tier.clone_from(tier);
    plan.shards = arguments.shards;
    plan.customer_managed = arguments.mode == Mode::CustomerManaged;
    plan.grant = match arguments.grant {
        How::Rbac => Grant::Rbac,
        How::Policy => Grant::Policy,
    };
    plan.rotation = Some(rotation.clone()).filter(|rotation| rotation != "none");
    plan.expiry.clone_from(expiry);
    plan.hsm = arguments.hsm;
    plan.replica_region.clone_from(replica_region);
    plan.vault.clone_from(vault);
    plan.key.clone_from(key);
    plan.identity.clone_from(identity);
    plan
}
