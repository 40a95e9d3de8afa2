/** The form of the vectors that is filled in well, and as the types have it. */

import { readFileSync } from "node:fs";
import type { FormModel } from "cmkit";

const file = new URL("../../../../tests/vectors/policy/deployments/form-good/form.json", import.meta.url);

export const good = JSON.parse(readFileSync(file, "utf8")) as FormModel & { keyUrl: string };
