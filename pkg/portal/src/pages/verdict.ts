/** What a report comes to: the box beside a form, and its one line. */

import { explain } from "../actions";
import type { Finding, Report } from "../cmkit";
import { lastCheck } from "../derive";
import { labelOf } from "../form/fields";
import { fieldOf } from "../form/model";
import { toneOf } from "../form/verdicts";
import type { State, Why } from "../state";
import { h, type Child, type VNode } from "../view/dom";
import { icon } from "../view/icons";
import { many, sentence, type Tone } from "../view/parts";

/** The verdict in a word, a tone and a sentence. */
export function verdictOf(report: Report): { tone: Tone; title: string; text: string } {
  const { errors, warnings, unknown, passed } = report.summary;
  if (errors > 0) {
    return { tone: "error", title: many(errors, "error"), text: "Azure would refuse this, or the data would be at risk." };
  }
  if (unknown > 0) {
    return { tone: "unknown", title: "Not known yet", text: `${many(unknown, "rule waits", "rules wait")} for what is not filled in.` };
  }
  if (warnings > 0) return { tone: "warning", title: many(warnings, "warning"), text: "It works, and there is a risk." };
  return { tone: "good", title: "Ready", text: `${passed} rules passed, none is open.` };
}

/** The verdict beside a form, with the worst findings. */
export function aside(state: State, report: Report, of: Why["of"] = "create"): VNode {
  const { tone, title, text } = verdictOf(report);
  const wrong = report.findings.filter((finding) => finding.verdict === "fail");
  return h(
    "aside", { class: "card verdict-box", "aria-label": "Verdict" },
    h("div", { class: `verdict-head ${tone}` }, icon(tone), h("div", null, h("strong", null, title), h("p", null, text))),
    counters(report),
    wrong.length > 0 && h("ul", { class: "finding-list" }, wrong.slice(0, 8).map((finding) => line(finding, of))),
    wrong.length > 8 && h("p", { class: "quiet" }, `and ${wrong.length - 8} more`),
    h("p", { class: "quiet small" }, `As of ${state.at}. Checked in this page in ${micros(lastCheck)}.`),
  );
}

export function counters(report: Report): VNode {
  const { errors, warnings, notes, unknown, passed } = report.summary;
  const item = (tone: Tone, count: number, one: string, more = `${one}s`): VNode =>
    h("li", { class: `counter ${tone} ${count === 0 ? "zero" : ""}` }, icon(tone), h("strong", null, count), h("span", null, count === 1 ? one : more));
  return h(
    "ul", { class: "counters" },
    item("error", errors, "error"), item("warning", warnings, "warning"), notes > 0 && item("note", notes, "note"),
    item("unknown", unknown, "unknown", "unknown"), item("good", passed, "passed", "passed"),
  );
}

/** A finding as a line to press: the drawer says more. */
export function line(finding: Finding, of: Why["of"], where: Child = labelOf(fieldOf(finding.pointer))): VNode {
  const tone = toneOf(finding);
  return h(
    "li", { key: finding.fingerprint + finding.code },
    h(
      "button", { type: "button", class: "finding-line", onclick: () => explain({ code: finding.code, of, pointer: finding.pointer }) },
      icon(tone, tone),
      h("span", { class: "finding-words" }, h("span", null, sentence(finding.message)), h("span", { class: "quiet small" }, finding.code, where && [" · ", where])),
      icon("right"),
    ),
  );
}

export const micros = (value: number): string =>
  value < 1000 ? `${Math.round(value)} µs` : `${(value / 1000).toFixed(1)} ms`;
