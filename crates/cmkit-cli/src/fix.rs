//! `cmkit fix`: mends what has one safe mend, in the files themselves. Without `--write` it shows what it would do.

use crate::config::Settings;
use crate::deployment::{Files, now, time};
use crate::failure::{Exit, Failure};
use crate::output::{Output, note, print};
use clap::Args;
use cmkit::document::mend::{self, Choice, Mended, Reason};
use cmkit::policy::{self, Finding, Timestamp};
use similar::{ChangeTag, TextDiff};
use std::fmt::Write;
use std::path::Path;

/// Mend what has one safe mend
///
/// Changes ARM templates, parameter files, resource bodies and forms, and nothing else in them: comments and layout
/// stay.
/// Without --write it only shows what it would change. What takes a choice is left to you, and listed with what to do.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
    /// Change the files
    #[arg(long)]
    write: bool,
    /// Also mend what can't be undone once it is deployed, such as purge protection
    #[arg(long)]
    irreversible: bool,
    /// Mend only these
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = code)]
    only: Vec<String>,
    /// Check as of this time, `2027-03-01` or `2027-03-01T12:00:00Z`; now, if left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    #[command(flatten)]
    settings: Settings,
}

const EXAMPLES: &str = "\
Examples:
  cmkit fix main.json
  cmkit fix --write main.json
  cmkit fix --write --irreversible --only CMK1002,CMK1003 infra/main.json

Exit codes:
  0 nothing to mend, or mended, 1 there is something to mend, 2 usage, 3 unreadable input or unwritable output";

fn code(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    match policy::rule(&code) {
        Some(rule) => Ok(rule.code.to_owned()),
        None => Err("no such rule; codes look like `CMK1002`".to_owned()),
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let options = arguments.settings.options(arguments.files.names())?;
    let baseline = arguments.settings.baseline()?;
    let files = arguments.files.texts()?;
    let documents: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let choice = Choice { only: arguments.only.clone(), irreversible: arguments.irreversible };
    let at = arguments.at.unwrap_or_else(now);
    let mended = mend::mend(&documents, &choice, |deployment| {
        let mut report = policy::check(deployment, at, &options);
        if let Some(baseline) = &baseline {
            baseline.accept(&mut report);
        }
        report
    })?;
    let changed: Vec<_> = documents.iter().zip(&mended.texts).filter(|((_, old), new)| old != new).collect();
    if arguments.write {
        write(changed.iter().map(|((name, _), new)| (*name, new.as_str())))?;
        print(&done(&mended))?;
    } else {
        print(&changed.iter().map(|((name, old), new)| diff(name, old, new)).collect::<String>())?;
    }
    note(&left(&mended, arguments));
    Ok(if changed.is_empty() || arguments.write { Exit::Good } else { Exit::Findings })
}

/// All files are begun before the first one takes its place, so that a full disk changes nothing.
fn write<'f>(files: impl Iterator<Item = (&'f str, &'f str)>) -> Result<(), Failure> {
    let begun = files.map(|(name, text)| {
        if name == "<stdin>" {
            return Err(Failure::usage("standard input can't be changed").help("name the file, or leave `--write` out"));
        }
        let mut output = Output::create(Some(Path::new(name)))?;
        output.put(text.as_bytes())?;
        Ok(output)
    });
    begun.collect::<Result<Vec<_>, _>>()?.into_iter().try_for_each(Output::commit)
}

// Colours of a terminal; `print` leaves them out where they are not wanted.
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// The change of a file as `diff -u` writes it.
fn diff(name: &str, old: &str, new: &str) -> String {
    let mut out = format!("{BOLD}--- {name}{PLAIN}\n{BOLD}+++ {name}{PLAIN}\n");
    let diff = TextDiff::from_lines(old, new);
    for hunk in diff.unified_diff().iter_hunks() {
        let _ = writeln!(out, "{CYAN}{}{PLAIN}", hunk.header());
        for change in hunk.iter_changes() {
            let colour = match change.tag() {
                ChangeTag::Delete => RED,
                ChangeTag::Insert => GREEN,
                ChangeTag::Equal => "",
            };
            let (line, end) = change.value().split_at(change.value().trim_end_matches(['\r', '\n']).len());
            let plain = if colour.is_empty() { "" } else { PLAIN };
            let _ = write!(out, "{colour}{}{line}{plain}{end}", change.tag());
            if end.is_empty() {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    out
}

fn done(mended: &Mended) -> String {
    let line = |finding: &Finding| {
        let once = if finding.fixes.iter().any(|fix| fix.irreversible) { " (final once it is deployed)" } else { "" };
        format!("mended {}: {} {}{once}\n", finding.file, finding.code, finding.message)
    };
    mended.done.iter().map(line).collect()
}

/// What is left, why, and what to do about it.
fn left(mended: &Mended, arguments: &Arguments) -> String {
    let mut out = String::new();
    for (finding, reason) in &mended.left {
        let Finding { code, message, file, span, .. } = finding;
        let why = match reason {
            Reason::Decide => "yours to mend",
            Reason::Irreversible => "can't be undone, so only with --irreversible",
            Reason::Generated => "the file is generated: mend its source",
            _ => "the mend does not fit here: yours to mend",
        };
        let _ = writeln!(out, "{file}:{}:{}: {code} {message}", span.line, span.column);
        for fix in &finding.fixes {
            let _ = writeln!(out, "  {why}: {}", fix.description);
        }
    }
    let counted = |count: usize| format!("{count} finding{}", if count == 1 { "" } else { "s" });
    let verb = if arguments.write { "mended" } else { "to mend" };
    let _ = write!(out, "{} {verb}, {} left", counted(mended.done.len()), mended.left.len());
    if !arguments.write && !mended.done.is_empty() {
        out.push_str("; --write changes the files");
    }
    out
}
