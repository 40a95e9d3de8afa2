//! `cmkit vault serve`: a vault over HTTPS for clients of Azure Key Vault, until the command is stopped.

use super::{note, open};
use crate::failure::Failure;
use crate::output::{Output, print_as_is};
use clap::{ArgGroup, Args};
use cmkit_vault::serve::{ServeOptions, Server};
use cmkit_vault::{Grant, LocalVault, Options, PermissionModel, Role};
use serde_json::json;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Serve a vault over HTTPS, as Azure Key Vault does, until the command is stopped.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).args(["vault", "memory"])))]
#[command(after_help = "\
Examples:
  cmkit vault serve --vault ./orders --ca-out ca.pem
  cmkit vault serve --memory --listen 127.0.0.1:0 --json --grant 'admin=Key Vault Crypto Officer'

A client needs three things: the URL, trust in the certificate that --ca-out writes, and a credential. The bearer token
is the identity's name: a credential whose token is `admin` calls as `admin`. A managed identity works too, with
IDENTITY_ENDPOINT and IDENTITY_HEADER as they are printed.")]
pub(super) struct Serve {
    /// The vault's folder.
    #[arg(long, value_name = "DIR")]
    vault: Option<PathBuf>,
    #[command(flatten)]
    unlock: open::UnlockArguments,
    /// A new vault in memory, gone when the command ends.
    #[arg(long)]
    memory: bool,
    /// The host of the vault in memory.
    #[arg(long, value_name = "NAME", default_value = "local.vault.azure.net", conflicts_with = "vault")]
    host: String,
    /// Which kind of grant counts in the vault in memory: rbac (roles) or policy (access policies).
    #[arg(long, value_name = "MODEL", default_value = "rbac", conflicts_with = "vault")]
    permission_model: PermissionModel,
    /// Nobody can purge a deleted key of the vault in memory before its retention is over.
    #[arg(long, conflicts_with = "vault")]
    purge_protection: bool,
    /// Days that a deleted key of the vault in memory can be recovered, 7 to 90.
    #[arg(long, value_name = "DAYS", default_value_t = 90, conflicts_with = "vault")]
    retention_days: u32,
    /// Give an identity a role, by its name or id, or permissions, separated by commas; repeatable.
    #[arg(long, value_name = "IDENTITY=WHAT")]
    grant: Vec<String>,
    /// Where to listen; port 0 is any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 8443)))]
    listen: SocketAddr,
    /// Allow an address that other machines reach: whoever reaches the vault may use its keys.
    #[arg(long)]
    allow_remote: bool,
    /// A name or an address, beside the local ones and the vault's host, that the certificate is to be for; repeatable.
    #[arg(long = "name", value_name = "HOST")]
    names: Vec<String>,
    /// Where to hand out tokens of managed identities, over plain HTTP; port 0 is any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    listen_identity: SocketAddr,
    /// The system-assigned identity: who asks for a token and names no identity.
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
    /// What clients ask a token for.
    #[arg(long, value_name = "URL", default_value = "https://vault.azure.net")]
    resource: String,
    /// The file to write the certificate to that clients must trust, in PEM. It is another one at each start.
    #[arg(long, value_name = "FILE")]
    ca_out: Option<PathBuf>,
    /// Stop when standard input ends, as it does when the program that started this one ends.
    #[arg(long)]
    until_input_ends: bool,
    /// Print one line of JSON once the vault is served.
    #[arg(long)]
    json: bool,
}

pub(super) fn serve(arguments: &Serve) -> Result<String, Failure> {
    let vault = arguments.open()?;
    for text in &arguments.grant {
        let (identity, grant) = grant(text)?;
        vault.grant(identity, grant)?;
    }
    let options = ServeOptions {
        listen: arguments.listen,
        allow_remote: arguments.allow_remote,
        names: arguments.names.clone(),
        listen_identity: arguments.listen_identity,
        identity: arguments.identity.clone(),
        resource: arguments.resource.clone(),
    };
    let server = Server::start(vault, &options).map_err(|error| {
        Failure::from(error).help_on(cmkit::Code::InvalidArgument, "listen on 127.0.0.1, or give `--allow-remote`")
    })?;
    if let Some(path) = &arguments.ca_out {
        let mut file = Output::create(Some(path))?;
        file.put(server.authority().as_bytes())?;
        file.commit()?;
    }
    arguments.announce(&server)?;
    if arguments.until_input_ends {
        let _ = std::io::stdin().lock().read_to_end(&mut Vec::new());
        return Ok(String::new());
    }
    loop {
        std::thread::park(); // a signal ends it
    }
}

impl Serve {
    fn open(&self) -> Result<LocalVault, Failure> {
        if let Some(dir) = &self.vault {
            return self.unlock.open(dir);
        }
        let options = Options {
            host: self.host.clone(),
            soft_delete_days: self.retention_days,
            purge_protection: self.purge_protection,
            permission_model: self.permission_model,
        };
        Ok(LocalVault::in_memory_with(&options)?)
    }

    fn announce(&self, server: &Server) -> Result<(), Failure> {
        let (endpoint, header) = (server.identity_endpoint(), server.identity_header());
        let text = if self.json {
            let line = json!({
                "url": server.url(),
                "host": server.vault().host(),
                "caFile": self.ca_out,
                "ca": server.authority(),
                "caFingerprint": server.fingerprint(),
                "identityEndpoint": endpoint,
                "identityHeader": header,
                "imdsHost": server.imds_host(),
                "controlUrl": server.control_url(),
                "controlToken": server.control_token(),
            });
            format!("{line}\n")
        } else {
            let trust = self.ca_out.as_ref().map_or_else(
                || "nothing was written: give --ca-out FILE".to_owned(),
                |path| format!("`{}`", path.display()),
            );
            format!(
                "serving  {}  the vault `{}`\ntrust    {trust} (SHA-256 {})\nIDENTITY_ENDPOINT={endpoint}\nIDENTITY_HEADER={header}\nAZURE_POD_IDENTITY_AUTHORITY_HOST={}\ncontrol  {}  Bearer {}\n",
                server.url(),
                server.vault().host(),
                server.fingerprint(),
                server.imds_host(),
                server.control_url(),
                server.control_token(),
            )
        };
        if self.allow_remote && !self.listen.ip().is_loopback() {
            note("other machines reach this vault, and a bearer token is no more than a name");
        }
        print_as_is(&text)
    }
}

/// `IDENTITY=ROLE` or `IDENTITY=PERMISSION,..`.
fn grant(text: &str) -> Result<(&str, Grant), Failure> {
    let Some((identity, what)) = text.split_once('=') else {
        return Err(Failure::usage(format!("`{text}` is not a grant"))
            .help("write `IDENTITY=ROLE` or `IDENTITY=PERMISSION,PERMISSION`"));
    };
    match what.parse::<Role>() {
        Ok(role) => Ok((identity, Grant::role(role))),
        Err(role) => match Grant::permissions(what) {
            Ok(grant) => Ok((identity, grant)),
            // Permissions are words without spaces; of anything else a role was meant.
            Err(permissions) => Err(if what.contains(' ') { role.into() } else { permissions.into() }),
        },
    }
}
