//! What the cases are run against: the keyring, its opened key records, and the envelopes that cases build on.

use crate::case::{self, Allow, Case, Configuration, Edit, Expect, External, Script, SealCase, Source};
use crate::holder::Holder;
use crate::keyring::Keyring;
use crate::random::Injected;
use crate::value::Outcome;
use cmkit::envelope::{self, AllowedKey, DataKey, ExternalContext, OpenKeys, SealKey};
use cmkit::key::{KeyUri, KeyVersion};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The vectors' common ground.
pub struct Vectors {
    /// Every key.
    pub keyring: Keyring,
    records: BTreeMap<String, Arc<DataKey>>,
    bases: BTreeMap<String, Vec<u8>>,
}

impl Vectors {
    /// Reads the keys and the envelopes of `seal.json`, and opens the key records.
    #[must_use]
    pub fn load() -> Self {
        let envelope = |case: SealCase| match &case.result {
            Outcome::Output(sealed) => Some((case.name().to_owned(), sealed.envelope.known()?)),
            Outcome::Failure(_) => None,
        };
        let bases = case::load::<SealCase>().into_iter().filter_map(envelope).collect();
        let mut vectors = Self { keyring: Keyring::load(), records: BTreeMap::new(), bases };
        vectors.records = vectors.keyring.records.keys().map(|id| (id.clone(), vectors.open_record(id))).collect();
        vectors
    }

    fn open_record(&self, id: &str) -> Arc<DataKey> {
        let held = &self.keyring.records[id];
        let mut keys = OpenKeys::default();
        for id in &held.opens_with {
            match self.keyring.service.get(id) {
                Some(key) => keys.service.push(key.clone()),
                None => keys.vault.push(self.keyring.held(id).key.clone().into()),
            }
        }
        let expect = envelope::Expect::default();
        let step = DataKey::open(&held.record, &keys, expect, Injected::any()).expect("a record");
        let record = cmkit::run(step, &self.holder(&Script::new(), &[])).expect("a record that opens");
        assert_eq!((record.id()[..].to_vec(), record.is_deterministic()), (held.dek_id.clone(), held.deterministic));
        record
    }

    /// The scripted holder.
    #[must_use]
    pub fn holder(&self, script: &Script, newest: &[String]) -> Holder<'_> {
        Holder::new(&self.keyring, script, newest)
    }

    /// An opened key record.
    #[must_use]
    pub fn record(&self, id: &str) -> &Arc<DataKey> {
        self.records.get(id).unwrap_or_else(|| panic!("no key record `{id}`"))
    }

    /// The keys of a seal. Vault keys are named without version, so that the holder is asked for the newest one, except
    /// where a case seals under two versions of one key.
    #[must_use]
    pub fn seal_keys(&self, ids: &[String]) -> Vec<SealKey> {
        let key_of = |id: &String| self.keyring.held.get(id).map(|held| &held.key);
        let seal_key = |id: &String| {
            if let Some(key) = self.keyring.service.get(id) {
                return key.clone().into();
            }
            let Some(key) = key_of(id) else { return self.record(id).clone().into() };
            let versions = ids.iter().filter(|other| key_of(other) == Some(key)).count();
            if versions > 1 { self.keyring.held(id).uri().into() } else { key.clone().into() }
        };
        ids.iter().map(seal_key).collect()
    }

    /// The keys that may open.
    #[must_use]
    pub fn open_keys(&self, configuration: &Configuration) -> OpenKeys {
        let Configuration { allow, service, records } = configuration;
        OpenKeys {
            vault: allow.iter().map(|allow| self.allowed(allow)).collect(),
            service: service.iter().map(|id| self.keyring.service[id].clone()).collect(),
            records: records.iter().map(|id| self.record(id).clone()).collect(),
        }
    }

    fn allowed(&self, allow: &Allow) -> AllowedKey {
        let Allow { key, versions, refused, created_after, public_keys } = allow;
        let parse = |versions: &[String]| -> Vec<KeyVersion> {
            versions.iter().map(|version| KeyVersion::parse(version).expect("a version")).collect()
        };
        // To cmkit an empty list of versions means every version; no case means none by it.
        assert!(versions.as_ref().is_none_or(|versions| !versions.is_empty()));
        let known = |id: &String| {
            let held = self.keyring.held(id);
            match &held.material {
                crate::Material::Rsa { public, .. } => (held.version.expect("a version"), public.clone()),
                crate::Material::Symmetric(_) => panic!("`{id}` has no public key"),
            }
        };
        AllowedKey {
            key: KeyUri::parse(key).expect("a key identifier"),
            versions: parse(versions.as_deref().unwrap_or_default()),
            refused_versions: parse(refused),
            created_after: *created_after,
            public_keys: public_keys.iter().map(known).collect(),
        }
    }

    /// The bytes of a source.
    #[must_use]
    pub fn bytes(&self, source: &Source) -> Vec<u8> {
        let unedited = self.unedited(source);
        let shape = if source.base.is_some() { Shape::of(&unedited) } else { Shape::default() };
        assert!(source.body_edits.is_empty(), "edits of a body that is not detached");
        edit(unedited, &source.edits, shape)
    }

    /// Head and body of a source, cut apart before they are edited.
    #[must_use]
    pub fn detached(&self, source: &Source) -> (Vec<u8>, Vec<u8>) {
        let mut head = self.unedited(source);
        let shape = Shape::of(&head);
        let body = head.split_off(shape.body);
        (edit(head, &source.edits, shape), edit(body, &source.body_edits, Shape { body: 0, ..shape }))
    }

    fn unedited(&self, source: &Source) -> Vec<u8> {
        match source {
            Source { base: Some(name), record: None, hex: None, .. } => self.bases[name].clone(),
            Source { base: None, record: Some(id), hex: None, .. } => self.keyring.records[id].record.clone(),
            Source { base: None, record: None, hex: Some(hex), .. } => hex.0.clone(),
            _ => panic!("a source is one of three"),
        }
    }
}

/// Where the chunks of an envelope lie.
#[derive(Clone, Copy, Default)]
struct Shape {
    body: usize,
    chunk: usize,
}

impl Shape {
    fn of(envelope: &[u8]) -> Self {
        let field = envelope[8..12].try_into().expect("four bytes");
        let header = usize::try_from(u32::from_be_bytes(field)).expect("a length");
        Self { body: 12 + header + 88, chunk: if envelope[5] == 1 { 16400 } else { 262_160 } }
    }
}

fn edit(mut data: Vec<u8>, edits: &[Edit], shape: Shape) -> Vec<u8> {
    for step in edits {
        match step {
            Edit::Replace { at, replace, with } => {
                data.splice(at..&(at + replace), with.0.iter().copied());
            }
            Edit::Truncate { truncate } => data.truncate(*truncate),
            Edit::Append { append, times } => data.extend(append.0.repeat(times.unwrap_or(1))),
            Edit::SwapChunks { swap_chunks: [a, b] } => edit_chunks(&mut data, shape, |chunks| chunks.swap(*a, *b)),
            Edit::DuplicateChunk { duplicate_chunk: index } => {
                edit_chunks(&mut data, shape, |chunks| chunks.insert(*index, chunks[*index].clone()));
            }
            Edit::DropChunk { drop_chunk } => edit_chunks(&mut data, shape, |chunks| drop(chunks.remove(*drop_chunk))),
        }
    }
    data
}

fn edit_chunks(data: &mut Vec<u8>, shape: Shape, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut chunks: Vec<_> = data.split_off(shape.body).chunks(shape.chunk).map(<[u8]>::to_vec).collect();
    change(&mut chunks);
    data.extend(chunks.concat());
}

impl From<&External> for ExternalContext {
    fn from(external: &External) -> Self {
        match external {
            External::Bytes(bytes) => Self::Bytes(bytes.0.clone()),
            External::Pairs(pairs) => Self::pairs(pairs.clone()),
        }
    }
}

impl From<&Expect> for envelope::Expect {
    fn from(expect: &Expect) -> Self {
        Self { namespace: expect.namespace.clone(), context: expect.context.clone().into_iter().collect() }
    }
}
