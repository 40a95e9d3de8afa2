//! What is refused before anything is sealed, before anything is called, and what becomes of faults.

use crate::{Fixture, Named, options, uri};
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use cmkit::envelope::SealOptions;
use cmkit::operation::{KeyReply, KeyRequest, WrapAlgorithm};
use cmkit::{Code, Error, Provider, RefusalKind};
use cmkit_azure::{BlockingKeyVault, KeyVaultOptions};
use cmkit_vault::{Curve, DateChange, KeyChange, KeyKind, NewKey, Permission};
use std::sync::Arc;

fn seal(fixture: &Fixture, provider: &impl Provider) -> Result<Vec<u8>, Error> {
    cmkit::seal(b"data", SealOptions::new([fixture.key.clone().into()]), provider)
}

#[test]
fn what_key_vault_would_refuse_to_wrap_with_is_refused_before_sealing() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let app = fixture.provider("app");
    let now = fixture.vault().now();
    let newest = fixture.vault().key("kek").expect("a key").newest().expect("a version").key.version();
    let dates = |not_before, expires| KeyChange { not_before, expires, ..KeyChange::default() };
    let (keep, none) = (DateChange::Keep, DateChange::Clear);
    for (change, reason) in [
        (dates(keep, DateChange::Set(now - 1)), "KeyExpired"),
        (dates(DateChange::Set(now + 86_400), none), "KeyNotYetValid"),
        (KeyChange { enabled: Some(false), ..dates(none, none) }, "KeyDisabled"),
        (
            KeyChange { enabled: Some(true), operations: Some([].into()), ..KeyChange::default() },
            "KeyOperationForbidden",
        ),
    ] {
        fixture.vault().update_key("kek", newest, &change).expect("changed");
        let error = seal(&fixture, &app).expect_err(reason);
        assert_eq!((error.code(), error.refusal().expect("a refusal").reason.as_ref()), (Code::Denied, reason));
    }
    assert!(
        fixture.vault().log().iter().all(|entry| entry.asked == Permission::Get),
        "nothing but questions was asked"
    );
}

#[test]
fn keys_of_another_type_wrap_nothing() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    fixture.vault().create_key("signs", KeyKind::Ec(Curve::P256), NewKey::default()).expect("a key");
    let key = uri(&fixture.server, "signs");
    let error = cmkit::seal(b"data", SealOptions::new([key.into()]), &fixture.provider("app")).expect_err("refused");
    assert_eq!(error.code(), Code::Denied);
    assert!(error.message().contains("of the type EC, which wraps nothing"), "{error}");
}

#[test]
fn only_hosts_that_are_named_are_called() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let unnamed = KeyVaultOptions { hosts: vec!["localhost:1".into()], ..options(&fixture.server) };
    let provider = BlockingKeyVault::new(Arc::new(Named("app")), unnamed).expect("a provider");
    let source = seal(&fixture, &provider).expect_err("not called").into_source().expect("the provider's own");
    let own = source.downcast::<Error>().expect("an error of ours");
    assert_eq!(own.code(), Code::InvalidKeyUri);
    assert!(fixture.vault().log().is_empty());
}

#[test]
fn a_certificate_that_nobody_named_is_not_trusted() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let trusting_less = KeyVaultOptions { ca: None, ..options(&fixture.server) };
    let retry = azure_core::http::RetryOptions::none();
    let client = azure_core::http::ClientOptions { retry, ..Default::default() };
    let options = KeyVaultOptions { client, ..trusting_less };
    let provider = BlockingKeyVault::new(Arc::new(Named("app")), options).expect("a provider");
    let error = seal(&fixture, &provider).expect_err("not trusted");
    assert_eq!(error.code(), Code::Unavailable);
    assert!(error.message().contains("certificate"), "{error}");
    assert!(fixture.vault().log().is_empty());

    for ca in ["", "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----"] {
        let options = KeyVaultOptions { ca: Some(ca.into()), ..KeyVaultOptions::default() };
        let error = BlockingKeyVault::new(Arc::new(Named("app")), options).expect_err("no certificate");
        assert_eq!(error.code(), Code::InvalidArgument);
    }
}

/// A credential that has none.
#[derive(Debug)]
struct Without;

#[async_trait::async_trait]
impl TokenCredential for Without {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Err(azure_core::Error::with_message(ErrorKind::Credential, "nobody is logged in"))
    }
}

#[test]
fn a_credential_without_a_token_comes_out_as_it_is() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let provider = BlockingKeyVault::new(Arc::new(Without), options(&fixture.server)).expect("a provider");
    let error = seal(&fixture, &provider).expect_err("no token");
    assert_eq!(error.code(), Code::Provider);
    let source = error.into_source().expect("the SDK's own error");
    let source = source.downcast_ref::<azure_core::Error>().expect("of the SDK's type");
    assert!(matches!(source.kind(), ErrorKind::Credential));
}

#[test]
fn throttling_is_retried_and_then_told_with_its_delay() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    fixture.vault().throttle_next(2, 0);
    seal(&fixture, &fixture.retrying("app", 3)).expect("after two retries");
    fixture.vault().throttle_next(1, 7);
    let error = seal(&fixture, &fixture.provider("app")).expect_err("throttled");
    let refusal = error.refusal().expect("a refusal");
    assert_eq!((error.code(), refusal.reason.as_ref(), refusal.retry_after), (Code::Unavailable, "Throttled", Some(7)));
}

#[test]
fn an_identity_that_nobody_knows_is_denied() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let error = seal(&fixture, &fixture.provider("stranger")).expect_err("denied");
    assert_eq!(error.refusal().expect("a refusal").reason, "ForbiddenByRbac");
}

#[test]
fn what_the_key_did_not_wrap_is_told_as_such() {
    let fixture = Fixture::new(KeyKind::Rsa2048);
    let key = fixture.key.with_version(
        fixture.vault().key("kek").expect("a key").newest().and_then(|newest| newest.key.version()).expect("a version"),
    );
    let algorithm = WrapAlgorithm::RsaOaep256;
    let ask = |wrapped: Vec<u8>| {
        let request = KeyRequest::Unwrap { key: key.clone(), algorithm, wrapped, cache_id: [0; 32] };
        fixture.provider("app").ask(&request).expect("an answer")
    };
    for wrapped in [vec![], vec![1; 255], vec![1; 256], vec![1; 257]] {
        let size = wrapped.len();
        let KeyReply::Refused(refusal) = ask(wrapped) else { panic!("{size} bytes were unwrapped") };
        assert_eq!(refusal.kind, RefusalKind::WrongCiphertext, "{size} bytes: {refusal:?}");
    }
}
