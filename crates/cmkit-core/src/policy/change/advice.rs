//! The safe ways: what to do instead of what would destroy, with the commands for it.

use super::super::model::Cluster;
use super::super::scene::MONGO_CLUSTERS;
use super::super::text::Text;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(super) const INACCESSIBLE: &str = "all of it, out of reach until the access is back: within 60 minutes the cluster \
                                       refuses connections";
pub(super) const ALL: &str = "all of it";
pub(super) const AFTER_PURGE: &str =
    "all of it: out of reach within 60 minutes, and lost for good once the key is purged";

const API_VERSION: &str = "2025-09-01";

/// The URL of a cluster for `az rest`, with words to replace where the files don't say.
fn url(cluster: &Cluster, name: &str) -> String {
    let scope = cluster.resource.id.scope().and_then(Text::as_literal);
    let scope = scope.unwrap_or("/subscriptions/SUBSCRIPTION/resourceGroups/GROUP");
    format!("\"https://management.azure.com{scope}/providers/{MONGO_CLUSTERS}/{name}?api-version={API_VERSION}\"")
}

fn name(cluster: &Cluster) -> String {
    plain(cluster.resource.id.name().as_literal(), "CLUSTER")
}

/// What fits into a command line as it is, or a word to replace.
fn plain(text: Option<&str>, word: &str) -> String {
    let fits =
        |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:".contains(&b));
    text.filter(fits).unwrap_or(word).to_string()
}

/// The encryption of a cluster with every parameter, as a change has to send it.
fn encryption(cluster: &Cluster) -> String {
    let known = cluster.encryption.known();
    let key = plain(known.and_then(|e| e.key_url.literal()), "https://VAULT.vault.azure.net/keys/KEY");
    let identity = plain(known.and_then(|e| e.identity.literal()), "IDENTITY_ID");
    format!(
        r#""identity":{{"type":"UserAssigned","userAssignedIdentities":{{"{identity}":{{}}}}}},"properties":{{"encryption":{{"customerManagedKeyEncryption":{{"keyEncryptionKeyIdentity":{{"identityType":"UserAssignedIdentity","userAssignedIdentityResourceId":"{identity}"}},"keyEncryptionKeyUrl":"{key}"}}}}}}"#
    )
}

/// Changes key or identity of a living cluster to those of `after`.
pub(super) fn swap(before: &Cluster, after: &Cluster) -> Vec<String> {
    Vec::from([
        "grant the identity the new key first, and keep the former key enabled until the cluster is `Ready` under the new one".into(),
        format!("az rest --method patch --url {} --body '{{{}}}'", url(before, &name(before)), encryption(after)),
    ])
}

/// The same where Terraform looks after the cluster.
pub(super) fn swap_beside_terraform(before: &Cluster, after: &Cluster) -> Vec<String> {
    let mut way = Vec::from([
        "don't apply this plan; put `lifecycle { prevent_destroy = true, ignore_changes = [customer_managed_key, identity] }` into the cluster's block".into(),
        "apply what the new key needs without the cluster: its vault, the key and the grant".into(),
    ]);
    way.extend(swap(before, after));
    way.push("write the new key into the configuration, and take over what is there now:".into());
    way.push("terraform apply -refresh-only".into());
    way.push("terraform plan".into());
    way
}

/// Goes from one mode to the other.
pub(super) fn other_mode(before: &Cluster, after: &Cluster) -> Vec<String> {
    let to = after.encryption.known().is_some();
    let name = name(before);
    let copy = format!("{name}-copy");
    let mode = if to { "a customer-managed key" } else { "a service-managed key" };
    let source = plain(
        before.resource.id.scope().and_then(Text::as_literal),
        "/subscriptions/SUBSCRIPTION/resourceGroups/GROUP",
    );
    let source = format!("{source}/providers/{MONGO_CLUSTERS}/{name}");
    let restore = format!(
        r#""createMode":"PointInTimeRestore","restoreParameters":{{"pointInTimeUTC":"TIME","sourceResourceId":"{source}"}},"administrator":{{"userName":"ADMINISTRATOR"}}"#
    );
    let body = if to {
        format!(
            r#"{{"location":"REGION",{}}}"#,
            encryption(after).replacen("\"properties\":{", &format!("\"properties\":{{{restore},"), 1)
        )
    } else {
        format!(r#"{{"location":"REGION","properties":{{{restore}}}}}"#)
    };
    Vec::from([
        format!("leave the cluster as it is, and make a copy under {mode}: a replica, or a restore to a point in time"),
        format!("az rest --method put --url {} --body '{body}'", url(before, &copy)),
        "check the copy, move the clients to it, and only then delete the first cluster".into(),
    ])
}

/// Another number of shards.
pub(super) fn other_shards(before: &Cluster) -> Vec<String> {
    Vec::from([
        format!("leave `{}` as it is; make a new cluster with all the shards that it will need, under the same key", name(before)),
        "copy the data into it with `mongodump` and `mongorestore`, move the clients, and only then delete the first cluster".into(),
    ])
}

/// Another region.
pub(super) fn other_region(before: &Cluster) -> Vec<String> {
    Vec::from([
        format!(
            "make a replica of `{}` in the other region, with a vault, a key and an identity of that region",
            name(before)
        ),
        "wait until it has caught up, promote it, and only then delete the first cluster".into(),
    ])
}

/// Keeps a cluster that would be deleted.
pub(super) fn keep(cluster: &Cluster) -> Vec<String> {
    Vec::from([
        format!(
            "if `{}` is to go: copy what is still needed, delete its replica before it, and know that its backups end 7 days later",
            name(cluster)
        ),
        "if it is to stay, keep it in the files; a lock stops its deletion:".into(),
        format!(
            "az lock create --name keep --lock-type CanNotDelete --resource-type {MONGO_CLUSTERS} --resource-group GROUP --resource {}",
            name(cluster)
        ),
    ])
}

/// Keeps a cluster that Terraform would delete.
pub(super) fn keep_beside_terraform(cluster: &Cluster) -> Vec<String> {
    let mut way = Vec::from([
        "don't apply this plan; `lifecycle { prevent_destroy = true }` in the cluster's block makes Terraform refuse it".into(),
        "if Terraform should no longer look after the cluster, take it out of the state and let it live: a `removed` block with `destroy = false`".into(),
    ]);
    way.extend(keep(cluster).into_iter().take(1));
    way
}

/// Replaces what is under a cluster.
pub(super) fn make_before_destroy(what: &str) -> Vec<String> {
    Vec::from([
        format!("don't apply this plan: keep the {what}, and make the new one beside it, under another name"),
        "change the cluster to the new one in place, wait until it is `Ready`, and delete the former one last".into(),
    ])
}
