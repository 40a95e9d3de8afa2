/** A text as it is read: numbered lines, light colours for JSON, and each finding under its line. */

import type { Finding } from "../cmkit";
import { toneOf } from "../form/verdicts";
import { h, type Child, type VNode } from "./dom";
import { icon } from "./icons";
import { sentence } from "./parts";

/** Longer texts show the surroundings of their findings, unless they are unfolded. */
const SHORT = 300;
const AROUND = 6;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\/\/.*$|\/\*.*?\*\/|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b|\b(?:true|false|null)\b/g;

export interface SourceOptions {
  readonly findings: readonly Finding[];
  readonly selected: Finding | undefined;
  readonly unfolded: boolean;
  readonly select: (finding: Finding) => void;
  readonly unfold: () => void;
}

export function sourceView(text: string, name: string, options: SourceOptions): VNode {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const byLine = new Map<number, Finding[]>();
  for (const finding of options.findings) {
    if (finding.span.line > 0) byLine.set(finding.span.line, [...(byLine.get(finding.span.line) ?? []), finding]);
  }
  const shown = options.unfolded || lines.length <= SHORT ? null : surroundings(byLine, lines.length, options.selected);
  const out: Child[] = [];
  let hidden = 0;
  const fold = (): void => {
    if (hidden > 0) out.push(h("div", { key: `fold-${out.length}`, class: "fold" }, h("button", { type: "button", class: "link small", onclick: options.unfold }, `${hidden} lines without a finding`)));
    hidden = 0;
  };
  lines.forEach((line, index) => {
    const number = index + 1;
    if (shown && !shown.has(number)) {
      hidden += 1;
      return;
    }
    fold();
    out.push(lineView(number, line, byLine.get(number) ?? [], options));
  });
  fold();
  return h("div", { class: "source scroll", tabindex: 0, role: "region", "aria-label": `${name} with its findings` }, h("div", { class: "source-lines" }, out));
}

function surroundings(byLine: Map<number, Finding[]>, count: number, selected: Finding | undefined): Set<number> {
  const shown = new Set<number>();
  const centres = [...byLine].filter(([, findings]) => findings.some((finding) => finding.verdict === "fail" || finding === selected));
  for (const line of centres.length > 0 ? centres.map(([line]) => line) : [1]) {
    for (let at = Math.max(1, line - AROUND); at <= Math.min(count, line + AROUND); at += 1) shown.add(at);
  }
  return shown;
}

function lineView(number: number, line: string, findings: readonly Finding[], options: SourceOptions): Child {
  const told = findings.filter((finding) => finding.verdict === "fail" || finding === options.selected);
  const tone = told[0] && toneOf(told[0]);
  return [
    h(
      "div", { key: number, id: `line-${number}`, class: `line ${tone ?? ""}`.trim() },
      h("span", { class: "number", "aria-hidden": "true" }, number),
      h("code", null, marked(line, told, options.selected)),
    ),
    told.map((finding, index) => {
      const kind = toneOf(finding);
      return h(
        "button",
        { key: `${number}-${finding.code}-${index}`, type: "button", class: `remark ${kind} ${finding === options.selected ? "selected" : ""}`, onclick: () => options.select(finding) },
        icon(kind), h("code", null, finding.code), h("span", null, sentence(finding.message)),
      );
    }),
  ];
}

/** A line in its colours, with the places of its findings underlined. */
function marked(line: string, findings: readonly Finding[], selected: Finding | undefined): Child[] {
  const number = findings[0]?.span.line;
  const spans = findings
    .map(({ span, level }, index) => ({
      from: span.column - 1,
      to: span.endLine === number ? span.endColumn - 1 : line.length,
      kind: `${level} ${findings[index] === selected ? "selected" : ""}`.trim(),
    }))
    .sort((a, b) => a.from - b.from);
  const out: Child[] = [];
  let at = 0;
  for (const { from, to, kind } of spans) {
    if (from < at || to <= from) continue;
    out.push(coloured(line.slice(at, from)), h("mark", { class: kind }, coloured(line.slice(from, to))));
    at = to;
  }
  out.push(coloured(line.slice(at)));
  return out;
}

function coloured(text: string): Child[] {
  const out: Child[] = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [whole, string, colon] = found;
    out.push(text.slice(at, found.index));
    if (string !== undefined) out.push(h("span", { class: colon === undefined ? "string" : "name" }, string), colon);
    else out.push(h("span", { class: whole.startsWith("/") ? "comment" : /^[-\d]/.test(whole) ? "figure-token" : "word" }, whole));
    at = found.index + whole.length;
  }
  out.push(text.slice(at));
  return out;
}
