//! The page of every rule, and its parts.

use super::super::Sample;
use super::{CONFLICTS, Samples, conflict, other_tools, rule_list, rule_page};
use crate::policy::{Crosswalk, Relation, rule, rules};
use alloc::string::String;

#[test]
fn every_rule_has_a_whole_page() {
    for rule in rules() {
        let page = rule_page(rule, &Samples::default());
        for part in [
            rule.code,
            rule.title,
            rule.source,
            rule.level.as_str(),
            "## What it looks at",
            "## Why",
            "## How to mend it",
        ] {
            assert!(page.contains(part), "{}: {part}", rule.code);
        }
        assert!(!page.contains("\n\n\n") && page.ends_with('\n'), "{page}");
        assert!(!page.contains("## Fails"), "no samples, no section");
        assert!(rule_list().contains(rule.code));
        assert_eq!(page.contains("can't be undone"), rule.irreversible, "{}", rule.code);
    }
}

#[test]
fn a_page_from_top_to_bottom() {
    let failing = [
        Sample { title: "ARM template", language: "json", text: "{ \"bypass\": \"None\" }\n" },
        Sample { title: "Terraform", language: "hcl", text: "# ```\nbypass = \"None\"\n" },
    ];
    let passing = [Sample { title: "ARM template", language: "json", text: "{ \"bypass\": \"AzureServices\" }" }];
    let page = rule_page(rule("CMK5001").expect("a rule"), &Samples { failing: &failing, passing: &passing });
    let order = [
        "# CMK5001: the service can reach the vault\n\n| | |\n",
        "| level | error |\n",
        "| basis | documented |\n",
        "\n## What it looks at\n\nThe vault's settings as deployed.\n",
        "\n## Why\n\n",
        "\n## How to mend it\n\nSet `networkAcls.bypass` to `AzureServices`",
        "\n## Fails\n\nARM template:\n\n```json\n{ \"bypass\": \"None\" }\n```\n\nTerraform:\n\n````hcl\n# ```\nbypass = \"None\"\n````\n",
        "\n## Passes\n\nARM template:\n\n```json\n{ \"bypass\": \"AzureServices\" }\n```\n",
        "\n## Seen as\n\n`cmkit explain` leads here from\n\n- `provisioning-no-access`: ",
        "\n## What if\n\n`cmkit what-if FILES --event firewall-closed` tells what it comes to.\n",
    ];
    let mut rest = page.as_str();
    for part in order {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} in {page}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn conflicts_are_explained() {
    let mut out = String::new();
    other_tools(
        &mut out,
        &[
            Crosswalk { tool: "Checkov", id: "CKV_AZURE_40", relation: Relation::Conflicts },
            Crosswalk { tool: "Trivy", id: "AZU-0016", relation: Relation::Same },
        ],
    );
    assert!(
        out.contains("| Checkov | CKV_AZURE_40 | **conflicts**: see below |\n| Trivy | AZU-0016 | asks for the same |"),
        "{out}"
    );
    assert!(out.ends_with("Checkov CKV_AZURE_40: It asks for an expiry on every key. An expiry that is reached makes the cluster \
                           inaccessible, and rotating then is no way back. An expiry is safe only with a rotation that comes \
                           before it.\n"), "{out}");
    assert!(!out.contains("Trivy AZU-0016: "));
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
