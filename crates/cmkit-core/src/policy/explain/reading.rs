//! Reading what somebody pasted: its plain form to find marks in, and the names and numbers in it.

use crate::key::KeyUri;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::Serialize;

/// Something that the text says.
///
/// ```
/// use cmkit_core::policy::explain;
/// let explanation = explain("Operation wrapKey is not allowed on a disabled key. Vault: kv-orders;location=westus3");
/// assert!(explanation.seen.iter().any(|seen| seen.name == "vault" && seen.value == "kv-orders"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// What: `operation`, `status`, `caller`, `action`, `vault`, `key`.
    pub name: &'static str,
    /// As it stands there.
    pub value: String,
}

/// A text, ready to be recognised.
pub(super) struct Reading {
    /// Lower case, single blanks, plain apostrophes; after it what the text says of an operation, as `audit:` words.
    plain: String,
    pub(super) seen: Vec<Seen>,
}

impl Reading {
    pub(super) fn of(text: &str) -> Self {
        // JSON in JSON has its quotes and line ends escaped, some of it more than once.
        let text = text.replace("\\r", " ").replace("\\n", " ").replace('\\', "");
        let mut plain = String::with_capacity(text.len());
        for word in text.split_whitespace() {
            plain.push_str(word);
            plain.push(' ');
        }
        let plain = plain.replace(['\u{2019}', '\u{2018}'], "'");
        let mut seen = Vec::new();
        let mut say = |name: &'static str, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                seen.push(Seen { name, value: value.to_string() });
            }
        };
        let operation = field(&plain, &["operationName", "OperationName"]);
        let status = field(&plain, &["httpStatusCode", "httpStatusCode_d", "statusCode"]);
        let action = field(&plain, &["Action"]).filter(|action| action.starts_with("Microsoft.KeyVault"));
        say("operation", operation);
        say("status", status);
        say("action", action);
        say("caller", field(&plain, &["oid", "objectidentifier", "identity_claim_oid_g"]));
        let uri = key_uri(&plain);
        let vault = field(&plain, &["Vault"]).and_then(|vault| vault.split(';').next());
        match &uri {
            Some(uri) => {
                say("vault", Some(uri.vault_name()));
                say("key", Some(uri.name()));
            }
            None => say("vault", vault),
        }
        let mut plain = plain.to_ascii_lowercase();
        // In the log of the vault a success has 200 to 204, and an event none at all.
        let status = status.map(|status| status.split('.').next().unwrap_or(status));
        if let Some(operation) = operation {
            plain.push_str(&format!("audit:{} ", operation.to_ascii_lowercase()));
            if let Some(status) = status {
                let status = if status.starts_with("20") { "200" } else { status };
                plain.push_str(&format!("audit:{}:{status} ", operation.to_ascii_lowercase()));
            }
        }
        if let Some(status) = status {
            plain.push_str(&format!("audit:*:{status} "));
        }
        Self { plain, seen }
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.seen.iter().find(|seen| seen.name == name).map(|seen| seen.value.as_str())
    }

    /// Whether a mark stands in the text, not as a part of a longer word.
    pub(super) fn has(&self, mark: &str) -> bool {
        let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        self.plain.match_indices(mark).any(|(at, _)| {
            let (before, after) = (&self.plain[..at], &self.plain[at + mark.len()..]);
            let joined = |edge: Option<char>, next: Option<char>| word(edge) && word(next);
            !joined(mark.chars().next(), before.chars().next_back())
                && !joined(mark.chars().next_back(), after.chars().next())
        })
    }

    /// The words of at least four letters.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 3)
    }
}

/// The value after a name, in JSON (`"oid": "x"`), in a message (`oid=x;`, `Action: 'x'`) or in a log of columns.
fn field<'t>(text: &'t str, names: &[&str]) -> Option<&'t str> {
    let value_after = |name: &&str| {
        text.match_indices(*name).find_map(|(at, _)| {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') && !text[..at].ends_with("claims/") {
                return None;
            }
            let rest = text[at + name.len()..].trim_start_matches(['"', '\'']).trim_start();
            let rest = rest.strip_prefix([':', '='])?.trim_start();
            Some(match rest.strip_prefix(['"', '\'']) {
                Some(quoted) => quoted.split(['"', '\'']).next().unwrap_or_default(),
                None => rest.split(|c: char| c.is_whitespace() || ",;}])'\"".contains(c)).next().unwrap_or_default(),
            })
        })
    };
    names.iter().find_map(value_after)
}

/// The first key identifier in a text.
fn key_uri(text: &str) -> Option<KeyUri> {
    text.match_indices("https://").find_map(|(at, _)| {
        let end = |c: char| c.is_whitespace() || "\"',;)}<>".contains(c);
        let url = text[at..].split(end).next()?.trim_end_matches('.');
        KeyUri::parse(url).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_every_spelling() {
        for text in [
            r#"{"identity":{"claim":{"oid":"abc"}}}"#,
            r#""{\"identity\": {\"claim\": {\"oid\": \"abc\"}}}""#,
            "The user 'appid=1;oid=abc;iss=https://sts' does not",
            "Caller: appid=1;oid=abc;iss=x",
            "oid = abc, next",
            r#""http://schemas.microsoft.com/identity/claims/objectidentifier":"abc""#,
        ] {
            assert_eq!(Reading::of(text).value("caller"), Some("abc"), "{text}");
        }
        assert_eq!(Reading::of("android=abc").value("caller"), None);
        assert_eq!(Reading::of("oid").value("caller"), None);
        let reading = Reading::of("id https://kv-orders.vault.azure.net/keys/kek/0123456789abcdef0123456789abcdef.");
        assert_eq!((reading.value("vault"), reading.value("key")), (Some("kv-orders"), Some("kek")));
        assert_eq!(Reading::of("Vault: kv-x;location=westus3").value("vault"), Some("kv-x"));
    }

    #[test]
    fn marks_are_whole_words_in_any_case_and_spacing() {
        let reading = Reading::of("Operation  UNWRAPKEY is not\n allowed on a DISABLED   key. (KeyDisabled)");
        assert!(reading.has("is not allowed on a disabled key") && reading.has("keydisabled"));
        assert!(!reading.has("disable") && !reading.has("eydisabled"));
        assert!(Reading::of("Couldn\u{2019}t get access").has("couldn't get access"));
    }

    #[test]
    fn an_operation_and_its_status_are_one_mark() {
        let reading = Reading::of(r#"{"operationName":"KeyUnwrap","properties":{"httpStatusCode":403}}"#);
        assert!(reading.has("audit:keyunwrap:403") && reading.has("audit:*:403") && reading.has("audit:keyunwrap"));
        assert!(!reading.has("audit:keyunwrap:40"));
        assert!(Reading::of("OperationName=KeyDelete httpStatusCode_d=204.0").has("audit:keydelete:200"));
    }
}
