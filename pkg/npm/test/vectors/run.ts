/** Runs the envelope vectors through the package, every way there is, in Node or in a page. */

import type * as Cmkit from "cmkit";
import type { OpenOptions } from "cmkit";
import type { Incoming } from "#dist/open.js";
import type { inWasm } from "#dist/webcrypto.js";
import {
  checkBytes,
  type CompactCase,
  type Expected,
  type External,
  fail,
  type HeaderCase,
  hex,
  type Inspect,
  type InspectKek,
  type Key,
  known,
  none,
  oneOf,
  type OpenCase,
  type RangeCase,
  type RecordCase,
  type Result,
  type RewrapCase,
  same,
  type SealCase,
  sha256,
  unhex,
} from "./cases.js";
import { Holder, join, Keyring } from "./keyring.js";

/** The package, and what of its inside the vectors need. */
export interface Library {
  cmkit: typeof Cmkit;
  Incoming: typeof Incoming;
  inWasm: typeof inWasm;
}

/** Reads a file of tests/vectors: `manifest`, `keys`, `seal` and so on. */
export type Load = (name: string) => Promise<unknown>;

/** What came of a file. */
export interface Verdict {
  file: string;
  cases: number;
  /** Ways that a case was run in, all cases together. */
  runs: number;
  failures: string[];
}

export const FILES = ["seal", "open", "header", "range", "record", "compact", "rewrap"] as const;

/** Runs all files. The counts are those of the manifest, or that is a failure. */
export async function runVectors(library: Library, load: Load): Promise<Verdict[]> {
  const manifest = (await load("manifest")) as Record<string, number>;
  const { warning: _, keys, ...rest } = (await load("keys")) as { warning: string; keys: Key[] };
  none(rest);
  const sealed = casesOf<SealCase>(await load("seal"));
  const keyring = await Keyring.load(library.cmkit, keys, sealed);
  const vectors = new Vectors(library, keyring);
  const verdicts: Verdict[] = [{ file: "keys", cases: keys.length, runs: keys.length, failures: [] }];
  for (const file of FILES) {
    const cases = casesOf<{ name: string }>(await load(file));
    const failures: string[] = [];
    if (new Set(cases.map(({ name }) => name)).size !== cases.length) failures.push("names are not unique");
    let runs = 0;
    for (const one of cases) {
      for (const [way, run] of vectors.ways(file, one)) {
        runs += 1;
        await run().catch((error: unknown) => failures.push(`${one.name} (${way}): ${String(error)}`));
      }
    }
    verdicts.push({ file, cases: cases.length, runs, failures });
  }
  for (const { file, cases, failures } of verdicts) {
    const due = manifest[`${file}.json`];
    if (due !== cases) failures.push(`${cases} cases, the manifest says ${due}`);
  }
  return verdicts;
}

function casesOf<T>(file: unknown): T[] {
  const { cases, ...rest } = file as { cases: T[] };
  none(rest);
  return cases;
}

type Ways = [way: string, run: () => Promise<void>][];

class Vectors {
  readonly #library: Library;
  readonly #keyring: Keyring;

  constructor(library: Library, keyring: Keyring) {
    this.#library = library;
    this.#keyring = keyring;
  }

  /** How a case of a file is run. */
  ways(file: (typeof FILES)[number], one: unknown): Ways {
    switch (file) {
      case "seal":
        return this.#seal(one as SealCase);
      case "open":
        return this.#open(one as OpenCase);
      case "header":
        return this.#header(one as HeaderCase);
      case "range":
        return this.#range(one as RangeCase);
      case "record":
        return [["record", () => this.#record(one as RecordCase)]];
      case "compact":
        return [["compact", () => this.#compact(one as CompactCase)]];
      case "rewrap":
        return [["rewrap", () => this.#rewrap(one as RewrapCase)]];
    }
  }

  #seal(one: SealCase): Ways {
    const { name: _, keys, suite, now, random, plaintext, context, external, namespace, content_type, pad_to, ...others } = one;
    const { holder: script, result, wraps, ...rest } = others;
    const run = (chunksUpTo: number, way: (data: Uint8Array<ArrayBuffer>, options: Cmkit.SealOptions) => Promise<Uint8Array>) => async () => {
      none(rest);
      const holder = new Holder(this.#keyring, script, keys);
      const options: Cmkit.SealOptions = {
        keys: this.#keyring.sealKeys(keys),
        provider: holder.provider,
        context,
        aad: aadOf(external),
        namespace,
        contentType: content_type,
        suite: suite === 1 ? "16k" : "256k",
        padTo: pad_to,
      };
      const data = known(plaintext) ?? fail("no plaintext");
      const draws = new Draws(random);
      const sealed = this.#inWasm(chunksUpTo, () => draws.during(now, () => way(data, options)));
      await check(result, sealed, async ({ envelope, head_length, ...rest }, found) => {
        none(rest);
        same("head", (await this.#library.cmkit.inspect(found)).headSize, head_length);
        await checkBytes("envelope", found, envelope);
        draws.checkUsedUp();
      });
      if (wraps !== undefined) oneOf("wraps", holder.wraps, wraps);
    };
    const { seal, sealStream } = this.#library.cmkit;
    return [
      ["WebAssembly", run(Infinity, seal)],
      ["WebCrypto", run(0, seal)],
      ["of each as it comes", run(4096, (data, options) => seal(new Blob([data]), options))],
      ["stream", run(0, (data, options) => collect(pieces(data, 9999).pipeThrough(sealStream(options))))],
    ];
  }

  #open(one: OpenCase): Ways {
    const { name: _, envelope: source, detached, configuration, external, expect, holder: script, result, ...others } = one;
    const { calls, called, resolves, released, ...rest } = others;
    const prepare = () => {
      none(rest);
      const [head, data] = detached ? this.#keyring.detached(source) : [undefined, this.#keyring.bytes(source)];
      const holder = new Holder(this.#keyring, script);
      const options: OpenOptions = {
        keys: this.#keyring.openKeys(configuration),
        provider: holder.provider,
        aad: aadOf(external),
        expect: expectOf(expect),
        head,
      };
      const judge = async (found: Promise<Uint8Array>) => {
        await check(result, found, async ({ plaintext, ...rest }, opened) => {
          none(rest);
          await checkBytes("plaintext", opened, plaintext);
        });
        oneOf("calls", holder.called.length, calls);
        same("called", holder.called, called);
        oneOf("resolves", holder.resolved.size, resolves);
      };
      return { data, options, judge };
    };
    const run = (chunksUpTo: number, wrap: (data: Uint8Array<ArrayBuffer>) => Cmkit.Data) => async () => {
      const { data, options, judge } = prepare();
      await judge(this.#inWasm(chunksUpTo, () => this.#library.cmkit.open(wrap(data), options)));
    };
    const chunkByChunk = (chunksUpTo: number) => async () => {
      const { data, options, judge } = prepare();
      const out: Uint8Array[] = [];
      const message = new this.#library.Incoming(options, { begin: () => {}, add: (chunk) => out.push(chunk) });
      const read = async () => {
        for (let at = 0; at < data.length; at += 9999) await message.push(data.subarray(at, at + 9999));
        await message.finish();
        return join(out);
      };
      const found = this.#inWasm(chunksUpTo, read);
      await judge(found);
      if (released === undefined) return void (await found);
      const { length, sha256: digest, ...rest } = released;
      none(rest);
      const given = join(out);
      same("released", [given.length, await sha256(given)], [length, digest]);
    };
    return [
      ["WebAssembly", run(Infinity, (data) => data)],
      ["WebCrypto", run(0, (data) => data)],
      ["Blob", run(4096, (data) => new Blob([data]))],
      ["chunk by chunk", chunkByChunk(4096)],
      ["chunk by chunk, WebCrypto", chunkByChunk(0)],
    ];
  }

  #header(one: HeaderCase): Ways {
    const { name: _, head: source, result, ...rest } = one;
    const { cmkit } = this.#library;
    /** `inspect` reads the head at the front of an envelope, and headers up to the format's limit. */
    const inspect = async () => {
      none(rest);
      const head = this.#keyring.bytes(source);
      const found = cmkit.inspect(new Blob([head]));
      same("inspectSync", await codeOf(async () => cmkit.inspectSync(head)), await codeOf(() => found));
      const followed = await found.then(({ headSize }) => headSize < head.length, () => false);
      const overDefault = head.length >= 12 && new DataView(head.buffer).getUint32(8) > 16_384;
      if ("error" in result && (followed || overDefault)) return;
      await check(result, found, async (due, said) => {
        const { inspect, ...rest } = due;
        none(rest);
        checkInspection(inspect, said);
      });
    };
    /** The strict reader, through an opener that has no key: that is told before any key is due. */
    const open = async () => {
      const head = this.#keyring.bytes(source);
      const keys = cmkit.ServiceKey.generate("no-such-key");
      const read = head[6] === 1 ? cmkit.DataKey.open(head, { keys }) : cmkit.open("", { keys, head });
      const code = await codeOf(() => read);
      if ("error" in result) oneOf("error", code, result.error);
      else same("error", code, "no_key");
    };
    return [
      ["inspect", inspect],
      ["open", open],
    ];
  }

  #range(one: RangeCase): Ways {
    const { name: _, envelope: source, configuration, expect, start, length, result, ...rest } = one;
    const run = (chunksUpTo: number, wrap: (data: Uint8Array<ArrayBuffer>) => Blob | Uint8Array) => async () => {
      none(rest);
      const { provider } = new Holder(this.#keyring);
      const options = { keys: this.#keyring.openKeys(configuration), provider, expect: expectOf(expect) };
      const data = wrap(this.#keyring.bytes(source));
      const end = Math.min(start + length, Number.MAX_SAFE_INTEGER);
      const found = this.#inWasm(chunksUpTo, () => this.#library.cmkit.openRange(data, start, end, options));
      await check(result, found, async ({ plaintext, ...rest }, opened) => {
        none(rest);
        await checkBytes("plaintext", opened, plaintext);
      });
    };
    return [
      ["bytes", run(Infinity, (data) => data)],
      ["Blob", run(0, (data) => new Blob([data]))],
    ];
  }

  async #record(one: RecordCase): Promise<void> {
    const { DataKey } = this.#library.cmkit;
    if (one.operation === "open") {
      const { operation: _op, name: _, record, configuration, expect, holder: script, result, ...others } = one;
      const { calls, called, resolves, ...rest } = others;
      none(rest);
      const holder = new Holder(this.#keyring, script);
      const options = { keys: this.#keyring.openKeys(configuration), provider: holder.provider, expect: expectOf(expect) };
      await check(result, DataKey.open(this.#keyring.bytes(record), options), async ({ dek_id, deterministic, ...rest }, key) => {
        none(rest);
        same("data key", [key.id, key.deterministic], [dek_id, deterministic]);
      });
      oneOf("calls", holder.called.length, calls);
      same("called", holder.called, called);
      oneOf("resolves", holder.resolved.size, resolves);
      return;
    }
    const { operation: _op, name: _, keys, now, random, context, namespace, deterministic, pad_to, ...others } = one;
    const { reopen, result, wraps, ...rest } = others;
    const { configuration, ...more } = reopen;
    none(rest);
    none(more);
    const holder = new Holder(this.#keyring, {}, keys);
    const options = { provider: holder.provider, context, namespace, deterministic, padTo: pad_to };
    const draws = new Draws(random);
    const made = this.#inWasm(Infinity, () =>
      draws.during(now, () => DataKey.generate(this.#keyring.sealKeys(keys), options)),
    );
    await check(result, made, async ({ record, dek_id, ...rest }, key) => {
      none(rest);
      await checkBytes("record", key.record, record);
      draws.checkUsedUp();
      const openKeys = this.#keyring.openKeys(configuration);
      const again = await DataKey.open(key.record, { keys: openKeys, provider: new Holder(this.#keyring).provider });
      for (const one of [key, again]) {
        same("data key", [one.id, one.deterministic, one.namespace], [dek_id, deterministic ?? false, namespace]);
        same("context", sorted(one.context), sorted(context ?? {}));
      }
    });
    oneOf("wraps", holder.wraps, wraps);
  }

  async #compact(one: CompactCase): Promise<void> {
    const { DataKey } = this.#library.cmkit;
    if (one.operation === "seal") {
      const { operation: _op, name: _, record, form, random, plaintext, namespace = "", aad = "", result, ...rest } = one;
      none(rest);
      const key = this.#keyring.record(record);
      const options = { namespace, aad: unhex(aad), deterministic: form === "deterministic" };
      const value = known(plaintext) ?? fail("no plaintext");
      const draws = new Draws(random);
      await check(result, draws.during(0, async () => key.sealValue(value, options)), async ({ value, ...rest }, found) => {
        none(rest);
        await checkBytes("value", found, value);
        draws.checkUsedUp();
      });
      return;
    }
    const { operation: _op, name: _, value, records, namespace = "", aad = "", result, ...rest } = one;
    none(rest);
    const bytes = this.#keyring.bytes(value);
    const options = { namespace, aad: unhex(aad) };
    const keys = records.map((id) => this.#keyring.record(id));
    await check(result, (async () => DataKey.find(keys, bytes).openValue(bytes, options))(), async ({ plaintext, ...rest }, found) => {
      none(rest);
      await checkBytes("plaintext", found, plaintext);
    });
  }

  async #rewrap(one: RewrapCase): Promise<void> {
    const { name: _, head: source, configuration, external, holder: script, to, keep, pad_to, now, random, ...others } = one;
    const { reopen, reopen_external, result, calls, wraps, ...rest } = others;
    none(rest);
    const isRecord = source.record !== undefined;
    const [head, body] = isRecord ? [this.#keyring.bytes(source), undefined] : this.#keyring.detached(source);
    const holder = new Holder(this.#keyring, script, to);
    const options = {
      keys: this.#keyring.openKeys(configuration),
      to: this.#keyring.sealKeys(to),
      provider: holder.provider,
      keep,
      pad: pad_to,
      aad: aadOf(external),
      detached: true,
    };
    const draws = new Draws(random);
    const { rewrap, DataKey, open } = this.#library.cmkit;
    const rewrapped = this.#inWasm(Infinity, () => draws.during(now, () => rewrap(head, options)));
    await check(result, rewrapped, async ({ new_head, ...rest }, found) => {
      none(rest);
      await checkBytes("new head", found, new_head);
      same("salt and commitment", hex(found.slice(-KEPT)), hex(head.slice(-KEPT)));
      draws.checkUsedUp();
      for (const configuration of reopen) {
        const opening = { keys: this.#keyring.openKeys(configuration), provider: new Holder(this.#keyring).provider };
        if (body === undefined) await DataKey.open(found, opening);
        else await open(body, { ...opening, head: found, aad: aadOf(reopen_external) });
      }
    });
    oneOf("calls", holder.called.length, calls);
    if (wraps !== undefined) oneOf("wraps", holder.wraps, wraps);
  }

  /** Runs with the wrap in WebAssembly, whose randomness can be given, and chunks up to this size too. */
  async #inWasm<T>(chunksUpTo: number, run: () => Promise<T>): Promise<T> {
    const { inWasm } = this.#library;
    const usual = { ...inWasm };
    Object.assign(inWasm, { chunksUpTo, wrap: true });
    try {
      return await run();
    } finally {
      Object.assign(inWasm, usual);
    }
  }
}

/** Bytes of a head besides its header. */
const FIXED = 12 + 88;
/** Salt and commitment, the last bytes of a head. */
const KEPT = 24 + 32;

function checkInspection(due: Inspect, found: Cmkit.Inspection): void {
  const { suite, key_record, header_length, head_length, core, context, external_names, ...others } = due;
  const { namespace, content_type, deterministic, keks, ...rest } = others;
  none(rest);
  same("core", core.length > 0, true); // its bytes are not shown
  same("suite", found.suite, suite);
  same("kind", found.kind, key_record ? "key_record" : "message");
  same("sizes", [found.headSize, found.headSize - FIXED], [head_length, header_length]);
  same("context", sorted(found.context), sorted(context));
  same("external names", found.requiredContext, external_names);
  same("texts", [found.namespace, found.contentType], [namespace, content_type]);
  same("deterministic", found.deterministic, deterministic);
  same("entries", found.keys, keks.map(entryOf));
}

function entryOf({ alg, thumbprint, locator, wrapped_length, time, ...rest }: InspectKek): Cmkit.KeyEntry {
  none(rest);
  oneOf("wrapped length", wrapped_length, alg === -41 ? [256, 384, 512] : 40); // it is not shown
  const [holder, key, dekId] = locatorOf(locator);
  const algorithm = alg === -41 ? "RSA-OAEP-256" : "A256KW";
  return { algorithm, holder, key, dekId, thumbprint: thumbprint && base64url(unhex(thumbprint)), wrappedAt: time };
}

function locatorOf(locator: InspectKek["locator"]): [Cmkit.KeyEntry["holder"], key: string | null, dekId: string | null] {
  switch (locator?.holder) {
    case undefined:
      return ["unnamed", null, null];
    case 0:
      return ["program", `${locator.name}/${locator.version}`, null];
    case 1:
      return ["vault", `https://${locator.host}/keys/${locator.name}/${locator.version}`, null];
    case 2:
      return ["key-record", null, locator.dek_id];
  }
}

/** The outputs, or the class of the error. */
async function check<D extends object, F>(
  due: Result<D>,
  found: Promise<F>,
  compare: (due: D, found: F) => Promise<void>,
): Promise<void> {
  if ("error" in due) {
    const { error, ...rest } = due;
    none(rest as Record<string, never>);
    return oneOf("error", await codeOf(() => found), error);
  }
  await compare(due as D, await found);
}

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return "none";
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    return name === "CmkitError" && code !== undefined ? code : String(error);
  }
}

/** The randomness and the clock of a case, in the platform's place. */
class Draws {
  readonly #random: Uint8Array;
  #at = 0;

  constructor(random: string) {
    this.#random = unhex(random);
  }

  async during<T>(now: number, run: () => Promise<T>): Promise<T> {
    const clock = Date.now;
    Date.now = () => now * 1000;
    crypto.getRandomValues = <A>(into: A): A => {
      const view = into as unknown as Uint8Array;
      view.set(this.#random.subarray(this.#at, this.#at + view.length));
      this.#at += view.length;
      return into;
    };
    try {
      return await run();
    } finally {
      Date.now = clock;
      delete (crypto as Partial<Crypto>).getRandomValues; // the prototype has the platform's
    }
  }

  checkUsedUp(): void {
    same("bytes of randomness drawn", this.#at, this.#random.length);
  }
}

function aadOf(external: External | undefined): Uint8Array | Record<string, string> | undefined {
  if (external === undefined) return undefined;
  if ("bytes" in external) return unhex(external.bytes);
  return external.pairs;
}

function expectOf(expect: Expected | undefined): Cmkit.Expect | undefined {
  if (expect === undefined) return undefined;
  const { namespace: _namespace, context: _context, ...rest } = expect;
  none(rest);
  return expect;
}

function sorted(pairs: Record<string, string>): [string, string][] {
  return Object.entries(pairs).sort(([left], [right]) => (left < right ? -1 : 1));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function pieces(data: Uint8Array<ArrayBuffer>, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= data.length) controller.close();
      else controller.enqueue(data.slice(at, (at += size)));
    },
  });
}

async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  const [reader, out] = [stream.getReader(), [] as Uint8Array[]];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return join(out);
    out.push(value);
  }
}
