/**
 * The body of a message under way: cuts what comes in into chunks, has several of them in the cipher at a time, and hands
 * the results out in order.
 */
import { ChunkCipher, TAG_SIZE, wipe } from "./webcrypto.js";
/**
 * Chunks that are in the cipher at a time. Measured with 1, 2, 4 and 8: Node gains up to eight (2.2 times one, with chunks of
 * 256 KiB), Chromium next to nothing beyond one; more only cost memory.
 */
export const IN_FLIGHT = 8;
/** Bytes of the body that so much plaintext is sealed to. */
export function sealedSize(chunkSize, size) {
    return size + (Math.floor(size / chunkSize) + 1) * TAG_SIZE;
}
/** Bytes of plaintext in a body of so many bytes, if it is whole. */
export function openedSize(chunkSize, size) {
    const record = chunkSize + TAG_SIZE;
    return Math.floor(size / record) * chunkSize + Math.max((size % record) - TAG_SIZE, 0);
}
/** A body that is being sealed. @internal */
export function sealBody(sealer, options) {
    const cipher = new ChunkCipher(sealer);
    const run = async (chunk) => [await cipher.seal(chunk), chunk.length];
    return new Body(cipher, cipher.chunkSize, run, options);
}
/** A body that is being opened, from the chunk of this number on. @internal */
export function openBody(cipher, options, from = 0) {
    let index = from;
    const run = async (record) => {
        const chunk = await cipher.open(index++, record);
        return [chunk, chunk.length];
    };
    return new Body(cipher, cipher.chunkSize + TAG_SIZE, run, options);
}
/** @internal */
export class Body {
    #cipher;
    #run;
    #options;
    /** A part that is not whole yet; made when there is one. */
    #part;
    #size;
    #filled = 0;
    #done = 0;
    /** One promise for each part under way. Each waits for the one before it, so the first fault in order is the verdict. */
    #pending = [];
    constructor(cipher, size, run, options) {
        this.#cipher = cipher;
        this.#size = size;
        this.#run = run;
        this.#options = options;
    }
    /** Takes a piece of any size. Resolves when there is room for the next one. */
    async push(piece) {
        let at = 0;
        if (this.#filled > 0)
            at = this.#fill(piece);
        if (this.#filled === this.#size) {
            await this.#start(this.#part);
            this.#filled = 0;
        }
        for (; piece.length - at >= this.#size; at += this.#size)
            await this.#start(piece.subarray(at, at + this.#size));
        if (at < piece.length)
            this.#fill(piece.subarray(at));
    }
    /** Ends the body: what is left is its last chunk, which is shorter than the others and may be empty. */
    async finish() {
        await this.#start((this.#part ?? new Uint8Array()).subarray(0, this.#filled));
        await this.settle();
    }
    /** Waits until all whole chunks are handed out. */
    async settle() {
        if (this.#part !== undefined)
            wipe(this.#part);
        await this.#pending.at(-1);
    }
    /** Starts a part. The core has the size checked, so that a body cut at a border ends as `truncated`. */
    async #start(part) {
        this.#options.signal?.throwIfAborted();
        if (this.#pending.length >= IN_FLIGHT)
            await this.#pending.shift();
        await this.#cipher.prepare(part.length);
        const result = this.#run(part);
        const before = this.#pending.at(-1) ?? Promise.resolve();
        const handedOut = before.then(async () => this.#handOut(...(await result)), (error) => {
            result.then(([bytes]) => wipe(bytes), () => { });
            throw error;
        });
        // Whoever waits for it hears of a fault; it must not count as unheard until then.
        result.catch(() => { });
        handedOut.catch(() => { });
        this.#pending.push(handedOut);
    }
    #handOut(bytes, size) {
        const { emit, total, signal, onProgress } = this.#options;
        if (signal?.aborted) {
            wipe(bytes);
            throw signal.reason;
        }
        emit(bytes);
        this.#done += size;
        onProgress?.({ done: this.#done, ...(total !== undefined && { total }) });
    }
    /** Adds to the part that is not whole yet; returns how much it took. */
    #fill(piece) {
        this.#part ??= new Uint8Array(this.#size);
        const taken = piece.subarray(0, this.#size - this.#filled);
        this.#part.set(taken, this.#filled);
        this.#filled += taken.length;
        return taken.length;
    }
}
