//! A timeline and a calendar for people.

use crate::layout::{command, paragraph};
use cmkit::policy::what_if::{Bystander, Evidence, Outlook, Remark, Section, Step, WhatIf};
use cmkit::policy::{Basis, Calendar, Entry, Timestamp};

pub(super) fn answer(answer: &WhatIf) -> String {
    let WhatIf { schema: _, event, at, sections, remarks, rules, sources } = answer;
    let mut out = String::new();
    for Section { kind, name, clusters, others } in sections {
        paragraph(&mut out, "", &format!("what if {kind} `{name}` {} at {at}", event.happens()));
        if clusters.len() > 1 {
            let names: Vec<_> = clusters.iter().map(|cluster| format!("`{}`", cluster.cluster)).collect();
            paragraph(&mut out, "", &format!("{} clusters share it: {}", names.len(), names.join(", ")));
        }
        out.push('\n');
        for cluster in clusters {
            outlook(&mut out, cluster);
        }
        for Bystander { cluster, unknown, reason } in others {
            let what = if *unknown { "not known to be reached" } else { "not reached" };
            paragraph(&mut out, "", &format!("cluster `{cluster}` is {what}: {reason}"));
        }
        if !others.is_empty() {
            out.push('\n');
        }
    }
    for remark in remarks {
        paragraph(&mut out, "", remark);
    }
    paragraph(&mut out, "rules    ", &rules.join(", "));
    for (number, source) in sources.iter().enumerate() {
        paragraph(&mut out, if number == 0 { "sources  " } else { "         " }, source);
    }
    out
}

fn outlook(out: &mut String, outlook: &Outlook) {
    let Outlook { cluster, outcome, data, already, steps, meanwhile, recovery, traps } = outlook;
    paragraph(out, "", &format!("cluster `{cluster}` {}; {data}", outcome.as_str()));
    if !already.is_empty() {
        paragraph(out, "  ", &format!("these files have errors about it already: {}", already.join(", ")));
    }
    for Step { when, from, until, what, basis, unknown } in steps {
        let time = if when.starts_with("by ") { until } else { from };
        let first = format!("  {when:<18} {:<20}  ", time.map(|time| time.to_string()).unwrap_or_default());
        paragraph(out, &first, &sure(what, *basis));
        settle(out, unknown.as_ref());
    }
    remarks(out, "meanwhile", meanwhile);
    if !recovery.is_empty() {
        out.push_str("  the way back, in this order\n");
    }
    for (number, action) in recovery.iter().enumerate() {
        paragraph(out, &format!("    {}. ", number + 1), &action.what);
        if let Some(line) = &action.command {
            command(out, 7, line);
        }
    }
    remarks(out, "mind", traps);
    out.push('\n');
}

fn remarks(out: &mut String, title: &str, remarks: &[Remark]) {
    if !remarks.is_empty() {
        out.push_str(&format!("  {title}\n"));
    }
    for Remark { what, basis } in remarks {
        paragraph(out, "    - ", &sure(what, *basis));
    }
}

fn settle(out: &mut String, unknown: Option<&Evidence>) {
    if let Some(Evidence { evidence, command: line }) = unknown {
        paragraph(out, "    unknown: ", &format!("{evidence} would settle it"));
        if let Some(line) = line {
            command(out, 13, line);
        }
    }
}

/// What is not documented is said to be so.
fn sure(what: &str, basis: Basis) -> String {
    match basis {
        Basis::Inferred => format!("{what} (inferred)"),
        Basis::Practice => format!("{what} (seen in practice)"),
        _ => what.to_owned(),
    }
}

pub(super) fn calendar(calendar: &Calendar) -> String {
    let mut out = String::new();
    for Entry { at, overdue, subject, what, clusters, rules, accepted, file, line, unknown, .. } in &calendar.entries {
        let date = at.map_or_else(|| "no date".into(), Timestamp::date);
        let late = if *overdue { "overdue: " } else { "" };
        let clusters: Vec<_> = clusters.iter().map(|cluster| format!("`{cluster}`")).collect();
        let under = match clusters.len() {
            0 => String::new(),
            1 => format!(" (cluster {})", clusters[0]),
            _ => format!(" (clusters {})", clusters.join(", ")),
        };
        paragraph(&mut out, &format!("{date:<10}  "), &format!("{late}{subject}: {what}{under}"));
        let rules = if rules.is_empty() { String::new() } else { format!(", {}", rules.join(", ")) };
        paragraph(&mut out, "            ", &format!("{file}:{line}{rules}"));
        if let Some(reason) = accepted {
            paragraph(&mut out, "            ", &format!("accepted: {reason}"));
        }
        settle(&mut out, unknown.as_ref());
    }
    let count = calendar.entries.len();
    let until = calendar.until.map_or_else(|| "on".to_owned(), |until| format!("to {}", until.date()));
    let dates = if count == 1 { "date" } else { "dates" };
    out.push_str(&format!("{count} {dates} from {} {until}\n", calendar.from.date()));
    out
}
