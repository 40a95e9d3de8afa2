/** Documents: a template, a plan or what az prints, with the findings on their lines, and mends of the text. */

import { explain, lookAt, rewrite, say, take, toast } from "../actions";
import { fix, type ChangePlan, type Finding, type Report } from "../cmkit";
import { attempt, changes, documentsReport } from "../derive";
import { PRESETS, SAMPLES } from "../form/presets";
import { change, current, type State } from "../state";
import { h, type Child, type VNode } from "../view/dom";
import { icon } from "../view/icons";
import { badge, bar, button, card, command, copyAndSave, many, panel, sentence, tabs, type Tone } from "../view/parts";
import { sourceView } from "../view/source";
import { counters, line } from "./verdict";

/** What is read of one file at most: far above any plan that was seen. */
const MOST = 20_000_000;

export function documentsPage(state: State): Child {
  const answer = documentsReport(state);
  return h(
    "div", {
      class: "stack drop",
      ondragover: (event: DragEvent) => event.preventDefault(),
      ondrop: (event: DragEvent) => {
        event.preventDefault();
        void takeFiles(event.dataTransfer?.files);
      },
    },
    samples(state),
    about(state.sample),
    state.documents.length === 0
      ? paste()
      : [
          answer && "error" in answer && bar("error", "This can’t be read", sentence(answer.error)),
          planView(state),
          documents(state, answer && "value" in answer ? answer.value : null),
        ],
  );
}

function samples(state: State): VNode {
  const all = [...SAMPLES, ...PRESETS].filter((preset) => preset.documents);
  return h(
    "div", { class: "row spread" },
    h("div", { class: "row", role: "group", "aria-label": "Samples" }, all.map((sample) =>
      button(sample.title, () => lookAt(sample.id), { key: sample.id, kind: "pill", "aria-pressed": state.sample === sample.id }))),
    h(
      "div", { class: "row" },
      h("label", { class: "button pill file-button" }, icon("documents"), "Open files…",
        h("input", {
          type: "file", class: "unseen", multiple: true, accept: ".json,.jsonc,.tfstate,application/json,text/plain",
          onchange: (event: Event) => void takeFiles((event.target as HTMLInputElement).files),
        })),
      state.documents.length > 0 && button("Clear", () => change({ documents: [], sample: "", editing: false, subject: "form" }), { kind: "pill subtle" }),
    ),
  );
}

/** What a sample shows. */
function about(id: string): VNode | null {
  const sample = [...SAMPLES, ...PRESETS].find((known) => known.id === id);
  return sample ? h("p", { class: "quiet" }, sample.text) : null;
}

async function takeFiles(files: FileList | null | undefined): Promise<void> {
  const list = [...(files ?? [])];
  const large = list.find((file) => file.size > MOST);
  if (large) return toast(`${large.name} is larger than ${MOST / 1e6} MB`);
  if (list.length > 0) take(await Promise.all(list.map(async (file) => ({ name: file.name, text: await file.text() }))));
}

function paste(): VNode {
  const read = (): void => {
    const text = (document.getElementById("pasted") as HTMLTextAreaElement).value;
    if (text.trim() !== "") take([{ name: "pasted.json", text }]);
  };
  return card(
    "Paste, drop or open", {
      text: "An ARM template, bicep build’s output, a Terraform plan as JSON, or what az prints. It stays in this page.",
    },
    h("label", { class: "unseen", for: "pasted" }, "Text of the document"),
    h("textarea", {
      id: "pasted", class: "paste", rows: 12, spellcheck: "false", placeholder: "{ \"$schema\": … }  or drop files here",
      onpaste: () => setTimeout(read),
    }),
    h("div", { class: "row" }, button("Check", read, { kind: "primary" })),
  );
}

function documents(state: State, report: Report | null): Child {
  const { documents, document: at } = state;
  const shown = documents[at] ?? documents[0]!;
  const list = documents.map((document, index) => ({ id: String(index), label: document.name, after: count(report, document.name) }));
  const body = panel(
    "document", String(at),
    h("div", { class: "with-aside wide-aside" }, text(state, shown.name, shown.text, report), report && findings(state, report)),
  );
  return [tabs("document", "Documents", list, String(at), (id) => change({ document: Number(id), selected: null, editing: false })), body];
}

const count = (report: Report | null, name: string): Child => {
  const errors = report?.findings.filter((finding) => finding.file === name && finding.verdict === "fail" && finding.level === "error").length ?? 0;
  return errors > 0 && h("span", { class: "count error" }, icon("error"), errors, h("span", { class: "unseen" }, " errors"));
};

function text(state: State, name: string, text: string, report: Report | null): VNode {
  const selected = state.selected === null ? undefined : report?.findings[state.selected];
  const edit = button(state.editing ? "Show findings" : "Edit", () => change({ editing: !state.editing }), { "aria-pressed": state.editing });
  return card(
    name, { actions: [edit, ...copyAndSave(text, name, "application/json")], class: "source-card" },
    state.editing
      ? [
          h("label", { class: "unseen", for: "text" }, `Text of ${name}`),
          h("textarea", {
            id: "text", class: "paste", rows: 24, spellcheck: "false", value: text,
            oninput: (event: Event) => rewrite(state.document, (event.target as HTMLTextAreaElement).value),
          }),
        ]
      : sourceView(text, name, {
          findings: report?.findings.filter((finding) => finding.file === name) ?? [],
          selected, unfolded: state.unfolded,
          select: (finding) => explain({ code: finding.code, of: "documents", pointer: finding.pointer }),
          unfold: () => change({ unfolded: true }),
        }),
  );
}

function findings(state: State, report: Report): VNode {
  const wrong = report.findings.filter((finding) => finding.verdict === "fail");
  const questions = report.questions();
  const mendable = wrong.some((finding) => finding.fixes.some((one) => one.patch.length > 0));
  return h(
    "aside", { class: "card verdict-box", "aria-label": "Findings" },
    counters(report),
    mendable && button("Mend all that has one safe mend", () => mendAll(state), { kind: "primary", glyph: "wrench" }),
    wrong.length === 0 && questions.length === 0 && bar("good", "No finding", `${report.summary.passed} rules passed.`),
    h("ul", { class: "finding-list" }, wrong.map((finding) => h("li", { key: finding.fingerprint + finding.code, class: "with-fix" }, [
      line(finding, "documents", "").children,
      h("div", { class: "row" }, show(report, finding), fixes(state, finding)),
    ]))),
    questions.length > 0 && [
      h("h3", null, many(questions.length, "open question")),
      h("ul", { class: "questions-list" }, questions.map((question) =>
        h("li", { key: question.finding.fingerprint + question.finding.message },
          h("p", null, icon("unknown", "unknown"), " ", sentence(question.finding.message), h("span", { class: "quiet small" }, ` ${question.codes.join(", ")}`)),
          question.answers.map((answer) => [
            h("p", { class: "quiet small" }, sentence(`${answer.evidence.join(", ")} would settle it`)), answer.command && command(answer.command)]),
          h("div", { class: "row" }, show(report, question.finding))))),
    ],
  );
}

const show = (report: Report, finding: Finding): VNode =>
  button(`Line ${finding.span.line}`, () => reveal(report, finding), { kind: "small subtle" });

/** The finding's line, in the document that it is in. */
function reveal(report: Report, finding: Finding): void {
  const document = current().documents.findIndex((candidate) => candidate.name === finding.file);
  const selected = report.findings.findIndex((other) => other.code === finding.code && other.fingerprint === finding.fingerprint);
  change({ selected, document: Math.max(0, document), editing: false });
  setTimeout(() => {
    const line = window.document.getElementById(`line-${finding.span.line}`);
    const box = line?.closest<HTMLElement>(".source");
    if (line && box) box.scrollTo({ top: line.offsetTop - box.clientHeight / 3 });
    box?.scrollIntoView({ block: "nearest" });
  });
}

function fixes(state: State, finding: Finding): VNode[] {
  return finding.fixes.flatMap((fix, index) =>
    fix.patch.length === 0
      ? []
      : [
          button(
            [h("span", null, "Mend", h("span", { class: "unseen" }, ` ${finding.code}: ${fix.description}`)), fix.irreversible && h("span", { class: "final" }, "can’t be undone")],
            () => mendDocument(state, finding, index), { kind: "small fix", glyph: "wrench" },
          ),
        ]);
}

/** Applies a fix to the text of the finding's document; comments and layout stay. */
export function mendDocument(state: State, finding: Finding, index: number): void {
  const report = documentsReport(state);
  if (!report || !("value" in report)) return;
  const done = attempt(() => report.value.fix(finding, index));
  if ("error" in done) return toast(done.error);
  rewrite(state.documents.findIndex((document) => document.name === finding.file), done.value);
  change({ why: null });
  toast(`${finding.code} is mended`);
}

function mendAll(state: State): void {
  const done = attempt(() => fix([...state.documents], { at: state.at }));
  if ("error" in done) return toast(done.error);
  const { documents, done: mended, left } = done.value;
  change({ documents, sample: "", selected: null });
  toast(`${many(mended.length, "finding")} mended, ${left.length} left to decide`);
}

/** What a Terraform plan does to each cluster. */
function planView(state: State): Child {
  const answer = changes(state);
  if (!answer || "error" in answer) return null;
  return answer.value.clusters.map((cluster) => {
    const harmful = HARMFUL.has(cluster.effect);
    return card(
      [h("span", null, `Plan: cluster ${cluster.name} `), badge(harmful ? "error" : "note", EFFECTS[cluster.effect] ?? cluster.effect)],
      { text: cluster.address && h("code", null, cluster.address), class: "outlook" },
      cluster.steps.map((step) => planStep(step)),
    );
  });
}

function planStep(step: ChangePlan["clusters"][number]["steps"][number]): VNode {
  const tone: Tone = HARMFUL.has(step.effect) ? "error" : "note";
  return h(
    "div", { class: "stack" },
    bar(tone, sentence(step.message), sentence(step.reason), step.dataAtRisk && h("p", null, h("strong", null, "Data at risk: "), step.dataAtRisk)),
    step.safeWay.length > 0 && [
      h("h3", null, "The safe way"),
      h("ol", { class: "recovery" }, step.safeWay.map((line, index) => h("li", { key: index }, COMMAND.test(line) ? command(line) : sentence(line)))),
    ],
    step.code && h("div", { class: "row" }, button(["Why ", h("code", null, step.code)], () => explain({ code: step.code!, of: "documents", pointer: step.pointer }), { kind: "small subtle" })),
  );
}

const HARMFUL = new Set(["cuts_off", "impossible", "deletes", "destroys"]);
const COMMAND = /^(az|terraform) /;
const EFFECTS: Record<string, string> = {
  no_change: "No change", create: "Is made", in_place: "Updated in place", resend: "Updated in place, all parameters sent again",
  unknown: "Not known", cuts_off: "Cut off from its key", impossible: "Impossible in place", deletes: "Deleted", destroys: "Destroyed and made anew, empty",
};

/** What is pasted anywhere on this page is read, unless it goes into a field. */
export function pasteAnywhere(event: ClipboardEvent): void {
  const state = current();
  const into = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
  const text = event.clipboardData?.getData("text") ?? "";
  if (state.page !== "documents" || into || text.trim() === "") return;
  event.preventDefault();
  take([{ name: "pasted.json", text }]);
  say("the pasted text is read");
}
