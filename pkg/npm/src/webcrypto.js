/** What the platform's WebCrypto does faster than WebAssembly: the chunks of large data, and wrapping under RSA. */
import { CmkitError, call } from "./error.js";
/** Where WebAssembly has all to do, a turn of the event loop is due after so many bytes: about ten milliseconds. */
const TURN = 1 << 20;
/** Bytes that authenticate a chunk. */
export const TAG_SIZE = 16;
/**
 * What WebAssembly does though the platform could: chunks of up to so many bytes, since a call of WebCrypto and the import
 * of the key cost the same whatever the size. A small message breaks even at 7 KiB in Node and at 1 KiB in Chromium; in
 * between, Node would lose more than Chromium gains. Not exported from the package; tests change it.
 */
export const inWasm = { chunksUpTo: 4096, wrap: false };
/** The platform's WebCrypto; a page that was not loaded over HTTPS has none. @internal */
export function subtle() {
    return globalThis.crypto?.subtle;
}
/** Whether the public key of an RSA key wraps in WebCrypto. */
export function wrapsOnHost() {
    return !inWasm.wrap && subtle() !== undefined;
}
/** Overwrites bytes that were secret. */
export function wipe(bytes) {
    (bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes).fill(0);
}
/** Wraps a data key under an RSA public key, in RSA-OAEP-256. @internal */
export async function wrapPublic({ key, modulus, dek }) {
    const crypto = subtle();
    if (crypto === undefined)
        throw new CmkitError("unsupported", `no WebCrypto wraps under \`${key}\``);
    const jwk = { kty: "RSA", n: base64url(modulus), e: "AQAB" };
    const publicKey = await crypto.importKey("jwk", jwk, { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"]);
    return new Uint8Array(await crypto.encrypt("RSA-OAEP", publicKey, dek));
}
function base64url(bytes) {
    const text = btoa(String.fromCharCode(...bytes));
    return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
/**
 * The cipher of one message's chunks: WebCrypto with a key that can't be exported, WebAssembly for what is small or where
 * there is no WebCrypto. Which of the two it was can't be told from the bytes.
 *
 * @internal
 */
export class ChunkCipher {
    chunkSize;
    #handle;
    #key;
    #turn = 0;
    constructor(handle) {
        this.#handle = handle;
        this.chunkSize = handle.chunkSize;
    }
    /** To be awaited before a chunk of this size: imports the key if it is needed and wasn't. */
    async prepare(size) {
        if (size <= inWasm.chunksUpTo)
            return;
        const crypto = subtle();
        if (crypto === undefined) {
            this.#turn += size;
            if (this.#turn < TURN)
                return;
            this.#turn = 0;
            return new Promise((resolve) => setTimeout(resolve));
        }
        if (this.#key !== undefined)
            return;
        const key = call(() => this.#handle.takeKey());
        try {
            this.#key = await crypto.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
        }
        finally {
            wipe(key);
        }
    }
    /** Seals the next chunk. The bytes are read before this returns. */
    async seal(chunk) {
        const sealer = this.#handle;
        const key = this.#keyFor(chunk.length);
        if (key === undefined)
            return call(() => sealer.sealChunk(chunk));
        const iv = call(() => sealer.nextNonce(chunk.length));
        return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, unshared(chunk)));
    }
    /** Opens a chunk, tag included. The bytes are read before this returns. */
    async open(index, record) {
        const opener = this.#handle;
        const key = this.#keyFor(record.length);
        if (key === undefined)
            return call(() => opener.openChunk(index, record));
        const iv = call(() => opener.nonce(index, record.length));
        try {
            return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, unshared(record)));
        }
        catch (error) {
            throw error instanceof Error && error.name === "OperationError" ? decryptError() : error;
        }
    }
    #keyFor(size) {
        return size <= inWasm.chunksUpTo ? undefined : this.#key;
    }
}
/** The core's one error of failed decryption, word for word. */
function decryptError() {
    return new CmkitError("decrypt", "decryption failed: wrong key, wrong context, or changed data");
}
/** WebCrypto refuses memory that other threads see. */
function unshared(bytes) {
    return (bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice());
}
