/** What can be checked: documents as text, bytes or objects, alone or several of one deployment. */

import { CmkitError } from "./error.js";
import type { FormModel } from "./form.js";

/** One of several documents. */
export interface Document {
  /** The name that findings show, for example a path. */
  name: string;
  /** JSON, comments allowed, as text, as UTF-8 or as the object that it holds. */
  text: string | Uint8Array | object;
}

/**
 * What is checked: one document as text, UTF-8 or object, a form, or several documents that make one deployment.
 *
 * A document is an ARM template or its parameters, a resource or the body of a request, a Terraform plan or state, what
 * `az` prints, or a form. Which it is, is told from the document. Text keeps its lines: findings have line and column.
 */
export type Input = string | Uint8Array | object | FormModel | readonly Document[];

/** A point in time: a date, RFC 3339 text, or seconds since 1970. */
export type Time = Date | string | number;

/** A document as it crosses. */
export interface Text {
  name: string;
  text: string;
}

/** The texts of an input; `name` is that of one alone. */
export function textsOf(input: Input, name = "input"): Text[] {
  if (!isDocuments(input)) return [{ name, text: textOf(input) }];
  return input.map(({ name, text }) => ({ name, text: textOf(text) }));
}

function isDocuments(input: Input): input is readonly Document[] {
  // What `az` prints may be a list too, of objects without a `text`.
  const document = (item: unknown) =>
    typeof item === "object" && item !== null && "name" in item && "text" in item && typeof item.name === "string";
  return Array.isArray(input) && input.length > 0 && input.every(document);
}

/** One document as text. */
export function textOf(document: string | Uint8Array | object): string {
  if (typeof document === "string") return document;
  if (document instanceof Uint8Array) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document);
    } catch (cause) {
      throw new CmkitError("input", "the document is not UTF-8", { cause });
    }
  }
  return JSON.stringify(document);
}
