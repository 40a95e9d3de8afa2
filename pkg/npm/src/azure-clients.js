/** The SDK's clients: made when they are first needed, and kept. */
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
/** Clients of one kind that are kept at a time. */
const MOST = 256;
export class Clients {
    #credential;
    #options;
    #keys = new Map();
    #cryptography = new Map();
    constructor({ credential, serviceVersion, clientOptions }) {
        this.#credential = told(credential);
        // No redirect is followed: it would be to a host that nobody allowed.
        this.#options = { ...clientOptions, ...(serviceVersion && { serviceVersion }), redirectOptions: { maxRetries: 0 } };
    }
    /** Gets keys of a vault. */
    keys(key) {
        return kept(this.#keys, key.host, () => new KeyClient(`https://${key.host}`, this.#credential, this.#for(key)));
    }
    /**
     * Wraps and unwraps with one version of a key. It is told a key without material, dates and operations: it then neither gets the
     * key, which would take a permission more, nor refuses to unwrap under an expired one, nor computes anything by itself.
     */
    cryptography(key) {
        const vaultUrl = `https://${key.host}`;
        const version = key.version ?? "";
        const id = `${vaultUrl}/keys/${key.name}/${version}`;
        const bare = { id, name: key.name, properties: { vaultUrl, name: key.name, version } };
        return kept(this.#cryptography, id, () => new CryptographyClient(bare, this.#credential, this.#for(key)));
    }
    #for(key) {
        return { ...this.#options, disableChallengeResourceVerification: !key.official };
    }
}
/**
 * A client whose first call goes alone. Of that one the SDK keeps the body back until the vault has said whose token it takes, and
 * loses it if another call hears that meanwhile: the vault would get an empty request, and call a good one bad.
 */
export class Client {
    #client;
    #first;
    constructor(client) {
        this.#client = client;
    }
    async call(run) {
        if (this.#first !== undefined) {
            await this.#first;
            return run(this.#client);
        }
        const first = run(this.#client);
        this.#first = first.catch(() => undefined);
        return first;
    }
}
/** What a credential threw, so that it isn't taken for an answer of the vault. */
export class CredentialFailed extends Error {
}
function told(credential) {
    return {
        async getToken(...asked) {
            try {
                return await credential.getToken(...asked);
            }
            catch (cause) {
                throw new CredentialFailed("the credential failed", { cause });
            }
        },
    };
}
/** What is kept under a name, made if it isn't there. What was not asked for the longest goes first. */
function kept(map, name, make) {
    const client = map.get(name) ?? new Client(make());
    map.delete(name);
    map.set(name, client);
    for (const oldest of map.keys()) {
        if (map.size <= MOST)
            break;
        map.delete(oldest);
    }
    return client;
}
