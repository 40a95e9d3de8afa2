//! What can be configured: hosts, trust, the SDK's own options.

use azure_core::http::{ClientOptions, Transport};
use cmkit::{Code, Error};
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to be there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may take, once the request was sent.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How Key Vault is called.
///
/// ```
/// use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions};
/// use cmkit_azure::KeyVaultOptions;
///
/// // A vault of one's own beside those of Azure: for a test, trusted by the certificate that it printed.
/// let local = KeyVaultOptions { hosts: vec!["localhost:8443".into()], ..KeyVaultOptions::default() };
/// // Fewer retries than the SDK's eight.
/// let retry = RetryOptions::exponential(ExponentialRetryOptions { max_retries: 3, ..Default::default() });
/// let brief = KeyVaultOptions { client: ClientOptions { retry, ..Default::default() }, ..local };
/// # let _ = brief;
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeyVaultOptions {
    /// Hosts (`NAME` or `NAME:PORT`, lower case) that may be called besides those of the Azure clouds. For these the resource
    /// that the vault asks a token for is not compared with the host, which no name but one of Azure could stand.
    pub hosts: Vec<String>,
    /// Certificates in PEM of authorities that are trusted besides those of the system.
    pub ca: Option<Vec<u8>>,
    /// The version of Key Vault's API; the SDK's own otherwise.
    pub api_version: Option<String>,
    /// Retries, policies and telemetry of the SDK. A transport of one's own takes the place of `ca`.
    pub client: ClientOptions,
}

impl KeyVaultOptions {
    /// The SDK's options with a transport that trusts what is configured.
    pub(crate) fn client_options(&self) -> Result<ClientOptions, Error> {
        let mut client = self.client.clone();
        if client.transport.is_none() {
            client.transport = Some(Transport::new(Arc::new(self.http_client()?)));
        }
        Ok(client)
    }

    fn http_client(&self) -> Result<reqwest::Client, Error> {
        let failed = |what: &str, error: reqwest::Error| {
            Error::new(Code::InvalidArgument, what.to_owned()).with_source(error.into())
        };
        let mut builder = reqwest::Client::builder()
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        if let Some(pem) = &self.ca {
            let trusted = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|error| failed("the CA file holds no certificates in PEM", error))?;
            if trusted.is_empty() {
                return Err(Error::new(Code::InvalidArgument, "the CA file holds no certificates in PEM"));
            }
            builder = builder.tls_certs_merge(trusted);
        }
        builder.build().map_err(|error| failed("the HTTP client cannot be made", error))
    }
}
