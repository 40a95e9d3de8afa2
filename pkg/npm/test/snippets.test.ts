/** What the READMEs and the comments show works as it is pasted: every snippet that imports from `cmkit` is compiled and run. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "build/snippets");

interface Snippet {
  name: string;
  language: string;
  text: string;
}

/** Fenced code, in Markdown or in the comments of a source. */
function snippets(path: string): Snippet[] {
  const file = readFileSync(join(root, path), "utf8");
  const found = file.matchAll(/^(?<indent>[ ]*(?:\* )?)```(?<language>js|jsx|ts|tsx)\n(?<text>[\s\S]*?)^\k<indent>```$/gm);
  return [...found].map(({ groups = {} }, at) => {
    const { indent = "", language = "", text = "" } = groups;
    const lines = text.split("\n").map((line) => line.slice(indent.length));
    return { name: `${path.replace(/^.*\//, "").replace(/\W/g, "-")}-${at + 1}`, language, text: lines.join("\n") };
  });
}

const sources = readdirSync(join(root, "src")).filter((file) => file.endsWith(".ts"));
const written = ["README.md", "../../README.md", "../../docs/azure.md", "../../docs/fleet.md", ...sources.map((file) => `src/${file}`)].flatMap(snippets);
const whole = written.filter(({ text }) => text.includes('from "cmkit'));

test("snippets compile", () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, language, text } of whole) {
    // What is JavaScript is checked as such: its types are inferred.
    const about = language.startsWith("js") ? "// @ts-nocheck\n" : "";
    writeFileSync(join(folder, `${name}.${language.replace("js", "ts")}`), `${about}${text}\nexport {};\n`);
  }
  const compilerOptions = { rootDir: ".", outDir: "../snippets-run", declaration: false, jsx: "react-jsx", noUnusedLocals: false };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["."] }));
  try {
    execFileSync("npx", ["tsc", "-p", folder], { cwd: root, encoding: "utf8" });
  } catch (error) {
    assert.fail((error as { stdout: string }).stdout);
  }
});

test("snippets run", async (context) => {
  assert.ok(whole.length >= 12, `${whole.length} snippets`);
  const [log, said] = [console.log, [] as unknown[]];
  console.log = (...values) => said.push(...values);
  try {
    for (const { name, language, text } of whole) {
      // Components and workers need a page.
      if (language.endsWith("x") || text.includes("cmkit/worker")) continue;
      await context.test(name, async () => {
        const throws = /\/\/ throws `(\w+)`/.exec(text)?.[1];
        const run = import(join(root, `build/snippets-run/${name}.js`));
        await (throws === undefined ? run : assert.rejects(run, { code: throws }));
      });
    }
  } finally {
    console.log = log;
  }
  for (const line of ["inaccessible", "the quarterly figures", "invoice 4711"]) assert.ok(said.includes(line), line);
});
