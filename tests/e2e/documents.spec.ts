/** Documents: pasted, dropped, mended; what they say on other pages. */

import { readFileSync } from "node:fs";
import { expect, test, visit } from "./page.ts";

const faulty = readFileSync(new URL("../../examples/deploy/faulty.json", import.meta.url), "utf8");

test("an ARM template is pasted: findings on its lines, a mend in its text", async ({ page }) => {
  await visit(page, "#/documents");
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, faulty);
  const url = page.locator(".remark", { hasText: "CMK3001" });
  await expect(url).toBeVisible();
  const line = faulty.split("\n").findIndex((line) => line.includes("keyEncryptionKeyUrl")) + 1;
  await expect(page.locator(`#line-${line} mark`)).toContainText("0123456789abcdef");
  const before = await page.locator(".remark.error").count();
  await page.getByRole("button", { name: /^Mend CMK3001/ }).click();
  await expect(url).toBeHidden();
  await expect(page.locator(".remark.error")).toHaveCount(before - 1);
  // What is about the rest stays: the comment, too.
  await expect(page.locator(".comment", { hasText: "2027-01-01" })).toBeVisible();
});

test("all that has one safe mend is mended at once", async ({ page }) => {
  await visit(page, "#/documents?sample=faulty");
  const errors = page.locator(".remark.error");
  await expect(errors.first()).toBeVisible();
  const before = await errors.count();
  await page.getByRole("button", { name: "Mend all that has one safe mend" }).click();
  await expect.poll(() => errors.count()).toBeLessThan(before);
});

test("a file is dropped, and what is no JSON is told with its place", async ({ page }) => {
  await visit(page, "#/documents");
  const drop = async (name: string, text: string): Promise<void> =>
    page.evaluate(([name, text]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text!], name!));
      document.querySelector(".drop")!.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }, [name, text]);
  await drop("broken.json", '{ "resources": [ }');
  await expect(page.getByText("This can’t be read")).toBeVisible();
  await drop("main.json", faulty);
  await expect(page.getByRole("tab", { name: /main\.json/ })).toBeVisible();
});

test("a plan that destroys the cluster is told before anything else, with the safe way", async ({ page }) => {
  await visit(page, "#/documents?sample=key-swap");
  await expect(page.getByRole("heading", { name: /Plan: cluster orders/ })).toContainText("Destroyed and made anew");
  await expect(page.getByText("terraform apply -refresh-only")).toBeVisible();
});

test("what the documents don't say is asked, with the command that settles it", async ({ page }) => {
  await visit(page, "#/documents");
  await page.getByLabel("Text of the document").fill(
    JSON.stringify({
      resources: [{
        type: "Microsoft.DocumentDB/mongoClusters", apiVersion: "2025-09-01", name: "orders", location: "westus3",
        properties: { encryption: { customerManagedKeyEncryption: { keyEncryptionKeyUrl: "https://kv-orders.vault.azure.net/keys/kek" } } },
      }],
    }),
  );
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByText("az keyvault show --name kv-orders").first()).toBeVisible();
});

test("what if: a deleted vault, its recovery in order, and who shares the key", async ({ page }) => {
  await visit(page, "#/what-if?sample=template&subject=documents&event=vault-deleted");
  await expect(page.getByText("Becomes Inaccessible", { exact: true })).toBeVisible();
  await expect(page.locator(".timeline li")).not.toHaveCount(0);
  await expect(page.locator(".recovery li").first()).toContainText(/recover/i);
  await page.getByLabel("Event").selectOption("rotated");
  await expect(page.getByText("Goes on as before")).toBeVisible();
});

test("what if: one key, two clusters", async ({ page }) => {
  await visit(page, "#/what-if?sample=shared&subject=documents&event=key-disabled");
  await expect(page.getByText(/2 clusters share it: orders/)).toBeVisible();
  await expect(page.getByText("Becomes Inaccessible", { exact: true })).toHaveCount(2);
});

test("what if: an expired key is extended first, and rotated last", async ({ page }) => {
  await visit(page, "#/what-if?preset=golden&event=key-expires");
  const steps = page.locator(".recovery li");
  await expect(steps).toHaveCount(3);
  await expect(steps.nth(0)).toContainText("set-attributes");
  await expect(steps.nth(1)).toContainText("Ready");
  await expect(steps.nth(2)).toContainText("key rotate");
  await expect(page.getByText(/don.t rotate an expired key/i)).toBeVisible();
});

test("what if: the slider moves the day, and the address says so", async ({ page }) => {
  await visit(page, "#/what-if?preset=golden&event=key-deleted");
  const slider = page.getByLabel("Time");
  await slider.focus();
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("ArrowRight");
  await expect(slider).toHaveAttribute("aria-valuetext", /in 3 days/);
  await expect(page).toHaveURL(/days=3/);
});

test("export: every language and every report, for copying and saving", async ({ page }) => {
  await visit(page, "#/export?preset=golden");
  const files = { Bicep: "main.bicep", "ARM template": "main.json", Terraform: "main.tf", "Azure CLI": "deploy.sh", REST: "deploy.http", SARIF: "report.sarif" };
  for (const [tab, file] of Object.entries(files)) {
    await page.getByRole("tab", { name: tab }).click();
    await expect(page.getByRole("region", { name: file })).not.toBeEmpty();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download", exact: true }).click()]);
    expect(download.suggestedFilename()).toBe(file);
  }
  await page.getByRole("tab", { name: "Bicep" }).click();
  await expect(page.getByRole("region", { name: "main.bicep" })).toContainText("kv-orders-wus3");
});
