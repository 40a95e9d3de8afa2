/** All that the page knows, in one object. Pages are functions of it; whatever happens replaces it. */

import { EMPTY, PRESETS, type Document } from "./form/presets";
import type { Happening } from "./cmkit";
import type { Form, FormName } from "./form/model";
import { IDLE, type FileState } from "./files/model";

export const PAGES = ["create", "documents", "hierarchy", "what-if", "copies", "export", "files", "proof"] as const;
export type Page = (typeof PAGES)[number];
export const STEPS = ["basics", "encryption", "review", "overview"] as const;
export type Step = (typeof STEPS)[number];
export type Theme = "system" | "light" | "dark";
/** What is looked at: the form, or the documents. */
export type Subject = "form" | "documents";

/** The finding, or the rule, that the drawer explains. */
export interface Why {
  readonly code: string;
  readonly of: FormName | "documents" | "rule";
  readonly pointer: string;
}

export interface State {
  readonly page: Page;
  readonly step: Step;
  readonly preset: string;
  readonly forms: Readonly<Record<FormName, Form>>;
  readonly copy: "replica" | "restore";
  /** The day of every check, as a date. */
  readonly at: string;
  readonly subject: Subject;
  readonly documents: readonly Document[];
  readonly sample: string;
  readonly document: number;
  readonly editing: boolean;
  /** Whether lines without a finding are shown of a long document. */
  readonly unfolded: boolean;
  readonly selected: number | null;
  readonly event: Happening;
  /** Days from `at` on to the event. */
  readonly days: number;
  readonly target: string;
  readonly table: boolean;
  readonly why: Why | null;
  readonly theme: Theme;
  readonly menu: boolean;
  readonly file: FileState;
}

export const today = (): string => new Date().toISOString().slice(0, 10);

const forms: Record<FormName, Form> = { create: EMPTY.create, replica: EMPTY.replica, restore: EMPTY.restore };

export const INITIAL: State = {
  page: "create",
  step: "basics",
  preset: "empty",
  forms,
  copy: "replica",
  at: today(),
  subject: "form",
  documents: [],
  sample: "",
  document: 0,
  editing: false,
  unfolded: false,
  selected: null,
  event: "key-expires",
  days: 0,
  target: "bicep",
  table: false,
  why: null,
  theme: "system",
  menu: false,
  file: IDLE,
};

let state = INITIAL;
let scheduled = false;
const listeners: ((state: State) => void)[] = [];

export const current = (): State => state;

/** Replaces a part of the state; what shows it is told once, before the next frame. */
export function change(part: Partial<State>): void {
  state = { ...state, ...part };
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    for (const listener of listeners) listener(state);
  });
}

export function onChange(listener: (state: State) => void): void {
  listeners.push(listener);
}

export function presetForm(id: string, at: string): Form {
  const preset = PRESETS.find((candidate) => candidate.id === id);
  return preset?.form?.(new Date(at)) ?? EMPTY.create;
}
