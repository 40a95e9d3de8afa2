//! What Key Vault refuses, as the official client reports it, and its own retries.

use azure_core::error::ErrorKind;
use azure_core::http::{ExponentialRetryOptions, RetryOptions};
use azure_core::time::Duration;
use azure_security_keyvault_keys::KeyClient;
use azure_security_keyvault_keys::models::{EncryptionAlgorithm, KeyOperationParameters};
use cmkit_azure_clients::{Named, client, client_with, serve};
use cmkit_vault::serve::{ServeOptions, Server};
use cmkit_vault::{
    Curve, DateChange, Fault, Grant, KeyChange, KeyKind, KeyOperation, Network, NewKey, PermissionModel, Strikes,
};
use std::sync::Arc;

fn served() -> (Server, KeyClient) {
    let server = serve(&ServeOptions::default());
    let keys = client(&server, Arc::new(Named("admin")));
    (server, keys)
}

/// Status and body of what was refused.
fn refusal<T>(outcome: azure_core::Result<T>) -> (u16, String) {
    let Err(error) = outcome else { panic!("nothing was refused") };
    match error.kind() {
        ErrorKind::HttpResponse { status, raw_response: Some(response), .. } => {
            (u16::from(*status), String::from_utf8_lossy(response.body()).into_owned())
        }
        other => panic!("not an answer: {other:?}"),
    }
}

#[track_caller]
fn assert_refused<T>(outcome: azure_core::Result<T>, status: u16, codes: &[&str]) {
    let (given, body) = refusal(outcome);
    assert_eq!(given, status, "{body}");
    for code in codes {
        assert!(body.contains(&format!("\"code\":\"{code}\"")), "{code} in {body}");
    }
}

async fn wrap(keys: &KeyClient, name: &str) -> azure_core::Result<Vec<u8>> {
    let parameters = KeyOperationParameters {
        algorithm: Some(EncryptionAlgorithm::RsaOaep256),
        value: Some(vec![7; 32]),
        ..KeyOperationParameters::default()
    };
    let wrapped = keys.wrap_key(name, parameters.try_into()?, None).await?.into_model()?;
    Ok(wrapped.result.unwrap_or_default())
}

#[tokio::test]
async fn grants_and_the_network() {
    let (server, keys) = served();
    let vault = server.vault();
    vault.create_key("kek", KeyKind::Rsa2048, NewKey::default()).expect("a key");
    let app = client(&server, Arc::new(Named("app")));
    assert_refused(app.get_key("kek", None).await, 403, &["Forbidden", "ForbiddenByPolicy"]);
    vault.grant("app", Grant::permissions("get").expect("permissions")).expect("granted");
    app.get_key("kek", None).await.expect("granted");
    assert_refused(wrap(&app, "kek").await, 403, &["Forbidden", "ForbiddenByPolicy"]);
    vault.set_permission_model(PermissionModel::Rbac).expect("set");
    assert_refused(app.get_key("kek", None).await, 403, &["Forbidden", "ForbiddenByRbac"]);
    vault.set_permission_model(PermissionModel::Policy).expect("set");
    vault.set_network(Network::Selected { trusted_services: true }).expect("set");
    assert_refused(keys.get_key("kek", None).await, 403, &["Forbidden", "ForbiddenByFirewall"]);
    vault.set_network(Network::Disabled { trusted_services: true }).expect("set");
    assert_refused(keys.get_key("kek", None).await, 403, &["Forbidden", "ForbiddenByConnection"]);
}

#[tokio::test]
async fn the_state_of_a_key() {
    let (server, keys) = served();
    let vault = server.vault();
    vault.create_key("kek", KeyKind::Rsa2048, NewKey::default()).expect("a key");
    let change = |change: &KeyChange| _ = vault.update_key("kek", None, change).expect("changed");
    change(&KeyChange { expires: DateChange::Set(vault.now() - 1), ..KeyChange::default() });
    assert_refused(wrap(&keys, "kek").await, 403, &["Forbidden"]);
    change(&KeyChange { expires: DateChange::Clear, enabled: Some(false), ..KeyChange::default() });
    assert_refused(wrap(&keys, "kek").await, 403, &["Forbidden", "KeyDisabled"]);
    let operations = Some([KeyOperation::UnwrapKey].into());
    change(&KeyChange { enabled: Some(true), operations, ..KeyChange::default() });
    assert_refused(wrap(&keys, "kek").await, 403, &["Forbidden", "KeyOperationForbidden"]);
    vault.create_key("signer", KeyKind::Ec(Curve::P256), NewKey::default()).expect("a key");
    assert_refused(wrap(&keys, "signer").await, 400, &["BadParameter"]);
    assert_refused(wrap(&keys, "nothing").await, 404, &["KeyNotFound"]);
}

#[tokio::test]
async fn throttling_outages_and_lost_connections_are_retried() {
    let (server, keys) = served();
    let vault = server.vault();
    vault.create_key("kek", KeyKind::Rsa2048, NewKey::default()).expect("a key");
    let throttled = Fault::Throttled { retry_after: Some(1) };
    vault.inject(throttled, Strikes::Next { next: 1 }).expect("a fault");
    assert_refused(keys.get_key("kek", None).await, 429, &["Throttled"]);
    let retry = RetryOptions::exponential(ExponentialRetryOptions {
        initial_delay: Duration::milliseconds(10),
        ..ExponentialRetryOptions::default()
    });
    let patient = client_with(&server, Arc::new(Named("admin")), retry);
    for fault in [throttled, Fault::Unavailable { retry_after: None }, Fault::Reset] {
        vault.clear_faults();
        vault.inject(fault, Strikes::Next { next: 2 }).expect("a fault");
        patient.get_key("kek", None).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
    }
    vault.inject(Fault::Reset, Strikes::ALL).expect("a fault");
    let lost = keys.get_key("kek", None).await.expect_err("nobody answers");
    assert_eq!(lost.http_status(), None);
}
