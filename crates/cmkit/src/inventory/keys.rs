//! Keys that heads name, each stored once.

use cmkit_core::envelope::{HeadKey, KeyHolder};
use cmkit_core::key::{KeyUri, KeyVersion, Thumbprint};
use cmkit_core::operation::WrapAlgorithm;
use std::collections::HashMap;

/// A key that opens, as its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Opener(u32);

impl Opener {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A key as heads name it.
#[derive(Clone, Debug)]
pub(super) struct NamedKey {
    pub(super) name: KeyName,
    pub(super) algorithm: WrapAlgorithm,
    /// Bytes of the wrapped key, which are those of an RSA key's modulus.
    pub(super) wrapped_size: usize,
    pub(super) thumbprint: Option<Thumbprint>,
    /// The newest time of wrapping that a writer stated.
    pub(super) wrapped_last: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum KeyName {
    Program { name: String, version: KeyVersion },
    Vault(KeyUri),
    Record([u8; 16]),
    Unnamed(Thumbprint),
}

/// The keys seen so far.
#[derive(Debug, Default)]
pub(super) struct KeyTable {
    keys: Vec<NamedKey>,
    /// Their places, by what their entries begin with.
    places: HashMap<Box<[u8]>, Opener>,
    scratch: Vec<u8>,
}

impl KeyTable {
    pub(super) fn opener(&mut self, entry: &HeadKey<'_>) -> Opener {
        self.scratch.clear();
        write_place(entry, &mut self.scratch);
        let opener = match self.places.get(self.scratch.as_slice()) {
            Some(opener) => *opener,
            None => self.insert(self.scratch.as_slice().into(), named(entry)),
        };
        let known = &mut self.keys[opener.index()];
        known.wrapped_last = known.wrapped_last.max(entry.wrapped_at);
        opener
    }

    /// Takes another table in; the answer has for each of its keys the place here.
    pub(super) fn merge(&mut self, other: Self) -> Vec<Opener> {
        let mut moved = vec![Opener(0); other.keys.len()];
        for (place, opener) in other.places {
            let key = &other.keys[opener.index()];
            let here = match self.places.get(&place) {
                Some(here) => *here,
                None => self.insert(place, key.clone()),
            };
            let known = &mut self.keys[here.index()];
            known.wrapped_last = known.wrapped_last.max(key.wrapped_last);
            moved[opener.index()] = here;
        }
        moved
    }

    pub(super) fn get(&self, opener: Opener) -> &NamedKey {
        &self.keys[opener.index()]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Opener, &NamedKey)> {
        (0..).map(Opener).zip(&self.keys)
    }

    fn insert(&mut self, place: Box<[u8]>, key: NamedKey) -> Opener {
        let opener = Opener(u32::try_from(self.keys.len()).expect("fewer keys than 2^32"));
        self.keys.push(key);
        self.places.insert(place, opener);
        opener
    }
}

/// What tells keys apart. Two forms of one version with different public keys are two: one of the heads is wrong.
fn write_place(entry: &HeadKey<'_>, out: &mut Vec<u8>) {
    match entry.holder {
        KeyHolder::Program { name, version } => {
            out.push(0);
            out.extend_from_slice(version.as_bytes());
            out.extend_from_slice(name.as_bytes());
        }
        KeyHolder::Vault { host, name, version } => {
            out.push(1);
            out.extend_from_slice(version.as_bytes());
            out.extend_from_slice(host.as_bytes());
            out.push(b'/');
            out.extend_from_slice(name.as_bytes());
        }
        KeyHolder::KeyRecord { dek_id } => {
            out.push(2);
            out.extend_from_slice(&dek_id);
        }
        _ => out.push(3),
    }
    if let Some(thumbprint) = &entry.thumbprint {
        out.push(b'/');
        out.extend_from_slice(thumbprint.as_bytes());
    }
}

fn named(entry: &HeadKey<'_>) -> NamedKey {
    let name = match entry.holder {
        KeyHolder::Program { name, version } => KeyName::Program { name: name.into(), version },
        KeyHolder::KeyRecord { dek_id } => KeyName::Record(dek_id),
        holder => match (holder.key_uri(), entry.thumbprint) {
            (Some(key), _) => KeyName::Vault(key),
            (None, Some(thumbprint)) => KeyName::Unnamed(thumbprint),
            (None, None) => unreachable!("a key without a holder is named by its thumbprint"),
        },
    };
    NamedKey {
        name,
        algorithm: entry.algorithm,
        wrapped_size: entry.wrapped.len(),
        thumbprint: entry.thumbprint,
        wrapped_last: None,
    }
}
