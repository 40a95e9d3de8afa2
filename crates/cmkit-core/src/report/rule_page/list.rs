//! All rules, family by family.

use super::cell;
use crate::policy::rules;
use alloc::string::String;
use core::fmt::Write;

/// The first digit of a code, and what its rules are about.
const FAMILIES: &[(char, &str)] = &[
    ('1', "Vault"),
    ('2', "Key"),
    ('3', "Key URL"),
    ('4', "Identity and grants"),
    ('5', "Network"),
    ('6', "Cluster: placement, mode, changes"),
    ('7', "Rotation and lifecycle"),
    ('8', "Living clusters"),
    ('9', "Input"),
];

/// Every rule, by code, in a table a family.
///
/// ```
/// let list = cmkit_core::report::rule_list();
/// assert!(list.starts_with("## Vault\n"));
/// assert!(list.contains("| CMK1001 | error | data loss | soft delete is on |\n"));
/// ```
#[must_use]
pub fn rule_list() -> String {
    let mut out = String::new();
    for (digit, family) in FAMILIES {
        let gap = if out.is_empty() { "" } else { "\n" };
        let head = "| rule | level | consequence | what is right |\n| --- | --- | --- | --- |\n";
        let _ = write!(out, "{gap}## {family}\n\n{head}");
        for rule in rules().filter(|rule| rule.code.chars().nth(3) == Some(*digit)) {
            let (code, level, consequence) = (rule.code, rule.level.as_str(), rule.consequence.as_str());
            let title = cell(rule.title);
            let _ = writeln!(out, "| {code} | {level} | {consequence} | {title} |");
        }
    }
    out
}
