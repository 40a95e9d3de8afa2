// What is in the tarball, and what is not.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const contents = [
  {
    name: "contents",
    run({ project }) {
      const root = join(project("contents", []), "node_modules/cmkit");
      const files = readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
      const modules = files.filter((file) => file.endsWith(".wasm"));
      assert.deepEqual(modules.sort(), ["dist/envelope.wasm", "dist/policy.wasm"], "one file a module, no copies");
      const strangers = files.filter((file) => !/^(dist\/|package\.json$|README\.md$|CHANGELOG\.md$|LICENSE-)/.test(file));
      assert.deepEqual(strangers, []);
      for (const file of ["README.md", "LICENSE-APACHE", "LICENSE-MIT", "dist/schema.json"]) assert.ok(files.includes(file), file);
      const scripts = files.filter((file) => file.endsWith(".js"));
      for (const file of scripts) {
        const text = readFileSync(join(root, file), "utf8");
        // A strict content security policy forbids all of these.
        assert.doesNotMatch(text, /\bnew Function\b|\beval\(|setTimeout\(\s*["'`]/, file);
        // Nothing happens on import, and nobody waits for it.
        assert.doesNotMatch(text, /^(await|const .* = await) /m, `${file} has a top-level await`);
        assert.ok(files.includes(file.replace(/\.js$/, ".d.ts")), `${file} has no types`);
      }
      const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      assert.equal(dependencies, undefined, "no dependencies");
      return `${files.length} files, ${scripts.length} of them scripts`;
    },
  },
];
