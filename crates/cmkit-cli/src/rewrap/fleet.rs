//! `cmkit rewrap` of folders and lists: planned, within a rate, and begun again where it was interrupted.

use crate::failure::{Exit, Failure};
use crate::inventory::faults;
use crate::listed::Listed;
use crate::output::{print, print_as_is, to_json};
use crate::progress::Progress;
use crate::who::Holders;
use clap::Args;
use cmkit::Code;
use cmkit::envelope::RewrapOptions;
use cmkit::fleet::{Calls, FleetOptions, FleetReport, Operation, Plan, Protection, plan_rewrap, rewrap_files};
use cmkit::inventory::Faults;
use std::fmt::Write;
use std::path::PathBuf;

/// For many objects: any of these, or a folder among the paths.
#[derive(Args, Debug)]
#[command(next_help_heading = "For folders, and lists on standard input")]
pub(super) struct FleetArguments {
    /// Tell how many objects are due, which calls that takes and how long, and do nothing
    #[arg(long)]
    plan: bool,
    /// Calls to each vault in a second, at most, for example `50/s`; without it half of the vault's quota
    #[arg(long, value_name = "N/s", value_parser = rate)]
    rate: Option<f64>,
    /// The keys are protected by software, whose quota is twice that of an HSM
    #[arg(long)]
    software: bool,
    /// Keep account in this file; a run that begins again with it wraps under the same version of the key
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Objects in work at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    at_once: u16,
    /// Open every new head with the new key before it takes the old one's place, at a call for each
    #[arg(long)]
    open_each: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl FleetArguments {
    /// Whether this is about many objects.
    pub(super) fn meant(&self, paths: &[PathBuf]) -> bool {
        let Self { plan, rate, software, journal, at_once: _, open_each, json } = self;
        *plan
            || *software
            || *open_each
            || *json
            || rate.is_some()
            || journal.is_some()
            || paths.iter().any(|p| p.is_dir())
    }

    pub(super) fn run(&self, rewrap: RewrapOptions, paths: &[PathBuf], holders: &Holders) -> Result<Exit, Failure> {
        let options = FleetOptions {
            rate: self.rate,
            protection: if self.software { Protection::Software } else { Protection::Hsm },
            at_once: self.at_once.into(),
            journal: self.journal.clone(),
            open_each: self.open_each,
            ..FleetOptions::new(rewrap)
        };
        let listed = Listed::new(paths)?;
        if self.plan {
            let mut progress = Progress::counting(None, "objects");
            let plan = plan_rewrap(listed.paths(), &options, &holders.provider, &mut |done| {
                progress.set(done);
                Ok(())
            })?;
            drop(progress);
            listed.whole()?;
            if self.json {
                print_as_is(&to_json(&plan)?)?;
            } else {
                print(&plan_text(&plan))?;
            }
            return Ok(exit_of(&plan.failing));
        }
        let mut progress = Progress::counting(None, "objects");
        let report = rewrap_files(listed.paths(), &options, &holders.provider, &mut |so_far| {
            progress.set(so_far.done + so_far.passed_over + so_far.failed);
            Ok(())
        })?;
        drop(progress);
        listed.whole()?;
        if self.json {
            print_as_is(&to_json(&report)?)?;
        } else {
            print(&report_text(&report))?;
        }
        Ok(exit_of(&report.failed))
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    let rate = number.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
    rate.ok_or_else(|| "a rate is a number of calls in a second, for example 50/s".into())
}

/// What failed decides, the first of it.
fn exit_of(faults: &Faults) -> Exit {
    let code = faults.first.first().and_then(|fault| Code::ALL.iter().find(|code| code.as_str() == fault.code));
    match code {
        None if faults.count == 0 => Exit::Good,
        code => code.map_or(Exit::Input, |code| Exit::of(*code)),
    }
}

fn plan_text(plan: &Plan) -> String {
    let Plan { to, due, due_records, at_target, under_records, unknown, failing, calls, seconds, .. } = plan;
    let mut out = String::new();
    to.iter().for_each(|key| _ = writeln!(out, "to {key}"));
    let _ = writeln!(out, "\n{due:>10} objects to rewrap");
    if *due_records > 0 {
        let _ =
            writeln!(out, "{due_records:>10} of them key records: what stands under them needs no rewrap of its own");
    }
    passed_over(&mut out, *at_target, *under_records, *unknown);
    if !calls.is_empty() {
        let _ = writeln!(out, "\n{:>10}  call", "calls");
    }
    for Calls { operation, key, key_type, count, quota, rate, .. } in calls {
        let operation = if *operation == Operation::Unwrap { "unwrap" } else { "wrap" };
        let quota = quota.map_or("no quota is known".into(), |quota| format!("quota {quota} in 10 s"));
        let rate = rate.map_or("as fast as it answers".into(), |rate| format!("asked {rate}/s"));
        let _ = writeln!(out, "{count:>10}  {operation} with {key} ({key_type}, {quota}, {rate})");
    }
    match seconds {
        _ if calls.is_empty() => {}
        Some(seconds) => _ = writeln!(out, "\nabout {}, as far as the calls go", duration(*seconds)),
        None => _ = writeln!(out, "\nhow long it takes cannot be told without a quota: give --rate"),
    }
    faults(&mut out, "cannot be rewrapped", failing);
    out
}

fn report_text(report: &FleetReport) -> String {
    let FleetReport { to, done, done_earlier, at_target, under_records, unknown, failed, .. } = report;
    let FleetReport { unwraps, wraps, retries, opened, stopped, seconds, .. } = report;
    let mut out = String::new();
    to.iter().for_each(|key| _ = writeln!(out, "to {key}"));
    let _ = writeln!(out, "\n{done:>10} objects rewrapped");
    if *done_earlier > 0 {
        let _ = writeln!(out, "{done_earlier:>10} rewrapped before, by the journal");
    }
    passed_over(&mut out, *at_target, *under_records, *unknown);
    let _ = writeln!(out, "{unwraps:>10} unwraps, {wraps} wraps, {retries} asked again, in {}", duration(*seconds));
    if *opened == Some(false) {
        let _ = writeln!(out, "\nthis identity may not unwrap with the new key: no new head was opened with it");
    }
    faults(&mut out, "failed, and left as they were", failed);
    if let Some(why) = stopped {
        let _ = writeln!(out, "\nstopped: {why}; run it again when that is mended");
    }
    out
}

fn passed_over(out: &mut String, at_target: u64, under_records: u64, unknown: u64) {
    for (count, what) in [
        (at_target, "have these keys already"),
        (under_records, "stand under a key record, whose rewrap is theirs"),
        (unknown, "files are no envelope and no key record"),
    ] {
        if count > 0 {
            let _ = writeln!(out, "{count:>10} {what}");
        }
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..100.0 => format!("{seconds:.1} seconds"),
        ..6000.0 => format!("{:.0} minutes", seconds / 60.0),
        _ => format!("{:.1} hours", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_durations() {
        assert_eq!([rate("50/s"), rate("0.5")], [Ok(50.0), Ok(0.5)]);
        for bad in ["", "0", "-1/s", "inf", "NaN", "5/m", "fast"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
        assert_eq!([1.25, 180.0, 9000.0].map(duration), ["1.2 seconds", "3 minutes", "2.5 hours"]);
    }
}
