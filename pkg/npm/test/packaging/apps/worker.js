/** The page's worker. */

import { check, initPolicy } from "cmkit";
import { exposeCmkit } from "cmkit/worker";

exposeCmkit();

addEventListener("message", async ({ data: { form } }) => {
  if (form === undefined) return;
  await initPolicy();
  const failed = check(form, { at: "2026-12-01" }).findings.filter(({ verdict }) => verdict === "fail");
  postMessage({ codes: failed.map(({ code }) => code) });
});
