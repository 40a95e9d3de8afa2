//! A managed identity without Azure. The credential reads the environment of its process, so that the test is a process.

use azure_core::http::RetryOptions;
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use cmkit_azure_clients::{client_at, serve};
use cmkit_vault::Grant;
use cmkit_vault::serve::ServeOptions;
use std::process::Command;

/// Runs one ignored test of this file in a process of its own, with the endpoint in its environment.
fn in_a_process(test: &str, variables: &[(&str, &str)], arguments: &str) -> bool {
    let process = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--ignored", "--quiet"])
        .envs(variables.iter().copied())
        .env("CMKIT_SERVED", arguments)
        .output()
        .expect("a process");
    println!("{}", String::from_utf8_lossy(&process.stderr)); // shown where the test fails
    process.status.success()
}

#[test]
fn a_managed_identity_of_app_service() {
    let server = serve(&ServeOptions { identity: Some("system".into()), ..ServeOptions::default() });
    for identity in ["system", "orders-cmk"] {
        server.vault().grant(identity, Grant::permissions("get").expect("permissions")).expect("granted");
    }
    server.vault().create_key("kek", cmkit_vault::KeyKind::Rsa2048, cmkit_vault::NewKey::default()).expect("a key");
    let endpoint = server.identity_endpoint();
    let variables = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", server.identity_header())];
    let arguments = format!("{}\n{}", server.url(), server.authority());
    assert!(in_a_process("child_reads_a_key", &variables, &arguments));
    let asked: Vec<_> = server.vault().log().into_iter().map(|entry| (entry.identity, entry.refused)).collect();
    assert_eq!(asked, [(Some("system".into()), None), (Some("orders-cmk".into()), None)]);
    let guessed = [variables[0], ("IDENTITY_HEADER", "guessed")];
    assert!(!in_a_process("child_reads_a_key", &guessed, &arguments), "the header is checked");
}

#[test]
#[ignore = "a process of `a_managed_identity_of_app_service`"]
fn child_reads_a_key() {
    let arguments = std::env::var("CMKIT_SERVED").expect("what to read");
    let (url, authority) = arguments.split_once('\n').expect("an address and an authority");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for user_assigned_id in [None, Some(UserAssignedId::ClientId("orders-cmk".into()))] {
        let options = ManagedIdentityCredentialOptions { user_assigned_id, ..Default::default() };
        let credential = ManagedIdentityCredential::new(Some(options)).expect("a credential");
        let keys = client_at(url, authority, credential, RetryOptions::none());
        runtime.block_on(keys.get_key("kek", None)).expect("granted");
    }
}
