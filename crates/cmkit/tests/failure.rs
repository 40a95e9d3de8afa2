//! What a failed decryption tells: one error, word for word, whatever failed, and nothing in the caller's buffer.

use cmkit::envelope::{
    Backend, Expect, OpenKeys, OpenOptions, Opener, RecordOptions, RustCrypto, SealOptions, ServiceKey, Suite,
};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState};
use cmkit::secret::Secret;
use cmkit::{Code, Error, Native, NoVault, Refusal, RefusalKind};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::convert::Infallible;
use std::sync::Arc;

fn service_key() -> Arc<ServiceKey> {
    Arc::new(cmkit::generate_service_key("default").expect("a key"))
}

fn opening(key: &Arc<ServiceKey>) -> OpenOptions {
    OpenOptions::new(OpenKeys { service: vec![key.clone()], ..OpenKeys::default() })
}

fn flipped(data: &[u8], at: usize) -> Vec<u8> {
    let mut data = data.to_vec();
    data[at] ^= 1;
    data
}

/// All that an error shows to a program, a log or a person.
fn shown(error: &Error) -> String {
    format!("{} {error} {error:?} {:?} {:?}", error.code(), error.refusal(), std::error::Error::source(error))
}

#[test]
fn every_failed_decryption_is_the_same_error() {
    let key = service_key();
    let envelope = cmkit::seal(b"attack at dawn", SealOptions::new([key.clone().into()]), &NoVault).expect("sealed");
    let head = envelope.len() - 14 - 16;
    // From behind: MAC 32, salt 24, commitment 32 end the head; before them the time of wrapping, then the wrapped key.
    let places = [head - 88 - 6 - 40, head - 88, head - 56, head - 1, head, head + 14];
    let mut errors: Vec<Error> = places
        .iter()
        .map(|at| cmkit::open(&flipped(&envelope, *at), &opening(&key), &NoVault).expect_err("changed"))
        .collect();

    let record = cmkit::generate_record(RecordOptions::new([key.clone().into()]), &NoVault).expect("made");
    let value = cmkit::seal_value(&record.key, "acme", b"7", b"attack at dawn").expect("sealed");
    errors.push(cmkit::open_value(&record.key, "acme", b"8", &value).expect_err("another row"));
    errors.push(cmkit::open_value(&record.key, "acme", b"7", &flipped(&value, value.len() - 1)).expect_err("changed"));
    let changed = flipped(&record.record, record.record.len() - 1);
    let keys = OpenKeys { service: vec![key], ..OpenKeys::default() };
    let opened = cmkit::open_record(&changed, &keys, Expect::default(), &NoVault);
    errors.push(opened.map(|_| ()).expect_err("changed"));

    let vault = KeyUri::parse("https://orders.vault.azure.net/keys/orders-kek").expect("a key");
    let sealed = cmkit::seal(b"data", SealOptions::new([vault.clone().into()]), &answer).expect("sealed");
    let options = OpenOptions::new(OpenKeys::vault([vault]));
    let replies: [fn(&KeyRequest) -> KeyReply; 3] = [
        |_| KeyReply::Refused(Refusal::new(RefusalKind::WrongCiphertext, "BadParameter", "the value is too long")),
        |_| KeyReply::Unwrapped(Secret::from_slice(&[1; 31])),
        |_| KeyReply::Unwrapped(Secret::from_slice(&[1; 32])),
    ];
    for reply in replies {
        let holder = move |request: &KeyRequest| Ok::<_, Infallible>(reply(request));
        errors.push(cmkit::open(&sealed, &options, &holder).expect_err("not the data key"));
    }

    assert_eq!(errors.len(), 12);
    for error in &errors {
        assert_eq!(error.code(), Code::Decrypt, "{error:?}");
        assert_eq!(shown(error), shown(&errors[0]));
    }
}

/// A symmetric key in a vault that wraps by adding eight bytes: what it yields is replaced above.
fn answer(request: &KeyRequest) -> Result<KeyReply, Infallible> {
    Ok(match request {
        KeyRequest::Wrap { dek, .. } => KeyReply::Wrapped(dek.expose().iter().copied().chain([0; 8]).collect()),
        _ => KeyReply::Resolved(KeyState {
            key: request.key().with_version(KeyVersion::from_bytes([7; 16])),
            material: KeyMaterial::Symmetric,
            enabled: true,
            not_before: None,
            expires: None,
            created: None,
            may_wrap: true,
        }),
    })
}

#[test]
fn a_failed_open_leaves_nothing_in_the_callers_buffer() {
    leaves_nothing::<RustCrypto>();
    leaves_nothing::<Native>();
}

fn leaves_nothing<B: Backend>() {
    let key = service_key();
    let data = vec![0x5a; 3 * 16384 + 100];
    let options = SealOptions { suite: Suite::Chunk16K, ..SealOptions::new([key.clone().into()]) };
    let envelope = cmkit::seal(&data, options, &NoVault).expect("sealed");
    let step = cmkit::envelope::open::<B, _>(&envelope, &opening(&key), UnwrapErr(SysRng)).expect("begun");
    let opener: Opener<B::Cipher> = cmkit::run(step, &NoVault).expect("opened");
    let body = &envelope[opener.head_size()..];
    let mut out = vec![1; data.len()];
    assert_eq!(opener.open_into(body, &mut out).expect("opened"), data.len());

    // The last chunk is changed, so three were opened before it.
    let changed = flipped(body, body.len() - 1);
    assert_eq!(opener.open_into(&changed, &mut out).expect_err("changed").code(), Code::Decrypt);
    assert!(out.iter().all(|byte| *byte == 0));
    assert_eq!(opener.open_into(&body[..3 * 16400], &mut out).expect_err("cut").code(), Code::Truncated);
    assert!(out.iter().all(|byte| *byte == 0));

    let (index, record) = (3, &changed[3 * 16400..]);
    let mut out = [1; 100];
    assert_eq!(opener.open_chunk_into(index, record, &mut out).expect_err("changed").code(), Code::Decrypt);
    assert_eq!(out, [0; 100]);
    let mut record = record.to_vec();
    assert!(opener.open_chunk_in_place(index, &mut record).is_err());
    assert!(record[..100].iter().all(|byte| *byte == 0));
}
