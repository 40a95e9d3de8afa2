/** What can happen, in the words of the page. What it does is the core's to say. */

import type { Happening } from "../cmkit";

export interface Choice {
  readonly name: Happening;
  readonly label: string;
  readonly group: string;
}

export const EVENTS: readonly Choice[] = [
  { name: "key-expires", label: "The key expires", group: "Key" },
  { name: "key-disabled", label: "The key is disabled", group: "Key" },
  { name: "key-deleted", label: "The key is deleted", group: "Key" },
  { name: "key-purged", label: "The key is purged", group: "Key" },
  { name: "rotated", label: "The key is rotated", group: "Key" },
  { name: "version-disabled", label: "An old version is disabled", group: "Key" },
  { name: "role-removed", label: "The role is taken away", group: "Grant" },
  { name: "policy-removed", label: "The access policy is removed", group: "Grant" },
  { name: "identity-deleted", label: "The identity is deleted", group: "Grant" },
  { name: "vault-deleted", label: "The vault is deleted", group: "Vault" },
  { name: "firewall-closed", label: "The firewall is closed", group: "Vault" },
  { name: "tenant-moved", label: "The subscription moves to another tenant", group: "Vault" },
  { name: "promoted", label: "A replica is promoted", group: "Cluster" },
];
