/** Where to start from: filled-in forms, and documents that show what other checks let pass. */

import checkov from "../samples/checkov.json?raw";
import faulty from "../../../../examples/deploy/faulty.json?raw";
import golden from "../../../../examples/deploy/golden.json?raw";
import keySwap from "../../../../tests/vectors/policy/deployments/terraform-key-swap/plan.json?raw";
import shared from "../../../../tests/vectors/policy/deployments/combined-two-clusters-one-key/main.json?raw";
import type { Form, FormName } from "./model";

export interface Document {
  readonly name: string;
  readonly text: string;
}

export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** A form as of a day, or documents. */
  readonly form?: (today: Date) => Form;
  readonly documents?: readonly Document[];
}

/** What `az` prints of a living cluster and of what it rests on, one file each. */
const live = import.meta.glob<string>("../../../../examples/live/*.json", { query: "?raw", import: "default", eager: true });

const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
const TENANT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-db/providers`;

const good: Form = {
  subscriptionId: SUBSCRIPTION,
  resourceGroup: "rg-db",
  clusterName: "orders",
  location: "westus3",
  serverVersion: "8.0",
  tier: "M40",
  shardCount: "1",
  highAvailability: "ZoneRedundantPreferred",
  adminUsername: "ordersadmin",
  encryptionMode: "CustomerManaged",
  keyUrl: "https://kv-orders-wus3.vault.azure.net/keys/orders-kek",
  identityId: `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders-cmk`,
  identityLocation: "westus3",
  identityPrincipalId: "77777777-0000-4000-8000-000000000001",
  identityClientId: "77777777-0000-4000-8000-000000000002",
  identityTenantId: TENANT,
  identityIsolationScope: "none",
  identityAllowedProviders: "none",
  vaultName: "kv-orders-wus3",
  vaultLocation: "westus3",
  vaultTenantId: TENANT,
  vaultSku: "standard",
  vaultLock: "CanNotDelete",
  softDelete: "true",
  softDeleteRetentionInDays: "90",
  purgeProtection: "true",
  rbacAuthorization: "true",
  publicNetworkAccess: "Disabled",
  networkDefaultAction: "Deny",
  networkBypass: "AzureServices",
  grantRole: "Key Vault Crypto Service Encryption User",
  grantKeyPermissions: "none",
  keyType: "RSA",
  keySize: "4096",
  keyOps: "wrapKey, unwrapKey",
  keyEnabled: "true",
  keyNotBefore: "none",
  keyExportable: "false",
  keyReleased: "false",
  keyManaged: "false",
  keyVersions: "1",
  rotateAfter: "P18M",
  rotateBeforeExpiry: "none",
  rotationExpiry: "P2Y",
  createMode: "Default",
  sourceId: "none",
  sourceLocation: "none",
  restoreTime: "none",
};

const day = (today: Date, days: number): string => new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 10);

/** What a form of this kind has before anything is filled in. */
export const EMPTY: Record<FormName, Form> = {
  create: { createMode: "Default", sourceId: "none", sourceLocation: "none", restoreTime: "none" },
  replica: { createMode: "GeoReplica", restoreTime: "none" },
  restore: { createMode: "PointInTimeRestore", sourceLocation: "none" },
};

export const PRESETS: readonly Preset[] = [
  { id: "empty", title: "Empty form", text: "Nothing is filled in, so nothing is known.", form: () => EMPTY.create },
  {
    id: "golden", title: "Golden", text: "Everything as the documentation asks for it.",
    form: (today) => ({ ...good, keyExpires: day(today, 730) }),
  },
  {
    id: "expired", title: "Expired key", text: "The key ran out a month ago: the cluster would be out of reach.",
    form: (today) => ({ ...good, keyExpires: day(today, -30), rotateAfter: "none" }),
  },
  {
    id: "region", title: "Wrong region", text: "Vault and identity are not in the cluster's region.",
    form: (today) => ({ ...good, vaultLocation: "East US 2", identityLocation: "eastus2", keyExpires: day(today, 730) }),
  },
  {
    id: "checkov", title: "Checkov 7 of 7", text: "A template that passes all seven checks of Checkov, and can’t work.",
    documents: [{ name: "main.json", text: checkov }],
  },
  {
    id: "key-swap", title: "Terraform key swap", text: "A plan that changes the key, and destroys the cluster for it.",
    documents: [{ name: "plan.json", text: keySwap }],
  },
];

/** Documents to look at that are not among the presets. */
export const SAMPLES: readonly Preset[] = [
  { id: "faulty", title: "Faulty template", text: "An ARM template with the mistakes that are made most.", documents: [{ name: "faulty.json", text: faulty }] },
  { id: "shared", title: "Shared key", text: "A template of two clusters under one key: what happens to it reaches both.", documents: [{ name: "main.json", text: shared }] },
  { id: "live", title: "What az prints", text: "A living cluster, its vault, key and grants.", documents: Object.entries(live).map(([path, text]) => ({ name: path.split("/").at(-1)!, text })) },
  { id: "template", title: "Golden template", text: "An ARM template without a finding.", documents: [{ name: "golden.json", text: golden }] },
];

/** A copy of the golden cluster, for the forms of replicas and restores. */
export function copyOfGolden(kind: "replica" | "restore", today: Date): Form {
  const source = `${GROUP}/Microsoft.DocumentDB/mongoClusters/orders`;
  const base = { ...good, keyExpires: day(today, 730), sourceId: source };
  if (kind === "restore") {
    const restoreTime = `${day(today, -2)}T08:00:00Z`;
    return { ...base, clusterName: "orders-restored", createMode: "PointInTimeRestore", restoreTime };
  }
  return {
    ...base,
    clusterName: "orders-r", location: "eastus2", createMode: "GeoReplica", sourceLocation: "westus3",
    identityId: `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders-cmk-r`,
    identityLocation: "eastus2", vaultLocation: "eastus2", vaultName: "kv-orders-eus2",
    keyUrl: "https://kv-orders-eus2.vault.azure.net/keys/orders-kek",
  };
}
