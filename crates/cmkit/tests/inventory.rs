//! The inventory against objects made for it: what needs which key, and what would no longer open.

use cmkit::envelope::{Holder, NewRecord, RecordOptions, SealKey, SealOptions};
use cmkit::inventory::{Answer, Disabling, Inventory, InventoryOptions, Report};
use cmkit::key::{KeyUri, KeyVersion};
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, KeyState};
use cmkit::{Code, Error};
use std::convert::Infallible;
use std::fs;
use std::sync::Arc;

/// A symmetric key in a vault that is any version it is asked for; nobody unwraps here.
fn vault(request: &KeyRequest) -> Result<KeyReply, Infallible> {
    Ok(match request {
        KeyRequest::Resolve { key } => KeyReply::Resolved(KeyState {
            key: key.clone(),
            material: KeyMaterial::Symmetric,
            enabled: true,
            not_before: None,
            expires: None,
            created: None,
            may_wrap: true,
        }),
        KeyRequest::Wrap { dek, .. } => {
            KeyReply::Wrapped(dek.expose().iter().map(|byte| byte ^ 0x5a).chain([0; 8]).collect())
        }
        other => unreachable!("{other:?}"),
    })
}

/// A version of the key `kek`, told by a byte.
fn version(byte: u8) -> KeyUri {
    let key = KeyUri::parse("https://orders.vault.azure.net/keys/kek").expect("a key");
    key.with_version(KeyVersion::from_bytes([byte; 16]))
}

fn sealed(versions: &[u8]) -> Vec<u8> {
    sealed_under(versions.iter().map(|byte| version(*byte).into()))
}

fn sealed_under(keys: impl IntoIterator<Item = SealKey>) -> Vec<u8> {
    cmkit::seal(b"data", SealOptions::new(keys), &vault).expect("sealed")
}

fn record(versions: &[u8]) -> NewRecord {
    let keys = versions.iter().map(|byte| version(*byte).into());
    cmkit::generate_record(RecordOptions::new(keys), &vault).expect("a record")
}

fn inventory(all_records: bool, objects: &[(&str, &[u8])]) -> Inventory {
    let mut inventory = Inventory::new(&InventoryOptions { all_records, ..InventoryOptions::default() });
    objects.iter().for_each(|(name, head)| inventory.add(name, head));
    inventory
}

fn without(inventory: &Inventory, versions: &[u8]) -> Disabling {
    let keys: Vec<KeyUri> = versions.iter().map(|byte| version(*byte)).collect();
    inventory.may_disable(&keys).expect("an answer")
}

/// For each version: objects, and those that nothing else opens.
fn uses(report: &Report, byte: u8) -> (u64, u64) {
    let name = version(byte).to_string();
    let found = report.keys.iter().find(|key| key.key.as_deref() == Some(&name)).expect("the key is there");
    assert_eq!((found.holder, found.algorithm, found.key_size), (Holder::Vault, "A256KW", 256));
    assert!(found.wrapped_last.is_some_and(|time| time > 1_700_000_000));
    (found.objects, found.only)
}

#[test]
fn who_needs_which_version() {
    let objects = [("a", sealed(&[1])), ("b", sealed(&[1, 2])), ("c", sealed(&[2, 1])), ("d", sealed(&[3]))];
    let objects: Vec<(&str, &[u8])> = objects.iter().map(|(name, head)| (*name, &head[..])).collect();
    let inventory = inventory(false, &objects);
    let report = inventory.report();
    assert_eq!((report.objects, report.messages, report.key_records), (4, 4, 0));
    assert_eq!([uses(&report, 1), uses(&report, 2), uses(&report, 3)], [(3, 1), (2, 0), (1, 1)]);

    let one = without(&inventory, &[1]);
    assert_eq!((one.answer, one.lost.names(), one.still_open), (Answer::No, vec!["a"], 2));
    let two = without(&inventory, &[2]);
    assert_eq!((two.answer, two.lost.count(), two.still_open), (Answer::Yes, 0, 2));
    // Each may go, not both.
    assert_eq!(without(&inventory, &[1, 2]).lost.names(), ["a", "b", "c"]);
    assert_eq!(without(&inventory, &[9]).answer, Answer::Yes);

    let error = inventory.may_disable(&[version(1).versionless()]).expect_err("no version");
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(inventory.may_disable(&[]).expect_err("no key").code(), Code::InvalidArgument);
}

#[test]
fn nothing_at_all_is_no_yes() {
    assert_eq!(without(&inventory(false, &[]), &[1]).answer, Answer::Unknown);
    assert_eq!(without(&inventory(false, &[("text", b"no envelope")]), &[1]).answer, Answer::Unknown);
}

#[test]
fn what_stands_under_a_record_needs_its_keys() {
    let (old, new) = (record(&[1]), record(&[2]));
    let under_old = sealed_under([SealKey::from(Arc::clone(&old.key))]);
    let under_new = sealed_under([SealKey::from(Arc::clone(&new.key))]);
    let objects: [(&str, &[u8]); 4] =
        [("old", &old.record), ("new", &new.record), ("under old", &under_old), ("under new", &under_new)];

    // A record's head does not say which data key it has.
    let unlinked = inventory(false, &objects[1..]);
    let answer = without(&unlinked, &[1]);
    assert_eq!((answer.answer, answer.unsure.names()), (Answer::Unknown, vec!["under new", "under old"]));
    assert_eq!(unlinked.report().keys.iter().filter(|key| key.known == Some(false)).count(), 2);
    // Where every record is there and stays open, so does all that stands under them.
    assert_eq!(without(&inventory(true, &objects[1..]), &[1]).answer, Answer::Yes);
    let answer = without(&inventory(true, &objects), &[1]);
    assert_eq!((answer.answer, answer.lost.names(), answer.unsure.count()), (Answer::No, vec!["old"], 2));

    let mut linked = inventory(false, &objects);
    linked.link_record(&old.record, *old.key.id()).expect("linked");
    linked.link_record(&new.record, *new.key.id()).expect("linked");
    let answer = without(&linked, &[1]);
    assert_eq!((answer.answer, answer.lost.names(), answer.unsure.count()), (Answer::No, vec!["old", "under old"], 0));
    assert_eq!(uses(&linked.report(), 1), (1, 2), "one by an entry, two that nothing else opens");
    assert_eq!(without(&linked, &[3]).answer, Answer::Yes);
    // A copy of the record under another key opens too.
    linked.link_record(&record(&[3]).record, *old.key.id()).expect("linked");
    assert_eq!(without(&linked, &[1]).lost.names(), ["old"]);

    let error = linked.link_record(&under_old, [0; 16]).expect_err("a message");
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[test]
fn service_managed_objects_need_no_vault() {
    let key = Arc::new(cmkit::generate_service_key("default").expect("a key"));
    let own = sealed_under([SealKey::from(Arc::clone(&key))]);
    let both = sealed_under([SealKey::from(Arc::clone(&key)), version(1).into()]);
    let inventory = inventory(false, &[("own", &own), ("both", &both)]);
    assert_eq!(without(&inventory, &[1]).answer, Answer::Yes);
    let report = inventory.report();
    let name = format!("default/{}", key.version());
    let program = report.keys.iter().find(|found| found.key.as_deref() == Some(&name)).expect("the program's key");
    assert_eq!((program.holder, program.objects, program.only), (Holder::Program, 2, 1));
}

#[test]
fn files_in_folders() {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    };
    let one = sealed(&[1]);
    put("a.cmk", &one);
    put("deep/er/b.cmk", &sealed(&[2]));
    let padded = SealOptions { pad_to: Some(60_000), max_header: 65_536, ..SealOptions::new([version(2).into()]) };
    put("deep/padded", &cmkit::seal(&[7; 9000], padded, &vault).expect("sealed"));
    put("text", base64(&one).as_bytes());
    put("notes.txt", b"no envelope");
    put("empty", b"");
    put("cut", &one[..one.len() - 60]);
    put("cut text", b"iUNNSw!!");
    put("followed", &[&record(&[1]).record[..], b"x"].concat());
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("a.cmk", folder.path().join("link")).expect("linked");
        std::os::unix::fs::symlink("nowhere", folder.path().join("dangling")).expect("linked");
        std::os::unix::fs::symlink(".", folder.path().join("circle")).expect("linked");
        // A socket, which cannot be read.
        std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("bound");
    }
    let mut told = Vec::new();
    let inventory = Inventory::of_files([folder.path()], &InventoryOptions::default(), &mut |done| {
        told.push(done);
        Ok(())
    });
    let inventory = inventory.expect("an inventory");
    let report = inventory.report();
    let links = u64::from(cfg!(unix));
    assert_eq!(report.objects, 4 + links);
    assert_eq!((uses(&report, 1).0, uses(&report, 2).0), (2 + links, 2));
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    assert_eq!(report.unknown.names(), [at("empty"), at("notes.txt")]);
    let damaged: Vec<_> = report.damaged.first.iter().map(|fault| (fault.name.clone(), &*fault.code)).collect();
    assert_eq!(damaged, [(at("cut"), "truncated"), (at("cut text"), "malformed"), (at("followed"), "malformed")]);
    let unreadable: Vec<_> = report.unreadable.first.iter().map(|fault| (fault.name.clone(), &*fault.code)).collect();
    assert_eq!(unreadable, if cfg!(unix) { vec![(at("dangling"), "io")] } else { vec![] });
    assert_eq!(told, [9 + 2 * links]);
    // What is damaged may need any key.
    let answer = without(&inventory, &[9]);
    assert_eq!((answer.answer, answer.unjudged), (Answer::Unknown, 3 + links));

    let missing = Inventory::of_files([folder.path().join("gone")], &InventoryOptions::default(), &mut |_| Ok(()));
    assert_eq!(missing.expect("an inventory").report().unreadable.count, 1);
    let stopped = Inventory::of_files([folder.path()], &InventoryOptions::default(), &mut |_| Err(Error::decrypt()));
    assert_eq!(stopped.expect_err("stopped").code(), Code::Decrypt);
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..=group.len()).map(move |at| char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63])).collect::<String>()
    };
    bytes.chunks(3).map(digits).collect()
}

fn lines(text: &str) -> Result<Inventory, Error> {
    Inventory::of_json_lines(text.as_bytes(), &InventoryOptions::default(), &mut |_| Ok(()))
}

#[test]
fn heads_in_json_lines() {
    let (one, two) = (sealed(&[1]), sealed(&[2]));
    let NewRecord { record, key } = record(&[2]);
    let under = sealed_under([SealKey::from(Arc::clone(&key))]);
    let dek_id: String = key.id().iter().map(|byte| format!("{byte:02X}")).collect();
    let broken =
        base64(&two).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned()).collect::<Vec<_>>();
    let text = [
        format!(r#"{{"id": "plain", "head": "{}"}}"#, base64(&one)),
        String::new(),
        format!(r#"{{"head": "{}==", "id": 4711}}"#, base64(&one).replace('+', "-").replace('/', "_")),
        format!(r#"{{"id": "caf\u00e9", "head": "{}"}}"#, broken.join("\\n")),
        format!(r#"{{"id": "record", "head": "{}", "dek_id": "{dek_id}"}}"#, base64(&record)),
        format!(r#"{{"id": "under", "head": "{}"}}"#, base64(&under)),
        r#"{"id": "bad", "head": "!!"}"#.into(),
        r#"{"id": "other", "head": "bm90IG9uZQ=="}"#.into(),
    ];
    for end in ["", "\n", "\r\n"] {
        let inventory = lines(&(text.join("\n") + end)).expect("an inventory");
        let report = inventory.report();
        assert_eq!((report.objects, report.key_records, uses(&report, 1), uses(&report, 2)), (5, 1, (2, 2), (2, 3)));
        assert_eq!(report.unknown.names(), ["other"]);
        assert_eq!(report.damaged.first.first().map(|fault| &*fault.name), Some("bad"));
        assert_eq!(without(&inventory, &[1]).lost.names(), ["4711", "plain"]);
        assert_eq!(without(&inventory, &[2]).lost.names(), ["café", "record", "under"]);
    }
    assert_eq!(lines("").expect("an inventory").report().objects, 0);
}

#[test]
fn lines_that_are_something_else_are_told_by_number() {
    let good = format!("{{\"id\": 1, \"head\": \"{}\"}}\n", base64(&sealed(&[1])));
    for (bad, code) in [
        ("{\"id\": 1}", Code::Input),
        ("{\"id\": [1], \"head\": \"\"}", Code::Input),
        ("{\"id\": 1, \"head\": \"\", \"dekid\": \"\"}", Code::Input),
        ("{\"id\": 1, \"head\": \"\", \"dek_id\": \"12\"}", Code::Input),
        ("id,head", Code::Input),
        (&"x".repeat((1 << 20) + 1), Code::TooLarge),
        (&"x".repeat(10 << 20), Code::TooLarge),
    ] {
        let error = lines(&format!("{}\n{bad}\n{good}", good.repeat(400))).expect_err("refused");
        assert_eq!(error.code(), code, "{error}");
        assert!(error.message().starts_with("line 402 "), "{error}");
    }
}

#[test]
fn in_parallel_it_counts_as_one_by_one() {
    let heads: Vec<Vec<u8>> = (0..40).map(|at| sealed(&[at % 7, 100 + at % 3])).chain([record(&[1]).record]).collect();
    let objects: Vec<(String, &[u8])> =
        (0..30_000).map(|at| (format!("object {at}"), &heads[at * 31 % heads.len()][..])).collect();
    let text: String = objects
        .iter()
        .map(|(name, head)| format!("{{\"id\": \"{name}\", \"head\": \"{}\"}}\n", base64(head)))
        .collect();
    let mut one_by_one = inventory(false, &[]);
    objects.iter().for_each(|(name, head)| one_by_one.add(name, head));
    let in_parallel = lines(&text).expect("an inventory");
    assert_eq!(in_parallel.report(), one_by_one.report());
    assert_eq!(without(&in_parallel, &[1, 101]), without(&one_by_one, &[1, 101]));
    assert_eq!(without(&in_parallel, &[1, 101]).lost.names().len(), 100);
}
