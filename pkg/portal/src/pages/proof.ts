/** The same answer everywhere: the hash of the findings, how to get the same from the command, sizes and times. */

import type { Report } from "../cmkit";
import { lastCheck, usualCheck, subjectReport } from "../derive";
import { change, type State } from "../state";
import { saveText } from "../actions";
import { formText } from "../form/model";
import { h, type Child, type VNode } from "../view/dom";
import { bar, button, bytes, card, code, command } from "../view/parts";
import { noDocuments, subjectSwitch } from "./subject";
import { micros } from "./verdict";

interface Size {
  readonly name: string;
  readonly bytes: number;
  readonly brotli: number;
}

let hashed: { readonly of: Report; readonly hash: string } | null = null;
let sizes: readonly Size[] | null = null;
let asked = false;
let measured: number | null = null;

export function proofPage(state: State): Child {
  const answer = subjectReport(state);
  if (!asked) void loadSizes();
  return [
    h("div", { class: "row spread" }, subjectSwitch(state)),
    answer && "value" in answer ? sameAnswer(state, answer.value) : noDocuments(answer),
    local(),
    sizesCard(),
  ];
}

function sameAnswer(state: State, report: Report): Child {
  const json = report.to("json");
  if (hashed?.of !== report) void hash(report, json);
  const files = state.subject === "form" ? ["form.json"] : state.documents.map((document) => document.name);
  const save = (): void =>
    state.subject === "form"
      ? saveText("form.json", formText(state.forms.create), "application/json")
      : state.documents.forEach((document) => saveText(document.name, document.text, "application/json"));
  return card(
    "Same answer everywhere",
    {
      text: "One engine stands behind this page, the command and the crate. The report below is theirs too, byte for byte.",
      actions: button(`Download ${files.join(", ")}`, save, { glyph: "download" }),
    },
    h(
      "dl", { class: "pairs" },
      h("dt", null, "SHA-256 of the report"), h("dd", null, h("code", { class: "hash" }, hashed?.of === report ? hashed.hash : "…")),
      h("dt", null, "Last check of a form"), h(
        "dd", { class: "row" }, micros(lastCheck), measured !== null && h("span", null, `; in the middle of 301: ${micros(measured)}`),
        button("Measure", () => {
          measured = usualCheck(state);
          change({});
        }, { kind: "small" }),
      ),
      h("dt", null, "Findings"), h("dd", null, String(report.findings.length)),
    ),
    h("p", null, "With the files in the working directory, the command gives the same hash:"),
    command(`cmkit check --format json --at ${state.at} ${files.map((file) => (/\s/.test(file) ? `'${file}'` : file)).join(" ")} | sha256sum`),
    h("details", null, h("summary", null, "The report as JSON"), code(json, "Report as JSON")),
  );
}

async function hash(of: Report, json: string): Promise<void> {
  const text = json.endsWith("\n") ? json : `${json}\n`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  hashed = { of, hash: [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("") };
  change({});
}

function local(): VNode {
  const policy = document.querySelector<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy"]')?.content;
  return card(
    "Nothing leaves this page", { text: "The browser itself holds the page to this: it may load what lies beside it, and nothing else." },
    policy
      ? h("ul", { class: "policy" }, policy.split("; ").map((directive) => h("li", { key: directive }, h("code", null, directive))))
      : bar("note", "A page in development", "The policy stands in the built page."),
  );
}

async function loadSizes(): Promise<void> {
  asked = true;
  const response = await fetch("./sizes.json").catch(() => null);
  if (!response?.ok) return;
  sizes = (await response.json()) as Size[];
  change({});
}

function sizesCard(): VNode | null {
  if (!sizes) return null;
  const total = sizes.reduce((sum, size) => sum + size.brotli, 0);
  return card(
    "What the page is made of", { text: `${bytes(total)} in all, as a server with brotli sends it. The envelope is loaded with the first file.` },
    h(
      "table", { class: "plain" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, "File"), h("th", { scope: "col", class: "figure" }, "Size"), h("th", { scope: "col", class: "figure" }, "Brotli"))),
      h("tbody", null, sizes.map((size) =>
        h("tr", { key: size.name }, h("td", null, h("code", null, size.name.replace("assets/", ""))), h("td", { class: "figure" }, bytes(size.bytes)), h("td", { class: "figure" }, bytes(size.brotli))))),
    ),
  );
}
