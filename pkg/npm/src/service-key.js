/** Keys that the program keeps itself: service-managed encryption, with no vault to set up. */
/// <reference lib="esnext.disposable" preserve="true" />
import { envelope } from "./envelope-module.js";
import { CmkitError, call } from "./error.js";
import { addTo } from "./keys.js";
/**
 * A 256-bit key that the program keeps itself: encryption with nothing to set up. Moving from it to a customer-managed key
 * is a {@link rewrap}.
 *
 * ```ts
 * import { open, seal, ServiceKey } from "cmkit";
 *
 * using key = ServiceKey.generate("default");
 * const envelope = await seal("attack at dawn", { keys: key });
 *
 * // To keep it: `name` and `version` in clear, `export()` somewhere safe.
 * using kept = ServiceKey.from({ name: key.name, version: key.version, key: key.export() });
 * const plaintext = await open(envelope, { keys: kept });
 * ```
 */
export class ServiceKey {
    name;
    /** 32 hexadecimal digits that were drawn with the key. */
    version;
    #key;
    constructor(key) {
        this.name = key.name;
        this.version = key.version;
        this.#key = key;
    }
    /**
     * A new random key.
     *
     * @throws CmkitError `invalid_argument` for a name outside `[0-9a-z-]{1,127}`.
     */
    static generate(name = "default") {
        return new ServiceKey(call(() => envelope.get().ServiceKey.generate(name)));
    }
    /**
     * A key that was kept.
     *
     * @throws CmkitError `invalid_argument` for a wrong name or version, or a key that has not 32 bytes.
     */
    static from(kept) {
        return new ServiceKey(call(() => envelope.get().ServiceKey.fromParts(kept.name, kept.version, kept.key)));
    }
    /** The key's 32 bytes. Keep them somewhere safe, and overwrite this copy. */
    export() {
        return call(() => this.#held().expose());
    }
    /** Wipes the key. Whatever uses it afterwards throws `invalid_argument`. */
    free() {
        this.#key?.free();
        this.#key = undefined;
    }
    [Symbol.dispose]() {
        this.free();
    }
    /** @internal */
    [addTo](list) {
        list.service(this.#held());
    }
    #held() {
        if (this.#key === undefined) {
            throw new CmkitError("invalid_argument", `the service key \`${this.name}\` was freed`);
        }
        return this.#key;
    }
}
