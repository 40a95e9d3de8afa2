/** Which of the two is looked at: the form, or the documents. */

import { go } from "../actions";
import type { Answer } from "../derive";
import { change, type State, type Subject } from "../state";
import type { VNode } from "../view/dom";
import { h } from "../view/dom";
import { bar, button, card, segments, sentence } from "../view/parts";

export function subjectSwitch(state: State): VNode {
  return segments("subject", "Look at", [["form", "The form"], ["documents", "The documents"]], state.subject, (value) =>
    change({ subject: value as Subject }));
}

/** What is shown where there is nothing to look at. */
export function noDocuments(answer: Answer<unknown> | null): VNode {
  if (answer && "error" in answer) return bar("error", "This can’t be read", sentence(answer.error));
  return card(
    "No documents yet", { text: "Paste a template, a plan or what az prints, or start from a sample." },
    h("div", { class: "row" }, button("Open Documents", () => go("documents"), { kind: "primary", glyph: "documents" })),
  );
}
