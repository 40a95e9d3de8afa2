//! `cmkit rewrap`.

mod fleet;

use crate::failure::{Exit, Failure};
use crate::input::{External, name_of, read_small};
use crate::open::MAX_HEAD;
use crate::output::{Output, note, print};
use crate::progress::Progress;
use crate::who::{Allow, Holders, Who};
use clap::Args;
use cmkit::envelope::{Keep, Pad, RewrapOptions, SealKey};
use cmkit::{Code, RewrappedFile};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cmkit rewrap --vault ./vault --to https://orders.vault.azure.net/keys/orders-kek smk.record
      After a rotation: one key record, and all that stands under it is re-keyed
  cmkit rewrap --vault ./vault --in-place \\
        --to https://orders.vault.azure.net/keys/orders-kek *.cmk
      Only the heads are written; seal with --pad to leave room for that
  cmkit rewrap --vault ./vault --vault ./replica --keep \\
        --to https://replica.vault.azure.net/keys/orders-kek report.cmk
      One more key that opens
  cmkit rewrap --vault ./vault --to https://orders.vault.azure.net/keys/orders-kek --plan ./data
      How many objects of a folder are due, which calls that takes, and how long
  cmkit rewrap --vault ./vault --to https://orders.vault.azure.net/keys/orders-kek \\
        --journal rewrap.journal --rate 50/s ./data
      All of them, 50 calls a second at most; interrupted, it is begun again with the same line";

/// Wrap data keys under other keys or a newer version; the data stays as it is.
///
/// Rewrap is not revocation: whoever kept a copy of the old head opens the data for as long as the old key version is
/// enabled.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    allow: Allow,
    #[command(flatten)]
    external: External,
    /// A key to wrap under, by its URL without a version; repeatable
    #[arg(long, value_name = "URL", required_unless_present = "to_service_managed")]
    to: Vec<String>,
    /// Wrap under the key that the program keeps itself
    #[arg(long)]
    to_service_managed: bool,
    /// Keep the present keys; a new one for the same key takes the old one's place
    #[arg(long)]
    keep: bool,
    /// Write the new head over the old one, whose room it must fit; both are kept in FILE.head until that is done
    #[arg(long, conflicts_with = "pad")]
    in_place: bool,
    /// Pad the new head to this many bytes
    #[arg(long, value_name = "N")]
    pad: Option<usize>,
    /// The file with the head, where the body is kept elsewhere; it alone is rewritten
    #[arg(long, value_name = "HEAD", conflicts_with_all = ["files", "in_place", "FleetArguments"])]
    detached: Option<PathBuf>,
    /// Envelopes and key records; folders with them; with an option for many, `-` for a list of paths, one a line
    #[arg(value_name = "FILE", required_unless_present = "detached")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    fleet: fleet::FleetArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let is_fleet = arguments.fleet.meant(&arguments.files);
    if !is_fleet && arguments.files.iter().any(|path| path == Path::new("-")) {
        return Err(Failure::usage("rewrap takes files, not standard input")
            .help("for a head alone: --detached HEAD; for a list of paths: --plan or --journal FILE"));
    }
    let holders = arguments.who.open()?;
    let mut to =
        arguments.to.iter().map(|text| Ok(holders.key(text)?.into())).collect::<Result<Vec<SealKey>, Failure>>()?;
    if arguments.to_service_managed {
        to.push(holders.service_key(true)?.into());
    }
    let options = RewrapOptions {
        keep: if arguments.keep { Keep::All } else { Keep::None },
        pad: match (arguments.in_place, arguments.pad) {
            (true, _) => Pad::InPlace,
            (false, Some(size)) => Pad::To(size),
            (false, None) => Pad::None,
        },
        external: arguments.external.given()?,
        ..RewrapOptions::new(arguments.allow.keys(&holders)?, to)
    };
    if is_fleet && arguments.detached.is_none() {
        return arguments.fleet.run(options, &arguments.files, &holders);
    }
    if let Some(path) = &arguments.detached {
        return rewrap_detached(path, options, &holders);
    }
    let size = |path: &PathBuf| path.metadata().map_or(0, |data| data.len());
    let mut progress = Progress::new(Some(arguments.files.iter().map(size).sum()));
    let mut done = 0;
    for path in &arguments.files {
        rewrap_file(path, &options, &holders, &mut |copied| progress.set(done + copied))?;
        done += size(path);
        progress.set(done);
    }
    Ok(Exit::Good)
}

fn rewrap_file(
    path: &Path,
    options: &RewrapOptions,
    holders: &Holders,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let rewrapped = cmkit::rewrap_file(path, options, &holders.provider, &mut |copied| {
        progress(copied);
        Ok(())
    });
    let RewrappedFile { head, size, mended, .. } = rewrapped.map_err(|error| {
        Failure::from(error)
            .at(name_of(path))
            .help_on(Code::TooLarge, "rewrap without --in-place, or with --pad to leave room for the next time")
    })?;
    if mended {
        note(&format!("{}: mended after an interrupted rewrap", path.display()));
    }
    report(path, head, size)
}

fn rewrap_detached(path: &Path, options: RewrapOptions, holders: &Holders) -> Result<Exit, Failure> {
    let head = read_small(path, MAX_HEAD)?;
    let new = cmkit::rewrap_detached(&head, options, &holders.provider)
        .map_err(|error| Failure::from(error).at(name_of(path)))?;
    let mut output = Output::create(Some(path))?;
    output.put(&new)?;
    output.commit()?;
    if path == Path::new("-") {
        Ok(Exit::Good)
    } else {
        report(path, new.len() as u64, new.len() as u64).map(|()| Exit::Good)
    }
}

fn report(path: &Path, head: u64, size: u64) -> Result<(), Failure> {
    print(&format!("{}: {head} of {size} bytes rewritten\n", path.display()))
}
