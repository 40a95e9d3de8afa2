//! Facts: what a file says, and where; or that it says nothing; or why what it says isn't known.

use super::text::Text;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Deref;
use serde::Serialize;

/// A stretch of bytes in a file.
///
/// ```
/// use cmkit_core::document::json;
/// let value = json::parse(r#"{ "a": true }"#)?;
/// let span = value.get("a").expect("a member").span;
/// assert_eq!((span.start, span.end), (7, 11));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Line and column of a byte, both from 1; columns count characters.
#[must_use]
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[line_start..].chars().filter(|c| *c != '\u{feff}').count();
    (before.matches('\n').count() + 1, column + 1)
}

/// Whose words a file speaks: the same property is `enablePurgeProtection` in one and `purge_protection_enabled` in
/// another.
///
/// ```
/// use cmkit_core::{document, policy::Dialect};
/// let deployment = document::read(&[("form.json", r#"{ "cmkit": "form/1" }"#)])?;
/// assert_eq!(deployment.files[0].dialect, Dialect::Form);
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// ARM templates, and bodies of the management API.
    #[default]
    Arm,
    /// `terraform show -json` of a plan or a state.
    Terraform,
    /// Output of the Azure CLI, and of the data plane of Key Vault.
    AzureCli,
    /// The flat model of a form.
    Form,
}

/// A file that was read.
///
/// ```
/// use cmkit_core::policy::{File, line_column};
/// let file = File { name: "main.json".into(), text: "{\n  }".into(), ..File::default() };
/// assert_eq!(line_column(&file.text, 4), (2, 3));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Its name, as the caller gave it.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its words.
    pub dialect: Dialect,
}

/// A JSON Pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)), shared by all that stands there.
///
/// ```
/// use cmkit_core::policy::Pointer;
/// let pointer = Pointer::from("/resources/0/properties");
/// assert_eq!(pointer.rsplit('/').next(), Some("properties"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(Arc<str>);

impl Pointer {
    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Pointer {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for Pointer {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where something stands.
///
/// ```
/// use cmkit_core::document;
/// let template = r#"{ "resources": [{ "type": "Microsoft.DocumentDB/mongoClusters", "name": "orders",
///     "properties": { "compute": { "tier": "M40" }, "encryption": { "customerManagedKeyEncryption": {
///         "keyEncryptionKeyUrl": "https://kv-orders.vault.azure.net/keys/kek" } } } }] }"#;
/// let deployment = document::read(&[("main.json", template)])?;
/// let place = deployment.clusters[0].tier.place();
/// assert_eq!(place.pointer.as_str(), "/resources/0/properties/compute/tier");
/// assert_eq!(&template[place.span.start..place.span.end], "\"M40\"");
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The index of the file in [`Deployment::files`](super::Deployment::files).
    pub file: usize,
    /// Where in the file.
    pub pointer: Pointer,
    /// The bytes.
    pub span: Span,
}

/// Where a value comes from.
///
/// ```
/// use cmkit_core::{document, policy::{Fact, Origin}};
/// let answer = r#"{ "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv", "type": "Microsoft.KeyVault/vaults",
///     "name": "kv", "properties": { "enablePurgeProtection": true } }"#;
/// let deployment = document::read(&[("vault.json", answer)])?;
/// assert!(matches!(deployment.vaults[0].purge_protection, Fact::Known { origin: Origin::Live, .. }));
/// # Ok::<(), cmkit_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It is written in the file.
    Template,
    /// It is the default value of a parameter: a deployment may set another one.
    Parameter,
    /// The service's own default for a property that the file leaves out; `default` in reports.
    #[serde(rename = "default")]
    Service,
    /// The service answered it: it is so now.
    Live,
}

/// A fact of the deployment.
///
/// ```
/// use cmkit_core::policy::{Fact, Origin, Place};
/// let absent: Fact<bool> = Fact::Absent(Place { file: 0, pointer: "/resources/0".into(), span: Default::default() });
/// let Fact::Known { value, origin, .. } = absent.or_default(true) else { panic!("a default makes it known") };
/// assert_eq!((value, origin), (true, Origin::Service));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Fact<T> {
    /// The value is known.
    Known {
        /// The value.
        value: T,
        /// Where it stands; for a default, the object that leaves it out.
        place: Place,
        /// Where it comes from.
        origin: Origin,
    },
    /// The file leaves it out; the place is that of the object which would have it.
    Absent(Place),
    /// Something stands there that can't be known from the files.
    Unknown {
        /// Where it stands.
        place: Place,
        /// Why it can't be known, in words.
        reason: String,
    },
}

impl<T> Fact<T> {
    /// The value, if it is known.
    #[must_use]
    pub const fn known(&self) -> Option<&T> {
        if let Self::Known { value, .. } = self { Some(value) } else { None }
    }

    /// Where it stands, or would.
    #[must_use]
    pub const fn place(&self) -> &Place {
        match self {
            Self::Known { place, .. } | Self::Absent(place) | Self::Unknown { place, .. } => place,
        }
    }

    /// Whether the file leaves it out.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent(_))
    }

    /// Whether the service answered it.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Known { origin: Origin::Live, .. })
    }

    /// The same fact with another value.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known { value, place, origin } => Fact::Known { value: change(value), place, origin },
            Self::Absent(place) => Fact::Absent(place),
            Self::Unknown { place, reason } => Fact::Unknown { place, reason },
        }
    }

    /// Puts the service's default where the file says nothing.
    #[must_use]
    pub fn or_default(&self, default: T) -> Self
    where
        T: Clone,
    {
        match self {
            Self::Absent(place) => Self::Known { value: default, place: place.clone(), origin: Origin::Service },
            fact => fact.clone(),
        }
    }
}

impl Fact<Text> {
    /// The text, if all of it is known.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.known().and_then(Text::as_literal)
    }
}
