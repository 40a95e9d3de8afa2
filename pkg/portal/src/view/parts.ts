/** Parts that several pages are made of. */

import { copyText, saveText, toast } from "../actions";
import { h, type Child, type VNode } from "./dom";
import { icon, type Icon } from "./icons";

/** Prose of the core: what stands between backticks is code. */
export function prose(text: string): Child[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? h("code", null, part) : part));
}

/** The same as a sentence of its own: what does not begin with a name begins with a capital. */
export const sentence = (text: string): Child[] => prose(text.charAt(0).toUpperCase() + text.slice(1));

export function button(
  label: Child, onclick: () => void, { kind = "", glyph, ...props }: { kind?: string; glyph?: Icon; [name: string]: unknown } = {},
): VNode {
  return h("button", { type: "button", class: `button ${kind}`.trim(), onclick, ...props }, glyph && icon(glyph), label);
}

export type Tone = "error" | "warning" | "note" | "unknown" | "good";

const TONES: Record<Tone, string> = { error: "Error", warning: "Warning", note: "Note", unknown: "Unknown", good: "Good" };

export const toneName = (tone: Tone): string => TONES[tone];

/** A word with its icon: never colour alone. */
export function badge(tone: Tone, label: Child = TONES[tone]): VNode {
  return h("span", { class: `badge ${tone}` }, icon(tone), h("span", null, label));
}

/** A bar with a message over what it is about. */
export function bar(tone: Tone, title: Child, ...rest: Child[]): VNode {
  return h(
    "div", { class: `bar ${tone}` }, icon(tone),
    h("div", { class: "bar-text" }, h("strong", null, title), rest.length > 0 && h("div", null, rest)),
  );
}

export function card(title: Child, props: { text?: Child; level?: 2 | 3; actions?: Child; class?: string; id?: string }, ...children: Child[]): VNode {
  return h(
    "section", { class: `card ${props.class ?? ""}`.trim(), id: props.id },
    h(
      "header", { class: "card-head" },
      h("div", null, h(`h${props.level ?? 2}`, null, title), props.text && h("p", { class: "quiet" }, props.text)),
      props.actions && h("div", { class: "row" }, props.actions),
    ),
    children,
  );
}

/** A command or a file, to be copied. */
export function command(text: string): VNode {
  return h(
    "div", { class: "command" },
    h("code", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Command" }, text),
    button(h("span", null, "Copy"), () => void copyText(text), { kind: "small subtle", glyph: "copy", "aria-label": "Copy the command" }),
  );
}

export function code(text: string, label: string): VNode {
  return h("pre", { class: "code scroll", tabindex: 0, role: "region", "aria-label": label }, h("code", null, text));
}

export function copyAndSave(text: string, name: string, type: string): VNode[] {
  return [
    button("Copy", () => void copyText(text), { glyph: "copy" }),
    button("Download", () => {
      saveText(name, text, type);
      toast(`${name} is saved`);
    }, { glyph: "download" }),
  ];
}

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly after?: Child;
}

/** Tabs by the ARIA pattern: one of them is in the tab order, arrows move between them. */
export function tabs(name: string, label: string, list: readonly Tab[], chosen: string, choose: (id: string) => void): VNode {
  const onkeydown = (event: KeyboardEvent): void => {
    const at = list.findIndex((tab) => tab.id === chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[event.key];
    const next = to === undefined ? undefined : list[(to + list.length) % list.length];
    if (!next) return;
    event.preventDefault();
    choose(next.id);
    document.getElementById(`${name}-${next.id}`)?.focus();
  };
  return h(
    "div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown },
    list.map((tab) =>
      h(
        "button",
        {
          key: tab.id, type: "button", role: "tab", id: `${name}-${tab.id}`, class: "tab",
          "aria-selected": tab.id === chosen, "aria-controls": tab.id === chosen ? `${name}-panel` : undefined,
          tabindex: tab.id === chosen ? 0 : -1, onclick: () => choose(tab.id),
        },
        h("span", null, tab.label), tab.after,
      ),
    ),
  );
}

export function panel(name: string, chosen: string, ...children: Child[]): VNode {
  return h("div", { key: `${name}-${chosen}`, class: "panel", role: "tabpanel", tabindex: -1, id: `${name}-panel`, "aria-labelledby": `${name}-${chosen}` }, children);
}

/** A button of two states with the words of what is chosen, like the segments of a switch. */
export function segments(name: string, label: string, choices: readonly (readonly [string, string])[], chosen: string, choose: (value: string) => void): VNode {
  return h(
    "fieldset", { class: "segments" }, h("legend", { class: "unseen" }, label),
    choices.map(([value, text]) =>
      h("label", { key: value, class: "segment" },
        h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => choose(value) }),
        h("span", null, text)),
    ),
  );
}

/** `12.4 MB`, in powers of ten as disks and networks are sold. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const value = count / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${units[power]}`;
}

export const many = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;
