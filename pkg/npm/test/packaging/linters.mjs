// What linters of packages say.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const tool = (name) => fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url));

export const linters = [
  {
    name: "publint",
    async run({ tarball }) {
      const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer }, strict: true });
      assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
    },
  },
  {
    name: "attw",
    run({ tarball }) {
      // JSON has no types; nothing else is excused.
      const excused = ["./schema.json"];
      const args = [tarball, "--profile", "esm-only", "--no-color", "--format", "ascii", "--exclude-entrypoints", ...excused];
      try {
        execFileSync(tool("attw"), args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
      } catch (error) {
        assert.fail(`${error.stdout}${error.stderr}`);
      }
    },
  },
];
