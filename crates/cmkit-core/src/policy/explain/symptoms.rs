//! What people see when a key is out of reach - error codes, sentences of the portal, lines of the audit log - and the causes
//! in the order in which they turn out to be it. The most specific come first.

use super::causes::{
    Entry, FIREWALL, FORCED, IDENTITY_ADDED, IDENTITY_ATTACHED, IDENTITY_GONE, IDENTITY_TYPE, INCOMPLETE, KEY_DELETED,
    KEY_DISABLED, KEY_EXPIRED, KEY_OPS, KEY_TYPE, NAME_TAKEN, NO_GRANT, NO_KEY, NO_POLICY, NOT_ACTIVE, NOT_YET,
    OLD_VERSION, OWN_CLIENT, PERIMETER, POLICY_OVERWRITTEN, POLICY_TENANT, PURGE_FALSE, PURGE_PROTECTION, QUOTA,
    REGION, SERVICE, SOFT_DELETE, TENANT, TOKEN, VAULT_GONE, VAULT_NAME, VERSIONED, WRONG_ID, WRONG_MODEL, WRONG_SCOPE,
};

/// Something that can be recognised.
pub(super) struct Symptom {
    /// Its name in output.
    pub(super) id: &'static str,
    /// Alternatives; of one, every piece has to occur. Lower case, single blanks.
    pub(super) marks: &'static [&'static [&'static str]],
    pub(super) meaning: &'static str,
    pub(super) causes: &'static [&'static Entry],
    pub(super) source: &'static str,
}

const TROUBLE: &str = "https://learn.microsoft.com/azure/documentdb/how-to-database-encryption-troubleshoot";
const AT_REST: &str = "https://learn.microsoft.com/azure/documentdb/database-encryption-at-rest";
const HOW_TO: &str = "https://learn.microsoft.com/azure/documentdb/how-to-data-encryption";
const ERRORS: &str = "https://learn.microsoft.com/azure/key-vault/general/rest-error-codes";
const RBAC: &str = "https://learn.microsoft.com/azure/key-vault/general/rbac-guide";
const NETWORK: &str = "https://learn.microsoft.com/azure/key-vault/general/network-security";
pub(super) const DETAILS: &str = "https://learn.microsoft.com/azure/key-vault/keys/about-keys-details";
pub(super) const DELETION: &str = "https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview";
const THROTTLING: &str = "https://learn.microsoft.com/azure/key-vault/general/overview-throttling";
const VAULT_BODY: &str = "https://learn.microsoft.com/azure/templates/microsoft.keyvault/vaults";
const TERRAFORM: &str = "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/mongo_cluster";
const IDENTITIES: &str = "https://github.com/Azure/azure-rest-api-specs/issues/38810";
const STORAGE: &str = "https://github.com/MicrosoftDocs/azure-docs/issues/84096";
const RECOVERABLE: &str = "https://github.com/Azure/azure-cli/issues/12346";
const DISABLED: &str = "https://github.com/Azure/azure-sdk-for-python/issues/45342";

/// The order of 403s of which nothing more is known.
const REFUSED: &[&Entry] = &[
    &NO_GRANT,
    &NO_POLICY,
    &WRONG_ID,
    &WRONG_MODEL,
    &FIREWALL,
    &PERIMETER,
    &KEY_DISABLED,
    &KEY_EXPIRED,
    &NOT_ACTIVE,
    &KEY_OPS,
    &WRONG_SCOPE,
    &NOT_YET,
];
/// Ways to lose access to a key that was there.
const LOST: &[&Entry] = &[
    &KEY_DISABLED,
    &KEY_DELETED,
    &KEY_EXPIRED,
    &NO_GRANT,
    &NO_POLICY,
    &FIREWALL,
    &VAULT_GONE,
    &IDENTITY_GONE,
    &PERIMETER,
    &OLD_VERSION,
    &POLICY_OVERWRITTEN,
    &TENANT,
];
/// Ways not to get to a key in the first place.
const NEVER_HAD: &[&Entry] = &[
    &NO_GRANT,
    &NO_POLICY,
    &WRONG_ID,
    &WRONG_MODEL,
    &NOT_YET,
    &NO_KEY,
    &KEY_DISABLED,
    &FIREWALL,
    &PERIMETER,
    &KEY_EXPIRED,
    &NOT_ACTIVE,
    &KEY_TYPE,
    &WRONG_SCOPE,
    &REGION,
    &TENANT,
];
const BY_ROLE: &[&Entry] = &[&NO_GRANT, &WRONG_ID, &WRONG_MODEL, &WRONG_SCOPE, &NOT_YET, &IDENTITY_GONE];
const BY_POLICY: &[&Entry] = &[&NO_POLICY, &WRONG_ID, &WRONG_MODEL, &POLICY_TENANT, &POLICY_OVERWRITTEN];

pub(super) const fn symptom(
    id: &'static str,
    marks: &'static [&'static [&'static str]],
    meaning: &'static str,
    causes: &'static [&'static Entry],
    source: &'static str,
) -> Symptom {
    Symptom { id, marks, meaning, causes, source }
}

/// Codes and sentences that say what it is.
pub(super) const SPECIFIC: &[Symptom] = &[
    symptom(
        "provisioning-no-access",
        &[&["couldn't get access to the key"], &["could not get access to the key"]],
        "the cluster could not be made: the service did not get to the key. One sentence stands for three causes - the key, the \
         grant, the network - and the cluster is `Failed`: mend the cause, delete the failed cluster, make it again",
        NEVER_HAD,
        TROUBLE,
    ),
    symptom(
        "CannotSetResourceIdentity",
        &[&["cannotsetresourceidentity"]],
        "the service refuses the kind of identity that the cluster was to get",
        &[&IDENTITY_TYPE, &IDENTITY_ATTACHED],
        IDENTITIES,
    ),
    symptom(
        "AzureKeyVaultKeyNotFound",
        &[&["azurekeyvaultkeynotfound"]],
        "the service did not find the key; missing rights look the same as a missing key",
        &[&NO_KEY, &VERSIONED, &NO_GRANT, &NO_POLICY, &REGION, &KEY_DELETED],
        TROUBLE,
    ),
    symptom(
        "KeyVaultAccessForbidden",
        &[&["keyvaultaccessforbidden"]],
        "the storage under the service was refused by the vault",
        REFUSED,
        TROUBLE,
    ),
    symptom(
        "storage-authentication-issue",
        &[&["the operation failed because of authentication issue on the keyvault"]],
        "the storage under the service can't use the key any more",
        &[&KEY_EXPIRED, &KEY_DISABLED, &NO_GRANT, &NO_POLICY, &FIREWALL, &WRONG_MODEL],
        STORAGE,
    ),
    symptom(
        "ForbiddenByRbac",
        &[&["forbiddenbyrbac"], &["caller is not authorized to perform action on resource"]],
        "the vault goes by Azure RBAC, and no role assignment lets the caller do this",
        BY_ROLE,
        RBAC,
    ),
    symptom(
        "ForbiddenByPolicy",
        &[&["forbiddenbypolicy"], &["accessdenied"], &["does not have keys", "permission on key vault"]],
        "the vault goes by access policies, and none lets the caller do this",
        BY_POLICY,
        ERRORS,
    ),
    symptom(
        "ForbiddenByFirewall",
        &[&["forbiddenbyfirewall"], &["client address is not authorized"]],
        "the vault's firewall refuses the caller, who is not a trusted service either",
        &[&FIREWALL, &PERIMETER, &OWN_CLIENT],
        NETWORK,
    ),
    symptom(
        "ForbiddenByConnection",
        &[
            &["forbiddenbyconnection"],
            &["public network access is disabled", "private link"],
            &["connection is not an approved private link"],
        ],
        "public access to the vault is disabled, and the caller comes neither as a trusted service nor over an approved private \
         link, or the bypass is off",
        &[&FIREWALL, &PERIMETER, &OWN_CLIENT],
        NETWORK,
    ),
    symptom(
        "KeyDisabled",
        &[&["keydisabled"], &["is not allowed on a disabled key"]],
        "the key, or the version that was asked for, is disabled: neither wrap nor unwrap works",
        &[&KEY_DISABLED, &OLD_VERSION],
        DISABLED,
    ),
    symptom(
        "KeyOperationForbidden",
        &[&["keyoperationforbidden"], &["is not permitted on this key"]],
        "the key does not list this operation",
        &[&KEY_OPS],
        ERRORS,
    ),
    symptom(
        "key-outside-its-dates",
        &[
            &["keynotyetvalidorexpired"],
            &["not yet valid or expired"],
            &["key has expired"],
            &["key is expired"],
            &["expired key"],
            &["key is not yet valid"],
        ],
        "wrapping is refused before the activation date and after the expiry, while unwrapping goes on: a probe that unwraps \
         proves nothing",
        &[&KEY_EXPIRED, &NOT_ACTIVE],
        DETAILS,
    ),
    symptom(
        "Conflict",
        &[
            &["objectisdeletedbutrecoverable"],
            &["objectisbeingdeleted"],
            &["deleted but recoverable"],
            &["vaultalreadyexists"],
        ],
        "the name is taken by something that is deleted and still kept",
        &[&NAME_TAKEN],
        DELETION,
    ),
    symptom(
        "expected-versionless",
        &[&["expected a versionless id"], &["key uri without version"], &["keyvault key uri without version"]],
        "clusters take a key URL without a version and follow the newest one",
        &[&VERSIONED],
        AT_REST,
    ),
    symptom(
        "vault-not-recoverable",
        &[&["keyvault policy recoverable is not set"]],
        "the vault keeps nothing that is deleted, or lets it be purged",
        &[&SOFT_DELETE, &PURGE_PROTECTION],
        RECOVERABLE,
    ),
    symptom(
        "purge-protection-false",
        &[&["enablepurgeprotection", "cannot be set to false"]],
        "purge protection can't be turned off, and can't be written as false even for a new vault",
        &[&PURGE_FALSE],
        VAULT_BODY,
    ),
    symptom(
        "forces-replacement",
        &[&["customer_managed_key", "forces replacement"], &["azurerm_mongo_cluster", "must be replaced"]],
        "this plan destroys the cluster and its data",
        &[&FORCED],
        TERRAFORM,
    ),
    symptom(
        "Inaccessible",
        &[&["inaccessible"]],
        "the service lost its access to the key and refuses all connections. It looks again from time to time: once access is \
         back, the cluster is `Ready` within 60 minutes",
        LOST,
        TROUBLE,
    ),
    symptom(
        "Failed",
        &[&["clusterstatus", "failed"], &["cluster status", "failed"]],
        "the cluster could not be made: mend the cause, delete the failed cluster, make it again",
        NEVER_HAD,
        TROUBLE,
    ),
    symptom(
        "portal-network-warning",
        &[&["network access control", "warning"], &["warning about network access"]],
        "a warning of the portal while a key is chosen in a closed vault; for the cluster it is harmless",
        &[&OWN_CLIENT, &FIREWALL],
        AT_REST,
    ),
    symptom(
        "host-not-found",
        &[
            &["could not resolve host"],
            &["name or service not known"],
            &["no such host"],
            &["getaddrinfo"],
            &["remote name could not be resolved"],
            &["nodename nor servname"],
        ],
        "the host of the vault is not known: a deleted vault loses its name",
        &[&VAULT_GONE, &VAULT_NAME],
        DELETION,
    ),
    symptom(
        "Unreachable",
        &[&["unreachable"], &["connection refused"], &["connection reset"], &["connection timed out"]],
        "nothing answers at the vault's address: it is gone, or something between shuts the way",
        &[&VAULT_GONE, &VAULT_NAME, &OWN_CLIENT],
        NETWORK,
    ),
    symptom(
        "KeyNotFound",
        &[&["keynotfound"], &["was not found in this key vault"]],
        "there is no such key in the vault; a deleted key that is still kept answers the same",
        &[&KEY_DELETED, &NO_KEY],
        ERRORS,
    ),
    symptom(
        "Throttled",
        &[&["throttled"], &["too many requests"], &["audit:*:429"]],
        "the vault had too many requests; that does not count against its limit",
        &[&QUOTA],
        THROTTLING,
    ),
];

/// What says little, and nothing where something else is recognised.
pub(super) const GENERAL: &[Symptom] = &[
    symptom(
        "Unauthorized",
        &[&["unauthorized"], &["audit:*:401"]],
        "the vault does not know the caller",
        &[&TOKEN, &TENANT],
        ERRORS,
    ),
    symptom(
        "Forbidden",
        &[&["forbidden"], &["audit:*:403"]],
        "the vault knows the caller and refuses",
        REFUSED,
        ERRORS,
    ),
    symptom(
        "BadParameter",
        &[&["badparameter"]],
        "a request that the vault can't make sense of: another algorithm, type or value than it takes",
        &[&KEY_TYPE, &NO_KEY, &INCOMPLETE],
        ERRORS,
    ),
    symptom(
        "conflict-general",
        &[&["conflict"]],
        "something of that name is there, or is being changed",
        &[&NAME_TAKEN],
        ERRORS,
    ),
    symptom(
        "InternalServerError",
        &[&["internalservererror"], &["internal server error"], &["serviceunavailable"], &["audit:*:500"]],
        "the service failed by itself",
        &[&SERVICE, &IDENTITY_ADDED],
        ERRORS,
    ),
    symptom(
        "update-refused",
        &[&["customermanagedkeyencryption"], &["keyencryptionkeyurl"]],
        "the service says something of the encryption block",
        &[&INCOMPLETE, &VERSIONED, &NO_KEY, &IDENTITY_ATTACHED, &IDENTITY_TYPE],
        HOW_TO,
    ),
];
