//! One document of 3 KB and what is wrong with it: every rule of cmkit, twenty of them in Rego and as a JSON Schema. Each
//! peer is first shown to find what is wrong, so that no one measures a check that checks nothing.

use cmkit_core::{document, policy};
use cmkit_peers::{ORDERS, WRONG, wrong};
use criterion::{Criterion, criterion_group, criterion_main};
use regorus::Value;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use std::collections::BTreeSet;
use std::hint::black_box;

const REGO: &str = include_str!("../../policy/twenty.rego");
const SCHEMA: &str = include_str!("../../policy/twenty.schema.json");
const DATA: &str = r#"{ "now": 1796083200 }"#;
const DENY: &str = "data.cmk.deny";
/// Of the twenty, those that compare two places: a schema can't.
const ACROSS: [&str; 2] = ["CMK4004", "CMK6005"];

fn read(text: &str) -> policy::Deployment {
    document::read(&[("orders.json", text)]).expect("a template")
}

fn check(deployment: &policy::Deployment) -> policy::Report {
    policy::check(deployment, policy::Timestamp::from_seconds(1_796_083_200), &policy::Options::default())
}

fn parse(text: &str) -> Value {
    Value::from_json_str(text).expect("JSON")
}

/// The interpreter of regorus.
fn engine() -> regorus::Engine {
    let mut engine = regorus::Engine::new();
    engine.add_policy("twenty.rego".into(), REGO.into()).expect("a policy");
    engine.add_data(parse(DATA)).expect("added");
    engine
}

fn interpret(engine: &mut regorus::Engine, input: Value) -> Value {
    engine.set_input(input);
    engine.eval_rule(DENY.into()).expect("evaluated")
}

/// The register machine of regorus, with the same rules compiled.
fn machine() -> RegoVM {
    let policy = engine().compile_with_entrypoint(&DENY.into()).expect("compiled");
    let mut machine = RegoVM::new();
    machine.load_program(Compiler::compile_from_policy(&policy, &[DENY]).expect("a program"));
    machine.set_data(parse(DATA)).expect("data");
    machine
}

fn run(machine: &mut RegoVM, input: Value) -> Value {
    machine.set_input(input);
    machine.execute().expect("executed")
}

fn codes(found: &Value) -> BTreeSet<String> {
    let code = |value: &Value| value.as_string().expect("a code").to_string();
    found.as_set().expect("a set").iter().map(code).collect()
}

fn policy_benches(criterion: &mut Criterion) {
    let (mut engine, mut machine) = (engine(), machine());
    let schema = serde_json::from_str(SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");

    assert_eq!(check(&read(ORDERS)).summary.errors, 0);
    assert!(codes(&interpret(&mut engine, parse(ORDERS))).is_empty());
    assert!(codes(&run(&mut machine, parse(ORDERS))).is_empty());
    assert!(schema.is_valid(&json(ORDERS)));
    for (code, good, bad) in WRONG {
        let text = wrong(good, bad);
        let found = codes(&interpret(&mut engine, parse(&text)));
        assert!(found.contains(code), "{code}: the interpreter finds {found:?}");
        assert_eq!(codes(&run(&mut machine, parse(&text))), found, "{code}: the machine");
        let report = check(&read(&text));
        assert!(report.findings.iter().any(|finding| finding.code == code), "{code}: cmkit");
        assert_eq!(schema.is_valid(&json(&text)), ACROSS.contains(&code), "{code}: the schema");
    }

    let mut group = criterion.benchmark_group("policy: text to findings");
    group.bench_function("cmkit, every rule, located findings", |bencher| {
        bencher.iter(|| check(&read(black_box(ORDERS))));
    });
    group.bench_function("regorus, machine, twenty rules", |bencher| {
        bencher.iter(|| run(&mut machine, parse(black_box(ORDERS))));
    });
    group.bench_function("regorus, interpreter, twenty rules", |bencher| {
        bencher.iter(|| interpret(&mut engine, parse(black_box(ORDERS))));
    });
    group.bench_function("jsonschema, twenty rules, one document", |bencher| {
        bencher.iter(|| schema.is_valid(&json(black_box(ORDERS))));
    });
    group.bench_function("serde_json to a value alone", |bencher| bencher.iter(|| json(black_box(ORDERS))));
    group.finish();

    // What is read already: the check alone.
    let (deployment, input, value) = (read(ORDERS), parse(ORDERS), json(ORDERS));
    let mut group = criterion.benchmark_group("policy: evaluation alone");
    group.bench_function("cmkit, every rule, located findings", |bencher| {
        bencher.iter(|| check(black_box(&deployment)));
    });
    group.bench_function("regorus, machine, twenty rules", |bencher| {
        bencher.iter(|| run(&mut machine, black_box(input.clone())));
    });
    group.bench_function("regorus, interpreter, twenty rules", |bencher| {
        bencher.iter(|| interpret(&mut engine, black_box(input.clone())));
    });
    group.bench_function("jsonschema, twenty rules, one document", |bencher| {
        bencher.iter(|| schema.is_valid(black_box(&value)));
    });
    group.finish();
}

criterion_group!(benches, policy_benches);
criterion_main!(benches);
