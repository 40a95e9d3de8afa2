//! What a call costs besides the bytes: heads, compact values.

use cmkit::envelope::{OpenOptions, RecordOptions};
use cmkit_benches::{key, opening, sealing};
use criterion::{Criterion, criterion_group, criterion_main};

fn small(criterion: &mut Criterion) {
    let service = key();
    let options = opening(&service);
    let envelope = cmkit::seal(&[1; 100], sealing(&service), &cmkit::NoVault).expect("sealed");

    let generated =
        cmkit::generate_record(RecordOptions::new([service.clone().into()]), &cmkit::NoVault).expect("a record");
    let data_key = generated.key;
    let value = cmkit::seal_value(&data_key, "acme.customer.email", b"row 4711", &[1; 64]).expect("sealed");

    let mut group = criterion.benchmark_group("small");
    group.bench_function("compact: seal 64 bytes", |bencher| {
        bencher.iter(|| cmkit::seal_value(&data_key, "acme.customer.email", b"row 4711", &[1; 64]).expect("sealed"));
    });
    group.bench_function("compact: open 64 bytes", |bencher| {
        bencher.iter(|| cmkit::open_value(&data_key, "acme.customer.email", b"row 4711", &value).expect("opened"));
    });
    // A local A256KW unwrap is 0.3 us of this; no vault and no RSA is in it.
    group.bench_function("head: parse, match, commitment and MAC", |bencher| {
        bencher.iter(|| cmkit::begin_open(&envelope, &options, &cmkit::NoVault).expect("opened"));
    });
    group.bench_function("head: inspect", |bencher| {
        bencher.iter(|| cmkit::envelope::inspect(&envelope).expect("inspected"));
    });
    let under_record: OpenOptions =
        OpenOptions::new(cmkit::envelope::OpenKeys { records: vec![data_key.clone()], ..Default::default() });
    let message =
        cmkit::seal(&[1; 100], cmkit::envelope::SealOptions::new([data_key.into()]), &cmkit::NoVault).expect("sealed");
    group.bench_function("message under a key record: open 100 bytes", |bencher| {
        bencher.iter(|| cmkit::open(&message, &under_record, &cmkit::NoVault).expect("opened"));
    });
    group.finish();
}

criterion_group!(benches, small);
criterion_main!(benches);
