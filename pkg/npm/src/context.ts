/** What data is bound to, as the core takes it. */

/** Names and values in clear; they are authenticated, not encrypted. */
export type Context = Readonly<Record<string, string>>;

/** External context: bytes or text that the opener must give again, or named values, whose names stand in the envelope. */
export type ExternalContext = Uint8Array | string | Context;

/** Pairs in the form that crosses. The core puts them in its own order. */
export function pairs(context: Context | undefined): [string, string][] | undefined {
  return context && Object.entries(context);
}

/** The two forms of external context: bytes, or named values. */
export function external(aad: ExternalContext | undefined): {
  bytes: Uint8Array | undefined;
  named: [string, string][] | undefined;
} {
  if (typeof aad === "string") return { bytes: new TextEncoder().encode(aad), named: undefined };
  if (aad === undefined || aad instanceof Uint8Array) return { bytes: aad, named: undefined };
  return { bytes: undefined, named: pairs(aad) };
}

/** What an opener demands of the authenticated context; a difference ends as `context`. */
export interface Expect {
  /** The namespace, equal to the sealer's. */
  namespace?: string;
  /** Pairs that must be among the encryption context. */
  context?: Context;
}

/** The time in seconds, as the core has it. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
