//! The causes behind the errors: what is wrong, the rules that decide it from files, where to look, and the command that
//! shows it. `VAULT`, `KEY`, `IDENTITY` and `CLUSTER` in a command stand for names.

/// One cause, before anything is known about a deployment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) what: &'static str,
    /// A breach of one of these shows it.
    pub(super) rules: &'static [&'static str],
    /// Where all of these pass, it is ruled out; none of the files can rule it out where there are none.
    pub(super) kept: &'static [&'static str],
    pub(super) look: &'static str,
    pub(super) command: Option<&'static str>,
}

const fn entry(
    what: &'static str,
    rules: &'static [&'static str],
    look: &'static str,
    command: Option<&'static str>,
) -> Entry {
    Entry { what, rules, kept: &[], look, command }
}

impl Entry {
    /// The rules that rule it out where they pass.
    const fn unless(self, kept: &'static [&'static str]) -> Self {
        Self { kept, ..self }
    }
}

const GRANTS: Option<&str> = Some(
    "az role assignment list --include-inherited --assignee-object-id \
     $(az identity show --resource-group GROUP --name IDENTITY --query principalId --output tsv) \
     --scope $(az keyvault show --name VAULT --query id --output tsv)",
);
const POLICIES: Option<&str> = Some("az keyvault show --name VAULT --query properties.accessPolicies");
const PRINCIPAL: Option<&str> = Some("az identity show --resource-group GROUP --name IDENTITY --query principalId");
const MODEL: Option<&str> = Some("az keyvault show --name VAULT --query properties.enableRbacAuthorization");
const NETWORK: Option<&str> =
    Some("az keyvault show --name VAULT --query \"[properties.publicNetworkAccess, properties.networkAcls]\"");
const ATTRIBUTES: Option<&str> = Some("az keyvault key show --vault-name VAULT --name KEY --query attributes");
const KEY: Option<&str> = Some("az keyvault key show --vault-name VAULT --name KEY --query key");
const DELETED: Option<&str> = Some("az keyvault key show-deleted --vault-name VAULT --name KEY");
const PROTECTION: Option<&str> = Some("az keyvault show --name VAULT --query properties");
const CLUSTER: Option<&str> = Some(
    "az resource show --resource-group GROUP --resource-type Microsoft.DocumentDB/mongoClusters --name CLUSTER \
     --api-version 2025-09-01",
);

pub(super) const NO_GRANT: Entry = entry(
    "the identity has no role that allows it to read the key, to wrap and to unwrap",
    &["CMK4101", "CMK4103"],
    "the role assignments of the identity on the vault and above it",
    GRANTS,
)
.unless(&["CMK4101"]);
pub(super) const NO_POLICY: Entry = entry(
    "the identity has no access policy with get, wrapKey and unwrapKey",
    &["CMK4101", "CMK4106", "CMK4109"],
    "the access policies of the vault",
    POLICIES,
)
.unless(&["CMK4101"]);
pub(super) const WRONG_ID: Entry = entry(
    "the grant names the client id or the resource id, not the identity's object id (`principalId`)",
    &["CMK4102"],
    "the object id of the identity, against the one in the grant",
    PRINCIPAL,
)
.unless(&["CMK4101"]);
pub(super) const WRONG_SCOPE: Entry =
    entry("the grant is on another vault or key", &["CMK4104"], "the scope of the role assignment", GRANTS)
        .unless(&["CMK4101"]);
pub(super) const WRONG_MODEL: Entry = entry(
    "the grant is of the permission model that the vault does not use: roles count on a vault under Azure RBAC only, access \
     policies on any other only",
    &["CMK4105", "CMK1008"],
    "the permission model of the vault",
    MODEL,
).unless(&["CMK4101"]);
pub(super) const NOT_YET: Entry = entry(
    "the grant is there and does not count yet: a role assignment takes up to 10 minutes, one through a group many hours",
    &["CMK4110", "CMK4111"],
    "when the grant was made, against when the cluster was",
    GRANTS,
);
pub(super) const POLICY_TENANT: Entry = entry(
    "the access policy is of another tenant than the vault",
    &["CMK4108"],
    "the `tenantId` of the policy",
    POLICIES,
)
.unless(&["CMK4108"]);
pub(super) const POLICY_OVERWRITTEN: Entry = entry(
    "a template of the vault was deployed again and replaced all access policies",
    &["CMK4113"],
    "the access policies of the vault, and its last deployment",
    POLICIES,
);
pub(super) const NO_KEY: Entry = entry(
    "the key is not there: the URL of the cluster names another vault or another key, or it was never made",
    &["CMK3002", "CMK3003", "CMK3004", "CMK3005", "CMK3009", "CMK3010"],
    "the key URL of the cluster, against the key",
    ATTRIBUTES,
);
pub(super) const KEY_DELETED: Entry = entry(
    "the key is deleted; it can be recovered until its retention ends",
    &["CMK2013"],
    "the deleted keys of the vault, and the `scheduledPurgeDate`",
    DELETED,
);
pub(super) const KEY_DISABLED: Entry =
    entry("the key, or the version in use, is disabled", &["CMK2004"], "`enabled` of the key", ATTRIBUTES)
        .unless(&["CMK2004"]);
pub(super) const KEY_EXPIRED: Entry = entry(
    "the key has expired: extend the expiry first, wait for the cluster to be `Ready`, only then rotate",
    &["CMK2006", "CMK8003"],
    "`expires` of the key",
    ATTRIBUTES,
)
.unless(&["CMK2006"]);
pub(super) const KEY_EXPIRES: Entry = entry(
    "the key expires soon, and nothing rotates it before",
    &["CMK2007", "CMK7004", "CMK7006", "CMK7008"],
    "`expires` of the key, and its rotation policy",
    Some("az keyvault key rotation-policy show --vault-name VAULT --name KEY"),
)
.unless(&["CMK2007"]);
pub(super) const NOT_ACTIVE: Entry =
    entry("the key is not active yet", &["CMK2005"], "`notBefore` of the key", ATTRIBUTES).unless(&["CMK2005"]);
pub(super) const KEY_OPS: Entry =
    entry("the key does not allow wrapKey and unwrapKey", &["CMK2008"], "`keyOps` of the key", KEY)
        .unless(&["CMK2008"]);
pub(super) const KEY_TYPE: Entry = entry(
    "the key is of another type or size than RSA with 2048, 3072 or 4096 bits",
    &["CMK2001", "CMK2002"],
    "`kty` and size of the key",
    KEY,
)
.unless(&["CMK2001", "CMK2002"]);
pub(super) const OLD_VERSION: Entry = entry(
    "an older version was disabled before the service had moved to the new one, or a restore needs it",
    &["CMK3001", "CMK7009", "CMK7010"],
    "the versions of the key, when each was created and which are enabled",
    Some("az keyvault key list-versions --vault-name VAULT --name KEY"),
);
pub(super) const FIREWALL: Entry = entry(
    "the vault's firewall shuts the service out: it takes public access from all networks, or public access disabled with \
     the bypass for trusted Microsoft services",
    &["CMK5001", "CMK5002", "CMK5003"],
    "public access, default action and bypass of the vault; a private endpoint is no help",
    NETWORK,
).unless(&["CMK5001"]);
pub(super) const PERIMETER: Entry = entry(
    "a network security perimeter closes the vault; it overrides the bypass for trusted services",
    &["CMK5004"],
    "`publicNetworkAccess` of the vault: `SecuredByPerimeter`",
    NETWORK,
)
.unless(&["CMK5004"]);
pub(super) const OWN_CLIENT: Entry = entry(
    "it is your own client that the firewall shuts out, not the service: harmless for the cluster",
    &[],
    "whether your address is allowed in the vault's firewall",
    NETWORK,
);
pub(super) const VERSIONED: Entry =
    entry("the key URL carries a version", &["CMK3001"], "the key URL: nothing may follow the key's name", CLUSTER)
        .unless(&["CMK3001"]);
pub(super) const IDENTITY_TYPE: Entry = entry(
    "`identity.type` is not `UserAssigned`, alone: a customer-managed key takes a user-assigned identity and no other",
    &["CMK4001", "CMK4002"],
    "`identity` of the cluster",
    CLUSTER,
)
.unless(&["CMK4001", "CMK4002"]);
pub(super) const IDENTITY_ATTACHED: Entry = entry(
    "the identity of the key is not assigned to the cluster",
    &["CMK4003", "CMK4004", "CMK4005"],
    "`identity.userAssignedIdentities` of the cluster",
    CLUSTER,
)
.unless(&["CMK4003", "CMK4004"]);
pub(super) const IDENTITY_ADDED: Entry = entry(
    "an identity was added to a living cluster that had none: that was seen to end in HTTP 500",
    &[],
    "`identity` of the cluster before the change",
    CLUSTER,
);
pub(super) const IDENTITY_GONE: Entry = entry(
    "the identity was deleted; one of the same name is another identity",
    &[],
    "whether the identity is there, and whether its object id is the one in the grant",
    PRINCIPAL,
);
pub(super) const REGION: Entry = entry(
    "cluster, identity and vault are not in the same region",
    &["CMK6005", "CMK6006", "CMK6009"],
    "the regions of the three",
    PROTECTION,
)
.unless(&["CMK6005", "CMK6006"]);
pub(super) const TENANT: Entry = entry(
    "vault and identity are not in the same tenant, or the vault was moved to another one",
    &["CMK6007"],
    "the `tenantId` of the vault and of the identity",
    Some("az keyvault show --name VAULT --query properties.tenantId"),
)
.unless(&["CMK6007"]);
pub(super) const VAULT_GONE: Entry = entry(
    "the vault was deleted; after it is recovered, its role assignments have to be made again",
    &["CMK4114"],
    "the deleted vaults",
    Some("az keyvault show-deleted --name VAULT"),
);
pub(super) const VAULT_NAME: Entry = entry(
    "the host of the key URL is not that of a vault in this cloud",
    &["CMK3005", "CMK3006", "CMK3008"],
    "the host of the key URL",
    CLUSTER,
)
.unless(&["CMK3005"]);
pub(super) const NAME_TAKEN: Entry = entry(
    "a deleted key or vault of that name is still kept: recover it, or choose another name; it can't be made anew before it is \
     purged",
    &[],
    "the deleted keys, and the deleted vaults",
    DELETED,
);
pub(super) const SOFT_DELETE: Entry =
    entry("soft delete is off in the vault", &["CMK1001"], "`enableSoftDelete` of the vault", PROTECTION)
        .unless(&["CMK1001"]);
pub(super) const PURGE_PROTECTION: Entry =
    entry("purge protection is off in the vault", &["CMK1002"], "`enablePurgeProtection` of the vault", PROTECTION)
        .unless(&["CMK1002"]);
pub(super) const PURGE_FALSE: Entry = entry(
    "`enablePurgeProtection` is written as false: it can only be true, or left out",
    &["CMK1003"],
    "the template of the vault",
    None,
)
.unless(&["CMK1003"]);
pub(super) const QUOTA: Entry = entry(
    "the vault is busy: RSA keys of 4096 bits have an eighth of the quota of those with 2048; other users of the vault count too",
    &[],
    "the requests to the vault a second; wait 1, 2, 4, 8, 16 seconds between attempts",
    Some(
        "az monitor metrics list --metric ServiceApiHit --interval PT1M \
         --resource $(az keyvault show --name VAULT --query id --output tsv)",
    ),
);
pub(super) const TOKEN: Entry = entry(
    "the caller has no token, or one for another audience or of another tenant",
    &["CMK6007"],
    "the audience of the token (`https://vault.azure.net`), its issuer and the vault's `tenantId`",
    Some("az keyvault show --name VAULT --query properties.tenantId"),
);
pub(super) const SERVICE: Entry =
    entry("a fault of the service: try again; if it stays, ask support", &[], "the health of the service", None);
pub(super) const INCOMPLETE: Entry = entry(
    "the encryption block is incomplete, or an update left a parameter out: all of them are sent each time",
    &["CMK6002", "CMK6003"],
    "the encryption block of the cluster and its apiVersion",
    CLUSTER,
);
pub(super) const FORCED: Entry = entry(
    "Terraform's azurerm makes the cluster anew where key, identity or mode change; Azure itself changes key and identity in \
     place. Don't apply it: change it with a PATCH that sends all encryption parameters, then bring the state in line",
    &[],
    "the plan's `customer_managed_key` and `identity`",
    Some("terraform show -json PLAN"),
);
