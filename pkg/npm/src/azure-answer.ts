/** What Key Vault answers: keys, bytes, and errors. What errors mean, the core says. */

import type { GetKeyOptions, KeyVaultKey } from "@azure/keyvault-keys";
import { CmkitError, call } from "./error.js";
import type { KeyRefusal, KeyState } from "./provider.js";
import type { VaultKey } from "./wasm/azure.js";

/** An answer as it came, which the SDK shows on the side. */
export type Heard = Parameters<NonNullable<GetKeyOptions["onResponse"]>>[0];

/** Types of keys that wrap. */
const WRAPPING = new Set<unknown>(["RSA", "RSA-HSM", "oct", "oct-HSM"]);

/** A key as the vault describes it; nothing for one of a type that wraps nothing. */
export function stateOf({ id = "", keyType, key, keyOperations, properties }: KeyVaultKey): KeyState | undefined {
  if (!WRAPPING.has(keyType)) return undefined;
  const { enabled = true, notBefore, expiresOn, createdOn } = properties;
  return {
    key: id,
    kty: keyType as KeyState["kty"],
    enabled,
    ...(key?.n && { n: key.n }),
    ...(key?.e && { e: key.e }),
    ...(notBefore && { notBefore: seconds(notBefore) }),
    ...(expiresOn && { expires: seconds(expiresOn) }),
    ...(createdOn && { created: seconds(createdOn) }),
    ...(keyOperations && { keyOps: keyOperations }),
  };
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** The bytes of an answer that is about the very version that was asked, which the SDK does not look at. */
export function answered(key: VaultKey, heard: Heard | undefined, bytes: Uint8Array): Uint8Array {
  const { kid } = bodyOf(heard);
  if (!(bytes instanceof Uint8Array)) throw new CmkitError("invalid_reply", `\`${key.host}\` did not answer as Key Vault does`);
  call(() => key.answered(String(kid)));
  return bytes;
}

/** What an error means for the operation; nothing where it is not the vault's. */
export function refusalOf(
  key: VaultKey,
  error: unknown,
  heard: Heard | undefined,
  unwrapping: boolean,
): KeyRefusal | undefined {
  const { name, message, statusCode } = error as { name?: string; message?: string; statusCode?: number };
  if (name !== "RestError") return undefined;
  if (statusCode === undefined) return key.unreachable(String(message)) as KeyRefusal;
  const { error: said } = bodyOf(heard);
  const delay = heard?.headers.get("retry-after");
  return key.refusal(statusCode, text(said?.code), innermost(said), text(said?.message) ?? "", delay, unwrapping) as
    | KeyRefusal
    | undefined;
}

interface Body {
  kid?: unknown;
  error?: Said;
}

interface Said {
  code?: unknown;
  message?: unknown;
  innererror?: Said;
  innerError?: Said;
}

function bodyOf(heard: Heard | undefined): Body {
  try {
    return (JSON.parse(heard?.bodyAsText ?? "") as Body | null) ?? {};
  } catch {
    return {};
  }
}

/** The innermost code below an error. */
function innermost(error: Said | undefined): string | undefined {
  let code: string | undefined;
  for (let inner = error?.innererror ?? error?.innerError; inner; inner = inner.innererror ?? inner.innerError) {
    code = text(inner.code) ?? code;
  }
  return code;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
