//! `cmkit rules`: every rule there is.

use crate::failure::{Exit, Failure};
use crate::layout::paragraph;
use crate::output::{print, to_json};
use clap::Args;
use cmkit::policy::{self, Rule};
use cmkit::report;
use serde::Serialize;

/// List the rules that `check` holds a deployment against
///
/// With `--json` the whole table: codes, levels, consequences, evidence, reasons, mends, sources and the like rules of other
/// tools. `cmkit explain CODE` shows one rule.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Print the whole table as one JSON document
    #[arg(long)]
    json: bool,
    /// Print a table in Markdown
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
}

const EXAMPLES: &str = "\
Examples:
  cmkit rules
  cmkit rules --json | jq -r '.rules[] | select(.level == \"error\") | .code'
  cmkit explain CMK3001

Exit codes:
  0 good, 2 usage";

/// The table, as scripts read it.
#[derive(Serialize)]
struct Table {
    schema: u32,
    rules: Vec<&'static Rule>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let text = if arguments.json {
        to_json(&Table { schema: 1, rules: policy::rules().collect() })?
    } else if arguments.markdown {
        report::rule_list()
    } else {
        list()
    };
    print(&text)?;
    Ok(Exit::Good)
}

fn list() -> String {
    let mut out = String::new();
    for rule in policy::rules() {
        let first = format!("{}  {:<7}  {:<18}  ", rule.code, rule.level.as_str(), rule.consequence.as_str());
        paragraph(&mut out, &first, rule.title);
    }
    out
}
