/** The page's end of its worker: made when the first file comes. */

import { saveBlob, toast } from "../actions";
import { change, current } from "../state";
import type { FileState, Order, Sink, Told } from "./model";

let worker: Worker | undefined;

export function order(order: Order): void {
  worker ??= begin();
  worker.postMessage(order);
}

/** Encrypts a file; where it is to be written at once, asks for the place first. */
export async function encrypt(file: File): Promise<void> {
  const { sink } = current().file;
  let handle: FileSystemFileHandle | undefined;
  if (sink === "file" && canSave()) {
    try {
      handle = await picker()({ suggestedName: `${file.name}.cmk` });
    } catch {
      return; // The person thought better of it.
    }
  }
  order({ do: "seal", file, sink, handle });
}

export function chooseSink(sink: Sink): void {
  change({ file: { ...current().file, sink } });
}

type Picker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
const picker = (): Picker => (globalThis as unknown as { showSaveFilePicker: Picker }).showSaveFilePicker;

/** Whether this browser lets a page write to a file that the person chooses. */
export const canSave = (): boolean => "showSaveFilePicker" in globalThis;

function begin(): Worker {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Told>) => {
    if ("blob" in data) return saveBlob(data.name, data.blob);
    const { file } = current();
    const next: FileState = "note" in data ? { ...file, notes: [data.note, ...file.notes].slice(0, 8) } : { ...file, ...data.state };
    if ("note" in data) toast(data.note.title);
    change({ file: next });
  };
  worker.onerror = (event) => {
    const note = { good: false, title: "The worker failed", text: event.message };
    change({ file: { ...current().file, phase: "empty", progress: null, notes: [note] } });
  };
  return worker;
}
