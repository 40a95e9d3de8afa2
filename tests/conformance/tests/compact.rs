//! `compact.json`: compact values under key records.

use cmkit::envelope::{Backend, DataKey, RustCrypto, find_data_key};
use cmkit::{Error, Native};
use cmkit_conformance::case::{self, CompactCase, Form};
use cmkit_conformance::{Injected, Vectors, Verdict, all};
use std::sync::Arc;

#[test]
fn compact_vectors() {
    let vectors = Vectors::load();
    let mut verdict = Verdict::default();
    for case in case::load::<CompactCase>() {
        let name = case::Case::name(&case);
        verdict.judge(name, "portable", || run::<RustCrypto>(&vectors, &case));
        verdict.judge(name, "native", || run::<Native>(&vectors, &case));
    }
    verdict.finish();
}

fn run<B: Backend>(vectors: &Vectors, case: &CompactCase) -> Result<(), String> {
    match case {
        CompactCase::Seal { record, form, random, plaintext, namespace, aad, result, .. } => {
            let (key, mut rng) = (vectors.record(record), Injected::new(&random.0));
            let plaintext = plaintext.known().expect("a plaintext");
            let found = match form {
                Form::Random => key.seal_value::<B>(namespace, &aad.0, &plaintext, &mut rng),
                Form::Deterministic => key.seal_value_deterministic::<B>(namespace, &aad.0, &plaintext),
            };
            result.check(found, |due, found| all([due.value.check(&found), rng.check_used_up()]))
        }
        CompactCase::Open { value, records, namespace, aad, result, .. } => {
            let keys: Vec<_> = records.iter().map(|id| vectors.record(id).clone()).collect();
            let found = open::<B>(&keys, namespace, &aad.0, &vectors.bytes(value));
            result.check(found, |due, found| due.plaintext.check(&found))
        }
    }
}

fn open<B: Backend>(keys: &[Arc<DataKey>], namespace: &str, aad: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
    find_data_key(keys, value)?.open_value::<B>(namespace, aad, value)
}
