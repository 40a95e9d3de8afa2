//! What a caller does with a private key: wrap, unwrap, encrypt, decrypt, sign, verify. Each takes the key's name and the
//! version, the newest where none is named, and says which version it was.

use crate::algorithm::{EncryptionAlgorithm, SignatureAlgorithm};
use crate::caller::{Caller, not_ours, not_this_way};
use crate::key_operation::KeyOperation;
use cmkit::Error;
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::secret::Secret;

impl Caller {
    /// Wraps a key (`wrapKey`).
    ///
    /// # Errors
    /// As [`Caller::key`]; `BadParameter` where the key does not wrap this with the algorithm.
    pub fn wrap(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        algorithm: EncryptionAlgorithm,
        dek: &Secret,
    ) -> Result<(KeyUri, Vec<u8>), Error> {
        Ok(self.wrap_key(&self.named(name, version)?, algorithm, dek)?)
    }

    /// Unwraps a key (`unwrapKey`).
    ///
    /// # Errors
    /// As [`Caller::key`]; [`Code::Decrypt`](cmkit::Code::Decrypt) where this version did not wrap it.
    pub fn unwrap(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        algorithm: EncryptionAlgorithm,
        wrapped: &[u8],
    ) -> Result<(KeyUri, Secret), Error> {
        Ok(self.unwrap_key(&self.named(name, version)?, algorithm, wrapped)?)
    }

    /// Encrypts a few bytes (`encrypt`).
    ///
    /// # Errors
    /// As [`Caller::key`]; `BadParameter` where the key does not encrypt this with the algorithm.
    pub fn encrypt(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        algorithm: EncryptionAlgorithm,
        plaintext: &Secret,
    ) -> Result<(KeyUri, Vec<u8>), Error> {
        Ok(self.operate(KeyOperation::Encrypt, &self.named(name, version)?, |key, private| {
            let encrypts = algorithm != EncryptionAlgorithm::A256Kw;
            let ciphertext = encrypts.then(|| private.wrap(algorithm, plaintext.expose())).flatten();
            Ok((key.clone(), ciphertext.ok_or_else(|| not_this_way("encrypt", algorithm))?))
        })?)
    }

    /// Decrypts what [`Caller::encrypt`] made (`decrypt`).
    ///
    /// # Errors
    /// As [`Caller::key`]; [`Code::Decrypt`](cmkit::Code::Decrypt) where this version did not encrypt it.
    pub fn decrypt(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<(KeyUri, Secret), Error> {
        Ok(self.operate(KeyOperation::Decrypt, &self.named(name, version)?, |key, private| {
            let encrypts = algorithm != EncryptionAlgorithm::A256Kw;
            let plaintext = encrypts.then(|| private.unwrap(algorithm, ciphertext)).flatten();
            Ok((key.clone(), plaintext.ok_or_else(|| not_ours("encrypted", algorithm))?))
        })?)
    }

    /// Signs a digest (`sign`).
    ///
    /// ```
    /// use cmkit_vault::{Curve, KeyKind, LocalVault, NewKey, SignatureAlgorithm};
    /// let owner = LocalVault::in_memory("orders.vault.azure.net")?.as_owner();
    /// owner.create_key("receipts", KeyKind::Ec(Curve::P256), NewKey::default())?;
    /// let digest = [7; 32]; // the SHA-256 of something
    /// let (key, signature) = owner.sign("receipts", None, SignatureAlgorithm::Es256, &digest)?;
    /// assert!(owner.verify("receipts", key.version(), SignatureAlgorithm::Es256, &digest, &signature)?);
    /// # Ok::<(), cmkit_vault::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Caller::key`]; `BadParameter` where the key does not sign this with the algorithm.
    pub fn sign(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
    ) -> Result<(KeyUri, Vec<u8>), Error> {
        Ok(self.operate(KeyOperation::Sign, &self.named(name, version)?, |key, private| {
            let signature = private.sign(algorithm, digest).ok_or_else(|| not_this_way("sign", algorithm))?;
            Ok((key.clone(), signature))
        })?)
    }

    /// Whether this is the signature of this digest (`verify`).
    ///
    /// # Errors
    /// As [`Caller::key`]; `BadParameter` where the key does not verify with the algorithm.
    pub fn verify(
        &self,
        name: &str,
        version: Option<KeyVersion>,
        algorithm: SignatureAlgorithm,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<bool, Error> {
        Ok(self.operate(KeyOperation::Verify, &self.named(name, version)?, |_, private| {
            private.verify(algorithm, digest, signature).ok_or_else(|| not_this_way("verify", algorithm))
        })?)
    }
}
