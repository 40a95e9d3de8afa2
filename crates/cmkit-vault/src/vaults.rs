//! Several vaults behind one provider, told apart by their hosts.

use crate::caller::{Caller, host_not_found};
use crate::vault::LocalVault;
use cmkit::operation::{KeyReply, KeyRequest};
use cmkit::{BoxError, Code, Error, Provider};

/// Several local vaults; a question goes to the one whose host it names.
///
/// ```
/// use cmkit_vault::{LocalVault, Vaults};
/// let vaults = Vaults::new([
///     LocalVault::in_memory("orders.vault.azure.net")?,
///     LocalVault::in_memory("payments.vault.azure.net")?,
/// ])?;
/// let provider = vaults.as_identity("orders-cmk"); // a `cmkit::Provider`
/// # let _ = provider;
/// # Ok::<(), cmkit_vault::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Vaults(Vec<LocalVault>);

impl Vaults {
    /// These vaults.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where two of them have the same host.
    pub fn new(vaults: impl IntoIterator<Item = LocalVault>) -> Result<Self, Error> {
        let mut all = Self::default();
        for vault in vaults {
            all.add(vault)?;
        }
        Ok(all)
    }

    /// Adds a vault.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where there is one with its host.
    pub fn add(&mut self, vault: LocalVault) -> Result<(), Error> {
        if self.get(vault.host()).is_some() {
            return Err(Error::new(Code::InvalidArgument, format!("two vaults are called `{}`", vault.host())));
        }
        self.0.push(vault);
        Ok(())
    }

    /// The vault with this host.
    #[must_use]
    pub fn get(&self, host: &str) -> Option<&LocalVault> {
        self.0.iter().find(|vault| vault.host() == host)
    }

    /// The vaults, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &LocalVault> {
        self.0.iter()
    }

    /// All vaults as an identity sees them.
    #[must_use]
    pub fn as_identity(&self, name: &str) -> VaultsCaller {
        VaultsCaller(self.0.iter().map(|vault| vault.as_identity(name)).collect())
    }

    /// All vaults as their owner sees them.
    #[must_use]
    pub fn as_owner(&self) -> VaultsCaller {
        VaultsCaller(self.0.iter().map(LocalVault::as_owner).collect())
    }
}

/// Several vaults as one caller sees them; made by [`Vaults::as_identity`] and [`Vaults::as_owner`].
#[derive(Clone, Debug)]
pub struct VaultsCaller(Vec<Caller>);

impl VaultsCaller {
    /// Whether one of the vaults has this host.
    #[must_use]
    pub fn has(&self, host: &str) -> bool {
        self.0.iter().any(|caller| caller.vault().host() == host)
    }
}

impl Provider for VaultsCaller {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        match self.0.iter().find(|caller| caller.vault().host() == request.key().host()) {
            Some(caller) => caller.ask(request),
            None => Ok(KeyReply::Refused(host_not_found(request.key().host()))),
        }
    }
}
