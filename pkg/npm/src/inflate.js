/**
 * DEFLATE (RFC 1951), decompression alone. Platforms decompress only asynchronously, and `cmkit/inline` has to be ready at
 * once; a module that is compressed before it is written as text is a quarter smaller on its way to a browser. The package has
 * no dependency, so that a page can load its files as they are, without a bundler.
 */
/** What comes out of compressed bytes of ours; its size is known. */
export function inflate(input, size) {
    const bits = new Bits(input);
    const out = new Uint8Array(size);
    let at = 0;
    for (let last = false; !last;) {
        last = bits.take(1) === 1;
        const kind = bits.take(2);
        if (kind === 0) {
            const stored = bits.stored();
            out.set(stored, at);
            at += stored.length;
            continue;
        }
        const [literals, distances] = kind === 1 ? fixed() : dynamic(bits);
        for (;;) {
            if (at > size)
                throw new RangeError("the compressed module is damaged");
            const symbol = bits.symbol(literals);
            if (symbol === 256)
                break;
            if (symbol < 256) {
                out[at++] = symbol;
                continue;
            }
            const length = LENGTHS[symbol - 257] + bits.take(LENGTH_BITS[symbol - 257]);
            const code = bits.symbol(distances);
            const from = at - (DISTANCES[code] + bits.take(DISTANCE_BITS[code]));
            // Byte by byte: what is copied may be what was just written.
            for (let next = from; next < from + length; next++)
                out[at++] = out[next];
        }
    }
    if (at !== size)
        throw new RangeError("the compressed module is damaged");
    return out;
}
const MOST_BITS = 15;
/** Codes from their lengths, by symbol: those of one length are consecutive (RFC 1951, 3.2.2). */
function codes(lengths) {
    const table = new Uint16Array(1 << MOST_BITS);
    let code = 0;
    for (let length = 1; length <= MOST_BITS; length++, code <<= 1) {
        for (let symbol = 0; symbol < lengths.length; symbol++) {
            if (lengths[symbol] !== length)
                continue;
            // The bits of a code come highest first, those of all else lowest first.
            let reversed = 0;
            for (let bit = 0; bit < length; bit++)
                reversed |= ((code >> bit) & 1) << (length - 1 - bit);
            for (let next = reversed; next < table.length; next += 1 << length)
                table[next] = (symbol << 4) | length;
            code += 1;
        }
    }
    return table;
}
/** Bases and extra bits of lengths and distances (RFC 1951, 3.2.5). */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const DISTANCES = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193,
    12289, 16385, 24577,
];
/** The order in which the lengths of the codes of code lengths stand (3.2.7). */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
function fixed() {
    const literals = Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
    return [codes(literals), codes(new Uint8Array(30).fill(5))];
}
function dynamic(bits) {
    const [literals, distances, meta] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
    const metaLengths = new Uint8Array(19);
    for (let next = 0; next < meta; next++)
        metaLengths[ORDER[next]] = bits.take(3);
    const metaCodes = codes(metaLengths);
    const lengths = new Uint8Array(literals + distances);
    for (let at = 0; at < lengths.length;) {
        const symbol = bits.symbol(metaCodes);
        if (symbol < 16) {
            lengths[at++] = symbol;
            continue;
        }
        const value = symbol === 16 ? lengths[at - 1] : 0;
        const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
        lengths.fill(value, at, at + times);
        at += times;
    }
    return [codes(lengths.subarray(0, literals)), codes(lengths.subarray(literals))];
}
/** Bits of bytes, the lowest first. */
class Bits {
    #input;
    #next = 0;
    #held = 0;
    #count = 0;
    constructor(input) {
        this.#input = input;
    }
    take(count) {
        this.#fill(count);
        const taken = this.#held & ((1 << count) - 1);
        this.#drop(count);
        return taken;
    }
    symbol(codes) {
        this.#fill(MOST_BITS);
        const found = codes[this.#held & (codes.length - 1)];
        if (found === 0)
            throw new RangeError("the compressed module is damaged");
        this.#drop(found & 15);
        return found >> 4;
    }
    /** Holds so many bits; after the last byte come noughts. */
    #fill(count) {
        while (this.#count < count) {
            this.#held |= (this.#input[this.#next++] ?? 0) << this.#count;
            this.#count += 8;
        }
    }
    #drop(count) {
        this.#held >>>= count;
        this.#count -= count;
    }
    /** A block that is not compressed. */
    stored() {
        // It begins with a byte of its own: whole bytes that are held already go back.
        this.#next -= this.#count >> 3;
        this.#held = this.#count = 0;
        const length = this.#input[this.#next] | (this.#input[this.#next + 1] << 8);
        const start = this.#next + 4;
        this.#next = start + length;
        return this.#input.subarray(start, this.#next);
    }
}
