//! The provider against a vault that is served over HTTPS, with the SDK's own client between.

mod flow;
mod load;
mod refused;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions};
use azure_core::time::{Duration, OffsetDateTime};
use cmkit::key::KeyUri;
use cmkit_azure::{BlockingKeyVault, KeyVaultOptions};
use cmkit_vault::serve::{ServeOptions, Server};
use cmkit_vault::{Grant, KeyKind, LocalVault, NewKey, Role};
use std::sync::Arc;

/// A credential whose token is a name.
#[derive(Debug)]
struct Named(&'static str);

#[async_trait::async_trait]
impl TokenCredential for Named {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new(self.0, OffsetDateTime::now_utc() + Duration::hours(1)))
    }
}

/// A served vault with one key, which `app` may use.
struct Fixture {
    server: Server,
    key: KeyUri,
}

impl Fixture {
    fn new(kind: KeyKind) -> Self {
        let vault = LocalVault::in_memory("orders.vault.azure.net").expect("a vault");
        vault.grant("app", Grant::role(Role::ENCRYPTION_USER)).expect("granted");
        let server = Server::start(vault, &ServeOptions::default()).expect("served");
        server.vault().create_key("kek", kind, NewKey::default()).expect("a key");
        let key = uri(&server, "kek");
        Self { server, key }
    }

    fn vault(&self) -> &LocalVault {
        self.server.vault()
    }

    /// The provider as an identity, without retries.
    fn provider(&self, identity: &'static str) -> BlockingKeyVault {
        self.retrying(identity, 0)
    }

    fn retrying(&self, identity: &'static str, max_retries: u32) -> BlockingKeyVault {
        let retry = RetryOptions::exponential(ExponentialRetryOptions {
            max_retries,
            initial_delay: Duration::milliseconds(5),
            ..ExponentialRetryOptions::default()
        });
        let client = ClientOptions { retry, ..ClientOptions::default() };
        let options = KeyVaultOptions { client, ..options(&self.server) };
        BlockingKeyVault::new(Arc::new(Named(identity)), options).expect("a provider")
    }
}

fn options(server: &Server) -> KeyVaultOptions {
    KeyVaultOptions {
        hosts: vec![host(server).to_owned()],
        ca: Some(server.authority().as_bytes().to_vec()),
        ..KeyVaultOptions::default()
    }
}

fn host(server: &Server) -> &str {
    server.url().trim_start_matches("https://")
}

fn uri(server: &Server, name: &str) -> KeyUri {
    let host = host(server);
    KeyUri::parse_on(&format!("https://{host}/keys/{name}"), &[host]).expect("a key")
}
