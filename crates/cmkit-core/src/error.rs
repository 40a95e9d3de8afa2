//! The one error type of cmkit and the table of its codes.
//!
//! A code is a promise: the same string in Rust, JavaScript and Python, never renamed. Messages are for people and
//! may change. Failed decryption has one code and one message, whatever was wrong with the bytes, so that an error
//! tells an attacker nothing about a key.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use core::fmt;

/// A boxed error of the host, as a provider returns it.
pub type BoxError = Box<dyn core::error::Error + Send + Sync + 'static>;

macro_rules! codes {
    ($($variant:ident $text:literal $retry:ident $summary:literal;)+) => {
        /// What went wrong, as a stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $summary] $variant,)+
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            /// The code as it is printed and as every language binding shows it.
            ///
            /// ```
            /// assert_eq!(cmkit_core::Code::NoKey.as_str(), "no_key");
            /// ```
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text),+ }
            }

            /// One line that says when this code is returned.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Code::$variant => $summary),+ }
            }

            /// Whether the same call can succeed later with nothing else changed.
            #[must_use]
            pub const fn retry(self) -> bool {
                match self { $(Code::$variant => codes!(@$retry)),+ }
            }
        }
    };
    (@never) => { false };
    (@later) => { true };
}

codes! {
    Malformed "malformed" never "the bytes are not what a version 1 writer produces";
    Unsupported "unsupported" never "a version, suite, algorithm or key holder that this build does not know";
    TooLarge "too_large" never "over a limit of the format or of the caller";
    Truncated "truncated" never "the input ends too early";
    NoKey "no_key" never "no configured key matches an entry of the envelope";
    Context "context" never "the external context, the encryption context or the namespace is not what is expected";
    Decrypt "decrypt" never "decryption failed; nothing more is said";
    NotAllowed "not_allowed" never "the key record does not allow deterministic values";
    OutOfRange "out_of_range" never "a range that starts after the end of the data";
    Denied "denied" never "the key holder refuses this operation on this key";
    Unavailable "unavailable" later "the key holder cannot be reached or is throttling";
    InvalidKeyUri "invalid_key_uri" never "the text does not name a key in Key Vault or a managed HSM";
    InvalidArgument "invalid_argument" never "the caller's arguments contradict each other or a limit";
    InvalidReply "invalid_reply" never "a provider answered something else than what it was asked";
    Provider "provider" later "a provider failed in its own way; the source is its error, unchanged";
    Input "input" never "a document that is not what it should be";
    Io "io" later "reading or writing failed; the source is the operating system's error";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a key holder said no, in the words of Key Vault.
///
/// ```
/// use cmkit_core::error::{Refusal, RefusalKind};
/// let refusal = Refusal::new(RefusalKind::Denied, "KeyDisabled", "operation unwrapKey is not allowed on a disabled key");
/// assert_eq!(refusal.reason, "KeyDisabled");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the refusal means for the operation under way.
    pub kind: RefusalKind,
    /// The most specific error code that the holder gave: `ForbiddenByRbac`, `ForbiddenByPolicy`, `KeyDisabled`,
    /// `KeyNotFound`, `Throttled` and so on.
    pub reason: Cow<'static, str>,
    /// The holder's message, without secrets.
    pub message: Cow<'static, str>,
    /// Seconds after which a retry makes sense, where the holder said so.
    pub retry_after: Option<u32>,
    /// What to do about it, where that is known.
    pub mend: Option<Cow<'static, str>>,
}

impl Refusal {
    /// A refusal without a time to retry after and without a mend.
    pub fn new(kind: RefusalKind, reason: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, reason: reason.into(), message: message.into(), retry_after: None, mend: None }
    }
}

/// What a [`Refusal`] means for the operation under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The holder will not do it: no permission, key disabled, key gone. Becomes [`Code::Denied`].
    Denied,
    /// The holder cannot do it now: unreachable, throttled. Becomes [`Code::Unavailable`].
    Unavailable,
    /// The holder did try, and the wrapped key is not one of its own (Key Vault: 400 `BadParameter`). Becomes
    /// [`Code::Decrypt`], and takes as long as any other failed decryption.
    WrongCiphertext,
}

/// The error of every cmkit operation: a stable [`Code`], a message, and where there is one the refusal of the key
/// holder or the host's own error.
///
/// ```
/// let error = cmkit_core::key::KeyUri::parse("https://orders.vault.azure.net/secrets/db").unwrap_err();
/// assert_eq!(error.code().as_str(), "invalid_key_uri");
/// ```
pub struct Error {
    code: Code,
    message: Cow<'static, str>,
    detail: Option<Box<Detail>>,
}

/// Kept behind a box: an `Error` travels in every `Result`, its detail is rare.
#[derive(Default)]
struct Detail {
    refusal: Option<Refusal>,
    source: Option<BoxError>,
}

impl Error {
    /// An error with a code and a message: lower case, no full stop, never a secret.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), detail: None }
    }

    /// The one error of failed decryption.
    #[must_use]
    pub fn decrypt() -> Self {
        Self::new(Code::Decrypt, "decryption failed: wrong key, wrong context, or changed data")
    }

    /// What becomes of a key holder's refusal once no other key is left to try.
    #[must_use]
    pub fn refused(refusal: Refusal) -> Self {
        let code = match refusal.kind {
            RefusalKind::Denied => Code::Denied,
            RefusalKind::Unavailable => Code::Unavailable,
            RefusalKind::WrongCiphertext => return Self::decrypt(),
        };
        let message = match &refusal.mend {
            Some(mend) => alloc::format!("{} ({}): {mend}", refusal.message, refusal.reason),
            None => alloc::format!("{} ({})", refusal.message, refusal.reason),
        };
        let detail = Detail { refusal: Some(refusal), source: None };
        Self { code, message: message.into(), detail: Some(Box::new(detail)) }
    }

    /// A provider's own failure. [`Error::into_source`] gives the very error back.
    #[must_use]
    pub fn provider(source: BoxError) -> Self {
        Self::new(Code::Provider, "the key provider failed").with_source(source)
    }

    /// Attaches the host's error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: BoxError) -> Self {
        self.detail.get_or_insert_default().source = Some(source);
        self
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The message without the code and without the source.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What the key holder said, for [`Code::Denied`] and [`Code::Unavailable`].
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        self.detail.as_ref()?.refusal.as_ref()
    }

    /// Takes the host's error out, unchanged, so that the host's caller can have it as it was thrown.
    ///
    /// # Errors
    /// Gives `self` back where there is no such error.
    pub fn into_source(mut self) -> Result<BoxError, Self> {
        match self.detail.as_mut().and_then(|detail| detail.source.take()) {
            Some(source) => Ok(source),
            None => Err(self),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("code", &self.code.as_str()).field("message", &self.message);
        if let Some(detail) = &self.detail {
            if let Some(refusal) = &detail.refusal {
                out.field("refusal", refusal);
            }
            if let Some(source) = &detail.source {
                out.field("source", source);
            }
        }
        out.finish()
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        let source = self.detail.as_ref()?.source.as_ref()?;
        Some(source.as_ref())
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code, code.summary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn codes_are_unique_snake_case_and_summarised() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
            assert!(!code.summary().is_empty() && !code.summary().ends_with('.'), "{code}");
            assert!(Code::ALL[..index].iter().all(|other| other.as_str() != code.as_str()), "{code}");
        }
    }

    #[test]
    fn a_wrong_ciphertext_is_indistinguishable_from_failed_decryption() {
        let refusal = Refusal::new(RefusalKind::WrongCiphertext, "BadParameter", "bad value");
        let error = Error::refused(refusal);
        assert_eq!(format!("{error:?}"), format!("{:?}", Error::decrypt()));
    }

    #[test]
    fn the_hosts_error_comes_back_as_it_was() {
        let source: BoxError = Box::new(fmt::Error);
        let error = Error::provider(source);
        assert_eq!(error.code(), Code::Provider);
        let back = error.into_source().unwrap_or_else(|_| panic!("source lost"));
        assert!(back.downcast_ref::<fmt::Error>().is_some());
        assert_eq!(Error::decrypt().into_source().unwrap_err().to_string(), Error::decrypt().to_string());
    }
}
