// Builds the npm package that the page stands on, if it isn't built.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../npm/", import.meta.url));
if (!existsSync(`${folder}dist/index.js`)) {
  for (const args of [["ci"], ["run", "build"]]) execFileSync("npm", args, { cwd: folder, stdio: "inherit" });
}
