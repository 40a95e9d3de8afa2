//! `cmkit inventory`.

mod text;

pub(crate) use text::faults;

use crate::failure::{Exit, Failure};
use crate::input::{Input, name_of, read_small};
use crate::listed::Listed;
use crate::open::MAX_HEAD;
use crate::output::{print, print_as_is, to_json};
use crate::progress::Progress;
use crate::who::{Who, open_record};
use clap::Args;
use cmkit::Error;
use cmkit::inventory::{Answer, Disabling, Inventory, InventoryOptions, Report};
use cmkit::key::KeyUri;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cmkit inventory ./data
  find /mnt/blobs -name '*.cmk' | cmkit inventory --json -
  psql -Atc \"select json_build_object('id', id, 'head', encode(head, 'base64')) from orders\" \\
        | cmkit inventory --jsonl --all-records -
  cmkit inventory ./data --may-disable \\
        https://orders.vault.azure.net/keys/orders-kek/0123456789abcdef0123456789abcdef

Exit codes with --may-disable:
  0 yes, 1 no: some objects would not open any more, 4 nobody can tell";

/// Tell which key versions objects need, from their heads alone and without any key.
///
/// Reads the first bytes of every file: envelopes, detached heads and key records, in bytes or in base64. Nothing is
/// decrypted and no vault is asked.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    who: Who,
    /// Ask whether this key version may be disabled; repeatable, for all of them together. Give those that are disabled
    /// already too
    #[arg(long, value_name = "URL/VERSION")]
    may_disable: Vec<String>,
    /// Every key record that these objects stand under is among them
    #[arg(long)]
    all_records: bool,
    /// A key record that objects stand under; repeatable. It is opened with the given vaults, to learn which it is
    #[arg(long = "record", value_name = "FILE")]
    records: Vec<PathBuf>,
    /// The paths are files of JSON lines: {"id": "orders/4711", "head": "BASE64"}; a key record may have its `dek_id` too
    #[arg(long)]
    jsonl: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print a line of CSV for each key
    #[arg(long, conflicts_with = "may_disable")]
    csv: bool,
    /// Names of objects to list of each kind; the others are counted
    #[arg(long, value_name = "N", default_value_t = 100)]
    names: usize,
    /// Files and folders; `-` for a list of paths on standard input, one a line
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    may_disable: Option<&'a Disabling>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let keys = arguments.may_disable.iter().map(|text| key_version(text)).collect::<Result<Vec<_>, _>>()?;
    let options = InventoryOptions { names: arguments.names, all_records: arguments.all_records };
    let mut inventory = if arguments.jsonl { of_lines(arguments, &options)? } else { of_files(arguments, &options)? };
    if !arguments.records.is_empty() {
        let holders = arguments.who.open()?;
        let keys = holders.all_keys()?;
        for path in &arguments.records {
            let record = open_record(path, &keys, &holders)?;
            inventory.link_record(&read_small(path, MAX_HEAD)?, *record.id())?;
        }
    }
    let report = inventory.report();
    let disabling = if keys.is_empty() { None } else { Some(inventory.may_disable(&keys)?) };
    match (arguments.json, arguments.csv) {
        (true, _) => print_as_is(&to_json(&Document { report: &report, may_disable: disabling.as_ref() })?)?,
        (_, true) => print_as_is(&text::csv(&report))?,
        _ => print(&text::table(&report, disabling.as_ref()))?,
    }
    Ok(match disabling.map(|disabling| disabling.answer) {
        None | Some(Answer::Yes) => Exit::Good,
        Some(Answer::No) => Exit::Findings,
        Some(Answer::Unknown) => Exit::Unknown,
    })
}

/// A key version on any host: nobody is going to ask it.
fn key_version(text: &str) -> Result<KeyUri, Failure> {
    let lower = text.to_ascii_lowercase();
    let host = lower.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let key = KeyUri::parse_on(text, &[host.strip_suffix(":443").unwrap_or(host)])?;
    match key.version() {
        Some(_) => Ok(key),
        None => Err(Failure::usage(format!("`{text}` names no version"))
            .help("give the version to disable: https://NAME.vault.azure.net/keys/KEY/VERSION")),
    }
}

fn of_files(arguments: &Arguments, options: &InventoryOptions) -> Result<Inventory, Failure> {
    let mut progress = Progress::counting(None, "files");
    let listed = Listed::new(&arguments.paths)?;
    let inventory = Inventory::of_files(listed.paths(), options, &mut |done| {
        progress.set(done);
        Ok(())
    });
    listed.whole()?;
    Ok(inventory?)
}

fn of_lines(arguments: &Arguments, options: &InventoryOptions) -> Result<Inventory, Failure> {
    let mut inventory = Inventory::new(options);
    let mut progress = Progress::counting(None, "objects");
    let mut before = 0;
    for path in &arguments.paths {
        let mut read = 0;
        let part = Inventory::of_json_lines(Input::open(Some(path))?, options, &mut |done| {
            read = done;
            progress.set(before + done);
            Ok(())
        });
        inventory.merge(part.map_err(|error: Error| Failure::from(error).at(name_of(path)))?);
        before += read;
    }
    Ok(inventory)
}
