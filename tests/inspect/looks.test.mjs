// How the page looks: widths, both color schemes, and what a screen reader finds. The pictures in target/inspect/shots are
// to be looked at.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AXE, browse, open, rows, shot } from "./browser.mjs";
import { Fixture, fill } from "./fixture.mjs";

for (const kind of ["mock", "listen"]) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${kind}, ${colorScheme}: it fits, and axe finds nothing`, async () => {
      const browser = await browse({ colorScheme });
      const fixture = await new Fixture({ kind }).listen();
      try {
        const empty = await open(browser, fixture.url);
        await check(empty, `${kind}-${colorScheme}-empty`);
        await empty.close();
        fill(fixture);
        for (const width of [360, 800, 1600]) {
          const page = await open(browser, fixture.url, { width });
          await rows(page).first().waitFor();
          await check(page, `${kind}-${colorScheme}-${width}`);
          await rows(page).nth(3).click();
          await page.locator("#details").waitFor();
          await check(page, `${kind}-${colorScheme}-${width}-details`);
          await page.close();
        }
      } finally {
        await browser.close();
        await fixture.close();
      }
    });
  }
}

async function check(page, name) {
  await shot(page, name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} is ${wide} too wide`);
  const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [, red] = background.match(/(\d+)/);
  assert.equal(Number(red) < 128, name.includes("dark"), `${name}: ${background}`);
  // The policy allows no inline script: it is put in as a debugger would do it.
  await page.evaluate(await (await import("node:fs/promises")).readFile(AXE, "utf8"));
  const { violations, passes } = await page.evaluate(() => axe.run());
  assert.ok(passes.length > 15, `axe checked only ${passes.length} rules`);
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
  assert.deepEqual(found, [], name);
}
