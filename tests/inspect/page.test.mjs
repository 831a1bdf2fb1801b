// The page of a real mock and a real listener: what is delivered appears, and its buttons do what they say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { browse, open, rows } from "./browser.mjs";
import { listener, mock, receiver } from "./program.mjs";

const SECRET = "s3cret-of-the-header";

/** Runs a test with a browser and whatever else has to be closed after it. */
async function using(things, run) {
  const open = await Promise.all(things);
  try {
    await run(...open);
  } finally {
    for (const thing of open.reverse()) await (thing.stop ?? thing.close).call(thing);
  }
}

/** A webhook with a plain and a protected header. */
async function watch(program, name, url, event = "failed") {
  program.environment.SECRET = SECRET;
  await program.run("create", name, "--pipeline", "pipeline-1", "--event", event, "--url", url,
    "--header", "X-Team: orders", "--secret-header", "Authorization=env:SECRET");
}

const request = (program, ...more) =>
  program.run("mock", "request", "--pipeline", "pipeline-1", "--outcome", "failed", ...more);

test("a thousand deliveries appear while they are made, and can be narrowed", async () => {
  await using([browse(), mock(), receiver()], async (browser, program, { url }) => {
    await watch(program, "orders", url);
    await watch(program, "all", url, "finished");
    const page = await open(browser, program.url);
    assert.equal(new URL(page.url()).hash, "", "the key leaves the address");
    assert.match(await page.locator("#nothing").innerText(), /^No deliveries yet/);
    const made = request(program, "--count", "500");
    await rows(page).first().waitFor();
    await made;
    await page.locator("#shown", { hasText: /^1,000 deliveries$/ }).waitFor();
    await page.locator("#webhook").selectOption("orders");
    await page.locator("#shown", { hasText: "500 of 1,000" }).waitFor();
    assert.match(page.url(), /#webhook=orders$/);
    await page.reload();
    await page.locator("#shown", { hasText: "500 of 1,000" }).waitFor();
    const id = await rows(page).nth(7).locator(".request").getAttribute("title");
    await page.keyboard.press("/");
    await page.keyboard.type(id);
    await page.locator("#shown", { hasText: "1 of 1,000" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#shown", { hasText: /^1,000 deliveries$/ }).waitFor();
    const plot = await page.locator("#moment").boundingBox();
    await page.mouse.click(plot.x + plot.width - 3, plot.y + plot.height / 2);
    await page.locator("#at").waitFor();
    assert.match(page.url(), /#at=\d+$/);
    assert.ok(await rows(page).count() > 0, "the moment of the last bar has deliveries");
    await page.locator("#at").click();
    await page.locator("#shown", { hasText: /^1,000 deliveries$/ }).waitFor();
    await page.locator("#failed").check();
    await page.locator("#unmatched").waitFor();
    assert.deepEqual(page.complaints, []);
  });
});

test("one delivery is shown with its attempts, copied, and sent again", async () => {
  const answers = [[503, "busy <b>now</b>"], [200, "thanks"]];
  await using([browse(), mock(), receiver(number => answers[number] ?? [200, "again"])],
    async (browser, program, { url }) => {
      await watch(program, "orders", url);
      await program.run("update", "orders", "--retry");
      await request(program);
      const page = await open(browser, program.url);
      await rows(page).first().waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      const details = page.locator("#details");
      await details.waitFor();
      const attempts = page.locator("#attempts > li");
      assert.equal(await attempts.count(), 2);
      assert.match(await attempts.first().textContent(), /503.*busy <b>now<\/b>/s);
      assert.match(await details.textContent(), /X-Team.*orders/s);
      assert.match(await details.textContent(), /Authorization.*protected/s);
      await page.locator("#copy-curl").click();
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(copied, /^curl http.*\$UBIHOOK_SECRET_ORDERS_AUTHORIZATION/);
      await page.locator("#copy-send").click();
      const send = await page.evaluate(() => navigator.clipboard.readText());
      assert.match(send, /^ubihook send failed --url .*--secret-header Authorization=env:/);
      await page.locator("#again").click();
      await attempts.nth(2).waitFor();
      assert.match(await attempts.nth(2).textContent(), /200.*sent again.*again/s);
      assert.equal(await rows(page).count(), 1, "it is an attempt of the same delivery");
      await page.keyboard.press("Escape");
      await details.waitFor({ state: "hidden" });
      assert.ok(!(await page.content()).includes(SECRET));
      assert.deepEqual(page.complaints, []);
    });
});

test("the other things of a mock: webhooks, requests, faults and their buttons", async () => {
  await using([browse(), mock("--fault", "GET /logs=503x3", "--fault", "GET /logs=503x3"), receiver()], async (browser, program, { url }) => {
    await watch(program, "orders", url);
    const page = await open(browser, program.url);
    const webhook = page.locator("#webhooks > li");
    await webhook.getByText("Send test event").click();
    await rows(page).first().waitFor();
    assert.match(await rows(page).first().textContent(), /200.*test run/s);
    await page.locator("#request-outcome").selectOption("failed");
    await page.locator("#request-form button").click();
    await page.locator("#requests .outcome", { hasText: "failed" }).waitFor();
    await page.locator("#webhooks .counts", { hasText: "1 delivered" }).waitFor();
    await webhook.getByRole("switch").click();
    await page.locator("#webhooks [role=switch]:not(:checked)").waitFor();
    const { stdout } = await program.run("get", "orders", "-o", "json");
    assert.equal(JSON.parse(stdout).enabled, false);
    assert.equal(await page.locator("#faults > li", { hasText: "GET /logs=503x3" }).count(), 2);
    await page.locator("#faults-remove").click();
    await page.locator("#faults-empty").waitFor();
    assert.deepEqual(page.complaints, []);
  });
});

test("after a restart of the server the page says what to do, and goes on", async () => {
  await using([browse(), mock(), receiver()], async (browser, program, { url }) => {
    await watch(program, "orders", url);
    await request(program);
    const page = await open(browser, program.url);
    await rows(page).first().waitFor();
    const port = new URL(program.url).port;
    await program.end();
    await page.locator("#connection[data-state=lost]").waitFor();
    await program.begin(["mock", "serve", "--db", "mock.db", `--inspect=${port}`]);
    await page.locator("#connection[data-state=refused]").waitFor();
    await page.goto(program.url);
    await page.locator("#connection[data-state=live]").waitFor();
    await request(program);
    await rows(page).nth(1).waitFor();
    assert.equal(await rows(page).count(), 2);
  });
});

test("a listener shows what arrives, and how its expectations stand", async () => {
  const expected = "event=failed,object_name=pipeline-1,count=2";
  await using([browse(), listener("--timeout", "120s", "--expect", expected)], async (browser, program) => {
    const page = await open(browser, program.url);
    const send = object => program.run("send", "failed", "--pipeline", object, "--url", program.ready.url);
    await send("pipeline-1");
    await page.locator("#expectations", { hasText: /1 of 2/ }).waitFor();
    await send("pipeline-2");
    await rows(page).nth(1).waitFor();
    await rows(page).first().click();
    await page.locator("#payload", { hasText: "pipeline-2" }).waitFor();
    await page.locator("#plot-text", { hasText: "2 attempts in the last 10 minutes, 0 failed" }).waitFor();
    assert.ok(await page.locator("#again").isHidden());
    assert.deepEqual(page.complaints, []);
  });
});
