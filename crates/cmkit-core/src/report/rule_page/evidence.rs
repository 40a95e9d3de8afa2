//! What a rule looks at, and the commands that fetch it where the files don't say.

use super::sentence;
use alloc::format;
use alloc::string::String;

const CLUSTER: &str =
    "az resource show --resource-group GROUP --resource-type Microsoft.DocumentDB/mongoClusters --name CLUSTER";
const ACCOUNT: &str = "az account show --query tenantId";
const VAULT: &str = "az keyvault show --name VAULT";
const KEY: &str = "az keyvault key show --vault-name VAULT --name KEY";
const IDENTITY: &str = "az identity show --resource-group GROUP --name IDENTITY";
const ROTATION: &str = "az keyvault key rotation-policy show --vault-name VAULT --name KEY";
const VERSIONS: &str = "az keyvault key list-versions --vault-name VAULT --name KEY";
const LOCKS: &str = "az lock list --resource-group GROUP --resource-type Microsoft.KeyVault/vaults --resource VAULT";
const GRANTS: &str = "az role assignment list --assignee-object-id PRINCIPAL_ID --include-inherited --scope VAULT_ID";
const PLAN: &str = "terraform plan -out plan && terraform show -json plan > plan.json";

/// The words of the table's `evidence`, and what fetches them.
const FETCHED_BY: &[(&str, &[&str])] = &[
    ("the vault's settings as deployed", &[VAULT]),
    ("the vault of the key URL", &[VAULT]),
    ("the region of the replica's vault", &[CLUSTER, VAULT]),
    ("the locks on the vault and above it", &[VAULT, LOCKS]),
    ("the key's attributes as deployed", &[KEY]),
    ("the key of the key URL", &[KEY]),
    ("the key's rotation policy as deployed", &[KEY, ROTATION]),
    ("the key's attributes and rotation policy as deployed", &[KEY, ROTATION]),
    ("the versions of the key", &[KEY, VERSIONS]),
    ("the identity as deployed", &[IDENTITY]),
    ("the grants of the identity on the vault", &[VAULT, IDENTITY, GRANTS]),
    ("the cluster's body with its parameter values", &[CLUSTER]),
    ("the cluster's `clusterStatus`", &[CLUSTER]),
    ("the cluster's `clusterStatus` and the key's attributes", &[CLUSTER, KEY]),
    ("the regions of cluster and vault", &[CLUSTER, VAULT]),
    ("the regions of cluster and identity", &[CLUSTER, IDENTITY]),
    ("the tenant ids of vault and deployment", &[VAULT, IDENTITY, ACCOUNT]),
    ("the replicas of the cluster", &[CLUSTER]),
    ("the resource ids of replica and primary", &[CLUSTER]),
    ("region and resource id of the source", &[CLUSTER]),
    ("the plan, as `terraform show -json` writes it", &[PLAN]),
];

pub(super) fn section(evidence: &str) -> String {
    let text = sentence(evidence);
    match fetched_by(evidence) {
        [] => text,
        commands => {
            let commands = commands.join("\n");
            format!("{text} Where the files don't say, this fetches it:\n\n```sh\n{commands}\n```")
        }
    }
}

/// The commands for what a rule looks at; none for what is only in a file.
pub(super) fn fetched_by(evidence: &str) -> &'static [&'static str] {
    FETCHED_BY.iter().find(|(known, _)| *known == evidence).map_or(&[], |(_, commands)| commands)
}
