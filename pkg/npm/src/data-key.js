/** Data keys: wrapped once under a customer-managed key in a key record, then used without a call to any vault. */
/// <reference lib="esnext.disposable" preserve="true" />
import { now, pairs } from "./context.js";
import { envelope } from "./envelope-module.js";
import { CmkitError, call } from "./error.js";
import { addTo, openKeys, sealKeys } from "./keys.js";
import { open } from "./open.js";
import { drive } from "./provider.js";
import { seal } from "./seal.js";
/**
 * The data key of a key record: the customer-managed key wraps it once, and it wraps the keys of messages and seals short
 * values, without a call to the vault. Rotating the customer-managed key then is a {@link rewrap} of one record.
 *
 * Whoever keeps one in memory outlives a revocation by that time: keep it for minutes, not for the life of a process, and
 * free it.
 *
 * ```ts
 * import { DataKey } from "cmkit";
 * import { MemoryVault } from "cmkit/memory";
 *
 * const vault = new MemoryVault();
 * const { provider } = vault;
 * const keys = await vault.createKey("orders-kek");
 * const { record } = await DataKey.generate(keys, { provider }); // to be stored, once
 *
 * using key = await DataKey.open(record, { keys, provider });
 * const value = key.sealValue("ada@example.com", { namespace: "acme.customer.email", aad: "row 4711" });
 * key.openValue(value, { namespace: "acme.customer.email", aad: "row 4711" });
 * ```
 */
export class DataKey {
    /** The key record: the data key wrapped, safe to store anywhere. */
    record;
    /** The public name of the data key, in hexadecimal. */
    id;
    /** What the record says the key is for, authenticated. */
    namespace;
    /** The encryption context of the record, authenticated. */
    context;
    /** Whether deterministic values are allowed. */
    deterministic;
    #key;
    constructor(key) {
        this.record = key.record;
        this.id = key.id;
        this.namespace = key.namespace;
        this.context = Object.fromEntries(inPairs(key.context));
        this.deterministic = key.deterministic;
        this.#key = key;
    }
    /**
     * A new data key, wrapped under each of the keys.
     *
     * @throws CmkitError as {@link seal}.
     */
    static async generate(keys, options = {}) {
        const core = await envelope.ready();
        const { context, namespace, deterministic, padTo, hosts, limits = {} } = options;
        const list = sealKeys(core, keys, hosts);
        const bound = { context: pairs(context), namespace, deterministic, padTo };
        const settings = { ...bound, maxKeys: limits.keys, maxHeader: limits.header };
        const operation = call(() => core.generateDataKey(list, settings, now()));
        return drive(operation, options, (done) => new DataKey(done.dataKey()));
    }
    /**
     * Opens a key record.
     *
     * @throws CmkitError as {@link open}.
     */
    static async open(record, options) {
        const core = await envelope.ready();
        const { namespace, context } = options.expect ?? {};
        const allowed = openKeys(core, options.keys, options.hosts);
        try {
            const operation = call(() => core.openDataKey(record, allowed, { namespace, context: pairs(context) }));
            return await drive(operation, options, (done) => new DataKey(done.dataKey()));
        }
        finally {
            allowed.free();
        }
    }
    /**
     * The key among several that a value was sealed under.
     *
     * @throws CmkitError `no_key` where none of them is it; `truncated`, `malformed` or `too_large` for what is no value.
     */
    static find(keys, value) {
        const all = [...keys];
        const list = openKeys(envelope.get(), all);
        try {
            return all[call(() => list.find(value))];
        }
        finally {
            list.free();
        }
    }
    /** Seals a message under this key. */
    seal(data, options = {}) {
        return seal(data, { ...options, keys: this });
    }
    /** Opens a message that was sealed under this key. */
    open(envelope, options = {}) {
        return open(envelope, { ...options, keys: this });
    }
    /**
     * Seals a value of up to 1 MiB, a database field or a token, in 57 bytes more than it has. Nobody is asked, and it is done
     * at once.
     *
     * @throws CmkitError `too_large`; `not_allowed` where it is to be deterministic and the record doesn't allow that.
     */
    sealValue(value, options) {
        const { namespace, aad, deterministic = false } = options;
        const key = this.#held();
        return call(() => key.sealValue(namespace, utf8(aad), utf8(value), deterministic));
    }
    /**
     * Opens a value of either form.
     *
     * @throws CmkitError `no_key` for a value under another data key, `decrypt` for a changed one or another namespace or aad;
     * `truncated`, `malformed` or `not_allowed`.
     */
    openValue(value, options) {
        const { namespace, aad } = options;
        const key = this.#held();
        return call(() => key.openValue(namespace, utf8(aad), value));
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
        list.record(this.#held());
    }
    #held() {
        if (this.#key === undefined)
            throw new CmkitError("invalid_argument", `the data key \`${this.id}\` was freed`);
        return this.#key;
    }
}
const encoder = new TextEncoder();
const nothing = new Uint8Array();
function utf8(value) {
    return typeof value === "string" ? encoder.encode(value) : (value ?? nothing);
}
/** Names and values in turn, as pairs. */
function* inPairs(list) {
    for (let at = 0; at + 1 < list.length; at += 2)
        yield [list[at], list[at + 1]];
}
