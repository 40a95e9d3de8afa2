/** The proxy: one path, one method, and on it the questions that the package asks about keys. */

import { createServer } from "node:http";
import { HttpError } from "./http-error.js";
import { readQuestion } from "./question.js";
import { rateLimit } from "./rate.js";
import { answer } from "./release.js";

/** @typedef {import("node:http").IncomingMessage} Request */
/** @typedef {import("node:http").ServerResponse} Response */

/** Bytes of a question: the largest head in base64url, a wrapped key, some external context. */
const MAX_BODY = 64 * 1024;
/** Milliseconds that a vault may take. */
const VAULT_TIMEOUT = 10_000;

/**
 * @typedef {object} ProxyOptions
 * @property {import("cmkit").Provider} vault Who holds the keys.
 * @property {import("./users.js").Authenticate} authenticate
 * @property {readonly string[]} [origins] Origins besides the server's own whose pages may ask.
 * @property {{ burst: number, perMinute: number }} [rate] For each user.
 * @property {(line: string) => void} [log] Takes a line of JSON for each request.
 */

/**
 * A server that answers `POST /keys`. Serve it over TLS, on the application's own origin: data keys cross it.
 *
 * @param {ProxyOptions} options
 */
export function createProxy({ vault, authenticate, origins = [], rate = { burst: 30, perMinute: 60 }, log = console.log }) {
  const wait = rateLimit(rate);

  /** @param {Request} request @param {Response} response @param {Record<string, unknown>} entry */
  async function serve(request, response, entry) {
    allowOrigin(request, response, origins);
    if (request.url !== "/keys") throw new HttpError(404, "NotFound", "ask at `/keys`");
    if (request.method === "OPTIONS") return preflight(response);
    if (request.method !== "POST") throw new HttpError(405, "MethodNotAllowed", "ask by POST", { allow: "POST, OPTIONS" });
    const user = await authenticate(request);
    if (user === undefined) throw new HttpError(401, "Unauthorized", "sign in", { "www-authenticate": "Bearer" });
    entry.user = user.name;
    const seconds = wait(user.name);
    if (seconds > 0) {
      const headers = { "retry-after": String(seconds) };
      throw new HttpError(429, "TooManyRequests", "you asked too often", headers);
    }
    if (request.headers["content-type"] !== "application/json") {
      throw new HttpError(415, "UnsupportedMediaType", "the body is `application/json`");
    }
    const question = readQuestion(await readBody(request));
    entry.op = question.op;
    const { reply, namespace } = await answer(question, user, vault, AbortSignal.timeout(VAULT_TIMEOUT));
    // Text of the user's own choice stays out of the log: this is a key that they may use.
    if (!("refused" in reply && reply.refused.reason === "ForbiddenKey")) entry.key = question.key;
    if (namespace !== undefined) entry.namespace = namespace;
    send(response, reply, entry);
  }

  const server = createServer(async (request, response) => {
    const started = performance.now();
    /** @type {Record<string, unknown>} */
    const entry = { time: new Date().toISOString(), outcome: "answered" };
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");
    try {
      await serve(request, response, entry);
    } catch (error) {
      fail(response, error, entry);
    }
    log(JSON.stringify({ ...entry, status: response.statusCode, ms: Math.round(performance.now() - started) }));
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return server;
}

/**
 * Pages of other origins can't ask unless they are listed. A program that is no browser sends no origin; its token counts.
 *
 * @param {Request} request @param {Response} response @param {readonly string[]} origins
 */
function allowOrigin({ headers: { origin, host } }, response, origins) {
  response.setHeader("vary", "origin");
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  if (!origins.includes(origin)) throw new HttpError(403, "ForbiddenOrigin", "pages of this origin may not ask");
  response.setHeader("access-control-allow-origin", origin);
}

/** @param {Response} response */
function preflight(response) {
  const headers = { "access-control-allow-methods": "POST", "access-control-allow-headers": "authorization, content-type" };
  response.writeHead(204, headers).end();
}

/** @param {Request} request */
async function readBody(request) {
  const tooLarge = () => new HttpError(413, "PayloadTooLarge", `a question has at most ${MAX_BODY} bytes`, { connection: "close" });
  if (Number(request.headers["content-length"]) > MAX_BODY) throw tooLarge();
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > MAX_BODY) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/**
 * A data key goes as bytes, which can be wiped once they are sent; all else as JSON.
 *
 * @param {Response} response @param {import("cmkit").KeyReply} reply @param {Record<string, unknown>} entry
 */
function send(response, reply, entry) {
  if ("dek" in reply) {
    const { dek } = reply;
    response.once("close", () => dek.fill(0));
    response.writeHead(200, { "content-type": "application/octet-stream", "content-length": dek.length }).end(dek);
    return;
  }
  if ("refused" in reply) Object.assign(entry, { outcome: reply.refused.kind, reason: reply.refused.reason });
  json(response, 200, reply);
}

/** @param {Response} response @param {unknown} error @param {Record<string, unknown>} entry */
function fail(response, error, entry) {
  const known = error instanceof HttpError;
  const { status, code, message, headers } = known ? error : new HttpError(502, "BadGateway", "the vault can't be asked");
  Object.assign(entry, { outcome: "failed", reason: code });
  // Messages of other errors may quote anything, so the log has their kind alone.
  if (!known) entry.error = error instanceof Error ? error.name : typeof error;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  json(response, status, { error: { code, message } });
}

/** @param {Response} response @param {number} status @param {unknown} value */
function json(response, status, value) {
  const inText = (/** @type {string} */ _, /** @type {unknown} */ member) =>
    member instanceof Uint8Array ? Buffer.from(member).toString("base64url") : member;
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value, inText));
}
