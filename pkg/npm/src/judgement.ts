/** How documents are judged: as of when, with which settings. */

/** A point in time: a date, RFC 3339 text, or seconds since 1970. */
export type Time = Date | string | number;

/** How documents are judged. */
export interface Judgement {
  /** The time that it is for; now if left out. */
  at?: Time | undefined;
  /** The content of a `.cmkit.json`, as text or as object. */
  settings?: string | object | undefined;
  /** A baseline that accepts known findings, as text or as object. */
  baseline?: string | object | undefined;
}
