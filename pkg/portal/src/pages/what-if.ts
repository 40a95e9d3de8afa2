/** What if: an event, a day, and what becomes of each cluster: T+0, inaccessible within the hour, recovery in order, ready. */

import { explain } from "../actions";
import type { Happening, WhatIf } from "../cmkit";
import { ahead, eventDay, happens } from "../derive";
import { change, type State } from "../state";
import { h, type Child, type VNode } from "../view/dom";
import { icon } from "../view/icons";
import { badge, bar, card, command, many, prose, sentence, type Tone } from "../view/parts";
import { calendarTable } from "./calendar";
import { EVENTS } from "./events";
import { noDocuments, subjectSwitch } from "./subject";

type Section = WhatIf["sections"][number];
type Outlook = Section["clusters"][number];

const SPAN = 1095;

export function whatIfPage(state: State): Child {
  const nothing = state.subject === "documents" && state.documents.length === 0;
  return [
    h("div", { class: "row spread" }, subjectSwitch(state)),
    nothing ? noDocuments(null) : [controls(state), answerView(state), calendarTable(state)],
  ];
}

function controls(state: State): VNode {
  const groups = [...new Set(EVENTS.map((event) => event.group))];
  return card(
    "What happens, and when", {},
    h(
      "div", { class: "fields" },
      h(
        "div", { class: "field" }, h("label", { for: "event" }, "Event"),
        h(
          "select", { id: "event", value: state.event, onchange: (event: Event) => change({ event: (event.target as HTMLSelectElement).value as Happening }) },
          groups.map((group) =>
            h("optgroup", { key: group, label: group }, EVENTS.filter((event) => event.group === group).map((event) => h("option", { value: event.name }, event.label)))),
        ),
      ),
      h(
        "div", { class: "field" }, h("label", { for: "day" }, "Day"),
        h("input", {
          id: "day", type: "date", value: eventDay(state.at, state.days), min: state.at, max: eventDay(state.at, SPAN),
          onchange: (event: Event) => {
            const days = Math.round((Date.parse((event.target as HTMLInputElement).value) - Date.parse(state.at)) / 86_400_000);
            if (days >= 0 && days <= SPAN) change({ days });
          },
        }),
      ),
    ),
    slider(state),
    state.event === "key-expires" && h("p", { class: "hint" }, "When a key expires, the key itself says: the timeline has its date, whatever the slider says."),
  );
}

/** The slider over three years, with a tick for each date ahead. */
function slider(state: State): VNode {
  const calendar = ahead(state);
  const entries = "value" in calendar ? calendar.value.entries : [];
  const dated = entries.flatMap((entry) => {
    const days = entry.at ? (Date.parse(entry.at) - Date.parse(state.at)) / 86_400_000 : -1;
    return days >= 0 && days <= SPAN ? [{ days, entry }] : [];
  });
  return h(
    "div", { class: "slider" },
    h("label", { for: "days" }, "Time"),
    h("input", {
      id: "days", type: "range", min: 0, max: SPAN, step: 1, value: String(state.days), "aria-valuetext": `${eventDay(state.at, state.days)}, in ${many(state.days, "day")}`,
      oninput: (event: Event) => change({ days: Number((event.target as HTMLInputElement).value) }),
    }),
    h(
      "svg", { class: "ticks", viewBox: "0 0 1000 14", preserveAspectRatio: "none", "aria-hidden": "true" },
      dated.map(({ days, entry }) => h("rect", { class: entry.kind, x: (days / SPAN) * 984 + 6, y: 0, width: 4, height: 14 })),
    ),
    h("div", { class: "slider-ends quiet small" }, h("span", null, state.at), h("strong", null, state.days === 0 ? "on the day of the check" : `in ${many(state.days, "day")}`), h("span", null, eventDay(state.at, SPAN))),
    dated.length > 0 &&
      h("div", { class: "row" }, h("span", { class: "quiet small" }, "Go to:"), dated.map(({ days, entry }, index) =>
        h("button", { key: index, type: "button", class: "link small", onclick: () => change({ days: Math.ceil(days) }) }, `${entry.at!.slice(0, 10)}, ${entry.kind.replaceAll("_", " ")}`))),
  );
}

function answerView(state: State): Child {
  const answer = happens(state);
  if ("error" in answer) return bar("error", "There is no answer", answer.error);
  const { sections, remarks, rules, sources } = answer.value;
  return [
    remarks.map((remark) => bar("note", "Nothing happens", sentence(remark))),
    sections.map(sectionView),
    (rules.length > 0 || sources.length > 0) &&
      card(
        "What it rests on", {},
        rules.length > 0 && h("p", { class: "row" }, h("span", null, "Rules that guard against it:"), rules.map((code) =>
          h("button", { key: code, type: "button", class: "link", onclick: () => explain({ code, of: "rule", pointer: "" }) }, code))),
        h("ul", { class: "sources" }, sources.map((source) =>
          h("li", { key: source }, h("a", { href: source, target: "_blank", rel: "noopener noreferrer" }, source.replace("https://", ""), icon("external"))))),
      ),
  ];
}

const OUTCOMES: Record<Outlook["outcome"], readonly [Tone, string]> = {
  unchanged: ["good", "Goes on as before"],
  inaccessible: ["error", "Becomes Inaccessible"],
  at_risk: ["warning", "May become Inaccessible"],
  unknown: ["unknown", "Not known from what is here"],
};

function sectionView(section: Section): VNode {
  const shared = section.clusters.length > 1;
  return h(
    "section", { key: section.kind + section.name, class: "stack" },
    h(
      "header", { class: "section-head" }, h("h2", null, `${section.kind[0]!.toUpperCase()}${section.kind.slice(1)} `, h("code", null, section.name)),
      h("p", { class: "quiet" }, shared ? `${section.clusters.length} clusters share it: ${section.clusters.map((one) => one.cluster).join(", ")}.` : "One cluster uses it."),
    ),
    section.clusters.map(outlookView),
    section.others.length > 0 &&
      card("Not reached", { level: 3 }, h("ul", null, section.others.map((other) =>
        h("li", { key: other.cluster }, other.unknown && badge("unknown"), " ", h("strong", null, other.cluster), ": ", prose(other.reason))))),
  );
}

function outlookView(outlook: Outlook): VNode {
  const [tone, title] = OUTCOMES[outlook.outcome];
  return card(
    [h("span", null, `Cluster ${outlook.cluster} `), badge(tone, title)], { text: fate(outlook.data), class: "outlook", level: 3 },
    outlook.already.length > 0 && bar("warning", "It has errors already", `Before anything happens: ${outlook.already.join(", ")}.`),
    h("ol", { class: "timeline" }, outlook.steps.map((step, index) =>
      h(
        "li", { key: index, class: stepTone(step.what, tone) },
        h("div", { class: "when" }, h("strong", null, step.when), (step.until ?? step.from) && h("time", { class: "quiet small", datetime: step.until ?? step.from }, clock(step.until ?? step.from!))),
        h("div", null, h("p", null, sentence(step.what)), step.basis !== "documented" && h("p", { class: "quiet small" }, `${step.basis}: not documented`),
          step.unknown && [h("p", { class: "quiet small" }, sentence(`${step.unknown.evidence} would settle it`)), step.unknown.command && command(step.unknown.command)]),
      ))),
    outlook.recovery.length > 0 && [
      h("h4", null, "Recovery, in this order"),
      h("ol", { class: "recovery" }, outlook.recovery.map((action, index) => h("li", { key: index }, h("p", null, sentence(action.what)), action.command && command(action.command)))),
    ],
    outlook.traps.map((trap, index) => h("div", { key: index }, bar("warning", "Mind", sentence(trap.what)))),
    outlook.meanwhile.length > 0 && [
      h("h4", null, "In the meantime"),
      h("ul", null, outlook.meanwhile.map((remark, index) => h("li", { key: index }, sentence(remark.what), remark.basis !== "documented" && h("span", { class: "quiet small" }, ` (${remark.basis})`)))),
    ],
  );
}

function fate(data: Outlook["data"]): Child {
  switch (data.fate) {
    case "safe":
      return "No data is lost.";
    case "recoverable_until":
      return `The data can be brought back until ${clock(data.until!)}, and is lost for good after.`;
    case "purgeable":
      return "The data can be lost for good at any moment: nothing stops a purge.";
    case "lost":
      return `The data is lost for good since ${clock(data.at!)}.`;
    default:
      return ["Whether data is lost is not known from what is here", data.evidence && `: ${data.evidence} would settle it`, "."];
  }
}

/** How a step of the timeline is marked: the outage, the return, and what is neither. */
function stepTone(what: string, outcome: Tone): string {
  if (what.includes("`Ready`")) return "good";
  return what.includes("`Inaccessible`") ? outcome : "";
}

const clock = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)}`;
