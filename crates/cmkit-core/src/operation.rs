//! The joint between the core and the key holder: the core asks, the host answers.
//!
//! A key holder is remote, may be asynchronous and differs per language, so the core never calls it. An operation is a
//! value that is either done or asks one question. The reply is handed to the very value that asked, which it
//! consumes: no reply can meet the wrong question, and an operation that is dropped half-way has done nothing.

pub mod key_vault;

use crate::error::{Error, Refusal};
use crate::key::{KeyUri, RsaPublicKey};
use crate::secret::Secret;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

/// An operation: finished, or in need of one answer from a key holder.
///
/// ```
/// use cmkit_core::operation::{KeyReply, Step};
/// use cmkit_core::Error;
///
/// /// Drives an operation to its end; `cmkit::run` is this loop.
/// fn run<T>(mut step: Step<T>, mut holder: impl FnMut(&cmkit_core::operation::KeyRequest) -> KeyReply) -> Result<T, Error> {
///     loop {
///         match step {
///             Step::Done(value) => return Ok(value),
///             Step::Ask(ask) => {
///                 let reply = holder(ask.request());
///                 step = ask.resume(reply)?;
///             }
///         }
///     }
/// }
/// assert_eq!(run(Step::Done(7), |_| unreachable!())?, 7);
/// # Ok::<(), Error>(())
/// ```
#[must_use = "an operation does nothing until it is driven to its end"]
pub enum Step<T> {
    /// The result.
    Done(T),
    /// One question; [`Ask::resume`] goes on.
    Ask(Ask<T>),
}

impl<T: 'static> Step<T> {
    /// Applies a function to the result, now or when there is one.
    pub fn map<U: 'static>(self, f: impl FnOnce(T) -> U + Send + 'static) -> Step<U> {
        match self {
            Step::Done(value) => Step::Done(f(value)),
            Step::Ask(Ask { request, resume }) => Step::Ask(Ask::new(request, move |reply| Ok(resume(reply)?.map(f)))),
        }
    }

    /// Goes on with another operation after this one.
    ///
    /// # Errors
    /// What `f` returns, when the step is already done.
    pub fn and_then<U: 'static>(
        self,
        f: impl FnOnce(T) -> Result<Step<U>, Error> + Send + 'static,
    ) -> Result<Step<U>, Error> {
        match self {
            Step::Done(value) => f(value),
            Step::Ask(Ask { request, resume }) => {
                Ok(Step::Ask(Ask::new(request, move |reply| resume(reply)?.and_then(f))))
            }
        }
    }
}

impl<T> fmt::Debug for Step<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Done(_) => f.write_str("Done(..)"),
            Step::Ask(ask) => f.debug_tuple("Ask").field(&ask.request).finish(),
        }
    }
}

type Resume<T> = Box<dyn FnOnce(KeyReply) -> Result<Step<T>, Error> + Send>;

/// A question to a key holder, together with the rest of the operation.
#[must_use = "an operation does nothing until it is driven to its end"]
pub struct Ask<T> {
    request: KeyRequest,
    resume: Resume<T>,
}

impl<T> Ask<T> {
    pub(crate) fn new(
        request: KeyRequest,
        resume: impl FnOnce(KeyReply) -> Result<Step<T>, Error> + Send + 'static,
    ) -> Self {
        Self { request, resume: Box::new(resume) }
    }

    /// The question.
    #[must_use]
    pub const fn request(&self) -> &KeyRequest {
        &self.request
    }

    /// Goes on with the answer.
    ///
    /// # Errors
    /// Whatever the operation ends in; [`crate::Code::InvalidReply`] where the answer is not to this question.
    pub fn resume(self, reply: KeyReply) -> Result<Step<T>, Error> {
        (self.resume)(reply)
    }
}

impl<T> fmt::Debug for Ask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("request", &self.request).finish_non_exhaustive()
    }
}

/// What a key holder is asked to do. The key is always one that the configuration allows, never one that only the
/// bytes of an envelope name.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyRequest {
    /// Describe a key: the newest version of a versionless identifier, or the version it names.
    Resolve {
        /// The key, with or without a version.
        key: KeyUri,
    },
    /// Wrap a data key. Asked for symmetric keys only: under RSA the core wraps with the public key, so that the data
    /// key never leaves.
    Wrap {
        /// The key, with its version.
        key: KeyUri,
        /// The algorithm.
        algorithm: WrapAlgorithm,
        /// The data key, 32 bytes.
        dek: Secret,
    },
    /// Wrap a data key with the public key of an RSA key. Asked for [`SealKey::VaultOnHost`] alone, of the host itself: the
    /// data key must not leave the process.
    ///
    /// [`SealKey::VaultOnHost`]: crate::envelope::SealKey::VaultOnHost
    WrapPublic {
        /// The key, with its version.
        key: KeyUri,
        /// The algorithm.
        algorithm: WrapAlgorithm,
        /// The public key of that version.
        public: RsaPublicKey,
        /// The data key, 32 bytes.
        dek: Secret,
    },
    /// Unwrap a data key with exactly this version.
    Unwrap {
        /// The key, with its version.
        key: KeyUri,
        /// The algorithm.
        algorithm: WrapAlgorithm,
        /// The wrapped data key.
        wrapped: Vec<u8>,
        /// SHA-256 over the exact bytes of the envelope's entry and over the configuration that allowed it: what a cache
        /// of unwrapped keys looks up, so that no stricter configuration ever meets a key that a laxer one unwrapped.
        cache_id: [u8; 32],
    },
}

impl KeyRequest {
    /// The key that the request is about.
    #[must_use]
    pub const fn key(&self) -> &KeyUri {
        match self {
            Self::Resolve { key }
            | Self::Wrap { key, .. }
            | Self::WrapPublic { key, .. }
            | Self::Unwrap { key, .. } => key,
        }
    }
}

/// The answer of a key holder.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyReply {
    /// To [`KeyRequest::Resolve`].
    Resolved(KeyState),
    /// To [`KeyRequest::Wrap`] and [`KeyRequest::WrapPublic`]: the wrapped key.
    Wrapped(Vec<u8>),
    /// To [`KeyRequest::Unwrap`]: the data key.
    Unwrapped(Secret),
    /// To any request: the holder said no.
    Refused(Refusal),
}

/// A key version as its holder describes it. Times are seconds since 1970-01-01 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// The key with the version described.
    pub key: KeyUri,
    /// The public key, or that there is none.
    pub material: KeyMaterial,
    /// Whether the version is enabled.
    pub enabled: bool,
    /// The version may wrap from this time on.
    pub not_before: Option<u64>,
    /// The version may wrap up to this time.
    pub expires: Option<u64>,
    /// When the holder made the version.
    pub created: Option<u64>,
    /// Whether the version's operations include `wrapKey`.
    pub may_wrap: bool,
}

/// What a key is made of, as far as a caller may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMaterial {
    /// An RSA key pair (`RSA`, `RSA-HSM`).
    Rsa(RsaPublicKey),
    /// A 256-bit symmetric key (`oct-HSM`).
    Symmetric,
}

/// How a data key is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WrapAlgorithm {
    /// RSAES-OAEP with SHA-256 and MGF1 with SHA-256 (RFC 8017); COSE -41.
    RsaOaep256,
    /// AES Key Wrap with a 256-bit key (RFC 3394); COSE -5.
    A256Kw,
}

impl WrapAlgorithm {
    /// The name that Key Vault and JOSE use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::A256Kw => "A256KW",
        }
    }
}

impl fmt::Display for WrapAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
