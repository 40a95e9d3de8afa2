//! `cmkit open`.

use crate::failure::{Exit, Failure};
use crate::input::{Context, Input, open_file, read_small};
use crate::output::Output;
use crate::progress::Progress;
use crate::who::{Allow, Holders, Who};
use clap::Args;
use cmkit::envelope::OpenOptions;
use cmkit::{Code, Error, NativeCipher, OpenReader, SeekReader, Threads};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  cmkit open -o report.pdf report.cmk
  cmkit open --vault ./vault --as orders-app --allow-key https://orders.vault.azure.net/keys/orders-kek -o report.pdf report.cmk
  cmkit open --vault ./vault -c tenant=acme --namespace acme.invoice/v2 invoice.cmk > invoice.json
  cmkit open --vault ./vault --range 1048576..2097152 big.cmk > part";

/// Decrypt a file or a stream.
///
/// Every byte that is written was checked. An output file appears only if all of the input was good; on standard output
/// the exit code tells.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    allow: Allow,
    #[command(flatten)]
    context: Context,
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
        external: arguments.context.external()?,
        expect: arguments.context.expect(),
        ..OpenOptions::new(arguments.allow.keys(&holders)?)
    };
    let place = arguments.input.as_deref().unwrap_or(Path::new("-"));
    let named = |error: Error| Failure::from(error).at(place.display());
    match (&arguments.range, place == Path::new("-")) {
        (Some(range), false) => open_part(arguments, place, range.clone(), &options, &holders),
        (range, _) => {
            let mut input = Input::open(Some(place))?;
            let mut progress = Progress::new(input.size());
            let opener = begin(arguments, &mut input, &options, &holders)?;
            let output = Output::create(arguments.output.as_deref())?;
            let mut part = Part { output, range: range.clone().unwrap_or(0..u64::MAX), at: 0 };
            let size = OpenReader::new(opener, input, Threads::All)
                .copy_to(&mut part, &mut |done| progress.set(done))
                .map_err(named)?;
            if range.as_ref().is_some_and(|range| range.start > size) {
                return Err(named(Error::new(Code::OutOfRange, "the range starts after the end of the data")));
            }
            part.output.commit()?;
            Ok(Exit::Good)
        }
    }
}

/// Opens the head: the one of the input, or the detached one.
fn begin(
    arguments: &Arguments,
    input: &mut impl Read,
    options: &OpenOptions,
    holders: &Holders,
) -> Result<cmkit::envelope::Opener<NativeCipher>, Failure> {
    if let Some(path) = &arguments.detached {
        let head = read_small(path, MAX_HEAD)?;
        let opener = cmkit::begin_open_detached(&head, options, &holders.provider);
        return opener.map_err(|error| Failure::from(error).at(path.display()));
    }
    let place = arguments.input.as_deref().unwrap_or(Path::new("-"));
    cmkit::read_head(input, Some(options.max_header))
        .and_then(|head| cmkit::begin_open(&head, options, &holders.provider))
        .map_err(|error| Failure::from(error).at(place.display()))
}

/// Reads and opens only the chunks that the range needs.
fn open_part(
    arguments: &Arguments,
    place: &Path,
    range: Range<u64>,
    options: &OpenOptions,
    holders: &Holders,
) -> Result<Exit, Failure> {
    let named = |error: Error| Failure::from(error).at(place.display());
    let reading = |error: io::Error| match error.downcast::<Error>() {
        Ok(error) => named(error),
        Err(error) => Failure::io("read", place, &error),
    };
    let mut file = open_file(place)?;
    let opener = begin(arguments, &mut file, options, holders)?;
    let body = if arguments.detached.is_some() { 0 } else { opener.head_size() as u64 };
    let mut reader = SeekReader::new(opener, file, body).map_err(named)?;
    if range.start > reader.len() {
        return Err(named(Error::new(Code::OutOfRange, "the range starts after the end of the data")));
    }
    reader.seek(SeekFrom::Start(range.start)).map_err(reading)?;
    let mut output = Output::create(arguments.output.as_deref())?;
    io::copy(&mut reader.take(range.end - range.start), &mut output).map_err(reading)?;
    output.commit()?;
    Ok(Exit::Good)
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
