/** Compiled, not run: the types of `cmkit/azure` as people use them, without the SDK's own packages at hand. */

import { KeyClient, type KeyClientOptions } from "@azure/keyvault-keys";
import { open, type Provider } from "cmkit";
import { type Credential, keyVault, type KeyVaultOptions } from "cmkit/azure";

const credential: Credential = { getToken: async () => ({ token: "orders", expiresOnTimestamp: Date.now() + 60_000 }) };
const options: KeyVaultOptions = { credential, hosts: ["localhost:8443"], clientOptions: { tlsOptions: { ca: "-----BEGIN" } } };
export const provider: Provider = keyVault({ ...options, serviceVersion: "7.4", timeout: 5_000 });
// @ts-expect-error -- what is checked is not an option
keyVault({ credential, clientOptions: { disableChallengeResourceVerification: true } });
// @ts-expect-error -- a credential is due
keyVault({});

const shared: KeyClientOptions = { retryOptions: { maxRetries: 1 } };
export const client = new KeyClient("https://orders.vault.azure.net", credential, shared);
export const opened: Promise<Uint8Array> = open(new Uint8Array(), { keys: "https://orders.vault.azure.net/keys/k", provider });
