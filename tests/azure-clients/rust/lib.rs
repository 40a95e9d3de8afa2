//! A vault served in this process, and the official client's way to it: address, trust, credential.

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_core::time::{Duration, OffsetDateTime};
use azure_security_keyvault_keys::{KeyClient, KeyClientOptions};
use cmkit_vault::serve::{ServeOptions, Server};
use cmkit_vault::{Grant, LocalVault, Options, Permission, PermissionModel};
use std::sync::Arc;

/// A credential whose token is the name of the identity.
#[derive(Debug)]
pub struct Named(pub &'static str);

#[async_trait::async_trait]
impl TokenCredential for Named {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://vault.azure.net/.default"]);
        Ok(AccessToken::new(self.0, OffsetDateTime::now_utc() + Duration::hours(1)))
    }
}

/// A vault under access policies: `admin` may everything.
///
/// # Panics
/// Where it cannot be served: there is no test then.
#[must_use]
pub fn serve(options: &ServeOptions) -> Server {
    let host = Options { permission_model: PermissionModel::Policy, ..Options::new("orders.vault.azure.net") };
    let vault = LocalVault::in_memory_with(&host).expect("a vault");
    let all = Permission::ALL.iter().copied().collect();
    vault.grant("admin", Grant::Permissions(all)).expect("granted");
    Server::start(vault, options).expect("served")
}

/// A client of the vault that does not retry.
///
/// # Panics
/// As [`client_at`].
#[must_use]
pub fn client(server: &Server, credential: Arc<dyn TokenCredential>) -> KeyClient {
    client_with(server, credential, RetryOptions::none())
}

/// A client of the vault.
///
/// # Panics
/// As [`client_at`].
#[must_use]
pub fn client_with(server: &Server, credential: Arc<dyn TokenCredential>, retry: RetryOptions) -> KeyClient {
    client_at(server.url(), server.authority(), credential, retry)
}

/// A client of the vault at an address, which shows a certificate of this authority.
///
/// # Panics
/// Where its options are not sound: there is no test then.
#[must_use]
pub fn client_at(url: &str, authority: &str, credential: Arc<dyn TokenCredential>, retry: RetryOptions) -> KeyClient {
    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).expect("a certificate");
    let http = reqwest::Client::builder().tls_certs_merge([authority]).build().expect("an HTTP client");
    let transport = Some(Transport::new(Arc::new(http)));
    let options = KeyClientOptions {
        client_options: ClientOptions { transport, retry, ..ClientOptions::default() },
        verify_challenge_resource: Some(false),
        ..KeyClientOptions::default()
    };
    KeyClient::new(url, credential, Some(options)).expect("a client")
}

/// The guide's program of Rust.
#[doc = include_str!("../../../docs/local-vault.md")]
#[cfg(doctest)]
pub struct LocalVaultGuide;
