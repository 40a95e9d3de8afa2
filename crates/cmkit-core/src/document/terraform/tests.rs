//! Complete plans and states, as Terraform shows them, and what becomes of them when something in them is changed.

use crate::document::{self, json};
use crate::policy::{Action, Deployment, Options, Report, Text, Timestamp, Verdict, check};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

const PLAN: &str = include_str!("tests/plan.json");
const STATE: &str = include_str!("tests/state.json");
const SWAP: &str = include_str!("tests/swap.json");
const MODULES: &str = include_str!("tests/modules.json");
const AZAPI: &str = include_str!("tests/azapi.json");
const ALL: [&str; 5] = [PLAN, STATE, SWAP, MODULES, AZAPI];

const KEY: &str = "https://kv-orders-prod.vault.azure.net/keys/orders-kek";

fn read(text: &str) -> Deployment {
    document::read(&[("plan.json", text)]).unwrap_or_else(|error| panic!("{error}"))
}

fn report(text: &str) -> Report {
    check(&read(text), Timestamp::parse("2026-12-01").expect("a time"), &Options::default())
}

/// The codes that appear, in order and each once; `?` marks an unknown.
fn codes(report: &Report) -> String {
    let mark = |verdict: &Verdict| if matches!(verdict, Verdict::Unknown { .. }) { "?" } else { "" };
    let codes: BTreeSet<_> = report.findings.iter().map(|f| format!("{}{}", f.code, mark(&f.verdict))).collect();
    codes.into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn good_plans_and_states_have_no_findings() {
    for (name, text) in [("plan", PLAN), ("state", STATE), ("modules", MODULES), ("azapi", AZAPI)] {
        let report = report(text);
        assert_eq!(codes(&report), "", "{name}: {:#?}", report.findings);
    }
}
