/** What data may come as, read piece by piece. */
import { CmkitError } from "./error.js";
import { unlessAborted } from "./provider.js";
/** The bytes, where they are in memory already. */
export function inMemory(input) {
    if (input instanceof Uint8Array)
        return input;
    if (typeof input === "string")
        return new TextEncoder().encode(input);
    if (ArrayBuffer.isView(input))
        return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    if (isBlob(input) || isStream(input))
        return undefined;
    const kind = Object.prototype.toString.call(input);
    if (kind === "[object ArrayBuffer]" || kind === "[object SharedArrayBuffer]")
        return new Uint8Array(input);
    const takes = "a Uint8Array, an ArrayBuffer, a Blob, a ReadableStream of Uint8Array, or text";
    throw new CmkitError("invalid_argument", `data is ${takes}`);
}
/** The size in bytes, where it is known. */
export function sizeOf(input) {
    return isBlob(input) ? input.size : inMemory(input)?.length;
}
/** Hands over the input piece by piece. On an error, and on an abort, the rest of a stream is cancelled. */
export async function readPieces(input, take, signal) {
    const bytes = inMemory(input);
    if (bytes !== undefined)
        return take(bytes);
    const reader = (isBlob(input) ? input.stream() : input).getReader();
    try {
        for (;;) {
            const { done, value } = await unlessAborted(signal, async () => reader.read());
            if (done)
                return;
            await take(checkPiece(value));
        }
    }
    catch (error) {
        // Whether the source minds being cancelled is nothing to this call, which has failed already.
        reader.cancel(error).catch(() => { });
        throw error;
    }
    finally {
        reader.releaseLock();
    }
}
/** A piece of a stream, which must be bytes. */
export function checkPiece(piece) {
    if (piece instanceof Uint8Array)
        return piece;
    if (piece instanceof ArrayBuffer || ArrayBuffer.isView(piece))
        return inMemory(piece);
    throw new CmkitError("invalid_argument", "a stream of data has pieces of type Uint8Array");
}
export function isBlob(input) {
    return typeof Blob !== "undefined" && input instanceof Blob;
}
function isStream(input) {
    return typeof input === "object" && input !== null && "getReader" in input;
}
/** A part of data that can be read from anywhere. */
export function slice(input, start, end) {
    return isBlob(input) ? input.slice(start, end) : inMemory(input).subarray(start, end);
}
