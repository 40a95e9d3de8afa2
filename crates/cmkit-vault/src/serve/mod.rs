//! The local vault over HTTPS: the keys API of Azure Key Vault, for its official clients and for any other.
//!
//! A [`Server`] lives in the process that starts it, on threads of its own, until it is dropped. The command
//! `cmkit vault serve` is the same for programs in other languages.

mod certificate;
mod control;
mod escape;
mod identity;
mod keys;
mod listen;
mod policy;
mod problem;
mod query;
mod route;
mod served;
mod token;
mod wire;

use crate::clock::Clock;
use crate::private_key::random;
use crate::vault::LocalVault;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use certificate::Certificate;
use cmkit::{Code, Error};
use served::{LARGEST_BODY, Served, answer};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use token::Tokens;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;

/// How a vault is served.
///
/// ```
/// use cmkit_vault::serve::ServeOptions;
/// let options = ServeOptions { identity: Some("orders-cmk".into()), ..ServeOptions::default() };
/// assert_eq!(options.listen.port(), 0); // any free one
/// assert_eq!(options.resource, "https://vault.azure.net");
/// ```
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// Whether `listen` may be an address that other machines reach. Whoever reaches the vault names itself as it
    /// likes: bearer tokens are names.
    pub allow_remote: bool,
    /// Names and addresses, beside the local ones and the vault's host, that the certificate is to be for.
    pub names: Vec<String>,
    /// Where to listen for requests for tokens of managed identities, on a loopback address, over plain HTTP.
    pub listen_identity: SocketAddr,
    /// The identity whose token a client gets that names none: the system-assigned one.
    pub identity: Option<String>,
    /// What clients ask a token for. Clients that verify the challenge take this host and those below it.
    pub resource: String,
}

impl Default for ServeOptions {
    fn default() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: any,
            allow_remote: false,
            names: Vec::new(),
            listen_identity: any,
            identity: None,
            resource: "https://vault.azure.net".to_owned(),
        }
    }
}

/// A vault being served, until this is dropped.
///
/// ```
/// use cmkit_vault::serve::{ServeOptions, Server};
/// use cmkit_vault::{Grant, LocalVault, Role};
/// let vault = LocalVault::in_memory("orders.vault.azure.net")?;
/// vault.grant("admin", Grant::role("Key Vault Crypto Officer".parse()?))?;
/// let server = Server::start(vault, &ServeOptions::default())?;
/// // Give these to any client of Azure Key Vault, with a credential whose token is `admin`.
/// assert!(server.url().starts_with("https://127.0.0.1:"));
/// assert!(server.authority().starts_with("-----BEGIN CERTIFICATE-----"));
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
pub struct Server {
    served: Arc<Served>,
    url: String,
    identity_url: String,
    authority: String,
    fingerprint: String,
    /// Nothing only while it is dropped.
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts to serve a vault. The vault given and the vault served are the same; the served one's clock can be put
    /// forward.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for an address that is not a loopback one, unless that is allowed; [`Code::Io`] where
    /// an address cannot be had or no thread can be started.
    pub fn start(vault: LocalVault, options: &ServeOptions) -> Result<Self, Error> {
        let ServeOptions { listen, allow_remote, names, listen_identity, identity, resource } = options;
        if !listen.ip().is_loopback() && !allow_remote {
            let message = format!("`{listen}` is not a loopback address: whoever reaches the vault may use its keys");
            return Err(Error::new(Code::InvalidArgument, message));
        }
        if !listen_identity.ip().is_loopback() {
            let message = format!("`{listen_identity}` is not a loopback address: it hands out tokens");
            return Err(Error::new(Code::InvalidArgument, message));
        }
        let ahead = Arc::new(AtomicU64::new(0));
        let served = Arc::new(Served {
            vault: moved(vault, Arc::clone(&ahead)),
            tokens: Tokens::new(resource)?,
            identity: identity.clone(),
            identity_header: secret()?,
            control_token: secret()?,
            ahead,
        });
        let (tls_listener, tls_address) = bind(*listen)?;
        let (plain_listener, plain_address) = bind(*listen_identity)?;
        let listen_host = tls_address.ip().to_string();
        let hosts = [served.vault.host(), &listen_host].into_iter().chain(names.iter().map(String::as_str));
        let Certificate { authority, fingerprint, config } = Certificate::make(hosts)?;

        let keys = Router::new().fallback(answer).with_state(Arc::clone(&served));
        let app = keys.nest(control::PATH, control::router(&served)).layer(DefaultBodyLimit::max(LARGEST_BODY));
        let identities = identity::router(&served);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("cmkit-vault")
            .enable_all()
            .build()
            .map_err(|error| Error::new(Code::Io, "no thread can be started").with_source(Box::new(error)))?;
        {
            let _inside = runtime.enter();
            let tls_listener = registered(tls_listener)?;
            let plain_listener = registered(plain_listener)?;
            runtime.spawn(listen::listen(tls_listener, Some(TlsAcceptor::from(config)), app));
            runtime.spawn(listen::listen(plain_listener, None, identities));
            runtime.spawn(keep(Arc::clone(&served)));
        }
        Ok(Self {
            served,
            url: format!("https://{tls_address}"),
            identity_url: format!("http://{plain_address}"),
            authority,
            fingerprint,
            runtime: Some(runtime),
        })
    }

    /// The vault served, by the clock that [`Server::advance`] moves.
    #[must_use]
    pub fn vault(&self) -> &LocalVault {
        &self.served.vault
    }

    /// The vault's address, `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate to trust, in PEM. It is made at each start, and nobody has its private key.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// SHA-256 of the certificate to trust, in hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What `IDENTITY_ENDPOINT` is to be, for clients with a managed identity.
    #[must_use]
    pub fn identity_endpoint(&self) -> String {
        format!("{}{}", self.identity_url, identity::APP_SERVICE)
    }

    /// What `IDENTITY_HEADER` is to be, for clients with a managed identity.
    #[must_use]
    pub fn identity_header(&self) -> &str {
        &self.served.identity_header
    }

    /// What `AZURE_POD_IDENTITY_AUTHORITY_HOST` is to be, for clients that take IMDS.
    #[must_use]
    pub fn imds_host(&self) -> &str {
        &self.identity_url
    }

    /// The address of the control API: grants, the network, faults, the clock, the log, as `docs/local-vault.md` of the
    /// repository has them. In the same process, [`Server::vault`] does the same.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("{}{}", self.url, control::PATH)
    }

    /// The bearer token of the control API.
    #[must_use]
    pub fn control_token(&self) -> &str {
        &self.served.control_token
    }

    /// Puts the vault's clock forward. Tokens expire, keys begin and end to wrap; what is due by rotation policies and
    /// retention is done at once.
    ///
    /// # Errors
    /// What the store says.
    pub fn advance(&self, time: Duration) -> Result<(), Error> {
        self.served.advance(time)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background(); // may be dropped by a thread of another runtime, which must not block
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("url", &self.url).field("vault", self.vault()).finish_non_exhaustive()
    }
}

/// How often rotation policies and retention are looked after.
const KEEPING: Duration = Duration::from_secs(60);

/// Does what is due, for as long as the runtime lives.
async fn keep(served: Arc<Served>) {
    loop {
        tokio::time::sleep(KEEPING).await;
        let served = Arc::clone(&served);
        // What fails now is due the next time as well.
        let _ = tokio::task::spawn_blocking(move || served.vault.tick(served.vault.now())).await;
    }
}

/// The same vault by a clock that is ahead of its own by so many seconds.
fn moved(vault: LocalVault, ahead: Arc<AtomicU64>) -> LocalVault {
    let clock = vault.clock().clone();
    vault.with_clock(Clock::new(move || clock.now().saturating_add(ahead.load(Ordering::Relaxed))))
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|error| Error::new(Code::Io, format!("cannot listen on `{address}`")).with_source(Box::new(error)))
}

fn registered(listener: TcpListener) -> Result<tokio::net::TcpListener, Error> {
    tokio::net::TcpListener::from_std(listener)
        .map_err(|error| Error::new(Code::Io, "cannot listen").with_source(Box::new(error)))
}

/// 128 random bits in hexadecimal digits.
fn secret() -> Result<String, Error> {
    Ok(random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}
