/** A new deployment from a few choices. */

import { call } from "./error.js";
import { policy } from "./policy-module.js";
import type { Target } from "./words.js";

/** What is to be deployed. Names that are left out follow from the cluster's. */
export interface ScaffoldOptions {
  /** The name of the cluster. */
  name: string;
  /** The region, as `westus3` or `West US 3`. */
  region: string;
  /** The language. */
  to: Target;
  /** The tier; `M40` if left out. */
  tier?: string;
  /** The number of shards: final for a cluster under a customer-managed key. 1 if left out. */
  shards?: number;
  /** The service manages the key. That is final too. */
  serviceManaged?: boolean;
  /** The identity is let at the key by an access policy instead of a role. */
  accessPolicy?: boolean;
  /** After what time the key rotates, as an ISO 8601 duration; `P18M` if left out. */
  rotation?: string;
  /** The key rotates by hand only. */
  noRotation?: boolean;
  /** How long a new version of the key lives, as an ISO 8601 duration; for ever if left out. */
  expiry?: string;
  /** The key never leaves a hardware security module; takes a premium vault. */
  hsm?: boolean;
  /** The region of a replica. */
  replicaRegion?: string;
  /** The name of the vault, which nobody else in the world may have. */
  vault?: string;
  /** The name of the key. */
  key?: string;
  /** The name of the identity. */
  identity?: string;
}

/**
 * Writes a deployment that passes the check: identity, vault, key, grant and cluster. It holds no secret.
 *
 * ```ts
 * import { scaffold } from "cmkit";
 * const bicep = scaffold({ name: "orders", region: "westus3", to: "bicep" });
 * ```
 *
 * @throws CmkitError `invalid_argument` for names and choices that the services don't take.
 */
export function scaffold(options: ScaffoldOptions): string {
  const { to, ...choices } = options;
  return call(() => policy.get().scaffold(choices, to));
}
