/** A page whose bundler gives addresses for files. */

import { check, init } from "cmkit";
import envelope from "cmkit/envelope.wasm";
import policy from "cmkit/policy.wasm";
import { form } from "./form.js";

init({ envelope, policy }).then(
  () => (globalThis.said = { codes: check(form, { at: "2026-12-01" }).findings.slice(0, 1).map(({ code }) => code) }),
  (error) => (globalThis.said = { failed: String(error) }),
);
