//! The credentials that servers and their operators have, by name.

use azure_core::credentials::TokenCredential;
use azure_identity::{
    AzureCliCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential,
};
use cmkit::{Code, Error};
use std::sync::Arc;

/// Where tokens come from. There is no chain that tries one after the other: what a server runs as is configured, not found.
/// Any other [`TokenCredential`] works too.
///
/// ```no_run
/// use cmkit_azure::Credential;
/// let client_id = Some("11111111-2222-3333-4444-555555555555".to_owned());
/// let credential = Credential::ManagedIdentity { client_id }.token_credential()?;
/// # let _ = credential;
/// # Ok::<(), cmkit::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The managed identity of the host: the user-assigned one with this client id, or the system-assigned one.
    ManagedIdentity {
        /// The client id of a user-assigned identity.
        client_id: Option<String>,
    },
    /// Workload identity on Kubernetes, as its webhook sets it up (`AZURE_FEDERATED_TOKEN_FILE` and the like).
    WorkloadIdentity,
    /// Whoever is logged in with `az login`: for people, not for servers.
    AzureCli,
}

impl Credential {
    /// The credential of the SDK.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where the environment lacks what it takes.
    pub fn token_credential(&self) -> Result<Arc<dyn TokenCredential>, Error> {
        let made: azure_core::Result<Arc<dyn TokenCredential>> = match self {
            Self::ManagedIdentity { client_id } => {
                let user_assigned_id = client_id.clone().map(UserAssignedId::ClientId);
                let options = ManagedIdentityCredentialOptions { user_assigned_id, ..Default::default() };
                ManagedIdentityCredential::new(Some(options)).map(|made| made as _)
            }
            Self::WorkloadIdentity => WorkloadIdentityCredential::new(None).map(|made| made as _),
            Self::AzureCli => AzureCliCredential::new(None).map(|made| made as _),
        };
        made.map_err(|error| {
            Error::new(Code::InvalidArgument, format!("the credential cannot be used: {error}"))
                .with_source(error.into())
        })
    }
}
