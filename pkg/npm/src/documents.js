/** Documents and settings as they cross, and are given back. */
import { CmkitError, call } from "./error.js";
import { bytesOf, documentsOf } from "./input.js";
import { policy } from "./policy-module.js";
/** Documents that cross again whenever something is asked of them: nothing has to be freed. */
export class Documents {
    #texts;
    constructor(input, name) {
        this.#texts = documentsOf(input, name).map(({ name, text }) => ({ name, text: bytesOf(text) }));
    }
    get names() {
        return this.#texts.map(({ name }) => name);
    }
    /** The text of one of them. */
    text(name) {
        const found = this.#texts.find((text) => text.name === name);
        return found && new TextDecoder("utf-8", { ignoreBOM: true }).decode(found.text);
    }
    /** Lends them to `ask`. */
    lend(ask) {
        return call(() => {
            const documents = this.hand();
            try {
                return ask(documents);
            }
            finally {
                documents.free();
            }
        });
    }
    /** Hands them over: whoever takes them frees them. */
    hand() {
        const { Documents } = policy.get();
        const documents = new Documents();
        for (const { name, text } of this.#texts)
            documents.add(name, text);
        return documents;
    }
}
let standard;
/** Lends the settings of a judgement to `ask`. */
export function withSettings(judgement, ask) {
    const { Settings } = policy.get();
    const { settings, baseline } = judgement;
    if (settings === undefined && baseline === undefined)
        return ask((standard ??= new Settings()));
    const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
    const lent = new Settings();
    try {
        if (settings !== undefined)
            lent.read(".cmkit.json", text(settings));
        if (baseline !== undefined)
            lent.baseline("baseline", text(baseline));
        return ask(lent);
    }
    finally {
        lent.free();
    }
}
/** A point in time in seconds since 1970; now if there is none. */
export function seconds(at) {
    if (at === undefined)
        return Math.floor(Date.now() / 1000);
    if (typeof at === "string")
        return call(() => policy.get().parseTime(at));
    const seconds = typeof at === "number" ? at : at.getTime() / 1000;
    if (!Number.isFinite(seconds))
        throw new CmkitError("invalid_argument", "`at` is not a point in time");
    return Math.floor(seconds);
}
