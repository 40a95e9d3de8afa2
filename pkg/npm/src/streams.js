/** Streams: data of any size through a few megabytes of memory. */
import { IN_FLIGHT, sealBody } from "./body.js";
import { checkPiece } from "./data.js";
import { Incoming } from "./open.js";
import { beginSeal, headOf } from "./seal.js";
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
export function sealStream(options) {
    return sealThrough(options);
}
function sealThrough(options, total) {
    const { onProgress, detached } = options;
    const head = deferred();
    let sealer;
    let body;
    const stream = transform(options.signal, {
        async begin(emit, signal) {
            sealer = await beginSeal({ ...options, signal });
            body = sealBody(sealer, { emit, total, signal, onProgress });
            head.resolve(headOf(sealer));
            if (!detached)
                emit(headOf(sealer));
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
export function openStream(options) {
    return openThrough(options);
}
function openThrough(options, size) {
    const inspection = deferred();
    let message;
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
export async function sealBlob(data, options) {
    return through(data, sealThrough(options, data.size));
}
/** Opens an envelope in a Blob into a Blob. There is none unless all of it is authentic and whole. */
export async function openBlob(envelope, options) {
    return through(envelope, openThrough(options, envelope.size));
}
/** Bytes that are gathered before they become a part of a Blob, which the platform can keep outside of memory. */
const PART = 16 << 20;
async function through(data, stream) {
    const parts = [];
    let [pieces, size] = [[], 0];
    const close = () => {
        parts.push(new Blob(pieces));
        [pieces, size] = [[], 0];
    };
    const write = (piece) => {
        pieces.push(piece);
        size += piece.length;
        if (size >= PART)
            close();
    };
    await data.stream().pipeThrough(stream).pipeTo(new WritableStream({ write, close }));
    return new Blob(parts);
}
function transform(signal, flow) {
    // Cancelling the readable side ends what is under way, too: a key holder that is being asked, chunks in the cipher.
    const stop = new AbortController();
    let abort = () => { };
    const end = (error) => {
        signal?.removeEventListener("abort", abort);
        stop.abort(error);
        flow.end(error);
    };
    const guard = async (run) => {
        try {
            await run();
        }
        catch (error) {
            end(error);
            throw error;
        }
    };
    const transformer = {
        start: (controller) => guard(async () => {
            signal?.throwIfAborted();
            abort = () => {
                end(signal?.reason);
                controller.error(signal?.reason);
            };
            signal?.addEventListener("abort", abort, { once: true });
            await flow.begin((bytes) => controller.enqueue(bytes), stop.signal);
        }),
        transform: (piece) => guard(() => flow.push(checkPiece(piece))),
        flush: () => guard(async () => {
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
function deferred() {
    let [resolve, reject] = [() => { }, () => { }];
    const promise = new Promise((kept, broken) => {
        [resolve, reject] = [kept, broken];
    });
    promise.catch(() => { });
    return { promise, resolve, reject };
}
