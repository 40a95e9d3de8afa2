//! Every symptom of the field and every code of Key Vault: recognised, with the likeliest cause first; and what files make
//! of the causes.

use super::super::{Deployment, Options, Timestamp, rule};
use super::log::LOG;
use super::symptoms::{GENERAL, SPECIFIC, Symptom};
use super::{Explanation, Standing, explain, explain_in};
use crate::document;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::json;

/// A text, what is recognised in it first, and the rules of its first cause.
const CASES: &[(&str, &str, &[&str])] = &[
    (
        "Couldn't get access to the key. It might be missing, the provided user identity doesn't have GET permissions on it, or \
         the key vault hasn't enabled access to the public internet.",
        "provisioning-no-access",
        &["CMK4101", "CMK4103"],
    ),
    (r#"{"code": "CannotSetResourceIdentity", "message": "x"}"#, "CannotSetResourceIdentity", &["CMK4001", "CMK4002"]),
    (
        "AzureKeyVaultKeyNotFound",
        "AzureKeyVaultKeyNotFound",
        &["CMK3002", "CMK3003", "CMK3004", "CMK3005", "CMK3009", "CMK3010"],
    ),
    ("Error: KeyVaultAccessForbidden: refused", "KeyVaultAccessForbidden", &["CMK4101", "CMK4103"]),
    (
        r#"{"error":{"code":"Forbidden","message":"Caller is not authorized to perform action on resource.\r\nCaller: appid=1;oid=2;iss=3\r\nAction: 'Microsoft.KeyVault/vaults/keys/wrap/action'\r\nAssignment: (not found)","innererror":{"code":"ForbiddenByRbac"}}}"#,
        "ForbiddenByRbac",
        &["CMK4101", "CMK4103"],
    ),
    (r#"{"error":{"code":"Forbidden","innerError":{"code":"ForbiddenByPolicy"}}}"#, "ForbiddenByPolicy", POLICY),
    (r#"{"error":{"code":"Forbidden","innererror":{"code":"AccessDenied"}}}"#, "ForbiddenByPolicy", POLICY),
    (
        "The user, group or application 'appid=1;oid=2;iss=3' does not have keys wrapKey permission on key vault 'kv-orders'",
        "ForbiddenByPolicy",
        POLICY,
    ),
    ("ForbiddenByFirewall", "ForbiddenByFirewall", NETWORK),
    ("Client address is not authorized and caller is not a trusted service.", "ForbiddenByFirewall", NETWORK),
    ("ForbiddenByConnection", "ForbiddenByConnection", NETWORK),
    ("KeyDisabled", "KeyDisabled", &["CMK2004"]),
    ("Operation unwrapKey is not allowed on a disabled key.", "KeyDisabled", &["CMK2004"]),
    ("KeyOperationForbidden", "KeyOperationForbidden", &["CMK2008"]),
    ("Operation decrypt is not permitted on this key.", "KeyOperationForbidden", &["CMK2008"]),
    ("KeyNotYetValidOrExpired", "key-outside-its-dates", EXPIRED),
    ("The operation failed because of authentication issue on the keyvault", "storage-authentication-issue", EXPIRED),
    (
        "409 Conflict: Key x is currently in a deleted but recoverable state, and its name cannot be reused",
        "Conflict",
        &[],
    ),
    (r#"{"code":"Conflict","innererror":{"code":"ObjectIsDeletedButRecoverable"}}"#, "Conflict", &[]),
    (r#"{"code":"Conflict","innererror":{"code":"ObjectIsBeingDeleted"}}"#, "Conflict", &[]),
    (r#""clusterStatus": "Inaccessible""#, "Inaccessible", &["CMK2004"]),
    (r#""clusterStatus": "Failed""#, "Failed", &["CMK4101", "CMK4103"]),
    ("expected a versionless ID, got https://kv-a.vault.azure.net/keys/k/1", "expected-versionless", &["CMK3001"]),
    ("Please provide KeyVault Key Uri without version", "expected-versionless", &["CMK3001"]),
    ("Keyvault policy recoverable is not set", "vault-not-recoverable", &["CMK1001"]),
    ("The property \"enablePurgeProtection\" cannot be set to false.", "purge-protection-false", &["CMK1003"]),
    ("~ customer_managed_key { # forces replacement", "forces-replacement", &[]),
    ("BadParameter", "BadParameter", &["CMK2001", "CMK2002"]),
    ("401 Unauthorized", "Unauthorized", &["CMK6007"]),
    ("HTTP/1.1 403 Forbidden", "Forbidden", &["CMK4101", "CMK4103"]),
    (
        r#"{"error":{"code":"KeyNotFound","message":"A key with (name/id) kek was not found in this key vault."}}"#,
        "KeyNotFound",
        &["CMK2013"],
    ),
    ("curl: (6) Could not resolve host: kv-orders.vault.azure.net", "host-not-found", &["CMK4114"]),
    ("429 Throttled", "Throttled", &[]),
    ("InternalServerError", "InternalServerError", &[]),
    (r#"{"operationName":"KeyWrap","httpStatusCode":403}"#, "KeyWrap-refused", &["CMK4101", "CMK4103"]),
    (
        r#"{"operationName":"KeyUnwrap","properties":{"httpStatusCode":403}}"#,
        "KeyUnwrap-refused",
        &["CMK4101", "CMK4103"],
    ),
    (
        r#"{"operationName":"KeyUnwrap","resultDescription":"Operation unwrap is not allowed on a disabled key.","properties":{"httpStatusCode":403}}"#,
        "KeyDisabled",
        &["CMK2004"],
    ),
    ("OperationName=KeyUnwrap httpStatusCode_d=200", "key-operation-worked", EXPIRED),
    (r#"{"operationName":"KeyGet","httpStatusCode":404}"#, "key-not-found-in-log", &["CMK2013"]),
    (r#"{"operationName":"KeyGet","httpStatusCode":403}"#, "KeyGet-refused", &["CMK4101", "CMK4103"]),
    (r#"{"operationName":"KeySign","httpStatusCode":401}"#, "Unauthorized", &["CMK6007"]),
    (r#"{"operationName":"KeyWrap","httpStatusCode":429}"#, "Throttled", &[]),
    (r#"{"operationName":"KeyDelete","httpStatusCode":200}"#, "KeyDelete", &["CMK2013"]),
    (r#"{"operationName":"KeyGetDeleted","httpStatusCode":200}"#, "KeyDelete", &["CMK2013"]),
    (r#"{"operationName":"KeyPurge","httpStatusCode":204}"#, "KeyPurge", &["CMK1002"]),
    (r#"{"operationName":"KeyRotate","httpStatusCode":200}"#, "KeyRotate", &["CMK3001", "CMK7009", "CMK7010"]),
    (r#"{"operationName":"KeyRotateIfDue","httpStatusCode":200}"#, "KeyRotate", &["CMK3001", "CMK7009", "CMK7010"]),
    (r#"{"operationName":"KeyUpdate","httpStatusCode":200}"#, "KeyUpdate", &["CMK2004"]),
    (r#"{"operationName":"VaultDelete","httpStatusCode":200}"#, "VaultDelete", &["CMK4114"]),
    (r#"{"operationName":"VaultPatch","httpStatusCode":200}"#, "VaultPatch", NETWORK),
    (r#"{"operationName":"VaultRecover","httpStatusCode":200}"#, "VaultRecover", &["CMK4101", "CMK4103"]),
    (r#"{"operationName":"VaultAccessPolicyChangedEventGridNotification"}"#, "VaultAccessPolicyChanged", POLICY),
    (
        r#"{"operationName":"KeyNearExpiryEventGridNotification"}"#,
        "KeyNearExpiry",
        &["CMK2007", "CMK7004", "CMK7006", "CMK7008"],
    ),
    (r#"{"operationName":"KeyExpiredEventGridNotification"}"#, "KeyExpired", EXPIRED),
];
const POLICY: &[&str] = &["CMK4101", "CMK4106", "CMK4109"];
const EXPIRED: &[&str] = &["CMK2006", "CMK8003"];
const NETWORK: &[&str] = &["CMK5001", "CMK5002", "CMK5003"];

#[test]
fn every_symptom_is_recognised() {
    for (text, id, rules) in CASES {
        let Explanation { symptoms, causes, nearest, .. } = explain(text);
        assert_eq!(symptoms.first().map(|symptom| symptom.id), Some(*id), "{text}");
        assert_eq!(causes.first().map(|cause| cause.rules), Some(*rules), "{text}");
        assert!(nearest.is_empty());
        // Neither letter case nor line breaks matter.
        let shouted = text.to_ascii_uppercase().replace(' ', "\n  ");
        let again = explain(&shouted);
        // The names of fields are spelled as they are.
        if !text.contains("perationName") {
            assert_eq!(again.symptoms.first().map(|symptom| symptom.id), Some(*id), "{shouted}");
        }
    }
}

#[test]
fn the_table_is_sound() {
    let all = || SPECIFIC.iter().chain(LOG).chain(GENERAL);
    let ids: Vec<_> = all().map(|symptom| symptom.id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    for Symptom { id, marks, causes, source, .. } in all() {
        assert!(!causes.is_empty() && source.starts_with("https://"), "{id}");
        for mark in marks.iter().copied().flatten() {
            assert!(!mark.contains("  ") && mark.trim() == *mark && mark.to_ascii_lowercase() == *mark, "{mark}");
        }
        for code in causes.iter().flat_map(|cause| cause.rules.iter().chain(cause.kept)) {
            assert!(rule(code).is_some(), "{id}: {code}");
        }
    }
    // Each is reached by some case above, or by one of its own marks.
    for Symptom { id, marks, .. } in SPECIFIC.iter().chain(GENERAL) {
        for pieces in marks.iter().filter(|pieces| !pieces[0].starts_with("audit:")) {
            let found = explain(&pieces.join(" x "));
            assert!(found.symptoms.iter().any(|symptom| symptom.id == *id), "{id}: {pieces:?}");
        }
    }
}

#[test]
fn nothing_is_made_up() {
    for text in ["", " ", "good morning", "{}", "undisabled", "audit", "\u{0}\u{fffd}", "CMK", "403"] {
        let found = explain(text);
        assert!(found.symptoms.is_empty() && found.causes.is_empty() && found.rule.is_none(), "{text}");
    }
    assert_eq!(explain("CMK3O01").nearest, Vec::<&str>::new());
    assert_eq!(explain("CMK3000").nearest[0], "CMK3001");
    assert_eq!(explain(" cmk5001\n").rule.map(|rule| rule.code), Some("CMK5001"));
}

#[test]
fn the_text_names_the_vault_and_the_key() {
    let text = r#"{"operationName":"KeyUnwrap","httpStatusCode":403,"identity":{"claim":{"oid":"o-1"}},
        "properties":{"id":"https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef"}}"#;
    let found = explain(text);
    let seen: Vec<_> = found.seen.iter().map(|seen| format!("{}={}", seen.name, seen.value)).collect();
    assert_eq!(seen, ["operation=KeyUnwrap", "status=403", "caller=o-1", "vault=kv-orders", "key=kek"]);
    let disabled =
        found.causes.iter().find(|cause| cause.rules == ["CMK2004"]).and_then(|cause| cause.command.as_deref());
    assert_eq!(disabled, Some("az keyvault key show --vault-name kv-orders --name kek --query attributes"));
}

fn deployment(network: &str, enabled: &serde_json::Value) -> Deployment {
    let identity =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders";
    let template = json!({ "resources": [
        { "type": "Microsoft.KeyVault/vaults", "apiVersion": "2026-02-01", "name": "kv-orders", "properties": {
            "enableRbacAuthorization": true, "publicNetworkAccess": "Disabled",
            "networkAcls": { "defaultAction": "Deny", "bypass": network } } },
        { "type": "Microsoft.KeyVault/vaults/keys", "apiVersion": "2026-02-01", "name": "kv-orders/kek",
          "properties": { "kty": "RSA", "keySize": 4096, "attributes": { "enabled": enabled } } },
        { "type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": "orders",
          "identity": { "type": "UserAssigned", "userAssignedIdentities": { (identity): {} } },
          "properties": { "encryption": { "customerManagedKeyEncryption": {
            "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek",
            "keyEncryptionKeyIdentity": { "identityType": "UserAssignedIdentity",
                "userAssignedIdentityResourceId": identity } } } } }
    ] });
    document::read(&[("main.json", &format!("{template:#}"))]).expect("a template")
}

/// The standings by the first rule of each cause, in order.
fn ranking(explanation: &Explanation) -> Vec<String> {
    let told = explanation.causes.iter().map(|cause| {
        let rule = cause.rules.first().unwrap_or(&"-");
        format!("{rule} {:?}", cause.standing)
    });
    told.collect()
}

#[test]
fn files_rank_the_causes() {
    let at = Timestamp::parse("2026-12-01").expect("a date");
    let text = "the cluster is inaccessible";
    let found = explain_in(text, &deployment("None", &json!(false)), at, &Options::default());
    let ranked = ranking(&found);
    assert_eq!(ranked[..2], ["CMK2004 Shown", "CMK5001 Shown"], "{ranked:?}");
    assert!(ranked[2].ends_with("Unknown"), "{ranked:?}");
    let command = found.causes[0].command.as_deref();
    assert_eq!(command, Some("az keyvault key show --vault-name kv-orders --name kek --query attributes"));
    let shown = &found.causes[1].findings[0];
    assert_eq!((shown.code, shown.file.as_str()), ("CMK5001", "main.json"));
    assert!(shown.line > 1);

    let found = explain_in(text, &deployment("AzureServices", &json!(true)), at, &Options::default());
    let ranked = ranking(&found);
    assert!(ranked.contains(&"CMK2004 RuledOut".into()) && ranked.contains(&"CMK5001 RuledOut".into()), "{ranked:?}");
    assert!(ranked.is_sorted_by_key(|line| {
        ["Shown", "Unknown", "NotLooked", "RuledOut"].iter().position(|standing| line.ends_with(standing))
    }));

    let found = explain_in(text, &deployment("AzureServices", &json!("[parameters('open')]")), at, &Options::default());
    assert!(ranking(&found).contains(&"CMK5001 RuledOut".into()));
    let disabled = found.causes.iter().find(|cause| cause.rules == ["CMK2004"]).expect("the cause");
    assert_eq!(disabled.standing, Standing::Unknown);
    assert!(disabled.findings[0].command.is_some() && disabled.findings[0].evidence.is_some());

    // A key URL that is well formed does not prove that there is such a key.
    let found = explain_in("KeyNotFound", &deployment("AzureServices", &json!(true)), at, &Options::default());
    assert!(found.causes.iter().all(|cause| cause.standing == Standing::NotLooked), "{:?}", found.causes);

    let found = explain_in("cmk5001", &deployment("None", &json!(true)), at, &Options::default());
    assert_eq!((found.standing, found.findings.len()), (Standing::Shown, 1));
    let found = explain_in("cmk5001", &deployment("AzureServices", &json!(true)), at, &Options::default());
    assert_eq!((found.standing, found.findings.len()), (Standing::RuledOut, 0));

    // What the settings turn off is said to be, and not taken for ruled out.
    let mut options = Options::default();
    options.set_level("CMK5001", None).expect("a rule that can be turned off");
    let found = explain_in("cmk5001", &deployment("None", &json!(true)), at, &options);
    assert_eq!((found.standing, found.findings.len()), (Standing::NotLooked, 0));
    assert!(found.remarks.iter().any(|remark| remark.ends_with("turn it off: CMK5001")), "{:?}", found.remarks);
}

#[test]
fn the_caller_is_held_against_the_identities() {
    let identity = json!({ "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "name": "id-orders", "location": "westus3",
        "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders",
        "properties": { "principalId": "77777777-0000-4000-8000-000000000001" } });
    let deployment = document::read(&[("identity.json", &format!("{identity}"))]).expect("an identity");
    let at = Timestamp::parse("2026-12-01").expect("a date");
    let remark = |oid: &str| {
        explain_in(&format!("ForbiddenByRbac oid={oid};"), &deployment, at, &Options::default()).remarks.join(" ")
    };
    assert_eq!(
        remark("77777777-0000-4000-8000-000000000001"),
        "the caller `77777777-0000-4000-8000-000000000001` is identity `id-orders`"
    );
    assert!(remark("0").contains("is no identity of these files"));
}
