/** A form as it is filled in: sections, controls, and under each what the last check says of it. */

import { explain, fill, mend } from "../actions";
import type { Finding, OpenQuestion, Report } from "../cmkit";
import { h, type Child, type VNode } from "../view/dom";
import { icon } from "../view/icons";
import { button, card, command, many, prose, sentence, toneName } from "../view/parts";
import type { Field, Section } from "./fields";
import type { Form, FormName } from "./model";
import { toneOf, verdictsOf, type Verdict } from "./verdicts";

/** The sections of a form. */
export function formView(name: FormName, sections: readonly Section[], form: Form, report: Report): VNode {
  const verdicts = verdictsOf(report);
  const onsubmit = (event: Event): void => event.preventDefault();
  return h("form", { class: "stack", novalidate: true, onsubmit }, sections
    .filter((section) => section.when?.(form) ?? true)
    .map((section) =>
      card(
        section.title, { text: section.text, class: "section" },
        h(
          "div", { class: "fields" },
          section.fields
            .filter((field) => field.when?.(form) ?? true)
            .map((field) => fieldView(name, field, form[field.name] ?? "", verdicts(field.name))),
        ),
      ),
    ));
}

function fieldView(name: FormName, field: Field, value: string, verdict: Verdict): VNode {
  const id = `${name}-${field.name}`;
  const error = verdict.wrong.some((finding) => finding.level === "error");
  const state = error ? "error" : verdict.wrong.length > 0 ? "warning" : "";
  const about = [field.hint && `${id}-hint`, verdict.wrong.length > 0 && `${id}-wrong`, verdict.open.length > 0 && `${id}-open`];
  const said = {
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": about.filter(Boolean).join(" ") || undefined,
  };
  const group = field.control === "choice" || field.control === "yes-no";
  const label = group ? h("legend", null, field.label) : h("label", { for: id }, field.label);
  return h(
    group ? "fieldset" : "div",
    { key: field.name, class: `field ${field.wide ? "wide" : ""} ${state}`.trim(), ...(group ? said : {}), "aria-invalid": undefined },
    label,
    control(name, field, id, value, said),
    field.hint && h("p", { class: "hint", id: `${id}-hint` }, field.hint),
    verdict.wrong.length > 0 && h("ul", { class: "verdicts", id: `${id}-wrong` }, verdict.wrong.map((finding) => wrong(name, finding))),
    verdict.open.length > 0 && h("div", { class: "open", id: `${id}-open` }, open(verdict.open)),
  );
}

function control(name: FormName, field: Field, id: string, value: string, said: Record<string, unknown>): Child {
  const set = (event: Event): void => fill(name, field.name, (event.target as HTMLInputElement).value);
  const choices = field.choices ?? [];
  switch (field.control) {
    case "choice":
      return radios(name, field, choices, value);
    case "yes-no":
      return radios(name, field, [["true", "Yes"], ["false", "No"], ["", "Not known"]], value);
    case "select": {
      const known = value === "" || value === "none" || choices.some(([choice]) => choice === value);
      return h(
        "select", { id, name: id, value, onchange: set, ...said },
        h("option", { value: "" }, "Select…"),
        choices.map(([choice, label]) => h("option", { key: choice, value: choice }, label)),
        field.none && h("option", { key: "none", value: "none" }, field.none),
        !known && h("option", { key: value, value }, value),
      );
    }
    default:
      return withNone(name, field, id, value, said, set);
  }
}

/** A text, number or date, with a box to tick where there may be none of it. */
function withNone(name: FormName, field: Field, id: string, value: string, said: Record<string, unknown>, set: (event: Event) => void): Child {
  const none = field.none !== undefined && value === "none";
  const type = { number: "number", password: "password", date: "date" }[field.control as string] ?? "text";
  return [
    h("input", {
      id, name: id, type, value: none ? "" : value, disabled: none, oninput: set, placeholder: none ? "" : field.example,
      autocomplete: type === "password" ? "new-password" : "off", spellcheck: "false", ...(type === "number" ? { min: 0 } : {}), ...said,
    }),
    field.none !== undefined &&
      h(
        "label", { class: "tick" },
        h("input", {
          type: "checkbox", name: `${id}-none`, checked: none,
          onchange: (event: Event) => fill(name, field.name, (event.target as HTMLInputElement).checked ? "none" : ""),
        }),
        h("span", null, field.none),
      ),
  ];
}

function radios(name: FormName, field: Field, choices: readonly (readonly [string, string])[], value: string): VNode {
  const id = `${name}-${field.name}`;
  return h(
    "div", { class: field.control === "choice" ? "choices" : "choices tight" },
    choices.map(([choice, label]) =>
      h(
        "label", { key: choice, class: "choice" },
        h("input", { type: "radio", name: id, value: choice, checked: choice === value, onchange: () => fill(name, field.name, choice) }),
        h("span", null, label),
      ),
    ),
  );
}

function wrong(name: FormName, finding: Finding): VNode {
  const tone = toneOf(finding);
  return h(
    "li", { key: finding.fingerprint + finding.code, class: `verdict ${tone}` },
    icon(tone),
    h(
      "div", null,
      h("p", null, h("span", { class: "unseen" }, `${toneName(tone)}: `), sentence(finding.message)),
      h(
        "div", { class: "row" },
        fixButtons(name, finding),
        button(["Why ", h("code", null, finding.code)], () => explain({ code: finding.code, of: name, pointer: finding.pointer }), { kind: "small subtle" }),
      ),
    ),
  );
}

/** A button for each fix that has a patch: what is a person's to decide has none. */
export function fixButtons(name: FormName, finding: Finding): VNode[] {
  return finding.fixes.flatMap((fix, index) =>
    fix.patch.length === 0
      ? []
      : [
          button(
            [h("span", null, "Fix: ", prose(fix.description)), fix.irreversible && h("span", { class: "final" }, "can’t be undone")],
            () => mend(name, finding, index), { kind: "small fix", glyph: "wrench" },
          ),
        ],
  );
}

/** What waits for a field: folded away, since at first everything does. */
function open(questions: readonly OpenQuestion[]): VNode {
  const waiting = questions.reduce((sum, { codes }) => sum + codes.length, 0);
  return h(
    "details", null,
    h("summary", null, icon("unknown"), h("span", null, `${many(waiting, "rule waits", "rules wait")} for this`)),
    questions.map(({ finding, codes, answers }) => [
      h("p", null, sentence(finding.message), ": ", codes.join(", ")),
      answers.map((answer) => answer.command && [
        h("p", { class: "hint" }, sentence(`${answer.evidence.join(", ")} would settle it:`)), command(answer.command)]),
    ]),
  );
}
