/**
 * The cases of tests/vectors, typed after its README. Nothing here or in the rest of this folder is of Node: the same modules
 * run in a page.
 */

export type Hex = string;
export type Bytes = Hex | { pattern: "counter"; length: number } | { sha256: Hex; length: number; head: Hex };
export type OneOf<T> = T | T[];
export type Result<T> = T | { error: OneOf<string> };
export type Pairs = Record<string, string>;
export type External = { bytes: Hex } | { pairs: Pairs };
export type Script = Record<string, { state?: "denied" | "unavailable"; created?: number }>;

export interface Expected {
  namespace?: string;
  context?: Pairs;
}

export interface Allow {
  key: string;
  versions?: string[];
  refused?: string[];
  created_after?: number;
  public_keys?: string[];
}

export interface Configuration {
  allow?: Allow[];
  service?: string[];
  records?: string[];
}

export interface Source {
  base?: string;
  record?: string;
  hex?: Hex;
  edits?: Edit[];
  body_edits?: Edit[];
}

export type Edit =
  | { at: number; replace: number; with: Hex }
  | { truncate: number }
  | { append: Hex; times?: number }
  | { swap_chunks: [number, number] }
  | { duplicate_chunk: number }
  | { drop_chunk: number };

export type Key =
  | {
      kind: "rsa";
      id: string;
      key: string;
      version: string;
      created: number;
      bits: number;
      modulus: Hex;
      thumbprint: Hex;
      private_key: string;
    }
  | { kind: "a256kw"; id: string; key: string; version: string; created: number; secret: Hex }
  | { kind: "service"; id: string; name: string; version: Hex; secret: Hex }
  | { kind: "record"; id: string; record: Hex; dek: Hex; dek_id: Hex; opens_with: string[]; deterministic: boolean };

export interface SealCase {
  name: string;
  keys: string[];
  suite: 1 | 2;
  now: number;
  random: Hex;
  plaintext: Bytes;
  context?: Pairs;
  external?: External;
  namespace?: string;
  content_type?: string;
  pad_to?: number;
  holder?: Script;
  result: Result<{ envelope: Bytes; head_length: number }>;
  wraps?: OneOf<number>;
}

export interface OpenCase {
  name: string;
  envelope: Source;
  detached?: boolean;
  configuration: Configuration;
  external?: External;
  expect?: Expected;
  holder?: Script;
  result: Result<{ plaintext: Bytes }>;
  calls: OneOf<number>;
  called: string[];
  resolves: OneOf<number>;
  released?: { length: number; sha256: Hex };
}

export interface Inspect {
  suite: number;
  key_record: boolean;
  header_length: number;
  head_length: number;
  core: Hex;
  context: Pairs;
  external_names: string[];
  namespace: string | null;
  content_type: string | null;
  deterministic: boolean;
  keks: InspectKek[];
}

export interface InspectKek {
  alg: -41 | -5;
  thumbprint: Hex | null;
  locator:
    | null
    | { holder: 0; name: string; version: Hex }
    | { holder: 1; host: string; name: string; version: Hex }
    | { holder: 2; dek_id: Hex };
  wrapped_length: number;
  time: number | null;
}

export interface HeaderCase {
  name: string;
  head: Source;
  result: Result<{ inspect: Inspect }>;
}

export interface RangeCase {
  name: string;
  envelope: Source;
  configuration: Configuration;
  expect?: Expected;
  start: number;
  length: number;
  result: Result<{ plaintext: Bytes }>;
}

export type RecordCase =
  | {
      operation: "make";
      name: string;
      keys: string[];
      now: number;
      random: Hex;
      context?: Pairs;
      namespace?: string;
      deterministic?: boolean;
      pad_to?: number;
      reopen: { configuration: Configuration };
      result: Result<{ record: Bytes; dek_id: Hex }>;
      wraps: OneOf<number>;
    }
  | {
      operation: "open";
      name: string;
      record: Source;
      configuration: Configuration;
      expect?: Expected;
      holder?: Script;
      result: Result<{ dek_id: Hex; deterministic: boolean }>;
      calls: OneOf<number>;
      called: string[];
      resolves: OneOf<number>;
    };

export type CompactCase =
  | {
      operation: "seal";
      name: string;
      record: string;
      form: "random" | "deterministic";
      random: Hex;
      plaintext: Bytes;
      namespace?: string;
      aad?: Hex;
      result: Result<{ value: Bytes }>;
    }
  | {
      operation: "open";
      name: string;
      value: Source;
      records: string[];
      namespace?: string;
      aad?: Hex;
      result: Result<{ plaintext: Bytes }>;
    };

export interface RewrapCase {
  name: string;
  head: Source;
  configuration: Configuration;
  external?: External;
  holder?: Script;
  to: string[];
  keep: "none" | "all";
  pad_to?: number;
  now: number;
  random: Hex;
  reopen: Configuration[];
  reopen_external?: External;
  result: Result<{ new_head: Bytes }>;
  calls: OneOf<number>;
  wraps?: OneOf<number>;
}

/** Fails on a field that the runner doesn't know: nothing may be skipped unnoticed. */
export function none(rest: Record<string, never>): void {
  const names = Object.keys(rest);
  if (names.length > 0) throw new Error(`unknown fields: ${names.join(", ")}`);
}

export function fail(message: string): never {
  throw new Error(message);
}

export function same(what: string, found: unknown, due: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(due)];
  if (left !== right) fail(`${what}: ${left}, due ${right}`);
}

export function oneOf<T>(what: string, found: T, due: OneOf<T>): void {
  const admissible: T[] = Array.isArray(due) ? due : [due];
  if (!admissible.includes(found)) fail(`${what}: ${String(found)}, due ${admissible.join(" or ")}`);
}

export function unhex(text: Hex): Uint8Array<ArrayBuffer> {
  if (!/^([0-9a-f]{2})*$/.test(text)) fail(`\`${text}\` is no lower-case hex`);
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

export function hex(bytes: Uint8Array): Hex {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sha256(bytes: Uint8Array): Promise<Hex> {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)));
}

/** Bytes that are written out or follow a pattern; undefined where only their digest is known. */
export function known(bytes: Bytes): Uint8Array<ArrayBuffer> | undefined {
  if (typeof bytes === "string") return unhex(bytes);
  if (!("pattern" in bytes)) return undefined;
  const { pattern, length, ...rest } = bytes;
  none(rest);
  same("pattern", pattern, "counter");
  return Uint8Array.from({ length }, (_, at) => at % 251);
}

export async function checkBytes(what: string, found: Uint8Array, due: Bytes): Promise<void> {
  const bytes = known(due);
  if (bytes !== undefined) {
    if (!equal(found, bytes)) fail(`${what}: ${found.length} other bytes than ${bytes.length}, ${hex(found.subarray(0, 64))}..`);
    return;
  }
  const { sha256: digest, length, head, ...rest } = due as { sha256: Hex; length: number; head: Hex };
  none(rest);
  same(`length of ${what}`, found.length, length);
  same(`head of ${what}`, hex(found.subarray(0, head.length / 2)), head);
  same(`digest of ${what}`, await sha256(found), digest);
}

export function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}
