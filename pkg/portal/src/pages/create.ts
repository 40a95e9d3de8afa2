/** The create blade: Basics, Encryption, Review + create, Overview. */

import { change, type State, type Step } from "../state";
import { go, startFrom, toast } from "../actions";
import type { Report } from "../cmkit";
import { reportOf } from "../derive";
import { BASICS, ENCRYPTION, SECTIONS, type Section } from "../form/fields";
import type { Form } from "../form/model";
import { PRESETS } from "../form/presets";
import { wrongIn } from "../form/verdicts";
import { formView } from "../form/view";
import { h, type Child, type VNode } from "../view/dom";
import { icon } from "../view/icons";
import { button, panel, tabs } from "../view/parts";
import { overview } from "./overview";
import { review } from "./review";
import { aside } from "./verdict";

const LABELS: Record<Step, string> = {
  basics: "Basics", encryption: "Encryption", review: "Review + create", overview: "Overview",
};

export function createPage(state: State): Child {
  const form = state.forms.create;
  const report = reportOf(state, "create");
  const list = (Object.keys(LABELS) as Step[]).map((id) => ({ id, label: LABELS[id], after: counts(report, form, id) }));
  const steps: Record<Step, () => Child> = {
    basics: () => withAside(state, report, formView("create", BASICS, form, report), next("encryption")),
    encryption: () => withAside(state, report, formView("create", ENCRYPTION, form, report), [back("basics"), toReview()]),
    review: () => review(state, report, [back("encryption"), createButton(report)]),
    overview: () => overview(state, report),
  };
  return [
    presets(state),
    tabs("step", "Create Azure DocumentDB cluster", list, state.step, (id) => choose(id as Step)),
    panel("step", state.step, steps[state.step]()),
  ];
}

const choose = (step: Step): void => change({ step });

/** The presets as cards: what to start from. */
function presets(state: State): VNode {
  return h(
    "section", { class: "presets", "aria-labelledby": "presets-title" },
    h("h2", { id: "presets-title" }, "Start from"),
    h(
      "ul", { class: "preset-list" },
      PRESETS.map((preset) => {
        const chosen = preset.id === state.preset && preset.form !== undefined;
        return h(
          "li", { key: preset.id },
          h(
            "button",
            { type: "button", class: "preset", "aria-pressed": preset.documents ? undefined : chosen, onclick: () => startFrom(preset.id) },
            h("span", { class: "preset-title" }, icon(preset.documents ? "documents" : "create"), preset.title),
            h("span", { class: "quiet" }, preset.text),
          ),
        );
      }),
    ),
  );
}

function withAside(state: State, report: Report, form: Child, buttons: Child): VNode {
  return h("div", { class: "with-aside" }, h("div", { class: "stack" }, form, h("div", { class: "row end-bar" }, buttons)), aside(state, report));
}

/** How many errors and warnings a tab has; before anything is filled in there is nothing to count. */
function counts(report: Report, form: Form, step: Step): Child {
  const sections: readonly Section[] = { basics: BASICS, encryption: ENCRYPTION, review: SECTIONS.create, overview: [] }[step];
  const wrong = wrongIn(report, sections, form);
  const errors = wrong.filter((finding) => finding.level === "error").length;
  const warnings = wrong.filter((finding) => finding.level === "warning").length;
  return [
    errors > 0 && h("span", { class: "count error" }, icon("error"), errors, h("span", { class: "unseen" }, errors === 1 ? " error" : " errors")),
    warnings > 0 &&
      h("span", { class: "count warning" }, icon("warning"), warnings, h("span", { class: "unseen" }, warnings === 1 ? " warning" : " warnings")),
  ];
}

const back = (step: Step): VNode => button("Previous", () => go("create", step));
const next = (step: Step): VNode => button(`Next: ${LABELS[step]}`, () => go("create", step), { kind: "primary" });

const focusSummary = (): void => void setTimeout(() => document.getElementById("summary")?.focus());

function toReview(): VNode {
  return button("Review + create", () => {
    go("create", "review");
    focusSummary();
  }, { kind: "primary" });
}

function createButton(report: Report): VNode {
  const create = (): void => {
    if (report.summary.errors > 0 || report.summary.unknown > 0) {
      focusSummary();
      return;
    }
    go("create", "overview");
    toast("Nothing was deployed: the page has no connection to Azure");
  };
  return button("Create", create, { kind: "primary" });
}
