/** Deep links: the state as the hash of the address, and back. What equals the defaults is left out. */

import { EMPTY, PRESETS, SAMPLES, copyOfGolden } from "./form/presets";
import type { Form, FormName } from "./form/model";
import { INITIAL, PAGES, STEPS, presetForm, today, type State, type Subject } from "./state";
import { EVENTS } from "./pages/events";
import { TARGETS } from "./pages/targets";

const FORMS: readonly FormName[] = ["create", "replica", "restore"];

/** The hash of a state. The administrator's password and pasted documents are never in it. */
export function hashOf(state: State): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string, usual: string): void => {
    if (value !== usual) query.set(name, value);
  };
  put("preset", state.preset, "empty");
  put("at", state.at, today());
  for (const name of FORMS) {
    for (const [field, value] of Object.entries(differences(state.forms[name], start(name, state.preset, state.at)))) {
      query.set(`${prefix(name)}${field}`, value);
    }
  }
  put("sample", state.sample, "");
  put("subject", state.subject, "form");
  if (state.page === "what-if") {
    put("event", state.event, INITIAL.event);
    put("days", String(state.days), "0");
  }
  if (state.page === "export") put("to", state.target, INITIAL.target);
  if (state.page === "hierarchy") put("as", state.table ? "table" : "", "");
  if (state.why) query.set("why", [state.why.code, state.why.of, state.why.pointer].join("~"));
  const path = state.page === "create" ? `create/${state.step}` : state.page === "copies" ? `copies/${state.copy}` : state.page;
  const text = query.toString();
  return `#/${path}${text ? `?${text}` : ""}`;
}

/** The part of the state that a hash tells. */
export function stateOf(hash: string): Partial<State> {
  const [path = "", text = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [first = "", second = ""] = path.split("/");
  const query = new URLSearchParams(text);
  const page = PAGES.find((page) => page === first) ?? "create";
  const preset = PRESETS.some((known) => known.id === query.get("preset")) ? query.get("preset")! : "empty";
  const day = query.get("at") ?? "";
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : today();
  const forms = Object.fromEntries(
    FORMS.map((name) => [name, merged(start(name, preset, at), query, prefix(name))]),
  ) as Record<FormName, Form>;
  const sample = query.get("sample") ?? "";
  const documents = documentsOf(sample);
  const subject: Subject = query.get("subject") === "documents" ? "documents" : "form";
  const [code = "", of = "", ...pointer] = (query.get("why") ?? "").split("~");
  const whyOf = ([...FORMS, "documents", "rule"] as const).find((known) => known === of);
  return {
    page,
    step: STEPS.find((step) => step === second) ?? "basics",
    copy: second === "restore" ? "restore" : "replica",
    preset, at, forms, sample, subject,
    ...(documents ? { documents, document: 0, editing: false } : {}),
    event: EVENTS.find((event) => event.name === query.get("event"))?.name ?? INITIAL.event,
    days: Math.min(1095, Math.max(0, Math.round(Number(query.get("days"))) || 0)),
    target: TARGETS.find((target) => target.id === query.get("to"))?.id ?? INITIAL.target,
    table: query.get("as") === "table",
    why: code && whyOf ? { code, of: whyOf, pointer: pointer.join("~") } : null,
  };
}

export function documentsOf(sample: string): State["documents"] | undefined {
  return [...PRESETS, ...SAMPLES].find((known) => known.id === sample)?.documents;
}

/** What a form of this kind starts from. */
function start(name: FormName, preset: string, at: string): Form {
  if (name === "create") return presetForm(preset, at);
  return preset === "empty" ? EMPTY[name] : copyOfGolden(name, new Date(at));
}

const prefix = (name: FormName): string => `${name}.`;

function differences(form: Form, from: Form): Record<string, string> {
  const out: Record<string, string> = {};
  for (const name of new Set([...Object.keys(form), ...Object.keys(from)])) {
    if (name !== "adminPassword" && (form[name] ?? "") !== (from[name] ?? "")) out[name] = form[name] ?? "";
  }
  return out;
}

function merged(form: Form, query: URLSearchParams, before: string): Form {
  const next: Record<string, string> = { ...form };
  for (const [name, value] of query) {
    if (name.startsWith(before) && name !== `${before}adminPassword`) next[name.slice(before.length)] = value;
  }
  return next;
}
