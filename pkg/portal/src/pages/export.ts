/** Export: the deployment in five languages, and the report in the formats of other tools. */

import { scaffold } from "../cmkit";
import { attempt, reportOf, subjectReport, type Answer } from "../derive";
import { formText, isCustomerManaged, type Form } from "../form/model";
import { change, type State } from "../state";
import { h, type Child, type VNode } from "../view/dom";
import { bar, button, card, code, copyAndSave, panel, sentence, tabs } from "../view/parts";
import { saveText } from "../actions";
import { NOT_FILLED_IN, namesOf } from "./chain";
import { subjectSwitch } from "./subject";
import { TARGETS, type Target } from "./targets";

export function exportPage(state: State): Child {
  const target = TARGETS.find((target) => target.id === state.target) ?? TARGETS[0]!;
  const written = write(state, target);
  return [
    tabs("target", "Export as", TARGETS, target.id, (id) => change({ target: id })),
    panel(
      "target", target.id,
      target.kind === "report" && h("div", { class: "row spread" }, subjectSwitch(state), state.subject === "form" && formFile(state.forms.create)),
      target.kind === "deployment" && notice(state),
      "error" in written
        ? bar("error", "This can’t be written", sentence(written.error))
        : card(target.file, { text: about(target), actions: copyAndSave(written.value, target.file, target.type) }, code(written.value, target.file)),
    ),
  ];
}

function write(state: State, target: Target): Answer<string> {
  if (target.kind === "deployment") return attempt(() => scaffold({ ...choicesOf(state.forms.create), to: target.id }));
  const report = subjectReport(state);
  if (!report) return { error: "there are no documents yet" };
  return "value" in report ? attempt(() => report.value.to(target.id)) : report;
}

const about = (target: Target): string =>
  target.kind === "deployment"
    ? "A deployment with these names and choices and the recommended settings: it passes the check. It holds no secret."
    : "The report of the last check, as this format has it.";

/** What the form chose. Settings that a check finds wrong are not carried over: what is written is right. */
function choicesOf(form: Form): { name: string; region: string; [choice: string]: unknown } {
  const { identity, vault, key } = namesOf(form);
  const name = form["clusterName"] ?? "orders";
  const region = form["location"] ?? "westus3";
  const given = (value: string): string | undefined => (value === NOT_FILLED_IN || value === "none" ? undefined : value);
  const tier = form["tier"];
  const shards = Number(form["shardCount"] ?? 1);
  if (form["encryptionMode"] === "ServiceManaged") return { name, region, tier, shards, serviceManaged: true };
  const rotation = form["rotateAfter"];
  const life = form["rotationExpiry"];
  return {
    name, region, tier, shards,
    accessPolicy: form["rbacAuthorization"] === "false",
    noRotation: rotation === "none",
    ...(rotation && rotation !== "none" ? { rotation } : {}),
    ...(life && life !== "none" && rotation !== "none" ? { expiry: life } : {}),
    hsm: form["keyType"]?.endsWith("-HSM") ?? false,
    vault: given(vault), key: given(key), identity: given(identity),
  };
}

function notice(state: State): VNode | null {
  const form = state.forms.create;
  const { errors } = reportOf(state, "create").summary;
  if (!form["clusterName"] || !form["location"]) {
    return bar("note", "Names of an example", "The form has no cluster name or no location yet: orders in westus3 stands in.");
  }
  if (errors > 0 && isCustomerManaged(form)) {
    return bar("warning", "The form has errors", "What is written here is right where the form is wrong: compare before you deploy.");
  }
  return null;
}

function formFile(form: Form): VNode {
  return button("Download form.json", () => saveText("form.json", formText(form), "application/json"), { glyph: "download" });
}
