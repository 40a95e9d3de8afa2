//! Key identifiers: `https://VAULT.vault.azure.net/keys/NAME[/VERSION]`.
//!
//! The grammar is Key Vault's ("Objects, identifiers, and versioning" in its documentation). People paste all sorts
//! of things where a key identifier is due; each is refused with the words that help.

use super::KeyVersion;
use crate::error::{Code, Error};
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

/// The identifier of a key in Key Vault or a managed HSM, with or without a version; lower-cased, port 443 dropped.
///
/// ```
/// use cmkit_core::key::KeyUri;
/// let key = KeyUri::parse("https://Orders.vault.azure.net:443/keys/Orders-KEK/")?;
/// assert_eq!(key.to_string(), "https://orders.vault.azure.net/keys/orders-kek");
/// assert!(key.version().is_none());
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyUri {
    host: String,
    name: String,
    version: Option<KeyVersion>,
}

/// What holds a key, told by the host's suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Azure Key Vault.
    KeyVault(Cloud),
    /// Azure Key Vault Managed HSM.
    ManagedHsm(Cloud),
    /// A host that the configuration names itself, for example a local vault.
    Custom,
}

/// An Azure cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cloud {
    /// Azure public.
    Public,
    /// Azure operated by 21Vianet.
    China,
    /// Azure US Government.
    UsGovernment,
    /// Azure Germany, closed in 2021; identifiers still turn up.
    Germany,
}

/// Suffixes of vault hosts. Azure documents both names of managed HSMs in China.
const SUFFIXES: &[(&str, Service)] = &[
    (".vault.azure.net", Service::KeyVault(Cloud::Public)),
    (".vault.azure.cn", Service::KeyVault(Cloud::China)),
    (".vault.usgovcloudapi.net", Service::KeyVault(Cloud::UsGovernment)),
    (".vault.microsoftazure.de", Service::KeyVault(Cloud::Germany)),
    (".managedhsm.azure.net", Service::ManagedHsm(Cloud::Public)),
    (".managedhsm.azure.cn", Service::ManagedHsm(Cloud::China)),
    (".managedhsm.chinacloudapi.cn", Service::ManagedHsm(Cloud::China)),
    (".managedhsm.usgovcloudapi.net", Service::ManagedHsm(Cloud::UsGovernment)),
];

/// What a text is that is not a key identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyUriProblem {
    /// An ARM resource id (`/subscriptions/...`).
    ResourceId,
    /// The address of a page of the Azure portal.
    Portal,
    /// A scheme other than `https`, or none.
    Scheme,
    /// A user, a query or a fragment.
    Extra,
    /// A host that is not a vault.
    Host,
    /// A collection other than `keys`: a secret or a certificate.
    Collection,
    /// A vault without a key, or more path segments than a key has.
    Segments,
    /// A key name outside `[0-9a-zA-Z-]{1,127}`.
    Name,
    /// A version that is not 32 hexadecimal digits.
    Version,
}

/// Why a text is not a key identifier, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUriFault {
    /// The kind of fault.
    pub problem: KeyUriProblem,
    /// The fault in words.
    pub message: String,
    /// What to do, or the identifier that was probably meant.
    pub mend: String,
}

impl From<KeyUriFault> for Error {
    fn from(fault: KeyUriFault) -> Self {
        Self::new(Code::InvalidKeyUri, format!("{}: {}", fault.message, fault.mend))
    }
}

impl KeyUri {
    /// Parses an identifier on a host of Key Vault or Managed HSM, in any Azure cloud.
    ///
    /// # Errors
    /// [`Code::InvalidKeyUri`], with the mend in the message.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Ok(Self::diagnose(text, &[])?)
    }

    /// Parses an identifier on a host of Azure or on one of `hosts` (`NAME` or `NAME:PORT`, lower case).
    ///
    /// ```
    /// use cmkit_core::key::KeyUri;
    /// assert!(KeyUri::parse("https://localhost:8443/keys/k").is_err());
    /// assert!(KeyUri::parse_on("https://localhost:8443/keys/k", &["localhost:8443"]).is_ok());
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidKeyUri`], with the mend in the message.
    pub fn parse_on(text: &str, hosts: &[&str]) -> Result<Self, Error> {
        Ok(Self::diagnose(text, hosts)?)
    }

    /// Parses like [`KeyUri::parse_on`] and says in a structured way what is wrong.
    ///
    /// # Errors
    /// The fault, with its mend.
    pub fn diagnose(text: &str, hosts: &[&str]) -> Result<Self, KeyUriFault> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        let shown: String = text.chars().take(200).collect();
        let fault = |problem, message: String, mend: &str| KeyUriFault { problem, message, mend: mend.to_string() };

        if lower.starts_with("/subscriptions/") {
            let mend = key_of_resource_id(&lower).map_or_else(
                || format!("give its key identifier, {FORM}"),
                |uri| format!("its key identifier is `{uri}`"),
            );
            return Err(fault(KeyUriProblem::ResourceId, format!("`{shown}` is an ARM resource id"), &mend));
        }
        let Some(rest) = lower.strip_prefix("https://") else {
            let mend = format!("give {FORM}");
            return Err(fault(KeyUriProblem::Scheme, format!("`{shown}` does not begin with `https://`"), &mend));
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.starts_with("portal.azure.") || authority.starts_with("ms.portal.azure.") {
            let mend = "open the key in the portal and copy its `Key Identifier`, without the version";
            return Err(fault(KeyUriProblem::Portal, format!("`{shown}` is a page of the Azure portal"), mend));
        }
        if authority.contains('@') || rest.contains(['?', '#']) {
            let mend = format!("give only {FORM}");
            return Err(fault(KeyUriProblem::Extra, format!("`{shown}` carries a user, a query or a fragment"), &mend));
        }
        let host = authority.strip_suffix(":443").unwrap_or(authority);
        if let Some(mend) = host_fault(host, hosts) {
            return Err(fault(KeyUriProblem::Host, format!("`{host}` is not a key vault"), &mend));
        }

        let mut segments = path.trim_end_matches('/').split('/');
        match segments.next().unwrap_or_default() {
            "keys" => {}
            "" => {
                let mend = format!("add the key: `https://{host}/keys/NAME`");
                return Err(fault(KeyUriProblem::Segments, format!("`{shown}` names a vault, not a key"), &mend));
            }
            other => {
                let what = match other {
                    "secrets" => "a secret",
                    "certificates" => "a certificate",
                    _ => "something that is not a key",
                };
                let mend = format!("a key is `https://{host}/keys/NAME`");
                return Err(fault(KeyUriProblem::Collection, format!("`{shown}` names {what}"), &mend));
            }
        }
        let name = segments.next().unwrap_or_default();
        if name.is_empty() {
            let mend = format!("add the key's name: `https://{host}/keys/NAME`");
            return Err(fault(KeyUriProblem::Segments, format!("`{shown}` names no key"), &mend));
        }
        if name.len() > 127 || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            let mend = "a key name has 1 to 127 letters, digits and hyphens";
            return Err(fault(KeyUriProblem::Name, format!("`{name}` is not a key name"), mend));
        }
        let version = match segments.next() {
            None => None,
            Some(version) => Some(KeyVersion::parse(version).map_err(|error| {
                fault(KeyUriProblem::Version, error.message().to_string(), "leave the version out, or give all of it")
            })?),
        };
        if segments.next().is_some() {
            let mend = format!("give {FORM}");
            return Err(fault(
                KeyUriProblem::Segments,
                format!("`{shown}` has more parts than a key identifier"),
                &mend,
            ));
        }
        Ok(Self { host: host.to_string(), name: name.to_string(), version })
    }

    /// From parts that a strict reader has already checked.
    #[cfg(feature = "envelope")]
    pub(crate) fn from_checked_parts(host: &str, name: &str, version: KeyVersion) -> Self {
        Self { host: host.to_string(), name: name.to_string(), version: Some(version) }
    }

    /// The host, with its port unless that is 443: `orders.vault.azure.net`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The vault's own name, the first label of the host.
    #[must_use]
    pub fn vault_name(&self) -> &str {
        self.host.split(['.', ':']).next().unwrap_or_default()
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version, if the identifier has one.
    #[must_use]
    pub const fn version(&self) -> Option<KeyVersion> {
        self.version
    }

    /// The same key without a version: what a configuration names.
    #[must_use]
    pub fn versionless(&self) -> Self {
        Self { version: None, ..self.clone() }
    }

    /// The same key in one version.
    #[must_use]
    pub fn with_version(&self, version: KeyVersion) -> Self {
        Self { version: Some(version), ..self.clone() }
    }

    /// Whether both name the same key, whatever their versions.
    #[must_use]
    pub fn same_key(&self, other: &Self) -> bool {
        self.host == other.host && self.name == other.name
    }

    /// What holds the key.
    #[must_use]
    pub fn service(&self) -> Service {
        SUFFIXES.iter().find(|(suffix, _)| self.host.ends_with(suffix)).map_or(Service::Custom, |(_, service)| *service)
    }
}

const FORM: &str = "the key identifier `https://VAULT.vault.azure.net/keys/NAME`";

/// The identifier behind `.../providers/Microsoft.KeyVault/vaults/V/keys/K`, where the id is of that kind.
fn key_of_resource_id(lower: &str) -> Option<String> {
    let (_, rest) = lower.split_once("/microsoft.keyvault/vaults/")?;
    let mut parts = rest.split('/');
    let vault = parts.next().filter(|vault| !vault.is_empty())?;
    match (parts.next(), parts.next()) {
        (Some("keys"), Some(key)) if !key.is_empty() => Some(format!("https://{vault}.vault.azure.net/keys/{key}")),
        _ => None,
    }
}

/// Why a host is not to be called, if it is not.
fn host_fault(host: &str, named: &[&str]) -> Option<String> {
    if named.contains(&host) {
        return None;
    }
    if let Some((vault, _)) = host.split_once(".privatelink.") {
        return Some(format!("clients never address a private link host; write `{vault}.vault.azure.net`"));
    }
    let known = SUFFIXES.iter().find_map(|(suffix, _)| host.strip_suffix(suffix));
    let Some(vault) = known else {
        return Some(
            "a vault's host ends with `.vault.azure.net`, `.managedhsm.azure.net` or that of a sovereign cloud"
                .to_string(),
        );
    };
    let sound = (3..=24).contains(&vault.len())
        && vault.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !vault.starts_with('-')
        && !vault.ends_with('-');
    (!sound).then(|| "a vault's name has 3 to 24 letters, digits and hyphens".to_string())
}

impl fmt::Display for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}/keys/{}", self.host, self.name)?;
        self.version.map_or(Ok(()), |version| write!(f, "/{version}"))
    }
}

impl fmt::Debug for KeyUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyUri({self})")
    }
}

impl core::str::FromStr for KeyUri {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn normalises_what_is_the_same_key() {
        for text in [
            "https://kv-orders.vault.azure.net/keys/orders-kek",
            "HTTPS://KV-Orders.Vault.Azure.Net/Keys/Orders-KEK",
            "https://kv-orders.vault.azure.net:443/keys/orders-kek",
            " https://kv-orders.vault.azure.net/keys/orders-kek/ ",
        ] {
            let key = KeyUri::parse(text).expect(text);
            assert_eq!(key.to_string(), "https://kv-orders.vault.azure.net/keys/orders-kek");
            assert_eq!(key.vault_name(), "kv-orders");
        }
        let versioned = format!("https://kv-orders.vault.azure.net/keys/orders-kek/{}", VERSION.to_uppercase());
        let key = KeyUri::parse(&versioned).expect("a version");
        assert_eq!(key.version().map(|v| v.to_string()).as_deref(), Some(VERSION));
        assert_eq!(key.versionless().to_string(), "https://kv-orders.vault.azure.net/keys/orders-kek");
        assert!(key.same_key(&key.versionless()));
    }

    #[test]
    fn tells_the_service_by_its_suffix() {
        let service = |host: &str| KeyUri::parse(&format!("https://{host}/keys/k")).map(|key| key.service());
        assert_eq!(service("abc.vault.azure.cn").expect("china"), Service::KeyVault(Cloud::China));
        assert_eq!(service("abc.vault.usgovcloudapi.net").expect("gov"), Service::KeyVault(Cloud::UsGovernment));
        assert_eq!(service("abc.vault.microsoftazure.de").expect("de"), Service::KeyVault(Cloud::Germany));
        assert_eq!(service("abc.managedhsm.azure.net").expect("hsm"), Service::ManagedHsm(Cloud::Public));
        assert_eq!(service("abc.managedhsm.chinacloudapi.cn").expect("hsm"), Service::ManagedHsm(Cloud::China));
        let local = KeyUri::parse_on("https://localhost:8443/keys/k", &["localhost:8443"]).expect("named");
        assert_eq!(local.service(), Service::Custom);
    }

    #[test]
    fn refuses_with_the_mend() {
        let cases = [
            (
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv1/keys/k",
                KeyUriProblem::ResourceId,
                "https://kv1.vault.azure.net/keys/k",
            ),
            ("/subscriptions/s/resourceGroups/g", KeyUriProblem::ResourceId, "https://VAULT"),
            ("https://portal.azure.com/#@x/resource/y", KeyUriProblem::Portal, "Key Identifier"),
            ("http://kv1.vault.azure.net/keys/k", KeyUriProblem::Scheme, "https://VAULT"),
            ("orders-kek", KeyUriProblem::Scheme, "https://VAULT"),
            ("https://u@kv1.vault.azure.net/keys/k", KeyUriProblem::Extra, "only"),
            ("https://kv1.vault.azure.net/keys/k?api-version=7.4", KeyUriProblem::Extra, "only"),
            ("https://example.com/keys/k", KeyUriProblem::Host, "vault.azure.net"),
            ("https://vault.azure.net/keys/k", KeyUriProblem::Host, "vault.azure.net"),
            ("https://kv1.vault.azure.net.evil.com/keys/k", KeyUriProblem::Host, "vault.azure.net"),
            ("https://kv1.vault.azure.net:8443/keys/k", KeyUriProblem::Host, "vault.azure.net"),
            ("https://a.b.vault.azure.net/keys/k", KeyUriProblem::Host, "3 to 24"),
            ("https://ab.vault.azure.net/keys/k", KeyUriProblem::Host, "3 to 24"),
            ("https://kv1.privatelink.vaultcore.azure.net/keys/k", KeyUriProblem::Host, "kv1.vault.azure.net"),
            ("https://kv1.vault.azure.net/secrets/s", KeyUriProblem::Collection, "/keys/NAME"),
            ("https://kv1.vault.azure.net/certificates/c", KeyUriProblem::Collection, "/keys/NAME"),
            ("https://kv1.vault.azure.net", KeyUriProblem::Segments, "/keys/NAME"),
            ("https://kv1.vault.azure.net/keys", KeyUriProblem::Segments, "/keys/NAME"),
            ("https://kv1.vault.azure.net/keys/a_b", KeyUriProblem::Name, "127"),
            ("https://kv1.vault.azure.net/keys/k/1234", KeyUriProblem::Version, "leave the version out"),
        ];
        for (text, problem, mend) in cases {
            let fault = KeyUri::diagnose(text, &[]).expect_err(text);
            assert_eq!(fault.problem, problem, "{text}");
            assert!(fault.mend.contains(mend), "{text}: {}", fault.mend);
        }
        let long = format!("https://kv1.vault.azure.net/keys/k/{VERSION}/x");
        assert_eq!(KeyUri::diagnose(&long, &[]).expect_err("segments").problem, KeyUriProblem::Segments);
    }
}
