/** The drawer that says why: the finding, the rule behind it, what it rests on, and how to mend it. */

import { closeDrawer, mend } from "../actions";
import { rule, type Finding, type Rule } from "../cmkit";
import { documentsReport, reportOf } from "../derive";
import { mendDocument } from "../pages/documents";
import type { FormName } from "../form/model";
import type { State, Why } from "../state";
import { h, type Child, type VNode } from "./dom";
import { icon } from "./icons";
import { badge, button, command, prose, sentence } from "./parts";
import { toneOf } from "../form/verdicts";

const CONSEQUENCES: Record<string, string> = {
  provisioning_fails: "Provisioning fails",
  outage: "Outage",
  data_loss: "Data loss",
  destroys_cluster: "Destroys the cluster",
  hygiene: "Hygiene",
};

const BASES: Record<string, string> = {
  documented: "The documentation says so.",
  inferred: "It follows from what the documentation says.",
  practice: "Practice says so; the documentation doesn’t.",
  settings: "Your settings ask for it.",
};

const RELATIONS: Record<string, string> = { same: "asks for the same", weaker: "asks for less", conflicts: "breaks this if followed" };

export function drawer(state: State): VNode | null {
  const { why } = state;
  const of = why && rule(why.code);
  if (!why || !of) return null;
  const finding = found(state, why);
  return h(
    "dialog",
    {
      key: "drawer", class: "drawer", "aria-labelledby": "drawer-title",
      mounted: (element: Element) => (element as HTMLDialogElement).showModal(),
      oncancel: (event: Event) => {
        event.preventDefault();
        closeDrawer();
      },
      onclick: (event: Event) => {
        if (event.target === event.currentTarget) closeDrawer();
      },
    },
    h(
      "div", { class: "drawer-body" },
      h(
        "header", null,
        h("div", null, h("p", { class: "code-name" }, of.code), h("h2", { id: "drawer-title" }, sentence(of.title))),
        button("", closeDrawer, { kind: "subtle round", glyph: "close", "aria-label": "Close" }),
      ),
      h("div", { class: "row" }, badge(finding ? toneOf(finding) : of.level), h("span", { class: "chip" }, CONSEQUENCES[of.consequence] ?? of.consequence)),
      finding && whatIsWrong(finding),
      part("Why", h("p", null, sentence(finding?.why ?? of.why))),
      part("Time to impact", h("p", null, sentence(of.timeToImpact))),
      mends(state, why, finding, of),
      part(
        "Source",
        h("p", null, BASES[of.basis] ?? ""),
        h("p", null, h("a", { href: of.source, target: "_blank", rel: "noopener noreferrer" }, of.source.replace("https://", ""), icon("external"))),
      ),
      of.crosswalk.length > 0 &&
        part(
          "In other tools",
          h("table", { class: "plain" },
            h("thead", null, h("tr", null, h("th", { scope: "col" }, "Tool"), h("th", { scope: "col" }, "Rule"), h("th", { scope: "col" }, "What it does"))),
            h("tbody", null, of.crosswalk.map((other) =>
              h("tr", null, h("td", null, other.tool), h("td", null, h("code", null, other.id)),
                h("td", null, other.relation === "conflicts" ? badge("warning", RELATIONS[other.relation]!) : RELATIONS[other.relation]!))))),
        ),
    ),
  );
}

function found(state: State, why: Why): Finding | undefined {
  if (why.of === "rule") return undefined;
  const answer = why.of === "documents" ? documentsReport(state) : { value: reportOf(state, why.of) };
  const findings = answer && "value" in answer ? answer.value.findings : [];
  const fitting = findings.filter((finding) => finding.code === why.code);
  return fitting.find((finding) => finding.pointer === why.pointer) ?? fitting[0];
}

function whatIsWrong(finding: Finding): VNode {
  return h(
    "div", { class: "finding-box" },
    h("p", null, sentence(finding.message)),
    h(
      "dl", { class: "pairs" },
      finding.actual !== null && [h("dt", null, "Is"), h("dd", null, prose(finding.actual))],
      finding.expected !== null && [h("dt", null, "Should be"), h("dd", null, prose(finding.expected))],
      finding.resource !== null && [h("dt", null, "Resource"), h("dd", null, finding.resource)],
      finding.related.map((other) => [h("dt", null, "See also"), h("dd", null, `${other.message}, line ${other.span.line}`)]),
    ),
  );
}

function mends(state: State, why: Why, finding: Finding | undefined, of: Rule): VNode {
  if (finding?.verdict === "unknown") {
    return part(
      "What would settle it", h("p", null, sentence(finding.evidence ?? of.evidence)),
      finding.command && command(finding.command),
    );
  }
  const apply = (index: number): void =>
    why.of === "documents" ? mendDocument(state, finding!, index) : mend(why.of as FormName, finding!, index);
  const fixes = finding?.fixes ?? [];
  return part(
    "How to mend it",
    fixes.length === 0 && h("p", null, sentence(of.fix)),
    fixes.map((fix, index) =>
      h(
        "div", { class: "fix-line" },
        h("p", null, sentence(fix.description)),
        fix.irreversible && h("p", { class: "final" }, icon("warning"), "Can’t be undone, or can’t be done later."),
        fix.patch.length > 0 && button("Apply", () => apply(index), { kind: "primary", glyph: "wrench" }),
      ),
    ),
  );
}

function part(title: string, ...children: Child[]): VNode {
  return h("section", null, h("h3", null, title), children);
}
