//! RSA-OAEP-256 of both backends against one private operation: what either wraps, the same key unwraps.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use cmkit::Native;
use cmkit::envelope::{Backend, RustCrypto};
use cmkit::key::RsaPublicKey;
use cmkit_conformance::{Material, Vectors, rsa_unwrap};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::time::{Duration, Instant};

const DEK: [u8; 32] = [0x42; 32];

fn both_unwrap(private: &OaepPrivateDecryptingKey, public: &RsaPublicKey) {
    for _ in 0..4 {
        let portable = RustCrypto::wrap_rsa_oaep_256(public, &DEK, &mut UnwrapErr(SysRng)).expect("wrapped");
        let native = Native::wrap_rsa_oaep_256(public, &DEK, &mut UnwrapErr(SysRng)).expect("wrapped");
        assert_eq!((portable.len(), native.len()), (public.modulus().len(), public.modulus().len()));
        assert_ne!(portable, native, "each draws its own seed");
        for wrapped in [portable, native] {
            assert_eq!(rsa_unwrap(private, &wrapped).as_deref(), Some(&DEK[..]));
            let mut changed = wrapped;
            changed[7] ^= 1;
            assert_eq!(rsa_unwrap(private, &changed), None);
        }
    }
}

#[test]
fn both_backends_wrap_for_every_size() {
    // The native wrap takes over once aws-lc-rs is seeded, some 40 ms after the first one.
    let vectors = Vectors::load();
    let start = Instant::now();
    let mut sizes = std::collections::BTreeSet::new();
    while start.elapsed() < Duration::from_millis(500) || sizes.is_empty() {
        for held in vectors.keyring.held.values() {
            if let Material::Rsa { private, public } = &held.material {
                sizes.insert(public.bits());
                both_unwrap(private, public);
            }
        }
    }
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [2048, 3072, 4096]);
}

#[test]
fn a_key_that_was_made_just_now() {
    let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key");
    let spki = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(&private.public_key()).expect("encoded");
    // The modulus stands behind 33 bytes of SubjectPublicKeyInfo for a 2048-bit key, before the five of the exponent.
    let spki = spki.as_ref();
    let public = RsaPublicKey::from_modulus(&spki[spki.len() - 5 - 256..spki.len() - 5]).expect("a public key");
    both_unwrap(&OaepPrivateDecryptingKey::new(private).expect("a key for OAEP"), &public);
}
