//! `record.json`: key records made and opened.

use cmkit::envelope::{Backend, DataKey, Expect, RecordOptions, RustCrypto};
use cmkit_conformance::case::{self, RecordCase, Script};
use cmkit_conformance::{Injected, PortableWrap, Vectors, Verdict, all, due};

#[test]
fn record_vectors() {
    let vectors = Vectors::load();
    let mut verdict = Verdict::default();
    for case in case::load::<RecordCase>() {
        match &case {
            RecordCase::Make { name, .. } => {
                verdict.judge(name, "portable", || make::<RustCrypto>(&vectors, &case));
                verdict.judge(name, "native cipher", || make::<PortableWrap>(&vectors, &case));
            }
            RecordCase::Open { name, .. } => verdict.judge(name, "open", || open(&vectors, &case)),
        }
    }
    verdict.finish();
}

fn make<B: Backend>(vectors: &Vectors, case: &RecordCase) -> Result<(), String> {
    let RecordCase::Make {
        keys, now, random, context, namespace, deterministic, pad_to, reopen, result, wraps, ..
    } = case
    else {
        return Ok(());
    };
    let (holder, rng) = (vectors.holder(&Script::new(), keys), Injected::new(&random.0));
    let options = RecordOptions {
        context: context.clone().into_iter().collect(),
        namespace: namespace.clone(),
        deterministic: *deterministic,
        pad_to: *pad_to,
        ..RecordOptions::new(vectors.seal_keys(keys))
    };
    let found = DataKey::generate::<B, _>(options, *now, rng.clone()).and_then(|step| cmkit::run(step, &holder));
    let result = result.check(found, |output, found| {
        let reopened =
            DataKey::open(&found.record, &vectors.open_keys(&reopen.configuration), Expect::default(), Injected::any());
        let reopened = reopened.and_then(|step| cmkit::run(step, &vectors.holder(&Script::new(), &[])));
        let reopened = reopened.map_err(|error| format!("does not open again: {error}"))?;
        all([
            output.record.check(&found.record),
            due("dek_id", &found.key.id()[..], &output.dek_id.0[..]),
            due("dek_id, opened again", &reopened.id()[..], &output.dek_id.0[..]),
            due("deterministic", &reopened.is_deterministic(), deterministic),
            due("namespace", &reopened.namespace(), &namespace.as_deref()),
            rng.check_used_up(),
        ])
    });
    all([result, wraps.check("wraps", &holder.wraps())])
}

fn open(vectors: &Vectors, case: &RecordCase) -> Result<(), String> {
    let RecordCase::Open { record, configuration, expect, holder, result, calls, called, resolves, .. } = case else {
        return Ok(());
    };
    let holder = vectors.holder(holder, &[]);
    let keys = vectors.open_keys(configuration);
    let found = DataKey::open(&vectors.bytes(record), &keys, expect.into(), Injected::any())
        .and_then(|step| cmkit::run(step, &holder));
    all([
        result.check(found, |output, found| {
            all([
                due("dek_id", &found.id()[..], &output.dek_id.0[..]),
                due("deterministic", &found.is_deterministic(), &output.deterministic),
            ])
        }),
        calls.check("calls", &holder.called().len()),
        due("called", &holder.called(), called),
        resolves.check("resolves", &holder.resolves()),
    ])
}
