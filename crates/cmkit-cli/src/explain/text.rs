//! An explanation for people.

use crate::layout::{command, paragraph};
use cmkit::policy::what_if::Event;
use cmkit::policy::{Basis, Cause, Cited, Explanation, Relation, Rule, Standing, symptoms_of};

pub(super) fn render(explanation: &Explanation) -> String {
    let Explanation { schema: _, rule, standing, findings, symptoms, seen, causes, remarks, nearest } = explanation;
    let mut out = String::new();
    if let Some(rule) = rule {
        page(&mut out, rule);
        if let Some(said) = said(*standing) {
            paragraph(&mut out, "in these files  ", said);
            cited(&mut out, 16, findings);
        }
        return out;
    }
    if symptoms.is_empty() {
        paragraph(&mut out, "", "this is not recognised: it is no error, sentence or log line that is known here");
        if !nearest.is_empty() {
            paragraph(&mut out, "", &format!("the nearest rules are {}", nearest.join(", ")));
        }
        return out;
    }
    for symptom in symptoms {
        paragraph(&mut out, "", &format!("{}: {}", symptom.id, symptom.meaning));
        paragraph(&mut out, "  ", symptom.source);
    }
    for seen in seen {
        paragraph(&mut out, "  ", &format!("{}: {}", seen.name, plain(&seen.value)));
    }
    for remark in remarks {
        paragraph(&mut out, "  ", &plain(remark));
    }
    out.push_str("\ncauses, the likeliest first\n");
    for (number, cause) in causes.iter().enumerate() {
        one(&mut out, number + 1, cause);
    }
    out
}

fn one(out: &mut String, number: usize, cause: &Cause) {
    let Cause { what, rules, look, command: line, standing, findings } = cause;
    let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    paragraph(out, &format!("{number:>3}. "), &format!("{what}{rules}"));
    if let Some(said) = said(*standing) {
        paragraph(out, "     ", said);
    }
    cited(out, 7, findings);
    if *standing == Standing::RuledOut {
        return;
    }
    paragraph(out, "     ", &format!("look at {look}"));
    if let Some(line) = line {
        command(out, 7, line);
    }
}

fn said(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Shown => Some("your files show it"),
        Standing::Unknown => Some("your files don't say"),
        Standing::RuledOut => Some("your files rule it out, as far as they are what is deployed"),
        Standing::NotLooked => None,
    }
}

fn cited(out: &mut String, indent: usize, findings: &[Cited]) {
    let first = format!("{}- ", " ".repeat(indent - 2));
    for Cited { code, message, file, line, evidence, command: settles } in findings {
        paragraph(out, &first, &plain(&format!("{code} at {file}:{line}: {message}")));
        if let Some(evidence) = evidence {
            paragraph(out, &" ".repeat(indent), &format!("{evidence} would settle it"));
        }
        if let Some(line) = settles {
            command(out, indent, &plain(line));
        }
    }
}

fn page(out: &mut String, rule: &Rule) {
    let basis = match rule.basis {
        Basis::Documented => "documented",
        Basis::Inferred => "inferred",
        Basis::Practice => "seen in practice",
        _ => "asked for in the settings",
    };
    paragraph(out, "", &format!("{}: {}", rule.code, rule.title));
    let level = format!("{}; {}, {}; {basis}", rule.level.as_str(), rule.consequence.as_str(), rule.time_to_impact);
    let last = if rule.irreversible { " (final: it can't be undone, or can't be made later)" } else { "" };
    let symptoms: Vec<_> = symptoms_of(rule.code).map(|symptom| symptom.id).collect();
    let events: Vec<_> = Event::ALL.iter().filter(|e| e.rules().contains(&rule.code)).map(|e| e.as_str()).collect();
    for (name, text) in [
        ("level", level),
        ("looks at", rule.evidence.to_owned()),
        ("why", rule.why.to_owned()),
        ("mend", format!("{}{last}", rule.fix)),
        ("seen as", symptoms.join(", ")),
        ("what if", events.join(", ")),
        ("source", rule.source.to_owned()),
    ] {
        if !text.is_empty() {
            paragraph(out, &format!("{name:<14}  "), &text);
        }
    }
    for (number, one) in rule.crosswalk.iter().enumerate() {
        let relation = match one.relation {
            Relation::Same => "asks for the same",
            Relation::Weaker => "asks for less, or looks at less",
            Relation::Conflicts => "conflicts: followed, it breaks a customer-managed key",
        };
        let name = if number == 0 { "other tools" } else { "" };
        paragraph(out, &format!("{name:<14}  "), &format!("{} {}: {relation}", one.tool, one.id));
    }
}

/// Text of somebody's files can't steer the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
