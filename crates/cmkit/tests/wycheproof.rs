//! Project Wycheproof's vectors of AES-256-GCM against both backends, in all four ways in which the envelope calls them.

use cmkit::Native;
use cmkit::envelope::{Backend, ChunkCipher, RustCrypto};
use wycheproof::TestResult::{Invalid, Valid};
use wycheproof::aead::{Test, TestName, TestSet};

#[test]
fn aes_256_gcm_of_rust_crypto() {
    assert_eq!(run::<RustCrypto>(), (21, 27));
}

#[test]
fn aes_256_gcm_of_aws_lc() {
    assert_eq!(run::<Native>(), (21, 27));
}

/// Every vector with the envelope's parameters: how many are valid, how many are not.
fn run<B: Backend>() -> (usize, usize) {
    let set = TestSet::load(TestName::AesGcm).expect("the test set");
    let groups = set.test_groups.iter().filter(|g| (g.key_size, g.nonce_size, g.tag_size) == (256, 96, 128));
    // A chunk has no associated data.
    let tests: Vec<&Test> = groups.flat_map(|group| &group.tests).filter(|test| test.aad.is_empty()).collect();
    for test in &tests {
        check::<B>(test);
    }
    let count = |result| tests.iter().filter(|test| test.result == result).count();
    (count(Valid), count(Invalid))
}

fn check<B: Backend>(test: &Test) {
    let name = format!("{}: {}", test.tc_id, test.comment);
    let cipher = B::Cipher::new(&test.key[..].try_into().expect("a key of 256 bits"));
    let nonce: [u8; 12] = test.nonce[..].try_into().expect("a nonce of 96 bits");
    let tag: [u8; 16] = test.tag[..].try_into().expect("a tag of 128 bits");
    let (mut in_place, mut into) = (test.ct.to_vec(), vec![0xa5; test.ct.len()]);
    let opened =
        (cipher.open_in_place(&nonce, &mut in_place, &tag), cipher.open_into(&nonce, &test.ct, &tag, &mut into));
    let is_valid = test.result == Valid;
    assert_eq!(opened, (is_valid, is_valid), "{name}");
    if is_valid {
        assert_eq!((&in_place, &into), (&test.pt.to_vec(), &test.pt.to_vec()), "{name}");
    } else {
        assert!(into.iter().all(|byte| *byte == 0), "{name}: not wiped");
        assert!(in_place.is_empty() || in_place != test.pt[..], "{name}: the plaintext of a wrong tag");
    }

    let (mut in_place, mut into) = (test.pt.to_vec(), vec![0; test.pt.len()]);
    let tags = [cipher.seal_in_place(&nonce, &mut in_place), cipher.seal_into(&nonce, &test.pt, &mut into)];
    assert_eq!(in_place, into, "{name}");
    for sealed in tags {
        assert_eq!(sealed == tag && in_place == test.ct[..], is_valid, "{name}");
    }
}
