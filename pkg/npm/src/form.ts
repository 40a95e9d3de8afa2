/** The form: the flat model of what a person fills in on the pages of a portal. A test holds it against the core's table. */

/** Text; empty or `null` while it is not filled in. */
type Text<Word extends string = never> = Word | (string & {}) | null;
/** A whole number, or its digits. */
type Numeric = number | string | null;
/** A boolean, or `"true"` or `"false"`. */
type Flag = boolean | string | null;
/** Words, or text with commas or spaces between them. */
type List = readonly string[] | string | null;
/** A date, RFC 3339 text, or seconds since 1970. */
type Instant = Date | string | number | null;

/**
 * A form. Its members have the names of the form's fields, so that the path of a finding is that of a field.
 *
 * A member that is left out, `null` or empty is not filled in yet: what rests on it is unknown, never good. Where the
 * comment says so, `none` tells that there is nothing of the kind.
 */
export interface FormModel {
  /** What this object is. */
  cmkit?: "form/1";
  /** Subscription of the cluster. */
  subscriptionId?: Text;
  /** Resource group of the cluster. */
  resourceGroup?: Text;
  /** Name of the cluster. */
  clusterName?: Text;
  /** Region of the cluster. */
  location?: Text;
  /** Version of MongoDB; not checked. */
  serverVersion?: Text;
  /** Cluster tier, for example `M40`. */
  tier?: Text;
  /** Storage of each shard in GiB; not checked. */
  storageSizeGb?: Numeric;
  /** Shards. */
  shardCount?: Numeric;
  /** `Disabled`, `SameZone` or `ZoneRedundantPreferred`. */
  highAvailability?: Text<"Disabled" | "SameZone" | "ZoneRedundantPreferred">;
  /** Name of the administrator, or `none`. */
  adminUsername?: Text;
  /** Never read. */
  adminPassword?: Text;
  /** `Enabled` or `Disabled`, of the cluster itself; not checked. */
  clusterPublicNetworkAccess?: Text<"Enabled" | "Disabled">;
  /** Tags of the cluster, each `name=value`, with commas between them, or `none`. */
  tags?: List;
  /** `ServiceManaged` or `CustomerManaged`. */
  encryptionMode?: Text<"ServiceManaged" | "CustomerManaged">;
  /** Key identifier without version. */
  keyUrl?: Text;
  /** Resource id of the user-assigned identity. */
  identityId?: Text;
  /** Region of the identity. */
  identityLocation?: Text;
  /** Principal id of the identity. */
  identityPrincipalId?: Text;
  /** Client id of the identity. */
  identityClientId?: Text;
  /** Tenant of the identity. */
  identityTenantId?: Text;
  /** `None` or `Regional`, or `none`. */
  identityIsolationScope?: Text<"None" | "Regional">;
  /** Resource providers that may use the identity, or `none`. */
  identityAllowedProviders?: List;
  /** Name of the vault; that of `keyUrl` if left out. */
  vaultName?: Text;
  /** Region of the vault. */
  vaultLocation?: Text;
  /** Tenant of the vault. */
  vaultTenantId?: Text;
  /** `standard` or `premium`. */
  vaultSku?: Text<"standard" | "premium">;
  /** Soft delete. */
  softDelete?: Flag;
  /** Days that deleted keys are kept. */
  softDeleteRetentionInDays?: Numeric;
  /** Purge protection. */
  purgeProtection?: Flag;
  /** Whether roles count (true) or access policies. */
  rbacAuthorization?: Flag;
  /** `Enabled`, `Disabled` or `SecuredByPerimeter`. */
  publicNetworkAccess?: Text<"Enabled" | "Disabled" | "SecuredByPerimeter">;
  /** `Allow` or `Deny`. */
  networkDefaultAction?: Text<"Allow" | "Deny">;
  /** `AzureServices` or `None`. */
  networkBypass?: Text<"AzureServices" | "None">;
  /** Lock on the vault: `CanNotDelete` or `ReadOnly`, or `none`. */
  vaultLock?: Text<"CanNotDelete" | "ReadOnly">;
  /** Role of the identity on the vault: its name or id, or `none`. */
  grantRole?: Text;
  /** Resource id that the role is on; the vault if left out. */
  grantScope?: Text;
  /** Object id that the grant names; that of the identity if left out. */
  grantPrincipalId?: Text;
  /** Key permissions of the identity's access policy, or `none`. */
  grantKeyPermissions?: List;
  /** `RSA`, `RSA-HSM`, `EC` or `EC-HSM`. */
  keyType?: Text<"RSA" | "RSA-HSM" | "EC" | "EC-HSM">;
  /** Bits of the key. */
  keySize?: Numeric;
  /** Operations that the key is for. */
  keyOps?: List;
  /** Whether the key is enabled. */
  keyEnabled?: Flag;
  /** Activation of the key, or `none`. */
  keyNotBefore?: Instant;
  /** Expiry of the key, or `none`. */
  keyExpires?: Instant;
  /** Whether the key can be exported. */
  keyExportable?: Flag;
  /** Whether the key has a release policy. */
  keyReleased?: Flag;
  /** Whether the key backs a certificate. */
  keyManaged?: Flag;
  /** Versions of the key: 1 of a new one. */
  keyVersions?: Numeric;
  /** Rotation so long after creation, for example `P18M`, or `none`. */
  rotateAfter?: Text;
  /** Rotation so long before the expiry, or `none`. */
  rotateBeforeExpiry?: Text;
  /** Life of the versions that rotation makes, or `none`. */
  rotationExpiry?: Text;
  /** `Default`, `PointInTimeRestore`, `GeoReplica` or `Replica`. */
  createMode?: Text<"Default" | "PointInTimeRestore" | "GeoReplica" | "Replica">;
  /** Resource id of the cluster to copy, or `none`. */
  sourceId?: Text;
  /** Region of the cluster to copy, or `none`. */
  sourceLocation?: Text;
  /** Point in time to restore, or `none`. */
  restoreTime?: Instant;
}
