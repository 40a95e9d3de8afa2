//! `cmkit what-if`: what an event does to the clusters of a deployment, and the dates ahead of it.

mod text;

use crate::config::SettingsFile;
use crate::deployment::{Files, now, time};
use crate::failure::{Exit, Failure};
use crate::output::{print, to_json};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use cmkit::policy::{self, Event, Selection, Timestamp};

/// Tell what happens to clusters when a key, a vault, an identity or a grant changes
///
/// Reads the same files as `check`. Gives a timeline a cluster: what happens at once, when the cluster becomes inaccessible,
/// how it comes back and in which order, what goes wrong on the way, and whether and when data is lost for good. Tells the
/// clusters that share the key apart from those that don't. Nothing is sent anywhere, and nothing is changed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    files: Files,
    /// What happens
    #[arg(long, value_name = "EVENT", value_parser = events(), required_unless_present = "calendar")]
    event: Option<Event>,
    /// List the dates ahead instead: expiries, rotations, ends of retentions and suppressions, those of the settings too
    #[arg(long, conflicts_with = "event")]
    calendar: bool,
    /// When it happens, or the first day of the calendar: `2027-03-01` or `2027-03-01T12:00:00Z`; now, if left out
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// How many days of the calendar; all, if left out
    #[arg(long, value_name = "N", conflicts_with = "event", value_parser = clap::value_parser!(i64).range(0..))]
    days: Option<i64>,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    settings: SettingsFile,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Which of several is meant.
#[derive(Args, Debug)]
struct What {
    /// Only this key, `vault/key` or `key`
    #[arg(long, value_name = "NAME", conflicts_with = "calendar")]
    key: Option<String>,
    /// The version that is disabled, with `--event version-disabled`; an older one than the newest, if left out
    #[arg(long, value_name = "VERSION", conflicts_with = "calendar")]
    key_version: Option<String>,
    /// Only this vault
    #[arg(long, value_name = "NAME", conflicts_with = "calendar")]
    vault: Option<String>,
    /// Only this identity
    #[arg(long, value_name = "NAME", conflicts_with = "calendar")]
    identity: Option<String>,
    /// Only what this cluster depends on
    #[arg(long, value_name = "NAME", conflicts_with = "calendar")]
    cluster: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  cmkit what-if main.json --event key-expires
  cmkit what-if main.json --event vault-deleted --at 2027-03-01
  cmkit what-if infra/*.json --event key-deleted --key kv-orders/orders-kek --format json
  cmkit what-if main.json --calendar --days 365

Exit codes:
  0 good, 2 usage, 3 unreadable input";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A timeline to read
    Text,
    /// One JSON document
    Json,
}

fn events() -> impl TypedValueParser<Value = Event> {
    let names = Event::ALL.map(Event::as_str);
    PossibleValuesParser::new(names).try_map(|name| Event::parse(&name).map_err(|error| error.message().to_owned()))
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let deployment = arguments.files.read()?;
    let at = arguments.at.unwrap_or_else(now);
    let json = arguments.format == Format::Json;
    let Some(event) = arguments.event else {
        let options = arguments.settings.options(arguments.files.names())?;
        let calendar = policy::calendar(&deployment, at, arguments.days, &options);
        print(&if json { to_json(&calendar)? } else { text::calendar(&calendar) })?;
        return Ok(Exit::Good);
    };
    let answer = policy::what_if(&deployment, event, at, &arguments.what.selection())?;
    print(&if json { to_json(&answer)? } else { text::answer(&answer) })?;
    Ok(Exit::Good)
}

impl What {
    fn selection(&self) -> Selection {
        let mut selection = Selection::default();
        selection.key.clone_from(&self.key);
        selection.version.clone_from(&self.key_version);
        selection.vault.clone_from(&self.vault);
        selection.identity.clone_from(&self.identity);
        selection.cluster.clone_from(&self.cluster);
        selection
    }
}
