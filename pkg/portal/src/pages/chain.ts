/** The parts of the chain from identity to data, and which finding belongs to which. */

import type { Finding, Report } from "../cmkit";
import type { Form } from "../form/model";
import type { Tone } from "../view/parts";

export type PartName = "identity" | "grant" | "vault" | "network" | "key" | "reference" | "cluster";

export interface Part {
  readonly name: PartName;
  readonly title: string;
  readonly tone: Tone;
  readonly wrong: readonly Finding[];
  readonly open: readonly Finding[];
}

/** A step of the flow: from what to what, and what it rests on. */
export interface Step {
  readonly number: number;
  readonly title: string;
  readonly text: string;
  readonly rests: readonly PartName[];
}

export const STEPS: readonly Step[] = [
  { number: 1, title: "Grant", text: "An administrator of the vault grants the identity permissions on the key.", rests: ["grant", "identity"] },
  { number: 2, title: "Configure", text: "An administrator of the cluster names key and identity.", rests: ["reference", "cluster"] },
  { number: 3, title: "Sign in", text: "The service signs in to Key Vault through Microsoft Entra ID, as the identity.", rests: ["identity", "network"] },
  { number: 4, title: "Wrap", text: "It wraps the cluster’s own key, which encrypts the data, with yours.", rests: ["key", "grant", "reference", "network"] },
  { number: 5, title: "Unwrap", text: "It asks Key Vault to unwrap that key, and reads and writes data with it.", rests: ["key", "grant", "reference", "network", "vault"] },
];

const TITLES: Record<PartName, string> = {
  identity: "Identity", grant: "Grant", vault: "Key vault", network: "Network", key: "Key", reference: "Key reference", cluster: "Cluster",
};

/** Rules of placement that are about another part than the cluster. */
const PLACED: Record<string, PartName> = { CMK6005: "vault", CMK6006: "identity", CMK6007: "vault" };

export function partOf(code: string): PartName {
  const placed = PLACED[code];
  if (placed) return placed;
  if (code.startsWith("CMK40")) return "identity";
  const parts: Record<string, PartName> = { 1: "vault", 2: "key", 3: "reference", 4: "grant", 5: "network", 7: "key" };
  return parts[code[3] ?? ""] ?? "cluster";
}

export function chainOf(report: Report): Record<PartName, Part> {
  const part = (name: PartName): Part => {
    const findings = report.findings.filter((finding) => partOf(finding.code) === name);
    const wrong = findings.filter((finding) => finding.verdict === "fail");
    const open = findings.filter((finding) => finding.verdict === "unknown");
    return { name, title: TITLES[name], tone: toneFor(wrong, open), wrong, open };
  };
  return Object.fromEntries((Object.keys(TITLES) as PartName[]).map((name) => [name, part(name)])) as Record<PartName, Part>;
}

/** The state of a step: the worst of what it rests on. */
export function stepTone(step: Step, chain: Record<PartName, Part>): Tone {
  const tones = step.rests.map((name) => chain[name].tone);
  return (["error", "unknown", "warning"] as const).find((tone) => tones.includes(tone)) ?? "good";
}

function toneFor(wrong: readonly Finding[], open: readonly Finding[]): Tone {
  if (wrong.some((finding) => finding.level === "error")) return "error";
  if (open.some((finding) => finding.level === "error")) return "unknown";
  return wrong.some((finding) => finding.level === "warning") ? "warning" : "good";
}

/** The names that stand in the boxes. */
export interface Names {
  readonly identity: string;
  readonly grant: string;
  readonly vault: string;
  readonly key: string;
  readonly versions: string;
  readonly cluster: string;
}

export const NOT_FILLED_IN = "not filled in";

export function namesOf(form: Form): Names {
  const url = /^https:\/\/([^./]+)[^/]*\/[^/]+\/([^/]+)/.exec(form["keyUrl"] ?? "");
  const role = form["rbacAuthorization"] === "false" ? form["grantKeyPermissions"] : form["grantRole"];
  const told = (value: string | undefined): string => (!value ? NOT_FILLED_IN : value === "none" ? "none" : value);
  return {
    identity: told(form["identityId"]?.split("/").at(-1)),
    grant: told(role),
    vault: told(form["vaultName"] ?? url?.[1]),
    key: told(url?.[2]),
    versions: [form["keyType"], form["keySize"] && `${form["keySize"]} bits`].filter(Boolean).join(", "),
    cluster: told(form["clusterName"]),
  };
}
