/** Reads a report as `bindings/wasm/src/rows.rs` writes it: numbers and one text, in the same order. */
const LEVELS = ["error", "warning", "note"];
const CONSEQUENCES = ["provisioning_fails", "outage", "data_loss", "destroys_cluster", "hygiene"];
const ORIGINS = [null, "template", "parameter", "default", "live"];
/** Reads a report; `shared` tells what the findings of a rule have in common. */
export function read([text, numbers], shared) {
    return new Rows(text, numbers, shared).report();
}
class Rows {
    #text;
    #numbers;
    #shared;
    /** The next number, and where the next text begins. */
    #next = 0;
    #start = 0;
    constructor(text, numbers, shared) {
        this.#text = text;
        this.#numbers = numbers;
        this.#shared = shared;
    }
    report() {
        const at = this.#string();
        const [clusters, identities, vaults, keys] = [this.#number(), this.#number(), this.#number(), this.#number()];
        const summary = {
            errors: this.#number(),
            warnings: this.#number(),
            notes: this.#number(),
            unknown: this.#number(),
            suppressed: this.#number(),
            stale: this.#number(),
            passed: this.#number(),
            notApplicable: this.#number(),
        };
        const inputs = { files: this.#list(() => this.#string()), clusters, identities, vaults, keys };
        const [passed, notApplicable, off] = [this.#string(), this.#string(), this.#string()];
        return { at, inputs, summary, passed, notApplicable, off, findings: this.#list(() => this.#finding()) };
    }
    #finding() {
        const code = this.#string();
        const verdict = this.#number();
        const level = LEVELS[this.#number()] ?? "note";
        const consequence = CONSEQUENCES[this.#number()] ?? "hygiene";
        const source = ORIGINS[this.#number()] ?? null;
        const message = this.#string();
        const [expected, actual, resource] = [this.#optional(), this.#optional(), this.#optional()];
        const [first, second] = [this.#optional(), this.#optional()];
        const place = this.#place();
        const fingerprint = this.#string();
        const related = this.#list(() => this.#related());
        const fixes = this.#list(() => this.#fix());
        const { why, evidence } = this.#shared(code);
        const says = { message, expected, actual, source, resource };
        const common = { level, consequence, ...says, ...place, fingerprint, related, why, fixes };
        if (verdict === 0)
            return { code, verdict: "fail", ...common };
        if (verdict === 1)
            return { code, verdict: "unknown", evidence, command: first, ...common };
        return { code, verdict: "suppressed", reason: first ?? "", until: second, ...common };
    }
    #related() {
        return { message: this.#string(), ...this.#place() };
    }
    #fix() {
        const description = this.#string();
        const irreversible = this.#number() === 1;
        const patch = this.#optional();
        return { description, irreversible, patch: patch === null ? [] : JSON.parse(patch) };
    }
    #place() {
        const [pointer, file] = [this.#string(), this.#string()];
        const span = {
            start: this.#number(),
            end: this.#number(),
            line: this.#number(),
            column: this.#number(),
            endLine: this.#number(),
            endColumn: this.#number(),
        };
        return { pointer, file, span };
    }
    #list(item) {
        const items = [];
        for (let left = this.#number(); left > 0; left--)
            items.push(item());
        return items;
    }
    #string() {
        const start = this.#start;
        this.#start += this.#number();
        return this.#text.slice(start, this.#start);
    }
    #optional() {
        const length = this.#number();
        if (length === 0)
            return null;
        const start = this.#start;
        this.#start += length - 1;
        return this.#text.slice(start, this.#start);
    }
    #number() {
        return this.#numbers[this.#next++] ?? 0;
    }
}
