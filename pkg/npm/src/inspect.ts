/** What a head says, without any key and without asking anybody. */

import { envelope } from "./envelope-module.js";
import { call } from "./error.js";
import { inMemory, isBlob, sizeOf, slice } from "./data.js";

/** What stands in the head of an envelope or of a key record. Unless it was opened, this is unauthenticated: show it. */
export interface Inspection {
  kind: "message" | "key_record";
  /** Who manages the keys; `mixed` for several of these. */
  mode: "service-managed" | "customer-managed" | "key-record" | "mixed";
  /** The format's version. */
  version: number;
  suite: 1 | 2;
  /** Bytes of plaintext in a whole chunk. */
  chunkSize: number;
  /** Bytes of the whole head. */
  headSize: number;
  /** Bytes of padding in it. */
  padding: number;
  /** The wrapped copies of the data key, in their order. */
  keys: KeyEntry[];
  /** The encryption context. */
  context: Record<string, string>;
  /** Names of external context that an opener must supply. */
  requiredContext: string[];
  namespace: string | null;
  contentType: string | null;
  /** Whether a key record allows deterministic values. */
  deterministic: boolean;
}

/** One wrapped copy of the data key. */
export interface KeyEntry {
  algorithm: "RSA-OAEP-256" | "A256KW";
  /** Who holds the key; `unnamed` is an RSA key known by its thumbprint alone. */
  holder: "program" | "vault" | "key-record" | "unnamed";
  /** The key's identifier with its version; `NAME/VERSION` for a key that the program keeps. */
  key: string | null;
  /** The id of the data key, for a key record. */
  dekId: string | null;
  /** The RFC 7638 thumbprint of an RSA key. */
  thumbprint: string | null;
  /** When the writer wrapped the key by its own clock, in seconds since 1970. */
  wrappedAt: number | null;
}

/**
 * Reads the head of an envelope or of a key record; of a Blob nothing else is read.
 *
 * ```ts
 * const { keys, context } = await inspect(file);
 * for (const { algorithm, key } of keys) console.log(algorithm, key);
 * ```
 *
 * @throws CmkitError `malformed`, `unsupported` or `truncated`.
 */
export async function inspect(envelopeOrRecord: Uint8Array | ArrayBuffer | Blob): Promise<Inspection> {
  const core = await envelope.ready();
  const head = await readHead(envelopeOrRecord, HARD_MAX_HEADER);
  return inspectionOf(call(() => core.inspect(head)));
}

/** As {@link inspect}, of bytes in memory and at once. In a browser it needs `init()` first. */
export function inspectSync(envelopeOrRecord: Uint8Array | ArrayBuffer): Inspection {
  const core = envelope.get();
  const bytes = inMemory(envelopeOrRecord) as Uint8Array;
  return inspectionOf(call(() => core.inspect(bytes.subarray(0, sizeWanted(bytes, bytes.length, HARD_MAX_HEADER)))));
}

const PREAMBLE = 12;
const HARD_MAX_HEADER = 65536;
/** What is read of a Blob at first: nearly every head is smaller. */
const FIRST_READ = 4096;

/** The head and, where there is one, a byte more: nothing may stand behind a key record or a detached head. */
export async function readHead(input: Uint8Array | ArrayBuffer | Blob, maxHeader?: number): Promise<Uint8Array> {
  await envelope.ready();
  const size = sizeOf(input) as number;
  const first = await bytesOf(slice(input, 0, Math.min(FIRST_READ, size)));
  const wanted = sizeWanted(first, size, maxHeader);
  return wanted <= first.length ? first.subarray(0, wanted) : bytesOf(slice(input, 0, wanted));
}

function sizeWanted(first: Uint8Array, size: number, maxHeader?: number): number {
  if (first.length < PREAMBLE) return size;
  return Math.min(call(() => envelope.get().headSize(first.subarray(0, PREAMBLE), maxHeader)) + 1, size);
}

async function bytesOf(part: Uint8Array | Blob): Promise<Uint8Array> {
  return isBlob(part) ? new Uint8Array(await part.arrayBuffer()) : part;
}

/** What the core says, with the context as an object. */
export function inspectionOf(said: Omit<Inspection, "context"> & { context: [string, string][] }): Inspection {
  return { ...said, context: Object.fromEntries(said.context) };
}
