//! `header.json`: heads alone, read without any key.

use cmkit::envelope::{
    self, DEFAULT_MAX_HEADER, DataKey, EnvelopeKind, Expect, HeadKey, HeadKeys, Holder, Inspection, KeyEntry,
    KeyHolder, OpenKeys, OpenOptions,
};
use cmkit::{Code, Error};
use cmkit_conformance::case::{self, HeaderCase, Inspect, InspectKek, InspectLocator};
use cmkit_conformance::{Injected, Outcome, Vectors, Verdict, all, due, hex};

/// Bytes of a head besides its header.
const FIXED: usize = 12 + 88;
const RECORD_FLAG: u8 = 1;

#[test]
fn header_vectors() {
    let vectors = Vectors::load();
    let mut verdict = Verdict::default();
    for case in case::load::<HeaderCase>() {
        let head = vectors.bytes(&case.head);
        verdict.judge(&case.name, "inspect", || inspect(&case, &head));
        verdict.judge(&case.name, "head keys", || head_keys(&head));
        verdict.judge(&case.name, "open", || open(&case, &head));
    }
    verdict.finish();
}

/// What `inspect` shows. It reads the head at the front of an envelope and headers up to the format's limit, so bytes
/// after a message's head and a header over the default limit are none of its errors.
fn inspect(case: &HeaderCase, head: &[u8]) -> Result<(), String> {
    let found = envelope::inspect(head);
    let over_default = envelope::head_size(head, DEFAULT_MAX_HEADER).is_err_and(|error| error.code() == Code::TooLarge);
    let followed = found.as_ref().is_ok_and(|found| found.head_size < head.len());
    match &case.result {
        Outcome::Failure(_) if over_default || followed => Ok(()),
        _ => case.result.check(found, |due, found| compare(&due.inspect, &found)),
    }
}

/// The lean reader takes and refuses what `inspect` does, and sees the same keys.
fn head_keys(head: &[u8]) -> Result<(), String> {
    match (HeadKeys::parse(head), envelope::inspect(head)) {
        (Err(lean), Err(full)) => due("refusal", &lean.code(), &full.code()),
        (Ok(lean), Ok(full)) => all([
            due("kind", &lean.kind, &full.kind),
            due("head", &lean.head_size, &full.head_size),
            due("begins", &HeadKeys::begins(head), &true),
            due("entries", &lean.entries.len(), &full.keys.len()),
            all(lean.entries.iter().zip(&full.keys).map(|(lean, full)| same_key(lean, full))),
        ]),
        (lean, full) => Err(format!("{lean:?} and {full:?}")),
    }
}

fn same_key(lean: &HeadKey<'_>, full: &KeyEntry) -> Result<(), String> {
    let (holder, key, dek_id) = match lean.holder {
        KeyHolder::Program { name, version } => (Holder::Program, Some(format!("{name}/{version}")), None),
        KeyHolder::Vault { host, name, version } => {
            (Holder::Vault, Some(format!("https://{host}/keys/{name}/{version}")), None)
        }
        KeyHolder::KeyRecord { dek_id } => (Holder::KeyRecord, None, Some(hex(&dek_id))),
        _ => (Holder::Unnamed, None, None),
    };
    let has_wrapped = lean.encoded.windows(lean.wrapped.len()).any(|bytes| bytes == lean.wrapped);
    all([
        due("algorithm", &lean.algorithm.as_str(), &full.algorithm),
        due("holder", &holder, &full.holder),
        due("key", &key, &full.key),
        due("dek_id", &dek_id, &full.dek_id),
        due("uri", &lean.holder.key_uri().map(|key| key.to_string()), &key.filter(|_| holder == Holder::Vault)),
        due("thumbprint", &lean.thumbprint.map(|print| print.to_string()), &full.thumbprint),
        due("time", &lean.wrapped_at, &full.wrapped_at),
        due("the wrapped key in its entry", &has_wrapped, &true),
    ])
}

/// The strict reader under its default limits, through an opener that has no key: that is told before any key is due.
fn open(case: &HeaderCase, head: &[u8]) -> Result<(), String> {
    let keys = OpenKeys::default();
    let read: Result<(), Error> = if head.get(6) == Some(&RECORD_FLAG) {
        DataKey::open(head, &keys, Expect::default(), Injected::any()).map(|_| ())
    } else {
        envelope::open_detached::<cmkit::Native, _>(head, &OpenOptions::new(keys), Injected::any()).map(|_| ())
    };
    let error = read.expect_err("there is no key");
    let read = if error.code() == Code::NoKey { Ok(()) } else { Err(error) };
    case.result.check(read, |_, ()| Ok(()))
}

fn compare(expected: &Inspect, found: &Inspection) -> Result<(), String> {
    let Inspect { suite, key_record, header_length, head_length, core, context, .. } = expected;
    let Inspect { external_names, namespace, content_type, deterministic, keks, .. } = expected;
    let mut found_context = found.context.clone();
    found_context.sort();
    all([
        due("suite", &found.suite, suite),
        due("kind", &(found.kind == EnvelopeKind::KeyRecord), key_record),
        due("head", &found.head_size, head_length),
        due("header", &(found.head_size - FIXED), header_length),
        due("core", &core_size(found, keks), &core.0.len()),
        due("context", &found_context, &context.clone().into_iter().collect()),
        due("external names", &found.required_context, external_names),
        due("namespace", &found.namespace, namespace),
        due("content type", &found.content_type, content_type),
        due("deterministic", &found.deterministic, deterministic),
        due("entries", &found.keys.len(), &keks.len()),
        all(found.keys.iter().zip(keks).map(|(found, due)| compare_entry(due, found))),
    ])
}

fn compare_entry(expected: &InspectKek, found: &KeyEntry) -> Result<(), String> {
    let InspectKek { alg, thumbprint, locator, wrapped_length, time } = expected;
    let (name, lengths) = match alg {
        -41 => ("RSA-OAEP-256", &[256, 384, 512][..]),
        -5 => ("A256KW", &[40][..]),
        other => return Err(format!("algorithm {other}")),
    };
    let text = thumbprint.as_ref().map(|bytes| {
        cmkit::key::Thumbprint::from_bytes(bytes.0[..].try_into().expect("32 bytes of thumbprint")).to_string()
    });
    let (holder, key, dek_id) = match locator {
        None => (Holder::Unnamed, None, None),
        Some(InspectLocator { holder: 0, host: None, name: Some(name), version: Some(version), dek_id: None }) => {
            (Holder::Program, Some(format!("{name}/{}", hex(&version.0))), None)
        }
        Some(InspectLocator {
            holder: 1,
            host: Some(host),
            name: Some(name),
            version: Some(version),
            dek_id: None,
        }) => (Holder::Vault, Some(format!("https://{host}/keys/{name}/{}", hex(&version.0))), None),
        Some(InspectLocator { holder: 2, host: None, name: None, version: None, dek_id: Some(dek_id) }) => {
            (Holder::KeyRecord, None, Some(hex(&dek_id.0)))
        }
        Some(other) => return Err(format!("locator {other:?}")),
    };
    all([
        due("algorithm", &found.algorithm, &name),
        due("thumbprint", &found.thumbprint, &text),
        due("holder", &found.holder, &holder),
        due("key", &found.key, &key),
        due("dek_id", &found.dek_id, &dek_id),
        due("time", &found.wrapped_at, time),
        due("wrapped length", &lengths.contains(wrapped_length), &true),
    ])
}

/// The size that the core must have for header and padding to add up; its bytes are not shown.
fn core_size(found: &Inspection, keks: &[InspectKek]) -> usize {
    let entries: usize = keks.iter().map(entry_size).sum();
    let list = if keks.len() < 24 { 1 } else { 2 };
    let rest = found.head_size - FIXED - found.padding - 1 - list - entries;
    // The core's own CBOR head has 1 to 3 bytes.
    (1..=3).map(|head| rest - head).find(|size| item_head(*size) == rest - size).unwrap_or(rest)
}

fn entry_size(kek: &InspectKek) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, |text| item_head(text.len()) + text.len());
    let algorithm = if kek.alg == -41 { 2 } else { 1 };
    let thumbprint = if kek.thumbprint.is_some() { 1 + 2 + 32 } else { 0 };
    let locator = kek.locator.as_ref().map_or(0, |locator| {
        3 + text(&locator.host) + text(&locator.name) + 17 // version and dek_id have 16 bytes each
    });
    let wrapped = 1 + item_head(kek.wrapped_length) + kek.wrapped_length;
    let time = kek.time.map_or(0, |time| 1 + item_head(usize::try_from(time).expect("a time")));
    1 + 1 + algorithm + thumbprint + locator + wrapped + time
}

/// Bytes of a CBOR head with this argument.
const fn item_head(argument: usize) -> usize {
    match argument {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}
