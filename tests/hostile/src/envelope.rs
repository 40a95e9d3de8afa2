//! Heads, key records, values and whole envelopes: what opens is one of the sound ones, with exactly its plaintext.

use crate::bases::{Counter, VALUE, bases, run};
use crate::text;
use cmkit_core::Code;
use cmkit_core::envelope::{
    self, DataKey, Expect, HARD_MAX_HEADER, OpenOptions, RustCrypto, head_size, inspect, plaintext_size,
};
use cmkit_core::key::{KeyUri, KeyVersion};

/// A head without any key: its parts are told, its size agrees, and every cut is told from a fault.
pub fn head(data: &[u8]) {
    let Ok(inspection) = inspect(data) else { return };
    let size = inspection.head_size;
    assert_eq!(head_size(data, HARD_MAX_HEADER).expect("a head"), size);
    assert_eq!(inspect(&data[..size]).expect("the head alone"), inspection);
    let _ = plaintext_size(data, data.len() as u64);
    for cut in [0, 1, 4, 11, 12, size / 2, size - 88, size - 1] {
        assert_eq!(inspect(&data[..cut]).expect_err("cut").code(), Code::Truncated, "at {cut}");
    }
}

/// A key's identifier: what is read is written as it is read again.
pub fn key_uri(data: &[u8]) {
    let text = text(data);
    if let Ok(version) = KeyVersion::parse(text) {
        assert_eq!(KeyVersion::parse(&version.to_string()).expect("a version"), version);
    }
    match KeyUri::parse(text) {
        Ok(key) => {
            let written = key.to_string();
            assert_eq!(KeyUri::parse(&written).expect("a key"), key);
            assert!(written.starts_with("https://") && written.is_ascii() && !written.contains(['@', '?', '#', '%']));
            assert!(key.same_key(&key.versionless()));
        }
        Err(error) => assert_eq!(error.code(), Code::InvalidKeyUri),
    }
}

/// A compact value under a known data key.
pub fn compact(data: &[u8]) {
    if let Ok(plaintext) = bases().data_key.open_value::<RustCrypto>("acme.card", b"7", data) {
        assert!(bases().values.iter().any(|value| value == data), "a forged value");
        assert_eq!(plaintext, VALUE);
    }
}

/// A key record under a known service key.
pub fn record(data: &[u8]) {
    let Ok(step) = DataKey::open(data, &bases().keys, Expect::default(), Counter(99)) else { return };
    if let Ok(key) = run(step) {
        assert_eq!(data, bases().record, "a forged record");
        assert_eq!(key.id(), bases().data_key.id());
    }
}

/// A whole envelope, attached, and the head alone; what comes out chunk by chunk is the front of a known plaintext.
pub fn open(data: &[u8]) {
    let options = OpenOptions::new(bases().keys.clone());
    if let Ok(step) = envelope::open_detached::<RustCrypto, _>(data, &options, Counter(99)) {
        let _ = run(step);
    }
    let Ok(step) = envelope::open::<RustCrypto, _>(data, &options, Counter(99)) else { return };
    let Ok(opener) = run(step) else { return };
    let (head, body) = data.split_at(opener.head_size());
    let base = bases().messages.iter().find(|base| base.envelope.starts_with(head)).expect("a forged head");
    let mut released = Vec::new();
    let mut buffer = vec![0; base.chunk];
    for (index, record) in (0..).zip(body.chunks(base.chunk)) {
        match opener.open_chunk_into(index, record, &mut buffer) {
            Ok(size) => released.extend_from_slice(&buffer[..size]),
            Err(_) => break,
        }
    }
    assert!(base.plaintext.starts_with(&released), "plaintext that nobody sealed");
    if let Ok(plaintext) = opener.open(body) {
        assert!(plaintext == base.plaintext && data == base.envelope, "a changed envelope opened");
    }
    if let Ok(plaintext) = opener.open_range(body, 3..20_000) {
        let due = base.plaintext.get(3..).unwrap_or_default();
        assert_eq!(plaintext, due[..due.len().min(20_000 - 3)], "a range of a changed body");
    }
}
