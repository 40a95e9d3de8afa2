//! RSA keys: encrypted with, decrypted with, signed with.

use crate::algorithm::{EncryptionAlgorithm, RsaSigning};
use aws_lc_rs::digest::Digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeyPair, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::{KeyPair as _, UnparsedPublicKey};
use cmkit::key::RsaPublicKey;
use cmkit::secret::Secret;
use cmkit::{Code, Error};
use zeroize::Zeroizing;

/// A private RSA key, ready for use.
pub(crate) struct RsaPrivateKey {
    public: RsaPublicKey,
    pair: KeyPair,
    decrypting: OaepPrivateDecryptingKey,
    encrypting: OaepPublicEncryptingKey,
    /// PKCS#8.
    der: Secret,
}

impl RsaPrivateKey {
    pub(crate) fn new(pair: KeyPair) -> Result<Self, Error> {
        let inconsistent = |_| Error::new(Code::Input, "the parts of the RSA key disagree");
        let public = pair.public_key();
        let (n, e) = (public.modulus(), public.exponent());
        let public =
            RsaPublicKey::from_components(n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero())?;
        let der: Pkcs8V1Der<'static> = pair.as_der().map_err(inconsistent)?;
        let der = Secret::from_slice(der.as_ref());
        let private = PrivateDecryptingKey::from_pkcs8(der.expose())
            .map_err(|_| Error::new(Code::Input, "the parts of the RSA key disagree"))?;
        let encrypting = OaepPublicEncryptingKey::new(private.public_key()).map_err(inconsistent)?;
        let decrypting = OaepPrivateDecryptingKey::new(private).map_err(inconsistent)?;
        Ok(Self { public, pair, decrypting, encrypting, der })
    }

    pub(crate) const fn public(&self) -> &RsaPublicKey {
        &self.public
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.der.expose()
    }

    /// Nothing where the algorithm is not RSA's, or takes no data of that length.
    pub(crate) fn encrypt(&self, algorithm: EncryptionAlgorithm, data: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; self.encrypting.ciphertext_size()];
        let len = match algorithm {
            EncryptionAlgorithm::RsaOaep256 => {
                self.encrypting.encrypt(&OAEP_SHA256_MGF1SHA256, data, &mut out, None).ok()?.len()
            }
            EncryptionAlgorithm::RsaOaep => {
                self.encrypting.encrypt(&OAEP_SHA1_MGF1SHA1, data, &mut out, None).ok()?.len()
            }
            EncryptionAlgorithm::Rsa15 => {
                Pkcs1PublicEncryptingKey::new(self.private()?.public_key()).ok()?.encrypt(data, &mut out).ok()?.len()
            }
            EncryptionAlgorithm::A256Kw => return None,
        };
        out.truncate(len);
        Some(out)
    }

    /// Nothing where these bytes were not encrypted for this key in this way.
    pub(crate) fn decrypt(&self, algorithm: EncryptionAlgorithm, data: &[u8]) -> Option<Secret> {
        let mut out = Zeroizing::new(vec![0; self.decrypting.min_output_size()]);
        let plaintext = match algorithm {
            EncryptionAlgorithm::RsaOaep256 => {
                self.decrypting.decrypt(&OAEP_SHA256_MGF1SHA256, data, &mut out, None).ok()?
            }
            EncryptionAlgorithm::RsaOaep => self.decrypting.decrypt(&OAEP_SHA1_MGF1SHA1, data, &mut out, None).ok()?,
            EncryptionAlgorithm::Rsa15 => {
                Pkcs1PrivateDecryptingKey::new(self.private()?).ok()?.decrypt(data, &mut out).ok()?
            }
            EncryptionAlgorithm::A256Kw => return None,
        };
        Some(Secret::from_slice(plaintext))
    }

    /// Nothing where the algorithm takes a digest of another length.
    pub(crate) fn sign(&self, (encoding, _, hash): RsaSigning, digest: &[u8]) -> Option<Vec<u8>> {
        let digest = Digest::import_less_safe(digest, hash).ok()?;
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign_digest(encoding, &digest, &mut signature).ok()?;
        Some(signature)
    }

    pub(crate) fn verify(&self, (_, parameters, hash): RsaSigning, digest: &[u8], signature: &[u8]) -> bool {
        let public = self.pair.public_key().as_ref();
        Digest::import_less_safe(digest, hash)
            .and_then(|digest| UnparsedPublicKey::new(parameters, public).verify_digest(&digest, signature))
            .is_ok()
    }

    /// Read once more: the OAEP key took the first, and PKCS #1 v1.5 is rare.
    fn private(&self) -> Option<PrivateDecryptingKey> {
        PrivateDecryptingKey::from_pkcs8(self.der.expose()).ok()
    }
}
