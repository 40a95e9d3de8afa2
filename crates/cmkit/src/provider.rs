//! Providers answer what the core asks; `run` and `run_async` drive an operation to its end.

use crate::{BoxError, Error, Refusal, RefusalKind};
use cmkit_core::operation::{KeyReply, KeyRequest, Step};

/// A key holder, as cmkit sees it: a function from a request to a reply.
///
/// A closure is a provider. A refusal that the holder itself decided (no permission, key disabled, throttled) is a
/// [`KeyReply::Refused`], so that an envelope with several keys can go on with the next; anything else that goes wrong
/// is an `Err`, stops the operation and reaches the caller unchanged as the error's source.
///
/// ```
/// use cmkit::{Provider, Refusal, RefusalKind, operation::{KeyReply, KeyRequest}};
///
/// fn out_of_order() -> impl Provider {
///     |request: &KeyRequest| {
///         let message = format!("`{}` is out of order", request.key());
///         Ok::<_, std::io::Error>(KeyReply::Refused(Refusal::new(RefusalKind::Unavailable, "OutOfOrder", message)))
///     }
/// }
/// # out_of_order();
/// ```
pub trait Provider {
    /// Answers one request.
    ///
    /// # Errors
    /// The provider's own failures.
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError>;
}

impl<F, E> Provider for F
where
    F: Fn(&KeyRequest) -> Result<KeyReply, E>,
    E: Into<BoxError>,
{
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        self(request).map_err(Into::into)
    }
}

impl Provider for Box<dyn Provider + Send + Sync> {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        self.as_ref().ask(request)
    }
}

/// Drives an operation to its end, asking `provider` whatever the core asks.
///
/// # Errors
/// The operation's own error, or [`crate::Code::Provider`] with the provider's error as its source.
pub fn run<T>(mut step: Step<T>, provider: &(impl Provider + ?Sized)) -> Result<T, Error> {
    loop {
        step = match step {
            Step::Done(value) => return Ok(value),
            Step::Ask(ask) => {
                let reply = provider.ask(ask.request()).map_err(Error::provider)?;
                ask.resume(reply)?
            }
        }
    }
}

/// Drives an operation to its end with an asynchronous provider, on any runtime.
///
/// # Errors
/// As [`run`].
pub async fn run_async<T, P, E>(mut step: Step<T>, provider: P) -> Result<T, Error>
where
    P: AsyncFn(&KeyRequest) -> Result<KeyReply, E>,
    E: Into<BoxError>,
{
    loop {
        step = match step {
            Step::Done(value) => return Ok(value),
            Step::Ask(ask) => {
                let reply = provider(ask.request()).await.map_err(|error| Error::provider(error.into()))?;
                ask.resume(reply)?
            }
        }
    }
}

/// The provider of a program that has no vault: it refuses every request. For service-managed encryption and for data
/// under an opened key record, which ask nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoVault;

impl Provider for NoVault {
    fn ask(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        let message = format!("no vault is configured that could answer for `{}`", request.key());
        Ok(KeyReply::Refused(Refusal::new(RefusalKind::Unavailable, "NoVault", message)))
    }
}
