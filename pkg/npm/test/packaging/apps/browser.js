/** What a page does with the package; a bundler has been at it. Says what came of it to whoever opened the page. */

import { check, CmkitError, init, open, seal } from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { formSchema } from "cmkit/standard-schema";
import { CmkitWorker } from "cmkit/worker";
import { form } from "./form.js";

const codes = (report) => report.findings.filter(({ verdict }) => verdict === "fail").map(({ code }) => code);

async function main() {
  const said = {};
  try {
    check(form);
  } catch (error) {
    said.early = error instanceof CmkitError ? error.message : String(error);
  }
  await Promise.all([init(), init()]);
  said.codes = codes(check(form, { at: "2026-12-01" }));
  said.issue = formSchema({ at: "2026-12-01" })["~standard"].validate(form).issues?.[0]?.message;

  const vault = new MemoryVault();
  const keys = await vault.createKey("orders-kek");
  const { provider } = vault;
  const text = async (envelope) => new TextDecoder().decode(await open(envelope, { keys, provider }));
  said.opened = await text(await seal("in the page", { keys, provider }));

  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  const answer = new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => data.codes && resolve(data.codes));
    worker.addEventListener("error", (event) => reject(new Error(event.message)));
  });
  worker.postMessage({ form });
  said.inWorker = await answer;
  said.openedOfWorker = await text(await new CmkitWorker(worker).seal(new Blob(["in a worker"]), { keys, provider }));
  return said;
}

main().then(
  (said) => (globalThis.said = said),
  (error) => (globalThis.said = { failed: String(error?.stack ?? error) }),
);
