// The browser of the tests: Debian's Chromium with a profile of its own, and the page as a test wants to see it.

import { createRequire } from "node:module";
import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TARGET = new URL("../../target/inspect/", import.meta.url).pathname;
const packages = createRequire(join(TARGET, "package.json"));
const { chromium } = packages("playwright-core");
export const AXE = packages.resolve("axe-core/axe.min.js");
export const SHOTS = join(TARGET, "shots");

const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** A browser, which is gone with its profile after `close`. */
export async function browse(options = {}) {
  await mkdir(SHOTS, { recursive: true });
  const profile = await mkdtemp(join(tmpdir(), "inspect-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS, chromiumSandbox: false,
    permissions: ["clipboard-read", "clipboard-write"], viewport: { width: 1600, height: 900 }, ...options,
  });
  context.setDefaultTimeout(20_000);
  const close = context.close.bind(context);
  context.close = async () => {
    await close();
    await rm(profile, { recursive: true, force: true });
  };
  return context;
}

/** Opens the inspector, and collects what the browser complains about: blocked by the policy, errors in the script. */
export async function open(context, url, { live = true, width = 1600, height = 900 } = {}) {
  const page = await context.newPage();
  await page.setViewportSize({ width, height });
  page.complaints = [];
  page.on("console", message => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
  page.on("pageerror", error => page.complaints.push(String(error)));
  await page.goto(url);
  if (live) await page.locator("#connection[data-state=live]").waitFor();
  return page;
}

export const rows = page => page.locator("#rows tr:not([hidden])");
export const shot = (page, name) => page.screenshot({ path: join(SHOTS, `${name}.png`) });
