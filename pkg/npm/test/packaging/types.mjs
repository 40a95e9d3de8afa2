// The types, under the strictest settings, with as little around them as people have.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("node_modules", import.meta.url));

export const strict = {
  target: "es2022",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  noEmit: true,
};

export const settings = {
  browser: { module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom"], types: [] },
  node: { module: "nodenext", moduleResolution: "nodenext", lib: ["es2022"], types: ["node"] },
};

export const types = Object.entries(settings).flatMap(([place, options]) =>
  ["typescript", "typescript-5"].map((compiler) => ({
    name: `types in ${place === "node" ? "Node, without the DOM" : "a browser"}, ${compiler}`,
    run({ project }) {
      const folder = project(`types-${place}-${compiler}`, ["consumer.ts"]);
      if (place === "node") {
        for (const name of ["@types/node", "undici-types"]) cpSync(join(modules, name), join(folder, "node_modules", name), { recursive: true });
      }
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...strict, ...options }, files: ["consumer.ts"] }));
      try {
        execFileSync(process.execPath, [join(modules, compiler, "bin/tsc"), "-p", folder], { encoding: "utf8" });
      } catch (error) {
        assert.fail(error.stdout);
      }
    },
  })),
);
