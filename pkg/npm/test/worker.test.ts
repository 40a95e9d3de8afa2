import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { CmkitError } from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { CmkitWorker, type Endpoint } from "cmkit/worker";

const vault = new MemoryVault();
const { provider } = vault;
const keys = await vault.createKey("orders-kek", { size: 2048 });
const data = new Blob([Uint8Array.from({ length: 1_000_000 }, (_, at) => at % 251)]);

/** A thread that exposes the package on a port; `setup` names its provider. */
function start(setup = ""): { worker: CmkitWorker; stop: () => Promise<number> } {
  const source = `
    const { workerData } = await import("node:worker_threads");
    const { exposeCmkit } = await import(${JSON.stringify(import.meta.resolve("cmkit/worker"))});
    exposeCmkit({ endpoint: workerData, ${setup} });`;
  const { port1, port2 } = new MessageChannel();
  const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  const thread = new Worker(url, { workerData: port2, transferList: [port2 as never] });
  return { worker: new CmkitWorker(port1 as unknown as Endpoint), stop: () => (port1.close(), thread.terminate()) };
}

test("a worker seals and opens, asks the page's provider and says how far it is", async () => {
  const { worker, stop } = start();
  try {
    const seen: number[] = [];
    const onProgress = ({ done, total }: { done: number; total?: number }) => seen.push(done / (total ?? 0));
    const sealed = await worker.seal(data, { keys, provider, suite: "256k", onProgress });
    assert.equal(seen.at(-1), 1);
    assert.equal(seen.length, 4);
    const opened = await worker.open(sealed, { keys: { key: keys }, provider });
    assert.deepEqual(await opened.arrayBuffer(), await data.arrayBuffer());

    // What fails there fails here: an error of the core, what the provider throws, and an abort.
    vault.revoke("orders-kek");
    const refused = await worker.open(sealed, { keys, provider }).catch((error: unknown) => error);
    vault.grant("orders-kek");
    assert.ok(refused instanceof CmkitError && refused.code === "denied" && refused.details?.reason === "ForbiddenByRbac");
    const thrown = { not: "even an Error" };
    const throws = () => {
      throw thrown;
    };
    assert.equal(await worker.open(sealed, { keys, provider: throws }).catch((error: unknown) => error), thrown);
    const stopped = new AbortController();
    const reason = new Error("enough");
    const abort = () => stopped.abort(reason);
    const aborted = worker.seal(data, { keys, provider, signal: stopped.signal, onProgress: abort });
    assert.equal(await aborted.catch((error: unknown) => error), reason);
    // And the next call is served.
    assert.equal((await worker.open(sealed, { keys, provider })).size, data.size);
  } finally {
    await stop();
  }
});

test("a worker asks its own provider where the page has none", async () => {
  const { worker, stop } = start(`provider: () => ({ refused: { kind: "denied", reason: "Own", message: "no" } })`);
  try {
    const refused = await worker.seal(data, { keys }).catch((error: unknown) => error);
    assert.ok(refused instanceof CmkitError && refused.details?.reason === "Own");
  } finally {
    await stop();
  }
});
