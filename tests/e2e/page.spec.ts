/** What holds of the page as a whole: its policy, its address, its report's bytes. */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { STATES, expect, test, visit } from "./page.ts";

test("the policy stands in the page, and every state keeps to it", async ({ page }) => {
  const html = readFileSync(new URL("../../pkg/portal/dist/index.html", import.meta.url), "utf8").replaceAll("&#39;", "'");
  expect(html).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'");
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\bstyle=|<style|\bon\w+=/);
  await page.goto("./");
  for (const hash of Object.values(STATES)) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, hash);
    await expect(page.locator("main h1")).toBeVisible();
  }
});

test("the policy refuses to let anything out", async ({ page, complaints }) => {
  await visit(page, "#/files");
  const out = await page.evaluate(() => fetch("https://example.com/", { method: "POST", body: "secret" }).then(() => "sent", () => "refused"));
  expect(out).toBe("refused");
  expect(await page.evaluate(() => window.violations.splice(0))).toEqual(["connect-src https://example.com/"]);
  expect(complaints.splice(0).join()).toContain("Content Security Policy");
});

test("back and forward go from page to page", async ({ page }) => {
  await visit(page, "#/create/basics?preset=golden");
  await page.getByRole("link", { name: "Key hierarchy" }).click();
  await page.getByRole("link", { name: "What if" }).click();
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Key hierarchy");
  await page.goBack();
  await expect(page.getByRole("tab", { name: "Basics" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByLabel("Cluster name")).toHaveValue("orders");
});

test("tabs: arrows move, one of them is in the tab order", async ({ page }) => {
  await visit(page, "#/create/basics");
  await page.getByRole("tab", { name: "Basics" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("tab", { name: "Encryption" })).toBeFocused();
  await expect(page.getByRole("tab", { name: "Encryption" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("End");
  await expect(page.getByRole("tab", { name: "Overview" })).toBeFocused();
  expect(await page.locator('[role="tab"][tabindex="0"]').count()).toBe(1);
});

test("the hash that is shown is that of the report", async ({ page }) => {
  await visit(page, "#/proof?preset=expired");
  await page.getByText("The report as JSON").click();
  const report = await page.getByRole("region", { name: "Report as JSON" }).innerText();
  const digest = createHash("sha256").update(report.endsWith("\n") ? report : `${report}\n`).digest("hex");
  await expect(page.locator(".hash")).toHaveText(digest);
  await expect(page.getByRole("row", { name: /policy.*wasm/ })).toBeVisible();
});

test("the command gives the same report, byte for byte", async ({ page }, { outputDir }) => {
  const command = process.env["CMKIT"] ?? fileURLToPath(new URL("../../target/debug/cmkit", import.meta.url));
  test.skip(!existsSync(command), `${command} is not built`);
  await visit(page, "#/proof?preset=region&at=2026-12-01");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download form.json" }).click()]);
  await download.saveAs(`${outputDir}/form.json`);
  let report: Buffer;
  try {
    report = execFileSync(command, ["check", "--format", "json", "--at", "2026-12-01", "form.json"], { cwd: outputDir });
  } catch (error) {
    // There are findings, so it exits with 1.
    report = (error as { stdout: Buffer }).stdout;
  }
  await expect(page.locator(".hash")).toHaveText(createHash("sha256").update(report).digest("hex"));
});
