//! Key Vault for code that is not asynchronous.

use crate::key_vault::KeyVault;
use crate::options::KeyVaultOptions;
use azure_core::credentials::TokenCredential;
use cmkit::operation::{KeyReply, KeyRequest};
use cmkit::{BoxError, Code, Error, Provider};
use std::fmt;
use std::sync::Arc;
use tokio::runtime::{Builder, Handle, Runtime};

/// Azure Key Vault and Managed HSM as a [`cmkit::Provider`], with a runtime of its own for the SDK.
///
/// It can be called from any thread, also from one of an asynchronous runtime, which then waits; there
/// `spawn_blocking` is the place for it, as it is for sealing and opening themselves.
///
/// ```no_run
/// use cmkit_azure::{BlockingKeyVault, Credential, KeyVaultOptions};
/// let credential = Credential::AzureCli.token_credential()?;
/// let provider = BlockingKeyVault::new(credential, KeyVaultOptions::default())?;
/// # let _ = provider;
/// # Ok::<(), cmkit::Error>(())
/// ```
pub struct BlockingKeyVault {
    vault: KeyVault,
    /// Taken by `drop` alone.
    runtime: Option<Runtime>,
}

impl BlockingKeyVault {
    /// Key Vault as a credential sees it. Nothing is called yet.
    ///
    /// # Errors
    /// As [`KeyVault::new`]; [`Code::Io`] where the system gives no thread.
    pub fn new(credential: Arc<dyn TokenCredential>, options: KeyVaultOptions) -> Result<Self, Error> {
        let vault = KeyVault::new(credential, options)?;
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("cmkit-azure").enable_all().build();
        let runtime = runtime.map_err(|error| {
            Error::new(Code::Io, "cannot start the runtime of the Azure SDK").with_source(error.into())
        })?;
        Ok(Self { vault, runtime: Some(runtime) })
    }
}

impl Provider for BlockingKeyVault {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        let Some(runtime) = &self.runtime else { unreachable!("the runtime is there until the end") };
        let answer = || runtime.block_on(self.vault.answer(request));
        if Handle::try_current().is_err() {
            return answer();
        }
        // A thread of a runtime may not wait for another runtime.
        std::thread::scope(|scope| match scope.spawn(answer).join() {
            Ok(answer) => answer,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    }
}

impl Drop for BlockingKeyVault {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Also where the last owner is a thread of a runtime, which may not wait for this one to end.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for BlockingKeyVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BlockingKeyVault").field(&self.vault).finish()
    }
}
