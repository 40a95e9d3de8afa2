//! What any bytes do to cmkit's readers. Each target is a function from bytes that panics where something does not hold:
//! `tests/fuzz` feeds them from a fuzzer, `tests/conformance` replays the corpora that are kept.

#![forbid(unsafe_code)]
#![expect(clippy::missing_panics_doc, reason = "support of tests: whatever does not hold is a panic")]

mod bases;
mod document;
mod envelope;
mod mutate;

pub use document::{json, key_events, settings, several, whole};
pub use envelope::{compact, head, key_uri, open, record};
pub use mutate::mutate;

/// A target by the name of its corpus.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("arm", whole),
    ("azure_cli", whole),
    ("compact", compact),
    ("form", whole),
    ("head", head),
    ("json", json),
    ("key_events", key_events),
    ("key_uri", key_uri),
    ("mutate", mutate),
    ("open", open),
    ("record", record),
    ("settings", settings),
    ("several", several),
    ("terraform", whole),
];

/// Runs the target of this name.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target of this name");
    target(data);
}

/// The text at the front of the input.
fn text(data: &[u8]) -> &str {
    match str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&data[..error.valid_up_to()]).unwrap_or_default(),
    }
}
