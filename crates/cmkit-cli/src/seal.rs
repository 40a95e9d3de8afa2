//! `cmkit seal`.

use crate::failure::{Exit, Failure};
use crate::input::{Context, External, Input};
use crate::output::Output;
use crate::progress::Progress;
use crate::who::{Under, Who};
use clap::{Args, ValueEnum};
use cmkit::envelope::{SealOptions, Suite};
use cmkit::{Code, SealWriter, Threads};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cmkit seal -o report.cmk report.pdf
      Service-managed: nothing to set up
  cmkit seal --vault ./vault --as orders-app \\
        --key https://orders.vault.azure.net/keys/orders-kek -o report.cmk report.pdf
      Under a customer-managed key in its newest version
  tar c data | cmkit seal --vault ./vault -c tenant=acme \\
        --key https://orders.vault.azure.net/keys/orders-kek > data.cmk
      A stream, bound to a tenant
  cmkit seal --vault ./vault --record smk.record -o report.cmk report.pdf
      Under the data key of a key record, with no call for this file";

/// Encrypt a file or a stream under one or more keys.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    under: Under,
    /// A key record to seal under; repeatable
    #[arg(long = "record", value_name = "FILE")]
    records: Vec<PathBuf>,
    #[command(flatten)]
    context: Context,
    #[command(flatten)]
    external: External,
    /// Bytes of plaintext in a chunk
    #[arg(long, value_enum, default_value_t)]
    suite: SuiteName,
    /// Pad the head to this many bytes, so that a later rewrap fits in place
    #[arg(long, value_name = "N")]
    pad: Option<usize>,
    /// Write the head to this file and only the body to the output
    #[arg(long, value_name = "HEAD")]
    detached: Option<PathBuf>,
    /// The output; standard output without it
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
    /// The plaintext; standard input without it or with `-`
    #[arg(value_name = "IN")]
    input: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum SuiteName {
    #[default]
    #[value(name = "16k")]
    Chunk16K,
    #[value(name = "256k")]
    Chunk256K,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.detached.is_some() && arguments.detached == arguments.output {
        return Err(Failure::usage("the head and the body cannot go to one file").help("leave --detached out for that"));
    }
    let holders = arguments.who.open()?;
    let options = SealOptions {
        binding: arguments.context.bound_with(arguments.external.or_none()?),
        suite: match arguments.suite {
            SuiteName::Chunk16K => Suite::Chunk16K,
            SuiteName::Chunk256K => Suite::Chunk256K,
        },
        pad_to: arguments.pad,
        ..SealOptions::new(arguments.under.keys(&holders, &arguments.records)?)
    };
    let mut input = Input::open(arguments.input.as_deref())?;
    let mut progress = Progress::new(input.size());
    let sealer = cmkit::begin_seal(options, &holders.provider).map_err(|error| {
        Failure::from(error).help_on(Code::TooLarge, "give --pad more bytes, or none; use fewer keys or less context")
    })?;
    let output = Output::create(arguments.output.as_deref())?;
    let head = arguments.detached.as_deref().map(|path| Output::create(Some(path))).transpose()?;

    let head_bytes = sealer.head().to_vec();
    let mut writer = SealWriter::new(sealer, output, Threads::All);
    if head.is_none() {
        writer.write_head()?;
    }
    while writer.fill_from(&mut input)? {
        progress.set(writer.plaintext_written());
    }
    let body = writer.finish()?;
    if let Some(mut head) = head {
        head.put(&head_bytes)?;
        head.commit()?;
    }
    body.commit()?;
    Ok(Exit::Good)
}
