//! How many calls a vault grants: the transaction limits of Azure Key Vault ("Azure Key Vault service limits", Microsoft
//! Learn) and measured figures of Managed HSM ("Azure Managed HSM scaling guidance").

use cmkit_core::key::Service;
use cmkit_core::operation::WrapAlgorithm;
use serde::Serialize;

/// What protects a key in Key Vault: an HSM has half of the quota. Heads don't tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protection {
    /// An HSM: `RSA-HSM`, `oct-HSM`. The careful guess.
    #[default]
    Hsm,
    /// Software: `RSA`.
    Software,
}

/// Type and size of a key, told by what it wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum KeyType {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    Aes256,
}

impl KeyType {
    /// `wrapped_size`: bytes of the wrapped data key, which are those of an RSA key's modulus.
    pub(super) const fn of(algorithm: WrapAlgorithm, wrapped_size: usize) -> Self {
        match (algorithm, wrapped_size) {
            (WrapAlgorithm::RsaOaep256, ..=256) => Self::Rsa2048,
            (WrapAlgorithm::RsaOaep256, ..=384) => Self::Rsa3072,
            (WrapAlgorithm::RsaOaep256, _) => Self::Rsa4096,
            _ => Self::Aes256,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "RSA 2048",
            Self::Rsa3072 => "RSA 3072",
            Self::Rsa4096 => "RSA 4096",
            Self::Aes256 => "AES 256",
        }
    }
}

/// Calls in 10 seconds that a vault grants for this type of key, where that is known. For Key Vault they are shares of one
/// pool: half of one type's and half of another's use all of it.
pub(super) const fn calls_in_ten_seconds(
    service: Service,
    key: KeyType,
    protection: Protection,
    is_unwrap: bool,
) -> Option<u32> {
    let hsm = match key {
        KeyType::Rsa2048 | KeyType::Aes256 => 2000,
        KeyType::Rsa3072 => 500,
        KeyType::Rsa4096 => 250,
    };
    match (service, protection) {
        (Service::KeyVault(_), Protection::Hsm) => Some(hsm),
        // Symmetric keys are in an HSM always.
        (Service::KeyVault(_), Protection::Software) => {
            Some(if matches!(key, KeyType::Aes256) { hsm } else { 2 * hsm })
        }
        (Service::ManagedHsm(_), _) => Some(match (key, is_unwrap) {
            (KeyType::Rsa2048, true) => 11_000,
            (KeyType::Rsa3072, true) => 3600,
            (KeyType::Rsa4096, true) => 1600,
            (KeyType::Aes256, _) => 18_000,
            (KeyType::Rsa2048, false) => 22_000,
            (KeyType::Rsa3072 | KeyType::Rsa4096, false) => 19_000,
        }),
        (Service::Custom, _) => None,
    }
}

/// Calls in a second that a run makes: the given rate, at least one in a thousand seconds, or half of the quota.
pub(super) fn rate(given: Option<f64>, quota: Option<u32>) -> Option<f64> {
    given.map(|rate| rate.max(0.001)).or_else(|| quota.map(|calls| f64::from(calls) / 10.0 / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cmkit_core::key::Cloud;

    #[test]
    fn the_table_of_the_service_limits() {
        let vault = Service::KeyVault(Cloud::Public);
        for (size, hsm, software) in [(256, 2000, 4000), (384, 500, 1000), (512, 250, 500)] {
            let key = KeyType::of(WrapAlgorithm::RsaOaep256, size);
            assert_eq!(calls_in_ten_seconds(vault, key, Protection::Hsm, true), Some(hsm));
            assert_eq!(calls_in_ten_seconds(vault, key, Protection::Software, true), Some(software));
        }
        let aes = KeyType::of(WrapAlgorithm::A256Kw, 40);
        assert_eq!(calls_in_ten_seconds(vault, aes, Protection::Software, true), Some(2000));
        let unknown = calls_in_ten_seconds(Service::Custom, aes, Protection::Hsm, true);
        assert_eq!(
            [rate(None, unknown), rate(Some(3.0), unknown), rate(None, Some(250))],
            [None, Some(3.0), Some(12.5)]
        );
        assert_eq!([0.0, -1.0, f64::NAN].map(|given| rate(Some(given), None)), [Some(0.001); 3]);
    }
}
