// `cmkit/azure` beside the SDK that it is built on: compiled, run in the oldest Node, bundled for a server.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { program } from "./nodes.mjs";
import { settings, strict } from "./types.mjs";

const modules = fileURLToPath(new URL("node_modules", import.meta.url));
const SDK = { "@azure/keyvault-keys": "^4.10.2" };

export const azure = [
  {
    name: "azure, in node-20 and bundled by esbuild",
    async run({ project }) {
      const folder = project("azure", ["azure.mjs"], SDK);
      const run = (script) => execFileSync(program("node-20"), [script], { cwd: folder, encoding: "utf8" }).trim();
      const said = run("azure.mjs");
      const outfile = join(folder, "dist/azure.mjs");
      // What is left of CommonJS in the SDK asks for modules of Node.
      const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
      const loader = { ".wasm": "copy" };
      const options = { bundle: true, platform: "node", format: "esm", logLevel: "error", banner, loader };
      await esbuild.build({ ...options, entryPoints: [join(folder, "azure.mjs")], outfile });
      cpSync(join(folder, "node_modules/cmkit/dist/envelope.wasm"), join(folder, "dist/envelope.wasm"));
      assert.equal(run("dist/azure.mjs"), said);
      return said;
    },
  },
  {
    name: "azure, its types",
    run({ project }) {
      const folder = project("azure-types", ["azure.ts"], SDK);
      for (const name of ["@types/node", "undici-types"]) cpSync(join(modules, name), join(folder, "node_modules", name), { recursive: true });
      // The SDK's own declarations want the DOM's.
      const compilerOptions = { ...strict, ...settings.node, lib: ["es2022", "dom"], skipLibCheck: true };
      writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["azure.ts"] }));
      try {
        execFileSync(process.execPath, [join(modules, "typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
      } catch (error) {
        assert.fail(error.stdout);
      }
    },
  },
];
