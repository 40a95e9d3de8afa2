/** Replica and restore: clusters that are copies, each with its own choice of key. */

import { fillCopy } from "../actions";
import { reportOf } from "../derive";
import { SECTIONS } from "../form/fields";
import { formView } from "../form/view";
import { EMPTY } from "../form/presets";
import { change, current, type State } from "../state";
import { h, type Child } from "../view/dom";
import { button, panel, tabs } from "../view/parts";
import { aside } from "./verdict";

const LIST = [{ id: "replica", label: "Global distribution" }, { id: "restore", label: "Point in time restore" }] as const;

export function copiesPage(state: State): Child {
  const name = state.copy;
  const report = reportOf(state, name);
  const empty = (): void => change({ forms: { ...current().forms, [name]: EMPTY[name] } });
  return [
    tabs("copy", "Kind of copy", LIST, name, (id) => change({ copy: id as State["copy"] })),
    panel(
      "copy", name,
      h("div", { class: "row" }, button("Fill in from the golden cluster", () => fillCopy(name), { glyph: "create" }), button("Clear", empty, { kind: "subtle" })),
      h("div", { class: "with-aside" }, h("div", { class: "stack" }, formView(name, SECTIONS[name], state.forms[name], report)), aside(state, report, name)),
    ),
  ];
}
