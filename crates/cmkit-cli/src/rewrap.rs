//! `cmkit rewrap`.

use crate::failure::{Exit, Failure};
use crate::input::{Context, open_file, read_small, rest_of};
use crate::open::MAX_HEAD;
use crate::output::{NewFile, sync_folder};
use crate::progress::Progress;
use crate::who::{Allow, Holders, Who};
use clap::Args;
use cmkit::envelope::{EnvelopeKind, Keep, Pad, RewrapOptions, SealKey};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cmkit rewrap --vault ./vault --to https://orders.vault.azure.net/keys/orders-kek smk.record
      After a rotation: one key record, and all that stands under it is re-keyed
  cmkit rewrap --vault ./vault --to https://orders.vault.azure.net/keys/orders-kek --in-place *.cmk
      Only the heads are written; seal with --pad to leave room for that
  cmkit rewrap --vault ./vault --to https://replica.vault.azure.net/keys/orders-kek --keep report.cmk
      One more key that opens";

/// Wrap the data keys of envelopes or key records under other keys, or under a newer version. The data stays as it is.
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
    context: Context,
    /// A key to wrap under, by its URL without a version; repeatable
    #[arg(long, value_name = "URL", required_unless_present = "to_service_managed")]
    to: Vec<String>,
    /// Wrap under the key that the program keeps itself
    #[arg(long)]
    to_service_managed: bool,
    /// Keep the present keys; a new one for the same key takes the old one's place
    #[arg(long)]
    keep: bool,
    /// Write the new head over the old one, which must be as long; its bytes are kept in FILE.head until that is done
    #[arg(long, conflicts_with = "pad")]
    in_place: bool,
    /// Pad the new head to this many bytes
    #[arg(long, value_name = "N")]
    pad: Option<usize>,
    /// The file with the head, where the body is kept elsewhere; it alone is rewritten
    #[arg(long, value_name = "HEAD", conflicts_with_all = ["files", "in_place"])]
    detached: Option<PathBuf>,
    /// Envelopes and key records
    #[arg(value_name = "FILE", required_unless_present = "detached")]
    files: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
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
        external: arguments.context.given_external()?,
        ..RewrapOptions::new(arguments.allow.keys(&holders)?, to)
    };
    if let Some(path) = &arguments.detached {
        return rewrap_detached(path, options, &holders);
    }
    let total = arguments.files.iter().filter_map(|path| path.metadata().ok()).map(|data| data.len()).sum();
    let mut progress = Progress::new(Some(total));
    let mut done = 0;
    for path in &arguments.files {
        if arguments.in_place {
            rewrap_in_place(path, &options, &holders)?;
        } else {
            rewrap_whole(path, &options, &holders, &mut |copied| progress.set(done + copied))?;
        }
        done += path.metadata().map_or(0, |data| data.len());
        progress.set(done);
    }
    Ok(Exit::Good)
}

fn rewrap_detached(path: &Path, options: RewrapOptions, holders: &Holders) -> Result<Exit, Failure> {
    let head = read_small(path, MAX_HEAD)?;
    let new = cmkit::rewrap_detached(&head, options, &holders.provider)
        .map_err(|error| Failure::from(error).at(path.display()))?;
    let mut file = NewFile::create(path)?;
    file.write_all(&new).map_err(|error| Failure::io("write", path, &error))?;
    file.commit()?;
    anstream::println!("{}: {} of {} bytes rewritten", path.display(), new.len(), new.len());
    Ok(Exit::Good)
}

/// Reads the head at the file's front and makes the new one.
fn rewrapped(
    path: &Path,
    file: &mut File,
    options: &RewrapOptions,
    holders: &Holders,
) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let head = cmkit::read_head(file, None).map_err(|error| Failure::from(error).at(path.display()))?;
    let rewrap = |head: &[u8]| match cmkit::envelope::inspect(head)?.kind {
        EnvelopeKind::KeyRecord => cmkit::rewrap_record(head, options.clone(), &holders.provider),
        EnvelopeKind::Message => cmkit::rewrap(head, options.clone(), &holders.provider),
    };
    let new = rewrap(&head).map_err(|error| Failure::from(error).at(path.display()))?;
    Ok((head, new))
}

/// Writes a new file beside and renames it over the old one.
fn rewrap_whole(
    path: &Path,
    options: &RewrapOptions,
    holders: &Holders,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Failure> {
    let mut file = open_file(path)?;
    let (_, new) = rewrapped(path, &mut file, options, holders)?;
    let writing = |error: io::Error| Failure::io("write", path, &error);
    let mut out = NewFile::create(path)?;
    out.write_all(&new).map_err(writing)?;
    let mut buffer = vec![0; 1 << 20];
    let mut copied = 0;
    loop {
        match file.read(&mut buffer).map_err(|error| Failure::io("read", path, &error))? {
            0 => break,
            count => out.write_all(&buffer[..count]).map_err(writing)?,
        }
        copied += buffer.len() as u64;
        progress(copied);
    }
    if let Ok(data) = file.metadata() {
        out.set_permissions(data.permissions()).map_err(writing)?;
    }
    out.commit()?;
    report(path, new.len() as u64, file.metadata().map_or(0, |data| data.len()));
    Ok(())
}

/// Writes the new head over the old one. A write can tear, so the old head stands in a journal until the new one is on
/// disk; what a crash leaves is mended from there by the next rewrap in place.
fn rewrap_in_place(path: &Path, options: &RewrapOptions, holders: &Holders) -> Result<(), Failure> {
    let mut journal = path.as_os_str().to_owned();
    journal.push(".head");
    let journal = PathBuf::from(journal);
    let writing = |error: io::Error| Failure::io("write", path, &error);

    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(writing)?;
    if journal.exists() {
        let old = read_small(&journal, MAX_HEAD)?;
        overwrite(&mut file, &old).and_then(|()| file.seek(SeekFrom::Start(0))).map_err(writing)?;
        anstream::eprintln!(
            "{}: mended from `{}`, which an interrupted rewrap left",
            path.display(),
            journal.display()
        );
    }
    let (old, new) = rewrapped(path, &mut file, options, holders).map_err(|failure| {
        failure.help_if_too_large("rewrap without `--in-place`, or seal with `--pad` to leave room")
    })?;
    let mut kept = NewFile::create(&journal)?;
    kept.write_all(&old).map_err(|error| Failure::io("write", &journal, &error))?;
    kept.commit()?;
    overwrite(&mut file, &new).map_err(writing)?;
    std::fs::remove_file(&journal).map_err(|error| Failure::io("remove", &journal, &error))?;
    sync_folder(journal.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")))
        .map_err(writing)?;
    let rest = rest_of(&mut file).map_err(writing)?;
    report(path, new.len() as u64, new.len() as u64 + rest);
    Ok(())
}

fn overwrite(file: &mut File, head: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(head)?;
    file.sync_all()
}

fn report(path: &Path, head: u64, size: u64) {
    anstream::println!("{}: {head} of {size} bytes rewritten", path.display());
}
