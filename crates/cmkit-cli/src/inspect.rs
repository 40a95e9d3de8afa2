//! `cmkit inspect`.

use crate::failure::{Exit, Failure};
use crate::input::{Input, name_of, read_small};
use crate::open::MAX_HEAD;
use crate::output::print;
use clap::Args;
use cmkit::envelope::{EnvelopeKind, HARD_MAX_HEADER, Holder, Inspection, KeyEntry, Mode};
use cmkit::{Code, Error};
use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cmkit inspect report.cmk
  cmkit inspect --json report.cmk | jq -r '.keys[].key'
  cmkit inspect --detached report.head";

/// Show what an envelope or a key record says, without any key.
///
/// Nothing of it is authenticated until the envelope is opened: show it, decide nothing by it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The file with the head, where the body is kept elsewhere
    #[arg(long, value_name = "HEAD", conflicts_with = "input")]
    detached: Option<PathBuf>,
    /// The envelope or key record; standard input without it or with `-`
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let place = arguments.detached.as_ref().or(arguments.input.as_ref());
    let place = place.map_or(Path::new("-"), PathBuf::as_path);
    let inspection = read(arguments, place)?.map_err(|error| Failure::from(error).at(name_of(place)))?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&inspection)
            .map_err(|error| Failure::new(Exit::Internal, format!("cannot print JSON: {error}")))?;
        print(&format!("{json}\n"))?;
    } else {
        print(&describe(&inspection))?;
    }
    Ok(Exit::Good)
}

fn read(arguments: &Arguments, place: &Path) -> Result<Result<Inspection, Error>, Failure> {
    if arguments.detached.is_some() {
        return Ok(cmkit::envelope::inspect(&read_small(place, MAX_HEAD)?));
    }
    let mut input = Input::open(Some(place))?;
    let head = cmkit::read_head(&mut input, Some(HARD_MAX_HEADER));
    Ok(head.and_then(|head| {
        let inspection = cmkit::envelope::inspect(&head)?;
        if inspection.kind == EnvelopeKind::KeyRecord && input.read(&mut [0]).is_ok_and(|count| count > 0) {
            return Err(Error::new(Code::Malformed, "there are bytes after the key record"));
        }
        Ok(inspection)
    }))
}

/// A few aligned lines.
pub(crate) fn describe(inspection: &Inspection) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(out, "{name:<10} {}", value.escape_debug());
    };
    line(
        "kind",
        match inspection.kind {
            EnvelopeKind::Message => "message",
            EnvelopeKind::KeyRecord => "key record",
        },
    );
    line(
        "mode",
        match inspection.mode {
            Mode::ServiceManaged => "service-managed: the program keeps the key",
            Mode::CustomerManaged => "customer-managed",
            Mode::KeyRecord => "under a key record, which says who manages the keys",
            Mode::Mixed => "several kinds of keys, each of which opens",
        },
    );
    for key in &inspection.keys {
        line("key", &describe_key(key));
    }
    line("head", &format!("{} bytes, {} of them padding", inspection.head_size, inspection.padding));
    if inspection.kind == EnvelopeKind::Message {
        line("chunks", &format!("{} bytes of plaintext each", inspection.chunk_size));
    }
    for (name, value) in &inspection.context {
        line("context", &format!("{name}={value}"));
    }
    for name in &inspection.required_context {
        line("requires", &format!("external context {name}"));
    }
    if let Some(namespace) = &inspection.namespace {
        line("namespace", namespace);
    }
    if let Some(content_type) = &inspection.content_type {
        line("content", content_type);
    }
    if inspection.deterministic {
        line("allows", "deterministic values");
    }
    out
}

fn describe_key(key: &KeyEntry) -> String {
    let what = match (&key.holder, &key.key, &key.dek_id, &key.thumbprint) {
        (Holder::KeyRecord, _, Some(id), _) => format!("key record {id}"),
        (_, Some(key), ..) => key.clone(),
        (_, _, _, Some(thumbprint)) => format!("thumbprint {thumbprint}"),
        _ => "unknown".into(),
    };
    let when = key.wrapped_at.map(|time| format!(", wrapped {}", crate::time::print(time))).unwrap_or_default();
    format!("{what} ({}{when})", key.algorithm)
}
