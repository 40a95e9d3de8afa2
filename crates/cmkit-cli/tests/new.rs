//! The command `cmkit new` as a person runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn cmkit(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cmkit"));
    command.args(arguments).current_dir(folder).output().expect("the command runs")
}

fn new(arguments: &[&str]) -> Output {
    cmkit(Path::new("."), &[&["new", "--name", "orders", "--region", "westus3"], arguments].concat())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn a_new_template_passes_the_check() {
    let folder = tempfile::tempdir().expect("a folder");
    for (index, choices) in [
        &[][..],
        &["--hsm", "--shards", "2", "--expiry", "P2Y", "--tier", "M80"],
        &["--grant", "policy", "--rotation", "none"],
        &["--replica-region", "East US 2", "--vault", "kv-1", "--key", "kek", "--identity", "id-1"],
        &["--mode", "service-managed"],
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!("{index}.json");
        let arguments = ["new", "--to", "arm", "--name", "orders", "--region", "westus3", "-o", &file];
        let output = cmkit(folder.path(), &[&arguments, choices].concat());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{}", text(&output.stderr));
        let checked = cmkit(folder.path(), &["check", "--at", "2026-12-01", "--fail-on", "note", &file]);
        assert_eq!(checked.status.code(), Some(0), "{choices:?}: {}", text(&checked.stdout));
        let fixed = cmkit(folder.path(), &["fix", "--at", "2026-12-01", "--irreversible", &file]);
        assert_eq!((fixed.status.code(), text(&fixed.stdout)), (Some(0), ""), "{choices:?}");
    }
}

#[test]
fn every_language_is_written_and_tells_the_same_names() {
    for (language, start) in [
        ("arm", "// A cluster under a customer-managed key"),
        ("bicep", "// A cluster under a customer-managed key"),
        ("terraform", "# A cluster under a customer-managed key"),
        ("az", "#!/usr/bin/env bash\n"),
        ("rest", "# A cluster under a customer-managed key"),
    ] {
        let choices = ["--replica-region", "eastus2", "--vault", "kv-our", "--key", "kek-7", "--identity", "id-our"];
        let output = new(&[&["--to", language], &choices[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{language}: {}", text(&output.stderr));
        let written = text(&output.stdout);
        assert!(written.starts_with(start) && written.ends_with('\n'), "{language}: {written}");
        for name in
            ["orders", "orders-r", "kv-our", "kv-our-r", "kek-7", "id-our", "id-our-r", "westus3", "eastus2", "M40"]
        {
            assert!(written.contains(name), "{language}: no {name} in {written}");
        }
        assert_eq!(written, text(&new(&[&["--to", language], &choices[..]].concat()).stdout), "the same each time");
    }
}

/// bash reads the script; it would stop at the first thing that it doesn't understand.
#[test]
fn the_script_is_bash() {
    let folder = tempfile::tempdir().expect("a folder");
    for choices in [&[][..], &["--grant", "policy", "--replica-region", "eastus2"], &["--mode", "service-managed"]] {
        let output = new(&[&["--to", "az"], choices].concat());
        fs::write(folder.path().join("new.sh"), &output.stdout).expect("a file");
        let Ok(parsed) = Command::new("bash").args(["-n", "new.sh"]).current_dir(folder.path()).output() else {
            return;
        };
        assert_eq!((parsed.status.code(), text(&parsed.stderr)), (Some(0), ""), "{choices:?}");
    }
}

/// The script run against an `az` that only writes down what it is told.
#[cfg(unix)]
#[test]
fn the_script_keeps_the_password_off_the_command_line() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let record = "#!/bin/sh\nprintf '%s\\n' \"$*\" >> calls\ncase \"$*\" in\n\
                  *--body*) cat >> bodies ;;\n*\"group show\"*) echo /subscriptions/s/resourceGroups/rg ;;\n\
                  *\"cloud show\"*) echo https://management.azure.com/ ;;\n*\"identity show\"*) echo 7777 ;;\n\
                  *\"keyvault show\"*) echo /subscriptions/s/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv ;;\nesac\n";
    for (name, script) in [("az", record), ("sleep", "#!/bin/sh\n")] {
        fs::write(folder.path().join(name), script).expect("a file");
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    fs::write(folder.path().join("new.sh"), new(&["--to", "az"]).stdout).expect("a file");
    fs::write(folder.path().join("password"), "a \"quoted\" \\ $HOME `id`\n").expect("a file");
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
    let input = fs::File::open(folder.path().join("password")).expect("the file");
    let run =
        Command::new("bash").args(["new.sh", "rg"]).env("PATH", path).current_dir(folder.path()).stdin(input).output();
    let Ok(run) = run else { return };
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect(name);
    let (calls, bodies) = (read("calls"), read("bodies"));
    assert!(!calls.contains("quoted"), "{calls}");
    let bodies: Vec<_> = serde_json::Deserializer::from_str(&bodies).into_iter::<serde_json::Value>().collect();
    let cluster = bodies[1].as_ref().expect("JSON");
    assert_eq!(cluster["properties"]["administrator"]["password"], "a \"quoted\" \\ $HOME `id`");
    assert_eq!(bodies[0].as_ref().expect("JSON")["properties"]["kty"], "RSA");
}

#[test]
fn what_the_services_refuse_is_refused() {
    for (arguments, reason) in [
        (&["--to", "arm", "--vault", "kv--x"][..], "no name for a vault"),
        (&["--to", "bicep", "--rotation", "P18X"], "no rotation"),
        (&["--to", "az", "--tier", "M10", "--replica-region", "eastus2"], "can't replicate"),
        (&["--to", "cdk"], "possible values"),
        (&[], "--to"),
    ] {
        let output = new(arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert!(text(&output.stderr).contains(reason), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.tf"), "mine").expect("a file");
    let arguments = ["new", "--to", "terraform", "--name", "orders", "--region", "westus3", "-o"];
    let output = cmkit(folder.path(), &[&arguments[..], &["main.tf"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is there already"));
    assert_eq!(fs::read_to_string(folder.path().join("main.tf")).expect("the file"), "mine");
    let output = cmkit(folder.path(), &[&arguments[..], &["no/such/folder.tf"]].concat());
    assert_eq!(output.status.code(), Some(3));
}
