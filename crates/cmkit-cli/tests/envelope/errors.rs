//! Inputs that are not what they should be, and what failed runs leave: nothing, and everything as it was.

use crate::support::{KEK, Shell, bytes};

#[test]
fn truncated_anywhere() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", bytes(40_000));
    shell.seal("");
    let whole = shell.read("envelope");
    let head = shell.inspect("envelope")["head_size"].as_u64().expect("a size") as usize;
    shell.write("out", "what was there");
    let record = 16_384 + 16;
    for (size, code) in [
        (0, 3),
        (1, 3),
        (11, 3),
        (12, 3),
        (head / 2, 3),
        (head - 1, 3),
        (head, 3),
        (head + 15, 3),
        (head + 100, 6),
        (head + record, 3),
        (head + 2 * record, 3),
        (whole.len() - 1, 6),
    ] {
        shell.write("cut", &whole[..size]);
        shell.bad("open --vault v -o out cut", code, &["`cut`", if code == 3 { "truncated" } else { "decrypt" }]);
    }
    shell.write("long", [&whole[..], b"x"].concat());
    shell.bad("open --vault v -o out long", 6, &["decrypt"]);
}

#[test]
fn a_changed_bit_in_each_region() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", bytes(20_000));
    shell.seal("--pad 600 -c tenant=acme --namespace n");
    let whole = shell.read("envelope");
    shell.write("out", "what was there");
    let regions = [0, 4, 5, 6, 7, 10, 12, 20, 40, 120, 300, 480, 512, 530, 545, 560, 590, 600, 16_999, whole.len() - 1];
    for at in regions {
        for bit in [1, 0x80] {
            let mut changed = whole.clone();
            changed[at] ^= bit;
            shell.write("changed", changed);
            let before = shell.listing();
            let ran = shell.run("open --vault v -o out changed", b"");
            assert!(matches!(ran.code, Some(3 | 5 | 6)), "{at}: {ran:?}");
            assert!(ran.code != Some(5) || (12..512).contains(&at), "{at}: only a key's name can be of another key");
            assert!(ran.err.starts_with("error[") && ran.err.contains("`changed`"), "{at}: {}", ran.err);
            assert!(shell.listing() == before, "{at}");
        }
    }
}

#[test]
fn places_that_are_not_there() {
    let (shell, _) = Shell::with_vault();
    shell.write("plain", "some data");
    shell.seal("");
    std::fs::create_dir(shell.path("folder")).expect("made");
    shell.write("out", "what was there");
    let seal = format!("seal --vault v --key {KEK}");
    for line in [seal.as_str(), "open --vault v", "inspect"] {
        shell.bad(&format!("{line} missing"), 3, &["error[io]", "cannot read `missing`", "No such file"]);
        shell.bad(&format!("{line} folder"), 3, &["cannot read `folder`"]);
    }
    for line in [format!("{seal} plain"), "open --vault v envelope".into()] {
        shell.bad(&format!("{line} -o none/out"), 3, &["cannot create `none/out`", "must exist"]);
        shell.bad(&format!("{line} -o folder"), 3, &["`folder`", "directory", "name a file"]);
    }
    shell.bad("open --vault nowhere envelope", 3, &["`nowhere`", "cmkit vault init"]);
    shell.bad("open --vault v --record missing envelope", 3, &["`missing`"]);
    shell.bad("open --vault v --aad-file missing envelope", 3, &["`missing`"]);
    shell.bad("open --vault v --detached missing envelope", 3, &["`missing`"]);
    shell.bad(&format!("{seal} --detached none/head -o out plain"), 3, &["`none/head`"]);
}

#[test]
fn a_failed_run_leaves_the_output_as_it_was() {
    let (shell, vault) = Shell::with_vault();
    shell.write("plain", bytes(3 << 20));
    shell.seal("");
    shell.write("out", "what was there");
    let mut changed = shell.read("envelope");
    let at = changed.len() - 20_000;
    changed[at] ^= 1;
    shell.write("changed", changed);
    shell.bad("open --vault v -o out changed", 6, &["decrypt"]);
    shell.bad("open --vault v --range 3120000.. -o out changed", 6, &["decrypt"]);
    vault.set_enabled("kek", None, false).expect("disabled");
    shell.bad("open --vault v -o out envelope", 5, &["KeyDisabled"]);
    shell.bad("open --vault v -o envelope envelope", 5, &["KeyDisabled"]);
    shell.bad(&format!("seal --vault v --key {KEK} -o plain plain"), 5, &["KeyDisabled"]);
}

#[test]
fn the_same_file_in_and_out() {
    let (shell, _) = Shell::with_vault();
    let plain = bytes(3 << 20);
    shell.write("file", &plain);
    shell.good(&format!("seal --vault v --key {KEK} -o file file"));
    assert_eq!(shell.inspect("file")["mode"], "customer-managed");
    shell.good("open --vault v -o file file");
    assert!(shell.read("file") == plain);
}
