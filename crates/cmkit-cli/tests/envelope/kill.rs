//! Killed at any moment: no partial output, no leftovers, nothing lost.

use crate::support::{KEK, Shell, bytes};
use std::io::Write;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Feeds a child slowly and kills it after so many bytes.
fn kill_after(mut child: Child, input: &[u8], sent: usize) {
    let mut pipe = child.stdin.take().expect("a pipe");
    for part in input[..sent].chunks(64 << 10) {
        pipe.write_all(part).expect("fed");
    }
    std::thread::sleep(Duration::from_millis(10)); // at work on what it has
    assert!(child.try_wait().expect("asked").is_none(), "it waits for the rest");
    child.kill().expect("killed");
    child.wait().expect("ended");
}

#[test]
fn half_way_through_sealing_and_opening() {
    let (shell, _) = Shell::with_vault();
    let plain = bytes(6 << 20);
    shell.write("plain", &plain);
    shell.seal("");
    let envelope = shell.read("envelope");
    let seal = format!("seal --vault v --key {KEK} -o out");
    for (line, input) in [(seal.as_str(), &plain), ("open --vault v -o out", &envelope)] {
        for present in [None, Some("what was there")] {
            let _ = std::fs::remove_file(shell.path("out"));
            if let Some(content) = present {
                shell.write("out", content);
            }
            let before = shell.listing();
            for sent in [0, 100_000, 1 << 20, (2 << 20) + 77, 4 << 20, input.len() - 1, input.len()] {
                let child = shell.command(line).stdin(Stdio::piped()).spawn().expect("started");
                kill_after(child, input, sent);
                assert!(shell.listing() == before, "{line}: {sent} bytes, {present:?}");
            }
        }
    }
}

#[test]
fn at_any_moment_the_output_is_the_old_one_or_the_new_one() {
    let (shell, _) = Shell::with_vault();
    let plain = bytes(2 << 20);
    shell.write("plain", &plain);
    shell.seal("");
    let begun = Instant::now();
    shell.good("open --vault v -o out envelope");
    let whole = begun.elapsed();
    let (mut old, mut new) = (0, 0);
    for turn in 0..40_u32 {
        shell.write("out", "what was there");
        let mut child = shell.command("open --vault v -o out envelope").spawn().expect("started");
        std::thread::sleep(whole * turn / 36);
        let _ = child.kill();
        child.wait().expect("ended");
        match shell.read("out") {
            content if content == b"what was there" => old += 1,
            content if content == plain => new += 1,
            content => panic!("turn {turn}: {} bytes", content.len()),
        }
    }
    assert!(old > 0, "{old} killed before, {new} after");
}

#[test]
fn rewrap_in_place() {
    let (shell, vault) = Shell::with_vault();
    let plain = bytes(100_000);
    shell.write("plain", &plain);
    shell.seal("--pad 4000");
    let line = format!("rewrap --vault v --to {KEK} --in-place envelope");
    let begun = Instant::now();
    shell.good(&line);
    let whole = begun.elapsed();
    let mut mended = 0;
    for turn in 0..60_u32 {
        if turn % 20 == 0 {
            vault.rotate("kek").expect("rotated");
        }
        let mut command = shell.command(&line);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        // Most turns where the writing is: in the last part of a run.
        std::thread::sleep(whole * (40 + turn) / 90);
        let _ = child.kill();
        child.wait().expect("ended");
        if shell.run("open --vault v envelope", b"").out != plain || shell.path("envelope.head").exists() {
            mended += 1;
            shell.good(&line);
        }
        assert!(!shell.path("envelope.head").exists(), "turn {turn}");
        shell.opens("", &plain);
    }
    println!("{mended} of 60 left a journal");
    let names: Vec<_> = shell.listing().into_keys().collect();
    assert_eq!(names, ["envelope", "plain", "v"]);
}
