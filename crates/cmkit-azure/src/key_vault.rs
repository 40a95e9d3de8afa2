//! Key Vault as a provider: one client of the SDK for each vault, and what each request of the core becomes.

use crate::answer::{Failed, reply_of};
use crate::options::KeyVaultOptions;
use azure_core::credentials::TokenCredential;
use azure_core::http::RequestContent;
use azure_core::time::OffsetDateTime;
use azure_security_keyvault_keys::models::{
    EncryptionAlgorithm, JsonWebKey, Key, KeyClientGetKeyOptions, KeyClientWrapKeyOptions, KeyOperationParameters,
    KeyOperationResult, KeyType,
};
use azure_security_keyvault_keys::{KeyClient, KeyClientOptions};
use cmkit::key::{KeyUri, RsaPublicKey, Service};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState, WrapAlgorithm, key_vault};
use cmkit::secret::Secret;
use cmkit::{BoxError, Code, Error, Refusal};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Vaults that one provider keeps a client for; keys are configured, so that more are a mistake.
const MAX_VAULTS: usize = 256;

/// Azure Key Vault and Managed HSM for asynchronous code; [`crate::BlockingKeyVault`] is the same as a [`cmkit::Provider`].
///
/// Clones share clients and connections. It calls vaults of the Azure clouds and those that [`KeyVaultOptions::hosts`] names,
/// over HTTPS, and follows no redirect.
///
/// ```no_run
/// use cmkit::envelope::{OpenKeys, OpenOptions};
/// use cmkit::key::KeyUri;
/// use cmkit_azure::{Credential, KeyVault, KeyVaultOptions};
///
/// # async fn open(sealed: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
/// let credential = Credential::WorkloadIdentity.token_credential()?;
/// let vault = KeyVault::new(credential, KeyVaultOptions::default())?;
/// let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
/// let options = OpenOptions::new(OpenKeys::vault([key]));
/// let step = cmkit::steps::open(sealed, &options)?;
/// let opener = cmkit::run_async(step, async |request| vault.answer(request).await).await?;
/// # let _ = opener;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KeyVault {
    shared: Arc<Shared>,
}

struct Shared {
    credential: Arc<dyn TokenCredential>,
    options: KeyVaultOptions,
    clients: Mutex<HashMap<String, Arc<KeyClient>>>,
}

impl KeyVault {
    /// Key Vault as a credential sees it. Nothing is called yet.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] for a CA file without certificates and for too many hosts.
    pub fn new(credential: Arc<dyn TokenCredential>, options: KeyVaultOptions) -> Result<Self, Error> {
        if options.hosts.len() > MAX_VAULTS {
            return Err(Error::new(Code::InvalidArgument, format!("at most {MAX_VAULTS} hosts are named")));
        }
        let options = KeyVaultOptions { client: options.client_options()?, ..options };
        Ok(Self { shared: Arc::new(Shared { credential, options, clients: Mutex::default() }) })
    }

    /// Answers one request of the core.
    ///
    /// # Errors
    /// What is not a refusal: the credential's and the client's own failures, and answers that are not to the request
    /// ([`Code::InvalidReply`]).
    pub async fn answer(&self, request: &KeyRequest) -> Result<KeyReply, BoxError> {
        let unwrapping = matches!(request, KeyRequest::Unwrap { .. });
        match self.ask(request).await {
            Ok(reply) => Ok(reply),
            Err(failed) => reply_of(failed, request.key(), unwrapping),
        }
    }

    async fn ask(&self, request: &KeyRequest) -> Result<KeyReply, Failed> {
        match request {
            KeyRequest::Resolve { key } => self.resolve(key).await,
            KeyRequest::Wrap { key, algorithm, dek } => self.wrap(key, *algorithm, dek).await,
            KeyRequest::Unwrap { key, algorithm, wrapped, .. } => self.unwrap(key, *algorithm, wrapped).await,
            _ => Err(Failed::Ours(Error::new(
                Code::Unsupported,
                format!("this provider does not know the question about `{}`", request.key()),
            ))),
        }
    }

    async fn resolve(&self, key: &KeyUri) -> Result<KeyReply, Failed> {
        let options = KeyClientGetKeyOptions {
            key_version: key.version().map(|version| version.to_string()),
            ..KeyClientGetKeyOptions::default()
        };
        let Key { key: jwk, attributes, .. } =
            self.client(key)?.get_key(key.name(), Some(options)).await?.into_model()?;
        let jwk = jwk.ok_or_else(|| invalid_reply(key, "it has no key"))?;
        let described = self.described(key, jwk.kid.as_deref())?;
        let material = match material_of(key, &jwk)? {
            Ok(material) => material,
            Err(refusal) => return Ok(KeyReply::Refused(refusal)),
        };
        let attributes = attributes.unwrap_or_default();
        Ok(KeyReply::Resolved(KeyState {
            key: described,
            material,
            enabled: attributes.enabled.unwrap_or(true),
            not_before: seconds(attributes.not_before),
            expires: seconds(attributes.expires),
            created: seconds(attributes.created),
            may_wrap: jwk.key_ops.is_some_and(|operations| operations.iter().any(|operation| operation == "wrapKey")),
        }))
    }

    async fn wrap(&self, key: &KeyUri, algorithm: WrapAlgorithm, dek: &Secret) -> Result<KeyReply, Failed> {
        let version = version_of(key)?;
        let options = KeyClientWrapKeyOptions { key_version: Some(version), ..KeyClientWrapKeyOptions::default() };
        let parameters = parameters(key, algorithm, dek.expose())?;
        let result = self.client(key)?.wrap_key(key.name(), parameters, Some(options)).await?.into_model()?;
        Ok(KeyReply::Wrapped(self.value_of(key, result)?))
    }

    async fn unwrap(&self, key: &KeyUri, algorithm: WrapAlgorithm, wrapped: &[u8]) -> Result<KeyReply, Failed> {
        let parameters = parameters(key, algorithm, wrapped)?;
        let client = self.client(key)?;
        let result = client.unwrap_key(key.name(), &version_of(key)?, parameters, None).await?.into_model()?;
        Ok(KeyReply::Unwrapped(Secret::new(self.value_of(key, result)?)))
    }

    /// The client of a key's vault, if that may be called.
    fn client(&self, key: &KeyUri) -> Result<Arc<KeyClient>, Failed> {
        let Shared { credential, options, clients } = &*self.shared;
        let host = key.host();
        let named = options.hosts.iter().any(|named| named == host);
        if key.service() == Service::Custom && !named {
            let message = format!("`{host}` is neither a vault of Azure nor among the hosts that may be called");
            return Err(Failed::Ours(Error::new(Code::InvalidKeyUri, message)));
        }
        let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(host) {
            return Ok(Arc::clone(client));
        }
        if clients.len() >= MAX_VAULTS {
            clients.clear();
        }
        let mut with = KeyClientOptions {
            client_options: options.client.clone(),
            verify_challenge_resource: Some(!named),
            ..KeyClientOptions::default()
        };
        if let Some(version) = &options.api_version {
            with.api_version.clone_from(version);
        }
        let client = Arc::new(KeyClient::new(&format!("https://{host}"), Arc::clone(credential), Some(with))?);
        clients.insert(host.to_owned(), Arc::clone(&client));
        Ok(client)
    }

    /// The identifier in an answer, which must be of the key and the version that were asked for.
    fn described(&self, key: &KeyUri, kid: Option<&str>) -> Result<KeyUri, Error> {
        let described = kid.and_then(|kid| KeyUri::parse_on(kid, &[key.host()]).ok());
        described
            .filter(|described| described.same_key(key) && (key.version().is_none() || described == key))
            .ok_or_else(|| invalid_reply(key, "it is about another key"))
    }

    fn value_of(&self, key: &KeyUri, result: KeyOperationResult) -> Result<Vec<u8>, Error> {
        self.described(key, result.kid.as_deref())?;
        result.result.ok_or_else(|| invalid_reply(key, "it has no value"))
    }
}

impl fmt::Debug for KeyVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyVault").field("hosts", &self.shared.options.hosts).finish_non_exhaustive()
    }
}

/// What a key is made of, or why nothing can be wrapped with it.
fn material_of(key: &KeyUri, jwk: &JsonWebKey) -> Result<Result<KeyMaterial, Refusal>, Error> {
    match &jwk.kty {
        Some(KeyType::Rsa | KeyType::RsaHsm) => match (&jwk.n, &jwk.e) {
            (Some(n), Some(e)) => Ok(Ok(KeyMaterial::Rsa(RsaPublicKey::from_components(n, e)?))),
            _ => Err(invalid_reply(key, "it has no public key")),
        },
        Some(KeyType::OctHsm) => Ok(Ok(KeyMaterial::Symmetric)),
        kty => {
            let kty = kty.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
            Ok(Err(key_vault::wraps_nothing(key, &kty)))
        }
    }
}

fn parameters(
    key: &KeyUri,
    algorithm: WrapAlgorithm,
    value: &[u8],
) -> Result<RequestContent<KeyOperationParameters>, Failed> {
    let algorithm = match algorithm {
        WrapAlgorithm::RsaOaep256 => EncryptionAlgorithm::RsaOaep256,
        WrapAlgorithm::A256Kw => EncryptionAlgorithm::A256Kw,
        other => {
            let message = format!("this provider does not know the algorithm {other} for `{key}`");
            return Err(Failed::Ours(Error::new(Code::Unsupported, message)));
        }
    };
    let parameters = KeyOperationParameters {
        algorithm: Some(algorithm),
        value: Some(value.to_vec()),
        ..KeyOperationParameters::default()
    };
    Ok(parameters.try_into()?)
}

/// The version, which every request to wrap or unwrap names.
fn version_of(key: &KeyUri) -> Result<String, Error> {
    let version = key
        .version()
        .ok_or_else(|| Error::new(Code::InvalidArgument, format!("`{key}` names no version to wrap or unwrap with")))?;
    Ok(version.to_string())
}

fn seconds(time: Option<OffsetDateTime>) -> Option<u64> {
    // Whatever lies before 1970 lies in the past, which is all that is asked of it.
    time.map(|time| u64::try_from(time.unix_timestamp()).unwrap_or(0))
}

fn invalid_reply(key: &KeyUri, why: &str) -> Error {
    Error::new(Code::InvalidReply, format!("the answer about `{key}` is not to the request: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Credential;

    #[test]
    fn an_answer_about_another_key_is_none() {
        let credential = Credential::ManagedIdentity { client_id: None }.token_credential().expect("a credential");
        let vault = KeyVault::new(credential, KeyVaultOptions::default()).expect("a provider");
        let version = "0123456789abcdef0123456789abcdef";
        let whole = format!("https://orders.vault.azure.net/keys/kek/{version}");
        let key = KeyUri::parse(&whole).expect("a key");
        assert_eq!(vault.described(&key, Some(&whole)).expect("the same"), key);
        assert_eq!(vault.described(&key.versionless(), Some(&whole)).expect("its newest"), key);
        for other in [
            None,
            Some("nonsense"),
            Some("https://orders.vault.azure.net/keys/kek"),
            Some("https://orders.vault.azure.net/keys/kek/ffffffffffffffffffffffffffffffff"),
            Some("https://orders.vault.azure.net/keys/other/0123456789abcdef0123456789abcdef"),
            Some("https://payments.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef"),
            Some("https://orders.vault.azure.net.example/keys/kek/0123456789abcdef0123456789abcdef"),
        ] {
            let error = vault.described(&key, other).expect_err("another key");
            assert_eq!(error.code(), Code::InvalidReply, "{other:?}");
        }
    }
}
