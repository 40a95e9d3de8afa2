/** Loads a WebAssembly module once: from a URL in browsers, from the package's own file in Node. */
import { CmkitError } from "./error.js";
/** A module with its glue, loaded at most once. */
export class Loader {
    #name;
    #glue;
    #home;
    #loaded = false;
    #loading;
    constructor(name, glue, home) {
        this.#name = name;
        this.#glue = glue;
        this.#home = home;
    }
    /** Says where the module is if nobody else does. */
    settle(home) {
        this.#home = home;
    }
    /**
     * The module's functions, at once.
     *
     * @throws CmkitError `invalid_argument` if it is not loaded and can't be without waiting.
     */
    get() {
        if (!this.#loaded) {
            if (!("bytes" in this.#home)) {
                const mend = "call and await `init()` first, or import from `cmkit/inline`";
                throw new CmkitError("invalid_argument", `the ${this.#name} module is not loaded: ${mend}`);
            }
            this.loadSync(this.#home.bytes());
        }
        return this.#glue;
    }
    /** The module's functions, loaded if they are not. */
    async ready() {
        if (!this.#loaded)
            await this.load();
        return this.#glue;
    }
    /** Loads the module. Whoever comes second waits for the first; after a failure the next one tries anew. */
    load(source) {
        if (this.#loaded)
            return Promise.resolve();
        if (source === undefined && "bytes" in this.#home) {
            this.get();
            return Promise.resolve();
        }
        const from = source ?? ("url" in this.#home ? this.#home.url() : this.#home.bytes());
        this.#loading ??= this.#glue
            .default({ module_or_path: from })
            .then(() => {
            this.#loaded = true;
        })
            .finally(() => {
            this.#loading = undefined;
        });
        return this.#loading;
    }
    /** Loads the module at once. */
    loadSync(source) {
        if (this.#loaded)
            return;
        this.#glue.initSync({ module: source });
        this.#loaded = true;
    }
}
