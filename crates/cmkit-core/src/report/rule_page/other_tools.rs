//! The like rules of other tools, and what following them does to a customer-managed key.

use super::{cell, sentence};
use crate::policy::{Crosswalk, Relation};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// The rules in a table; below it each conflict once, with all who are in it.
pub(super) fn table(crosswalk: &[Crosswalk]) -> String {
    let mut table = String::from("| tool | rule | how it relates |\n| --- | --- | --- |");
    let mut conflicts: Vec<(&str, Vec<String>)> = Vec::new();
    for Crosswalk { tool, id, relation } in crosswalk {
        let relation = match relation {
            Relation::Same => "asks for the same",
            Relation::Weaker => "asks for less, or looks at less",
            Relation::Conflicts => "**conflicts**: see below",
        };
        let _ = write!(table, "\n| {} | {} | {relation} |", cell(tool), cell(id));
    }
    for Crosswalk { tool, id, .. } in crosswalk.iter().filter(|one| one.relation == Relation::Conflicts) {
        let (why, who) = (conflict(id), format!("{tool} {id}"));
        match conflicts.iter_mut().find(|(known, _)| *known == why) {
            Some((_, all)) => all.push(who),
            None => conflicts.push((why, Vec::from([who]))),
        }
    }
    for (why, who) in conflicts {
        let _ = write!(table, "\n\n{}: {}", who.join(", "), sentence(why));
    }
    table
}

/// What following a rule of another tool does to a customer-managed key.
pub(super) fn conflict(id: &str) -> &'static str {
    let known = CONFLICTS.iter().find(|(ids, _)| ids.iter().any(|known| id.contains(known)));
    known.map_or("followed to the letter, it breaks a customer-managed key", |(_, why)| why)
}

pub(super) const CONFLICTS: &[(&[&str], &str)] = &[
    (
        &[
            "CKV_AZURE_40",
            "AZU-0014",
            "AVD-AZU-0014",
            "152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0",
            "49a22571-d204-4c91-a7b6-09b1a586fbc9",
            "4d080822-5ee2-49a4-8984-68f3d4c890fc",
        ],
        "it asks for an expiry on every key. An expiry that is reached makes the cluster inaccessible, and rotating then is no \
         way back. An expiry is safe only with a rotation that comes before it",
    ),
    (
        &["CKV_AZURE_112", "587c79fe-dd04-4a5e-9d0b-f89598c7261b"],
        "it asks for a key in an HSM. It fails plain RSA keys, which the service takes, and passes EC keys in an HSM, which it \
         does not",
    ),
    (
        &["CKV_AZURE_109", "AZU-0013", "AVD-AZU-0013", "55615ac9-af46-4a59-874e-391cc3dfb490", "AZR-000355"],
        "it asks for a firewall that denies, and does not look at the bypass. Denying without the bypass for trusted services \
         passes it, and cuts the cluster off from its key",
    ),
    (
        &["CKV_AZURE_189", "405c5871-3e91-4644-8a63-58e19d68ff5b"],
        "it takes a vault that is open to selected networks for closed. That is not one of the two shapes that the service \
         supports",
    ),
    (
        &["CKV2_AZURE_32"],
        "it asks for a private endpoint. The service does not come through it: a vault that is reached only that way can't hold \
         the key",
    ),
];
