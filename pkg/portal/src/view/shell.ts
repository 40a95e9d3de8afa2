/** What stands around every page: the bar above, the pages at the side, and the page itself. */

import { copyText, dress, go } from "../actions";
import { change, today, type Page, type State, type Theme } from "../state";
import { createPage } from "../pages/create";
import { copiesPage } from "../pages/copies";
import { documentsPage } from "../pages/documents";
import { exportPage } from "../pages/export";
import { filesPage } from "../pages/files";
import { hierarchyPage } from "../pages/hierarchy";
import { proofPage } from "../pages/proof";
import { whatIfPage } from "../pages/what-if";
import { hashOf } from "../route";
import { h, type Child, type VNode } from "./dom";
import { drawer } from "./drawer";
import { icon, type Icon } from "./icons";
import { button } from "./parts";

interface Entry {
  readonly page: Page;
  readonly label: string;
  readonly title: string;
  readonly text: string;
  readonly glyph: Icon;
  readonly view: (state: State) => Child;
}

const ENTRIES: readonly Entry[] = [
  {
    page: "create", label: "Create", title: "Create Azure DocumentDB cluster", glyph: "create", view: createPage,
    text: "Checked as you type, by the rules of a customer-managed key.",
  },
  { page: "documents", label: "Documents", title: "Check documents", glyph: "documents", view: documentsPage, text: "Templates, plans and what az prints, with each finding on its line." },
  { page: "hierarchy", label: "Key hierarchy", title: "Key hierarchy", glyph: "hierarchy", view: hierarchyPage, text: "Who may use which key, down to the data." },
  { page: "what-if", label: "What if", title: "What if", glyph: "clock", view: whatIfPage, text: "What becomes of the clusters when a key, a vault or a grant changes." },
  { page: "copies", label: "Replica and restore", title: "Replica and restore", glyph: "copies", view: copiesPage, text: "The only ways to another mode: a copy, with its own choice of key." },
  { page: "export", label: "Export", title: "Export", glyph: "export", view: exportPage, text: "The deployment, and the report of the check." },
  { page: "files", label: "Encrypt a file", title: "Encrypt a file", glyph: "file", view: filesPage, text: "The same core, at work on your data: in this page." },
  { page: "proof", label: "Same answer", title: "Same answer everywhere", glyph: "proof", view: proofPage, text: "What this page is made of, and how to check it." },
];

export function page(state: State): VNode {
  const entry = ENTRIES.find((entry) => entry.page === state.page) ?? ENTRIES[0]!;
  return h(
    "div", { class: "shell" },
    h("a", { class: "skip", href: "#main", onclick: skip }, "Skip to the page"),
    banner(state),
    navigation(state),
    h(
      "main", { id: "main", tabindex: -1 },
      h("header", { class: "page-head" }, h("h1", null, entry.title), h("p", { class: "quiet" }, entry.text)),
      h("div", { key: state.page, class: "page" }, entry.view(state)),
    ),
    drawer(state),
  );
}

/** The hash is the page's state, so a link can't go to a part of it. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

const THEMES: Record<Theme, readonly [next: Theme, label: string]> = {
  system: ["dark", "Colours: as the system"], dark: ["light", "Colours: dark"], light: ["system", "Colours: light"],
};

function banner(state: State): VNode {
  const [next, label] = THEMES[state.theme];
  const told = `The link to this state is copied${state.documents.length > 0 && state.sample === "" ? ", without your documents" : ""}`;
  const share = (): void => void copyText(location.href.split("#")[0] + hashOf(state), told);
  return h(
    "header", { class: "banner" },
    button("", () => change({ menu: !state.menu }), { kind: "subtle round menu-button", glyph: "menu", "aria-label": "Pages", "aria-expanded": state.menu, "aria-controls": "pages" }),
    h("div", { class: "brand" }, icon("key"), h("span", null, "cmkit")),
    h(
      "div", { class: "banner-tools" },
      h("label", { class: "as-of" }, h("span", null, "As of"),
        h("input", {
          type: "date", name: "at", value: state.at,
          onchange: (event: Event) => change({ at: (event.target as HTMLInputElement).value || today() }),
        })),
      button("", share, { kind: "subtle round", glyph: "link", "aria-label": "Copy a link to this state" }),
      button("", () => dress(next), { kind: "subtle round", glyph: "theme", "aria-label": label, title: label }),
    ),
  );
}

function navigation(state: State): VNode {
  return h(
    "nav", { id: "pages", class: state.menu ? "pages open" : "pages", "aria-label": "Pages" },
    h("ul", null, ENTRIES.map(({ page, label, glyph }) =>
      h("li", { key: page },
        h("a", {
          href: hashOf({ ...state, page, why: null }), "aria-current": page === state.page ? "page" : undefined,
          onclick: (event: MouseEvent) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            go(page);
          },
        }, icon(glyph), h("span", null, label))))),
    h("p", { class: "quiet small nav-note" }, "Everything runs in this page. It deploys nothing and sends nothing."),
  );
}
