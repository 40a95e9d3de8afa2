/** Opening: an envelope becomes data again, all of it or a range. */
import { openBody, openedSize } from "./body.js";
import { external, pairs } from "./context.js";
import { envelope } from "./envelope-module.js";
import { call } from "./error.js";
import { inMemory, readPieces, sizeOf, slice } from "./data.js";
import { inspectionOf, readHead } from "./inspect.js";
import { openKeys } from "./keys.js";
import { Output } from "./output.js";
import { drive } from "./provider.js";
import { ChunkCipher, TAG_SIZE } from "./webcrypto.js";
/**
 * Opens an envelope. Nothing is returned unless all of it is authentic and whole.
 *
 * ```ts
 * const plaintext = await open(envelope, { keys: "https://orders.vault.azure.net/keys/orders-kek", provider });
 * ```
 *
 * @throws CmkitError `decrypt` for a wrong key, a wrong external context or changed data, and no more is said; `no_key`
 * where no key that may open is in the envelope; `truncated`, `malformed` and others of {@link ErrorCode}. What the
 * provider throws, and the signal's reason, as they are.
 */
export async function open(envelope, options) {
    const input = inMemory(envelope) ?? envelope;
    const out = new Output();
    const begin = (_, total) => total !== undefined && out.reserve(total);
    const message = new Incoming(options, { begin, add: (bytes) => out.add(bytes) }, sizeOf(input));
    try {
        await readPieces(input, (piece) => message.push(piece), options.signal);
        await message.finish();
        return out.take();
    }
    catch (error) {
        out.wipe();
        throw error;
    }
    finally {
        message.free();
    }
}
/**
 * Opens the bytes from `start` up to `end` of an envelope's plaintext, and reads little more than these of a Blob. A range
 * that runs over the end is cut there. The last chunk is always opened: it alone proves where the data ends.
 *
 * ```ts
 * const first = await openRange(file, 0, 1024, { keys, provider });
 * ```
 *
 * @throws CmkitError `out_of_range` for a range that starts after the end; else as {@link open}.
 */
export async function openRange(envelope, start, end, options) {
    const { signal, onProgress } = options;
    const head = options.head ?? (await readHead(envelope, options.limits?.header));
    const opener = await beginOpen(head, options.head !== undefined, options);
    const out = new Output();
    try {
        const bodyStart = options.head === undefined ? opener.headSize : 0;
        const bodySize = sizeOf(envelope) - bodyStart;
        const cipher = new ChunkCipher(opener);
        const record = cipher.chunkSize + TAG_SIZE;
        const read = async (first, past, into) => {
            const part = slice(envelope, bodyStart + first * record, bodyStart + Math.min(past * record, bodySize));
            await readPieces(part, (piece) => into.push(piece), signal);
        };
        const last = call(() => opener.plan(bodySize, 0, 0))[0];
        const proof = openBody(cipher, { emit: () => { }, signal }, last);
        await read(last, last + 1, proof);
        await proof.finish();
        const [, plaintext, first, past] = call(() => opener.plan(bodySize, start, end));
        if (first === undefined || past === undefined)
            return new Uint8Array();
        const total = Math.min(end, plaintext) - start;
        out.reserve(total);
        let [skip, room] = [start - first * cipher.chunkSize, total];
        const emit = (chunk) => {
            const wanted = chunk.subarray(skip, skip + room);
            out.add(wanted);
            [skip, room] = [0, room - wanted.length];
        };
        const body = openBody(cipher, { emit, total, signal, onProgress }, first);
        await read(first, past, body);
        await (past > last ? body.finish() : body.settle());
        return out.take();
    }
    catch (error) {
        out.wipe();
        throw error;
    }
    finally {
        opener.free();
    }
}
/** Asks the holders and authenticates the head. @internal */
export async function beginOpen(head, detached, options) {
    const core = await envelope.ready();
    const { bytes, named } = external(options.aad);
    const { namespace, context } = options.expect ?? {};
    const settings = { named, namespace, context: pairs(context), maxHeader: options.limits?.header, detached };
    const allowed = openKeys(core, options.keys, options.hosts);
    try {
        const operation = call(() => core.open(head, allowed, bytes, settings));
        return await drive(operation, options, (done) => done.opener());
    }
    finally {
        allowed.free();
    }
}
/** A message that comes in piece by piece: its head, unless that is kept apart, then its body. */
export class Incoming {
    #options;
    #sink;
    #size;
    /** As much of the head as there is. */
    #head = new Uint8Array();
    #opener;
    #body;
    /** `size` is that of all that will come in, where it is known. */
    constructor(options, sink, size) {
        this.#options = options;
        this.#sink = sink;
        this.#size = size;
    }
    async push(piece) {
        const rest = this.#body === undefined ? await this.#takeHead(piece) : piece;
        if (rest.length > 0)
            await this.#body?.push(rest);
    }
    async finish() {
        // Here the head is cut, or there is none; the core says which.
        const body = this.#body ?? (await this.#begin(this.#head));
        await body.finish();
    }
    free() {
        this.#opener?.free();
        this.#opener = undefined;
    }
    /** Begins once the head is there; returns what comes after it. */
    async #takeHead(piece) {
        const detached = this.#options.head;
        if (detached !== undefined) {
            await this.#begin(detached);
            return piece;
        }
        const bytes = this.#head.length === 0 ? piece : joined(this.#head, piece);
        const core = await envelope.ready();
        const size = bytes.length < PREAMBLE ? Infinity : call(() => core.headSize(bytes.subarray(0, PREAMBLE), this.#options.limits?.header));
        if (bytes.length < size) {
            this.#head = bytes.slice();
            return new Uint8Array();
        }
        await this.#begin(bytes.subarray(0, size));
        return bytes.subarray(size);
    }
    async #begin(head) {
        const detached = this.#options.head !== undefined;
        const opener = await beginOpen(this.#options.head ?? head, detached, this.#options);
        this.#opener = opener;
        const { signal, onProgress } = this.#options;
        const size = this.#size === undefined ? undefined : this.#size - (detached ? 0 : opener.headSize);
        const total = size === undefined ? undefined : openedSize(opener.chunkSize, size);
        this.#sink.begin(inspectionOf(call(() => opener.inspection())), total);
        this.#body = openBody(new ChunkCipher(opener), { emit: (bytes) => this.#sink.add(bytes), total, signal, onProgress });
        return this.#body;
    }
}
/** Bytes that say how large the head is. */
const PREAMBLE = 12;
function joined(first, second) {
    const out = new Uint8Array(first.length + second.length);
    out.set(first);
    out.set(second, first.length);
    return out;
}
