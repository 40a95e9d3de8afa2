//! `cmkit plan`: what a change does to each cluster, and the safe way where it would be lost.

use crate::deployment::{Files, now, time};
use crate::failure::{Exit, Failure};
use clap::{Args, ValueEnum};
use cmkit::policy::{self, ChangePlan, Dialect, Effect, Options, Step, Timestamp};
use std::fmt::Write;
use std::path::PathBuf;

/// Say what a change does to clusters before it is made
///
/// Takes a Terraform plan, as `terraform show -json` writes it, or the files before and after the change: templates,
/// states, or what the service answered. For each cluster it says whether it is changed in place, whether all encryption
/// parameters have to be sent again, what the service refuses, and what deletes the cluster with its data; then how to do
/// it safely. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The Terraform plan, or the file before the change; `-` reads from standard input
    #[arg(value_name = "PLAN|BEFORE")]
    before: PathBuf,
    /// The file after the change
    #[arg(value_name = "AFTER")]
    after: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// As of this time, `2027-03-01` or `2027-03-01T12:00:00Z`; now, if left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
}

const EXAMPLES: &str = "\
Examples:
  terraform plan -out plan.bin && terraform show -json plan.bin | cmkit plan -
  cmkit plan tfplan.json
  cmkit plan before.json after.json
  az resource show --ids CLUSTER_ID --api-version 2025-09-01 | cmkit plan - main.json
  cmkit plan --format json tfplan.json

Exit codes:
  0 safe, 1 something deletes a cluster, cuts it off or is refused, 2 usage, 3 unreadable input,
  4 the files don't say";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let plan = plan(arguments)?;
    match arguments.format {
        Format::Text => anstream::print!("{}", text(&plan)),
        Format::Json => {
            let json = serde_json::to_string_pretty(&plan);
            let json = json.map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
            anstream::println!("{json}");
        }
    }
    Ok(match plan.effect {
        effect if effect.is_harmful() => Exit::Findings,
        Effect::Unknown => Exit::Unknown,
        _ => Exit::Good,
    })
}

fn plan(arguments: &Arguments) -> Result<ChangePlan, Failure> {
    let Arguments { before: path, after, at, .. } = arguments;
    if after.as_ref().is_some_and(|after| after == path && path.as_os_str() == "-") {
        return Err(Failure::usage("standard input can only be read once"));
    }
    let (at, options) = (at.unwrap_or_else(now), Options::default());
    let before = Files::of(vec![path.clone()]).read()?;
    if let Some(after) = after {
        let after = Files::of(vec![after.clone()]).read()?;
        return Ok(policy::plan(&before, &after, at, &options));
    }
    if before.files.iter().any(|file| file.dialect != Dialect::Terraform) {
        let message = format!("one file alone has to be a Terraform plan, and `{}` is none", path.display());
        return Err(Failure::usage(message).help("give the files before and after: cmkit plan BEFORE AFTER"));
    }
    Ok(policy::planned(&before, at, &options))
}

fn text(plan: &ChangePlan) -> String {
    let mut out = String::new();
    for cluster in &plan.clusters {
        let address = cluster.address.as_ref().map(|address| format!(" ({address})")).unwrap_or_default();
        let effect = painted(cluster.effect);
        let _ = writeln!(out, "cluster `{}`{address}: {effect}", cluster.name);
        for step in &cluster.steps {
            push(&mut out, step);
        }
        out.push('\n');
    }
    out.push_str(&summary(plan));
    out
}

fn push(out: &mut String, step: &Step) {
    let code = step.code.map(|code| format!(" [{code}]")).unwrap_or_default();
    let _ = writeln!(out, "  {}{code}: {}", painted(step.effect), step.message);
    if !step.file.is_empty() {
        let _ = writeln!(out, "    at {}:{}:{}", step.file, step.span.line, step.span.column);
    }
    let _ = writeln!(out, "    why: {}", step.reason);
    if let Some(data) = &step.data_at_risk {
        let _ = writeln!(out, "    data at risk: {data}");
    }
    for (index, way) in step.safe_way.iter().enumerate() {
        let label = if index == 0 { "the safe way:" } else { "             " };
        let _ = writeln!(out, "    {label} {}. {way}", index + 1);
    }
}

/// An effect in words, coloured by its harm where colours are wanted.
fn painted(effect: Effect) -> String {
    let colour = match effect {
        effect if effect.is_harmful() => "\x1b[1;31m",
        Effect::Unknown | Effect::Resend => "\x1b[33m",
        _ => return effect.as_str().to_owned(),
    };
    format!("{colour}{}\x1b[0m", effect.as_str())
}

fn summary(plan: &ChangePlan) -> String {
    let count = plan.clusters.len();
    let clusters = if count == 1 { "1 cluster".to_owned() } else { format!("{count} clusters") };
    let harmed = plan.clusters.iter().filter(|cluster| cluster.effect.is_harmful()).count();
    let unknown = plan.clusters.iter().filter(|cluster| cluster.effect == Effect::Unknown).count();
    match (harmed, unknown) {
        (0, 0) => format!("{clusters}; nothing that harms, as of {}\n", plan.at),
        (0, _) => format!("{clusters}, {unknown} unknown, as of {}\n", plan.at),
        _ => format!("{clusters}, {harmed} in danger: don't apply this as it is, as of {}\n", plan.at),
    }
}
