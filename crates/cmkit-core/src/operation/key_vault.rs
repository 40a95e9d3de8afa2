//! What Key Vault answers when it does not do what it was asked, as a [`Refusal`]: one table for the providers of every
//! language, which read the answer with the official SDK of theirs.

use crate::error::{Code, Error, Refusal, RefusalKind};
use crate::key::KeyUri;
use alloc::format;
use alloc::string::{String, ToString};

/// An error answer of Key Vault or a managed HSM.
///
/// ```
/// use cmkit_core::key::KeyUri;
/// use cmkit_core::operation::key_vault::Answer;
///
/// let key = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek")?;
/// let answer = Answer {
///     status: 403,
///     code: Some("Forbidden"),
///     inner_code: Some("ForbiddenByRbac"),
///     message: "Caller is not authorized to perform action on resource.\r\nAssignment: (not found)",
///     retry_after: None,
/// };
/// let refusal = answer.refusal(&key, false).expect("a refusal");
/// assert_eq!(refusal.reason, "ForbiddenByRbac");
/// assert!(refusal.mend.is_some_and(|mend| mend.contains("Key Vault Crypto Service Encryption User")));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// `error.code` of the body.
    pub code: Option<&'a str>,
    /// The innermost `code` below `error.innererror`.
    pub inner_code: Option<&'a str>,
    /// `error.message` of the body.
    pub message: &'a str,
    /// Seconds of the header `Retry-After`.
    pub retry_after: Option<u32>,
}

/// The reasons that Key Vault gives, each with what the caller can do about it.
///
/// Sources: [status and error codes](https://learn.microsoft.com/azure/key-vault/general/rest-error-codes),
/// [throttling](https://learn.microsoft.com/azure/key-vault/general/overview-throttling),
/// [key attributes](https://learn.microsoft.com/azure/key-vault/keys/about-keys-details).
pub const REASONS: &[(&str, &str)] = &[
    (
        "ForbiddenByRbac",
        "assign the role `Key Vault Crypto Service Encryption User` on the key or its vault to the caller's object id; a new \
         assignment takes up to 10 minutes",
    ),
    ("ForbiddenByPolicy", POLICY),
    ("AccessDenied", POLICY),
    (
        "ForbiddenByFirewall",
        "let the caller's address through the vault's firewall, or call over the vault's private endpoint",
    ),
    (
        "ForbiddenByConnection",
        "call over an approved private endpoint of the vault, or enable public network access on it",
    ),
    ("KeyDisabled", "enable that version of the key, or seal under a newer version"),
    ("KeyOperationForbidden", "have `wrapKey` and `unwrapKey` among the key's operations"),
    (
        "KeyNotFound",
        "see whether the key is soft-deleted, and recover it; or the URL names another vault, key or version",
    ),
    ("ObjectIsDeletedButRecoverable", "recover the deleted key"),
    ("ObjectIsBeingDeleted", "wait for the deletion to end, then recover the key"),
    (
        "Forbidden",
        "look at the key's dates and state: before `nbf` and from `exp` on a key wraps nothing, and a disabled one does nothing",
    ),
    ("Unauthorized", "call with a token of the vault's tenant for the vault's audience, which has not expired"),
    (
        "Throttled",
        "try again after the delay; a cache of data keys and keys that take less of the quota keep the calls few",
    ),
    ("Unreachable", "see that the vault exists, that its name resolves here, and that nothing shuts out port 443"),
    ("ServiceUnavailable", "try again later"),
];

const POLICY: &str =
    "add an access policy with the key permissions get, wrapKey and unwrapKey for the caller's object id";

/// Bytes of a message that are kept; Key Vault's own have a few hundred.
const MAX_MESSAGE: usize = 1024;

impl Answer<'_> {
    /// What the answer means for the operation under way, or nothing where it is not a refusal of this request but a fault of
    /// the client or of something between. `unwrapping` says whether the request was to unwrap: then a 400 says that the
    /// wrapped key is not one of this key's.
    #[must_use]
    pub fn refusal(&self, key: &KeyUri, unwrapping: bool) -> Option<Refusal> {
        let (kind, usual) = match self.status {
            400 if unwrapping => (RefusalKind::WrongCiphertext, "BadParameter"),
            401 => (RefusalKind::Denied, "Unauthorized"),
            403 => (RefusalKind::Denied, "Forbidden"),
            404 => (RefusalKind::Denied, "KeyNotFound"),
            409 => (RefusalKind::Denied, "Conflict"),
            429 => (RefusalKind::Unavailable, "Throttled"),
            408 | 500 | 502 | 503 | 504 => (RefusalKind::Unavailable, "ServiceUnavailable"),
            _ => return None,
        };
        // A vault that is busy or broken may say so in many words; what it means is the same.
        let given = self.inner_code.filter(|code| is_name(code)).or(self.code.filter(|code| is_name(code)));
        let reason = if kind == RefusalKind::Unavailable { usual } else { given.unwrap_or(usual) };
        let said = match one_line(self.message) {
            said if said.is_empty() => format!("status {}", self.status),
            said => said,
        };
        let mut refusal = Refusal::new(kind, reason.to_string(), format!("`{key}`: {said}"));
        refusal.retry_after = self.retry_after;
        refusal.mend = mend(reason).or_else(|| mend(usual)).map(Into::into);
        Some(refusal)
    }
}

/// The refusal of a vault that there was no answer of: its name does not resolve, nobody listens, the connection broke, or the
/// time was over. `cause` is what the client says.
#[must_use]
pub fn unreachable(key: &KeyUri, cause: &str) -> Refusal {
    let message = format!("no answer from `{}`: {}", key.host(), one_line(cause));
    let mut refusal = Refusal::new(RefusalKind::Unavailable, "Unreachable", message);
    refusal.mend = mend("Unreachable").map(Into::into);
    refusal
}

/// Whether an answer is about the very key version that was asked: `kid` is the identifier that it carries, on the host that was
/// called.
///
/// # Errors
/// [`Code::InvalidReply`] where it names another key, another version or another host.
pub fn check_answered(asked: &KeyUri, kid: &str) -> Result<(), Error> {
    match KeyUri::parse_on(kid, &[asked.host()]) {
        Ok(answered) if answered == *asked => Ok(()),
        _ => Err(Error::new(
            Code::InvalidReply,
            format!("`{}` was asked, and the answer is about `{}`", asked, one_line(kid)),
        )),
    }
}

/// The refusal of a key that cannot wrap a data key at all; `kind` is its type as the vault says it, for example `EC`.
#[must_use]
pub fn wraps_nothing(key: &KeyUri, kind: &str) -> Refusal {
    let message = format!("`{key}` is of the type {}, which wraps nothing", one_line(kind));
    let mut refusal = Refusal::new(RefusalKind::Denied, "BadParameter", message);
    refusal.mend = Some("use a key of the type RSA or RSA-HSM, or a symmetric one of a managed HSM".into());
    refusal
}

fn mend(reason: &str) -> Option<&'static str> {
    REASONS.iter().find(|(known, _)| *known == reason).map(|(_, mend)| *mend)
}

/// Whether a text is a code and not something that only stands in its place.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A foreign message on one line, its length capped.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if line.len() + word.len() >= MAX_MESSAGE {
            line.push_str(" ...");
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.ends_with(" ...") {
        line.truncate(line.trim_end_matches(['.', ' ']).len());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn key() -> KeyUri {
        KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek").expect("a key")
    }

    fn refused(status: u16, code: &str, inner: Option<&str>, unwrapping: bool) -> Option<Refusal> {
        let answer = Answer { status, code: Some(code), inner_code: inner, message: "No.", retry_after: Some(7) };
        answer.refusal(&key(), unwrapping)
    }

    #[test]
    fn the_most_specific_reason_is_told() {
        use RefusalKind::{Denied, Unavailable, WrongCiphertext};
        for (status, code, inner, kind, reason) in [
            (403, "Forbidden", Some("ForbiddenByRbac"), Denied, "ForbiddenByRbac"),
            (403, "Forbidden", Some("AccessDenied"), Denied, "AccessDenied"),
            (403, "Forbidden", Some("KeyNotYetValidOrExpired"), Denied, "KeyNotYetValidOrExpired"),
            (403, "Forbidden", Some("<script>"), Denied, "Forbidden"),
            (403, "", None, Denied, "Forbidden"),
            (404, "KeyNotFound", None, Denied, "KeyNotFound"),
            (409, "Conflict", Some("ObjectIsDeletedButRecoverable"), Denied, "ObjectIsDeletedButRecoverable"),
            (401, "Unauthorized", None, Denied, "Unauthorized"),
            (429, "Throttled", None, Unavailable, "Throttled"),
            (503, "InternalServerError", Some("Whatever"), Unavailable, "ServiceUnavailable"),
            (400, "BadParameter", None, WrongCiphertext, "BadParameter"),
        ] {
            let refusal = refused(status, code, inner, true).expect("a refusal");
            assert_eq!((refusal.kind, refusal.reason.as_ref()), (kind, reason), "{status} {code}");
            assert_eq!(refusal.mend.is_none(), kind == WrongCiphertext, "{status} {code}");
            assert_eq!(refusal.retry_after, Some(7));
            assert_eq!(refusal.message, "`https://orders.vault.azure.net/keys/orders-kek`: No");
        }
    }

    #[test]
    fn what_is_no_refusal_is_left_to_the_client() {
        for (status, unwrapping) in [(200, true), (302, true), (400, false), (405, true), (418, false)] {
            assert_eq!(refused(status, "Odd", None, unwrapping), None, "{status}");
        }
    }

    #[test]
    fn foreign_messages_stay_on_one_line_and_end() {
        assert_eq!(one_line("Caller: a\r\nAction: b\u{7}.  "), "Caller: a Action: b");
        assert!(one_line(&"word ".repeat(10_000)).len() <= MAX_MESSAGE + 4);
        assert!(one_line(&"w".repeat(2 * MAX_MESSAGE)).len() < MAX_MESSAGE);
        assert!(unreachable(&key(), "").message.starts_with("no answer from `orders.vault.azure.net`"));
    }

    #[test]
    fn an_answer_is_about_the_version_that_was_asked() {
        const VERSION: &str = "0123456789abcdef0123456789abcdef";
        let parse = |text: &str| KeyUri::parse_on(text, &["localhost:8443"]).expect("a key");
        for (asked, kid, same) in [
            (key(), "https://ORDERS.vault.azure.net:443/keys/Orders-KEK", true),
            (key(), "https://orders.vault.azure.net/keys/orders-kek/0123456789abcdef0123456789abcdef", false),
            (key(), "https://other.vault.azure.net/keys/orders-kek", false),
            (key(), "https://orders.vault.azure.net/keys/other", false),
            (key(), "", false),
            (
                parse(&format!("https://localhost:8443/keys/k/{VERSION}")),
                "https://localhost:8443/keys/k/0123456789abcdef0123456789abcdef",
                true,
            ),
            (
                parse(&format!("https://localhost:8443/keys/k/{VERSION}")),
                "https://localhost:8443/keys/k/0123456789abcdef0123456789abcde0",
                false,
            ),
            (
                parse(&format!("https://localhost:8443/keys/k/{VERSION}")),
                "https://localhost/keys/k/0123456789abcdef0123456789abcdef",
                false,
            ),
        ] {
            let checked = check_answered(&asked, kid);
            assert_eq!(checked.is_ok(), same, "{asked} {kid}");
            assert!(checked.is_ok() || checked.is_err_and(|error| error.code() == Code::InvalidReply), "{kid}");
        }
    }

    #[test]
    fn mends_are_written_like_messages() {
        for (reason, mend) in REASONS {
            assert!(is_name(reason) && mend.starts_with(char::is_lowercase) && !mend.ends_with('.'), "{reason}");
            let same: Vec<_> = REASONS.iter().filter(|(other, _)| other == reason).collect();
            assert_eq!(same.len(), 1, "{reason}");
        }
    }
}
