/** The vectors, in Chromium: the runners of the npm package on its own files, as they are published. */

import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "./page.ts";

const folder = new URL("../vectors/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, folder), "utf8");
const page = "http://127.0.0.1:4174/tests/e2e/vectors.html";

test("every vector of the envelope format", async ({ page: browser }) => {
  await browser.goto(page);
  const verdicts = await browser.evaluate(async () => {
    const load = async (name: string) => (await fetch(`/tests/vectors/${name}.json`)).json();
    const [{ runVectors }, cmkit, { Incoming }, { inWasm }] = await Promise.all(
      ["/pkg/npm/build/test/vectors/run.js", "/pkg/npm/dist/index.js", "/pkg/npm/dist/open.js", "/pkg/npm/dist/webcrypto.js"]
        .map((file) => import(file)),
    );
    await cmkit.init();
    return runVectors({ cmkit, Incoming, inWasm }, load) as { file: string; cases: number; runs: number; failures: string[] }[];
  });
  for (const { file, cases, runs, failures } of verdicts) {
    expect(failures, file).toEqual([]);
    expect(runs).toBeGreaterThanOrEqual(cases);
  }
  console.log(`Chromium: ${verdicts.map(({ file, cases, runs }) => `${file} ${cases} cases in ${runs} runs`).join(", ")}`);
  const manifest = JSON.parse(read("manifest.json")) as Record<string, number>;
  const due = Object.entries(manifest).filter(([name]) => !name.startsWith("policy/"));
  expect(verdicts.map(({ file }) => `${file}.json`).sort()).toEqual(due.map(([name]) => name).sort());
  expect(verdicts.reduce((sum, { cases }) => sum + cases, 0)).toBe(due.reduce((sum, [, count]) => sum + count, 0));
});

test("every vector of the policy", async ({ page: browser }) => {
  const manifest = JSON.parse(read("manifest.json")) as Record<string, number>;
  const rules = Object.fromEntries(readdirSync(new URL("policy/rules/", folder)).map((name) => [name, JSON.parse(read(`policy/rules/${name}`))]));
  const deployments = Object.fromEntries(
    readdirSync(new URL("policy/deployments/", folder)).map((name) => [
      name,
      Object.fromEntries(readdirSync(new URL(`policy/deployments/${name}/`, folder)).map((file) => [file, read(`policy/deployments/${name}/${file}`)])),
    ]),
  );
  await browser.goto(page);
  const { cases, failures } = await browser.evaluate(async (vectors) => {
    const [{ run }, cmkit] = await Promise.all(["/pkg/npm/build/test/policy/run.js", "/pkg/npm/dist/index.js"].map((file) => import(file)));
    await cmkit.initPolicy();
    return run(cmkit, vectors) as { cases: number; failures: string[] };
  }, { manifest, rules, deployments });
  expect(failures).toEqual([]);
  console.log(`Chromium: policy ${cases} cases`);
  const due = Object.entries(manifest).filter(([name]) => name.startsWith("policy/"));
  expect(cases).toBe(due.reduce((sum, [, count]) => sum + count, 0));
});
