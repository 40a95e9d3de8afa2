/** The SDK's clients: made when they are first needed, and kept. */

import { CryptographyClient, KeyClient, type KeyClientOptions, type KeyVaultKey } from "@azure/keyvault-keys";
import type { VaultKey } from "./wasm/azure.js";

/** A credential of `@azure/identity`, or any other object that has their `getToken`. */
export type Credential = ConstructorParameters<typeof KeyClient>[1];

interface ClientOptions {
  credential: Credential;
  timeout: number;
  serviceVersion?: string;
  clientOptions?: KeyClientOptions;
}

/** Clients of one kind that are kept at a time. */
const MOST = 256;

export class Clients {
  readonly #credential: Credential;
  readonly #options: KeyClientOptions;
  readonly #keys = new Map<string, Client<KeyClient>>();
  readonly #cryptography = new Map<string, Client<CryptographyClient>>();

  constructor({ credential, timeout, serviceVersion, clientOptions = {} }: ClientOptions) {
    this.#credential = told(credential);
    this.#options = {
      ...clientOptions,
      ...(serviceVersion && { serviceVersion }),
      additionalPolicies: [...(clientOptions.additionalPolicies ?? []), { policy: within(timeout), position: "perRetry" }],
      // No redirect is followed: it would be to a host that nobody allowed.
      redirectOptions: { maxRetries: 0 },
    };
  }

  /** Gets keys of a vault. */
  keys(key: VaultKey): Client<KeyClient> {
    return kept(this.#keys, key.host, () => new KeyClient(`https://${key.host}`, this.#credential, this.#for(key)));
  }

  /**
   * Wraps and unwraps with one version of a key. It is told a key without material, dates and operations: it then neither gets the
   * key, which would take a permission more, nor refuses to unwrap under an expired one, nor computes anything by itself.
   */
  cryptography(key: VaultKey): Client<CryptographyClient> {
    const vaultUrl = `https://${key.host}`;
    const version = key.version ?? "";
    const id = `${vaultUrl}/keys/${key.name}/${version}`;
    const bare: KeyVaultKey = { id, name: key.name, properties: { vaultUrl, name: key.name, version } };
    return kept(this.#cryptography, id, () => new CryptographyClient(bare, this.#credential, this.#for(key)));
  }

  #for(key: VaultKey): KeyClientOptions {
    return { ...this.#options, disableChallengeResourceVerification: !key.official };
  }
}

/**
 * A client whose first call goes alone. Of that one the SDK keeps the body back until the vault has said whose token it takes, and
 * loses it if another call hears that meanwhile: the vault would get an empty request, and call a good one bad.
 */
export class Client<C> {
  readonly #client: C;
  #first: Promise<unknown> | undefined;

  constructor(client: C) {
    this.#client = client;
  }

  async call<T>(run: (client: C) => Promise<T>): Promise<T> {
    if (this.#first !== undefined) {
      await this.#first;
      return run(this.#client);
    }
    const first = run(this.#client);
    this.#first = first.catch(() => undefined);
    return first;
  }
}

type Policy = NonNullable<KeyClientOptions["additionalPolicies"]>[number]["policy"];

/**
 * Each try has its time, and counts as a broken connection once that is over. The SDK's own `timeout` is not for this: it does not
 * try again, and after an error its timer keeps a process alive.
 */
function within(milliseconds: number): Policy {
  return {
    name: "cmkitTimeout",
    async sendRequest(request, next) {
      const [time, callers] = [AbortSignal.timeout(milliseconds), request.abortSignal as AbortSignal | undefined];
      request.abortSignal = callers ? AbortSignal.any([callers, time]) : time;
      try {
        return await next(request);
      } catch (error) {
        if (!time.aborted || callers?.aborted) throw error;
        const late = new Error(`no answer within ${milliseconds} milliseconds`, { cause: error });
        throw Object.assign(late, { name: "RestError", code: "ETIMEDOUT" });
      } finally {
        if (callers) request.abortSignal = callers;
        else delete request.abortSignal;
      }
    },
  };
}

/** What a credential threw, so that it isn't taken for an answer of the vault. */
export class CredentialFailed extends Error {}

function told(credential: Credential): Credential {
  return {
    async getToken(...asked) {
      try {
        return await credential.getToken(...asked);
      } catch (cause) {
        throw new CredentialFailed("the credential failed", { cause });
      }
    },
  };
}

/** What is kept under a name, made if it isn't there. What was not asked for the longest goes first. */
function kept<C>(map: Map<string, Client<C>>, name: string, make: () => C): Client<C> {
  const client = map.get(name) ?? new Client(make());
  map.delete(name);
  map.set(name, client);
  for (const oldest of map.keys()) {
    if (map.size <= MOST) break;
    map.delete(oldest);
  }
  return client;
}
