/** The create blade: presets, fixes, and from an empty form to Create without a mouse. */

import type { Page } from "@playwright/test";
import { expect, test, visit } from "./page.ts";

const verdict = (page: Page) => page.getByRole("complementary", { name: "Verdict" });

const FORMS: Record<string, { says: string; codes: string[] }> = {
  "Empty form": { says: "Not known yet", codes: [] },
  Golden: { says: "Ready", codes: [] },
  "Expired key": { says: "1 error", codes: ["CMK2006"] },
  "Wrong region": { says: "2 errors", codes: ["CMK6005", "CMK6006"] },
};

for (const [name, { says, codes }] of Object.entries(FORMS)) {
  test(`preset ${name}`, async ({ page }) => {
    await visit(page, "#/create/basics?preset=golden&create.location=westus");
    await page.getByRole("button", { name }).click();
    await expect(verdict(page)).toContainText(says);
    for (const code of codes) await expect(verdict(page)).toContainText(code);
    // The state is in the address: another page opens on it.
    await expect(page).not.toHaveURL(/create\.location/);
    await page.reload();
    await expect(verdict(page)).toContainText(says);
  });
}

const DOCUMENTS: Record<string, string[]> = {
  "Checkov 7 of 7": ["CMK6006", "CMK5001", "CMK2001", "CMK2008", "CMK2006", "CMK4103", "CMK3001"],
  "Terraform key swap": ["CMK6104"],
};

for (const [name, codes] of Object.entries(DOCUMENTS)) {
  test(`preset ${name}`, async ({ page }) => {
    await visit(page, "#/create/basics");
    await page.getByRole("button", { name }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Check documents");
    for (const code of codes) await expect(page.locator(".remark", { hasText: code })).toBeVisible();
    await expect(page.locator(".remark.error")).toHaveCount(codes.length);
  });
}

test("a field is checked as it is typed, and says why", async ({ page }) => {
  await visit(page, "#/create/encryption?preset=golden");
  const url = page.getByLabel("Key identifier");
  await url.fill("https://kv-orders-wus3.vault.azure.net/keys/orders-kek/0123456789abcdef0123456789abcdef");
  await expect(url).toHaveAttribute("aria-invalid", "true");
  await expect(url).toHaveAccessibleDescription(/names one version/);
  await expect(page.getByRole("tab", { name: "Encryption 1 error" })).toBeVisible();
  await page.getByRole("button", { name: "Why CMK3001" }).click();
  const drawer = page.getByRole("dialog");
  await expect(drawer.getByRole("heading", { level: 2 })).toBeVisible();
  await expect(drawer.getByRole("link", { name: /learn\.microsoft\.com/ })).toHaveAttribute("rel", "noopener noreferrer");
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await expect(page.getByRole("button", { name: "Why CMK3001" })).toBeFocused();
});

test("one click mends what has a mend", async ({ page }) => {
  await visit(page, "#/create/encryption?preset=golden&create.purgeProtection=false&create.grantRole=Key%20Vault%20Reader");
  await expect(verdict(page)).toContainText("2 errors");
  for (let left = 2; left > 0; left -= 1) {
    await page.locator(".verdicts .fix").first().click();
    await expect(verdict(page)).toContainText(left === 2 ? "1 error" : "Ready");
  }
  await expect(page.getByLabel("Role of the identity")).toHaveValue(/Encryption User|e147488a/);
});

test("Create with errors puts the focus on what is wrong, and leads to the field", async ({ page }) => {
  await visit(page, "#/create/review?preset=expired");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const summary = page.getByRole("group", { name: "Result of the check" });
  await expect(summary).toBeFocused();
  await summary.getByRole("button", { name: "Expiration date" }).click();
  await expect(page.getByLabel("Expiration date")).toBeFocused();
});

test("the password is in no link and in no report", async ({ page }) => {
  await visit(page, "#/create/basics?preset=golden");
  await page.getByLabel("Password").fill("not-for-anybody");
  await page.getByLabel("Admin username").fill("somebody");
  await expect(page).toHaveURL(/somebody/);
  expect(page.url()).not.toContain("not-for-anybody");
  await page.getByRole("link", { name: "Same answer" }).click();
  await page.getByText("The report as JSON").click();
  expect(await page.locator("body").innerText()).not.toContain("not-for-anybody");
});

test("from an empty form to Create by keyboard alone", async ({ page }) => {
  await visit(page, "#/create/basics");
  const { keyboard } = page;
  const subscription = "11111111-2222-3333-4444-555555555555";
  const tenant = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
  const type = async (label: string, text: string): Promise<void> => {
    await reach(page, label);
    await keyboard.type(text);
  };
  const press = async (label: string, key = "Space"): Promise<void> => {
    await reach(page, label);
    await keyboard.press(key);
  };
  await type("Subscription", subscription);
  await type("Resource group", "rg-db");
  await type("Cluster name", "orders");
  await type("Location", "westus3");
  await type("MongoDB version", "8.0");
  await type("Cluster tier", "M40");
  await type("Physical shards", "1");
  await type("High availability", "Zone");
  await type("Admin username", "ordersadmin");
  await type("Password", "not-for-anybody");
  await press("Next: Encryption", "Enter");
  // The first of the radio buttons is reached, and an arrow chooses the second.
  await reach(page, "Service-managed key");
  await keyboard.press("ArrowDown");
  await type("Resource ID", `/subscriptions/${subscription}/resourceGroups/rg-db/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders-cmk`);
  await type("Region", "westus3");
  await type("Tenant ID", tenant);
  await type("Principal ID", "77777777-0000-4000-8000-000000000001");
  await type("Client ID", "77777777-0000-4000-8000-000000000002");
  await type("Isolation scope", "No scope");
  await press("No restriction is set");
  await type("Key identifier", "https://kv-orders-wus3.vault.azure.net/keys/orders-kek");
  await type("Type", "RSA");
  await type("Size", "4096");
  await chooseRadio(page, "Enabled", "Yes");
  await type("Permitted operations", "wrapKey, unwrapKey");
  await press("No activation date");
  await reach(page, "Expiration date");
  await keyboard.type("01152029");
  await type("Versions", "1");
  await chooseRadio(page, "Exportable", "No");
  await chooseRadio(page, "Has a release policy", "No");
  await chooseRadio(page, "Backs a certificate", "No");
  await chooseRadio(page, "Permission model", "Azure role-based access control");
  await type("Role of the identity", "Key Vault Crypto Service");
  await press("No access policy");
  await type("Vault name", "kv-orders-wus3");
  await type("Region", "westus3");
  await type("Tenant ID", tenant);
  await type("Pricing tier", "Standard");
  await chooseRadio(page, "Soft delete", "Yes");
  await type("Days to retain deleted vaults", "90");
  await chooseRadio(page, "Purge protection", "Yes");
  await type("Resource lock", "Delete");
  await type("Public network access", "Disabled");
  await type("Firewall default action", "Deny");
  await type("Trusted Microsoft services", "May bypass");
  await type("Rotate after creation", "P18M");
  // The box of the first trigger is passed, the one of the second is ticked.
  await reach(page, "No such trigger");
  await press("No such trigger");
  await type("Life of new versions", "P2Y");
  await press("Review + create", "Enter");
  await expect(page.getByRole("group", { name: "Result of the check" })).toBeFocused();
  await expect(verdict(page)).toContainText("Ready");
  await press("Create", "Enter");
  await expect(page.getByRole("tab", { name: "Overview" })).toHaveAttribute("aria-selected", "true");
  await expect(page.getByText("orders can be deployed")).toBeVisible();
});

/** Presses Tab until what has the focus is called so, from where the focus is. */
async function reach(page: Page, label: string, group?: string): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press("Tab");
    const [found, around] = await page.evaluate(() => {
      const at = document.activeElement as HTMLElement;
      const labels = (at as HTMLInputElement).labels;
      const name = labels?.length ? labels[0]?.innerText : at.innerText;
      return [name?.trim() ?? "", at.closest("fieldset")?.querySelector("legend")?.innerText ?? ""];
    });
    // A tab of the same name is no button of the form.
    const tab = await page.evaluate(() => document.activeElement?.getAttribute("role") === "tab");
    if (found === label && !tab && (group === undefined || around === group)) return;
  }
  throw new Error(`no press of Tab reaches \`${label}\``);
}

/** Reaches a group of radio buttons, none of which or the last of which is chosen, and chooses one by arrows. */
async function chooseRadio(page: Page, group: string, label: string): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press("Tab");
    const around = await page.evaluate(() => document.activeElement?.closest("fieldset")?.querySelector("legend")?.innerText);
    if (around === group) break;
  }
  for (let presses = 0; presses < 4; presses += 1) {
    const [name, checked] = await page.evaluate(() => {
      const at = document.activeElement as HTMLInputElement;
      return [at.labels?.[0]?.innerText.trim(), at.checked];
    });
    if (name === label) {
      if (!checked) await page.keyboard.press("Space");
      return;
    }
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`no arrow reaches \`${label}\` of \`${group}\``);
}
