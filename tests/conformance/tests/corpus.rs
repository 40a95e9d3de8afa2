//! What fuzzers found, and what they start from, replayed without a fuzzer: every input that `tests/fuzz` keeps goes through
//! its target.

use cmkit_hostile::TARGETS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Inputs in a corpus and bytes in all of it, at most: it is small, or it is not read.
const SMALL: (usize, u64) = (48, 64 * 1024);

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn inputs(kind: &str, target: &str) -> Vec<PathBuf> {
    let folder = fuzz().join(kind).join(target);
    let Ok(entries) = fs::read_dir(&folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn every_input_that_is_kept_goes_through_its_target() {
    let mut replayed = 0;
    for (name, target) in TARGETS {
        let found = inputs("corpus", name);
        let bytes: u64 = found.iter().map(|file| fs::metadata(file).expect("a file").len()).sum();
        assert!(!found.is_empty(), "`{name}` has no corpus");
        assert!(found.len() <= SMALL.0 && bytes <= SMALL.1, "`{name}` keeps {} inputs of {bytes} bytes", found.len());
        for file in found.into_iter().chain(inputs("seeds", name)) {
            let data = fs::read(&file).expect("an input");
            let outcome = std::panic::catch_unwind(|| target(&data));
            assert!(outcome.is_ok(), "`{name}` fails on {}", file.display());
            replayed += 1;
        }
    }
    assert!(replayed > 300, "only {replayed} inputs were replayed");
}

#[test]
fn every_target_is_fuzzed_and_every_corpus_has_its_target() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("the manifest");
    let paths = manifest.lines().filter_map(|line| line.strip_prefix("path = \"targets/")?.strip_suffix(".rs\""));
    let targets: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(paths.collect::<Vec<_>>(), targets);
    for target in &targets {
        let source = fs::read_to_string(fuzz().join(format!("targets/{target}.rs"))).expect("the target");
        assert!(source.contains(&format!("run(\"{target}\", data)")), "{target}");
    }
    let known: BTreeSet<String> = targets.iter().map(ToString::to_string).collect();
    for kind in ["corpus", "seeds"] {
        let folders = fs::read_dir(fuzz().join(kind)).expect("a folder");
        let named = folders.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let strange: Vec<_> = named.filter(|name| !known.contains(name)).collect();
        assert!(strange.is_empty(), "no target is called {strange:?}");
    }
}
