/**
 * Sealing and opening of Blobs in a Web Worker, so that a page stays smooth: {@link exposeCmkit} in the worker,
 * {@link CmkitWorker} in the page. Key holders are asked by either side; progress and aborts cross.
 */

import type { Progress } from "./body.js";
import { CmkitError, type ErrorCode, type Refusal } from "./error.js";
import type { AllowedKey } from "./keys.js";
import type { OpenOptions } from "./open.js";
import type { KeyReply, KeyRequest, Provider } from "./provider.js";
import type { SealOptions } from "./seal.js";
import { openBlob, sealBlob } from "./streams.js";
import { wipe } from "./webcrypto.js";

/** What a `Worker`, the global scope of one and a `MessagePort` have in common. */
export interface Endpoint {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  /** A port has to be started. */
  start?(): void;
}

/** How to seal in a worker: the keys are a vault's, since keys of the program don't cross. */
export interface WorkerSealOptions extends Omit<SealOptions, "keys"> {
  keys: string | readonly string[];
}

/** How to open in a worker. */
export interface WorkerOpenOptions extends Omit<OpenOptions, "keys"> {
  keys: string | AllowedKey | readonly (string | AllowedKey)[];
}

/** From the page to the worker. `id` numbers calls, `question` what a call asks. */
type ToWorker = { cmkit: "call"; id: number; asks: boolean; data: Blob } & Call
  | { cmkit: "abort"; id: number }
  | Reply;

/** What the page's provider said; without `reply` it threw. */
type Reply = { cmkit: "reply"; id: number; question: number; reply?: KeyReply };

type Call = { operation: "seal"; options: WorkerSealOptions } | { operation: "open"; options: WorkerOpenOptions };

/** From the worker to the page. */
type ToPage =
  | { cmkit: "progress"; id: number; progress: Progress }
  | { cmkit: "ask"; id: number; question: number; request: KeyRequest }
  | { cmkit: "done"; id: number; blob: Blob }
  | { cmkit: "failed"; id: number; failure: Failure };

/** An error that crosses: ours by its parts, another as far as it can be cloned, the page's own not at all. */
type Failure =
  | { code: ErrorCode; message: string; retry: boolean; details: Refusal | undefined }
  | { thrown: unknown }
  | "the page's";

/**
 * Answers a page's {@link CmkitWorker}; to be called once in the worker's module.
 *
 * ```ts
 * // worker.ts
 * import { exposeCmkit } from "cmkit/worker";
 * exposeCmkit();
 * ```
 *
 * Where the page's call brings no provider, `provider` is asked, here in the worker.
 */
export function exposeCmkit({ provider, endpoint = globalThis as Endpoint }: { provider?: Provider; endpoint?: Endpoint } = {}): void {
  const post = (message: ToPage, transfer: ArrayBuffer[] = []): void => endpoint.postMessage(message, transfer);
  const calls = new Map<number, { stop: AbortController; questions: ((reply: Reply) => void)[] }>();
  const run = async (message: ToWorker & { cmkit: "call" }): Promise<void> => {
    const { id, asks, data } = message;
    const call = { stop: new AbortController(), questions: [] as ((reply: Reply) => void)[] };
    calls.set(id, call);
    let pagesFault = false;
    const askPage: Provider = async (request) => {
      const said = await new Promise<Reply>((resolve) => {
        const question = call.questions.push(resolve) - 1;
        post({ cmkit: "ask", id, question, request }, "dek" in request ? [request.dek.buffer] : []);
      });
      if ("reply" in said) return said.reply as KeyReply;
      pagesFault = true;
      throw new Error("the page's provider threw");
    };
    const here = {
      provider: asks ? askPage : provider,
      signal: call.stop.signal,
      onProgress: (progress: Progress) => post({ cmkit: "progress", id, progress }),
    };
    try {
      const { operation, options } = message;
      const blob = await (operation === "seal" ? sealBlob(data, { ...options, ...here }) : openBlob(data, { ...options, ...here }));
      post({ cmkit: "done", id, blob });
    } catch (error) {
      const failure = pagesFault ? "the page's" : failureOf(error);
      try {
        post({ cmkit: "failed", id, failure });
      } catch {
        post({ cmkit: "failed", id, failure: { thrown: new Error(String(error)) } });
      }
    } finally {
      calls.delete(id);
    }
  };
  endpoint.addEventListener("message", ({ data }) => {
    const message = data as ToWorker;
    if (message?.cmkit === "call") void run(message);
    if (message?.cmkit === "abort") calls.get(message.id)?.stop.abort();
    if (message?.cmkit === "reply") calls.get(message.id)?.questions[message.question]?.(message);
  });
  endpoint.start?.();
}

/**
 * The page's side of a worker that calls {@link exposeCmkit}.
 *
 * ```ts
 * import type { Provider } from "cmkit";
 * import { CmkitWorker } from "cmkit/worker";
 *
 * const worker = new CmkitWorker(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
 *
 * export function sealFile(file: File, provider: Provider, show: (share: number) => void): Promise<Blob> {
 *   return worker.seal(file, {
 *     keys: "https://orders.vault.azure.net/keys/orders-kek",
 *     provider, // asked here, in the page
 *     suite: "256k",
 *     signal: AbortSignal.timeout(60_000),
 *     onProgress: ({ done, total = done }) => show(done / total),
 *   });
 * }
 * ```
 */
export class CmkitWorker {
  readonly #endpoint: Endpoint;
  readonly #calls = new Map<number, (message: ToPage) => void>();
  #next = 0;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    endpoint.addEventListener("message", ({ data }) => {
      const message = data as ToPage;
      if (typeof message?.cmkit === "string") this.#calls.get(message.id)?.(message);
    });
    endpoint.start?.();
  }

  /** Seals a Blob or a File into a Blob, as {@link sealBlob} does. */
  seal(data: Blob, options: WorkerSealOptions): Promise<Blob> {
    return this.#call(data, { operation: "seal", options });
  }

  /** Opens an envelope in a Blob into a Blob, as {@link openBlob} does. */
  open(envelope: Blob, options: WorkerOpenOptions): Promise<Blob> {
    return this.#call(envelope, { operation: "open", options });
  }

  async #call(data: Blob, { operation, options }: Call): Promise<Blob> {
    const { provider, signal, onProgress, ...plain } = options;
    signal?.throwIfAborted();
    const id = this.#next++;
    const post = (message: ToWorker): void => this.#endpoint.postMessage(message, []);
    let thrown: unknown;
    const answer = async (provider: Provider, request: KeyRequest, question: number): Promise<void> => {
      try {
        const reply = await provider(request, signal);
        post({ cmkit: "reply", id, question, reply });
      } catch (error) {
        thrown = error;
        post({ cmkit: "reply", id, question });
      } finally {
        if ("dek" in request) wipe(request.dek);
      }
    };
    let abort = (): void => {};
    try {
      return await new Promise<Blob>((resolve, reject) => {
        this.#calls.set(id, (message) => {
          if (message.cmkit === "progress") onProgress?.(message.progress);
          if (message.cmkit === "ask" && provider) void answer(provider, message.request, message.question);
          if (message.cmkit === "done") resolve(message.blob);
          if (message.cmkit === "failed") reject(message.failure === "the page's" ? thrown : errorOf(message.failure));
        });
        abort = () => {
          post({ cmkit: "abort", id });
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", abort, { once: true });
        post({ cmkit: "call", id, asks: provider !== undefined, data, operation, options: plain } as ToWorker);
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#calls.delete(id);
    }
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof CmkitError)) return { thrown: error };
  const { code, message, retry, details } = error;
  return { code, message, retry, details };
}

function errorOf(failure: Exclude<Failure, string>): unknown {
  if ("thrown" in failure) return failure.thrown;
  const { code, message, retry, details } = failure;
  return new CmkitError(code, message, { retry, ...(details && { details }) });
}
