//! The scenes of the demo, in the order of Azure's own account of a customer-managed key: grant, configure,
//! authenticate, wrap, unwrap; then what happens over the years.

use super::Stage;
use crate::failure::{Exit, Failure};
use std::path::Path;

const IDENTITY: &str = "id-orders-cmk";
const ROLE: &str = "Key Vault Crypto Service Encryption User";
const CMK: &str = "https://kv-orders-wus3.vault.azure.net/keys/orders-kek";
const REPLICA_CMK: &str = "https://kv-orders-eus2.vault.azure.net/keys/orders-kek";
const RESTORED_CMK: &str = "https://kv-restored-wus3.vault.azure.net/keys/orders-kek";

/// The deployment with faults, and the same one mended.
const FAULTY: &str = include_str!("faulty.json");
const GOLDEN: &str = include_str!("golden.json");

/// What unwraps as the service does: with the cluster's identity, in its vault.
const AS_CLUSTER: [&str; 4] = ["--vault", "kv-orders", "--as", IDENTITY];

pub(super) fn play(stage: &mut Stage, file: &Path) -> Result<(), Failure> {
    let path = file.to_string_lossy();
    let input: &str = &path;

    service_managed(stage, file, input)?;
    stage.end_scene();
    grant(stage, input)?;
    stage.end_scene();
    configure(stage)?;
    stage.end_scene();
    authenticate_and_wrap(stage)?;
    stage.end_scene();
    read_and_write(stage, file, input)?;
    stage.end_scene();
    rotate(stage, file)?;
    stage.end_scene();
    replicate(stage, file)?;
    stage.end_scene();
    restore_copy(stage, file)?;
    stage.end_scene();
    revoke(stage)?;
    stage.end_scene();
    recover(stage, file)?;
    stage.end_scene();
    Ok(())
}

fn service_managed(stage: &mut Stage, file: &Path, input: &str) -> Result<(), Failure> {
    stage.scene("Service-managed encryption: nothing to set up");
    stage.run(&["seal", "-o", "first.cmk", input], Exit::Good)?;
    stage.run(&["inspect", "first.cmk"], Exit::Good)?;
    stage.run(&["open", "-o", "back", "first.cmk"], Exit::Good)?;
    let same = stage.same("back", file)?;
    stage.check("sealed and opened with no key named and nothing set up", same);
    Ok(())
}

fn grant(stage: &mut Stage, input: &str) -> Result<(), Failure> {
    stage.scene("Grant: a vault, a key, an identity (step 1)");
    let host = "kv-orders-wus3.vault.azure.net";
    stage.run(&["vault", "init", "--vault", "kv-orders", "--host", host, "--purge-protection"], Exit::Good)?;
    stage.run(&["vault", "create-key", "orders-kek", "--kind", "rsa-3072", "--vault", "kv-orders"], Exit::Good)?;
    Stage::say("Before the grant the identity gets nothing, not even the public key:");
    let before =
        stage.run(&with(&["seal"], &AS_CLUSTER, &["--key", CMK, "-o", "early.cmk", input]), Exit::KeyUnavailable)?;
    let left = stage.path("early.cmk").exists();
    stage.run(&["vault", "grant", "--identity", IDENTITY, "--role", ROLE, "--vault", "kv-orders"], Exit::Good)?;
    stage.check(
        "refused without a grant: ForbiddenByRbac, and no file is left",
        before.contains("ForbiddenByRbac") && !left,
    );
    Ok(())
}

fn configure(stage: &mut Stage) -> Result<(), Failure> {
    stage.scene("Configure: check what is to be deployed (step 2)");
    stage.write("faulty.json", FAULTY)?;
    stage.write("main.json", GOLDEN)?;
    let heading = |line: &str| ["error", "warning", "note", "unknown"].iter().any(|level| line.starts_with(level));
    let last = |line: &str| heading(line) || line.contains("finding") || line.contains("passed");
    let faults = stage.run_cut(&["check", "faulty.json"], Exit::Findings, last)?;
    let count = faults.lines().filter(|line| line.starts_with("error")).count();
    stage.check(format!("{count} errors found in faulty.json, each with its place and its mend"), count >= 5);
    let clean = stage.run(&["check", "main.json"], Exit::Good)?;
    stage.check("main.json, mended, has none", !clean.contains("error"));
    Ok(())
}

fn authenticate_and_wrap(stage: &mut Stage) -> Result<(), Failure> {
    stage.scene("Authenticate and wrap the service's key (steps 3, 4)");
    stage.run(&with(&["vault", "try", "orders-kek"], &AS_CLUSTER, &[]), Exit::Good)?;
    stage.run(&with(&["record", "new"], &AS_CLUSTER, &["--key", CMK, "-o", "smk.record"]), Exit::Good)?;
    let shown = stage.run(&["inspect", "smk.record"], Exit::Good)?;
    stage.check("the service-managed key is a key record, wrapped under the CMK", shown.contains(CMK));
    Ok(())
}

fn read_and_write(stage: &mut Stage, file: &Path, input: &str) -> Result<(), Failure> {
    stage.scene("Unwrap for reads and writes (step 5)");
    stage.run(&with(&["seal"], &AS_CLUSTER, &["--record", "smk.record", "-o", "orders.cmk", input]), Exit::Good)?;
    stage.run(&with(&["open"], &AS_CLUSTER, &["--record", "smk.record", "-o", "back", "orders.cmk"]), Exit::Good)?;
    let same = stage.same("back", file)?;
    stage.check("CMK wraps the service-managed key, that one wraps the file's, AES-256-GCM encrypts it", same);
    stage.run(&with(&["seal"], &AS_CLUSTER, &["--key", CMK, "-o", "invoices.cmk", input]), Exit::Good)?;
    stage.run(&with(&["open"], &AS_CLUSTER, &["-o", "back", "invoices.cmk"]), Exit::Good)?;
    let same = stage.same("back", file)?;
    stage.check("another file straight under the CMK", same);
    stage.run(&["rewrap", "--vault", "kv-orders", "--to", CMK, "first.cmk"], Exit::Good)?;
    let shown = stage.run_cut(&["inspect", "first.cmk"], Exit::Good, |line| line.starts_with("mode"))?;
    stage.check("from service-managed to customer-managed is a rewrap", shown.contains("customer-managed"));
    Ok(())
}

fn rotate(stage: &mut Stage, file: &Path) -> Result<(), Failure> {
    stage.scene("Rotation: a new key version, and no data touched");
    let (record, orders, invoices) =
        (stage.read("smk.record")?, stage.read("orders.cmk")?, stage.read("invoices.cmk")?);
    stage.run(&["vault", "rotate", "orders-kek", "--vault", "kv-orders"], Exit::Good)?;
    stage.run(&with(&["open"], &AS_CLUSTER, &["-o", "back", "invoices.cmk"]), Exit::Good)?;
    let same = stage.same("back", file)?;
    stage.check("old data still opens, under the version that sealed it", same);

    stage.run(&with(&["rewrap"], &AS_CLUSTER, &["--to", CMK, "smk.record"]), Exit::Good)?;
    let rewritten = stage.read("smk.record")?.len();
    let untouched = stage.read("orders.cmk")? == orders && stage.read("smk.record")? != record;
    stage.check(
        format!("one record of {rewritten} bytes re-keys all under it; {} bytes of data untouched", orders.len()),
        untouched,
    );

    stage.run(&with(&["rewrap", "--in-place"], &AS_CLUSTER, &["--to", CMK, "invoices.cmk"]), Exit::Good)?;
    let now = stage.read("invoices.cmk")?;
    let changed: Vec<usize> = (0..now.len()).filter(|at| invoices.get(*at) != Some(&now[*at])).collect();
    let last = changed.last().copied().unwrap_or_default();
    let head = cmkit::envelope::inspect(&now)?.head_size;
    stage.check(
        format!(
            "a rewrap of the other changed {} of {} bytes, all within its head of {head}",
            changed.len(),
            now.len()
        ),
        now.len() == invoices.len() && !changed.is_empty() && last < head,
    );
    Ok(())
}

fn replicate(stage: &mut Stage, file: &Path) -> Result<(), Failure> {
    stage.scene("A replica elsewhere, with a vault and key of its own");
    let host = "kv-orders-eus2.vault.azure.net";
    stage.run(&["vault", "init", "--vault", "kv-replica", "--host", host, "--purge-protection"], Exit::Good)?;
    stage.run(&["vault", "create-key", "orders-kek", "--kind", "rsa-2048", "--vault", "kv-replica"], Exit::Good)?;
    let identity = "id-orders-cmk-eus2";
    stage.run(&["vault", "grant", "--identity", identity, "--role", ROLE, "--vault", "kv-replica"], Exit::Good)?;
    let orders = stage.read("orders.cmk")?;
    let both = ["--vault", "kv-orders", "--vault", "kv-replica"];
    stage.run(&with(&["rewrap"], &both, &["--to", REPLICA_CMK, "--keep", "smk.record"]), Exit::Good)?;
    let there = ["--vault", "kv-replica", "--as", identity];
    stage.run(&with(&["open"], &there, &["--record", "smk.record", "-o", "back", "orders.cmk"]), Exit::Good)?;
    let same = stage.same("back", file)? && stage.read("orders.cmk")? == orders;
    stage.check("the replica opens with its own key; another KEK, no data touched", same);
    Ok(())
}

fn restore_copy(stage: &mut Stage, file: &Path) -> Result<(), Failure> {
    stage.scene("A copy restored under a vault and a key of its own");
    let host = "kv-restored-wus3.vault.azure.net";
    stage.run(&["vault", "init", "--vault", "kv-restored", "--host", host, "--purge-protection"], Exit::Good)?;
    stage.run(&["vault", "create-key", "orders-kek", "--kind", "rsa-2048", "--vault", "kv-restored"], Exit::Good)?;
    Stage::say("(the backup: smk.record and orders.cmk, copied to restored.record and restored.cmk)");
    stage.write("restored.record", stage.read("smk.record")?)?;
    stage.write("restored.cmk", stage.read("orders.cmk")?)?;
    let both = ["--vault", "kv-orders", "--vault", "kv-restored"];
    stage.run(&with(&["rewrap"], &both, &["--to", RESTORED_CMK, "restored.record"]), Exit::Good)?;
    let alone = ["--vault", "kv-restored"];
    stage.run(&with(&["open"], &alone, &["--record", "restored.record", "-o", "back", "restored.cmk"]), Exit::Good)?;
    let same = stage.same("back", file)? && stage.read("restored.cmk")? == stage.read("orders.cmk")?;
    stage.check("the copy stands under its own key alone; no data touched", same);
    Ok(())
}

fn revoke(stage: &mut Stage) -> Result<(), Failure> {
    stage.scene("Revocation: the grant removed, then the key disabled");
    let open = with(&["open"], &AS_CLUSTER, &["--record", "smk.record", "-o", "gone", "orders.cmk"]);
    stage.run(&["vault", "revoke", "--identity", IDENTITY, "--role", ROLE, "--vault", "kv-orders"], Exit::Good)?;
    let first = stage.run(&open, Exit::KeyUnavailable)?;
    stage.check("without the grant: ForbiddenByRbac", first.contains("ForbiddenByRbac"));
    stage.run(&["vault", "grant", "--identity", IDENTITY, "--role", ROLE, "--vault", "kv-orders"], Exit::Good)?;
    stage.run(&["vault", "disable", "orders-kek", "--all-versions", "--vault", "kv-orders"], Exit::Good)?;
    let second = stage.run(&open, Exit::KeyUnavailable)?;
    let left = stage.path("gone").exists();
    stage
        .check("with the key disabled: KeyDisabled, and no plaintext is left", second.contains("KeyDisabled") && !left);
    Stage::say("A cluster under this key would become Inaccessible within about 60 minutes and refuse connections;");
    Stage::say("its data stays, unreadable, until the key is back.");
    Ok(())
}

fn recover(stage: &mut Stage, file: &Path) -> Result<(), Failure> {
    stage.scene("Restore: the key is enabled again");
    stage.run(&["vault", "enable", "orders-kek", "--all-versions", "--vault", "kv-orders"], Exit::Good)?;
    stage.run(&with(&["open"], &AS_CLUSTER, &["--record", "smk.record", "-o", "back", "orders.cmk"]), Exit::Good)?;
    let orders = stage.same("back", file)?;
    stage.run(&with(&["open"], &AS_CLUSTER, &["-o", "back", "invoices.cmk"]), Exit::Good)?;
    let invoices = stage.same("back", file)?;
    stage.check("both files open again; a cluster would be Ready within about 60 minutes", orders && invoices);
    Ok(())
}

/// A command with what says who asks, and the rest.
fn with<'a>(command: &[&'a str], who: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    [command, who, rest].concat()
}
