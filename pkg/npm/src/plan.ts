/** What a change does to each cluster: from one deployment to the next, or as a Terraform plan says. */

import { Documents, seconds, withSettings } from "./documents.js";
import type { Place } from "./finding.js";
import type { Input } from "./input.js";
import type { Judgement } from "./judgement.js";
import type { Effect, RuleCode } from "./words.js";

/** What a change does. */
export interface ChangePlan {
  /** The version of this shape: 1. */
  schema: 1;
  at: string;
  /** The worst effect on any cluster. */
  effect: Effect;
  /** Every cluster, in the order of the files; deleted ones last. */
  clusters: ClusterPlan[];
}

/** What happens to one cluster. */
export interface ClusterPlan {
  name: string;
  /** Its address in Terraform. */
  address: string | null;
  /** The worst of its steps. */
  effect: Effect;
  /** Worst first. */
  steps: ChangeStep[];
}

/** One thing that happens to a cluster. */
export interface ChangeStep extends Place {
  effect: Effect;
  /** The rule that says so, where one does. */
  code: RuleCode | null;
  message: string;
  reason: string;
  /** The data that is lost or out of reach, if any. */
  dataAtRisk: string | null;
  /** How to do it safely, one step after the other; commands stand in lines of their own. */
  safeWay: string[];
}

/**
 * What becomes of each cluster between two deployments, each of which is the whole. Without `after`, what the Terraform
 * plans in `before` do.
 *
 * ```ts
 * import { plan, scaffold } from "cmkit";
 * const [before, after] = ["one", "two"].map((key) => scaffold({ name: "orders", region: "westus3", to: "arm", key }));
 * console.log(plan(before!, after!).effect);
 * ```
 */
export function plan(before: Input, after?: Input, options: Omit<Judgement, "baseline"> = {}): ChangePlan {
  const at = seconds(options.at);
  const next = after === undefined ? undefined : new Documents(after, undefined);
  return new Documents(before, undefined).lend((documents) =>
    withSettings(options, (settings) => documents.plan(next?.hand(), at, settings)),
  );
}
