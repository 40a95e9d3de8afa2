import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as cmkit from "cmkit";
import { Incoming } from "#dist/open.js";
import { inWasm } from "#dist/webcrypto.js";
import { runVectors } from "./vectors/run.js";

const folder = new URL("../../../../tests/vectors/", import.meta.url);

test("every vector of the envelope format", async (context) => {
  const load = async (name: string) => JSON.parse(await readFile(new URL(`${name}.json`, folder), "utf8")) as unknown;
  for (const { file, cases, runs, failures } of await runVectors({ cmkit, Incoming, inWasm }, load)) {
    await context.test(`${file}.json: ${cases} cases, ${runs} runs`, () => {
      assert.equal(failures.length, 0, failures.slice(0, 20).join("\n"));
    });
  }
});
