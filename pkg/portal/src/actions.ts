/** What people do: each replaces the state, or reaches out of it to the clipboard, a file, or a reader's ear. */

import { BASICS, labelOf } from "./form/fields";
import { fieldOf, patched, type Form, type FormName } from "./form/model";
import { EMPTY, PRESETS, copyOfGolden, type Document } from "./form/presets";
import { change, current, presetForm, type Page, type Step, type Theme, type Why } from "./state";
import { documentsOf } from "./route";
import type { Finding } from "./cmkit";

export function go(page: Page, step?: Step): void {
  change({ page, menu: false, why: null, ...(step ? { step } : {}) });
  window.scrollTo({ top: 0 });
  // What was pressed may be gone: the focus goes to what came.
  queueMicrotask(() => document.getElementById(step ? "step-panel" : "main")?.focus({ preventScroll: true }));
}

export function fill(name: FormName, field: string, value: string): void {
  const { forms } = current();
  const { [field]: _, ...rest } = forms[name];
  change({ forms: { ...forms, [name]: value === "" ? rest : { ...rest, [field]: value } } });
}

/** Starts from a preset: a form, or documents on their page. */
export function startFrom(id: string): void {
  const { forms, at } = current();
  const preset = PRESETS.find((candidate) => candidate.id === id);
  if (!preset) return;
  if (preset.documents) {
    lookAt(id);
    go("documents");
    return;
  }
  const copies = id === "empty" ? EMPTY : { replica: copyOfGolden("replica", new Date(at)), restore: copyOfGolden("restore", new Date(at)) };
  change({
    preset: id, why: null, subject: "form",
    forms: { ...forms, create: presetForm(id, at), replica: copies.replica, restore: copies.restore },
  });
  say(`${preset.title}: ${preset.text}`);
}

/** Fills the form of a copy from the golden cluster. */
export function fillCopy(kind: "replica" | "restore"): void {
  const { forms, at } = current();
  change({ forms: { ...forms, [kind]: copyOfGolden(kind, new Date(at)) } });
}

/** Shows the documents of a sample. */
export function lookAt(sample: string): void {
  change({ sample, documents: documentsOf(sample) ?? [], document: 0, editing: false, selected: null, subject: "documents" });
}

/** Shows documents that were pasted or dropped. */
export function take(documents: readonly Document[]): void {
  change({ documents, document: 0, sample: "", editing: false, selected: null, subject: "documents" });
  say(`${documents.map((document) => document.name).join(", ")} is read`);
}

export function rewrite(index: number, text: string): void {
  const documents = current().documents.map((document, at) => (at === index ? { ...document, text } : document));
  change({ documents, sample: "", selected: null });
}

/** Applies a fix of a finding about a form. */
export function mend(name: FormName, finding: Finding, index: number): void {
  const { forms } = current();
  const fix = finding.fixes[index];
  if (!fix) return;
  change({ forms: { ...forms, [name]: patched(forms[name] as Form, fix.patch) }, why: null });
  toast(`${labelOf(fieldOf(finding.pointer))}: mended`);
}

let opener: HTMLElement | null = null;

/** Opens the drawer; what opened it has the focus again when it closes. */
export function explain(why: Why): void {
  opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  change({ why });
}

export function closeDrawer(): void {
  change({ why: null });
  const back = opener;
  opener = null;
  // Once it is gone: as long as it is there, nothing behind it takes the focus.
  queueMicrotask(() => back?.focus());
}

/** The field on its page, with the focus. */
export function visit(name: FormName, field: string): void {
  const state = current();
  if (name === "create") change({ page: "create", step: stepOf(field), why: null });
  else if (state.page !== "copies" || state.copy !== name) change({ page: "copies", copy: name, why: null });
  setTimeout(() => {
    const control = document.getElementById(`${name}-${field}`) ?? document.querySelector<HTMLElement>(`[name="${name}-${field}"]`);
    control?.focus();
    control?.scrollIntoView({ block: "center" });
  });
}

const BASIC_FIELDS = new Set(BASICS.flatMap((section) => section.fields).map((field) => field.name));

export const stepOf = (field: string): Step => (BASIC_FIELDS.has(field) ? "basics" : "encryption");

export function dress(theme: Theme): void {
  change({ theme });
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // A page without storage forgets it.
  }
}

let saying: ReturnType<typeof setTimeout> | undefined;

/** Tells screen readers, once what is told stands still. */
export function say(text: string, seen = false): void {
  clearTimeout(saying);
  const status = document.getElementById("status");
  const tell = (): void => {
    if (!status) return;
    status.textContent = text;
    status.className = seen ? "toast" : "unseen";
    if (seen) saying = setTimeout(() => (status.className = "unseen"), 4000);
  };
  saying = setTimeout(tell, seen ? 0 : 400);
}

/** Tells everybody. */
export const toast = (text: string): void => say(text, true);

export async function copyText(text: string, told = "Copied"): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(told);
  } catch {
    toast("This browser doesn’t let the page copy: select the text instead");
  }
}

export function saveText(name: string, text: string, type: string): void {
  saveBlob(name, new Blob([text], { type }));
}

export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
