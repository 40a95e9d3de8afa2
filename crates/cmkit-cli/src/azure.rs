//! Azure Key Vault as the holder of keys: which credential, which hosts, which trust.

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use cmkit_azure::{BlockingKeyVault, Credential, KeyVaultOptions};
use std::path::PathBuf;

/// How a command calls Azure Key Vault.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Azure Key Vault")]
pub(crate) struct AzureArguments {
    /// Take keys from Azure Key Vault, with tokens from here
    #[arg(long = "azure", value_enum, value_name = "CREDENTIAL")]
    credential: Option<CredentialName>,
    /// The client id of a user-assigned managed identity; without it the system-assigned one
    #[arg(long, value_name = "ID", requires = "credential")]
    client_id: Option<String>,
    /// A host that may be called besides those of Azure, NAME or NAME:PORT, for example of `cmkit vault serve`; repeatable
    #[arg(long = "vault-host", value_name = "HOST", requires = "credential")]
    hosts: Vec<String>,
    /// Certificates in PEM of authorities to trust besides those of the system
    #[arg(long, value_name = "FILE", requires = "credential")]
    ca_file: Option<PathBuf>,
}

/// Where tokens come from.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum CredentialName {
    /// The managed identity of this host
    ManagedIdentity,
    /// Workload identity on Kubernetes
    WorkloadIdentity,
    /// Whoever is logged in with `az login`
    AzureCli,
}

impl AzureArguments {
    /// Hosts whose keys may be named besides those of Azure.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = String> {
        self.hosts.iter().map(|host| host.to_ascii_lowercase())
    }

    /// Key Vault, if it is to be called.
    pub(crate) fn key_vault(&self) -> Result<Option<BlockingKeyVault>, Failure> {
        let credential = match self.credential {
            None => return Ok(None),
            Some(CredentialName::ManagedIdentity) => Credential::ManagedIdentity { client_id: self.client_id.clone() },
            Some(_) if self.client_id.is_some() => {
                return Err(Failure::usage("`--client-id` is about `--azure managed-identity`"));
            }
            Some(CredentialName::WorkloadIdentity) => Credential::WorkloadIdentity,
            Some(CredentialName::AzureCli) => Credential::AzureCli,
        };
        let ca =
            self.ca_file.as_ref().map(|path| std::fs::read(path).map_err(|error| Failure::io("read", path, &error)));
        let options =
            KeyVaultOptions { hosts: self.hosts().collect(), ca: ca.transpose()?, ..KeyVaultOptions::default() };
        Ok(Some(BlockingKeyVault::new(credential.token_credential()?, options)?))
    }
}
