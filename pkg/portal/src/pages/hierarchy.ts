/** The key hierarchy: identity, grant, vault, key, the service's own key, data; with the five steps between them. */

import type { Report } from "../cmkit";
import { subjectReport } from "../derive";
import { change, current, type State } from "../state";
import { h, type Child, type VNode } from "../view/dom";
import { badge, card, segments, toneName, type Tone } from "../view/parts";
import { NOT_FILLED_IN, STEPS, chainOf, namesOf, stepTone, type Names, type Part, type PartName } from "./chain";
import { noDocuments, subjectSwitch } from "./subject";
import { line } from "./verdict";

export function hierarchyPage(state: State): Child {
  const answer = subjectReport(state);
  const view = segments("hierarchy-view", "Shown as", [["diagram", "Diagram"], ["table", "Table"]], state.table ? "table" : "diagram", (value) =>
    change({ table: value === "table" }));
  return [
    h("div", { class: "row spread" }, subjectSwitch(state), view),
    !answer || "error" in answer
      ? noDocuments(answer)
      : [
          card("From identity to data", { text: "Every part that a read of your data rests on. A part is marked where a rule fails." },
            state.table ? table(answer.value) : diagram(answer.value)),
          steps(answer.value),
          findings(state, answer.value),
        ],
  ];
}

/** The hierarchy as a drawing; `narrow` screens get it from top to bottom. */
export function diagram(report: Report): VNode {
  const chain = chainOf(report);
  const state = current();
  const ofForm = state.subject === "form" || state.page === "create";
  const names: Names | null = ofForm ? namesOf(state.forms.create) : null;
  const narrow = matchMedia("(max-width: 720px)").matches;
  const description = STEPS.map((step) => `${step.number}. ${step.title}: ${toneName(stepTone(step, chain))}.`).join(" ");
  return h(
    "figure", { class: "diagram" },
    h(
      "svg",
      { key: narrow ? "narrow" : "wide", viewBox: narrow ? "-2 0 346 708" : "0 0 980 388", role: "img", "aria-label": `Key hierarchy. ${description}` },
      narrow ? drawNarrow(chain, names) : drawWide(chain, names),
    ),
  );
}

type Chain = Record<PartName, Part>;
const worst = (...tones: Tone[]): Tone => (["error", "unknown", "warning"] as const).find((tone) => tones.includes(tone)) ?? "good";

function drawWide(chain: Chain, names: Names | null): Child {
  const tone = (number: number): Tone => stepTone(STEPS[number - 1]!, chain);
  return [
    frame(330, 56, 290, 320, titled("Key vault", names?.vault), worst(chain.vault.tone, chain.network.tone)),
    frame(740, 56, 234, 320, titled("Cluster", names?.cluster), chain.cluster.tone),
    edge("M857 56V22H120V98", tone(3), 3, 480, 22, "signs in as", 0, 22),
    edge("M230 138H348", tone(1), 1, 288, 138, "is granted", 30),
    edge("M475 180V238", chain.grant.tone),
    edge("M740 130H676V262H604", tone(2), 2, 676, 190, "names", 0, 17),
    edge("M602 306H756", tone(4), 4, 680, 306, "wraps", 30),
    edge("M857 262V188", tone(5), 5, 857, 226, "unwraps", 0, 22),
    node(10, 98, 220, 82, "Managed identity", names?.identity, chain.identity.tone),
    node(348, 98, 254, 82, "Grant", names?.grant, chain.grant.tone),
    node(348, 240, 254, 110, "Customer-managed key", names?.key, chain.key.tone, names?.versions),
    node(756, 98, 202, 88, "Data at rest", "AES-256, backups too", tone(5)),
    node(756, 262, 202, 88, "Service’s key", "encrypts the data", tone(4)),
  ];
}

function drawNarrow(chain: Chain, names: Names | null): Child {
  const tone = (number: number): Tone => stepTone(STEPS[number - 1]!, chain);
  return [
    frame(24, 130, 316, 290, titled("Key vault", names?.vault), worst(chain.vault.tone, chain.network.tone), 190),
    frame(24, 462, 316, 236, titled("Cluster", names?.cluster), chain.cluster.tone, 190),
    edge("M230 84V166", tone(1), 1, 230, 106, "is granted", 0, -32),
    edge("M230 240V288", chain.grant.tone),
    edge("M230 386V500", tone(4), 4, 230, 441, "wraps", 0, -32),
    edge("M284 462V386", tone(2), 2, 284, 441, "names", 0, 18),
    edge("M24 580H11V46H38", tone(3), 3, 11, 441, ""),
    edge("M230 570V612", tone(5), 5, 230, 590, "unwraps", 0, -32),
    node(38, 8, 274, 76, "Managed identity", names?.identity, chain.identity.tone),
    node(38, 166, 274, 74, "Grant", names?.grant, chain.grant.tone),
    node(38, 288, 274, 98, "Customer-managed key", names?.key, chain.key.tone, names?.versions),
    node(38, 500, 274, 70, "Service’s key", "encrypts the data", tone(4)),
    node(38, 612, 274, 70, "Data at rest", "AES-256, backups too", tone(5)),
  ];
}

const titled = (what: string, name = ""): string => (name === NOT_FILLED_IN ? what : `${what} ${name}`);

function frame(x: number, y: number, width: number, height: number, title: string, tone: Tone, room = width - 60): VNode {
  return h(
    "g", { class: `frame ${tone}` }, h("rect", { x, y, width, height, rx: 10 }),
    h("text", { x: x + 18, y: y + 26 }, clip(title, room)), mark(x + width - 22, y + 20, tone),
  );
}

function node(x: number, y: number, width: number, height: number, title: string, name: string | undefined, tone: Tone, more = ""): VNode {
  return h(
    "g", { class: `node ${tone}` }, h("rect", { x, y, width, height, rx: 6 }),
    h("text", { class: "node-title", x: x + 14, y: y + 26 }, title),
    name && h("text", { class: "node-name", x: x + 14, y: y + 48 }, clip(name, width - 24)),
    more && h("text", { class: "node-name", x: x + 14, y: y + 70 }, more),
    mark(x + width - 18, y + 20, tone),
  );
}

/** An arrow; its number stands on it, and a cross where it fails. */
function edge(d: string, tone: Tone, number?: number, x = 0, y = 0, label = "", below = 0, beside = 0): VNode {
  return h(
    "g", { class: `edge ${tone}` }, h("path", { d }), arrow(d),
    number !== undefined && [
      h("circle", { cx: x, cy: y, r: 12 }), h("text", { class: "step-number", x, y: y + 4.5 }, number),
      tone === "error" && h("path", { class: "cross", d: `M${x - 24} ${y - 5}l9 10m0-10l-9 10` }),
      label && h("text", { class: "edge-label", x: x + beside, y: y + (beside ? 4 : below), "text-anchor": beside > 0 ? "start" : beside < 0 ? "end" : "middle" }, label),
    ],
  );
}

/** The head of an arrow at the end of a path of straight pieces. */
function arrow(d: string): VNode {
  const pieces = [...d.matchAll(/([MHV])([\d.]+)(?:[ ,]([\d.]+))?/g)];
  let [x, y, dx, dy] = [0, 0, 0, 0];
  for (const [, kind, first, second] of pieces) {
    const [nextX, nextY] = kind === "V" ? [x, Number(first)] : [Number(first), kind === "M" ? Number(second) : y];
    [dx, dy] = [Math.sign(nextX - x), Math.sign(nextY - y)];
    [x, y] = [nextX, nextY];
  }
  const side = dx === 0 ? `M${x - 5} ${y - dy * 8}L${x} ${y}L${x + 5} ${y - dy * 8}` : `M${x - dx * 8} ${y - 5}L${x} ${y}L${x - dx * 8} ${y + 5}`;
  return h("path", { class: "arrow", d: side });
}

function mark(x: number, y: number, tone: Tone): VNode {
  const signs: Record<Tone, string> = {
    error: `M${x - 4} ${y - 4}l8 8m0-8l-8 8`, warning: `M${x} ${y - 5}v6M${x} ${y + 4}v.5`, note: `M${x} ${y - 5}v.5M${x} ${y - 1}v6`,
    unknown: `M${x - 3} ${y - 2}a3 3 0 1 1 4.2 2.8q-1.2.7-1.2 1.8M${x} ${y + 5}v.3`, good: `M${x - 4} ${y}l3 3 5-6`,
  };
  return h("g", { class: `mark ${tone}` }, h("circle", { cx: x, cy: y, r: 9 }), h("path", { d: signs[tone] }));
}

const clip = (text: string, width: number): string => {
  const fits = Math.floor(width / 7.4);
  return text.length > fits ? `${text.slice(0, fits - 1)}…` : text;
};

function table(report: Report): VNode {
  const chain = chainOf(report);
  return h(
    "div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Key hierarchy" },
    h(
      "table", { class: "plain" },
      h("thead", null, h("tr", null, ["Part", "State", "Errors", "Warnings", "Unknown"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", null, Object.values(chain).map((part) =>
        h("tr", { key: part.name }, h("th", { scope: "row" }, part.title), h("td", null, badge(part.tone, toneName(part.tone))),
          h("td", null, part.wrong.filter((finding) => finding.level === "error").length),
          h("td", null, part.wrong.filter((finding) => finding.level === "warning").length), h("td", null, part.open.length)))),
    ),
  );
}

function steps(report: Report): VNode {
  const chain = chainOf(report);
  return card(
    "Five steps", {},
    h("ol", { class: "steps" }, STEPS.map((step) =>
      h("li", { key: step.number }, h("span", { class: "step-badge", "aria-hidden": "true" }, step.number),
        h("div", null, h("strong", null, step.title), h("p", null, step.text)), badge(stepTone(step, chain))))),
  );
}

function findings(state: State, report: Report): Child {
  const of = state.subject === "documents" ? "documents" : "create";
  const parts = Object.values(chainOf(report)).filter((part) => part.wrong.length > 0);
  return parts.length === 0
    ? null
    : card("Where it breaks", {}, parts.map((part) =>
        h("section", { key: part.name }, h("h3", null, part.title), h("ul", { class: "finding-list" }, part.wrong.map((finding) => line(finding, of))))));
}
