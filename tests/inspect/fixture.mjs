// A server that speaks the page's side of the protocol, and says whatever a test wants: states that the real one
// reaches only after hours, or never. `node tests/inspect/fixture.mjs [mock|listen]` serves it with samples, to look at.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";

const PAGE = new URL("../../src/inspect/", import.meta.url);
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
  + "form-action 'none'; frame-ancestors 'none'";
const FILES = {
  "/_inspect/": ["page.html", "text/html; charset=utf-8"],
  "/_inspect/page.css": ["page.css", "text/css; charset=utf-8"],
  "/_inspect/page.js": ["page.js", "text/javascript; charset=utf-8"],
};

export const newKey = () => randomBytes(16).toString("hex");

export class Fixture {
  constructor({ kind = "mock", key = newKey(), of = newKey(), keeps = 1000 } = {}) {
    Object.assign(this, { kind, key, of, keeps });
    this.place = 0;
    this.rows = []; // what a new page gets
    this.details = new Map(); // by id
    this.actions = []; // what the page asked for, as "METHOD path body"
    this.streams = new Set();
    this.plot = new Map();
    this.state = kind === "mock" ? { webhooks: [], requests: [], objects: [], faults: [] }
      : { expectations: [], deliveries: 0, unexpected: 0, met: false };
  }

  async listen(port = 0) {
    this.server = createServer((request, response) => this.answer(request, response));
    await new Promise(resolve => this.server.listen(port, "127.0.0.1", resolve));
    this.port = this.server.address().port;
    this.origin = `http://127.0.0.1:${this.port}`;
    this.url = `${this.origin}/_inspect/#${this.key}`;
    return this;
  }

  async close() {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  async answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.origin);
    const headers = { "content-security-policy": POLICY, "cache-control": "no-store" };
    const json = (status, value) => response.writeHead(status, { ...headers, "content-type": "application/json" })
      .end(JSON.stringify(value));
    if (request.headers.origin && request.headers.origin !== this.origin) return json(403, { error: "another origin" });
    if (FILES[pathname]) {
      const [name, type] = FILES[pathname];
      return response.writeHead(200, { ...headers, "content-type": type }).end(await readFile(new URL(name, PAGE)));
    }
    if (request.headers["x-ubihook-key"] !== this.key) return json(401, { error: "the key is missing or wrong" });
    if (pathname === "/_inspect/stream") {
      response.writeHead(200, { ...headers, "content-type": "application/x-ndjson" });
      return this.begin(response, searchParams);
    }
    let body = "";
    for await (const part of request) body += part;
    if (request.method !== "GET") this.actions.push(`${request.method} ${pathname} ${body}`.trim());
    const id = decodeURIComponent(pathname.match(/^\/_inspect\/deliveries\/([^/]+)/)?.[1] ?? "");
    if (pathname.endsWith("/again")) {
      const last = this.details.get(id).attempts.at(-1);
      json(202, { id });
      return this.deliver({ ...this.sample(id), attempt: last.attempt + 1, again: true, status: 200, error: null });
    }
    if (this.refuses) return json(409, { error: this.refuses });
    if (id) return this.details.has(id) ? json(200, this.details.get(id)) : json(404, { error: "it isn't kept any more" });
    return json(request.method === "POST" ? 202 : 200, {});
  }

  begin(response, query) {
    const known = query.get("of") === this.of;
    const send = message => response.write(`${JSON.stringify(message)}\n`);
    const url = this.kind === "mock" ? "http://127.0.0.1:8000/v2" : "http://127.0.0.1:8080/";
    send({ type: "begin", kind: this.kind, of: this.of, fresh: !known, url, keeps: this.keeps });
    send({ type: "rows", rows: this.rows.filter(row => !known || row.place > Number(query.get("after"))) });
    send(this.stateNow());
    const ping = setInterval(() => send({ type: "ping" }), 10_000);
    this.streams.add(send);
    response.on("close", () => {
      clearInterval(ping);
      this.streams.delete(send);
    });
  }

  send(message) {
    for (const send of this.streams) send(message);
  }

  stateNow() {
    const plot = [...this.plot].map(([second, counts]) => [second, ...counts]);
    return { type: "state", kind: this.kind, now: new Date().toISOString(), ...this.state, plot };
  }

  setState(change) {
    Object.assign(this.state, change);
    this.send(this.stateNow());
  }

  /** What a delivery is like unless a test says otherwise. */
  sample(id) {
    return this.rows.findLast(row => row.id === id) ?? { id, time: new Date().toISOString(),
      webhook: this.kind === "mock" ? "orders-failed" : null, event: "pipeline_request_failed", object_type: "pipeline",
      object: "pipeline-1", version: "v1", request: "0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22", attempt: 1, again: false,
      last: true, status: 200, error: null, duration_ms: 3, path: this.kind === "listen" ? "/in" : null, };
  }

  row({ details = {}, ...given }) {
    this.place += 1;
    const id = given.id ?? String(this.place);
    const row = { ...this.sample(id), time: new Date().toISOString(), ...given, id, place: this.place };
    this.rows.push(row);
    if (this.rows.length > this.keeps) this.rows.shift();
    const { attempt, again, time, status, error, duration_ms } = row;
    const payload = { event: row.event, pipeline_name: row.object, pipeline_version_name: row.version,
      request_id: row.request, status: "failed", text: `Pipeline request ${row.request} failed for ${row.object}`,
      error_message: "division by zero", result: { orders: [{ id: 1, total: 12.5, paid: true }, { id: 2, note: null }] } };
    const before = this.details.get(id);
    const raw = details.raw ?? JSON.stringify(details.payload ?? payload);
    this.details.set(id, before ?? { ...row, method: "POST", url: "http://127.0.0.1:9000/in", payload, raw, body: null,
      body_base64: null, bytes: Buffer.byteLength(raw), attempts: [], verified: this.kind === "listen" ? true : null, why_not: null,
      headers: [{ key: "Content-Type", value: "application/json", protected: false },
        { key: "Authorization", value: null, protected: true }],
      curl: `curl -X POST http://127.0.0.1:9000/in --data '${raw.slice(0, 200)}'`,
      send: "ubihook send pipeline_request_failed --url http://127.0.0.1:9000/in", ...details });
    const { answer = "ok" } = given;
    this.details.get(id).attempts.push({ attempt, again, time, status, error, duration_ms, answer });
    if (this.details.size > this.keeps) this.details.delete(this.details.keys().next().value);
    const second = Math.floor(Date.parse(row.time) / 5000) * 5;
    const counts = this.plot.get(second) ?? [0, 0];
    counts[error ? 1 : 0] += 1;
    this.plot.set(second, counts);
    return row;
  }

  /** Delivers rows, and says so to the pages. */
  deliver(...rows) {
    const made = rows.map(row => this.row(row));
    this.send({ type: "rows", rows: made });
    return made;
  }
}

/** Ten minutes of a day like any other. */
export function fill(fixture, count = 180) {
  const names = ["orders-failed", "invoices-done", "training-runs"];
  const events = ["pipeline_request_failed", "deployment_request_completed", "deployment_request_started"];
  const objects = ["pipeline-1", "deployment-1", "training-base-deployment"];
  for (let number = 0; number < count; number += 1) {
    const which = (number * 7) % 11 % 3;
    const time = Date.now() - 590_000 + (number + Math.sin(number / 9) * 6) * 585_000 / count;
    const bad = number % 13 === 5 || number % 31 > 27;
    const row = { webhook: fixture.kind === "mock" ? names[which] : null, event: events[which],
      object: objects[which], object_type: events[which].split("_")[0], version: which === 2 ? "experiment-1" : "v1",
      request: `${(number * 2654435761 >>> 0).toString(16).padStart(8, "0")}-6a53-4a51-9d9e-6b7b1d0f1c22`, id: `d${number}` };
    const at = ms => new Date(time + ms).toISOString();
    if (bad) {
      fixture.row({ ...row, time: at(0), status: 503, error: "Received status code 503", last: false, duration_ms: 12,
        answer: "upstream is busy\n" });
      fixture.row({ ...row, time: at(8000), attempt: 2, status: number % 2 ? null : 503, last: number % 4 !== 3,
        duration_ms: 30, error: number % 2 ? "Connection error: refused" : "Received status code 503", answer: null });
      if (number % 4 === 3) fixture.row({ ...row, time: at(24_000), attempt: 3, duration_ms: 41 });
    } else {
      fixture.row({ ...row, time: at(0), duration_ms: 2 + number % 9 });
    }
  }
  if (fixture.kind === "mock") fillMock(fixture, names, events, objects);
  else fixture.setState({ deliveries: count, unexpected: 2, expectations: [
    { expect: "event=pipeline_request_completed,object_name=pipeline-1", count: 1, seen: 1, met: true, nearest: null },
    { expect: "event=failed,object_name=pipeline-1,count=2", count: 2, seen: 1, met: false, nearest: { number: 3, differs: [
      { field: "object_name", expected: "pipeline-1", found: "pipeline-2" },
      { field: "result.total", expected: "12", found: null }] } }] });
}

function fillMock(fixture, names, events, objects) {
  const ago = seconds => new Date(Date.now() - seconds * 1000).toISOString();
  fixture.setState({
    webhooks: names.map((name, at) => ({ name, object_type: events[at].split("_")[0], object: objects[at], version: at ? null
      : "v1", event: events[at], url: `http://127.0.0.1:9000/hooks/${name}`, enabled: at !== 2, delivered: 1204 * at + 52,
      failed: at ? 0 : 17, waiting: at ? 0 : 2, last: at === 2 ? null : { time: ago(20 * at), status: at ? 200 : 503,
        error: at ? null : "Received status code 503" } })),
    requests: ["processing", "failed", "completed", "completed", "cancelled"].map((status, at) => ({
      id: `${at}b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22`, object_type: "pipeline", object: "pipeline-1", version: "v1", status,
      created: ago(30 * at + 5), started: ago(30 * at + 4.98), ended: at ? ago(30 * at + 3.6) : null,
      error: status === "failed" ? "division by zero" : null })),
    objects: [{ object_type: "deployment", name: "deployment-1" }, { object_type: "pipeline", name: "pipeline-1" }],
    faults: [{ fault: "POST /webhooks=503x2", met: 1 }, { fault: "deliver orders-failed=delay:2s", met: 0 }],
  });
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const fixture = await new Fixture({ kind: process.argv[2] ?? "mock" }).listen();
  fill(fixture);
  console.log(fixture.url);
}
