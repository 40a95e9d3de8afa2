use super::super::rules;
use super::*;
use crate::document;
use crate::policy::{Options, Timestamp, check};
use alloc::vec::Vec;

/// Names that azurerm spells in the same way or does not have, and words that are no names.
const SAME: &[&str] = &[
    "assignmentRestrictions",
    "assignmentRestrictions.providers",
    "attributes.enabled",
    "attributes.exportable",
    "clusterStatus",
    "identity.type",
    "identityType",
    "metadata.cmkit.suppress",
    "unwrapKey",
    "wrapKey",
];

/// Names that a form asks by the same name, or has no field for.
const NO_OTHER_FIELD: &[&str] = &[
    "applicationId",
    "clusterStatus",
    "dependsOn",
    "identity.type",
    "identityType",
    "keyOps",
    "keySize",
    "keyUriWithVersion",
    "metadata.cmkit.suppress",
    "principalType",
    "publicNetworkAccess",
    "softDeleteRetentionInDays",
    "sourceLocation",
    "unwrapKey",
    "wrapKey",
];

/// Names look like `tenantId` or `sku.name`; values, commands and URLs don't. Settings are cmkit's own.
fn is_name(word: &str) -> bool {
    !word.starts_with("require.")
        && word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
        && word.contains(|c: char| c.is_ascii_uppercase() || c == '.')
}

#[test]
fn every_name_in_a_rules_text_has_its_word_in_terraform_and_in_forms() {
    for (table, same) in [(AZURERM, SAME), (FORM, NO_OTHER_FIELD)] {
        let mut without = Vec::new();
        for rule in rules() {
            for text in [rule.title, rule.why, rule.fix, rule.evidence] {
                let words = text.split('`').skip(1).step_by(2).filter(|word| is_name(word));
                let known = |word: &&str| table.iter().any(|(arm, _)| arm == word) || same.contains(word);
                without.extend(words.filter(|word| !known(word)).map(|word| (rule.code, word)));
            }
        }
        assert!(without.is_empty(), "give these a name in the table, or list them as the same: {without:?}");
        assert!(table.iter().all(|(arm, _)| !same.contains(arm)));
    }
}

#[test]
fn the_tables_are_in_order_and_name_each_once() {
    for table in [AZURERM, AZURE_CLI, FORM] {
        assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0), "{table:?}");
    }
    let field = |name: &str| document::form::FIELDS.iter().any(|field| field.name == name);
    assert!(FORM.iter().all(|(_, own)| field(own)), "every word is a field of the form");
}

#[test]
fn only_whole_words_in_back_ticks_are_put_in_others() {
    let terraform = |text| translated(text, Dialect::Terraform);
    assert_eq!(terraform("set `enablePurgeProtection` to true"), "set `purge_protection_enabled` to true");
    assert_eq!(terraform("`properties.tenantId` or tenantId"), "`tenant_id` or tenantId");
    assert_eq!(terraform("`tenantIds` and `"), "`tenantIds` and `");
    let restore = "give `restoreParameters` with `sourceResourceId` and `pointInTimeUTC`";
    assert_eq!(terraform(restore), "give `restore` with `source_id` and `point_in_time_utc`");
    assert_eq!(terraform("add a `rotate` action"), "add an `automatic` block");
    let closed = "set `publicNetworkAccess` to `Disabled`";
    assert_eq!(terraform(closed), "set `public_network_access_enabled` to `false`");
    assert_eq!(translated(closed, Dialect::Arm), closed);
    assert_eq!(translated("`attributes.exp`", Dialect::AzureCli), "`attributes.expires`");
}

#[test]
fn findings_on_a_form_speak_of_its_fields() {
    let form = r#"{ "cmkit": "form/1", "encryptionMode": "CustomerManaged", "purgeProtection": false, "keyEnabled": false,
        "keyUrl": "https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef" }"#;
    let deployment = document::read(&[("form.json", form)]).expect("a form");
    let report = check(&deployment, Timestamp::parse("2026-12-01").expect("a time"), &Options::default());
    let of = |code: &str| report.findings.iter().find(|finding| finding.code == code).expect(code);
    let finding = of("CMK1002");
    assert_eq!(finding.message, "vault `kv-orders` has no purge protection");
    assert_eq!((finding.expected.as_deref(), finding.actual.as_deref()), (Some("on"), Some("off")));
    assert_eq!(finding.fixes[0].description, "set `purgeProtection` to true");
    assert!(of("CMK3001").fixes[0].description.contains("leave its last part out"), "{:?}", of("CMK3001").fixes);
    assert!(!report.findings.iter().any(|finding| finding.code == "CMK1003"), "nothing is written to the API");
}

#[test]
fn findings_on_a_plan_speak_terraform() {
    let plan = include_str!("../../document/terraform/tests/plan.json")
        .replace("\"purge_protection_enabled\": true", "\"purge_protection_enabled\": null")
        .replace("azurerm_key_vault_key.kek.versionless_id", "azurerm_key_vault_key.kek.id");
    let deployment = document::read(&[("plan.json", &plan)]).expect("a plan");
    let report = check(&deployment, Timestamp::parse("2026-12-01").expect("a time"), &Options::default());
    let of = |code: &str| report.findings.iter().find(|finding| finding.code == code).expect(code);
    assert_eq!(of("CMK1002").expected.as_deref(), Some("`purge_protection_enabled`: true"));
    assert_eq!(of("CMK1002").fixes[0].description, "set `purge_protection_enabled` to true");
    assert!(of("CMK3001").fixes[0].description.contains("versionless_id"), "{:?}", of("CMK3001").fixes);
}
