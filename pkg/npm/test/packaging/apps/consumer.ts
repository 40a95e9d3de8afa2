/** Compiled, not run: the types as people use them. */

import {
  type ChangePlan,
  check,
  CmkitError,
  DataKey,
  type ErrorCode,
  type Finding,
  type FormModel,
  init,
  open,
  type Provider,
  type Report,
  type RuleCode,
  rule,
  seal,
  sealStream,
  ServiceKey,
  whatIf,
} from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { formSchema, type FormSchema } from "cmkit/standard-schema";
import { CmkitWorker } from "cmkit/worker";
import { inspectSync } from "cmkit/inline";
import { calendar, plan } from "cmkit/inline/policy";
import address from "cmkit/policy.wasm";

// A form with types of its own, without an index signature.
interface Blade {
  encryptionMode: "ServiceManaged" | "CustomerManaged";
  keyUrl: string;
  purgeProtection: boolean;
}
const blade: Blade = { encryptionMode: "CustomerManaged", keyUrl: "", purgeProtection: true };
const model: FormModel = { ...blade, tier: "M40", keyExpires: new Date(), encryptionMode: "CustomerManaged" };
const report: Report = check(blade, { at: new Date(), settings: { version: 1 } });
check([{ name: "main.json", text: new Uint8Array() }, { name: "form", text: model }]);
// @ts-expect-error -- a number is no document
check(7);

export function told(finding: Finding): string {
  const code: RuleCode = finding.code;
  switch (finding.verdict) {
    case "fail":
      return `${code} ${finding.fixes[0]?.description ?? finding.message}`;
    case "unknown":
      return finding.command ?? finding.evidence;
    case "suppressed":
      return finding.until ?? finding.reason;
  }
}
report.findings.map(told);
// @ts-expect-error -- no such rule
const none: RuleCode = "CMK0000";
rule("CMK1002").source.startsWith("https://");
rule(String(none))?.title;

const { sections } = whatIf(model, "key-deleted");
const fate = sections[0]?.clusters[0]?.data;
if (fate?.fate === "lost") fate.at.slice(0, 10);
// @ts-expect-error -- no such event
whatIf(model, "key-lost");
const change: ChangePlan = plan(model, model);
calendar(model, { days: 30 }).entries.map(({ kind, at }) => [kind, at, change.effect]);

const schema: FormSchema<Blade> = formSchema<Blade>({ include: "warning" });
const result = schema["~standard"].validate(blade);
if (result.issues === undefined) result.value.keyUrl.trim();

export async function encrypt(provider: Provider, signal: AbortSignal): Promise<Uint8Array> {
  await init({ policy: address });
  const vault = new MemoryVault();
  const keys = await vault.createKey("orders-kek");
  try {
    const envelope = await seal("text", { keys, provider, signal, suite: "256k", context: { tenant: "acme" } });
    inspectSync(envelope).keys.length;
    const { readable } = sealStream({ keys, provider });
    readable.locked.valueOf();
    const key = await DataKey.generate(keys, { provider });
    key[Symbol.dispose]();
    ServiceKey.generate("demo").free();
    return await open(envelope, { keys, provider: vault.provider });
  } catch (error) {
    if (error instanceof CmkitError) {
      const code: ErrorCode = error.code;
      throw new Error(`${code} ${error.details?.reason ?? ""}`, { cause: error });
    }
    throw error;
  }
}
export type Page = CmkitWorker;
