/**
 * The worker that encrypts: the file, the envelope and the vault's keys are here, and nowhere else.
 *
 * The vault is one in memory, so that rotation and revocation can be tried; its private keys can't be exported.
 */

import { CmkitError, inspect, openStream, rewrap, sealStream } from "cmkit";
import { MemoryVault } from "cmkit/memory";
import type { FileState, Order, Sink, Told } from "./model";

const KEY = "orders-kek";
/** Reports a second, at most. */
const RATE = 8;

const vault = new MemoryVault({ vault: "demo" });
const { provider } = vault;
let key: string | undefined;
let versions = 0;

let original: File | undefined;
let sealed: Blob | undefined;
let untouched: Blob | undefined;
let stop = new AbortController();

self.onmessage = ({ data }: MessageEvent<Order>): void => void obey(data).catch(failed);

async function obey(order: Order): Promise<void> {
  switch (order.do) {
    case "seal":
      return seal(order.file, order.sink, order.handle);
    case "open":
      return open(order.save);
    case "flip":
      return flip();
    case "rotate":
      return rotate();
    case "revoke":
      vault.revoke(KEY);
      return tell({ state: { revoked: true } }, note(true, "The grant is taken away", "The vault refuses this key to its user from now on."));
    case "grant":
      vault.grant(KEY);
      return tell({ state: { revoked: false } }, note(true, "The grant is back", "The vault lets its user at the key again."));
    case "cancel":
      return stop.abort(new DOMException("cancelled", "AbortError"));
    case "save":
      if (sealed) tell({ blob: sealed, name: `${original?.name ?? "file"}.cmk` });
  }
}

async function seal(file: File, sink: Sink, handle: FileSystemFileHandle | undefined): Promise<void> {
  original = file;
  [sealed, untouched] = [undefined, undefined];
  const start: Partial<FileState> = {
    name: file.name, size: file.size, phase: "working", head: null, before: null, flipped: null, notes: [], progress: null,
  };
  tell({ state: start });
  stop = new AbortController();
  const { signal } = stop;
  if (key === undefined) {
    key = await vault.createKey(KEY, { size: 3072 });
    versions = 1;
  }
  signal.throwIfAborted();
  const meter = progress("Encrypting", file.size);
  const stream = sealStream({
    keys: key, provider, signal, suite: "256k", contentType: file.type || "application/octet-stream",
    context: { name: file.name, purpose: "demo" }, onProgress: ({ done }) => meter.at(done),
  });
  const place = sink === "page" ? parts() : sink === "file" && handle ? await toFile(handle) : counter();
  await file.stream().pipeThrough(stream, { signal }).pipeTo(place.writable, { signal });
  const { seconds } = meter.end();
  sealed = await place.made();
  untouched = sealed;
  const rate = `${perSecond(file.size, seconds)} MB/s, in a worker of this page`;
  if (!sealed) {
    const head = await stream.head;
    return tell({ state: { phase: "empty", progress: null } }, note(true, `Measured: ${rate}`, `${place.count().toLocaleString("en")} bytes of envelope were made and dropped; its head has ${head.length} bytes.`));
  }
  tell({ state: { phase: "sealed", ...(await described(sealed)) } }, note(true, "Encrypted", `${rate}. The data key was wrapped under ${KEY}; the vault's part took ${vault.calls} ${vault.calls === 1 ? "call" : "calls"} so far.`));
}

/** Opens what is sealed, beside the file that it was made of: a byte that differs would be seen. */
async function open(save: boolean): Promise<void> {
  if (!sealed || !original || key === undefined) return;
  stop = new AbortController();
  const { signal } = stop;
  const { chunkSize } = await inspect(sealed);
  const meter = progress("Decrypting", original.size);
  const same = comparison(original);
  const kept = save ? parts() : undefined;
  // What is opened, as the cipher counts it: of what has left the cipher, a stream that fails drops what nobody has read yet.
  let out = 0;
  const stream = openStream({ keys: key, provider, signal, onProgress: ({ done }) => meter.at((out = done)) });
  const watch = new TransformStream<Uint8Array, Uint8Array>({
    async transform(piece, controller) {
      await same.compare(piece);
      controller.enqueue(piece);
    },
  });
  try {
    await sealed.stream().pipeThrough(stream, { signal }).pipeThrough(watch, { signal }).pipeTo((kept ?? counter()).writable, { signal });
  } catch (error) {
    if (!(error instanceof CmkitError)) throw error;
    meter.end();
    const where = error.code === "decrypt" || error.code === "truncated" ? ` at chunk ${Math.floor(out / chunkSize) + 1}` : "";
    const reason = error.details ? ` (${error.details.reason})` : "";
    return tell({ state: { phase: "sealed", progress: null, calls: vault.calls } }, note(false, `Refused${where}: ${error.code}${reason}`, `${sentence(error.message)} Nothing of it is kept.`));
  }
  const { seconds } = meter.end();
  const identical = await same.whole();
  tell({ state: { phase: "sealed", progress: null, calls: vault.calls } }, note(identical, identical ? "Decrypted: the same file" : "Decrypted: another file", `${perSecond(original.size, seconds)} MB/s; every byte was compared with the original.`));
  const blob = await kept?.made();
  if (blob) tell({ blob, name: original.name });
}

/** Flips one bit in the middle of the body, or takes that back. */
async function flip(): Promise<void> {
  if (!sealed || !untouched) return;
  if (sealed !== untouched) {
    sealed = untouched;
    return tell({ state: { flipped: null } }, note(true, "The byte is as it was", "The envelope is whole again."));
  }
  const { headSize, chunkSize } = await inspect(sealed);
  const at = headSize + Math.floor((sealed.size - headSize) / 2);
  const byte = new Uint8Array(await sealed.slice(at, at + 1).arrayBuffer());
  const chunk = Math.floor((at - headSize) / (chunkSize + 16)) + 1;
  sealed = new Blob([sealed.slice(0, at), Uint8Array.of(byte[0]! ^ 1), sealed.slice(at + 1)]);
  tell({ state: { flipped: chunk } }, note(true, `A byte of chunk ${chunk} is flipped`, `Byte ${at.toLocaleString("en")} of the envelope: decrypt it, and see.`));
}

/** A new version of the key, and the data key wrapped anew under it: the new head goes over the old one. */
async function rotate(): Promise<void> {
  if (!sealed || !untouched || key === undefined) return;
  const { headSize } = await inspect(sealed);
  const before = new Uint8Array(await sealed.slice(0, headSize).arrayBuffer());
  await vault.rotate(KEY);
  const head = await rewrap(sealed, { keys: key, to: key, provider, pad: "inPlace" });
  const withHead = (blob: Blob): Blob => new Blob([head, blob.slice(headSize)]);
  const flipped = sealed !== untouched;
  untouched = withHead(untouched);
  sealed = flipped ? withHead(sealed) : untouched;
  versions += 1;
  const changed = head.reduce((sum, byte, index) => sum + (byte === before[index] ? 0 : 1), 0);
  tell({ state: { before, ...(await described(sealed)) } }, note(true, `Rotated to version ${versions}`, `${changed} of ${headSize} bytes of the head changed; ${(sealed.size - headSize).toLocaleString("en")} bytes of data stayed as they are.`));
}

async function described(envelope: Blob): Promise<Partial<FileState>> {
  const inspection = await inspect(envelope);
  const bytes = new Uint8Array(await envelope.slice(0, inspection.headSize).arrayBuffer());
  return { head: { inspection, bytes }, sealedSize: envelope.size, versions, calls: vault.calls, progress: null };
}

interface Place {
  readonly writable: WritableStream<Uint8Array>;
  /** What was made, unless it was dropped. */
  made(): Promise<Blob | undefined>;
  count(): number;
}

/** Parts of a Blob: the browser keeps large ones on disk. */
function parts(): Place {
  const gather = 8 * 1024 * 1024;
  const blobs: Blob[] = [];
  let pieces: BlobPart[] = [];
  let held = 0;
  let count = 0;
  const store = (): void => {
    blobs.push(new Blob(pieces));
    [pieces, held] = [[], 0];
  };
  const writable = new WritableStream<Uint8Array>({
    write(piece) {
      pieces.push(piece as Uint8Array<ArrayBuffer>);
      held += piece.length;
      count += piece.length;
      if (held >= gather) store();
    },
    close: store,
  });
  return { writable, made: async () => new Blob(blobs), count: () => count };
}

/** A file that the person chose: written as it is made, and read from there after. */
async function toFile(handle: FileSystemFileHandle): Promise<Place> {
  const writable = await handle.createWritable();
  return { writable, made: () => handle.getFile(), count: () => 0 };
}

function counter(): Place {
  let count = 0;
  const writable = new WritableStream<Uint8Array>({ write: (piece) => void (count += piece.length) });
  return { writable, made: async () => undefined, count: () => count };
}

/** Compares pieces with a file, as they come. */
function comparison(file: File): { compare(piece: Uint8Array): Promise<void>; whole(): Promise<boolean> } {
  const reader = file.stream().getReader();
  let rest: Uint8Array = new Uint8Array();
  let same = true;
  const more = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (!done) rest = value;
    return !done;
  };
  return {
    async compare(piece) {
      let at = 0;
      while (at < piece.length && same) {
        if (rest.length === 0 && !(await more())) same = false;
        const size = Math.min(rest.length, piece.length - at);
        for (let index = 0; index < size; index += 1) if (rest[index] !== piece[at + index]) same = false;
        rest = rest.subarray(size);
        at += size;
      }
    },
    whole: async () => same && rest.length === 0 && (await reader.read()).done,
  };
}

/** Tells how far it is, some times a second. */
function progress(what: string, total: number): { at(done: number): void; end(): { seconds: number } } {
  const begin = performance.now();
  let last = begin;
  const elapsed = (): number => (performance.now() - begin) / 1000;
  tell({ state: { phase: "working", progress: { what, done: 0, total, seconds: 0 } } });
  return {
    at(done) {
      const now = performance.now();
      if (now - last < 1000 / RATE) return;
      last = now;
      tell({ state: { progress: { what, done, total, seconds: elapsed() } } });
    },
    end: () => ({ seconds: elapsed() }),
  };
}

function failed(error: unknown): void {
  const phase = sealed ? "sealed" : "empty";
  const cancelled = error instanceof DOMException && error.name === "AbortError";
  const text = error instanceof Error ? sentence(error.message) : String(error);
  tell({ state: { phase, progress: null } }, cancelled ? note(false, "Cancelled", "Nothing half-made is kept.") : note(false, "It failed", text));
}

const note = (good: boolean, title: string, text: string): Told => ({ note: { good, title, text } });
const tell = (...told: Told[]): void => told.forEach((one) => self.postMessage(one));
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const perSecond = (size: number, seconds: number): string => (size / 1e6 / Math.max(seconds, 1e-3)).toFixed(0);
