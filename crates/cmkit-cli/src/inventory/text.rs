//! An inventory for people and for spreadsheets.

use cmkit::envelope::Holder;
use cmkit::inventory::{Answer, Disabling, Faults, KeyUse, Names, Report};
use std::fmt::Write;

/// Totals, a line for each key, what stands apart, and the answer.
pub(super) fn table(report: &Report, disabling: Option<&Disabling>) -> String {
    let mut out = String::new();
    let Report { objects, messages, key_records, keys, unknown, damaged, unreadable, .. } = report;
    let _ = writeln!(out, "{objects} objects: {messages} messages, {key_records} key records");
    if !keys.is_empty() {
        let _ = writeln!(out, "\n{:>10} {:>10}  key", "objects", "only way");
    }
    for key in keys {
        let _ = writeln!(out, "{:>10} {:>10}  {}", key.objects, key.only, name_of(key));
    }
    names(&mut out, "unknown: no envelope and no key record", unknown);
    faults(&mut out, "damaged", damaged);
    faults(&mut out, "unreadable", unreadable);
    if let Some(disabling) = disabling {
        answer(&mut out, disabling);
    }
    out
}

/// A line for each key, with a line of names in front.
pub(super) fn csv(report: &Report) -> String {
    let mut out = "holder,key,dek_id,thumbprint,algorithm,key_size,objects,only,known,wrapped_last\n".to_owned();
    for key in &report.keys {
        let holder = match key.holder {
            Holder::Program => "program",
            Holder::Vault => "vault",
            Holder::KeyRecord => "key-record",
            Holder::Unnamed => "unnamed",
        };
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let known = key.known.map(|known| known.to_string()).unwrap_or_default();
        let wrapped = key.wrapped_last.map(crate::time::print).unwrap_or_default();
        let (uri, dek_id, thumbprint) = (text(&key.key), text(&key.dek_id), text(&key.thumbprint));
        let KeyUse { algorithm, key_size, objects, only, .. } = key;
        let _ = writeln!(
            out,
            "{holder},{uri},{dek_id},{thumbprint},{algorithm},{key_size},{objects},{only},{known},{wrapped}"
        );
    }
    out
}

fn name_of(key: &KeyUse) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match key.holder {
        Holder::Program => format!("{} (kept by the program: service-managed)", text(&key.key)),
        Holder::Vault => format!("{} ({} {})", text(&key.key), key.algorithm, key.key_size),
        Holder::Unnamed => format!("thumbprint {} ({} {})", text(&key.thumbprint), key.algorithm, key.key_size),
        Holder::KeyRecord if key.known == Some(true) => format!("key record {}", text(&key.dek_id)),
        Holder::KeyRecord => format!("key record {} (which one is not known)", text(&key.dek_id)),
    }
}

fn answer(out: &mut String, disabling: &Disabling) {
    let Disabling { keys, answer, lost, unsure, still_open, unjudged, .. } = disabling;
    let these = if keys.len() == 1 { "it" } else { "them" };
    out.push('\n');
    keys.iter().for_each(|key| {
        let _ = writeln!(out, "{key}");
    });
    let _ = match answer {
        Answer::Yes if *still_open == 0 => writeln!(out, "may be disabled: yes, no object needs {these}"),
        Answer::Yes => writeln!(out, "may be disabled: yes, {still_open} objects have another key too"),
        Answer::No => writeln!(out, "may be disabled: no, {} objects would not open any more", lost.count()),
        Answer::Unknown => writeln!(out, "may be disabled: unknown"),
    };
    names(out, "would not open any more", lost);
    names(out, "cannot be told: under a key record or a key that is not known", unsure);
    if *unjudged > 0 {
        let _ = writeln!(out, "\n{unjudged} objects are damaged or unreadable: nobody knows what they need");
    }
}

fn names(out: &mut String, title: &str, names: &Names) {
    if names.count() == 0 {
        return;
    }
    let _ = writeln!(out, "\n{title}: {}", names.count());
    let listed = names.names();
    for name in &listed {
        let _ = writeln!(out, "  {}", name.escape_debug());
    }
    more(out, names.count(), listed.len());
}

/// What is wrong with objects, a line for each as far as they are named.
pub(crate) fn faults(out: &mut String, title: &str, faults: &Faults) {
    if faults.count == 0 {
        return;
    }
    let _ = writeln!(out, "\n{title}: {}", faults.count);
    for fault in &faults.first {
        let _ = writeln!(out, "  {}: {} ({})", fault.name.escape_debug(), fault.message, fault.code);
    }
    more(out, faults.count, faults.first.len());
}

fn more(out: &mut String, count: u64, listed: usize) {
    let rest = count - listed as u64;
    if rest > 0 {
        let _ = writeln!(out, "  and {rest} more");
    }
}
