/** Streams: data of any size through a few megabytes of memory. */

import { type Body, IN_FLIGHT, sealBody } from "./body.js";
import { checkPiece } from "./data.js";
import type { Inspection } from "./inspect.js";
import { Incoming, type OpenOptions } from "./open.js";
import { beginSeal, headOf, type SealOptions } from "./seal.js";
import type { Sealer } from "./wasm/envelope.js";

/** How to seal a stream. */
export interface SealStreamOptions extends SealOptions {
  /** Whether the head is kept apart: then only the body comes out, and {@link SealStream.head} is the head. */
  detached?: boolean | undefined;
}

/** Plaintext in, envelope out. */
export interface SealStream extends TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  /** The head, as soon as the key holders have answered. */
  readonly head: Promise<Uint8Array<ArrayBuffer>>;
}

/** Envelope in, plaintext out. */
export interface OpenStream extends TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  /** What the head says, as soon as it is authentic. */
  readonly inspection: Promise<Inspection>;
}

/**
 * Seals what flows through. Nobody needs to know its size beforehand.
 *
 * ```ts
 * await file.stream().pipeThrough(sealStream({ keys, provider, suite: "256k" })).pipeTo(destination);
 * ```
 *
 * Where it fails, or `signal` aborts it, both ends are errored with the reason, and a source that is piped into it is
 * cancelled: what came out until then is no envelope, and no reader takes it for one.
 */
export function sealStream(options: SealStreamOptions): SealStream {
  return sealThrough(options);
}

function sealThrough(options: SealStreamOptions, total?: number): SealStream {
  const { onProgress, detached } = options;
  const head = deferred<Uint8Array<ArrayBuffer>>();
  let sealer: Sealer | undefined;
  let body: Body | undefined;
  const stream = transform(options.signal, {
    async begin(emit, signal) {
      sealer = await beginSeal({ ...options, signal });
      body = sealBody(sealer, { emit, total, signal, onProgress });
      head.resolve(headOf(sealer));
      if (!detached) emit(headOf(sealer));
    },
    push: async (piece) => body?.push(piece),
    finish: async () => body?.finish(),
    end(error) {
      head.reject(error);
      sealer?.free();
      sealer = undefined;
    },
  });
  return Object.assign(stream, { head: head.promise });
}

/**
 * Opens what flows through. Each chunk comes out as soon as it is authentic.
 *
 * ```ts
 * await sealed.pipeThrough(openStream({ keys, provider })).pipeTo(destination);
 * ```
 *
 * That the data is *whole* is only known at the end: a stream that was cut fails there. Act on the data once the stream has
 * ended well, or be able to take back what you did.
 */
export function openStream(options: OpenOptions): OpenStream {
  return openThrough(options);
}

function openThrough(options: OpenOptions, size?: number): OpenStream {
  const inspection = deferred<Inspection>();
  let message: Incoming | undefined;
  const stream = transform(options.signal, {
    async begin(emit, signal) {
      message = new Incoming({ ...options, signal }, { add: emit, begin: inspection.resolve }, size);
    },
    push: async (piece) => message?.push(piece),
    finish: async () => message?.finish(),
    end(error) {
      inspection.reject(error);
      message?.free();
    },
  });
  return Object.assign(stream, { inspection: inspection.promise });
}

/**
 * Seals a Blob or a File into a Blob. Browsers keep large ones on disk, so it may be larger than memory.
 *
 * ```ts
 * const sealed = await sealBlob(file, { keys, provider, suite: "256k", onProgress: ({ done, total }) => show(done, total) });
 * ```
 */
export async function sealBlob(data: Blob, options: SealOptions): Promise<Blob> {
  return through(data, sealThrough(options, data.size));
}

/** Opens an envelope in a Blob into a Blob. There is none unless all of it is authentic and whole. */
export async function openBlob(envelope: Blob, options: OpenOptions): Promise<Blob> {
  return through(envelope, openThrough(options, envelope.size));
}

/** Bytes that are gathered before they become a part of a Blob, which the platform can keep outside of memory. */
const PART = 16 << 20;

async function through(data: Blob, stream: SealStream | OpenStream): Promise<Blob> {
  const parts: Blob[] = [];
  let [pieces, size]: [Uint8Array<ArrayBuffer>[], number] = [[], 0];
  const close = (): void => {
    parts.push(new Blob(pieces));
    [pieces, size] = [[], 0];
  };
  const write = (piece: Uint8Array<ArrayBuffer>): void => {
    pieces.push(piece);
    size += piece.length;
    if (size >= PART) close();
  };
  await data.stream().pipeThrough(stream).pipeTo(new WritableStream({ write, close }));
  return new Blob(parts);
}

/** What a stream does with what flows through it. */
interface Flow {
  begin(emit: (bytes: Uint8Array<ArrayBuffer>) => void, signal: AbortSignal): Promise<void>;
  push(piece: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** Called once, whichever way it ended; without an error if it ended well. */
  end(error?: unknown): void;
}

function transform(signal: AbortSignal | undefined, flow: Flow): TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
  // Cancelling the readable side ends what is under way, too: a key holder that is being asked, chunks in the cipher.
  const stop = new AbortController();
  let abort = (): void => {};
  const end = (error: unknown): void => {
    signal?.removeEventListener("abort", abort);
    stop.abort(error);
    flow.end(error);
  };
  const guard = async (run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      end(error);
      throw error;
    }
  };
  const transformer: Transformer<Uint8Array, Uint8Array<ArrayBuffer>> & { cancel: (reason: unknown) => void } = {
    start: (controller) =>
      guard(async () => {
        signal?.throwIfAborted();
        abort = () => {
          end(signal?.reason);
          controller.error(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
        await flow.begin((bytes) => controller.enqueue(bytes), stop.signal);
      }),
    transform: (piece) => guard(() => flow.push(checkPiece(piece))),
    flush: () =>
      guard(async () => {
        await flow.finish();
        signal?.removeEventListener("abort", abort);
        flow.end();
      }),
    cancel: end,
  };
  // Room for as many results as are in the cipher: without it each piece would wait until the one before it was read.
  return new TransformStream(transformer, undefined, { highWaterMark: IN_FLIGHT });
}

/** A promise to be kept from outside. That nobody waits for it is no fault. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let [resolve, reject]: [(value: T) => void, (error: unknown) => void] = [() => {}, () => {}];
  const promise = new Promise<T>((kept, broken) => {
    [resolve, reject] = [kept, broken];
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
