/** The form: the page's fields by name, as texts. What is not filled in is not there, and so unknown, never good. */

export type Form = Readonly<Record<string, string>>;
export type FormName = "create" | "replica" | "restore";

/** The object that `check` takes. The password is not among what a check reads, so it stays in the page. */
export function formObject(form: Form): Record<string, string> {
  const { adminPassword: _, ...told } = form;
  return { cmkit: "form/1", ...Object.fromEntries(Object.entries(told).filter(([, value]) => value.trim() !== "")) };
}

/** The form as a file: what the command reads as well. */
export function formText(form: Form): string {
  return `${JSON.stringify(formObject(form), null, 2)}\n`;
}

interface PatchOperation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: unknown;
}

/** Applies the patch of a fix. A form is flat: a pointer names a field. */
export function patched(form: Form, patch: readonly PatchOperation[]): Form {
  const next: Record<string, string> = { ...form };
  for (const { op, path, value } of patch) {
    const name = fieldOf(path);
    if (op === "remove") delete next[name];
    else next[name] = Array.isArray(value) ? value.join(", ") : String(value);
  }
  return next;
}

/** The field that a JSON Pointer names; nothing for the form as a whole. */
export function fieldOf(pointer: string): string {
  return pointer.slice(1).split("/")[0] ?? "";
}

export function isCustomerManaged(form: Form): boolean {
  return form["encryptionMode"] === "CustomerManaged";
}
