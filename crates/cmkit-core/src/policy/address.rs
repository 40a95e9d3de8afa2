//! A key URL taken apart, as far as it is known.

use super::text::{Part, ResourceId, Text};
use crate::key::{KeyUri, KeyUriFault, KeyUriProblem, Service};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What a key URL says.
#[derive(Default)]
pub(super) struct Address {
    /// Why it is not a key identifier.
    pub(super) fault: Option<KeyUriFault>,
    /// The whole identifier, where all of it is known and right.
    pub(super) uri: Option<KeyUri>,
    /// It is a key identifier, whatever the names in it turn out to be.
    pub(super) sound: bool,
    pub(super) versioned: bool,
    /// What holds the key, where the host tells.
    pub(super) service: Option<Service>,
    /// Names that can be told even from a wrong URL.
    pub(super) vault: Option<Text>,
    pub(super) key: Option<Text>,
}

impl Address {
    pub(super) fn of(url: &Text) -> Self {
        let pieces = url.split('/');
        let names = names_in(url, &pieces);
        let (vault, key) = (names.first().cloned(), names.get(1).cloned());
        if let Some(literal) = url.as_literal() {
            return match KeyUri::diagnose(literal, &[]) {
                Ok(uri) => {
                    let (versioned, service) = (uri.version().is_some(), Some(uri.service()));
                    Self { versioned, service, uri: Some(uri), sound: true, vault, key, fault: None }
                }
                Err(fault) => Self { fault: Some(fault), vault, key, ..Self::default() },
            };
        }
        // A version in an identifier with open parts: something after the key's name.
        let collection = pieces.get(3).and_then(Text::as_literal);
        let versioned = collection == Some("keys") && pieces.get(5).is_some_and(|text| !text.parts().is_empty());
        let form = form(&pieces, collection.is_some());
        let sound = form.is_ok();
        let service = pieces.get(2).filter(|_| sound).and_then(service);
        Self { versioned, service, sound, vault, key, uri: None, fault: form.err().flatten() }
    }

    /// Whether the key is in a managed HSM: there is no vault then, and no grant on one.
    pub(super) const fn in_hsm(&self) -> bool {
        matches!(self.service, Some(Service::ManagedHsm(_)))
    }
}

/// Whether a URL with open parts is a key identifier when any names are put in for them. A fault in its known pieces
/// stays one; any other says nothing.
fn form(pieces: &[Text], collection_known: bool) -> Result<(), Option<KeyUriFault>> {
    let filled = |text: &Text| -> String {
        text.parts().iter().map(|part| if let Part::Literal(text) = part { &**text } else { "open" }).collect()
    };
    // The key's own name is CMK2010's, and what follows it is CMK3001's.
    let mut url: Vec<_> = pieces.iter().take(5).map(filled).collect();
    if let Some(key) = url.get_mut(4).filter(|key| !key.is_empty()) {
        *key = "open".into();
    }
    match KeyUri::diagnose(&url.join("/"), &[]) {
        Ok(_) => Ok(()),
        Err(fault) if fault.problem == KeyUriProblem::Collection && collection_known => Err(Some(fault)),
        Err(_) => Err(None),
    }
}

/// What holds a key, told by a host whose first label may be open.
fn service(host: &Text) -> Option<Service> {
    let labels = host.split('.');
    let suffix: Vec<_> = labels.iter().skip(1).filter_map(Text::as_literal).collect();
    let uri = format!("https://open.{}/keys/open", suffix.join("."));
    (suffix.len() + 1 == labels.len()).then(|| KeyUri::parse(&uri).ok().map(|uri| uri.service()))?
}

/// The names of vault and key in a key identifier, a secret's identifier or an ARM id.
fn names_in(url: &Text, pieces: &[Text]) -> Vec<Text> {
    if let Some(id) = ResourceId::parse(url).filter(|id| id.kind().starts_with("microsoft.keyvault/vaults")) {
        return id.name().split('/');
    }
    let Some(scheme) = pieces.first().and_then(Text::as_literal) else { return Vec::new() };
    let Some(host) = pieces.get(2).filter(|_| scheme.ends_with(':')) else { return Vec::new() };
    let labels = host.split('.');
    let service = labels.get(1).and_then(Text::as_literal).unwrap_or_default().to_ascii_lowercase();
    let holds_keys = matches!(service.as_str(), "vault" | "managedhsm" | "privatelink");
    let vault = labels.first().filter(|vault| holds_keys && !vault.parts().is_empty());
    let key = pieces.get(4).and_then(|key| key.split('?').into_iter().next()).filter(|key| !key.parts().is_empty());
    vault.cloned().into_iter().chain(key).collect()
}
