/** Which keys seal and which may open: the caller's side of an envelope's key entries. */
import { CmkitError, call } from "./error.js";
import { keyBytes } from "./provider.js";
import { wrapsOnHost } from "./webcrypto.js";
/** How a key that this package holds adds itself to a list of the core's. @internal */
export const addTo = Symbol("addTo");
/** The core's list of keys to seal under. @internal */
export function sealKeys(core, keys, hosts = []) {
    const list = new core.SealKeys();
    try {
        for (const key of listOf(keys)) {
            if (typeof key === "string")
                call(() => list.vault(key, [...hosts], wrapsOnHost()));
            else if (addTo in Object(key))
                key[addTo](list);
            else
                throw notAKey();
        }
        return list;
    }
    catch (error) {
        list.free();
        throw error;
    }
}
/** The core's list of keys that may open. @internal */
export function openKeys(core, keys, hosts = []) {
    const list = new core.AllowedKeys();
    try {
        for (const key of listOf(keys)) {
            if (typeof key === "string")
                allow(list, { key }, hosts);
            else if (addTo in Object(key))
                key[addTo](list);
            else if ("key" in Object(key))
                allow(list, key, hosts);
            else
                throw notAKey();
        }
        return list;
    }
    catch (error) {
        list.free();
        throw error;
    }
}
function allow(list, allowed, hosts) {
    const { key, versions = [], refusedVersions = [], createdAfter, publicKeys = [] } = allowed;
    const bound = createdAfter instanceof Date ? Math.ceil(createdAfter.getTime() / 1000) : createdAfter;
    call(() => list.vault(key, [...hosts], [...versions], [...refusedVersions], bound));
    for (const { version, n, e = "AQAB" } of publicKeys) {
        const [modulus, exponent] = [keyBytes(n), keyBytes(e)];
        if (modulus === undefined || exponent === undefined) {
            throw new CmkitError("invalid_argument", `a public key of \`${key}\` is neither base64url nor a Uint8Array`);
        }
        call(() => list.publicKey(version, modulus, exponent));
    }
}
function listOf(keys) {
    return Array.isArray(keys) ? keys : [keys];
}
function notAKey() {
    return new CmkitError("invalid_argument", "a key is an identifier (`https://..`), a ServiceKey or a DataKey");
}
