/** Overview: what the portal shows of the cluster once it is there, and what takes it there. */

import { change, type State } from "../state";
import { go } from "../actions";
import type { Report } from "../cmkit";
import { isCustomerManaged } from "../form/model";
import { h, type Child, type VNode } from "../view/dom";
import { badge, bar, button, card } from "../view/parts";
import { calendarTable } from "./calendar";
import { diagram } from "./hierarchy";
import { verdictOf } from "./verdict";

export function overview(state: State, report: Report): VNode {
  const form = state.forms.create;
  const managed = isCustomerManaged(form);
  const { tone, title, text } = verdictOf(report);
  const name = form["clusterName"] ?? "Your cluster";
  const value = (field: string): Child => form[field] ?? h("span", { class: "quiet" }, "–");
  return h(
    "div", { class: "stack" },
    bar(
      tone === "good" ? "good" : tone, tone === "good" ? `${name} can be deployed` : title,
      tone === "good" ? "This page deploys nothing: export the deployment, and run it where you have the rights." : text,
    ),
    card(
      "Essentials", { actions: button("Export the deployment", () => go("export"), { glyph: "export", kind: "primary" }) },
      h(
        "dl", { class: "pairs columns" },
        h("dt", null, "Resource group"), h("dd", null, value("resourceGroup")),
        h("dt", null, "Status"), h("dd", null, tone === "good" ? badge("good", "Ready to deploy") : badge(tone, title)),
        h("dt", null, "Location"), h("dd", null, value("location")),
        h("dt", null, "Subscription"), h("dd", null, value("subscriptionId")),
        h("dt", null, "Cluster tier"), h("dd", null, value("tier")),
        h("dt", null, "MongoDB version"), h("dd", null, value("serverVersion")),
        h("dt", null, "Data encryption"),
        h("dd", null, managed ? "Customer-managed key" : form["encryptionMode"] === "ServiceManaged" ? "Service-managed key" : h("span", { class: "quiet" }, "–")),
        managed && [h("dt", null, "Key"), h("dd", null, value("keyUrl")), h("dt", null, "Identity"), h("dd", null, form["identityId"]?.split("/").at(-1) ?? value("identityId"))],
      ),
    ),
    managed &&
      card("Key hierarchy", { actions: button("What if…", () => {
        change({ subject: "form" });
        go("what-if");
      }, { glyph: "clock" }) }, diagram(report)),
    calendarTable({ ...state, subject: "form" }),
  );
}
