//! Which operation a method and a path name: the routes of Key Vault's keys.
//!
//! The version may be left out (`/keys/NAME//wrapkey`, `/keys/NAME/`): clients send all of these forms.

use super::escape::unescape;
use super::problem::Problem;
use crate::key_operation::KeyOperation;
use cmkit::key::KeyVersion;

/// One operation of the keys API.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Operation {
    List,
    Create(String),
    Import(String),
    Get(String, Option<KeyVersion>),
    Versions(String),
    Update(String, Option<KeyVersion>),
    Use(KeyOperation, String, Option<KeyVersion>),
    Delete(String),
    ListDeleted,
    GetDeleted(String),
    Recover(String),
    Purge(String),
    Rotate(String),
    GetPolicy(String),
    SetPolicy(String),
    Backup(String),
    Restore,
}

impl Operation {
    /// The operation of a request.
    ///
    /// # Errors
    /// 404 for what is none, 400 for a version that is none.
    pub(super) fn parse(method: &str, path: &str) -> Result<Self, Problem> {
        let segments = path.trim_matches('/').split('/').map(|segment| {
            // Identifiers are not case-sensitive, and some clients write `%2D` for a hyphen.
            unescape(segment).map(|segment| segment.to_ascii_lowercase()).ok_or_else(Problem::no_such_path)
        });
        let segments = segments.collect::<Result<Vec<String>, Problem>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let name = |name: &str| name.to_owned();
        Ok(match (method, segments.as_slice()) {
            ("GET", ["keys"]) => Self::List,
            ("POST", ["keys", key, "create"]) => Self::Create(name(key)),
            ("PUT", ["keys", key]) => Self::Import(name(key)),
            ("GET", ["keys", key]) => Self::Get(name(key), None),
            ("GET", ["keys", key, "versions"]) => Self::Versions(name(key)),
            ("GET", ["keys", key, "rotationpolicy"]) => Self::GetPolicy(name(key)),
            ("GET", ["keys", key, text]) => Self::Get(name(key), version(text)?),
            ("PATCH", ["keys", key]) => Self::Update(name(key), None),
            ("PATCH", ["keys", key, text]) => Self::Update(name(key), version(text)?),
            ("DELETE", ["keys", key]) => Self::Delete(name(key)),
            ("GET", ["deletedkeys"]) => Self::ListDeleted,
            ("GET", ["deletedkeys", key]) => Self::GetDeleted(name(key)),
            ("POST", ["deletedkeys", key, "recover"]) => Self::Recover(name(key)),
            ("DELETE", ["deletedkeys", key]) => Self::Purge(name(key)),
            ("POST", ["keys", key, "rotate"]) => Self::Rotate(name(key)),
            ("PUT", ["keys", key, "rotationpolicy"]) => Self::SetPolicy(name(key)),
            ("POST", ["keys", key, "backup"]) => Self::Backup(name(key)),
            ("POST", ["keys", "restore"]) => Self::Restore,
            ("POST", ["keys", key, verb]) => Self::Use(operation(verb)?, name(key), None),
            ("POST", ["keys", key, text, verb]) => Self::Use(operation(verb)?, name(key), version(text)?),
            _ => return Err(Problem::no_such_path()),
        })
    }
}

fn version(text: &str) -> Result<Option<KeyVersion>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(KeyVersion::parse(text)?))
}

fn operation(verb: &str) -> Result<KeyOperation, Problem> {
    KeyOperation::ALL
        .iter()
        .copied()
        .find(|operation| operation.as_str().eq_ignore_ascii_case(verb))
        .ok_or_else(Problem::no_such_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_may_be_left_out_in_every_way_that_clients_do() {
        let text = "0123456789abcdef0123456789abcdef";
        let parse = |method, path: &str| Operation::parse(method, path).expect(path);
        let version = KeyVersion::parse(text).expect("a version");
        for path in ["/keys/K", "/keys/k/", "/Keys/k//"] {
            assert_eq!(parse("GET", path), Operation::Get("k".into(), None), "{path}");
        }
        assert_eq!(parse("GET", &format!("/keys/k/{text}")), Operation::Get("k".into(), Some(version)));
        for path in ["/keys/k/wrapkey", "/keys/k//wrapKey", "/keys/%6b/wrapkey"] {
            assert_eq!(parse("POST", path), Operation::Use(KeyOperation::WrapKey, "k".into(), None), "{path}");
        }
        let path = format!("/keys/k/{text}/unwrapkey");
        assert_eq!(parse("POST", &path), Operation::Use(KeyOperation::UnwrapKey, "k".into(), Some(version)));
    }

    #[test]
    fn what_is_no_operation_is_not_found() {
        for (method, path) in
            [("GET", "/"), ("GET", "/secrets"), ("DELETE", "/keys"), ("POST", "/keys/k/fly"), ("GET", "/keys/k/short")]
        {
            assert!(Operation::parse(method, path).is_err(), "{method} {path}");
        }
    }
}
