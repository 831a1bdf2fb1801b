// Nobody but the page itself reads or drives it, what comes from the network is inert, and nothing grows.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { browse, open, rows } from "./browser.mjs";
import { Fixture } from "./fixture.mjs";
import { mock, receiver } from "./program.mjs";

const ROUTES = [["GET", "stream"], ["GET", "deliveries/1"], ["POST", "deliveries/1/again"], ["POST", "webhooks/w/test"],
  ["POST", "webhooks/w/enabled"], ["POST", "requests"], ["DELETE", "faults"], ["GET", "nothing"]];

test("without the key nothing is answered, and nothing that is answered has a value", async () => {
  const program = await mock("--fault", "GET /logs=503");
  const target = await receiver();
  try {
    program.environment.SECRET = "s3cret-of-the-header";
    await program.run("create", "w", "--pipeline", "pipeline-1", "--event", "failed", "--url", target.url,
      "--secret-header", "Authorization=env:SECRET", "--secret-header", "X-Other=env:SECRET");
    await program.run("mock", "request", "--pipeline", "pipeline-1", "--outcome", "failed");
    for (const [method, path] of ROUTES) {
      for (const headers of [{}, { "x-ubihook-key": "0".repeat(32) }]) {
        const { status } = await fetch(program.base + path, { method, headers });
        assert.equal(status, 401, `${method} ${path}`);
      }
      for (const headers of [{ origin: "http://127.0.0.1:1" }, { origin: "null" }]) {
        const { status } = await program.fetch(path, { method, headers });
        assert.equal(status, 403, `${method} ${path}`);
      }
    }
    const bodies = { "webhooks/w/enabled": { enabled: true }, requests: { object_type: "pipeline", object: "pipeline-1",
      outcome: "failed" } };
    let read = "";
    for (const [method, path] of ROUTES.slice(1)) {
      const body = bodies[path] && JSON.stringify(bodies[path]);
      const response = await program.fetch(path, { method, body, headers: { "content-type": "application/json" } });
      assert.equal(response.status < 300, path !== "nothing", `${method} ${path}: ${response.status}`);
      read += await response.text();
    }
    const reader = (await program.fetch("stream")).body.pipeThrough(new TextDecoderStream()).getReader();
    while (!read.includes('"state"')) read += (await reader.read()).value;
    await reader.cancel();
    assert.ok(read.includes('"webhooks":[{"name":"w"'), read);
    assert.ok(!read.includes("s3cret"), read);
  } finally {
    await program.stop();
    await target.close();
  }
});

test("a page of another origin can neither read nor drive it", async () => {
  const [browser, program] = await Promise.all([browse(), mock()]);
  const other = createServer((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>other"));
  await new Promise(resolve => other.listen(0, "127.0.0.1", resolve));
  try {
    await open(browser, program.url);
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${other.address().port}/`);
    const tried = await page.evaluate(async ({ base, key, routes }) => {
      const done = [];
      for (const [method, path] of routes) {
        for (const options of [{ headers: { "x-ubihook-key": key } }, { mode: "no-cors" }, {}]) {
          try {
            const response = await fetch(base + path, { method, ...options });
            if (response.type !== "opaque") done.push(`${method} ${path} ${response.status}`);
          } catch {}
        }
      }
      const frame = Object.assign(document.createElement("iframe"), { src: base });
      document.body.append(frame);
      await new Promise(resolve => frame.onload = resolve);
      try {
        if (frame.contentDocument?.querySelector("#rows")) done.push("frame");
      } catch {}
      return done;
    }, { base: program.base, key: program.key, routes: ROUTES });
    assert.deepEqual(tried, []);
    assert.equal((await program.fetch("faults", { method: "DELETE" })).status, 200, "the key is right");
  } finally {
    await browser.close();
    await program.stop();
    other.close();
  }
});

const HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"'><svg onload=alert(1)>", "مرحبا‮abc",
  "\ud800 lone", "a".repeat(4000), "{{7*7}} ${7*7}", "line\nbreak\tand\u0000nul", "👩‍👩‍👧‍👦".repeat(50)];

test("hostile texts are inert and break no layout", async () => {
  const browser = await browse();
  const fixture = await new Fixture().listen();
  try {
    let alerted = false;
    fixture.deliver(...HOSTILE.map((text, at) => ({ id: `h${at}`, webhook: text, event: text, object: text, version: text,
      request: text, error: text, status: null, answer: text, details: { why_not: text, url: `http://x/${text}`,
        payload: { [text]: [text, { [text]: text }] }, headers: [{ key: text, value: text, protected: false }] } })));
    const big = Array.from({ length: 9000 }, (_, number) => ({ number, text: "x".repeat(80), mark: "<script>" }));
    fixture.deliver({ id: "big", details: { payload: { big, long: "y".repeat(300_000) } } });
    const state = text => ({ name: text, object_type: text, object: text, version: text, event: text, url: text, enabled: true,
      delivered: 1, failed: 1, waiting: 1, last: { time: text, status: 1, error: text } });
    fixture.setState({ webhooks: HOSTILE.map(state), faults: HOSTILE.map(fault => ({ fault, met: 1 })),
      requests: HOSTILE.map(text => ({ id: text, object_type: text, object: text, version: text, status: text, created: text,
        started: text, ended: null, error: text })), objects: HOSTILE.map(name => ({ object_type: "pipeline", name })) });
    for (const width of [360, 800, 1600]) {
      const page = await open(browser, fixture.url, { width });
      page.on("dialog", dialog => { alerted = true; dialog.dismiss(); });
      await rows(page).nth(HOSTILE.length).waitFor();
      for (let at = 0; at <= HOSTILE.length; at += 1) {
        await rows(page).nth(at).click();
        await page.locator("#details").waitFor();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${width}: delivery ${at} is ${wide} too wide`);
        await page.keyboard.press("Escape");
      }
      const markup = await page.evaluate(() => document.querySelectorAll("script:not([src]), img, svg[onload]").length);
      assert.equal(markup, 0);
      assert.deepEqual(page.complaints, []);
      await page.close();
    }
    assert.ok(!alerted);
  } finally {
    await browser.close();
    await fixture.close();
  }
});

test("after 100,000 deliveries 1,000 are kept, and memory is what it was", async () => {
  const browser = await browse();
  const fixture = await new Fixture().listen();
  try {
    const page = await open(browser, fixture.url);
    const session = await browser.newCDPSession(page);
    const heap = async () => {
      await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Runtime.getHeapUsage")).usedSize;
    };
    const deliver = async count => {
      for (let left = count; left > 0; left -= 1000) {
        const rows = Array.from({ length: 1000 }, (_, at) => ({ id: `${count}-${left}-${at}` }));
        fixture.deliver(...rows);
        await page.locator("#rows").evaluate(() => new Promise(requestAnimationFrame));
      }
    };
    await deliver(10_000);
    await page.locator("#dropped", { hasText: "9,000 older ones" }).waitFor();
    const before = await heap();
    await deliver(90_000);
    await page.locator("#dropped", { hasText: "99,000 older ones" }).waitFor();
    assert.match(await page.locator("#dropped").textContent(), /newest 1,000 deliveries are kept/);
    assert.equal(await page.locator("#rows tr").count(), 1000);
    const after = await heap();
    assert.ok(after < before * 1.5 + 2e6, `the heap grew from ${before} to ${after} bytes`);
  } finally {
    await browser.close();
    await fixture.close();
  }
});
