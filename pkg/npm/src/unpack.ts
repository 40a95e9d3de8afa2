/** The bytes of a module that stands in a script: compressed, as base64. */

import { inflate } from "./inflate.js";

export function unpack(text: string, size: number): Uint8Array<ArrayBuffer> {
  return inflate(
    Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)),
    size,
  );
}
