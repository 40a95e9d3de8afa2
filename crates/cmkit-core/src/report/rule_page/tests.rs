//! The page of every rule, and its parts.

use super::super::Sample;
use super::evidence::fetched_by;
use super::other_tools::{CONFLICTS, conflict, table};
use super::{Samples, rule_list, rule_page};
use crate::policy::{Basis, Crosswalk, Relation, rule, rules};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

#[test]
fn every_rule_has_a_whole_page() {
    for rule in rules() {
        let page = rule_page(rule, &Samples::default());
        for part in [rule.code, rule.title, rule.source, "## How to mend it", "## Evidence", "## Source"] {
            assert!(page.contains(part), "{}: {part}", rule.code);
        }
        assert!(page.contains(&format!("**{}**: {}, ", rule.level.as_str(), rule.consequence.as_str())), "{page}");
        assert!(!page.contains("\n\n\n") && page.ends_with('\n'), "{page}");
        assert!(!page.contains("## Fails"), "no samples, no section");
        assert_eq!(rule_list().matches(&format!("| {} |", rule.code)).count(), 1, "in one family");
        assert_eq!(page.contains("can't be undone"), rule.irreversible, "{}", rule.code);
        assert_eq!(page.contains("This rule "), rule.basis != Basis::Documented, "{}", rule.code);
        assert_eq!(page.contains("`cmkit fix"), rule.has_mend(), "{}", rule.code);
    }
}

#[test]
fn what_is_not_in_a_file_has_a_command_that_fetches_it() {
    let without: BTreeSet<_> =
        rules().map(|rule| rule.evidence).filter(|evidence| fetched_by(evidence).is_empty()).collect();
    let in_files = [
        "the cluster's name",
        "the key's name",
        "the template that deploys the cluster, given together with these files",
        "the vault's name",
    ];
    assert_eq!(without.into_iter().collect::<Vec<_>>(), in_files);
}

#[test]
fn a_page_from_top_to_bottom() {
    let file = |title, language, text| Sample::File { title, language, text };
    let failing = [
        file("ARM template", "json", "{ \"bypass\": \"None\" }\n"),
        file("Terraform", "hcl", "# ```\nbypass = \"None\"\n"),
    ];
    let passing = [
        file("ARM template", "json", "{ \"bypass\": \"AzureServices\" }"),
        Sample::None { title: "Terraform", reason: "the provider does not let you" },
    ];
    let samples = Samples {
        settings: Some("{}"),
        at: Some("2026-12-01"),
        says: &["`bypass` is `None`"],
        failing: &failing,
        passing: &passing,
    };
    let page = rule_page(rule("CMK5001").expect("a rule"), &samples);
    let order = [
        "# CMK5001: the service can reach the vault\n\nAn **error**: outage, within 60 minutes of the loss of access.\n\n",
        "\n## How to mend it\n\nSet `networkAcls.bypass` to `AzureServices`.\n\nIn Terraform: set `network_acls.bypass` to `AzureServices`.\n",
        "\n## Settings of the samples\n\n`.cmkit.json`:\n\n```json\n{}\n```\n",
        "\n## Fails\n\nARM template:\n\n```json\n{ \"bypass\": \"None\" }\n```\n\nTerraform:\n\n````hcl\n# ```\nbypass = \"None\"\n````\n\n`cmkit check` says:\n\n- `bypass` is `None`\n",
        "\n## Passes\n\nARM template:\n\n```json\n{ \"bypass\": \"AzureServices\" }\n```\n",
        "\nTerraform: none. The provider does not let you.\n",
        "\nThis is so on 2026-12-01: `cmkit check --at 2026-12-01`.\n",
        "\n## Evidence\n\nThe vault's settings as deployed. Where the files don't say, this fetches it:\n\n```sh\naz keyvault show",
        "\n## Seen as\n\n`cmkit explain` leads here from\n\n- `provisioning-no-access`: ",
        "\n## What if\n\n`cmkit what-if FILES --event firewall-closed` tells what it comes to.\n",
        "\n## Source\n\n<https://learn.microsoft.com/",
    ];
    let mut rest = page.as_str();
    for part in order {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} in {page}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn conflicts_are_explained() {
    let conflicting = |tool, id| Crosswalk { tool, id, relation: Relation::Conflicts };
    let out = table(&[
        conflicting("Checkov", "CKV_AZURE_40"),
        Crosswalk { tool: "Trivy", id: "AZU-0016", relation: Relation::Same },
        conflicting("Trivy", "AZU-0014"),
    ]);
    assert!(
        out.contains("| Checkov | CKV_AZURE_40 | **conflicts**: see below |\n| Trivy | AZU-0016 | asks for the same |"),
        "{out}"
    );
    assert!(out.ends_with("Checkov CKV_AZURE_40, Trivy AZU-0014: It asks for an expiry on every key. An expiry that is \
                           reached makes the cluster inaccessible, and rotating then is no way back. An expiry is safe only \
                           with a rotation that comes before it."), "{out}");
    assert!(!out.contains("AZU-0016: "));
    assert!(conflict("other").contains("breaks"));
    // What is said of another tool's rule is of one that the table names as a conflict.
    for rule in rules() {
        for one in rule.crosswalk.iter().filter(|one| one.relation == Relation::Conflicts) {
            assert!(
                CONFLICTS.iter().any(|(ids, _)| ids.iter().any(|id| one.id.contains(id))),
                "{}: {}",
                rule.code,
                one.id
            );
        }
    }
}
