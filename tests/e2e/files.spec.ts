/** A file is encrypted in the page: opened, tampered with, rotated, revoked; and one that is larger than the memory it may take. */

import { AxeBuilder } from "@axe-core/playwright";
import { readFileSync } from "node:fs";
import { expect, test, visit } from "./page.ts";

test("encrypt, decrypt, tamper, rotate, revoke", async ({ page }) => {
  await visit(page, "#/files");
  const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
  const last = page.locator(".notes li").first();
  await page.locator("#file").setInputFiles({ name: "orders.txt", mimeType: "text/plain", buffer: Buffer.alloc(1_500_000, "attack at dawn ") });
  await expect(last).toContainText("Encrypted");
  await expect(page.getByText("https://demo.vault.azure.net/keys/orders-kek/")).toBeVisible();
  await press("Decrypt and compare");
  await expect(last).toContainText("the same file");
  await press("Flip a byte");
  await expect(last).toContainText("byte of chunk 3");
  await press("Decrypt and compare");
  await expect(last).toContainText("Refused at chunk 3");
  await press("Flip it back");
  await press("Rotate the key");
  await expect(last).toContainText("Rotated to version 2");
  await expect(page.locator(".hex mark").first()).toBeVisible();
  await press("Decrypt and compare");
  await expect(last).toContainText("the same file");
  await press("Revoke the key");
  await press("Decrypt and compare");
  await expect(last).toContainText("denied (ForbiddenByRbac)");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1280, height: 900 });
  await press("Grant again");
  await press("Decrypt and compare");
  await expect(last).toContainText("the same file");
});

test("what is saved decrypts to what was dropped", async ({ page }) => {
  await visit(page, "#/files");
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 251));
  await page.locator("#file").setInputFiles({ name: "data.bin", mimeType: "application/octet-stream", buffer: content });
  await expect(page.locator(".notes li").first()).toContainText("Encrypted");
  const save = async (name: string) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name, exact: true }).click()]);
    return { name: download.suggestedFilename(), bytes: readFileSync((await download.path())!) };
  };
  const envelope = await save("Save the envelope");
  expect(envelope.name).toBe("data.bin.cmk");
  expect(envelope.bytes.includes(content.subarray(1000, 1064))).toBe(false);
  const opened = await save("Save the decrypted file");
  expect(opened.name).toBe("data.bin");
  expect(opened.bytes.equals(content)).toBe(true);
});

test("an envelope is written to a file as it is made", async ({ page }) => {
  await visit(page, "#/files");
  // Instead of a dialogue, a file of the browser's own file system: the same kind of handle.
  await page.evaluate(() => {
    const picker = async () => (await navigator.storage.getDirectory()).getFileHandle("orders.cmk", { create: true });
    Object.assign(window, { showSaveFilePicker: picker });
  });
  await page.getByRole("radio", { name: "Write to a file" }).check();
  await page.locator("#file").setInputFiles({ name: "orders.txt", mimeType: "text/plain", buffer: Buffer.alloc(600_000, "attack at dawn ") });
  const last = page.locator(".notes li").first();
  await expect(last).toContainText("Encrypted");
  const size = await page.evaluate(async () => {
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("orders.cmk");
    return (await handle.getFile()).size;
  });
  expect(size).toBeGreaterThan(600_000);
  await page.getByRole("button", { name: "Decrypt and compare" }).click();
  await expect(last).toContainText("the same file");
});

/** A file of this many MiB, made of one piece again and again: the browser keeps it once. */
const dropLarge = (mebibytes: number): void => {
  const piece = new Blob([new Uint8Array(1 << 20).map((_, at) => at * 31)]);
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(Array.from({ length: mebibytes }, () => piece), "large.bin"));
  document.querySelector(".dropzone")!.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
};

test("2 GiB flow through, and memory stays bounded", async ({ page, browser }) => {
  test.setTimeout(180_000);
  await visit(page, "#/files");
  await page.getByRole("radio", { name: "Measure only" }).check();
  const memory = async (): Promise<number> => {
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    const renderers = processInfo.filter((process) => process.type === "renderer");
    const resident = renderers.map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0));
    return Math.max(...resident) / 1024;
  };
  const before = await memory();
  await page.evaluate(dropLarge, 2048);
  const done = page.locator(".notes li").first();
  let most = 0;
  await expect
    .poll(async () => {
      most = Math.max(most, await memory());
      return done.innerText().catch(() => "");
    }, { timeout: 170_000, intervals: [250] })
    .toContain("Measured");
  await expect(done).toContainText("of envelope were made and dropped");
  const session = await page.context().newCDPSession(page);
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  console.log(`2 GiB: ${await done.innerText()}; ${before.toFixed(0)} MB resident before, ${most.toFixed(0)} MB at most; JS heap ${(usedSize / 1e6).toFixed(0)} MB`);
  expect(most - before).toBeLessThan(400);
  expect(usedSize / 1e6).toBeLessThan(100);
});

test("cancel leaves nothing half-made", async ({ page }) => {
  await visit(page, "#/files");
  await page.evaluate(dropLarge, 1024);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".notes li").first()).toContainText("Cancelled");
  await expect(page.getByRole("button", { name: "Save the envelope" })).toBeHidden();
});
