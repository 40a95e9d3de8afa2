//! The deployment as a script for bash with the Azure CLI.
//!
//! What the CLI has a stable command for is made by that command; key and cluster are written by `az rest`, because the
//! management API makes a key in a vault that is closed to the person, and takes `encryption`.

use super::fill::fill;
use super::{Design, ROLE, Site, rest};
use alloc::string::{String, ToString};

pub(super) fn write(design: &Design<'_>) -> String {
    let sites: String = design.sites.iter().map(|site| commands(design, site)).collect();
    let about = if design.plan.customer_managed { ABOUT } else { ABOUT_SERVICE_MANAGED };
    fill(TEMPLATE, &[("about", about.trim_end()), ("sites", sites.trim_end())])
}

fn commands(design: &Design<'_>, site: &Site) -> String {
    let parts = match (design.plan.customer_managed, design.rbac()) {
        (false, _) => [CLUSTER].concat(),
        (true, true) => [IDENTITY, VAULT, LOCK, KEY, ROLE_GRANT, CLUSTER].concat(),
        (true, false) => [IDENTITY, VAULT, LOCK, KEY, POLICY_GRANT, CLUSTER].concat(),
    };
    let (body, key) = (rest::cluster(design, site), rest::key(design));
    let rbac = design.rbac().to_string();
    let what = if site.is_replica() { "The replica, in its own region" } else { "The cluster" };
    fill(
        &parts,
        &[
            ("body", body.as_str()),
            ("keyBody", &key),
            ("what", what),
            ("password", "$password"),
            ("id", "$group_id"),
            ("rbac", &rbac),
            ("sku", design.sku()),
            ("role", ROLE),
            ("region", &site.region),
            ("cluster", &site.cluster),
            ("vault", &site.vault),
            ("key", &site.key),
            ("identity", &site.identity),
        ],
    )
}

const ABOUT: &str = "\
# Makes a cluster under a customer-managed key, and everything that it needs, in a resource group that exists.
# Final for its life: that the key is yours, the number of shards, and the vault's retention and purge protection.
";

const ABOUT_SERVICE_MANAGED: &str = "\
# Makes a cluster whose encryption key the service manages, in a resource group that exists.
# That is final: another mode takes a replica or a restore.
";

const TEMPLATE: &str = r#"#!/usr/bin/env bash
@{about}
set -euo pipefail

group=${1:?"usage: $0 RESOURCE_GROUP"}
group_id=$(az group show --name "$group" --query id --output tsv)
manage=$(az cloud show --query endpoints.resourceManager --output tsv)
manage=${manage%/}
read -rsp "Password of the cluster's administrator: " password
echo
# The password goes into JSON, and through standard input, so that no list of processes shows it.
password=${password//\\/\\\\}
password=${password//\"/\\\"}

@{sites}
"#;

const IDENTITY: &str = r#"# The identity as which the cluster uses its key.
az identity create --name @{identity} --resource-group "$group" --location @{region} --output none
principal=$(az identity show --name @{identity} --resource-group "$group" --query principalId --output tsv)

"#;

const VAULT: &str = r#"# The vault: closed to the public; the service comes in as a trusted Microsoft service.
az keyvault create --name @{vault} --resource-group "$group" --location @{region} --sku @{sku} \
  --enable-rbac-authorization @{rbac} --enable-purge-protection true --retention-days 90 \
  --public-network-access Disabled --default-action Deny --bypass AzureServices --output none
vault_id=$(az keyvault show --name @{vault} --query id --output tsv)

"#;

const LOCK: &str = r#"# Nobody deletes the vault by mistake.
az lock create --name keep --resource "$vault_id" --lock-type CanNotDelete --output none

"#;

const KEY: &str = r#"# The key, by way of the management API: the vault's own address is closed to us.
az rest --method put --url "$manage$vault_id/keys/@{key}?api-version=2026-02-01" --body @- --output none <<JSON
@{keyBody}
JSON

"#;

const ROLE_GRANT: &str = r#"# The grant: Key Vault Crypto Service Encryption User on the vault. It can take ten minutes to count.
az role assignment create --role @{role} --scope "$vault_id" \
  --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal --output none
sleep 600

"#;

const POLICY_GRANT: &str = r#"# The grant: what the service does with the key, and nothing more.
az keyvault set-policy --name @{vault} --object-id "$principal" \
  --key-permissions get list wrapKey unwrapKey --output none

"#;

const CLUSTER: &str = r#"# @{what}.
cluster_id=$group_id/providers/Microsoft.DocumentDB/mongoClusters/@{cluster}
az rest --method put --url "$manage$cluster_id?api-version=2025-09-01" --body @- --output none <<JSON
@{body}
JSON
az resource wait --ids "$cluster_id" --api-version 2025-09-01 --created

"#;
