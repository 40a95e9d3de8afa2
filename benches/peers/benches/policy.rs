//! One document of 3 KB, from its text to what is wrong with it: every rule of cmkit, twenty of them in Rego and as a
//! JSON Schema. Each peer is first shown to find what is wrong, so that no one measures a check that checks nothing.

use cmkit_core::{document, policy};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

const ORDERS: &str = include_str!("../../policy/orders.json");
const REGO: &str = include_str!("../../policy/twenty.rego");
const SCHEMA: &str = include_str!("../../policy/twenty.schema.json");
const DATA: &str = r#"{ "now": 1796083200 }"#;

/// The document with one thing wrong.
fn wrong() -> String {
    ORDERS.replace("\"enablePurgeProtection\": true", "\"enablePurgeProtection\": false")
}

fn cmkit(text: &str) -> policy::Report {
    let deployment = document::read(&[("orders.json", text)]).expect("a template");
    policy::check(&deployment, policy::Timestamp::from_seconds(1_796_083_200), &policy::Options::default())
}

fn engine() -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    engine.add_policy("twenty.rego".into(), REGO.into()).expect("a policy");
    engine.add_data(regorus::Value::from_json_str(DATA).expect("data")).expect("added");
    engine
}

fn rego(engine: &mut regorus::Engine, text: &str) -> usize {
    engine.set_input(regorus::Value::from_json_str(text).expect("JSON"));
    let found = engine.eval_rule("data.cmk.deny".into()).expect("evaluated");
    found.as_set().map_or(0, |set| set.len())
}

fn policy_benches(criterion: &mut Criterion) {
    let (good, wrong) = (ORDERS, wrong());
    assert_eq!(cmkit(good).summary.errors, 0);
    assert_eq!(cmkit(&wrong).summary.errors, 1);
    let mut engine = engine();
    assert_eq!((rego(&mut engine, good), rego(&mut engine, &wrong)), (0, 1));
    let schema = serde_json::from_str(SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let valid = |text: &str| schema.is_valid(&serde_json::from_str(text).expect("JSON"));
    assert!(valid(good) && !valid(&wrong));

    let mut group = criterion.benchmark_group("policy: text to findings");
    group.bench_function("cmkit, every rule, located findings", |bencher| bencher.iter(|| cmkit(black_box(good))));
    group.bench_function("regorus, interpreter, twenty rules", |bencher| {
        bencher.iter(|| rego(&mut engine, black_box(good)));
    });
    group.bench_function("jsonschema, twenty rules, one document", |bencher| bencher.iter(|| valid(black_box(good))));
    group.bench_function("serde_json to a value alone", |bencher| {
        bencher.iter(|| serde_json::from_str::<serde_json::Value>(black_box(good)).expect("JSON"));
    });
    group.finish();
}

criterion_group!(benches, policy_benches);
criterion_main!(benches);
