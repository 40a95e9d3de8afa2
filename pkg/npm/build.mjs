// Builds the package into dist/: the WebAssembly modules with their glue, then the TypeScript around them.
//
//   node build.mjs             all of it
//   node build.mjs envelope    one module (`envelope`, `policy` or `azure`), then the TypeScript
//   node build.mjs types       the TypeScript alone

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const tools = join(root, "target/tools");
// Modules of npm work wherever npm put them; so does a wasm-bindgen of the right version that is on the path.
const path = [join(here, "node_modules/.bin"), join(tools, "bin"), process.env.PATH].join(delimiter);

// Each with the profile of Cargo.toml that it is compiled in.
const profiles = { envelope: "wasm", policy: "wasm-policy", azure: "wasm" };
const modules = Object.keys(profiles);
// What every browser since 2023 and Node 20 understand. With SIMD the ciphers are a little smaller and faster.
const features = ["simd", "bulk-memory", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "reference-types", "multivalue"];

const [chosen] = process.argv.slice(2);
if (chosen !== undefined && ![...modules, "types"].includes(chosen)) {
  throw new Error(`\`${chosen}\` is nothing to build: ${modules.join(", ")} or types`);
}
for (const module of modules) {
  if (chosen === undefined || chosen === module) build(module);
}
types();

/** A module: compiled, bound, made small. */
function build(module) {
  const bindgen = wasmBindgen();
  console.log(`${module}: compiling`);
  const profile = profiles[module];
  const cargo = ["--profile", profile, "--package", "cmkit-wasm", "--no-default-features", "--features", module];
  const flags = { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: "-Ctarget-feature=+simd128" };
  run("cargo", ["build", "--quiet", "--target", "wasm32-unknown-unknown", ...cargo], root, flags);
  const glue = join(here, "src/wasm");
  mkdirSync(glue, { recursive: true });
  const compiled = join(target, `wasm32-unknown-unknown/${profile}/cmkit_wasm.wasm`);
  // What follows takes half a minute: it is done anew if what was compiled is new, or how it is treated here.
  const stamp = join(glue, `${module}.stamp`);
  const fresh = createHash("sha256").update(readFileSync(compiled)).update(readFileSync(import.meta.filename)).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fresh) return;
  // Without a default path the glue names no file: which one it is differs between Node and browsers.
  run(bindgen, ["--target", "web", "--omit-default-module-path", "--out-dir", glue, "--out-name", module, compiled]);
  const bound = join(glue, `${module}_bg.wasm`);
  const switches = features.map((feature) => `--enable-${feature}`);
  const level = module === "policy" ? "-Os" : "-Oz";
  run("wasm-opt", [level, "--strip-debug", "--strip-producers", ...switches, bound, "-o", join(glue, `${module}.wasm`)]);
  rmSync(bound);
  rmSync(join(glue, `${module}_bg.wasm.d.ts`), { force: true });
  declare(module, glue);
  inline(module, glue);
  writeFileSync(stamp, fresh);
}

/**
 * The types of the glue without those of its loading, which need the types of the DOM: nobody but `src/load.ts` loads it. Handles
 * are disposable, which is not in the library of every user.
 */
function declare(module, glue) {
  const file = join(glue, `${module}.d.ts`);
  const whole = readFileSync(file, "utf8");
  const end = whole.indexOf("export type InitInput");
  if (end < 0) throw new Error(`the types of ${module} have another shape`);
  const loading = [
    "export function initSync(from: { module: unknown }): unknown;",
    "export default function init(from: { module_or_path: unknown }): Promise<unknown>;",
  ];
  const reference = '/// <reference lib="esnext.disposable" preserve="true" />\n';
  writeFileSync(file, `${reference}${whole.slice(0, end)}${loading.join("\n")}\n`);
}

/** The module as text, for those who can't wait for a file. */
function inline(module, glue) {
  const bytes = readFileSync(join(glue, `${module}.wasm`));
  const text = deflateRawSync(bytes, { level: 9, memLevel: 9 }).toString("base64");
  writeFileSync(join(glue, `${module}.inline.js`), `export const SIZE = ${bytes.length};\nexport const TEXT = "${text}";\n`);
  writeFileSync(join(glue, `${module}.inline.d.ts`), "export declare const SIZE: number;\nexport declare const TEXT: string;\n");
}

/** The TypeScript, and what stands beside it. */
function types() {
  console.log("compiling TypeScript");
  const dist = join(here, "dist");
  rmSync(dist, { recursive: true, force: true });
  run("tsc", ["--project", here]);
  mkdirSync(join(dist, "wasm"), { recursive: true });
  for (const module of modules) {
    // The third one is small, and only ever stands in a script.
    if (module !== "azure") copyFileSync(join(here, `src/wasm/${module}.wasm`), join(dist, `${module}.wasm`));
    for (const end of ["js", "d.ts", "inline.js", "inline.d.ts"]) {
      copyFileSync(join(here, `src/wasm/${module}.${end}`), join(dist, `wasm/${module}.${end}`));
    }
  }
  copyFileSync(join(here, "src/module.d.ts"), join(dist, "module.d.ts"));
  copyFileSync(join(root, "docs/report.schema.json"), join(dist, "schema.json"));
  for (const file of ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"]) copyFileSync(join(root, file), join(here, file));
}

/** The wasm-bindgen of the version that Cargo.lock has; installed if there is none. */
function wasmBindgen() {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const version = /name = "wasm-bindgen"\nversion = "(.+)"/.exec(lock)?.[1];
  if (version === undefined) throw new Error("Cargo.lock names no wasm-bindgen");
  for (const command of [join(tools, "bin/wasm-bindgen"), "wasm-bindgen"]) {
    if (versionOf(command) === version) return command;
  }
  console.log(`installing wasm-bindgen ${version} into target/tools (a minute or two, once)`);
  // The program is all we want, so it is built for build time, not for speed.
  const profile = { LTO: "off", OPT_LEVEL: "1", CODEGEN_UNITS: "16" };
  const env = Object.fromEntries(Object.entries(profile).map(([name, value]) => [`CARGO_PROFILE_RELEASE_${name}`, value]));
  run("cargo", ["install", "--quiet", "--root", tools, "--version", version, "wasm-bindgen-cli"], here, env);
  return join(tools, "bin/wasm-bindgen");
}

function versionOf(command) {
  if (command.includes("/") && !existsSync(command)) return undefined;
  try {
    const options = { encoding: "utf8", env: { ...process.env, PATH: path }, stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync(command, ["--version"], options).trim().split(" ").at(-1);
  } catch {
    return undefined; // it isn't there
  }
}

function run(command, args, cwd = here, env = {}) {
  execFileSync(command, args, { cwd, stdio: "inherit", env: { ...process.env, PATH: path, ...env } });
}
