// Speed of the package beside bare WebCrypto and beside its peers, as ratios within one run: in Node, then in Chromium.
//
//   node bench.mjs            64 MiB, 11 rounds (some minutes)
//   node bench.mjs --quick    16 MiB, 5 rounds
//   node bench.mjs --cpu      Node alone, by the processor time of all its threads: for a machine that is busy
//
// Medians, with the least and the most. A ratio is taken round by round, and above 1 the package is faster. Exit code 1 where
// the median misses its goal.

import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { aws } from "./aws.js";
import { measureInChromium } from "./chromium.js";
import { measure } from "./measure.js";
import { ratios, spread } from "./sample.js";

const quick = process.argv.includes("--quick");
const cpu = process.argv.includes("--cpu");
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const form = JSON.parse(readFileSync(new URL("../../../tests/vectors/policy/deployments/form-good/form.json", import.meta.url), "utf8"));
let missed = 0;

setFlagsFromString("--expose-gc");
globalThis.gc = runInNewContext("gc");

const load = () => loadavg().map((average) => average.toFixed(1)).join(" ");
console.log(`${cpus().length} cores (${cpus()[0]?.model.trim()}), load averages ${load()}\n`);
const inNode = await measure({ quick, form, ...(cpu && { clock: processorTime }) }, aws);
print(`Node ${process.versions.node}${cpu ? ", processor time" : ""}`, inNode, { whole: undefined, values: 5 });
if (!cpu) {
  const { version, ...inBrowser } = await measureInChromium({ quick, form });
  print(`Chromium ${version}`, inBrowser, { whole: 1.8, values: 2 });
}
console.log(`load averages at the end ${load()}`);
process.exitCode = missed > 0 ? 1 : 0;

/** @param {string} place @param {Awaited<ReturnType<typeof measure>>} measured @param {{ whole: number | undefined, values: number }} goals */
function print(place, { mebibytes, rounds, form, small, bulk }, goals) {
  console.log(`## ${place}: ${mebibytes} MiB, ${rounds} rounds\n`);
  const [s, b] = [small.times, bulk.times];
  const against = (/** @type {Record<string, number[]>} */ times, /** @type {string} */ ours, /** @type {string} */ theirs) =>
    ratios(times[ours] ?? [], times[theirs] ?? []);
  head("ratio", "goal");
  row("sealStream 256k / bare loop", against(b, "sealStream, 256k", "bare loop, 256k"), "", 0.85);
  row("seal 256k / bare loop, joined", against(b, "seal, 256k", "bare loop, 256k, joined"), "", 0.85);
  row("seal 256k / bare loop", against(b, "seal, 256k", "bare loop, 256k"), "", 0.85);
  row("seal 16k / bare loop", against(b, "seal, 16k", "bare loop, 16k"), "", 0.85);
  row("seal 256k / one subtle.encrypt of all", against(b, "seal, 256k", "one subtle.encrypt"), "", goals.whole);
  row("64-byte value / WebCrypto, 64 in flight", against(s, "sealValue", "WebCrypto, 64 in flight"), "", goals.values);
  row("64-byte value / WebCrypto, one by one", against(s, "sealValue", "WebCrypto, one by one"), "", goals.values);
  row("check of a form, findings read", form.map((took) => took * 1000), " µs", -50);
  console.log();
  head(`${mebibytes} MiB`, "");
  for (const [name, times] of Object.entries(b)) row(name, times.map((took) => mebibytes / (took / 1000)), " MiB/s");
  console.log();
  head(`${mebibytes / 4} MiB, with peers`, "");
  for (const [name, times] of Object.entries(bulk.beside)) row(name, times.map((took) => mebibytes / 4 / (took / 1000)), " MiB/s");
  console.log();
  head("a value of 64 bytes", "");
  for (const [name, times] of [...Object.entries(s), ...Object.entries(small.beside).slice(1)]) row(name, times.map((took) => took * 1000), " µs");
  console.log();
}

/** @param {string} what @param {string} goal */
function head(what, goal) {
  console.log(`| ${what.padEnd(42)} | ${"median".padStart(13)} | ${"min".padStart(13)} | ${"max".padStart(13)} | ${goal.padEnd(15)} |`);
  console.log(`|${"-".repeat(44)}|${`${"-".repeat(14)}:|`.repeat(3)}${"-".repeat(17)}|`);
}

/** A goal below zero is one to stay under. @param {string} name @param {number[]} samples @param {string} unit @param {number} [goal] */
function row(name, samples, unit, goal) {
  const { median, min, max } = spread(samples);
  const text = (/** @type {number} */ value) => `${value >= 100 ? value.toFixed(0) : value.toFixed(2)}${unit}`.padStart(13);
  let said = "";
  if (goal !== undefined) {
    const met = goal < 0 ? median < -goal : median >= goal;
    said = `${goal < 0 ? `< ${-goal}` : `>= ${goal}`}${met ? "" : ", missed"}`;
    if (!met) missed += 1;
  }
  console.log(`| ${name.padEnd(42)} | ${text(median)} | ${text(min)} | ${text(max)} | ${said.padEnd(15)} |`);
}
