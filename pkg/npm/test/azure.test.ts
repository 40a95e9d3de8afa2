/** The provider for Azure Key Vault, on the official SDK, against a local vault that is served over HTTPS. */

import { CredentialUnavailableError, ManagedIdentityCredential } from "@azure/identity";
import assert from "node:assert/strict";
import { Agent } from "node:https";
import { type TestContext, test } from "node:test";
import { Client } from "#dist/azure-clients.js";
import { keyVault, type KeyVaultOptions } from "cmkit/azure";
import { CmkitError, inspect, open, type Provider, rewrap, seal } from "cmkit";
import { type Fault, named, Served } from "./served.js";

const ROLE = "Key Vault Crypto Service Encryption User";
const NAME = "orders-kek";
const IMPATIENT = { retryOptions: { maxRetries: 0 } };

async function serve(context: TestContext, ...options: string[]): Promise<Served> {
  const served = await Served.start("--grant", `orders=${ROLE}`, ...options);
  context.after(() => served.stop());
  return served;
}

/** An application that seals and opens with one provider. */
class Orders {
  readonly key: string;
  readonly hosts: string[];
  readonly provider: Provider;

  constructor(served: Served, options: Partial<KeyVaultOptions> & { identity?: string; name?: string } = {}) {
    const { identity = "orders", name = NAME, clientOptions = IMPATIENT, ...rest } = options;
    this.key = `${served.url}/keys/${name}`;
    this.hosts = [served.host];
    const trusting = { ...clientOptions, tlsOptions: { ca: served.ca } };
    this.provider = keyVault({ credential: named(identity), hosts: this.hosts, clientOptions: trusting, ...rest });
  }

  seal(data = "invoice 4711"): Promise<Uint8Array> {
    return seal(data, { keys: this.key, provider: this.provider, hosts: this.hosts });
  }

  async open(sealed: Uint8Array, signal?: AbortSignal): Promise<string> {
    const opened = await open(sealed, { keys: this.key, provider: this.provider, hosts: this.hosts, signal });
    return new TextDecoder().decode(opened);
  }
}

async function ordering(context: TestContext, options?: ConstructorParameters<typeof Orders>[1]): Promise<[Served, Orders]> {
  const served = await serve(context);
  await served.admin.createRsaKey(NAME, { keySize: 2048 });
  return [served, new Orders(served, options)];
}

async function refused(work: Promise<unknown>): Promise<CmkitError> {
  const error: unknown = await work.then(
    () => assert.fail("it did"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof CmkitError, String(error));
  return error;
}

async function versionOf(sealed: Uint8Array): Promise<string> {
  return (await inspect(sealed)).keys[0]?.key ?? "";
}

test("seals, rotates, opens and rewraps", async (context) => {
  const [served, orders] = await ordering(context);
  const sealed = await orders.seal();
  const first = await versionOf(sealed);
  const newest = (await served.admin.rotateKey(NAME)).id;
  assert.equal(await versionOf(await orders.seal()), newest);
  assert.notEqual(first, newest);
  assert.equal(await orders.open(sealed), "invoice 4711");
  const { key, provider, hosts } = orders;
  const head = await rewrap(sealed, { keys: key, to: key, provider, hosts });
  const rewrapped = new Uint8Array([...head, ...sealed.subarray((await inspect(sealed)).headSize)]);
  await served.disable(first);
  assert.equal(await orders.open(rewrapped), "invoice 4711");
  assert.equal((await refused(orders.open(sealed))).details?.reason, "KeyDisabled");
});

test("opening takes the permission to unwrap alone", async (context) => {
  const served = await serve(context, "--permission-model", "policy");
  await served.grant("admin", { permissions: "get,create,wrapKey,unwrapKey" });
  await served.grant("reader", { permissions: "unwrapKey" });
  await served.admin.createRsaKey(NAME, { keySize: 2048 });
  const sealed = await new Orders(served, { identity: "admin" }).seal();
  const reader = new Orders(served, { identity: "reader" });
  assert.equal(await reader.open(sealed), "invoice 4711");
  assert.equal(await reader.open(sealed), "invoice 4711");
  assert.deepEqual(await served.log("reader"), ["unwrapKey", "unwrapKey"]);
  const { code, details } = await refused(reader.seal());
  assert.deepEqual([code, details?.reason], ["denied", "ForbiddenByPolicy"]);
});

test("sealing gets the key and wraps here", async (context) => {
  const [served, orders] = await ordering(context);
  await orders.seal();
  assert.deepEqual(await served.log("orders"), ["get"]);
});

test("a symmetric key wraps in the vault", async (context) => {
  const served = await serve(context);
  await served.admin.createOctKey("shared", { keySize: 256, hsm: true });
  const sealed = await new Orders(served, { name: "shared" }).seal();
  assert.equal(await new Orders(served, { name: "shared" }).open(sealed), "invoice 4711");
  assert.deepEqual(await served.log("orders"), ["get", "wrapKey", "unwrapKey"]);
});

test("an elliptic curve wraps nothing", async (context) => {
  const served = await serve(context);
  await served.admin.createEcKey("curve");
  const { code, details, message } = await refused(new Orders(served, { name: "curve" }).seal());
  assert.deepEqual([code, details?.reason], ["denied", "BadParameter"]);
  assert.match(message, /of the type EC, which wraps nothing .*: use a key of the type RSA/);
});

const revocations: Record<string, [code: string, reason: string, revoke: Change, restore: Change]> = {
  "a grant removed": ["denied", "ForbiddenByRbac", (served) => served.revoke("orders"), (served) => served.grant("orders", { role: ROLE })],
  "a version disabled": ["denied", "KeyDisabled", (served, key) => served.disable(key), (served, key) => served.disable(key, true)],
  "a firewall closed": ["denied", "ForbiddenByFirewall", (served) => served.network("selected"), (served) => served.network("public")],
  "no public network": ["denied", "ForbiddenByConnection", (served) => served.network("disabled"), (served) => served.network("public")],
  "a throttled vault": ["unavailable", "Throttled", ...failing({ kind: "throttled", retryAfter: 7, rate: 1 })],
  "a broken vault": ["unavailable", "ServiceUnavailable", ...failing({ kind: "unavailable", rate: 1 })],
  "connections reset": ["unavailable", "Unreachable", ...failing({ kind: "reset", rate: 1 })],
};
type Change = (served: Served, key: string) => Promise<unknown>;

function failing(fault: Fault): [Change, Change] {
  return [(served) => served.faults(fault), (served) => served.faults()];
}

for (const [name, [code, reason, revoke, restore]] of Object.entries(revocations)) {
  test(`what is revoked opens again once it is restored: ${name}`, async (context) => {
    const [served, orders] = await ordering(context);
    const sealed = await orders.seal();
    const key = await versionOf(sealed);
    await revoke(served, key);
    const error = await refused(orders.open(sealed));
    assert.deepEqual([error.code, error.details?.reason], [code, reason]);
    assert.equal(error.details?.retryAfter, reason === "Throttled" ? 7 : null);
    assert.ok(error.message.includes(`(${reason}): `), `it says what to do: ${error.message}`);
    await restore(served, key);
    assert.equal(await orders.open(sealed), "invoice 4711");
  });
}

test("a vault that is down, and one that is not there", async (context) => {
  const [served, orders] = await ordering(context);
  const sealed = await orders.seal();
  await served.stop();
  const error = await refused(orders.open(sealed));
  assert.deepEqual([error.code, error.details?.reason], ["unavailable", "Unreachable"]);
  assert.ok(error.message.includes(served.host));
  const provider = keyVault({ credential: named("orders"), clientOptions: IMPATIENT });
  const nobody = seal("data", { keys: "https://cmkit-nobody.vault.azure.net/keys/k", provider });
  assert.equal((await refused(nobody)).details?.reason, "Unreachable");
});

test("a vault that does not answer in time, and a caller that does not wait", async (context) => {
  const [served, orders] = await ordering(context, { timeout: 300 });
  const sealed = await orders.seal();
  await orders.open(sealed);
  await served.faults({ kind: "slow", milliseconds: 20_000, rate: 1 });
  const error = await refused(orders.open(sealed));
  assert.deepEqual([error.code, error.details?.reason], ["unavailable", "Unreachable"]);
  const reason = new Error("enough");
  const stop = new AbortController();
  setTimeout(() => stop.abort(reason), 50);
  await assert.rejects(orders.open(sealed, stop.signal), (error) => error === reason);
});

test("keys that are not there, and keys that were deleted", async (context) => {
  const [served, orders] = await ordering(context);
  assert.equal((await refused(new Orders(served, { name: "nobodys" }).seal())).details?.reason, "KeyNotFound");
  const sealed = await orders.seal();
  await (await served.admin.beginDeleteKey(NAME)).pollUntilDone();
  assert.equal((await refused(orders.open(sealed))).details?.reason, "KeyNotFound");
  await (await served.admin.beginRecoverDeletedKey(NAME)).pollUntilDone();
  assert.equal(await orders.open(sealed), "invoice 4711");
});

test("an expired version opens and does not seal", async (context) => {
  const [served, orders] = await ordering(context);
  const sealed = await orders.seal();
  const version = (await versionOf(sealed)).split("/").at(-1) ?? "";
  const [notBefore, expiresOn] = [2, 1].map((days) => new Date(Date.now() - days * 86_400_000));
  await served.admin.updateKeyProperties(NAME, version, { notBefore, expiresOn } as { notBefore: Date; expiresOn: Date });
  assert.equal(await orders.open(sealed), "invoice 4711");
  assert.equal(await new Orders(served).open(sealed), "invoice 4711");
  assert.equal((await refused(orders.seal())).code, "denied");
});

test("what the credential throws arrives as it is", async (context) => {
  const served = await serve(context);
  for (const thrown of [new CredentialUnavailableError("no managed identity here"), new TypeError("a fault of its own")]) {
    const credential = { getToken: () => Promise.reject(thrown) };
    await assert.rejects(new Orders(served, { credential }).seal(), (error) => error === thrown);
  }
});

test("a token that the vault does not take is a refusal", async (context) => {
  const [served] = await ordering(context);
  const { code, details } = await refused(new Orders(served, { identity: "%%%" }).seal());
  assert.deepEqual([code, details?.reason], ["denied", "Unauthorized"]);
});

test("only hosts that were named are called, and only with a certificate to trust", async (context) => {
  const [served, orders] = await ordering(context);
  const elsewhere = keyVault({ credential: named("orders"), hosts: ["localhost:1"] });
  const { key: keys, hosts } = orders;
  assert.equal((await refused(seal("data", { keys, hosts, provider: elsewhere }))).code, "invalid_key_uri");
  const trusting = keyVault({ credential: named("orders"), hosts, clientOptions: IMPATIENT });
  const error = await refused(seal("data", { keys, hosts, provider: trusting }));
  assert.equal(error.details?.reason, "Unreachable");
  assert.match(error.message, /certificate/);
  assert.deepEqual(await served.log("orders"), []);
});

/** Connects to this machine, whatever the host is. */
class Here extends Agent {
  override createConnection(...[options, done]: Parameters<Agent["createConnection"]>): ReturnType<Agent["createConnection"]> {
    return super.createConnection({ ...options, host: "127.0.0.1", port: Number(this.options.port) }, done);
  }
}

for (const [resource, good] of [["https://vault.azure.net", true], ["https://vault.azure.cn", false]] as const) {
  test(`a vault of Azure's must ask for a token of its own cloud: ${resource}`, async (context) => {
    const served = await serve(context, "--host", "cmkit-orders.vault.azure.net", "--resource", resource);
    await served.admin.createRsaKey(NAME, { keySize: 2048 });
    const credential = named("orders");
    const agent = new Here({ port: Number(new URL(served.url).port), ca: served.ca } as object);
    const provider = keyVault({ credential, clientOptions: { ...IMPATIENT, agent } });
    const keys = `https://cmkit-orders.vault.azure.net/keys/${NAME}`;
    if (good) {
      const opened = await open(await seal("data", { keys, provider }), { keys, provider });
      assert.equal(new TextDecoder().decode(opened), "data");
    } else {
      await assert.rejects(seal("data", { keys, provider }), /does not match the requested domain/);
      assert.equal(credential.asked, 0);
    }
  });
}

test("no redirect is followed", async (context) => {
  const served = await serve(context);
  await served.admin.createRsaKey(NAME, { keySize: 2048 });
  const asked: string[] = [];
  const policy = {
    name: "elsewhere",
    async sendRequest(request: { url: string }, next: (request: never) => Promise<{ status: number; headers: Headers }>) {
      asked.push(request.url);
      const answer = await next(request as never);
      if (answer.status === 200 && asked.length < 5) {
        answer.status = 307;
        answer.headers.set("location", `${served.url}/keys/other`);
      }
      return answer;
    },
  };
  const clientOptions = { ...IMPATIENT, additionalPolicies: [{ policy: policy as never, position: "perRetry" as const }] };
  await assert.rejects(new Orders(served, { clientOptions }).seal(), { name: "RestError", statusCode: 307 });
  assert.deepEqual(asked.filter((url) => url.includes("/keys/other")), []);
});

test("wrapping and unwrapping name a version", async (context) => {
  const [, { key, provider }] = await ordering(context);
  const request = { op: "unwrap", key, algorithm: "RSA-OAEP-256", wrapped: new Uint8Array(256), cacheId: "" } as const;
  await assert.rejects(async () => provider(request), { code: "invalid_argument" });
});

test("an answer about another version is refused", async (context) => {
  const served = await serve(context);
  const versions = [];
  for (let at = 0; at < 2; at++) versions.push((await served.admin.createOctKey("shared", { keySize: 256, hsm: true })).properties.version);
  const [other = "", newest = ""] = versions;
  const policy = {
    name: "astray",
    sendRequest: (request: { url: string }, next: (request: never) => Promise<never>) => {
      request.url = request.url.replace(`${newest}/wrapkey`, `${other}/wrapkey`);
      return next(request as never);
    },
  };
  const clientOptions = { ...IMPATIENT, additionalPolicies: [{ policy, position: "perCall" as const }] };
  const error = await refused(new Orders(served, { name: "shared", clientOptions }).seal());
  assert.equal(error.code, "invalid_reply");
  assert.ok(error.message.includes(other), error.message);
});

test("calls for the same are one, and those that come first do not take each other's body", async (context) => {
  const [served, orders] = await ordering(context);
  const sealed = await Promise.all(["a", "b", "c", "d"].map((data) => orders.seal(data)));
  await served.clearLog();
  await served.faults({ kind: "slow", milliseconds: 100, rate: 1 });
  const fresh = new Orders(served);
  const opened = await Promise.all(Array.from({ length: 64 }, (_, at) => fresh.open(sealed[at % 4] as Uint8Array)));
  assert.deepEqual(opened, Array.from({ length: 64 }, (_, at) => "abcd"[at % 4]));
  assert.deepEqual(await served.log("orders"), ["unwrapKey", "unwrapKey", "unwrapKey", "unwrapKey"]);
});

test("each caller has a data key of its own, which it may wipe", async (context) => {
  const [served, orders] = await ordering(context);
  const sealed = await orders.seal();
  let asked: Parameters<Provider>[0] | undefined;
  const provider: Provider = (request, signal) => orders.provider((asked = request), signal);
  await open(sealed, { keys: orders.key, hosts: orders.hosts, provider });
  assert.ok(asked);
  await served.clearLog();
  const replies = await Promise.all([orders.provider(asked), orders.provider(asked)]);
  assert.deepEqual(await served.log("orders"), ["unwrapKey"]);
  const [first, second] = replies.map((reply) => ("dek" in reply ? reply.dek : new Uint8Array()));
  assert.deepEqual(first, second);
  first?.fill(0);
  assert.notDeepEqual(first, second);
});

test("a client's first call goes alone", async () => {
  const order: string[] = [];
  const client = new Client("client");
  const run = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    order.push(`${name} ends`);
    if (name === "a") throw new Error("a fails");
  };
  const results = await Promise.allSettled([client.call(run("a")), client.call(run("b")), client.call(run("c"))]);
  assert.deepEqual(results.map(({ status }) => status), ["rejected", "fulfilled", "fulfilled"]);
  assert.deepEqual(order, ["a begins", "a ends", "b begins", "c begins", "b ends", "c ends"]);
});

test("many opens while the vault fails now and then", async (context) => {
  const served = await serve(context);
  await served.admin.createRsaKey(NAME, { keySize: 2048 });
  const [flying, calls] = [new Map<string, number>(), { most: 0, all: 0 }];
  const policy = {
    name: "counting",
    async sendRequest<Response>(request: { url: string; body?: unknown }, next: (request: never) => Promise<Response>) {
      const body = request.url.includes("unwrapkey") && typeof request.body === "string" ? request.body : undefined;
      if (body === undefined) return next(request as never);
      const now = (flying.get(body) ?? 0) + 1;
      flying.set(body, now);
      calls.all += 1;
      calls.most = Math.max(calls.most, now);
      try {
        return await next(request as never);
      } finally {
        flying.set(body, (flying.get(body) ?? 0) - 1);
      }
    },
  };
  const additionalPolicies = [{ policy: policy as never, position: "perRetry" as const }];
  const retryOptions = { maxRetries: 20, retryDelayInMs: 5, maxRetryDelayInMs: 50 };
  const orders = new Orders(served, { clientOptions: { retryOptions, additionalPolicies } });
  const plain = Array.from({ length: 200 }, (_, at) => `order ${at}`);
  const sealed: Uint8Array[] = [];
  for (const data of plain) sealed.push(await orders.seal(data));
  await served.faults(
    { kind: "throttled", rate: 0.1, retryAfter: 0, seed: 1 },
    { kind: "unavailable", rate: 0.1, seed: 2 },
    { kind: "reset", rate: 0.1, seed: 3 },
    { kind: "slow", milliseconds: 20, rate: 0.1, seed: 4 },
  );
  let opened = 0;
  const caller = async (step: number): Promise<void> => {
    for (let at = 0; at < 625; at++) {
      const which = (at * step + (at >> 3)) % 200;
      assert.equal(await orders.open(sealed[which] as Uint8Array), plain[which]);
      opened += 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, (_, at) => caller(2 * at + 1)));
  assert.equal(opened, 10_000);
  assert.equal(calls.most, 1, "one unwrap at a time for each data key");
});

test("a managed identity", async (context) => {
  const [served] = await ordering(context);
  process.env["IDENTITY_ENDPOINT"] = served.told.identityEndpoint;
  process.env["IDENTITY_HEADER"] = served.told.identityHeader;
  context.after(() => {
    delete process.env["IDENTITY_ENDPOINT"];
    delete process.env["IDENTITY_HEADER"];
  });
  await served.grant("billing", { role: ROLE });
  const orders = new Orders(served, { credential: new ManagedIdentityCredential({ clientId: "billing" }) });
  assert.equal(await orders.open(await orders.seal()), "invoice 4711");
  assert.deepEqual(await served.log("billing"), ["get", "unwrapKey"]);
});
