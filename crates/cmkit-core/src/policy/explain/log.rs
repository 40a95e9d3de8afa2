//! Lines of the vault's audit log and its events: what was done to the key, or refused.
//!
//! A line is recognised by its operation and status, which the reading puts together as `audit:OPERATION:STATUS`.

use super::causes::{
    FIREWALL, KEY_DELETED, KEY_DISABLED, KEY_EXPIRED, KEY_EXPIRES, KEY_OPS, NO_GRANT, NO_KEY, NO_POLICY, NOT_ACTIVE,
    OLD_VERSION, PERIMETER, POLICY_OVERWRITTEN, PURGE_PROTECTION, VAULT_GONE, WRONG_ID, WRONG_MODEL, WRONG_SCOPE,
};
use super::symptoms::{DELETION, DETAILS, Symptom, symptom};

const LOGGING: &str = "https://learn.microsoft.com/azure/key-vault/general/logging";
const EVENTS: &str = "https://learn.microsoft.com/azure/key-vault/general/event-grid-overview";
const ROTATION: &str = "https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation";

/// What the log says. Every success has the status 200 here.
pub(super) const LOG: &[Symptom] = &[
    symptom(
        "KeyWrap-refused",
        &[&["audit:keywrap:403"]],
        "the vault refused to wrap. If unwrapping still works, the key is outside its dates: that is the one case in which the two \
         differ",
        &[
            &NO_GRANT,
            &NO_POLICY,
            &KEY_EXPIRED,
            &NOT_ACTIVE,
            &KEY_DISABLED,
            &FIREWALL,
            &PERIMETER,
            &WRONG_ID,
            &WRONG_MODEL,
            &KEY_OPS,
        ],
        LOGGING,
    ),
    symptom(
        "KeyUnwrap-refused",
        &[&["audit:keyunwrap:403"]],
        "the vault refused to unwrap: an expired key would have unwrapped, so it is not that",
        &[&NO_GRANT, &NO_POLICY, &KEY_DISABLED, &FIREWALL, &PERIMETER, &WRONG_ID, &WRONG_MODEL, &OLD_VERSION, &KEY_OPS],
        LOGGING,
    ),
    symptom(
        "KeyGet-refused",
        &[&["audit:keyget:403"]],
        "the vault refused to show the key, which takes the right to read it and works in every state of the key",
        &[&NO_GRANT, &NO_POLICY, &FIREWALL, &PERIMETER, &WRONG_ID, &WRONG_MODEL, &WRONG_SCOPE],
        LOGGING,
    ),
    symptom(
        "key-not-found-in-log",
        &[&["audit:keyget:404"], &["audit:keywrap:404"], &["audit:keyunwrap:404"]],
        "somebody asked for a key, or a version, that the vault does not have",
        &[&KEY_DELETED, &NO_KEY],
        LOGGING,
    ),
    symptom(
        "key-operation-worked",
        &[&["audit:keyunwrap:200"], &["audit:keywrap:200"], &["audit:keyget:200"]],
        "it worked. An unwrap that works does not mean that the key is in order: it works on an expired key too. The version that \
         it names is one that is still needed",
        &[&KEY_EXPIRED, &KEY_EXPIRES],
        DETAILS,
    ),
    symptom(
        "KeyDelete",
        &[&["audit:keydelete:200"], &["audit:keygetdeleted"]],
        "the key is deleted: its clusters are `Inaccessible` within 60 minutes, and its data is lost for good when it is purged",
        &[&KEY_DELETED],
        LOGGING,
    ),
    symptom(
        "KeyPurge",
        &[&["audit:keypurge:200"]],
        "the key is purged: what was encrypted under it is lost for good, unless there is a backup of the key",
        &[&PURGE_PROTECTION],
        LOGGING,
    ),
    symptom(
        "KeyRotate",
        &[&["audit:keyrotate"], &["audit:keyrotateifdue"], &["keynewversioncreated"]],
        "the key has a new version. The service moves to it by itself, in 24 hours or more; keep the old version enabled until the \
         log shows no use of it",
        &[&OLD_VERSION],
        ROTATION,
    ),
    symptom(
        "KeyUpdate",
        &[&["audit:keyupdate"]],
        "the attributes of the key were changed",
        &[&KEY_DISABLED, &KEY_EXPIRED, &NOT_ACTIVE, &KEY_OPS],
        LOGGING,
    ),
    symptom(
        "VaultDelete",
        &[&["audit:vaultdelete"]],
        "the vault is deleted: its clusters are `Inaccessible` within 60 minutes",
        &[&VAULT_GONE],
        LOGGING,
    ),
    symptom(
        "VaultRecover",
        &[&["audit:vaultrecover"]],
        "the vault is recovered, without its role assignments: the identity has to get its role again",
        &[&NO_GRANT],
        DELETION,
    ),
    symptom(
        "VaultPatch",
        &[&["audit:vaultpatch"], &["audit:vaultput"]],
        "the settings of the vault were changed: firewall, permission model, access policies",
        &[&FIREWALL, &PERIMETER, &POLICY_OVERWRITTEN, &WRONG_MODEL, &NO_POLICY],
        LOGGING,
    ),
    symptom(
        "VaultAccessPolicyChanged",
        &[&["vaultaccesspolicychangedeventgridnotification"], &["vaultaccesspolicychanged"]],
        "the access policies of the vault were changed",
        &[&NO_POLICY, &POLICY_OVERWRITTEN, &WRONG_MODEL],
        EVENTS,
    ),
    symptom(
        "KeyNearExpiry",
        &[&["keynearexpiryeventgridnotification"], &["keynearexpiry"]],
        "the key expires in 30 days: rotate it, or extend it, before that",
        &[&KEY_EXPIRES],
        EVENTS,
    ),
    symptom(
        "KeyExpired",
        &[&["keyexpiredeventgridnotification"], &["keyexpired"]],
        "the key has expired: its clusters are `Inaccessible` within 60 minutes. Don't rotate now",
        &[&KEY_EXPIRED],
        EVENTS,
    ),
];
