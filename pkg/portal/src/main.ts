/** Begins: loads the rules, reads the address, and keeps page, address and state the same. */

import { initPolicy } from "./cmkit";
import { reportOf } from "./derive";
import { pasteAnywhere } from "./pages/documents";
import { verdictOf } from "./pages/verdict";
import { hashOf, stateOf } from "./route";
import { change, current, onChange, type State, type Theme } from "./state";
import { say } from "./actions";
import { h, patch } from "./view/dom";
import { page } from "./view/shell";

const root = document.getElementById("page")!;
let told = "";

async function begin(): Promise<void> {
  try {
    await initPolicy();
  } catch (error) {
    patch(root, h("p", { role: "alert", class: "failure" }, `The rules can’t be loaded: ${error instanceof Error ? error.message : String(error)}`));
    return;
  }
  onChange(show);
  change({ ...stateOf(location.hash), theme: theme() });
  addEventListener("hashchange", () => {
    if (location.hash !== hashOf(current())) change(stateOf(location.hash));
  });
  addEventListener("paste", pasteAnywhere);
  matchMedia("(max-width: 720px)").addEventListener("change", () => change({}));
}

function show(state: State): void {
  document.documentElement.dataset["theme"] = state.theme;
  patch(root, page(state));
  document.title = `${document.querySelector("h1")?.textContent ?? ""} · cmkit`;
  address(state);
  if (state.page !== "create") return;
  const { title, text } = verdictOf(reportOf(state, "create"));
  const verdict = `${title}. ${text}`;
  if (told !== "" && verdict !== told) say(verdict);
  told = verdict;
}

let settling: ReturnType<typeof setTimeout> | undefined;

/** A new page or step is a step back; what is typed is not, and reaches the address once it stands still. */
function address(state: State): void {
  clearTimeout(settling);
  const hash = hashOf(state);
  if (location.hash === hash) return;
  const path = (text: string): string => text.split("?")[0] ?? "";
  if (location.hash !== "" && path(location.hash) !== path(hash)) history.pushState(null, "", hash);
  else settling = setTimeout(() => history.replaceState(null, "", hash), 200);
}

function theme(): Theme {
  try {
    const kept = localStorage.getItem("theme");
    return kept === "dark" || kept === "light" ? kept : "system";
  } catch {
    return "system";
  }
}

void begin();
