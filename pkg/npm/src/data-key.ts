/** Data keys: wrapped once under a customer-managed key in a key record, then used without a call to any vault. */

/// <reference lib="esnext.disposable" preserve="true" />

import { type Context, type Expect, now, pairs } from "./context.js";
import { envelope } from "./envelope-module.js";
import { CmkitError, call } from "./error.js";
import type { Data } from "./data.js";
import { addTo, type OpenKey, openKeys, type SealKey, sealKeys } from "./keys.js";
import { open, type OpenOptions } from "./open.js";
import { type Asking, drive } from "./provider.js";
import { seal, type SealOptions } from "./seal.js";
import type * as Core from "./wasm/envelope.js";

/** How to make a data key. */
export interface DataKeyOptions extends Asking {
  /** The encryption context of the record: stored in clear, authenticated. */
  context?: Context | undefined;
  /** What the key is for. */
  namespace?: string | undefined;
  /** Whether values may be sealed so that equal ones are equal bytes. See {@link DataKey.sealValue}. */
  deterministic?: boolean | undefined;
  /** Bytes to pad the record to, so that a later rewrap fits in its place. */
  padTo?: number | undefined;
  /** Hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's. */
  hosts?: readonly string[] | undefined;
  limits?: { keys?: number; header?: number } | undefined;
}

/** How to open a key record. */
export interface OpenRecordOptions extends Asking {
  /** The keys that may open it. */
  keys: OpenKey | readonly OpenKey[];
  /** What the record must be bound to. */
  expect?: Expect | undefined;
  /** Hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's. */
  hosts?: readonly string[] | undefined;
}

/** What a value is bound to. */
export interface ValueOptions {
  /** What the value is, for example `acme.customer.email`: up to 255 bytes. */
  namespace: string;
  /** Which one it is, for example the row's number. */
  aad?: Uint8Array | string | undefined;
}

/** How to seal a value. */
export interface SealValueOptions extends ValueOptions {
  /**
   * Equal values under the same key, namespace and aad become equal bytes, for lookups. This shows which values are equal
   * and lets whoever can seal test guesses; the key record must allow it.
   */
  deterministic?: boolean | undefined;
}

/**
 * The data key of a key record: the customer-managed key wraps it once, and it wraps the keys of messages and seals short
 * values, without a call to the vault. Rotating the customer-managed key then is a {@link rewrap} of one record.
 *
 * Whoever keeps one in memory outlives a revocation by that time: keep it for minutes, not for the life of a process, and
 * free it.
 *
 * ```ts
 * import { DataKey } from "cmkit";
 * import { MemoryVault } from "cmkit/memory";
 *
 * const vault = new MemoryVault();
 * const { provider } = vault;
 * const keys = await vault.createKey("orders-kek");
 * const { record } = await DataKey.generate(keys, { provider }); // to be stored, once
 *
 * using key = await DataKey.open(record, { keys, provider });
 * const value = key.sealValue("ada@example.com", { namespace: "acme.customer.email", aad: "row 4711" });
 * key.openValue(value, { namespace: "acme.customer.email", aad: "row 4711" });
 * ```
 */
export class DataKey implements Disposable {
  /** The key record: the data key wrapped, safe to store anywhere. */
  readonly record: Uint8Array<ArrayBuffer>;
  /** The public name of the data key, in hexadecimal. */
  readonly id: string;
  /** What the record says the key is for, authenticated. */
  readonly namespace: string | undefined;
  /** The encryption context of the record, authenticated. */
  readonly context: Record<string, string>;
  /** Whether deterministic values are allowed. */
  readonly deterministic: boolean;
  #key: Core.DataKey | undefined;

  private constructor(key: Core.DataKey) {
    this.record = key.record as Uint8Array<ArrayBuffer>;
    this.id = key.id;
    this.namespace = key.namespace;
    this.context = Object.fromEntries(inPairs(key.context));
    this.deterministic = key.deterministic;
    this.#key = key;
  }

  /**
   * A new data key, wrapped under each of the keys.
   *
   * @throws CmkitError as {@link seal}.
   */
  static async generate(keys: SealKey | readonly SealKey[], options: DataKeyOptions = {}): Promise<DataKey> {
    const core = await envelope.ready();
    const { context, namespace, deterministic, padTo, hosts, limits = {} } = options;
    const list = sealKeys(core, keys, hosts);
    const bound = { context: pairs(context), namespace, deterministic, padTo };
    const settings = { ...bound, maxKeys: limits.keys, maxHeader: limits.header };
    const operation = call(() => core.generateDataKey(list, settings, now()));
    return drive(operation, options, (done) => new DataKey(done.dataKey()));
  }

  /**
   * Opens a key record.
   *
   * @throws CmkitError as {@link open}.
   */
  static async open(record: Uint8Array, options: OpenRecordOptions): Promise<DataKey> {
    const core = await envelope.ready();
    const { namespace, context } = options.expect ?? {};
    const allowed = openKeys(core, options.keys, options.hosts);
    try {
      const operation = call(() => core.openDataKey(record, allowed, { namespace, context: pairs(context) }));
      return await drive(operation, options, (done) => new DataKey(done.dataKey()));
    } finally {
      allowed.free();
    }
  }

  /**
   * The key among several that a value was sealed under.
   *
   * @throws CmkitError `no_key` where none of them is it; `truncated`, `malformed` or `too_large` for what is no value.
   */
  static find(keys: Iterable<DataKey>, value: Uint8Array): DataKey {
    const all = [...keys];
    const list = openKeys(envelope.get(), all);
    try {
      return all[call(() => list.find(value))] as DataKey;
    } finally {
      list.free();
    }
  }

  /** Seals a message under this key. */
  seal(data: Data, options: Omit<SealOptions, "keys" | "provider" | "hosts"> = {}): Promise<Uint8Array<ArrayBuffer>> {
    return seal(data, { ...options, keys: this });
  }

  /** Opens a message that was sealed under this key. */
  open(envelope: Data, options: Omit<OpenOptions, "keys" | "provider" | "hosts"> = {}): Promise<Uint8Array<ArrayBuffer>> {
    return open(envelope, { ...options, keys: this });
  }

  /**
   * Seals a value of up to 1 MiB, a database field or a token, in 57 bytes more than it has. Nobody is asked, and it is done
   * at once.
   *
   * @throws CmkitError `too_large`; `not_allowed` where it is to be deterministic and the record doesn't allow that.
   */
  sealValue(value: Uint8Array | string, options: SealValueOptions): Uint8Array<ArrayBuffer> {
    const { namespace, aad, deterministic = false } = options;
    const key = this.#held();
    return call(() => key.sealValue(namespace, utf8(aad), utf8(value), deterministic)) as Uint8Array<ArrayBuffer>;
  }

  /**
   * Opens a value of either form.
   *
   * @throws CmkitError `no_key` for a value under another data key, `decrypt` for a changed one or another namespace or aad;
   * `truncated`, `malformed` or `not_allowed`.
   */
  openValue(value: Uint8Array, options: ValueOptions): Uint8Array<ArrayBuffer> {
    const { namespace, aad } = options;
    const key = this.#held();
    return call(() => key.openValue(namespace, utf8(aad), value)) as Uint8Array<ArrayBuffer>;
  }

  /** Wipes the key. Whatever uses it afterwards throws `invalid_argument`. */
  free(): void {
    this.#key?.free();
    this.#key = undefined;
  }

  [Symbol.dispose](): void {
    this.free();
  }

  /** @internal */
  [addTo](list: Core.SealKeys | Core.AllowedKeys): void {
    list.record(this.#held());
  }

  #held(): Core.DataKey {
    if (this.#key === undefined) throw new CmkitError("invalid_argument", `the data key \`${this.id}\` was freed`);
    return this.#key;
  }
}

const encoder = new TextEncoder();
const nothing = new Uint8Array();

function utf8(value: Uint8Array | string | undefined): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : (value ?? nothing);
}

/** Names and values in turn, as pairs. */
function* inPairs(list: readonly string[]): Iterable<[string, string]> {
  for (let at = 0; at + 1 < list.length; at += 2) yield [list[at] as string, list[at + 1] as string];
}
