/** Notifications of Azure Event Grid about keys in Key Vault. */

import { call } from "./error.js";
import { policy } from "./policy-module.js";

/** What a notification says. */
export interface KeyNotice {
  /** What happened to keys, in the order of the notification. */
  events: KeyEvent[];
  /** Event Grid asks whether this endpoint wants events; answer `{ validationResponse: code }` with this code. */
  validationCode: string | null;
  /** Events about something else: secrets, certificates, access policies. */
  others: number;
}

/** What happened to a key, and what follows. */
export interface KeyEvent {
  /** The event's own id: the same where an event is delivered again. */
  id: string;
  kind: "new-version" | "near-expiry" | "expired";
  /** The key, with the version that it happened to. */
  key: string;
  time: string;
  /** From when the version may wrap. */
  notBefore: string | null;
  /** Until when it may. */
  expires: string | null;
  /** Whether to forget what is cached of this key, so that what is sealed next is under its newest version. */
  flush: boolean;
  /** Whether the key needs a new version first. */
  rotate: boolean;
  /** The key to rewrap to, without a version: what older versions wrapped is due. */
  rewrapTo: string | null;
}

/** Where keys may be. */
export interface KeyEventsOptions {
  /** Hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's, for tests. */
  hosts?: readonly string[] | undefined;
}

/**
 * Reads a notification: Event Grid's own schema or CloudEvents 1.0, one event or a batch. It is a hint and no order: whoever
 * can reach the endpoint can send one. What is no notification, or contradicts itself, is a {@link CmkitError} of code `input`.
 *
 * ```ts
 * import { readKeyEvents } from "cmkit";
 * const { events, validationCode } = readKeyEvents("[]");
 * ```
 */
export function readKeyEvents(body: string, options: KeyEventsOptions = {}): KeyNotice {
  return call(() => policy.get().readKeyEvents(body, [...(options.hosts ?? [])]));
}
