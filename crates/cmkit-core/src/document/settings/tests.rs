use super::*;
use crate::policy::rule;
use alloc::collections::BTreeMap;

const SCHEMA: &str = include_str!("../../../../../docs/settings.schema.json");

fn error(text: &str) -> String {
    let error = read_settings("s", text).expect_err(text);
    assert_eq!(error.code(), Code::Input, "{error}");
    error.message().to_owned()
}

#[test]
fn whole_settings_are_read() {
    let text = r#"// what we want
        { "$schema": "docs/settings.schema.json", "version": 1,
          "levels": { "CMK2003": "off", "CMK2007": "error" },
          "thresholds": { "expiryDays": 60, "rotationDays": 365, "retentionDays": 30 },
          "require": { "keySize": 3072, "hsm": true, "rotationDays": 180, "regions": ["West Europe"],
              "cmk": [{ "tag": "data-classification", "values": ["confidential"] }, { "tag": "pci" }] },
          "suppress": [{ "code": "CMK5002", "file": "infra/*.json", "resource": "kv", "pointer": "/properties",
              "reason": "set by policy", "until": "2027-06-30" }] }"#;
    let options = read_settings(".cmkit.json", text).expect("settings");
    let level = |code: &str| options.level(rule(code).expect(code));
    assert_eq!((level("CMK2003"), level("CMK2007"), level("CMK2001")), (None, Some(Level::Error), Some(Level::Error)));
    assert_eq!((options.expiry_days, options.rotation_days, options.retention_days), (60, 365, 30));
    let require = &options.require;
    assert_eq!((require.key_size, require.hsm, require.rotation_days), (Some(3072), true, Some(180)));
    assert_eq!((require.regions.as_slice(), require.cmk.len()), (["West Europe".to_owned()].as_slice(), 2));
    let one = &options.accept[0];
    assert_eq!(
        (one.code.as_str(), one.file.as_deref(), one.resource.as_deref()),
        ("CMK5002", Some("infra/*.json"), Some("kv"))
    );
    assert_eq!((one.pointer.as_deref(), one.until.as_deref()), (Some("/properties"), Some("2027-06-30")));
    assert!(text[one.span.start..one.span.end].starts_with("{ \"code\""));
    assert_eq!(options.file.map(|file| file.name).as_deref(), Some(".cmkit.json"));
    let mut nothing = read_settings("x", r#"{ "version": 1 }"#).expect("settings");
    nothing.file = None;
    assert_eq!(nothing, Options::default());
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_what_was_meant() {
    for (text, expected) in [
        ("[]", "line 1, column 1: the settings file takes an object, not an array"),
        ("{}", "line 1, column 1: the settings file has no `version`"),
        (r#"{ "version": 2 }"#, "column 14: `version` takes `1`, not `2`"),
        (r#"{ "version": "1" }"#, "`version` takes `1`, not `1`"),
        (
            "{ \"version\": 1,\n  \"supress\": [] }",
            "s: line 2, column 3: `supress` is no member of the settings file; did you mean `suppress`?",
        ),
        (r#"{ "Version": 1 }"#, "did you mean `version`?"),
        (r#"{ "rules": {} }"#, "it takes `$schema`, `version`, `levels`, `thresholds`, `require`, `suppress`"),
        (r#"{ "levels": { "CMK203": "off" } }"#, "`CMK203` is not the code of a rule; did you mean `CMK2003`?"),
        (r#"{ "levels": { "AZU-0016": "off" } }"#, "column 15: `AZU-0016` is not the code of a rule"),
        (
            r#"{ "levels": { "CMK2003": "none" } }"#,
            "column 26: `CMK2003` takes `error`, `warning`, `note` or `off`, not `none`",
        ),
        (r#"{ "levels": { "CMK2003": null } }"#, "not null"),
        (r#"{ "levels": { "CMK1002": "off" } }"#, "column 26: `CMK1002` can't be turned off: data can be lost by it"),
        (r#"{ "levels": { "CMK1002": "note" } }"#, "`CMK1002` can't be less than an error: data can be lost by it"),
        (
            r#"{ "thresholds": { "expiryDay": 30 } }"#,
            "`expiryDay` is no member of `thresholds`; did you mean `expiryDays`?",
        ),
        (r#"{ "thresholds": { "expiryDays": 0 } }"#, "`expiryDays` takes a whole number from 1 to 3650, not `0`"),
        (r#"{ "thresholds": { "expiryDays": 30.5 } }"#, "not `30.5`"),
        (r#"{ "thresholds": { "expiryDays": "P30D" } }"#, "not `P30D`"),
        (r#"{ "thresholds": { "retentionDays": 91 } }"#, "from 7 to 90, not `91`"),
        (r#"{ "thresholds": [] }"#, "`thresholds` takes an object, not an array"),
        (r#"{ "require": { "keySize": 1024 } }"#, "`keySize` takes 2048, 3072 or 4096, not `1024`"),
        (r#"{ "require": { "hsm": "yes" } }"#, "`hsm` takes `true` or `false`, not `yes`"),
        (r#"{ "require": { "regions": "westeurope" } }"#, "`regions` takes an array, not `westeurope`"),
        (r#"{ "require": { "regions": ["westeurope", 7] } }"#, "column 42: `regions` takes text, not `7`"),
        (r#"{ "require": { "cmk": [{ "values": ["x"] }] } }"#, "column 24: `cmk` has no `tag`"),
        (r#"{ "suppress": [{ "code": "CMK5002", "resource": "kv" }] }"#, "`suppress` has no `reason`"),
        (r#"{ "suppress": [{ "code": "CMK5002", "resource": "kv", "reason": " " }] }"#, "`reason` takes text"),
        (
            r#"{ "suppress": [{ "code": "CMK5002", "reason": "x" }] }"#,
            "a suppression says where it applies: `file` or `resource`",
        ),
        (r#"{ "suppress": [{ "code": "CMK9999", "reason": "x" }] }"#, "column 26: `CMK9999` is not the code of a rule"),
        (
            r#"{ "suppress": [{ "until": "next year" }] }"#,
            "column 27: `until` takes a date such as `2027-01-31`, not `next year`",
        ),
        (r#"{ "suppress": [{ "until": "2027-02-30" }] }"#, "not `2027-02-30`"),
        (r#"{ "suppress": [{ "pointer": "properties" }] }"#, "`pointer` takes a JSON Pointer"),
        (r#"{ "version": 1, "version": 1 }"#, "`version` stands twice"),
        (r#"{ "version": 1, }"#, "nothing follows this comma"),
    ] {
        let found = error(text);
        assert!(found.contains(expected), "{text}\n  found    {found}\n  expected {expected}");
    }
}

#[test]
fn limits_hold() {
    let long = format!(r#"{{ "version": 1 }} // {}"#, "x".repeat(MAX_SETTINGS));
    assert_eq!(read_settings("s", &long).expect_err("too long").code(), Code::TooLarge);
    let name = "é".repeat(10_000);
    assert!(error(&format!(r#"{{ "{name}": 1 }}"#)).len() < 400);
}

#[test]
fn no_byte_of_settings_makes_it_panic() {
    let text =
        r#"{ "version": 1, "levels": { "CMK2003": "off" }, "suppress": [{ "code": "CMK5002", "resource": "é" }] }"#;
    for (at, c) in text.char_indices() {
        for other in ["", "{", "\"", "9", "é", "\\"] {
            let _ = read_settings("s", &format!("{}{other}{}", &text[..at], &text[at + c.len_utf8()..]));
        }
    }
}

#[test]
fn a_baseline_is_read_as_it_is_written() {
    let known = Known {
        code: "CMK2003".into(),
        unknown: true,
        file: "main.json".into(),
        resource: None,
        fingerprint: "0123456789abcdef0123456789abcdef".into(),
    };
    let other = Known { resource: Some("Microsoft.KeyVault/vaults kv".into()), unknown: false, ..known.clone() };
    let baseline = Baseline { schema: 1, findings: Vec::from([known, other]) };
    let text = serde_json::to_string_pretty(&baseline).expect("text");
    assert_eq!(read_baseline("b", &text).expect("a baseline"), baseline);
    let wrong = read_baseline("b.json", r#"{ "schema": 2, "findings": [] }"#).expect_err("another shape");
    assert_eq!(wrong.message(), "b.json: line 1, column 13: `schema` takes `1`, not `2`");
}

/// The names that the reader takes, by the pointer of their object in the schema.
fn tables() -> BTreeMap<&'static str, Vec<&'static str>> {
    fn names<T>(table: &[Member<T>]) -> Vec<&'static str> {
        table.iter().map(|member| member.name).collect()
    }
    BTreeMap::from([
        ("", names(SETTINGS)),
        ("/properties/thresholds", names(THRESHOLDS)),
        ("/properties/require", names(REQUIRE)),
        ("/properties/require/properties/cmk/items", names(TAG)),
        ("/properties/suppress/items", names(SUPPRESS)),
    ])
}

/// The objects of a schema that name their members, by pointer.
fn objects(schema: &serde_json::Value, pointer: &str, found: &mut BTreeMap<String, Vec<String>>) {
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], false, "{pointer} is closed");
        found.insert(pointer.to_owned(), properties.keys().cloned().collect());
        for (name, inner) in properties {
            assert!(inner["description"].is_string(), "{pointer}: {name} is described");
            objects(inner, &format!("{pointer}/properties/{name}"), found);
        }
    }
    if schema["items"].is_object() {
        objects(&schema["items"], &format!("{pointer}/items"), found);
    }
}

#[test]
fn schema_and_reader_name_the_same_members() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let mut found = BTreeMap::new();
    objects(&schema, "", &mut found);
    let tables: BTreeMap<_, _> = tables()
        .into_iter()
        .map(|(pointer, mut names)| {
            names.sort_unstable();
            (pointer.to_owned(), names.into_iter().map(ToOwned::to_owned).collect())
        })
        .collect();
    found.values_mut().for_each(|names: &mut Vec<String>| names.sort_unstable());
    assert_eq!(found, tables);
    let levels = schema["properties"]["levels"]["additionalProperties"]["enum"].as_array().expect("words");
    assert!(levels.iter().map(|word| word.as_str()).eq(LEVELS.iter().map(|(word, _)| Some(*word))), "{levels:?}");
}

/// The ends of each range in the schema are read, and what is beyond them is not.
#[test]
fn schema_and_reader_have_the_same_ranges() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let mut ranges = 0;
    for section in ["thresholds", "require"] {
        for (name, member) in schema["properties"][section]["properties"].as_object().expect("members") {
            let reads = |number: i64| {
                read_settings("s", &format!(r#"{{ "version": 1, "{section}": {{ "{name}": {number} }} }}"#)).is_ok()
            };
            if let (Some(first), Some(last)) = (member["minimum"].as_i64(), member["maximum"].as_i64()) {
                assert!(reads(first) && reads(last) && !reads(first - 1) && !reads(last + 1), "{section}/{name}");
                ranges += 1;
            }
            for word in member["enum"].as_array().into_iter().flatten() {
                assert!(reads(word.as_i64().expect("a number")), "{name}: {word}");
            }
        }
    }
    assert_eq!(ranges, 4);
}
