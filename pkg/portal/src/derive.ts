/** What follows from the state: reports and answers, worked out once for what they rest on. */

import { calendar, check, plan, whatIf, type Calendar, type ChangePlan, type Happening, type Report, type WhatIf } from "./cmkit";
import { formText, type Form, type FormName } from "./form/model";
import type { Document } from "./form/presets";
import type { State } from "./state";

/** An answer, or why there is none. */
export type Answer<T> = { readonly value: T } | { readonly error: string };

/** How long the last check of a form took, in microseconds: from the object to its findings. */
export let lastCheck = 0;

/** The report of a form. */
export const reportOf = (state: State, name: FormName): Report => checked[name](state.forms[name], state.at);

/** The report of the documents, if there are any. */
export function documentsReport(state: State): Answer<Report> | null {
  return state.documents.length > 0 ? checkedDocuments(state.documents, state.at) : null;
}

/** The report of what is looked at. */
export function subjectReport(state: State): Answer<Report> | null {
  return state.subject === "documents" ? documentsReport(state) : { value: reportOf(state, "create") };
}

/** What the engine is given for what is looked at. */
export function subjectInput(state: State): readonly Document[] {
  return state.subject === "documents" ? state.documents : formDocument(state.forms.create);
}

export function happens(state: State): Answer<WhatIf> {
  return happened(subjectInput(state), state.event, eventDay(state.at, state.days));
}

export const ahead = (state: State): Answer<Calendar> => datesAhead(subjectInput(state), state.at);

/** What the plans among the documents do. */
export const changes = (state: State): Answer<ChangePlan> | null =>
  state.documents.some((document) => document.text.includes('"resource_changes"')) ? planned(state.documents, state.at) : null;

export function eventDay(at: string, days: number): string {
  return new Date(Date.parse(at) + days * 86_400_000).toISOString().slice(0, 10);
}

const checkForm = (form: Form, at: string): Report => {
  const input = formDocument(form);
  const start = performance.now();
  const report = check(input, { at });
  lastCheck = (performance.now() - start) * 1000;
  return report;
};

/** What a check of the form takes amid many, in microseconds, with every finding read. */
export function usualCheck(state: State, times = 301): number {
  const input = formDocument(state.forms.create);
  const taken = Array.from({ length: times }, () => {
    const start = performance.now();
    check(input, { at: state.at }).findings.forEach((finding) => finding.message);
    return performance.now() - start;
  });
  // The clock of a page is coarse: the mean of the middle half is finer than the one in the middle.
  const middle = taken.sort((a, b) => a - b).slice(Math.floor(times / 4), Math.ceil((times * 3) / 4));
  return (middle.reduce((sum, one) => sum + one, 0) / middle.length) * 1000;
}

/** Under the name that `Export` gives the file, so that the command's report of it is the same, byte for byte. */
const formDocument = once((form: Form): readonly Document[] => [{ name: "form.json", text: formText(form) }]);
const checked: Record<FormName, (form: Form, at: string) => Report> = {
  create: once(checkForm), replica: once(checkForm), restore: once(checkForm),
};
const checkedDocuments = once((documents: readonly Document[], at: string) => attempt(() => check([...documents], { at })));
const happened = once((input: readonly Document[], event: Happening, at: string) => attempt(() => whatIf([...input], event, { at })));
const datesAhead = once((input: readonly Document[], at: string) => attempt(() => calendar([...input], { at })));
const planned = once((documents: readonly Document[], at: string) => attempt(() => plan([...documents], undefined, { at })));

export function attempt<T>(work: () => T): Answer<T> {
  try {
    return { value: work() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error) };
  }
}

/** Remembers the last answer, and what it was asked with. */
function once<A extends readonly unknown[], R>(work: (...given: A) => R): (...given: A) => R {
  let last: { readonly given: A; readonly result: R } | null = null;
  return (...given) => {
    if (!last || given.some((value, index) => value !== last!.given[index])) last = { given, result: work(...given) };
    return last.result;
  };
}
