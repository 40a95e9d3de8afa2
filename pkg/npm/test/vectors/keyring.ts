/** What the cases are run against: the keys, the vault that holds them, and the envelopes that cases build on. */

import type * as Cmkit from "cmkit";
import type { AllowedKey, DataKey, KeyReply, KeyRequest, OpenKey, Provider, SealKey, ServiceKey } from "cmkit";
import { type Allow, type Configuration, type Edit, fail, type Key, known, none, same, type Script } from "./cases.js";
import { type SealCase, type Source, unhex } from "./cases.js";

/** A key version of the vault. */
interface Held {
  id: string;
  /** The key's identifier without version, in lower case. */
  key: string;
  version: string;
  created: number;
  modulus?: Uint8Array;
  cryptoKey: CryptoKey;
}

/** The keys by their ids. */
export class Keyring {
  readonly held = new Map<string, Held>();
  readonly service = new Map<string, ServiceKey>();
  readonly records = new Map<string, { record: Uint8Array; dataKey: DataKey }>();
  readonly #bases = new Map<string, Uint8Array>();

  static async load(cmkit: typeof Cmkit, keys: Key[], sealed: SealCase[]): Promise<Keyring> {
    const keyring = new Keyring();
    for (const key of keys) await keyring.#add(cmkit, key);
    for (const { name, result } of sealed) {
      const envelope = "envelope" in result ? known(result.envelope) : undefined;
      if (envelope !== undefined) keyring.#bases.set(name, envelope);
    }
    return keyring;
  }

  /** The keys of a seal: without version, except where a case seals under two versions of one key. */
  sealKeys(ids: string[]): SealKey[] {
    return ids.map((id) => {
      const held = this.held.get(id);
      if (held === undefined) return this.service.get(id) ?? this.record(id);
      const versions = ids.filter((other) => this.held.get(other)?.key === held.key);
      return versions.length > 1 ? `${held.key}/${held.version}` : held.key;
    });
  }

  /** The keys that may open. */
  openKeys({ allow = [], service = [], records = [], ...rest }: Configuration): OpenKey[] {
    none(rest);
    const held = service.map((id) => this.service.get(id) ?? fail(`no service key ${id}`));
    return [...allow.map((allowed) => this.#allowed(allowed)), ...held, ...records.map((id) => this.record(id))];
  }

  record(id: string): DataKey {
    return this.records.get(id)?.dataKey ?? fail(`no record ${id}`);
  }

  /** The bytes of a source, all in one. */
  bytes(source: Source): Uint8Array<ArrayBuffer> {
    const whole = this.#unedited(source);
    return edited(whole, source.edits ?? [], source.base === undefined ? undefined : shapeOf(whole));
  }

  /** Head and body of a source, cut first and then edited apart. */
  detached(source: Source): [head: Uint8Array<ArrayBuffer>, body: Uint8Array<ArrayBuffer>] {
    const whole = this.#unedited(source);
    const shape = shapeOf(whole);
    const size = source.base === undefined ? whole.length : shape.body;
    const body = edited(whole.subarray(size), source.body_edits ?? [], { ...shape, body: 0 });
    return [edited(whole.subarray(0, size), source.edits ?? [], undefined), body];
  }

  #unedited({ base, record, hex: text, edits: _edits, body_edits: _bodyEdits, ...rest }: Source): Uint8Array {
    none(rest);
    if (base !== undefined) return this.#bases.get(base) ?? fail(`no base ${base}`);
    if (record !== undefined) return this.records.get(record)?.record ?? fail(`no record ${record}`);
    return unhex(text ?? fail("a source is one of three"));
  }

  #allowed({ key, versions, refused, created_after, public_keys = [], ...rest }: Allow): AllowedKey {
    none(rest);
    const publicKeys = public_keys.map((id) => {
      const { version, modulus } = this.held.get(id) ?? fail(`no key ${id}`);
      return { version, n: modulus ?? fail(`${id} has no public key`) };
    });
    return {
      key,
      publicKeys,
      ...(versions && { versions }),
      ...(refused && { refusedVersions: refused }),
      ...(created_after !== undefined && { createdAfter: created_after }),
    };
  }

  async #add(cmkit: typeof Cmkit, entry: Key): Promise<void> {
    switch (entry.kind) {
      case "rsa": {
        const { kind: _, id, key, version, created, bits, modulus, thumbprint, private_key, ...rest } = entry;
        none(rest);
        const n = unhex(modulus);
        same(`size of ${id}`, n.length * 8, bits);
        same(`thumbprint of ${id}`, thumbprint.length, 64);
        this.held.set(id, { id, key: key.toLowerCase(), version, created, modulus: n, cryptoKey: await rsaKey(private_key) });
        break;
      }
      case "a256kw": {
        const { kind: _, id, key, version, created, secret, ...rest } = entry;
        none(rest);
        const usages: KeyUsage[] = ["wrapKey", "unwrapKey"];
        const cryptoKey = await crypto.subtle.importKey("raw", unhex(secret), "AES-KW", false, usages);
        this.held.set(id, { id, key: key.toLowerCase(), version, created, cryptoKey });
        break;
      }
      case "service": {
        const { kind: _, id, name, version, secret, ...rest } = entry;
        none(rest);
        this.service.set(id, cmkit.ServiceKey.from({ name, version, key: unhex(secret) }));
        break;
      }
      case "record": {
        const { kind: _, id, record, dek, dek_id, opens_with, deterministic, ...rest } = entry;
        none(rest);
        same(`data key of ${id}`, dek.length, 64);
        const keys = opens_with.map((opener) => this.service.get(opener) ?? this.held.get(opener)?.key ?? fail(opener));
        const bytes = unhex(record);
        const dataKey = await cmkit.DataKey.open(bytes, { keys, provider: new Holder(this).provider });
        same(`data key of ${id}`, [dataKey.id, dataKey.deterministic], [dek_id, deterministic]);
        this.records.set(id, { record: bytes, dataKey });
        break;
      }
    }
  }
}

/** The vault of the vectors: it has every key, says what the case scripts, and counts what it is asked. */
export class Holder {
  readonly called: string[] = [];
  readonly resolved = new Set<string>();
  wraps = 0;
  readonly provider: Provider = (request) => this.#answer(request);
  readonly #keyring: Keyring;
  readonly #script: Script;
  readonly #newest: string[];

  /** Lookups of keys without version answer with the versions of `newest`. */
  constructor(keyring: Keyring, script: Script = {}, newest: string[] = []) {
    this.#keyring = keyring;
    this.#script = script;
    this.#newest = newest;
    for (const { state: _state, created: _created, ...rest } of Object.values(script)) none(rest);
  }

  async #answer(request: KeyRequest): Promise<KeyReply> {
    if (request.op === "resolve") this.resolved.add(request.key);
    if (request.op === "unwrap") this.called.push(request.key);
    if (request.op === "wrap") this.wraps += 1;
    const scripted = this.#script[request.key];
    if (request.op !== "resolve" && scripted?.state === "denied") return refused("denied", "KeyDisabled");
    if (request.op !== "resolve" && scripted?.state === "unavailable") return refused("unavailable", "Throttled");
    const found = this.#find(request.key);
    if (found === undefined) {
      const host = new URL(request.key).host;
      const here = [...this.#keyring.held.values()].some(({ key }) => new URL(key).host === host);
      return here ? refused("denied", "KeyNotFound") : refused("unavailable", "HostNotFound");
    }
    switch (request.op) {
      case "resolve": {
        const { key, version, modulus } = found;
        const state = { key: `${key}/${version}`, created: scripted?.created ?? found.created };
        return { key: modulus ? { ...state, kty: "RSA", n: modulus } : { ...state, kty: "oct-HSM" } };
      }
      case "wrap":
        return found.modulus ? refused("denied", "KeyOperationForbidden") : { wrapped: await aesWrap(found, request.dek) };
      case "unwrap": {
        if ((request.algorithm === "A256KW") === (found.modulus !== undefined)) return refused("denied", "KeyOperationForbidden");
        const { wrapped } = request;
        const dek = found.modulus ? crypto.subtle.decrypt("RSA-OAEP", found.cryptoKey, wrapped) : aesUnwrap(found, wrapped);
        return dek.then(
          (bytes) => ({ dek: new Uint8Array(bytes) }),
          () => refused("wrongCiphertext", "BadParameter"),
        );
      }
    }
  }

  #find(key: string): Held | undefined {
    const newest = this.#newest.flatMap((id) => this.#keyring.held.get(id) ?? []);
    const all = [...newest, ...this.#keyring.held.values()];
    return all.find((held) => held.key === key) ?? all.find((held) => `${held.key}/${held.version.toLowerCase()}` === key);
  }
}

function refused(kind: "denied" | "unavailable" | "wrongCiphertext", reason: string): KeyReply {
  return { refused: { kind, reason, message: "the script says so" } };
}

function rsaKey(pem: string): Promise<CryptoKey> {
  const text = atob(pem.replaceAll(/-----.*-----|\s/g, ""));
  const pkcs8 = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return crypto.subtle.importKey("pkcs8", pkcs8, { name: "RSA-OAEP", hash: "SHA-256" }, false, ["decrypt"]);
}

// To WebCrypto what AES-KW wraps is a key; one of HMAC has any length.
const ANY_KEY = { name: "HMAC", hash: "SHA-256" };

async function aesWrap({ cryptoKey }: Held, dek: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", dek, ANY_KEY, true, ["sign"]);
  return new Uint8Array(await crypto.subtle.wrapKey("raw", key, cryptoKey, "AES-KW"));
}

async function aesUnwrap({ cryptoKey }: Held, wrapped: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const key = await crypto.subtle.unwrapKey("raw", wrapped, cryptoKey, "AES-KW", ANY_KEY, true, ["sign"]);
  return crypto.subtle.exportKey("raw", key);
}

/** Where the chunks of an envelope lie. */
interface Shape {
  body: number;
  chunk: number;
}

function shapeOf(envelope: Uint8Array): Shape {
  const view = new DataView(envelope.buffer, envelope.byteOffset, envelope.length);
  return { body: 12 + view.getUint32(8) + 88, chunk: envelope[5] === 1 ? 16_400 : 262_160 };
}

function edited(bytes: Uint8Array, edits: Edit[], shape: Shape | undefined): Uint8Array<ArrayBuffer> {
  return edits.reduce((data, edit) => apply(data, edit, shape), bytes.slice());
}

function apply(data: Uint8Array<ArrayBuffer>, edit: Edit, shape: Shape | undefined): Uint8Array<ArrayBuffer> {
  const chunks = (change: (list: Uint8Array[]) => void): Uint8Array<ArrayBuffer> => {
    const { body, chunk } = shape ?? fail("only an envelope has chunks");
    const list = Array.from({ length: Math.ceil((data.length - body) / chunk) }, (_, at) =>
      data.subarray(body + at * chunk, body + (at + 1) * chunk),
    );
    change(list);
    return join([data.subarray(0, body), ...list]);
  };
  if ("at" in edit) {
    const { at, replace, with: text, ...rest } = edit;
    none(rest);
    return join([data.subarray(0, at), unhex(text), data.subarray(at + replace)]);
  }
  if ("truncate" in edit) {
    const { truncate, ...rest } = edit;
    none(rest);
    return data.slice(0, truncate);
  }
  if ("append" in edit) {
    const { append, times = 1, ...rest } = edit;
    none(rest);
    return join([data, unhex(append.repeat(times))]);
  }
  if ("swap_chunks" in edit) {
    const { swap_chunks: [left, right], ...rest } = edit;
    none(rest);
    return chunks((list) => {
      [list[left], list[right]] = [list[right] ?? fail("no chunk"), list[left] ?? fail("no chunk")];
    });
  }
  if ("duplicate_chunk" in edit) {
    const { duplicate_chunk: at, ...rest } = edit;
    none(rest);
    return chunks((list) => list.splice(at, 0, list[at] ?? fail("no chunk")));
  }
  const { drop_chunk: at, ...rest } = edit;
  none(rest);
  return chunks((list) => list.splice(at, 1));
}

export function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
