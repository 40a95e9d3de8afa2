// The package as its users get it: packed, installed into fresh projects, compiled, bundled, run. Each check says what it does.
//
//   node run.mjs           all of them
//   node run.mjs NAME      those whose name has NAME in it

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { azure } from "./azure.mjs";
import { bundles } from "./bundles.mjs";
import { contents } from "./contents.mjs";
import { linters } from "./linters.mjs";
import { nodes } from "./nodes.mjs";
import { types } from "./types.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const scratch = join(here, "../../build/packaging");
const tarball = pack();
const [wanted = ""] = process.argv.slice(2);

let failed = 0;
for (const check of [...contents, ...linters, ...nodes, ...types, ...azure, ...bundles]) {
  if (!check.name.includes(wanted)) continue;
  const began = Date.now();
  try {
    const said = await check.run({ tarball, project });
    console.log(`ok     ${check.name}${said ? `: ${said}` : ""} (${Date.now() - began} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${check.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
console.log(failed === 0 ? "the package holds" : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** The tarball that npm would publish. */
function pack() {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", scratch];
  const name = execFileSync("npm", args, { cwd: join(here, "../.."), encoding: "utf8" }).trim();
  return join(scratch, name);
}

/** A fresh project that has the tarball installed, these packages, and these files of `apps`. */
function project(name, files, packages = {}) {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const manifest = { name, private: true, type: "module", dependencies: { cmkit: `file:${tarball}`, ...packages } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  for (const file of files) cpSync(join(here, "apps", file), join(folder, file));
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"], { cwd: folder });
  return folder;
}
