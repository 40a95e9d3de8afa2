//! A document of 3 KB from its text to a report, and where the time goes; then how the time grows with the documents.

use cmkit::document;
use cmkit::policy::{self, Deployment, Options, Report, Timestamp};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

const ORDERS: &str = include_str!("../policy/orders.json");

fn read(text: &str) -> Deployment {
    document::read(&[("orders.json", text)]).expect("a template")
}

fn check(deployment: &Deployment) -> Report {
    policy::check(deployment, Timestamp::from_seconds(1_796_083_200), &Options::default())
}

fn one(criterion: &mut Criterion) {
    let deployment = read(ORDERS);
    assert_eq!(check(&deployment).summary.errors, 0);
    let mut group = criterion.benchmark_group("policy: one document of 3 KB");
    group.bench_function("text to JSON with spans", |bencher| {
        bencher.iter(|| document::json::parse(black_box(ORDERS)).expect("JSON"));
    });
    group.bench_function("text to deployment", |bencher| bencher.iter(|| read(black_box(ORDERS))));
    group.bench_function("deployment to report", |bencher| bencher.iter(|| check(black_box(&deployment))));
    group.bench_function("text to report", |bencher| bencher.iter(|| check(&read(black_box(ORDERS)))));
    group.finish();
}

/// Many clusters with vault, key, identity and grant each, in one graph: the time for each stays the same.
fn many(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("policy: deployments in one graph");
    group.sample_size(10);
    for count in [1usize, 10, 100, 1000] {
        let texts: Vec<_> = (0..count).map(|n| ORDERS.replace("orders", &format!("orders{n}"))).collect();
        let names: Vec<_> = (0..count).map(|n| format!("{n}.json")).collect();
        let files: Vec<_> = names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &files, |bencher, files| {
            bencher.iter(|| check(&document::read(files).expect("templates")));
        });
    }
    group.finish();
}

criterion_group!(benches, one, many);
criterion_main!(benches);
