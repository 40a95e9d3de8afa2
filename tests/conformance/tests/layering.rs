//! Who may use whom, held against the sources and the manifests. ARCHITECTURE.md has the same in a picture.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A module of the core and the modules it may use.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("secret", &[]),
    ("key", &["error"]),
    ("crypto", &["error", "secret", "key"]),
    ("operation", &["error", "secret", "key"]),
    ("envelope", &["error", "secret", "key", "crypto", "operation"]),
    ("policy", &["error", "key"]),
    ("document", &["error", "key", "policy"]),
    ("report", &["error", "policy"]),
];

/// A crate and the crates of ours that it may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("cmkit-core", &[]),
    ("cmkit", &["cmkit-core"]),
    ("cmkit-vault", &["cmkit"]),
    ("cmkit-azure", &["cmkit"]),
    ("cmkit-cli", &["cmkit", "cmkit-azure", "cmkit-vault"]),
];

/// Packages of the workspace that may depend on the `rsa` crate, whose private operation leaks through its timing.
const USES_RSA: &[&str] = &["cmkit-core"];
/// The one file that names it, and what it may take from it.
const RSA_FILE: &str = "crypto/oaep.rs";
const RSA_ITEMS: &[&str] = &["BoxedUint", "PublicKey", "sha2::Sha256"];

/// What has no place in a crate without `std`, I/O, clock or randomness of its own.
const BARRED: &[&str] = &[
    "aws-lc-rs",
    "aws-lc-sys",
    "getrandom",
    "js-sys",
    "libc",
    "pyo3",
    "rayon",
    "reqwest",
    "rustix",
    "tokio",
    "wasm-bindgen",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The modules of the crate that a source names, without comments.
fn used_modules(source: &str) -> BTreeSet<String> {
    let code: Vec<&str> = source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join("\n");
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let named = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default(),
            None => rest,
        };
        let first = |path: &str| -> String {
            path.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
        };
        match rest.starts_with('{') {
            true => used.extend(named.split(',').map(first)),
            false => _ = used.insert(first(named)),
        }
    }
    used
}

#[test]
fn the_modules_of_the_core_keep_their_layers() {
    let folder = root().join("crates/cmkit-core/src");
    let mut files = Vec::new();
    rust_files(&folder, &mut files);
    let (mut seen, mut faults) = (BTreeSet::new(), Vec::new());
    for file in files {
        let inner = file.strip_prefix(&folder).expect("inside");
        let module = inner.components().next().expect("a part").as_os_str().to_string_lossy().replace(".rs", "");
        // A test may read a document to have something to check.
        if module == "lib" || inner.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            faults.push(format!("`{module}` is in no layer"));
            continue;
        };
        seen.insert(module.clone());
        for used in used_modules(&fs::read_to_string(&file).expect("a source")) {
            let is_module = LAYERS.iter().any(|(name, _)| *name == used);
            if is_module && used != module && !allowed.contains(&used.as_str()) {
                faults.push(format!("{} uses `{used}`", inner.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    for due in ["error", "secret", "key", "crypto", "operation", "envelope", "policy", "document"] {
        assert!(seen.contains(due), "`{due}` was read");
    }
}

#[test]
fn modules_are_found_however_they_are_named() {
    let used = used_modules(
        "use crate::error::Error;\nuse crate::{Code, key::KeyUri};\n// crate::envelope\nlet x = crate::policy::check();",
    );
    assert_eq!(used.iter().map(String::as_str).collect::<Vec<_>>(), ["Code", "error", "key", "policy"]);
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_crates_keep_their_layers() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    for (name, allowed) in CRATES {
        let package =
            packages.iter().find(|package| package["name"] == *name).unwrap_or_else(|| panic!("no crate {name}"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            let (used, is_normal) = (dependency["name"].as_str().expect("a name"), dependency["kind"].is_null());
            assert!(!is_normal || !used.starts_with("cmkit") || allowed.contains(&used), "{name} depends on {used}");
        }
    }
}

#[test]
fn the_rsa_crate_wraps_and_does_nothing_else() {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).expect("JSON");
    let depends = |package: &&Value| {
        package["dependencies"].as_array().is_some_and(|all| all.iter().any(|used| used["name"] == "rsa"))
    };
    let users: Vec<&str> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .filter(depends)
        .filter_map(|package| package["name"].as_str())
        .collect();
    assert_eq!(users, USES_RSA);

    let folder = root().join("crates/cmkit-core/src");
    let mut files = Vec::new();
    rust_files(&folder, &mut files);
    let mut taken = BTreeSet::new();
    for file in files {
        let source = fs::read_to_string(&file).expect("a source");
        let uses: Vec<&str> = source
            .lines()
            .map(str::trim)
            .filter(|line| {
                !line.starts_with("//")
                    && line
                        .split(|c: char| c != '_' && c != ':' && !c.is_alphanumeric())
                        .any(|word| word.starts_with("rsa::"))
            })
            .collect();
        assert!(uses.is_empty() || file.ends_with(RSA_FILE), "{} names the crate `rsa`: {uses:?}", file.display());
        for used in uses {
            let items = used.strip_prefix("use rsa::").and_then(|items| items.strip_suffix(';')).expect("an import");
            taken.extend(items.trim_matches(['{', '}']).split(", ").map(str::to_owned));
        }
    }
    assert_eq!(taken.iter().map(String::as_str).collect::<Vec<_>>(), RSA_ITEMS);
}

#[test]
fn the_core_has_no_dependency_that_needs_a_host() {
    let tree = cargo(&["tree", "-p", "cmkit-core", "--all-features", "-e", "normal", "--prefix", "none"]);
    let found: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(found.contains("aes-gcm"), "the tree was read");
    let barred: Vec<_> = BARRED.iter().filter(|name| found.contains(**name)).collect();
    assert!(barred.is_empty(), "{barred:?}");
}
