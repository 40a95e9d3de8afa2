/**
 * A key vault in memory, for tests and demonstrations: everything is gone with the page or the process.
 *
 * It makes RSA keys whose private half WebCrypto doesn't hand out, rotates, disables and refuses in Key Vault's words. What
 * follows from that, the core decides.
 */

import type { KeyRefusal, KeyReply, KeyRequest, KeyState, Provider } from "./provider.js";

const ALGORITHM = { name: "RSA-OAEP", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]) };

type Size = 2048 | 3072 | 4096;

interface Key {
  size: Size;
  /** The one grant on it. */
  granted: boolean;
  /** The newest last. */
  versions: KeyVersion[];
}

interface KeyVersion {
  state: KeyState;
  privateKey: CryptoKey;
}

/**
 * A vault in memory with one grant on each key: whether its one user may use it.
 *
 * ```ts
 * import { open, seal } from "cmkit";
 * import { MemoryVault } from "cmkit/memory";
 *
 * const vault = new MemoryVault({ vault: "demo" });
 * const key = await vault.createKey("orders-kek"); // "https://demo.vault.azure.net/keys/orders-kek"
 * const envelope = await seal("attack at dawn", { keys: key, provider: vault.provider });
 * await vault.rotate("orders-kek");
 * await open(envelope, { keys: key, provider: vault.provider }); // by the version that sealed it
 * vault.revoke("orders-kek");
 * await open(envelope, { keys: key, provider: vault.provider }); // throws `denied`, ForbiddenByRbac
 * ```
 */
export class MemoryVault {
  /** Requests that were answered. */
  calls = 0;
  /** Answers as Key Vault does. It is bound, so it can be handed over as it is. */
  readonly provider: Provider = async (request) => this.#answer(request);
  readonly #origin: string;
  readonly #keys = new Map<string, Key>();

  /** `vault` is the vault's name, 3 to 24 letters, digits and hyphens. */
  constructor({ vault = "demo" }: { vault?: string } = {}) {
    this.#origin = `https://${vault.toLowerCase()}.vault.azure.net/keys/`;
  }

  /** Makes a key, or a new version of one, and returns its identifier without a version. */
  async createKey(name: string, { size = 3072 }: { size?: Size } = {}): Promise<string> {
    const key = this.#origin + name.toLowerCase();
    const generated = await crypto.subtle.generateKey({ ...ALGORITHM, modulusLength: size }, false, ["encrypt", "decrypt"]);
    const { n, e } = await crypto.subtle.exportKey("jwk", generated.publicKey);
    const version = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
    const created = Math.floor(Date.now() / 1000);
    const state: KeyState = { key: `${key}/${version.join("")}`, kty: "RSA", n: n ?? "", e: e ?? "", enabled: true, created };
    const { granted = true, versions = [] } = this.#keys.get(key) ?? {};
    this.#keys.set(key, { size, granted, versions: [...versions, { state, privateKey: generated.privateKey }] });
    return key;
  }

  /** Makes a new version of a key, which seals from now on, and returns its identifier with the version. */
  async rotate(name: string): Promise<string> {
    await this.createKey(name, { size: this.#find(name).size });
    return this.#version(name).state.key;
  }

  /** Disables a version of a key, the newest one if none is named. */
  disable(name: string, version?: string): void {
    this.#version(name, version).state.enabled = false;
  }

  /** Enables a version again. */
  enable(name: string, version?: string): void {
    this.#version(name, version).state.enabled = true;
  }

  /** Takes the grant on a key away: every request about it is refused from now on. */
  revoke(name: string): void {
    this.#find(name).granted = false;
  }

  /** Gives it again. */
  grant(name: string): void {
    this.#find(name).granted = true;
  }

  async #answer(request: KeyRequest): Promise<KeyReply> {
    this.calls += 1;
    const [asked, version] = split(request.key);
    const key = this.#keys.get(asked);
    if (key?.granted === false) return refused("denied", "ForbiddenByRbac", `no role assignment allows this on \`${asked}\``);
    const versions = key?.versions ?? [];
    const found = version === undefined ? versions.at(-1) : versions.find(({ state }) => state.key === request.key);
    if (found === undefined) return refused("denied", "KeyNotFound", `no key \`${request.key}\` is in this vault`);
    if (request.op === "resolve") return { key: { ...found.state } };
    if (!found.state.enabled) return refused("denied", "KeyDisabled", `\`${request.key}\` is disabled`);
    if (request.op !== "unwrap" || request.algorithm !== "RSA-OAEP-256") {
      return refused("denied", "KeyOperationForbidden", `\`${request.key}\` is an RSA key`);
    }
    try {
      const dek = await crypto.subtle.decrypt("RSA-OAEP", found.privateKey, request.wrapped);
      return { dek: new Uint8Array(dek) };
    } catch {
      return refused("wrongCiphertext", "BadParameter", "the value is not one that this key wrapped");
    }
  }

  #find(name: string): Key {
    const found = this.#keys.get(this.#origin + name.toLowerCase());
    if (found === undefined) throw new RangeError(`no key \`${name}\` is in this vault: call \`createKey\` first`);
    return found;
  }

  #version(name: string, version?: string): KeyVersion {
    const { versions } = this.#find(name);
    const found = version === undefined ? versions.at(-1) : versions.find(({ state }) => state.key.endsWith(`/${version}`));
    if (found === undefined) throw new RangeError(`the key \`${name}\` has no version \`${version}\``);
    return found;
  }
}

/** An identifier without its version, and the version. */
function split(identifier: string): [key: string, version: string | undefined] {
  const [, , host, keys, name, version] = identifier.split("/");
  return [`https://${host}/${keys}/${name}`, version];
}

function refused(kind: KeyRefusal["kind"], reason: string, message: string): KeyReply {
  return { refused: { kind, reason, message } };
}
