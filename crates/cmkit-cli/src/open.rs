//! `cmkit open`.

use crate::failure::{Exit, Failure};
use crate::input::{Context, External, Input, failure_of, name_of, read_small};
use crate::output::Output;
use crate::progress::Progress;
use crate::who::{Allow, Holders, Who};
use clap::Args;
use cmkit::envelope::{OpenOptions, Opener};
use cmkit::{Code, Error, NativeCipher, OpenReader, SeekReader, Threads};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cmkit open -o report.pdf report.cmk
  cmkit open --vault ./vault --as orders-app \\
        --allow-key https://orders.vault.azure.net/keys/orders-kek -o report.pdf report.cmk
  cmkit open --vault ./vault -c tenant=acme --namespace acme.invoice/v2 invoice.cmk > invoice.json
  cmkit open --vault ./vault --range 1048576..2097152 big.cmk > part";

/// Decrypt a file or a stream.
///
/// Every byte that is written was checked. An output file appears only if all of the input was good; on standard output
/// the exit code tells: 0 for all of it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    allow: Allow,
    #[command(flatten)]
    context: Context,
    #[command(flatten)]
    external: External,
    /// The file with the head, where the input is only the body
    #[arg(long, value_name = "HEAD")]
    detached: Option<PathBuf>,
    /// Only these bytes of the plaintext: from A, up to and without B; either may be left out
    #[arg(long, value_name = "A..B", value_parser = range)]
    range: Option<Range<u64>>,
    /// The output; standard output without it
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The envelope; standard input without it or with `-`
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

/// Bytes of a detached head at most.
pub(crate) const MAX_HEAD: u64 = 128 << 10;

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let holders = arguments.who.open()?;
    let options = OpenOptions {
        external: arguments.external.or_none()?,
        expect: arguments.context.expect(),
        ..OpenOptions::new(arguments.allow.keys(&holders)?)
    };
    let place = arguments.input.as_deref().unwrap_or(Path::new("-"));
    let mut input = Input::open(Some(place))?;
    let opener = begin(arguments, place, &mut input, &options, &holders)?;
    let output = Output::create(arguments.output.as_deref())?;
    match (&arguments.range, input.seekable()) {
        (Some(range), Some(file)) => open_part(arguments, place, file, opener, range, output),
        (range, _) => open_all(place, input, opener, range.as_ref(), output),
    }
}

/// Opens the head: the one of the input, or the detached one.
fn begin(
    arguments: &Arguments,
    place: &Path,
    input: &mut Input,
    options: &OpenOptions,
    holders: &Holders,
) -> Result<Opener<NativeCipher>, Failure> {
    let (place, opener) = match &arguments.detached {
        Some(path) => {
            (path.as_path(), cmkit::begin_open_detached(&read_small(path, MAX_HEAD)?, options, &holders.provider))
        }
        None => {
            let head = cmkit::read_head(input, Some(options.max_header));
            (place, head.and_then(|head| cmkit::begin_open(&head, options, &holders.provider)))
        }
    };
    opener.map_err(|error| {
        Failure::from(error).at(name_of(place)).help_on(
            Code::Malformed,
            "an envelope begins with the bytes 89 43 4d 4b; where the head is kept elsewhere: --detached HEAD",
        )
    })
}

/// Opens everything, and writes all of it or the range.
fn open_all(
    place: &Path,
    input: Input,
    opener: Opener<NativeCipher>,
    range: Option<&Range<u64>>,
    output: Output,
) -> Result<Exit, Failure> {
    let mut progress = Progress::new(input.size());
    let mut part = Part { output, range: range.cloned().unwrap_or(0..u64::MAX), at: 0 };
    let size = OpenReader::new(opener, input, Threads::All)
        .copy_to(&mut part, &mut |done| {
            progress.set(done);
            Ok(())
        })
        .map_err(|error| Failure::from(error).at(name_of(place)))?;
    check_start(place, &part.range, size)?;
    part.output.commit()?;
    Ok(Exit::Good)
}

/// Reads and opens only the chunks that the range needs.
fn open_part(
    arguments: &Arguments,
    place: &Path,
    file: &File,
    opener: Opener<NativeCipher>,
    range: &Range<u64>,
    mut output: Output,
) -> Result<Exit, Failure> {
    let failed = |error: io::Error| failure_of("read", place, error);
    let body = if arguments.detached.is_some() { 0 } else { opener.head_size() as u64 };
    let reader = SeekReader::new(opener, file, body, Threads::All);
    let mut reader = reader.map_err(|error| Failure::from(error).at(name_of(place)))?;
    check_start(place, range, reader.len())?;
    reader.seek(SeekFrom::Start(range.start)).map_err(failed)?;
    io::copy(&mut reader.take(range.end - range.start), &mut output).map_err(failed)?;
    output.commit()?;
    Ok(Exit::Good)
}

fn check_start(place: &Path, range: &Range<u64>, size: u64) -> Result<(), Failure> {
    if range.start <= size {
        return Ok(());
    }
    let error = Error::new(Code::OutOfRange, "the range starts after the end of the data");
    Err(Failure::from(error).at(name_of(place)).help(format!("the data has {size} bytes")))
}

/// Passes on a range of what is written to it.
struct Part<W> {
    output: W,
    range: Range<u64>,
    at: u64,
}

impl<W: Write> Write for Part<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let clamp = |at: u64| usize::try_from(at.saturating_sub(self.at)).unwrap_or(usize::MAX).min(data.len());
        self.output.write_all(&data[clamp(self.range.start)..clamp(self.range.end)])?;
        self.at += data.len() as u64;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let (start, end) = text.split_once("..").ok_or("a range is A..B")?;
    let number = |text: &str, missing| match text {
        "" => Ok(missing),
        _ => text.parse::<u64>().map_err(|_| format!("`{text}` is not a number of bytes")),
    };
    let range = number(start, 0)?..number(end, u64::MAX)?;
    if range.start > range.end { Err("the range ends before it starts".into()) } else { Ok(range) }
}
