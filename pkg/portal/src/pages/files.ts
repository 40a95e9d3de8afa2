/** Encrypt a file in the browser: drop, watch, look into the head, decrypt, tamper, rotate, revoke. */

import type { FileState, Head, Progress } from "../files/model";
import { canSave, chooseSink, encrypt, order } from "../files/worker-link";
import type { State } from "../state";
import { h, type Child, type VNode } from "../view/dom";
import { icon } from "../view/icons";
import { badge, bar, button, bytes, card, prose, segments } from "../view/parts";

export function filesPage(state: State): Child {
  const { file } = state;
  return h(
    "div", { class: "stack" },
    bar("note", "All of it happens in this page", "The file is read, encrypted and decrypted by a worker of this page. It is sent nowhere: the page’s own policy lets it connect to nothing but its own files."),
    h(
      "div", { class: "with-aside" },
      h("div", { class: "stack" }, drop(file), file.phase !== "empty" && envelope(file), file.head && headView(file.head, file.before)),
      h("aside", { class: "stack", "aria-label": "What happened" }, vault(file), notes(file)),
    ),
  );
}

function drop(file: FileState): VNode {
  const take = (files: FileList | null | undefined): void => {
    const first = files?.[0];
    if (first && file.phase !== "working") void encrypt(first);
  };
  return card(
    "File", { text: "Any size: it flows through in chunks of 256 KiB." },
    h(
      "label",
      {
        class: "dropzone", ondragover: (event: DragEvent) => event.preventDefault(),
        ondrop: (event: DragEvent) => {
          event.preventDefault();
          take(event.dataTransfer?.files);
        },
      },
      icon("file"), h("span", null, h("strong", null, "Choose a file"), " or drop it here"),
      h("input", {
        type: "file", class: "unseen", id: "file", disabled: file.phase === "working",
        onchange: (event: Event) => {
          const input = event.target as HTMLInputElement;
          take(input.files);
          input.value = "";
        },
      }),
    ),
    h(
      "div", { class: "row spread" },
      h("div", { class: "row" }, h("span", { class: "quiet small" }, "No file at hand?"), button("Use a sample of 8 MB", () => void encrypt(sample()), { kind: "small", disabled: file.phase === "working" })),
      segments(
        "sink", "What becomes of the envelope",
        [["page", "Keep in the page"], ...(canSave() ? [["file", "Write to a file"] as const] : []), ["measure", "Measure only"]],
        file.sink, (sink) => chooseSink(sink as FileState["sink"]),
      ),
    ),
  );
}

/** Eight megabytes of text that compress to nothing, so that everybody sees them come back. */
function sample(): File {
  const line = "attack at dawn; bring the customer-managed key\n";
  return new File([line.repeat(Math.ceil(8e6 / line.length)).slice(0, 8e6)], "sample.txt", { type: "text/plain" });
}

function envelope(file: FileState): VNode {
  const working = file.phase === "working";
  const idle = { disabled: working || file.phase !== "sealed" };
  return card(
    file.name, { text: working ? bytes(file.size) : `${bytes(file.size)}, as an envelope ${bytes(file.sealedSize)}` },
    working
      ? progressView(file.progress)
      : h(
          "div", { class: "row" },
          button("Decrypt and compare", () => order({ do: "open", save: false }), { ...idle, kind: "primary", glyph: "key" }),
          button(file.flipped === null ? "Flip a byte" : "Flip it back", () => order({ do: "flip" }), idle),
          button("Rotate the key", () => order({ do: "rotate" }), { ...idle, disabled: idle.disabled || file.revoked }),
          button(file.revoked ? "Grant again" : "Revoke the key", () => order({ do: file.revoked ? "grant" : "revoke" }), idle),
          button("Save the envelope", () => order({ do: "save" }), { ...idle, glyph: "download" }),
          button("Save the decrypted file", () => order({ do: "open", save: true }), { ...idle, glyph: "download", kind: "subtle" }),
        ),
    (file.flipped !== null || file.revoked) &&
      h("div", { class: "row" }, file.flipped !== null && badge("warning", `Chunk ${file.flipped} has a flipped byte`), file.revoked && badge("warning", "The grant is taken away")),
  );
}

function progressView(progress: Progress | null): VNode {
  const { what, done, total, seconds } = progress ?? { what: "Making the key", done: 0, total: 0, seconds: 0 };
  const share = total > 0 ? `: ${Math.floor((done / total) * 100)} %` : "…";
  const text = `${what}${share}${seconds > 0.2 ? `, ${(done / 1e6 / seconds).toFixed(0)} MB/s` : ""}`;
  return h(
    "div", { class: "progress" },
    h("progress", { max: Math.max(1, total), value: done, "aria-label": what }),
    h("span", { id: "progress-text" }, text),
    button("Cancel", () => order({ do: "cancel" }), { kind: "small" }),
  );
}

function headView({ inspection, bytes: head }: Head, before: Uint8Array | null): VNode {
  return card(
    "Head of the envelope", { text: "Everybody can read it without a key. The data key stands in it, wrapped." },
    h(
      "dl", { class: "pairs" },
      inspection.keys.map((entry, index) => [
        h("dt", { key: `k${index}` }, "Key"), h("dd", { key: `v${index}` }, h("code", null, entry.key ?? "–"), h("p", { class: "quiet small" }, `${entry.algorithm}, thumbprint ${entry.thumbprint ?? "–"}`)),
      ]),
      h("dt", null, "Mode"), h("dd", null, inspection.mode),
      h("dt", null, "Suite"), h("dd", null, `${inspection.suite}: chunks of ${inspection.chunkSize / 1024} KiB`),
      h("dt", null, "Content type"), h("dd", null, inspection.contentType ?? "–"),
      Object.entries(inspection.context).map(([name, value]) => [h("dt", { key: `c${name}` }, "Context"), h("dd", { key: `d${name}` }, h("code", null, `${name}=${value}`))]),
      h("dt", null, "Size of the head"), h("dd", null, `${inspection.headSize} bytes`),
    ),
    h("h3", null, before ? "Bytes of the head, changed ones marked" : "Bytes of the head"),
    hex(head, before),
  );
}

const ROW = 16;

/** The bytes in rows of sixteen; those that the rotation changed are marked. */
function hex(head: Uint8Array, before: Uint8Array | null): VNode {
  const rows = Array.from({ length: Math.ceil(head.length / ROW) }, (_, row) => row * ROW);
  return h(
    "div", { class: "hex scroll", tabindex: 0, role: "region", "aria-label": "Bytes of the head" },
    rows.map((start) => {
      const line: Child[] = [h("span", { class: "offset" }, start.toString(16).padStart(4, "0"), " ")];
      let run: { changed: boolean; text: string } | null = null;
      const flush = (): void => {
        if (run) line.push(" ", run.changed ? h("mark", null, run.text) : run.text);
        run = null;
      };
      for (let at = start; at < Math.min(start + ROW, head.length); at += 1) {
        const changed = before !== null && before[at] !== head[at];
        const text = head[at]!.toString(16).padStart(2, "0");
        if (run && (run as { changed: boolean }).changed !== changed) flush();
        run = { changed, text: run ? `${(run as { text: string }).text} ${text}` : text };
      }
      flush();
      return h("div", { key: start }, line);
    }),
  );
}

function vault(file: FileState): VNode {
  return card(
    "Vault in memory", { text: "For this demonstration only: RSA keys of WebCrypto that can’t be exported, gone with the page." },
    h(
      "dl", { class: "pairs" },
      h("dt", null, "Key"), h("dd", null, h("code", null, "orders-kek")),
      h("dt", null, "Versions"), h("dd", null, file.versions === 0 ? "Made with the first file" : String(file.versions)),
      h("dt", null, "Grant"), h("dd", null, file.revoked ? badge("warning", "Taken away") : badge("good", "Given")),
      h("dt", null, "Calls"), h("dd", null, String(file.calls)),
    ),
  );
}

function notes(file: FileState): VNode {
  return card(
    "What happened", {},
    file.notes.length === 0
      ? h("p", { class: "quiet" }, "Nothing yet: choose a file, then decrypt, tamper, rotate and revoke.")
      : h("ol", { class: "notes" }, file.notes.map((note, index) => h("li", { key: file.notes.length - index }, icon(note.good ? "good" : "error", note.good ? "good" : "error"), h("div", null, h("strong", null, note.title), h("p", { class: "quiet" }, prose(note.text)))))),
  );
}
