//! Bearer tokens: how a request says which identity it comes from.
//!
//! Two kinds. A plain token is the identity's name, for credentials that a test makes up. A token of the identity
//! endpoint is a JSON Web Token with audience and expiry, signed with a key of this process, and held to both.

use super::escape::unescape;
use crate::private_key::random;
use aws_lc_rs::hmac;
use base64ct::{Base64UrlUnpadded, Encoding};
use cmkit::Error;
use serde::{Deserialize, Serialize};

/// Seconds that a token of the identity endpoint is good for.
const LIFETIME: u64 = 3600;
/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Issues and reads tokens for one audience.
pub(super) struct Tokens {
    key: hmac::Key,
    /// What a client asks a token for: `https://vault.azure.net`.
    pub(super) resource: String,
}

/// What a token of the identity endpoint says; times in seconds since 1970-01-01 UTC.
#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: String,
    iat: u64,
    nbf: u64,
    exp: u64,
}

impl Tokens {
    pub(super) fn new(resource: &str) -> Result<Self, Error> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()?);
        Ok(Self { key, resource: resource.trim_end_matches('/').to_owned() })
    }

    /// A token for an identity, and when it expires.
    pub(super) fn issue(&self, identity: &str, resource: &str, now: u64) -> (String, u64) {
        let exp = now.saturating_add(LIFETIME);
        let aud = resource.trim_end_matches('/').to_owned();
        let claims = Claims { aud, sub: identity.to_owned(), iat: now, nbf: now, exp };
        let claims = serde_json::to_vec(&claims).unwrap_or_default(); // numbers and strings always have a JSON form
        let signed = format!("{HEADER}.{}", Base64UrlUnpadded::encode_string(&claims));
        let tag = Base64UrlUnpadded::encode_string(hmac::sign(&self.key, signed.as_bytes()).as_ref());
        (format!("{signed}.{tag}"), exp)
    }

    /// The identity of a request, by the value of its `Authorization`.
    ///
    /// # Errors
    /// What is wrong with the token.
    pub(super) fn identity(&self, authorization: &str, now: u64) -> Result<String, &'static str> {
        let token = match authorization.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err("the authorization is not a bearer token"),
        };
        if !token.starts_with("eyJ") {
            return unescape(token).filter(|name| !name.is_empty()).ok_or("the token is not an identity's name");
        }
        let (signed, tag) = token.rsplit_once('.').ok_or("the token is not complete")?;
        let tag = Base64UrlUnpadded::decode_vec(tag).map_err(|_| "the token is not complete")?;
        hmac::verify(&self.key, signed.as_bytes(), &tag).map_err(|_| "the token is not one of this server's")?;
        let claims = signed.split_once('.').and_then(|(_, claims)| Base64UrlUnpadded::decode_vec(claims).ok());
        let claims: Option<Claims> = claims.and_then(|claims| serde_json::from_slice(&claims).ok());
        let Claims { aud, sub, nbf, exp, .. } = claims.ok_or("the token is not complete")?;
        if aud != self.resource {
            return Err("the token is for another audience");
        }
        if now < nbf || now >= exp {
            return Err("the token has expired");
        }
        Ok(sub)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn a_plain_token_is_a_name() {
        let tokens = Tokens::new("https://vault.azure.net").expect("tokens");
        assert_eq!(tokens.identity("Bearer orders-cmk", NOW).as_deref(), Ok("orders-cmk"));
        assert_eq!(tokens.identity("bearer caf%C3%A9%20app", NOW).as_deref(), Ok("café app"));
        for wrong in ["orders-cmk", "Basic b3JkZXJz", "Bearer ", "Bearer %", "Bearer %zz", "Bearer %+1", "Bearer %ff"] {
            assert!(tokens.identity(wrong, NOW).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_issued_token_is_for_its_audience_and_its_hour() {
        let tokens = Tokens::new("https://vault.azure.net").expect("tokens");
        let (token, expires) = tokens.issue("orders-cmk", "https://vault.azure.net/", NOW);
        let read = |token: &str, now| tokens.identity(&format!("Bearer {token}"), now);
        assert_eq!(read(&token, NOW).as_deref(), Ok("orders-cmk"));
        assert_eq!(read(&token, expires), Err("the token has expired"));
        assert_eq!(read(&token, NOW - 1), Err("the token has expired"));
        let (other, _) = tokens.issue("orders-cmk", "https://management.azure.com", NOW);
        assert_eq!(read(&other, NOW), Err("the token is for another audience"));
        let (foreign, _) =
            Tokens::new("https://vault.azure.net").expect("tokens").issue("a", "https://vault.azure.net", NOW);
        assert_eq!(read(&foreign, NOW), Err("the token is not one of this server's"));
        let (signed, _) = token.rsplit_once('.').expect("a tag");
        for broken in [signed, "eyJ", "eyJ.x.y", &format!("{signed}.")] {
            assert!(read(broken, NOW).is_err(), "{broken}");
        }
    }
}
