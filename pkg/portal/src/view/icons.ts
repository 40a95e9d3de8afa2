/** The page's icons, drawn as lines on a grid of 20. They stand beside words, so readers pass over them. */

import { h, type VNode } from "./dom";

const PATHS = {
  error: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM7.3 7.3l5.4 5.4M12.7 7.3l-5.4 5.4",
  warning: "M10 3 2.5 16.5h15L10 3ZM10 8.2v4M10 14.2v.3",
  note: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM10 9v5M10 6.2v.3",
  unknown: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM7.8 8a2.2 2.2 0 1 1 3.2 2c-.7.3-1 .8-1 1.6M10 13.9v.3",
  good: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM6.6 10.2l2.3 2.3 4.6-4.8",
  create: "M10 3c3.6 0 6 1.2 6 2.6v8.8c0 1.4-2.4 2.6-6 2.6s-6-1.2-6-2.6V5.6C4 4.2 6.4 3 10 3ZM4 5.6c0 1.5 2.4 2.6 6 2.6s6-1.1 6-2.6M4 10c0 1.5 2.4 2.6 6 2.6s6-1.1 6-2.6",
  documents: "M5 2.5h6.5L15 6v11.5H5v-15ZM11.5 2.5V6H15M7.5 10h5M7.5 13h5",
  hierarchy: "M7.5 2.5h5v4h-5zM2.5 13.5h5v4h-5zM12.5 13.5h5v4h-5zM10 6.5V10M5 13.5V10h10v3.5",
  clock: "M10 2.5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15ZM10 6v4.2l2.8 1.7",
  copies: "M7 6.5h9.5v11H7zM13 6.5V3H3.5v11H7",
  export: "M10 2.5v10M6.5 6 10 2.5 13.5 6M3.5 11.5v6h13v-6",
  file: "M5.5 9V6.5a4.5 4.5 0 0 1 9 0V9M4 9h12v8.5H4zM10 12.2v2.3",
  proof: "M3.5 6.5h13M3.5 13.5h13M13 3 7 17",
  close: "M5 5l10 10M15 5 5 15",
  copy: "M7 6.5h9.5v11H7zM13 6.5V3H3.5v11H7",
  download: "M10 2.5v10M6.5 9 10 12.5 13.5 9M3.5 16.5h13",
  wrench: "M16.8 5.2 14 8l-2-2 2.8-2.8a4.3 4.3 0 0 0-5.6 5.6l-6 6 2 2 6-6a4.3 4.3 0 0 0 5.6-5.6Z",
  menu: "M3 5.5h14M3 10h14M3 14.5h14",
  theme: "M10 2.5a7.5 7.5 0 1 0 0 15v-15Z",
  external: "M8 4H4v12h12v-4M11 3.5h5.5V9M16 4l-7 7",
  right: "M7.5 4.5 13 10l-5.5 5.5",
  link: "M8.5 11.5a3 3 0 0 0 4.2 0l3-3a3 3 0 0 0-4.2-4.2l-.8.8M11.5 8.5a3 3 0 0 0-4.2 0l-3 3a3 3 0 0 0 4.2 4.2l.8-.8",
  key: "M7 7.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM10.5 11h7v3M14.5 11v2.5",
} as const;

export type Icon = keyof typeof PATHS;

export function icon(name: Icon, kind = ""): VNode {
  return h(
    "svg", { class: `icon ${kind}`.trim(), viewBox: "0 0 20 20", width: 16, height: 16, "aria-hidden": "true", focusable: "false" },
    h("path", { d: PATHS[name] }),
  );
}
