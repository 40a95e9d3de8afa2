/** The bytes of a module that stands in a script: compressed, as base64. */
import { inflate } from "./inflate.js";
export function unpack(text, size) {
    const binary = atob(text);
    const packed = new Uint8Array(binary.length);
    for (let at = 0; at < packed.length; at++)
        packed[at] = binary.charCodeAt(at);
    return inflate(packed, size);
}
