/** axe on every page and state, light and dark; no sideways scrolling on a phone; colours forced by the system. */

import { AxeBuilder } from "@axe-core/playwright";
import { STATES, expect, test, visit } from "./page.ts";

for (const [name, hash] of Object.entries(STATES)) {
  test(`${name}: no violation, no sideways scrolling`, async ({ page }) => {
    await visit(page, hash);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      // Colours are all that the dark page has of its own.
      const axe = colorScheme === "light" ? new AxeBuilder({ page }) : new AxeBuilder({ page }).withRules(["color-contrast"]);
      const { violations } = await axe.analyze();
      expect(violations.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map((node) => node.html).join("\n")}`)).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
}

test("narrow: the pages are behind a button", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await visit(page, "#/create/basics");
  const pages = page.getByRole("navigation", { name: "Pages" });
  await expect(pages).toBeHidden();
  await page.getByRole("button", { name: "Pages" }).click();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  await pages.getByRole("link", { name: "What if" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("What if");
  await expect(pages).toBeHidden();
});

test("forced colours keep every mark", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await visit(page, "#/hierarchy?preset=region");
  await expect(page.locator(".edge.error .cross").first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
});

test("the theme is kept", async ({ page }) => {
  await visit(page, "#/create/basics");
  await page.getByRole("button", { name: "Colours: as the system" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});
