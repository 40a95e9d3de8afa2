//! Commands killed half-way (SIGKILL): no partial output, nothing that was there is harmed.

#![cfg(target_os = "linux")]

mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::time::Duration;
use support::{KEY, OTHER, Place, plaintext};

/// Feeds a child most of its input in pieces, then kills it while it waits for the rest.
fn feed_and_kill(mut child: Child, input: &[u8], pause: Duration) {
    let mut stdin = child.stdin.take().expect("piped");
    for piece in input.chunks(input.len() / 8) {
        if stdin.write_all(piece).is_err() {
            break;
        }
        std::thread::sleep(pause / 8);
    }
    child.kill().expect("killed");
    drop(stdin);
    assert_eq!(child.wait().expect("ends").code(), None, "it was killed and did not end by itself");
}

#[test]
fn a_killed_seal_or_open_leaves_nothing() {
    let place = Place::new();
    let data = plaintext(12_000_000);
    place.write("in", &data);
    place.expect(0, &format!("seal --vault vault --key {KEY} -o whole.cmk in"));
    let sealed = place.read("whole.cmk");
    place.write("there", "precious");
    let before = place.list();
    for round in 0..12 {
        let pause = Duration::from_millis(5 + 15 * round);
        let most = |bytes: &[u8]| bytes[..bytes.len() * 3 / 4].to_vec();
        for (command, input) in [
            (format!("seal --vault vault --key {KEY} -o new.cmk -"), most(&data)),
            (format!("seal --vault vault --key {KEY} -o there -"), most(&data)),
            ("open --vault vault -o new -".to_owned(), most(&sealed)),
            ("open --vault vault -o there -".to_owned(), most(&sealed)),
        ] {
            let child = place.command(&command).stdin(Stdio::piped()).spawn().expect("runs");
            feed_and_kill(child, &input, pause);
            assert_eq!(place.list(), before, "{command}");
            assert_eq!(place.read("there"), b"precious", "{command}");
        }
    }
}

#[test]
fn a_killed_rewrap_in_place_can_always_be_mended() {
    let place = Place::new();
    let data = plaintext(200_000);
    place.write("in", &data);
    place.expect(0, &format!("seal --vault vault --key {KEY} -o a.cmk in"));
    let start = std::time::Instant::now();
    place.expect(0, &format!("rewrap --vault vault --to {KEY} --in-place a.cmk"));
    let whole = start.elapsed();
    let mut interrupted = 0;
    for round in 0..60u32 {
        let to = if round % 2 == 0 { OTHER } else { KEY };
        let mut child = place
            .command(&format!("rewrap --vault vault --to {to} --in-place a.cmk"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("runs");
        // Over the last part of the time that a rewrap takes, in which it writes.
        std::thread::sleep(whole * (90 + round) / 180);
        child.kill().expect("killed");
        child.wait().expect("ends");
        interrupted += u32::from(place.exists("a.cmk.head"));
        place.expect(0, &format!("rewrap --vault vault --to {KEY} --in-place a.cmk"));
        let opened = place.run("open --vault vault a.cmk");
        assert!(opened.status.success() && opened.stdout == data, "round {round}");
        assert_eq!(place.list(), ["a.cmk", "in", "vault"]);
    }
    println!("{interrupted} of 60 kills left a journal, in steps of {:?}", whole / 180);
}

/// Peak resident memory of a running process, in KiB.
fn peak(pid: u32) -> Option<u64> {
    let mut status = String::new();
    File::open(format!("/proc/{pid}/status")).ok()?.read_to_string(&mut status).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
#[ignore = "seals and opens 4 GiB: ./test --only big"]
fn big_files_take_little_memory() {
    const SIZE: u64 = 4 << 30;
    let place = Place::new();
    File::create(place.path("in")).and_then(|file| file.set_len(SIZE)).expect("a sparse file");
    for command in [format!("seal --vault vault --key {KEY} -o a.cmk in"), "open --vault vault -o out a.cmk".to_owned()]
    {
        let start = std::time::Instant::now();
        let mut child = place.command(&command).spawn().expect("runs");
        let mut most = 0;
        let status = loop {
            most = most.max(peak(child.id()).unwrap_or_default());
            if let Some(status) = child.try_wait().expect("waits") {
                break status;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        assert!(status.success(), "{command}");
        println!("{command}: {} MiB at most, {:.1} s", most / 1024, start.elapsed().as_secs_f64());
        assert!(most > 0 && most < 64 * 1024, "{command}: {most} KiB");
    }
    let mut out = File::open(place.path("out")).expect("opened");
    let (mut buffer, mut total) = (vec![0; 1 << 20], 0);
    loop {
        let count = out.read(&mut buffer).expect("read");
        if count == 0 {
            break;
        }
        assert!(buffer[..count].iter().all(|byte| *byte == 0));
        total += count as u64;
    }
    assert_eq!(total, SIZE);
}
