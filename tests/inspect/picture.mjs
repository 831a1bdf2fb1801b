// Makes docs/inspector.png: the page of a real mock, with a morning's deliveries and one that failed at first.
// `node tests/inspect/picture.mjs`, after tests/inspect/run has installed the browser's packages.

import { createServer } from "node:http";
import { browse, open, rows } from "./browser.mjs";
import { mock } from "./program.mjs";

const PICTURE = new URL("../../docs/inspector.png", import.meta.url).pathname;
const WEBHOOKS = [["orders-failed", "pipeline", "pipeline-1", "failed"], ["orders-done", "pipeline", "pipeline-1", "completed"],
  ["scores-started", "deployment", "deployment-1", "started"]];

const answers = new Map(); // how often a path was called
const server = createServer((request, response) => {
  const count = (answers.get(request.url) ?? 0) + 1;
  answers.set(request.url, count);
  const busy = request.url === "/orders-failed" && count === 1;
  request.resume().on("end", () => response.writeHead(busy ? 503 : 200).end(busy ? "the database is starting\n" : "stored\n"));
});
await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));

const program = await mock();
const browser = await browse({ colorScheme: "light", reducedMotion: "reduce", viewport: { width: 1280, height: 720 } });
try {
  program.environment.TOKEN = "Bearer of-the-receiver";
  for (const [name, kind, object, event] of WEBHOOKS) {
    await program.run("create", name, `--${kind}`, object, "--event", event, "--retry", "--header", "X-Team: orders",
      "--secret-header", "Authorization=env:TOKEN", "--url", `http://127.0.0.1:${server.address().port}/${name}`);
  }
  const request = (kind, object, outcome) => program.run("mock", "request", `--${kind}`, object, "--outcome", outcome);
  for (let turn = 0; turn < 5; turn += 1) {
    await request("pipeline", "pipeline-1", "completed");
    await request("deployment", "deployment-1", "completed");
  }
  await request("pipeline", "pipeline-1", "failed");
  await request("deployment", "deployment-1", "completed");
  const page = await open(browser, program.url, { width: 1280, height: 720 });
  const failed = rows(page).filter({ hasText: "orders-failed" }).first();
  await failed.click();
  await page.locator("#attempts > li").nth(1).waitFor();
  await page.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  await program.stop();
  server.close();
}
