//! Private keys as other tools write them: PEM (PKCS#8 and PKCS#1) and JSON Web Keys.
//!
//! Encrypted PEM is not read: decrypt it first, with the tool that encrypted it.

use crate::elliptic::{Curve, EcPrivateKey, EcPublicKey};
use crate::private_key::{PrivateKey, rejected};
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use base64ct::{Base64UrlUnpadded, Encoding};
use cmkit::{Code, Error};
use serde::Deserialize;
use zeroize::Zeroizing;

impl PrivateKey {
    /// Reads PEM or a JSON Web Key, whichever the text is.
    ///
    /// # Errors
    /// As [`PrivateKey::from_pem`] and [`PrivateKey::from_jwk`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.trim_start().starts_with('{') { Self::from_jwk(text) } else { Self::from_pem(text) }
    }

    /// Reads an RSA key from PEM: `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1).
    ///
    /// # Errors
    /// [`Code::Input`] for other text, [`Code::Unsupported`] for other keys than RSA of 2048, 3072 or 4096 bits.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let (label, der) = pem_rfc7468::decode_vec(text.trim().as_bytes())
            .map_err(|error| Error::new(Code::Input, format!("this is not a private key in PEM: {error}")))?;
        let der = Zeroizing::new(der);
        match label {
            "PRIVATE KEY" => Self::from_pkcs8(&der),
            "RSA PRIVATE KEY" => {
                let pair = KeyPair::from_der(&der).map_err(|error| rejected(error, "PKCS#1"))?;
                Self::from_pair(pair)
            }
            "ENCRYPTED PRIVATE KEY" => {
                Err(Error::new(Code::Unsupported, "the key is encrypted: `openssl pkcs8 -in FILE` decrypts it"))
            }
            other => {
                let message = format!("a PEM block `{other}` is not a private key: `PRIVATE KEY` or `RSA PRIVATE KEY`");
                Err(Error::new(Code::Input, message))
            }
        }
    }

    /// Reads a JSON Web Key with its private part: `RSA` with `n e d p q dp dq qi`, or `oct` with `k`.
    ///
    /// # Errors
    /// [`Code::Input`] for other text and for a key whose parts disagree, [`Code::Unsupported`] for other kinds and
    /// sizes.
    pub fn from_jwk(text: &str) -> Result<Self, Error> {
        // serde_json's own message could quote a part of the key.
        let jwk: Jwk = serde_json::from_str(text).map_err(|error| {
            let message = format!("this is not a JSON Web Key (line {}, column {})", error.line(), error.column());
            Error::new(Code::Input, message)
        })?;
        if jwk.kty.starts_with("EC") {
            let message = "a key on a curve cannot wrap: `RSA` and `oct` can";
            return Err(Error::new(Code::Unsupported, message));
        }
        jwk.read()
    }
}

/// A private JSON Web Key.
#[derive(Deserialize)]
pub(crate) struct Jwk {
    kty: String,
    n: Option<String>,
    e: Option<String>,
    d: Option<Zeroizing<String>>,
    p: Option<Zeroizing<String>>,
    q: Option<Zeroizing<String>>,
    dp: Option<Zeroizing<String>>,
    dq: Option<Zeroizing<String>>,
    qi: Option<Zeroizing<String>>,
    k: Option<Zeroizing<String>>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Jwk {
    pub(crate) fn read(&self) -> Result<PrivateKey, Error> {
        match self.kty.as_str() {
            "RSA" | "RSA-HSM" => self.rsa(),
            "oct" | "oct-HSM" => PrivateKey::from_symmetric(&part("k", self.k.as_ref())?),
            "EC" | "EC-HSM" => self.ec(),
            other => {
                let other: String = other.chars().take(50).collect();
                let message = format!("a key of the type `{other}` is not one of `RSA`, `EC` and `oct`");
                Err(Error::new(Code::Unsupported, message))
            }
        }
    }

    /// Whether the key is to lie in an HSM, by its type.
    pub(crate) fn hsm(&self) -> bool {
        self.kty.ends_with("-HSM")
    }

    fn ec(&self) -> Result<PrivateKey, Error> {
        let curve =
            self.crv.as_deref().and_then(Curve::named).ok_or_else(|| {
                Error::new(Code::Unsupported, "a key on a curve is one on `P-256`, `P-384` or `P-521`")
            })?;
        let (x, y) = (decode("x", self.x.as_deref())?, decode("y", self.y.as_deref())?);
        let public = EcPublicKey::from_coordinates(curve, &x, &y)?;
        Ok(PrivateKey::from_ec(EcPrivateKey::from_parts(public, &part("d", self.d.as_ref())?)?))
    }

    fn rsa(&self) -> Result<PrivateKey, Error> {
        let public = |name, text: Option<&String>| {
            let bytes = decode(name, text.map(String::as_str))?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            Ok::<_, Error>(bytes[zeros..].to_vec())
        };
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n: public("n", self.n.as_ref())?, e: public("e", self.e.as_ref())? },
            d: Part(part("d", self.d.as_ref())?),
            p: Part(part("p", self.p.as_ref())?),
            q: Part(part("q", self.q.as_ref())?),
            dP: Part(part("dp", self.dp.as_ref())?),
            dQ: Part(part("dq", self.dq.as_ref())?),
            qInv: Part(part("qi", self.qi.as_ref())?),
        };
        let pair = KeyPair::from_components(&components).map_err(|error| rejected(error, "a JSON Web Key"))?;
        PrivateKey::from_pair(pair)
    }
}

/// One number of a private key, wiped after use.
struct Part(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn part(name: &str, text: Option<&Zeroizing<String>>) -> Result<Zeroizing<Vec<u8>>, Error> {
    decode(name, text.map(|text| text.as_str()))
}

fn decode(name: &str, text: Option<&str>) -> Result<Zeroizing<Vec<u8>>, Error> {
    let text = text.ok_or_else(|| Error::new(Code::Input, format!("the key has no member `{name}`")))?;
    let bytes = Base64UrlUnpadded::decode_vec(text.trim_end_matches('='))
        .map_err(|_| Error::new(Code::Input, format!("the key's member `{name}` is not base64url")))?;
    Ok(Zeroizing::new(bytes))
}
