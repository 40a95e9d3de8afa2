/** The page as the tests see it: whatever it complains about, or its policy refuses, fails the test. */

import { type Page, expect, test as base } from "@playwright/test";

declare global {
  interface Window {
    violations: string[];
  }
}

export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.addInitScript(() => {
        window.violations = [];
        addEventListener("securitypolicyviolation", (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
      });
      await use(complaints);
      expect(await page.evaluate(() => window.violations ?? [])).toEqual([]);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Opens a state by its deep link. */
export async function visit(page: Page, hash: string): Promise<void> {
  // A new document each time: going from hash to hash keeps what was there.
  await page.goto("about:blank");
  await page.goto(`./${hash}`);
  await expect(page.locator("main h1")).toBeVisible();
}

/** Every page, step and state that has a link of its own. */
export const STATES: Record<string, string> = {
  "basics, empty": "#/create/basics",
  "basics, golden": "#/create/basics?preset=golden",
  "encryption, empty": "#/create/encryption",
  "encryption, customer-managed": "#/create/encryption?create.encryptionMode=CustomerManaged",
  "encryption, access policy": "#/create/encryption?preset=golden&create.rbacAuthorization=false",
  "encryption, wrong region": "#/create/encryption?preset=region",
  "review, empty": "#/create/review",
  "review, expired": "#/create/review?preset=expired",
  "review, golden": "#/create/review?preset=golden",
  "overview, golden": "#/create/overview?preset=golden",
  "overview, empty": "#/create/overview",
  "documents, none": "#/documents",
  "documents, Checkov": "#/documents?sample=checkov",
  "documents, key swap": "#/documents?sample=key-swap",
  "documents, faulty": "#/documents?sample=faulty",
  "documents, az": "#/documents?sample=live",
  "documents, golden": "#/documents?sample=template",
  "hierarchy, golden": "#/hierarchy?preset=golden",
  "hierarchy, broken": "#/hierarchy?preset=region&create.grantRole=Key%20Vault%20Reader",
  "hierarchy, empty": "#/hierarchy",
  "hierarchy, table": "#/hierarchy?preset=expired&as=table",
  "hierarchy, no documents": "#/hierarchy?subject=documents",
  "what if, expiry": "#/what-if?preset=golden",
  "what if, vault deleted": "#/what-if?preset=golden&event=vault-deleted&days=200",
  "what if, documents": "#/what-if?sample=template&subject=documents&event=rotated",
  "what if, two clusters": "#/what-if?sample=shared&subject=documents&event=key-disabled",
  "what if, empty": "#/what-if",
  "replica, empty": "#/copies/replica",
  "replica, filled in": "#/copies/replica?preset=golden",
  "restore, filled in": "#/copies/restore?preset=golden",
  "export, Bicep": "#/export?preset=golden",
  "export, SARIF": "#/export?preset=expired&to=sarif",
  "files, none": "#/files",
  "same answer": "#/proof?preset=golden",
  "why, form": "#/create/encryption?preset=region&why=CMK6005~create~%2FvaultLocation",
  "why, document": "#/documents?sample=checkov&why=CMK2001~documents~",
  "why, rule": "#/what-if?preset=golden&why=CMK1002~rule~",
};
