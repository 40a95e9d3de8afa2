/** A page that loads nothing beside its script, and waits for nothing. */

import { DataKey, inspectSync, ServiceKey } from "cmkit/inline";
import { check } from "cmkit/inline/policy";
import { form } from "./form.js";

const [finding] = check(form, { at: "2026-12-01" }).findings;
const key = ServiceKey.generate("demo");
globalThis.said = { codes: [finding.code], key: key.name, sync: [DataKey, inspectSync].every(Boolean) };
