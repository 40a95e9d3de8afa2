/** Review + create: the verdict, what is wrong with links to the fields, and everything that was filled in. */

import { visit } from "../actions";
import type { Finding, Report } from "../cmkit";
import { SECTIONS, fieldsOf, labelOf, type Field } from "../form/fields";
import { fieldOf, type Form } from "../form/model";
import { fixButtons } from "../form/view";
import type { State } from "../state";
import { h, type Child, type VNode } from "../view/dom";
import { badge, bar, card, command, many, prose } from "../view/parts";
import { calendarTable } from "./calendar";
import { aside, verdictOf } from "./verdict";

export function review(state: State, report: Report, buttons: Child): VNode {
  const form = state.forms.create;
  return h(
    "div", { class: "with-aside" },
    h(
      "div", { class: "stack" },
      summary(report),
      SECTIONS.create.filter((section) => section.when?.(form) ?? true).map((section) =>
        card(section.title, { class: "review" }, values(fieldsOf([section], form), form))),
      calendarTable(state),
      h("div", { class: "row end-bar" }, buttons),
    ),
    aside(state, report),
  );
}

/** The summary of what is wrong; it takes the focus when people ask to create. */
function summary(report: Report): VNode {
  const wrong = report.findings.filter((finding) => finding.verdict === "fail");
  const questions = report.questions();
  const { tone, title, text } = verdictOf(report);
  return h(
    "div", { id: "summary", class: "summary", tabindex: -1, role: "group", "aria-label": "Result of the check" },
    bar(tone, title, text),
    wrong.length > 0 && h("ul", { class: "summary-list" }, wrong.map(wrongLine)),
    questions.length > 0 &&
      h(
        "details", { class: "questions", open: wrong.length === 0 && questions.length < 12 },
        h("summary", null, `${many(questions.length, "open question")}`),
        h(
          "ul", { class: "summary-list" },
          questions.map(({ finding, codes, answers }) =>
            h(
              "li", { key: finding.fingerprint + finding.message },
              h("div", null, link(finding), ": ", prose(finding.message), h("span", { class: "quiet small" }, ` ${codes.join(", ")}`)),
              answers.flatMap((answer) => (answer.command ? [command(answer.command)] : [])),
            )),
        ),
      ),
  );
}

function wrongLine(finding: Finding): VNode {
  return h(
    "li", { key: finding.fingerprint + finding.code },
    h("div", null, badge(finding.level), " ", link(finding), ": ", prose(finding.message)),
    h("div", { class: "row" }, fixButtons("create", finding)),
  );
}

function link(finding: Finding): VNode {
  const field = fieldOf(finding.pointer);
  return h("button", { type: "button", class: "link", onclick: () => visit("create", field) }, field ? labelOf(field) : "Form");
}

/** Fields and values as pairs. */
export function values(fields: readonly Field[], form: Form): VNode {
  return h(
    "dl", { class: "pairs" },
    fields.map((field) => [h("dt", { key: field.name }, field.label), h("dd", { key: `${field.name}-value` }, shown(field, form[field.name] ?? ""))]),
  );
}

function shown(field: Field, value: string): Child {
  if (value === "") return h("span", { class: "quiet" }, "Not filled in");
  if (field.control === "password") return "••••••••";
  if (value === "none") return field.none ?? "None";
  if (field.control === "yes-no") return value === "true" ? "Yes" : "No";
  return field.choices?.find(([choice]) => choice === value)?.[1] ?? value;
}
