//! A file far larger than memory should ever hold.

use crate::support::{KEK, Shell};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::process::Child;
use std::time::{Duration, Instant};

const SIZE: u64 = 4 << 30;
const MOST: u64 = 64 << 20;

/// Waits for a child and gives the most memory it had, in bytes.
fn watch(mut child: Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().expect("asked").is_none() {
        // The kernel keeps the high-water mark; only what happens after the last look is missed.
        let peak = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = peak.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        most = most.max(peak.unwrap_or(0) << 10);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(child.wait().expect("ended").success());
    most
}

#[test]
#[ignore = "takes 8 GiB of disk and minutes in a debug build; run by `./test --only big`"]
fn big_files_take_little_memory() {
    let (shell, _) = Shell::with_vault();
    let mut plain = File::create(shell.path("plain")).expect("made");
    plain.set_len(SIZE).expect("sparse");
    for at in [0, SIZE / 3, SIZE - 9] {
        plain.seek(SeekFrom::Start(at)).expect("sought");
        plain.write_all(b"some data").expect("written");
    }
    for (name, line) in [
        ("seal", format!("seal --vault v --key {KEK} -o envelope plain")),
        ("open", "open --vault v -o opened envelope".to_owned()),
    ] {
        let begun = Instant::now();
        let most = watch(shell.command(&line).spawn().expect("started"));
        println!("{name}: {:.1} MiB at most, {:.1} s", most as f64 / 1_048_576.0, begun.elapsed().as_secs_f64());
        assert!(most > 0 && most < MOST, "{name} took {most} bytes");
    }
    assert_same(&shell);
}

fn assert_same(shell: &Shell) {
    let open = |name: &str| File::open(shell.path(name)).expect("opened");
    let (mut plain, mut opened) = (open("plain"), open("opened"));
    assert_eq!(opened.metadata().expect("there").len(), SIZE);
    let (mut one, mut two) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    for at in 0..SIZE / (1 << 20) {
        plain.read_exact(&mut one).expect("read");
        opened.read_exact(&mut two).expect("read");
        assert!(one == two, "MiB {at}");
    }
}
