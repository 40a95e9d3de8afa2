/** Collects what comes out: in one buffer where its size is known, else in pieces that are joined at the end. */

import { wipe } from "./webcrypto.js";

export class Output {
  #whole: Uint8Array<ArrayBuffer> | undefined;
  #size = 0;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];

  /** Says how much there will be. */
  reserve(size: number): void {
    this.#whole = new Uint8Array(size);
  }

  add(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#whole === undefined) this.#pieces.push(bytes);
    else this.#whole.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  take(): Uint8Array<ArrayBuffer> {
    if (this.#whole !== undefined) return this.#whole;
    const pieces = this.#pieces;
    this.reserve(this.#size);
    this.#size = 0;
    for (const piece of pieces) this.add(piece);
    return this.#whole as unknown as Uint8Array<ArrayBuffer>;
  }

  /** Overwrites what there is: nothing half-made stays behind. */
  wipe(): void {
    if (this.#whole !== undefined) wipe(this.#whole);
    for (const piece of this.#pieces) wipe(piece);
  }
}
