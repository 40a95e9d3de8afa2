//! Algorithms by the names that Key Vault and JOSE give them.

use crate::elliptic::Curve;
use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaParameters,
};
use cmkit::operation::WrapAlgorithm;
use cmkit::{Code, Error};
use std::fmt;
use std::str::FromStr;

macro_rules! algorithms {
    ($(#[$doc:meta])* $name:ident: $($variant:ident $text:literal $summary:literal;)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = $summary] $variant,)+
        }

        impl $name {
            /// Every algorithm.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    let text: String = text.chars().take(50).collect();
                    Error::new(Code::InvalidArgument, format!("`{text}` is not an algorithm: {}", known.join(", ")))
                })
            }
        }
    };
}

algorithms! {
    /// How something is encrypted or wrapped.
    ///
    /// ```
    /// use cmkit_vault::EncryptionAlgorithm;
    /// assert_eq!("RSA-OAEP-256".parse::<EncryptionAlgorithm>()?, EncryptionAlgorithm::RsaOaep256);
    /// # Ok::<(), cmkit_vault::Error>(())
    /// ```
    EncryptionAlgorithm:
    RsaOaep256 "RSA-OAEP-256" "RSAES-OAEP with SHA-256 and MGF1 with SHA-256 (RFC 8017).";
    RsaOaep "RSA-OAEP" "RSAES-OAEP with SHA-1 and MGF1 with SHA-1 (RFC 8017).";
    Rsa15 "RSA1_5" "RSAES-PKCS1-v1_5 (RFC 8017). Key Vault advises against it.";
    A256Kw "A256KW" "AES Key Wrap with a 256-bit key (RFC 3394). It wraps keys and encrypts nothing else.";
}

algorithms! {
    /// How a digest is signed.
    ///
    /// ```
    /// use cmkit_vault::SignatureAlgorithm;
    /// assert_eq!("ES256".parse::<SignatureAlgorithm>()?, SignatureAlgorithm::Es256);
    /// # Ok::<(), cmkit_vault::Error>(())
    /// ```
    SignatureAlgorithm:
    Rs256 "RS256" "RSASSA-PKCS1-v1_5 over a SHA-256 digest.";
    Rs384 "RS384" "RSASSA-PKCS1-v1_5 over a SHA-384 digest.";
    Rs512 "RS512" "RSASSA-PKCS1-v1_5 over a SHA-512 digest.";
    Ps256 "PS256" "RSASSA-PSS over a SHA-256 digest.";
    Ps384 "PS384" "RSASSA-PSS over a SHA-384 digest.";
    Ps512 "PS512" "RSASSA-PSS over a SHA-512 digest.";
    Es256 "ES256" "ECDSA on P-256 over a SHA-256 digest.";
    Es384 "ES384" "ECDSA on P-384 over a SHA-384 digest.";
    Es512 "ES512" "ECDSA on P-521 over a SHA-512 digest.";
}

impl From<WrapAlgorithm> for EncryptionAlgorithm {
    fn from(algorithm: WrapAlgorithm) -> Self {
        match algorithm {
            WrapAlgorithm::A256Kw => Self::A256Kw,
            _ => Self::RsaOaep256,
        }
    }
}

/// What an RSA key signs with, verifies with, and takes a digest of.
pub(crate) type RsaSigning = (&'static dyn RsaEncoding, &'static RsaParameters, &'static digest::Algorithm);

impl SignatureAlgorithm {
    /// Nothing where it is not RSA's.
    pub(crate) fn rsa(self) -> Option<RsaSigning> {
        Some(match self {
            Self::Rs256 => (&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256, &digest::SHA256),
            Self::Rs384 => (&RSA_PKCS1_SHA384, &RSA_PKCS1_2048_8192_SHA384, &digest::SHA384),
            Self::Rs512 => (&RSA_PKCS1_SHA512, &RSA_PKCS1_2048_8192_SHA512, &digest::SHA512),
            Self::Ps256 => (&RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256, &digest::SHA256),
            Self::Ps384 => (&RSA_PSS_SHA384, &RSA_PSS_2048_8192_SHA384, &digest::SHA384),
            Self::Ps512 => (&RSA_PSS_SHA512, &RSA_PSS_2048_8192_SHA512, &digest::SHA512),
            Self::Es256 | Self::Es384 | Self::Es512 => return None,
        })
    }

    /// The curve; nothing where it is not that of a curve.
    pub(crate) const fn curve(self) -> Option<Curve> {
        match self {
            Self::Es256 => Some(Curve::P256),
            Self::Es384 => Some(Curve::P384),
            Self::Es512 => Some(Curve::P521),
            _ => None,
        }
    }
}
