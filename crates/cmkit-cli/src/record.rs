//! `cmkit record`: key records, and compact values under them.

use crate::failure::{Exit, Failure};
use crate::input::{Context, read_small};
use crate::output::{Output, print};
use crate::who::{Allow, Holders, Under, Who};
use base64ct::{Base64UrlUnpadded, Encoding};
use clap::{Args, Subcommand};
use cmkit::envelope::{DataKey, ExternalContext, MAX_COMPACT, RecordOptions};
use cmkit::{Code, Error};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

const EXAMPLES: &str = "\
Examples:
  cmkit record new --vault ./vault --key https://orders.vault.azure.net/keys/kek -o smk.record
  cmkit record seal-value --vault ./vault --record smk.record --namespace acme.email ada@acme.com
  cmkit record open-value --vault ./vault --record smk.record --namespace acme.email wR4...
  cmkit seal --vault ./vault --record smk.record -o report.cmk report.pdf
  cmkit rewrap --vault ./vault --to https://orders.vault.azure.net/keys/kek smk.record";

const NEW_EXAMPLES: &str = "\
Examples:
  cmkit record new --vault ./vault --key https://orders.vault.azure.net/keys/kek -o smk.record
  cmkit record new --deterministic -o smk.record
      Service-managed, and with values that can be looked up";

const SEAL_EXAMPLES: &str = "\
Examples:
  cmkit record seal-value --vault ./vault --record smk.record \\
        --namespace acme.email --aad 4711 ada@acme.com
  printf %s ada@acme.com | cmkit record seal-value --vault ./vault --record smk.record -
      So that the value is in no list of processes";

const OPEN_EXAMPLES: &str = "\
Examples:
  cmkit record open-value --vault ./vault --record smk.record \\
        --namespace acme.email --aad 4711 wR4...
  cmkit record open-value --vault ./vault --record smk.record --record other.record -
      Whichever record the value from standard input is under";

/// Key records: a data key wrapped once and stored, with small values and messages under it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(New),
    SealValue(SealValue),
    OpenValue(OpenValue),
}

/// Make a data key, wrapped under one or more keys.
#[derive(Args, Debug)]
#[command(after_help = NEW_EXAMPLES)]
struct New {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    under: Under,
    #[command(flatten)]
    context: Context,
    /// Allow deterministic values, which show which values are equal
    #[arg(long)]
    deterministic: bool,
    /// Pad the record to this many bytes, so that a later rewrap fits in place
    #[arg(long, value_name = "N")]
    pad: Option<usize>,
    /// The record; standard output without it
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

/// Which value it is.
#[derive(Args, Debug)]
struct Which {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    allow: Allow,
    /// What the value is, for example `acme.customer.email`
    #[arg(long, value_name = "NS", default_value = "", hide_default_value = true)]
    namespace: String,
    /// Which one it is, for example the row: authenticated, not stored
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    aad: String,
}

/// Encrypt a small value; the result is one line of base64url.
#[derive(Args, Debug)]
#[command(after_help = SEAL_EXAMPLES)]
struct SealValue {
    #[command(flatten)]
    which: Which,
    /// Equal values give equal results, for lookups; the record must allow it
    #[arg(long)]
    deterministic: bool,
    /// The value; `-` reads standard input as it is, a newline at its end included
    value: String,
}

/// Decrypt a small value.
#[derive(Args, Debug)]
#[command(after_help = OPEN_EXAMPLES)]
struct OpenValue {
    #[command(flatten)]
    which: Which,
    /// The value as `seal-value` printed it; `-` reads standard input
    value: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    match &arguments.command {
        Command::New(new) => create(new),
        Command::SealValue(seal) => seal_value(seal),
        Command::OpenValue(open) => open_value(open),
    }
}

fn create(new: &New) -> Result<Exit, Failure> {
    let holders = new.who.open()?;
    let binding = new.context.bound_with(ExternalContext::default());
    let options = RecordOptions {
        context: binding.context,
        namespace: binding.namespace,
        deterministic: new.deterministic,
        pad_to: new.pad,
        ..RecordOptions::new(new.under.keys(&holders, &[])?)
    };
    let record = cmkit::generate_record(options, &holders.provider)?.record;
    let mut output = Output::create(new.output.as_deref())?;
    output.put(&record)?;
    output.commit()?;
    Ok(Exit::Good)
}

fn seal_value(seal: &SealValue) -> Result<Exit, Failure> {
    let Which { namespace, aad, .. } = &seal.which;
    let key = seal.which.data_keys(&seal.which.who.open()?)?.swap_remove(0);
    let plaintext = Zeroizing::new(argument(&seal.value)?);
    let value = if seal.deterministic {
        cmkit::seal_value_deterministic(&key, namespace, aad.as_bytes(), &plaintext)
    } else {
        cmkit::seal_value(&key, namespace, aad.as_bytes(), &plaintext)
    };
    print(&format!("{}\n", Base64UrlUnpadded::encode_string(&value?)))?;
    Ok(Exit::Good)
}

fn open_value(open: &OpenValue) -> Result<Exit, Failure> {
    let Which { namespace, aad, .. } = &open.which;
    let keys = open.which.data_keys(&open.which.who.open()?)?;
    let text = argument(&open.value)?;
    let value = Base64UrlUnpadded::decode_vec(String::from_utf8_lossy(&text).trim())
        .map_err(|_| Error::new(Code::Malformed, "a value is base64url without padding"))?;
    let key = cmkit::envelope::find_data_key(&keys, &value)?;
    let plaintext = Zeroizing::new(cmkit::open_value(key, namespace, aad.as_bytes(), &value)?);
    let mut out = Output::create(None)?;
    out.put(&plaintext)?;
    out.commit()?;
    Ok(Exit::Good)
}

impl Which {
    fn data_keys(&self, holders: &Holders) -> Result<Vec<Arc<DataKey>>, Failure> {
        let keys = self.allow.keys(holders)?.records;
        if keys.is_empty() {
            return Err(Failure::usage("no key record is given")
                .help("name it with `--record FILE`; `cmkit record new` makes one"));
        }
        Ok(keys)
    }
}

fn argument(text: &str) -> Result<Vec<u8>, Failure> {
    if text == "-" { read_small(Path::new("-"), 2 * MAX_COMPACT as u64) } else { Ok(text.as_bytes().to_vec()) }
}
