//! Parts of the plaintext: from files, where only the needed chunks are read, and from pipes.

use crate::support::{Shell, bytes};

#[test]
fn ranges_from_files_and_pipes() {
    let (shell, _) = Shell::with_vault();
    let size = 100_000;
    let plain = bytes(size);
    shell.write("plain", &plain);
    shell.seal("");
    let envelope = shell.read("envelope");
    for (text, range) in [
        ("0..10", 0..10),
        ("..10", 0..10),
        ("99990..", 99_990..size),
        ("..", 0..size),
        ("16384..32768", 16_384..32_768),
        ("16383..65537", 16_383..65_537),
        ("99999..200000", 99_999..size),
        ("100000..", size..size),
        ("500..500", 500..500),
    ] {
        shell.opens(&format!("--range {text}"), &plain[range.clone()]);
        let piped = shell.good_from(&format!("open --vault v --range {text}"), &envelope);
        assert!(piped.out == plain[range.clone()], "{text} from a pipe");
        shell.good(&format!("open --vault v --range {text} -o part envelope"));
        assert!(shell.read("part") == plain[range], "{text} to a file");
    }
    shell.bad("open --vault v --range 100001.. -o part envelope", 2, &["out_of_range", "the data has 100000 bytes"]);
    assert_eq!(shell.run("open --vault v --range 100001..", &envelope).code, Some(2));
    for text in ["5", "5..4", "a..b", "-1..", "1..2..3"] {
        shell.bad(&format!("open --vault v --range={text} envelope"), 2, &[]);
    }
}

#[test]
fn a_range_reads_what_it_needs_and_proves_the_end() {
    let (shell, _) = Shell::with_vault();
    let plain = bytes(100_000);
    shell.write("plain", &plain);
    shell.seal("");
    let whole = shell.read("envelope");
    let head = whole.len() - (100_000 + 7 * 16);
    let changed = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    shell.write("envelope", changed(head + 3 * (16_384 + 16)));
    shell.opens("--range 0..16384", &plain[..16_384]);
    shell.bad("open --vault v --range 60000..60001 envelope", 6, &["decrypt"]);
    shell.bad("open --vault v envelope", 6, &["decrypt"]);
    shell.write("envelope", changed(whole.len() - 1));
    shell.bad("open --vault v --range 0..1 envelope", 6, &["decrypt"]);
    shell.write("envelope", &whole[..whole.len() - 20]);
    shell.bad("open --vault v --range 0..1 envelope", 6, &["decrypt"]);
    shell.write("envelope", &whole[..head + 16_400]);
    shell.bad("open --vault v --range 0..1 envelope", 3, &["truncated"]);
}
