// The package in the versions of Node that it promises.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const program = (name) => fileURLToPath(new URL(`node_modules/${name}/bin/node`, import.meta.url));

export const nodes = ["node-20", "node-22"].map((name) => ({
  name,
  run({ project }) {
    return execFileSync(program(name), ["node.mjs"], { cwd: project(name, ["node.mjs"]), encoding: "utf8" }).trim();
  },
}));
