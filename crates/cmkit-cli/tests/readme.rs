//! The README's commands, run as written. Its Rust runs as a documentation test of the library.

use std::path::Path;
use std::process::Command;

/// The shell snippets after the command is installed, in order; `true` for those that need a checkout.
fn snippets(readme: &str) -> Vec<(bool, &str)> {
    readme
        .split("\n```")
        .filter_map(|block| block.strip_prefix("sh"))
        .filter_map(|block| block.split_once('\n'))
        .map(|(info, snippet)| (info.trim() == "checkout", snippet))
        .filter(|(_, snippet)| !snippet.starts_with("cargo ") && !snippet.starts_with("./test"))
        .collect()
}

#[test]
fn the_snippets_run_as_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("a README");
    let command = Path::new(env!("CARGO_BIN_EXE_cmkit"));
    let path = std::env::join_paths(
        [command.parent().expect("a folder").to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").expect("a path"))),
    );
    let path = path.expect("a path");
    let scratch = tempfile::tempdir().expect("a folder");
    let snippets = snippets(&readme);
    assert!(snippets.len() >= 7, "the README's snippets are found");
    for (checkout, snippet) in snippets {
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", snippet])
            .current_dir(if checkout { &root } else { scratch.path() })
            .env("PATH", &path)
            .env("XDG_DATA_HOME", scratch.path().join("home"))
            .output()
            .expect("bash");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{snippet}\n{text}\n{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn the_demo_behaves() {
    let output = Command::new(env!("CARGO_BIN_EXE_cmkit")).arg("demo").output().expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("  ok      ").count(), 10, "{text}");
    assert!(!text.contains("not so"), "{text}");
}
