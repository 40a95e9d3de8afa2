/** Reads the policy vectors from `tests/vectors/policy`, for a run here or in a browser. */

import { readdirSync, readFileSync } from "node:fs";
import type { Vectors } from "./run.js";

const vectors = new URL("../../../../../tests/vectors/", import.meta.url);

export function load(): Vectors {
  const text = (path: string) => readFileSync(new URL(path, vectors), "utf8");
  const names = (path: string) => readdirSync(new URL(path, vectors)).sort();
  const folder = (name: string) => {
    const files = names(`policy/deployments/${name}`);
    return Object.fromEntries(files.map((file) => [file, text(`policy/deployments/${name}/${file}`)]));
  };
  return {
    manifest: JSON.parse(text("manifest.json")) as Record<string, number>,
    rules: Object.fromEntries(names("policy/rules").map((name) => [name, JSON.parse(text(`policy/rules/${name}`))])),
    deployments: Object.fromEntries(names("policy/deployments").map((name) => [name, folder(name)])),
  };
}
