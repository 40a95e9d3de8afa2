//! Inventories of the heads in `header.json`: what `inspect` takes is counted by its keys, the rest stands apart.

use cmkit::envelope::{self, HeadKeys, Holder};
use cmkit::inventory::{Answer, Inventory, InventoryOptions};
use cmkit::key::KeyUri;
use cmkit_conformance::Vectors;
use cmkit_conformance::case::{self, HeaderCase};

fn heads() -> Vec<(String, Vec<u8>)> {
    let vectors = Vectors::load();
    case::load::<HeaderCase>().into_iter().map(|case| (case.name, vectors.bytes(&case.head))).collect()
}

fn inventory(heads: &[&[u8]]) -> Inventory {
    let mut inventory = Inventory::new(&InventoryOptions::default());
    heads.iter().enumerate().for_each(|(at, head)| inventory.add(&at.to_string(), head));
    inventory
}

#[test]
fn every_head_is_counted_as_what_it_is() {
    let (mut sound, mut apart) = (0, 0);
    for (name, head) in heads() {
        let report = inventory(&[&head]).report();
        match envelope::inspect(&head) {
            Ok(found) => {
                sound += 1;
                assert_eq!((report.objects, report.keys.len()), (1, found.keys.len()), "{name}");
                for key in &found.keys {
                    let same = report.keys.iter().filter(|other| {
                        (other.holder, &other.key, &other.dek_id) == (key.holder, &key.key, &key.dek_id)
                            && (&other.thumbprint, other.algorithm) == (&key.thumbprint, key.algorithm)
                    });
                    assert_eq!(same.count(), 1, "{name}: {key:?}");
                }
                assert!(report.keys.iter().all(|key| key.only == u64::from(found.keys.len() == 1)), "{name}");
            }
            Err(error) => {
                apart += 1;
                let damaged = u64::from(HeadKeys::begins(&head));
                assert_eq!((report.damaged.count, report.unknown.count()), (damaged, 1 - damaged), "{name}");
                let told = report.damaged.first.first().map(|fault| fault.code.as_str());
                assert!(told.is_none_or(|code| code == error.code().as_str()), "{name}");
            }
        }
    }
    assert!(sound >= 20 && apart >= 50, "{sound} and {apart}");
}

#[test]
fn a_key_known_by_its_thumbprint_alone() {
    let heads = heads();
    let keys = |head: &[u8]| envelope::inspect(head).map_or_else(|_| Vec::new(), |found| found.keys);
    let unnamed = heads.iter().map(|(_, head)| head).find(|head| {
        let keys = keys(head);
        keys.len() == 1 && keys[0].holder == Holder::Unnamed
    });
    let unnamed = unnamed.expect("a head that names nobody");
    let thumbprint = keys(unnamed)[0].thumbprint.clone();
    let named = heads.iter().map(|(_, head)| head).find(|head| {
        let keys = keys(head);
        keys.len() == 1 && keys[0].holder == Holder::Vault && keys[0].thumbprint == thumbprint
    });
    let named = named.expect("a head that names the vault of that key");
    let text = keys(named)[0].key.clone().expect("a key");
    let host = text["https://".len()..].split('/').next().expect("a host").to_owned();
    let version = KeyUri::parse_on(&text, &[&host]).expect("a key");
    let other =
        KeyUri::parse("https://orders.vault.azure.net/keys/other/0123456789abcdef0123456789abcdef").expect("a key");
    let ask = |heads: &[&[u8]], key: &KeyUri| {
        let disabling = inventory(heads).may_disable(std::slice::from_ref(key)).expect("an answer");
        (disabling.answer, disabling.lost.count(), disabling.unsure.count())
    };
    // Nobody knows whose public key that is, until another head says so.
    assert_eq!(ask(&[unnamed], &version), (Answer::Unknown, 0, 1));
    assert_eq!(ask(&[unnamed, named], &version), (Answer::No, 2, 0));
    assert_eq!(ask(&[unnamed, named], &other), (Answer::Yes, 0, 0));
}
