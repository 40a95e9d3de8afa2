//! The certificate of a served vault: made on the spot by an authority that signs nothing else.
//!
//! A client trusts the authority's certificate, in a file, and no check needs to be switched off. The authority's
//! private key is gone as soon as it has signed: the file is no danger to whoever trusts it.

use aws_lc_rs::digest::{SHA256, digest};
use cmkit::{Code, Error};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::collections::BTreeSet;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Names and addresses that every served vault answers to.
const LOCAL: &[&str] = &["localhost", "*.localhost", "127.0.0.1", "::1"];
/// Days before today, for clocks that are behind, and after it, which is what clients still take.
const VALID_DAYS: (i64, i64) = (1, 397);

pub(super) struct Certificate {
    /// The authority's certificate in PEM.
    pub(super) authority: String,
    /// SHA-256 of the authority's certificate, in hexadecimal digits.
    pub(super) fingerprint: String,
    /// What the server shows, and proves.
    pub(super) config: Arc<ServerConfig>,
}

impl Certificate {
    /// A certificate for the local names and for these hosts, with or without a port.
    pub(super) fn make<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let names: BTreeSet<&str> = LOCAL.iter().copied().chain(hosts.into_iter().map(without_port)).collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let authority = authority().map_err(unmade)?;
        let key = KeyPair::generate().map_err(unmade)?;
        let leaf = CertificateParams::new(names)
            .map_err(|_| Error::new(Code::InvalidArgument, "a name of the certificate is not a host or an address"))?;
        let mut leaf = dated(leaf);
        leaf.distinguished_name.push(DnType::CommonName, "cmkit local vault");
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        leaf.use_authority_key_identifier_extension = true;
        let leaf = leaf.signed_by(&key, &authority).map_err(unmade)?;

        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(vec![leaf.der().clone(), authority.der().clone()], private)
            });
        let mut config = config.map_err(unmade)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let fingerprint = digest(&SHA256, authority.der()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { authority: authority.pem(), fingerprint, config: Arc::new(config) })
    }
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = dated(CertificateParams::new(Vec::new())?);
    params.distinguished_name.push(DnType::CommonName, "cmkit local vault authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn dated(mut params: CertificateParams) -> CertificateParams {
    let (before, after) = VALID_DAYS;
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::days(before);
    params.not_after = now + Duration::days(after);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
}

/// `host`, `host:port` and `[::1]:port` without the port and the brackets.
fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    }
}

fn unmade(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::Io, "no certificate could be made").with_source(Box::new(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_their_port() {
        for (host, name) in [
            ("orders.vault.azure.net", "orders.vault.azure.net"),
            ("localhost:8443", "localhost"),
            ("[::1]:8443", "::1"),
            ("[::1]", "::1"),
        ] {
            assert_eq!(without_port(host), name);
        }
    }

    #[test]
    fn every_start_makes_another_authority() {
        let make = || Certificate::make(["orders.vault.azure.net", "localhost:8443"]).expect("a certificate");
        let (one, other) = (make(), make());
        assert!(one.authority.starts_with("-----BEGIN CERTIFICATE-----"));
        assert_eq!(one.fingerprint.len(), 64);
        assert_ne!(one.fingerprint, other.fingerprint);
    }
}
