/** What can be checked: documents as text, bytes or objects, alone or several of one deployment. */

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
export type Input = string | Uint8Array | FormModel | object | readonly Document[];

/** The documents of an input; `name` is that of one alone. */
export function documentsOf(input: Input, name = "input"): readonly Document[] {
  return isList(input) ? input : [{ name, text: input }];
}

function isList(input: Input): input is readonly Document[] {
  // What `az` prints may be a list too, of objects without a `text`.
  const document = (item: unknown) =>
    typeof item === "object" && item !== null && "name" in item && "text" in item && typeof item.name === "string";
  return Array.isArray(input) && input.length > 0 && input.every(document);
}

const utf8 = new TextEncoder();

/** A document as UTF-8. */
export function bytesOf(document: string | Uint8Array | object): Uint8Array {
  if (document instanceof Uint8Array) return document;
  return utf8.encode(typeof document === "string" ? document : JSON.stringify(withoutPassword(document)));
}

/** The form has a password for whoever deploys it. Nothing here reads it, so it goes nowhere. */
function withoutPassword(document: object): object {
  if (!("adminPassword" in document)) return document;
  const { adminPassword: _, ...rest } = document;
  return rest;
}
