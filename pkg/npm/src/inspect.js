/** What a head says, without any key and without asking anybody. */
import { envelope } from "./envelope-module.js";
import { call } from "./error.js";
import { inMemory, isBlob, sizeOf, slice } from "./data.js";
/**
 * Reads the head of an envelope or of a key record; of a Blob nothing else is read.
 *
 * ```ts
 * const { keys, context } = await inspect(file);
 * for (const { algorithm, key } of keys) console.log(algorithm, key);
 * ```
 *
 * @throws CmkitError `malformed`, `unsupported` or `truncated`.
 */
export async function inspect(envelopeOrRecord) {
    const core = await envelope.ready();
    const head = await readHead(envelopeOrRecord, HARD_MAX_HEADER);
    return inspectionOf(call(() => core.inspect(head)));
}
/** As {@link inspect}, of bytes in memory and at once. In a browser it needs `init()` first. */
export function inspectSync(envelopeOrRecord) {
    const core = envelope.get();
    const bytes = inMemory(envelopeOrRecord);
    return inspectionOf(call(() => core.inspect(bytes.subarray(0, sizeWanted(bytes, bytes.length, HARD_MAX_HEADER)))));
}
const PREAMBLE = 12;
const HARD_MAX_HEADER = 65536;
/** What is read of a Blob at first: nearly every head is smaller. */
const FIRST_READ = 4096;
/** The head and, where there is one, a byte more: nothing may stand behind a key record or a detached head. */
export async function readHead(input, maxHeader) {
    await envelope.ready();
    const size = sizeOf(input);
    const first = await bytesOf(slice(input, 0, Math.min(FIRST_READ, size)));
    const wanted = sizeWanted(first, size, maxHeader);
    return wanted <= first.length ? first.subarray(0, wanted) : bytesOf(slice(input, 0, wanted));
}
function sizeWanted(first, size, maxHeader) {
    if (first.length < PREAMBLE)
        return size;
    return Math.min(call(() => envelope.get().headSize(first.subarray(0, PREAMBLE), maxHeader)) + 1, size);
}
async function bytesOf(part) {
    return isBlob(part) ? new Uint8Array(await part.arrayBuffer()) : part;
}
/** What the core says, with the context as an object. */
export function inspectionOf(said) {
    return { ...said, context: Object.fromEntries(said.context) };
}
