/** Collects what comes out: in one buffer where its size is known, else in pieces that are joined at the end. */
import { wipe } from "./webcrypto.js";
export class Output {
    #whole;
    #size = 0;
    #pieces = [];
    /** Says how much there will be. */
    reserve(size) {
        this.#whole = new Uint8Array(size);
    }
    add(bytes) {
        if (this.#whole === undefined)
            this.#pieces.push(bytes);
        else
            this.#whole.set(bytes, this.#size);
        this.#size += bytes.length;
    }
    take() {
        if (this.#whole !== undefined)
            return this.#whole;
        const pieces = this.#pieces;
        this.reserve(this.#size);
        this.#size = 0;
        for (const piece of pieces)
            this.add(piece);
        return this.#whole;
    }
    /** Overwrites what there is: nothing half-made stays behind. */
    wipe() {
        if (this.#whole !== undefined)
            wipe(this.#whole);
        for (const piece of this.#pieces)
            wipe(piece);
    }
}
