/** What the page knows of the file that is encrypted in it, and what it and its worker say to each other. */

import type { Inspection } from "../cmkit";

export interface Progress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
  readonly seconds: number;
}

/** Something that was tried, and how it ended. */
export interface Note {
  readonly good: boolean;
  readonly title: string;
  readonly text: string;
}

export interface Head {
  readonly inspection: Inspection;
  readonly bytes: Uint8Array;
}

/** Where the envelope goes: it stays in the page, it is written to a file at once, or it is measured and dropped. */
export type Sink = "page" | "file" | "measure";

export interface FileState {
  readonly sink: Sink;
  readonly name: string;
  readonly size: number;
  readonly phase: "empty" | "working" | "sealed";
  readonly progress: Progress | null;
  readonly head: Head | null;
  /** The head before the last rotation: what differs is shown. */
  readonly before: Uint8Array | null;
  readonly sealedSize: number;
  /** The chunk that has a flipped byte, from 1. */
  readonly flipped: number | null;
  readonly revoked: boolean;
  readonly versions: number;
  /** Requests that the vault has answered. */
  readonly calls: number;
  readonly notes: readonly Note[];
}

export const IDLE: FileState = {
  sink: "page", name: "", size: 0, phase: "empty", progress: null, head: null, before: null, sealedSize: 0,
  flipped: null, revoked: false, versions: 0, calls: 0, notes: [],
};

/** What the page asks of its worker. */
export type Order =
  | { readonly do: "seal"; readonly file: File; readonly sink: Sink; readonly handle?: FileSystemFileHandle | undefined }
  | { readonly do: "open"; readonly save: boolean }
  | { readonly do: "flip" | "rotate" | "revoke" | "grant" | "cancel" | "save" };

/** What the worker tells the page. */
export type Told =
  | { readonly state: Partial<FileState> }
  | { readonly note: Note }
  | { readonly blob: Blob; readonly name: string };
