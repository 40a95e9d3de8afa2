/** The dates ahead: expiries, rotations, and what can't be dated yet. */

import type { Calendar } from "../cmkit";
import { ahead } from "../derive";
import type { State } from "../state";
import { h, type VNode } from "../view/dom";
import { badge, card, sentence } from "../view/parts";

type Entry = Calendar["entries"][number];

export function calendarTable(state: State): VNode | null {
  const answer = ahead(state);
  if (!("value" in answer) || answer.value.entries.length === 0) return null;
  return card(
    "Dates ahead", { text: "Worked out from what is known. Nobody is reminded by this page." },
    h(
      "table", { class: "plain dates" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "When"), h("th", { scope: "col" }, "What"))),
      h("tbody", null, answer.value.entries.map((entry, index) => row(entry, index))),
    ),
  );
}

function row(entry: Entry, index: number): VNode {
  return h(
    "tr", { key: index },
    h("td", { class: "when" }, entry.at ? h("time", { datetime: entry.at }, entry.at.slice(0, 10)) : badge("unknown", "Not known"), entry.overdue && badge("error", "Overdue")),
    h("td", null, h("p", null, sentence(entry.what)), h("p", { class: "quiet small" }, sentence(entry.subject), entry.unknown && `; open: ${entry.unknown.evidence}`)),
  );
}
