// A browser against the proxy: the package's own `open`, with the provider that a page would use.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { CmkitError, DataKey, inspect, inspectSync, open, rewrap, seal } from "cmkit";
import { MemoryVault } from "cmkit/memory";
import { backEnd } from "../src/browser.js";
import { rateLimit } from "../src/rate.js";
import { createProxy } from "../src/server.js";
import { byToken } from "../src/users.js";

const vault = new MemoryVault({ vault: "demo" });
const [key, other] = [await vault.createKey("orders-kek", { size: 2048 }), await vault.createKey("payroll-kek", { size: 2048 })];
const users = [
  { name: "ada", tokenSha256: sha256("ada-token"), grants: [{ namespace: "orders", key }] },
  { name: "bob", tokenSha256: sha256("bob-token"), grants: [{ namespace: "stock", key }, { namespace: "orders", key: other }] },
  { name: "eve", tokenSha256: sha256("eve-token"), grants: [{ namespace: "orders", key }] },
];
/** Data keys that the vault gave out, and wrapped ones: neither may stand in the log. @type {Uint8Array[]} */
const secrets = [];
/** @type {import("cmkit").Provider} */
const watched = async (request) => {
  const reply = await vault.provider(request);
  if ("dek" in reply) secrets.push(reply.dek.slice());
  if (request.op === "unwrap") secrets.push(request.wrapped.slice());
  return reply;
};
/** @type {string[]} */
const lines = [];
const server = createProxy({
  vault: watched,
  authenticate: byToken(users),
  origins: ["https://portal.example.com"],
  rate: { burst: 1000, perMinute: 60 },
  log: (line) => lines.push(line),
});
let url = "";

before(async () => {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/keys`;
});
after(() => server.close());
beforeEach(() => void lines.splice(0));

const orders = await seal("attack at dawn", { keys: key, provider: vault.provider, namespace: "orders", context: { tenant: "7" } });

/** @param {Uint8Array | Blob} envelope @param {string} user */
function opened(envelope, user, aad = /** @type {Record<string, string> | undefined} */ (undefined), keys = [key, other]) {
  const provider = backEnd({ url, token: () => `${user}-token`, envelope, ...(aad && { aad }) });
  return open(envelope, { keys, provider, aad }).then((plain) => new TextDecoder().decode(plain));
}

/** @param {string} code @param {string} [reason] */
function fails(code, reason) {
  return (/** @type {unknown} */ error) => {
    assert.ok(error instanceof CmkitError, String(error));
    assert.equal(error.code, code);
    assert.equal(error.details?.reason, reason);
    return true;
  };
}

function entry() {
  return JSON.parse(/** @type {string} */ (lines.at(-1)));
}

test("a user with the grant opens, and the log says so", async () => {
  assert.equal(await opened(orders, "ada"), "attack at dawn");
  const { time, ms, key: used, ...rest } = entry();
  assert.deepEqual(rest, { outcome: "answered", user: "ada", op: "unwrap", namespace: "orders", status: 200 });
  assert.ok(used.startsWith(`${key}/`) && Date.parse(time) > 0 && ms >= 0);
  assert.equal(await opened(new Blob([orders]), "ada"), "attack at dawn");
});

test("sealing asks for the public key alone", async () => {
  const provider = backEnd({ url, token: () => "ada-token" });
  const sealed = await seal("from the browser", { keys: key, provider, namespace: "orders" });
  assert.deepEqual(lines.map((line) => JSON.parse(line).op), ["resolve"]);
  assert.equal(await opened(sealed, "ada"), "from the browser");
});

test("external context goes along, and counts", async () => {
  const sealed = await seal("for row 7", { keys: key, provider: vault.provider, namespace: "orders", aad: { row: "7" } });
  assert.equal(await opened(sealed, "ada", { row: "7" }), "for row 7");
  await assert.rejects(opened(sealed, "ada", { row: "8" }), fails("decrypt"));
});

test("key records open too, by their own namespace", async () => {
  const { record } = await DataKey.generate(key, { provider: vault.provider, namespace: "orders" });
  const ask = (/** @type {string} */ user) =>
    DataKey.open(record, { keys: key, provider: backEnd({ url, token: () => `${user}-token`, envelope: record }) });
  const opened = await ask("ada");
  assert.equal(opened.namespace, "orders");
  opened.free();
  await assert.rejects(ask("bob"), fails("denied", "ForbiddenNamespace"));
});

test("a user without a token that is known gets nowhere", async () => {
  const calls = vault.calls;
  await assert.rejects(opened(orders, "mallory"), /401 Unauthorized/);
  assert.equal(vault.calls, calls);
});

test("another namespace is denied", async () => {
  await assert.rejects(opened(orders, "bob"), fails("denied", "ForbiddenNamespace"));
  assert.equal(entry().reason, "ForbiddenNamespace");
  const none = await seal("of no namespace", { keys: key, provider: vault.provider });
  await assert.rejects(opened(none, "ada"), fails("denied", "ForbiddenNamespace"));
});

test("a grant for another namespace under the key is none for this pair", async () => {
  const sealed = await seal("wages", { keys: other, provider: vault.provider, namespace: "stock" });
  await assert.rejects(opened(sealed, "bob"), fails("denied", "ForbiddenNamespace"));
});

test("another key is denied, before the vault hears of it", async () => {
  const sealed = await seal("wages", { keys: other, provider: vault.provider, namespace: "orders" });
  const calls = vault.calls;
  await assert.rejects(opened(sealed, "ada"), fails("denied", "ForbiddenKey"));
  assert.equal(vault.calls, calls);
  assert.ok(!lines.join("").includes("payroll-kek"));
});

test("a head that claims another namespace is not believed", async () => {
  const theirs = await seal("stock", { keys: key, provider: vault.provider, namespace: "stocks" });
  const question = await unwrapping(theirs);
  // The namespace stands in the head in clear, and both have six letters.
  const forged = Buffer.from(question.head, "base64url");
  Buffer.from("orders").copy(forged, forged.indexOf("stocks"));
  assert.equal(inspectSync(forged).namespace, "orders");
  const response = await post({ ...question, head: forged.toString("base64url") }, "ada");
  assert.equal((await response.json()).refused.reason, "BadParameter");
});

test("a foreign wrapped key is not released under a head of one's own", async () => {
  const stock = await seal("stock", { keys: key, provider: vault.provider, namespace: "stock" });
  const [theirs, mine] = [await unwrapping(stock), await unwrapping(orders)];
  // The head opens, but not with this key; and spliced into the head, its MAC is wrong.
  const swapped = await post({ ...mine, wrapped: theirs.wrapped }, "ada");
  assert.equal((await swapped.json()).refused.reason, "NotAsked");
  const head = Buffer.from(mine.head, "base64url");
  Buffer.from(theirs.wrapped, "base64url").copy(head, head.indexOf(Buffer.from(mine.wrapped, "base64url")));
  const spliced = await post({ ...theirs, head: head.toString("base64url") }, "ada");
  assert.equal((await spliced.json()).refused.reason, "BadParameter");
});

test("a disabled key stops it at once, and an older version goes on", async () => {
  const name = "rotated";
  const rotated = await vault.createKey(name, { size: 2048 });
  users[0]?.grants.push({ namespace: "orders", key: rotated });
  const old = await seal("old", { keys: rotated, provider: vault.provider, namespace: "orders" });
  await vault.rotate(name);
  const fresh = await seal("fresh", { keys: rotated, provider: vault.provider, namespace: "orders" });
  vault.disable(name);
  assert.equal(await opened(old, "ada", undefined, [rotated]), "old");
  await assert.rejects(opened(fresh, "ada", undefined, [rotated]), fails("denied", "KeyDisabled"));
  vault.revoke(name);
  await assert.rejects(opened(old, "ada", undefined, [rotated]), fails("denied", "ForbiddenByRbac"));
});

test("an envelope that was rewrapped opens by either of its keys", async () => {
  const both = await rewrap(orders, { keys: key, to: [other, key], provider: vault.provider });
  const envelope = new Uint8Array(Buffer.concat([both, orders.subarray((await inspect(orders)).headSize)]));
  assert.equal(await opened(envelope, "ada"), "attack at dawn");
  assert.equal(await opened(envelope, "bob"), "attack at dawn");
});

test("too many questions have to wait, each user for themself", async (context) => {
  const log = () => {};
  const strict = createProxy({ vault: vault.provider, authenticate: byToken(users), rate: { burst: 2, perMinute: 6 }, log });
  await new Promise((resolve) => strict.listen(0, "127.0.0.1", () => resolve(undefined)));
  context.after(() => strict.close());
  const at = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (strict.address()).port}/keys`;
  const ask = (/** @type {string} */ user) =>
    open(orders, { keys: key, provider: backEnd({ url: at, token: () => `${user}-token`, envelope: orders }) });
  await Promise.all([ask("ada"), ask("ada")]);
  const error = await ask("ada").then(() => undefined, (/** @type {CmkitError} */ error) => error);
  assert.equal(error?.code, "unavailable");
  assert.ok(error.retry && (error.details?.retryAfter ?? 0) > 0 && (error.details?.retryAfter ?? 99) <= 10);
  await ask("eve");
});

test("an allowance refills with time", () => {
  let now = 0;
  const wait = rateLimit({ burst: 2, perMinute: 60 }, () => now);
  assert.deepEqual([wait("a"), wait("a"), wait("a"), wait("b")], [0, 0, 1, 0]);
  now = 1000;
  assert.deepEqual([wait("a"), wait("a")], [0, 1]);
});

test("what is no question is refused without being quoted", async () => {
  const good = await unwrapping(orders);
  const version = good.key;
  /** @type {[unknown, number][]} */
  const bad = [
    ["garbage", 400], ["", 400], ["null", 400], ["[]", 400], ["\u0000\uFFFD", 400],
    [{}, 400], [{ op: "wrap", key, algorithm: "A256KW", dek: "AAAA" }, 400], [{ op: "resolve", key, head: good.head }, 400],
    [{ op: "resolve", key: [key] }, 400], [{ op: "resolve", key: `${key}?x` }, 400], [{ op: "resolve", key: "http://demo.vault.azure.net/keys/a" }, 400],
    [{ ...good, more: 1 }, 400], [{ ...good, key }, 400], [{ ...good, algorithm: "RSA1_5" }, 400], [{ ...good, algorithm: "A256KW" }, 400],
    [{ ...good, wrapped: `${good.wrapped.slice(0, -1)}=` }, 400], [{ ...good, wrapped: 7 }, 400], [{ ...good, head: "" }, 200], [{ ...good, head: "AAAA" }, 200],
    [{ ...good, head: "A".repeat(30_000) }, 400], [{ ...good, aad: [1] }, 400], [{ ...good, aad: { a: 1 } }, 400], [{ ...good, aad: "!" }, 400],
    [{ ...good, key: version.replace("orders", "nobody's") }, 400],
  ];
  for (const [body, status] of bad) {
    const calls = vault.calls;
    const response = await post(body, "ada");
    const text = await response.text();
    assert.equal(response.status, status, `${JSON.stringify(body).slice(0, 90)}: ${text}`);
    assert.equal(vault.calls, calls);
    assert.match(text, status === 400 ? /"BadRequest"/ : /"BadParameter"/);
  }
});

test("an oversized body is cut off, whether it says its size or not", async () => {
  const body = JSON.stringify({ op: "resolve", key, pad: "A".repeat(70_000) });
  assert.equal((await post(body, "ada")).status, 413);
  const stream = new Blob([body]).stream();
  const init = { method: "POST", headers: headers("ada"), body: stream, duplex: "half" };
  const status = await fetch(url, /** @type {RequestInit} */ (init)).then((response) => response.status, () => 413);
  assert.equal(status, 413);
  assert.equal(entry().status, 413);
});

test("methods, paths, types and origins", async () => {
  const question = JSON.stringify({ op: "resolve", key });
  const ask = (/** @type {Record<string, string>} */ extra, method = "POST", at = url) =>
    fetch(at, { method, headers: { ...headers("ada"), ...extra }, ...(method === "POST" && { body: question }) });
  const from = async (/** @type {string} */ origin) => [(await ask({ origin })).status, (await ask({ origin })).headers.get("access-control-allow-origin")];
  assert.deepEqual(await from(new URL(url).origin), [200, null]);
  assert.deepEqual(await from("https://portal.example.com"), [200, "https://portal.example.com"]);
  assert.deepEqual(await from("https://evil.example.com"), [403, null]);
  assert.deepEqual(await from("null"), [403, null]);
  assert.equal((await ask({ origin: "https://portal.example.com" }, "OPTIONS")).status, 204);
  assert.equal((await ask({}, "GET")).status, 405);
  assert.equal((await ask({}, "POST", `${url}/more`)).status, 404);
  assert.equal((await ask({ "content-type": "text/plain" })).status, 415);
  const { headers: sent } = await ask({});
  assert.equal(sent.get("cache-control"), "no-store");
});

test("a vault that breaks is a bad gateway, and its message stays inside", async (context) => {
  /** @type {string[]} */
  const told = [];
  const broken = createProxy({
    vault: () => { throw new TypeError("secret detail"); },
    authenticate: byToken(users),
    log: (line) => told.push(line),
  });
  await new Promise((resolve) => broken.listen(0, "127.0.0.1", () => resolve(undefined)));
  context.after(() => broken.close());
  const at = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (broken.address()).port}/keys`;
  const provider = backEnd({ url: at, token: () => "ada-token", envelope: orders });
  await assert.rejects(open(orders, { keys: key, provider }), /502 BadGateway/);
  assert.ok(told[0]?.includes('"error":"TypeError"') && !told[0].includes("secret detail"));
});

test("no line of the log has a secret byte", async () => {
  secrets.splice(0);
  await opened(orders, "ada");
  await opened(orders, "bob").catch(() => {});
  await opened(orders, "mallory").catch(() => {});
  await post({ ...(await unwrapping(orders)), more: 1 }, "ada");
  assert.equal(lines.length, 4);
  assert.equal(secrets.length, 4, "two unwraps, with what went in and what came out");
  const log = lines.join("\n");
  for (const secret of [...secrets, Buffer.from("ada-token"), Buffer.from(sha256("ada-token"), "hex")]) {
    for (const encoding of /** @type {const} */ (["base64", "base64url", "hex", "latin1"])) {
      // A part of it is one too many.
      assert.ok(!log.includes(Buffer.from(secret).toString(encoding).slice(0, 8)), encoding);
    }
  }
  assert.ok(!log.includes("attack"));
});

/** The question that a browser asks about an envelope. @param {Uint8Array<ArrayBuffer>} envelope */
async function unwrapping(envelope) {
  const { headSize } = await inspect(envelope);
  /** @type {any} */
  let asked;
  const provider = (/** @type {import("cmkit").KeyRequest} */ request) => {
    asked = "wrapped" in request ? { ...request, wrapped: request.wrapped.slice() } : request;
    return vault.provider(request);
  };
  await open(envelope, { keys: key, provider });
  const encode = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString("base64url");
  return { op: "unwrap", key: asked.key, algorithm: asked.algorithm, wrapped: encode(asked.wrapped), head: encode(envelope.subarray(0, headSize)) };
}

/** @param {string} user */
function headers(user) {
  return { authorization: `Bearer ${user}-token`, "content-type": "application/json" };
}

/** @param {unknown} body @param {string} user */
function post(body, user) {
  return fetch(url, { method: "POST", headers: headers(user), body: typeof body === "string" ? body : JSON.stringify(body) });
}

/** @param {string} text */
function sha256(text) {
  return createHash("sha256").update(text).digest("hex");
}
