/** The fields as the pages of a portal show them: labels, controls, choices, and where each stands. */

import { isCustomerManaged, type Form } from "./model";

export type Choice = readonly [value: string, label: string];

export interface Field {
  readonly name: string;
  readonly label: string;
  /** `yes-no` has a third state, not filled in; `none` below adds that there is nothing of the kind. */
  readonly control: "text" | "number" | "password" | "date" | "select" | "choice" | "yes-no";
  readonly choices?: readonly Choice[];
  readonly hint?: string;
  readonly example?: string;
  /** What the tick box says that stands for `none`. */
  readonly none?: string;
  readonly wide?: boolean;
  readonly when?: (form: Form) => boolean;
}

export interface Section {
  readonly title: string;
  readonly text?: string;
  readonly fields: readonly Field[];
  readonly when?: (form: Form) => boolean;
}

const roles = [
  "Key Vault Crypto Service Encryption User", "Key Vault Crypto User", "Key Vault Crypto Officer",
  "Key Vault Administrator", "Key Vault Reader", "Key Vault Contributor", "Key Vault Secrets User",
  "Owner", "Contributor", "Reader",
];
const tiers = ["Free", "M10", "M20", "M25", "M30", "M40", "M50", "M60", "M80", "M200"];
const same = (values: readonly string[]): Choice[] => values.map((value) => [value, value]);

const tier: Field = { name: "tier", label: "Cluster tier", control: "select", choices: same(tiers) };
const shards: Field = {
  name: "shardCount", label: "Physical shards", control: "number", example: "1",
  hint: "Final under a customer-managed key: shards can't be added later.",
};
const availability: Field = {
  name: "highAvailability", label: "High availability", control: "select",
  choices: [["ZoneRedundantPreferred", "Zone-redundant, preferred"], ["SameZone", "Same zone"], ["Disabled", "Disabled"]],
};
const administrator: Field = { name: "adminUsername", label: "Admin username", control: "text", example: "clusteradmin" };
const password: Field = {
  name: "adminPassword", label: "Password", control: "password",
  hint: "Stays in this field: no check reads it, no link and no export has it.",
};

const subscription: Field = {
  name: "subscriptionId", label: "Subscription", control: "text", wide: true, example: "11111111-2222-3333-4444-555555555555",
};
const group: Field = { name: "resourceGroup", label: "Resource group", control: "text", example: "rg-db" };
const region: Field = { name: "location", label: "Location", control: "text", example: "westus3" };

export const BASICS: readonly Section[] = [
  { title: "Project details", fields: [subscription, group] },
  {
    title: "Cluster details",
    fields: [
      { name: "clusterName", label: "Cluster name", control: "text", example: "orders" },
      { ...region, hint: "Identity and vault have to be in this region." },
      { name: "serverVersion", label: "MongoDB version", control: "select", choices: same(["8.0", "7.0", "6.0", "5.0"]) },
      tier, shards, availability,
    ],
  },
  { title: "Administrator", fields: [administrator, password] },
];

const identity: Section = {
  title: "User-assigned managed identity",
  text: "The service signs in to Key Vault as this identity.",
  when: isCustomerManaged,
  fields: [
    {
      name: "identityId", label: "Resource ID", control: "text", wide: true,
      example: "/subscriptions/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders-cmk",
    },
    { name: "identityLocation", label: "Region", control: "text", example: "westus3" },
    { name: "identityTenantId", label: "Tenant ID", control: "text" },
    { name: "identityPrincipalId", label: "Principal ID", control: "text", hint: "The object ID that grants name." },
    { name: "identityClientId", label: "Client ID", control: "text", hint: "Not what a grant names." },
    {
      name: "identityIsolationScope", label: "Isolation scope", control: "select", none: "No scope is set",
      choices: [["None", "None"], ["Regional", "Regional"]],
    },
    {
      name: "identityAllowedProviders", label: "May be assigned to", control: "text", none: "No restriction is set",
      example: "Microsoft.DocumentDB",
    },
  ],
};

const vault: Section = {
  title: "Key vault",
  text: "Holds the key. It has to let the service in, and keep what is deleted.",
  when: isCustomerManaged,
  fields: [
    { name: "vaultName", label: "Vault name", control: "text", hint: "Of the key identifier, if left out.", example: "kv-orders" },
    { name: "vaultLocation", label: "Region", control: "text", example: "westus3" },
    { name: "vaultTenantId", label: "Tenant ID", control: "text" },
    { name: "vaultSku", label: "Pricing tier", control: "select", choices: [["standard", "Standard"], ["premium", "Premium (HSM)"]] },
    { name: "softDelete", label: "Soft delete", control: "yes-no" },
    { name: "softDeleteRetentionInDays", label: "Days to retain deleted vaults", control: "number", example: "90" },
    { name: "purgeProtection", label: "Purge protection", control: "yes-no", hint: "Can't be undone." },
    {
      name: "vaultLock", label: "Resource lock", control: "select", none: "No lock",
      choices: [["CanNotDelete", "Delete"], ["ReadOnly", "Read-only"]],
    },
    {
      name: "publicNetworkAccess", label: "Public network access", control: "select",
      choices: [["Enabled", "Enabled"], ["Disabled", "Disabled"], ["SecuredByPerimeter", "Secured by perimeter"]],
    },
    {
      name: "networkDefaultAction", label: "Firewall default action", control: "select",
      choices: [["Allow", "Allow: all networks"], ["Deny", "Deny: selected networks"]],
    },
    {
      name: "networkBypass", label: "Trusted Microsoft services", control: "select",
      choices: [["AzureServices", "May bypass the firewall"], ["None", "May not bypass the firewall"]],
    },
  ],
};

const grant: Section = {
  title: "Grant",
  text: "What lets the identity read, wrap and unwrap with the key.",
  when: isCustomerManaged,
  fields: [
    {
      name: "rbacAuthorization", label: "Permission model", control: "choice", wide: true,
      choices: [["true", "Azure role-based access control"], ["false", "Vault access policy"]],
    },
    {
      name: "grantRole", label: "Role of the identity", control: "select", wide: true, none: "No role",
      choices: same(roles), hint: "Counts under role-based access control.",
    },
    {
      name: "grantKeyPermissions", label: "Key permissions of its access policy", control: "text", wide: true, none: "No access policy",
      example: "get, list, wrapKey, unwrapKey", hint: "Count under the vault access policy.",
    },
  ],
};

const key: Section = {
  title: "Key",
  when: isCustomerManaged,
  fields: [
    {
      name: "keyUrl", label: "Key identifier", control: "text", wide: true, hint: "Without a version: the cluster follows the newest.",
      example: "https://kv-orders.vault.azure.net/keys/orders-kek",
    },
    {
      name: "keyType", label: "Type", control: "select",
      choices: [["RSA", "RSA"], ["RSA-HSM", "RSA-HSM"], ["EC", "EC"], ["EC-HSM", "EC-HSM"]],
    },
    { name: "keySize", label: "Size", control: "select", choices: same(["4096", "3072", "2048"]) },
    { name: "keyEnabled", label: "Enabled", control: "yes-no" },
    { name: "keyOps", label: "Permitted operations", control: "text", example: "wrapKey, unwrapKey" },
    { name: "keyNotBefore", label: "Activation date", control: "date", none: "No activation date" },
    { name: "keyExpires", label: "Expiration date", control: "date", none: "Never expires" },
    { name: "keyVersions", label: "Versions", control: "number", hint: "1 of a new key.", example: "1" },
    { name: "keyExportable", label: "Exportable", control: "yes-no" },
    { name: "keyReleased", label: "Has a release policy", control: "yes-no" },
    { name: "keyManaged", label: "Backs a certificate", control: "yes-no" },
  ],
};

const rotation: Section = {
  title: "Rotation policy",
  when: isCustomerManaged,
  text: "ISO 8601 durations: P18M is eighteen months, P30D thirty days.",
  fields: [
    { name: "rotateAfter", label: "Rotate after creation", control: "text", none: "No such trigger", example: "P18M" },
    { name: "rotateBeforeExpiry", label: "Rotate before expiry", control: "text", none: "No such trigger", example: "P30D" },
    { name: "rotationExpiry", label: "Life of new versions", control: "text", none: "New versions never expire", example: "P2Y" },
  ],
};

const mode: Section = {
  title: "Data encryption",
  text: "Data at rest is always encrypted. Who manages the key is chosen here, once, for the life of the cluster.",
  fields: [
    {
      name: "encryptionMode", label: "Key management", control: "choice", wide: true,
      choices: [["ServiceManaged", "Service-managed key"], ["CustomerManaged", "Customer-managed key"]],
    },
  ],
};

export const ENCRYPTION: readonly Section[] = [mode, identity, key, grant, vault, rotation];

export const REPLICA: readonly Section[] = [
  {
    title: "Read replica",
    text: "A cluster of its own in another region: with its own identity, vault and key there.",
    fields: [
      { name: "clusterName", label: "Read replica name", control: "text", example: "orders-r" },
      { ...region, label: "Read replica region", example: "eastus2" },
      { name: "sourceId", label: "Primary cluster", control: "text", wide: true, example: "/subscriptions/…/mongoClusters/orders" },
      { name: "sourceLocation", label: "Region of the primary", control: "text", example: "westus3" },
      tier, availability,
    ],
  },
  ...ENCRYPTION,
];

export const RESTORE: readonly Section[] = [
  {
    title: "Point in time restore",
    text: "Makes another cluster from a backup of the last 35 days, in the same region, subscription and resource group.",
    fields: [
      { name: "sourceId", label: "Cluster to restore", control: "text", wide: true, example: "/subscriptions/…/mongoClusters/orders" },
      { name: "restoreTime", label: "Restore point (UTC)", control: "text", example: "2026-11-20T08:00:00Z" },
      { name: "clusterName", label: "Restore target cluster name", control: "text", example: "orders-restored" },
      region, administrator, password,
    ],
  },
  ...ENCRYPTION,
];

export const SECTIONS = { create: [...BASICS, ...ENCRYPTION], replica: REPLICA, restore: RESTORE } as const;

/** The fields that are on the page with what is filled in. */
export function fieldsOf(sections: readonly Section[], form: Form): Field[] {
  const there = sections.filter((section) => section.when?.(form) ?? true);
  return there.flatMap((section) => section.fields.filter((field) => field.when?.(form) ?? true));
}

export function labelOf(name: string): string {
  const all = [...SECTIONS.create, ...REPLICA, ...RESTORE].flatMap((section) => section.fields);
  return all.find((field) => field.name === name)?.label ?? name;
}
