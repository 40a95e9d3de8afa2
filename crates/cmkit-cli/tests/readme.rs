//! The commands of the README and the guides, run as written, and the output that they claim. The README's Rust runs as a
//! documentation test of the library.
//!
//! Blocks marked `sh` run in an empty folder, those marked `sh checkout` in one that has the examples. A block marked
//! `text` after one of them has lines of its output, `...` for what is left out. In `yaml` the steps that call cmkit run.
//! Blocks marked `bash` need Azure, Bicep or Terraform, and don't run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn the_readme_runs_as_written() {
    assert!(run("README.md") >= 7, "the README's snippets are found");
}

#[test]
fn the_guides_run_as_written() {
    assert!(run("docs/checking.md") >= 13, "the guide's snippets are found");
    assert!(run("docs/configuration.md") >= 1, "the guide's snippets are found");
    assert!(run("docs/fleet.md") >= 3, "the guide's snippets are found");
}

/// Runs the blocks of a document in order, and tells how many.
fn run(document: &str) -> usize {
    let text = fs::read_to_string(checkout().join(document)).expect("a document");
    let scratch = tempfile::tempdir().expect("a folder");
    let with_examples = scratch.path().join("checkout");
    for folder in ["examples", "docs/rules/samples"] {
        copy(&checkout().join(folder), &with_examples.join(folder));
    }
    // What pipelines call `infra` in the guides.
    copy(&checkout().join("examples/deploy"), &with_examples.join("infra"));
    let (mut count, mut output) = (0, String::new());
    for (info, block) in blocks(&text) {
        match info {
            "sh" if block.starts_with("cargo ") || block.starts_with("./test") => {}
            "sh" => output = shell(block, scratch.path(), scratch.path()),
            "sh checkout" => output = shell(block, &with_examples, scratch.path()),
            "yaml" => {
                let steps = block.lines().filter_map(|line| line.split_once(": cmkit "));
                let steps: String = steps.map(|(_, step)| format!("cmkit {step} || test $? -eq 1\n")).collect();
                output = shell(&steps, &with_examples, scratch.path());
            }
            "text" if count > 0 => claimed(block, &output),
            _ => continue,
        }
        count += usize::from(info != "text");
    }
    count
}

/// The fenced blocks of a document, each with what is said of it.
fn blocks(document: &str) -> Vec<(&str, &str)> {
    let inside = document.split("\n```").skip(1).step_by(2);
    inside.filter_map(|block| block.split_once('\n')).map(|(info, block)| (info.trim(), block)).collect()
}

fn shell(script: &str, folder: &Path, home: &Path) -> String {
    let command = Path::new(env!("CARGO_BIN_EXE_cmkit")).parent().expect("a folder").to_owned();
    let others = std::env::var_os("PATH").expect("a path");
    let path = std::env::join_paths([command].into_iter().chain(std::env::split_paths(&others))).expect("a path");
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", &path)
        .env("XDG_DATA_HOME", home.join("home"))
        .env_remove("GITHUB_ACTIONS")
        .env_remove("TF_BUILD")
        .output()
        .expect("bash");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{script}\n{}\n{printed}", String::from_utf8_lossy(&output.stderr));
    printed
}

/// Every line of a block is a line of the output, in this order. One that ends in `...` is the start of a line.
fn claimed(block: &str, output: &str) {
    let mut lines = output.lines();
    for line in block.lines().filter(|line| *line != "...") {
        let is = |found: &str| match line.strip_suffix("...") {
            Some(start) => found.starts_with(start),
            None => found.trim_end() == line,
        };
        assert!(lines.any(is), "`{line}` is not in the output, or not in this place:\n{output}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let (path, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("an entry");
        if path.ends_with("node_modules") {
            continue; // what the examples for JavaScript have installed
        }
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).expect("a file");
        }
    }
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_demo_behaves() {
    let output = Command::new(env!("CARGO_BIN_EXE_cmkit")).arg("demo").output().expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert_eq!(text.matches("  ok      ").count(), 10, "{text}");
    assert!(!text.contains("not so"), "{text}");
}
