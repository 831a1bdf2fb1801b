// The behavior of the inspector. One stream of deliveries and state comes in. It is shown in four places: the list, the
// plot, the overview at the side, and the details of one delivery.
// Everything that comes from the network is hostile: it becomes text (`textContent`), never markup.

// ---- Small tools
const KIB = 1024;
const BUCKET = 5; // seconds in one bar of the plot
const SPAN = 600; // seconds that the plot shows
const $ = id => document.getElementById(id);
const number = value => value.toLocaleString("en");
const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
const joined = (...parts) => parts.filter(Boolean).join(" · ");

/** Replaces what is in an element. Strings become text whatever they contain; what isn't there is left out. */
function put(element, ...children) {
  element.replaceChildren(...children.filter(child => ![null, undefined, ""].includes(child)));
  return element;
}

const el = (tag, properties = {}, ...children) =>
  put(Object.assign(document.createElement(tag), properties), ...children);

/** Sets a text only if it differs: an update that changes nothing then costs no layout. */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function clock(time, fractionalSecondDigits) {
  const date = new Date(time);
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits };
  return Number.isNaN(date.getTime()) ? String(time) : date.toLocaleTimeString("en-GB", parts);
}

const duration = ms => ms === null ? "" : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
const since = (from, to) => Math.max(0, Date.parse(to) - Date.parse(from));
const size = bytes => bytes < KIB ? plural(bytes, "byte") : `${(bytes / KIB).toFixed(1)} KiB`;

/** Copies a text, and says so on the button for a moment. */
async function copy(button, text) {
  button.dataset.label ??= button.textContent;
  button.textContent = await navigator.clipboard.writeText(text).then(() => "Copied", () => "Could not copy");
  setTimeout(() => button.textContent = button.dataset.label, 1500);
}

/** Brings a list in line with `items`. The element of an item that is still there stays, and so does the focus. */
function align(list, items, keyOf, make, fill) {
  const old = new Map(Array.from(list.children, element => [element.key, element]));
  let next = list.firstElementChild;
  const seen = new Map(); // items may have equal keys, such as two equal faults
  for (const item of items) {
    const count = seen.get(keyOf(item)) ?? 0, key = `${count} ${keyOf(item)}`, json = JSON.stringify(item);
    seen.set(keyOf(item), count + 1);
    const element = old.get(key) ?? Object.assign(make(), { key });
    old.delete(key);
    if (element.json !== json) fill(element, item);
    element.json = json;
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
  for (const element of old.values()) element.remove();
}

// ---- The address: #KEY&text=…&event=…&webhook=…&failed=1&at=…
const EVERYTHING = { text: "", event: "", webhook: "", failed: "", at: "" };
const filter = { ...EVERYTHING };
let key = sessionStorage.getItem("key");

/** Reads the filter and the key. The key leaves the address at once: it belongs in no history, bookmark or picture. */
function readAddress() {
  const parts = new URLSearchParams(location.hash.slice(1).replace(/^(?=[0-9a-f]{32}(&|$))/i, "key="));
  for (const name in filter) filter[name] = parts.get(name) ?? "";
  if (!/^\d{1,11}$/.test(filter.at)) filter.at = "";
  const given = parts.get("key");
  if (given) sessionStorage.setItem("key", key = given);
  writeAddress();
  return given;
}

function writeAddress() {
  const set = Object.entries(filter).filter(([, value]) => value);
  history.replaceState(null, "", location.pathname + (set.length ? `#${new URLSearchParams(set)}` : ""));
}

const call = (path, options = {}) =>
  fetch(path, { ...options, headers: { "x-ubihook-key": key, "content-type": "application/json" } });

/** An action. What went wrong is shown until the next one. */
async function act(method, path, body) {
  try {
    const response = await call(path, { method, body: body && JSON.stringify(body) });
    const { error = `The server answered with ${response.status}.` } = await response.json().catch(() => ({}));
    $("note").textContent = response.ok ? "" : error;
  } catch {
    $("note").textContent = "The server cannot be reached.";
  }
}

// ---- The stream
const ENDS = {
  keyless: "Open the address that ubihook printed: it has the key to this page.",
  refused: "The server was restarted. Open the address that it printed.",
  lost: "Connection lost. Trying to connect again…",
};
const place = { after: "", of: "" }; // where to continue after a lost connection
let source = { kind: "mock", keeps: 1000 };
let stream = new AbortController();
let wake = () => {}; // ends the wait before the next try

/** Connects again and again, less and less often. A new key ends the wait. */
async function stayConnected() {
  for (let tries = 0; ; tries += 1) {
    const end = key ? await follow(() => tries = 0) : "keyless";
    showConnection(end, ENDS[end]);
    await new Promise(resolve => {
      wake = resolve;
      if (end === "lost") setTimeout(resolve, Math.min(500 * 2 ** tries, 10_000));
    });
  }
}

function showConnection(state, text) {
  $("connection").dataset.state = state;
  say($("connection"), text);
}

/** Follows the stream until it ends, for whatever reason. A ping comes every 10 s, so 25 s of silence are a loss. */
async function follow(begun) {
  stream = new AbortController();
  let silence;
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stream.abort(), 25_000);
  };
  try {
    heard();
    const response = await call(`stream?${place.of && new URLSearchParams(place)}`, { signal: stream.signal });
    if (!response.ok) return response.status === 401 ? "refused" : "lost";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { done, value } = await reader.read();
      if (done) return "lost";
      heard();
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) receive(JSON.parse(line), begun);
    }
  } catch {
    return "lost";
  } finally {
    clearTimeout(silence);
    stream.abort();
  }
}

function receive(message, begun) {
  if (message.type === "begin") {
    begun();
    begin(message);
  } else if (message.type === "rows") {
    message.rows.forEach(add);
    trim();
  } else if (message.type === "skipped") {
    dropped += message.count;
  } else if (message.type === "state") {
    showState(message);
  }
  schedule();
}

function begin(message) {
  source = message;
  place.of = message.of;
  if (message.fresh) clearRows();
  document.body.dataset.kind = message.kind;
  say($("title"), `${message.kind === "mock" ? "mock" : "listening"} at ${message.url}`);
  document.title = `${$("title").textContent} · ubihook`;
  say($("url"), message.url);
  const name = message.kind === "listen" ? "Path" : "Webhook";
  const head = cell("th", "columnheader");
  put($("columns"), ...COLUMNS.map(column => put(head(column), column === "Webhook" ? name : column)));
  showConnection("live", "Connected");
}

// ---- The list: `deliveries` is what is kept, oldest first; the table shows it newest first
let deliveries = [];
const byId = new Map();
const changed = new Set(); // deliveries whose row has to be filled again
let dropped = 0; // older deliveries, here or on the server, that are not in the list
let rendered = 0, scheduled = false;

/** One row of the stream is one attempt. Attempts with one id are one delivery, which shows the newest of them. */
function add(row) {
  place.after = row.place;
  const delivery = byId.get(row.id) ?? { id: row.id, first: row.time, times: [] };
  if (!byId.has(row.id)) {
    byId.set(row.id, delivery);
    deliveries.push(delivery);
  }
  const name = row.webhook ?? (source.kind === "listen" ? row.path ?? "" : "test run");
  const event = row.event ?? "", object = joined(row.object, row.version);
  const texts = [name, event, row.object_type, object, row.request, row.status, row.error];
  const times = [...delivery.times, Date.parse(row.time)].slice(-20);
  Object.assign(delivery, { row, name, event, object, times, words: texts.join("\n").toLowerCase() });
  if (delivery.element) changed.add(delivery);
  if (delivery === opened) stale = true;
}

/** Keeps no more than the newest, so that the page can stay open for days. */
function trim() {
  for (const delivery of deliveries.splice(0, Math.max(0, deliveries.length - source.keeps))) {
    byId.delete(delivery.id);
    changed.delete(delivery);
    delivery.element?.remove();
    dropped += 1;
  }
}

function clearRows() {
  closeDetails();
  deliveries = [];
  byId.clear();
  changed.clear();
  $("rows").replaceChildren();
  dropped = 0;
}

/** Renders in the next frame, but at most ten times a second: while events pour in, others need the processor. */
function schedule() {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => requestAnimationFrame(render), Math.max(0, rendered + 100 - performance.now()));
}

function render() {
  scheduled = false;
  rendered = performance.now();
  changed.forEach(fillRow);
  changed.clear();
  const arrived = document.createDocumentFragment();
  for (let at = deliveries.length - 1; at >= 0 && !deliveries[at].element; at -= 1) {
    deliveries[at].element = Object.assign(makeRow(), { delivery: deliveries[at] });
    fillRow(deliveries[at]);
    arrived.append(deliveries[at].element);
  }
  $("rows").prepend(arrived);
  showOptions();
  showCounts();
  if (stale) refreshDetails();
}

const COLUMNS = ["Time", "Status", "Webhook", "Event", "Object", "Request", "Error", "Attempts", "Duration"];
const cell = (tag, role) => name => el(tag, { role, className: name.toLowerCase(), dir: "auto" });
const makeRow = () =>
  el("tr", { role: "row", tabIndex: -1, ariaSelected: "false" }, ...COLUMNS.map(cell("td", "gridcell")));

function fillRow(delivery) {
  const { row, element, name, event, object } = delivery;
  element.dataset.outcome = row.error === null ? "ok" : row.last ? "failed" : "waiting";
  element.hidden = !matches(delivery);
  const columns = [[clock(delivery.first, 3), delivery.first], [`${row.status ?? "none"}`, row.error ?? ""], [name],
    [event || "no event"], [object, joined(row.object_type, object)], [row.request?.slice(0, 8) ?? "", row.request],
    [row.error ?? ""], [`${row.attempt}`], [duration(row.duration_ms)]];
  for (const [at, [text, full]] of columns.entries()) {
    say(element.cells[at], text);
    element.cells[at].title = full ?? text;
  }
}

/** How much is shown of what is kept; and if it is nothing, what to type. */
function showCounts() {
  const visible = deliveries.filter(({ element }) => !element.hidden).length;
  const kept = plural(deliveries.length, "delivery", "deliveries");
  say($("shown"), Object.values(filter).some(Boolean) ? `${number(visible)} of ${kept}` : kept);
  const gone = plural(dropped, "older one is", "older ones are");
  say($("dropped"), `The newest ${number(source.keeps)} deliveries are kept. ${gone} not shown.`);
  $("dropped").hidden = dropped === 0;
  $("nothing").hidden = visible > 0 || deliveries.length > 0;
  $("unmatched").hidden = visible > 0 || deliveries.length === 0;
}

// ---- The filter
function matches({ words, event, name, row, times }) {
  const from = filter.at * 1000;
  return (!filter.event || event === filter.event) && (!filter.webhook || name === filter.webhook)
    && (!filter.failed || row.error !== null)
    && (!filter.at || times.some(time => time >= from && time < from + BUCKET * 1000))
    && filter.text.toLowerCase().split(/\s+/).every(word => words.includes(word));
}

function narrow(change) {
  Object.assign(filter, change);
  writeAddress();
  showFilter();
}

function showFilter() {
  if ($("text").value !== filter.text) $("text").value = filter.text;
  $("failed").checked = filter.failed !== "";
  $("at").hidden = !filter.at;
  say($("at"), `${clock(filter.at * 1000)} – ${clock((Number(filter.at) + BUCKET) * 1000)} ✕`);
  for (const delivery of deliveries) if (delivery.element) delivery.element.hidden = !matches(delivery);
  drawPlot();
  schedule();
}

/** Offers the events and webhooks that are there, and what the address asks for even if it isn't. */
function showOptions() {
  const known = [...state.webhooks ?? [], ...deliveries];
  const offer = (id, all, names) => {
    const wanted = [...new Set([...names, filter[id]])].filter(Boolean).sort().slice(0, 1000);
    align($(id), [["", all], ...wanted.map(name => [name, name])], ([value]) => value, () => el("option"),
      (option, [value, textContent]) => Object.assign(option, { value, textContent }));
    if ($(id).value !== filter[id]) $(id).value = filter[id];
  };
  offer("event", "All events", known.map(({ event }) => event));
  offer("webhook", source.kind === "listen" ? "All paths" : "All webhooks", known.map(({ name }) => name));
}

// ---- The plot: a bar for each 5 s, with failures at the bottom, where even one among thousands is seen
let state = { plot: [] };

function drawPlot() {
  const end = Math.floor(Date.now() / 1000 / BUCKET) * BUCKET;
  const begin = end - SPAN;
  const bars = state.plot.filter(([second]) => second >= begin);
  const highest = Math.max(4, ...bars.map(([, delivered, failed]) => delivered + failed));
  let delivered = "", failed = "", all = 0, bad = 0;
  for (const [second, good, worse] of bars) {
    const x = (second - begin) / BUCKET + 0.1;
    const low = worse && Math.max(6, worse / highest * 94), high = good && Math.max(3, good / highest * 94);
    if (worse) failed += `M${x} 100v${-low}h.8v${low}z`;
    if (good) delivered += `M${x} ${100 - low}v${-high}h.8v${high}z`;
    all += good + worse;
    bad += worse;
  }
  $("plot-delivered").setAttribute("d", delivered);
  $("plot-failed").setAttribute("d", failed);
  $("chosen").setAttribute("x", (filter.at - begin) / BUCKET);
  $("chosen").setAttribute("visibility", filter.at ? "visible" : "hidden");
  Object.assign($("moment"), { min: begin, max: end, value: filter.at || end });
  $("moment").setAttribute("aria-valuetext", filter.at ? clock(filter.at * 1000) : "all times");
  say($("plot-text"), all ? `${plural(all, "attempt")} in the last 10 minutes, ${number(bad)} failed`
    : "No attempts in the last 10 minutes");
}

// ---- The overview
function showState(message) {
  state = message;
  drawPlot();
  if (message.kind === "listen") return showExpectations(message);
  const { webhooks, requests, faults, objects } = message;
  say($("webhooks-count"), number(webhooks.length));
  align($("webhooks"), webhooks, ({ name }) => name, makeWebhook, fillWebhook);
  align($("requests"), requests, ({ id }) => id, () => el("li"), fillRequest);
  align($("faults"), faults, ({ fault }) => fault, () => el("li"), (item, { fault, met }) => put(item,
    el("code", { dir: "auto" }, fault),
    el("span", { className: "quiet" }, met ? `met ${plural(met, "time")}` : "not met yet")));
  align($("request-object"), objects, ({ object_type, name }) => `${object_type} ${name}`, () => el("option"),
    (option, { object_type, name }) => Object.assign(option, { textContent: name,
      value: JSON.stringify({ object_type, object: name }) }));
  $("request-form").hidden = objects.length === 0;
  $("faults-remove").hidden = faults.length === 0;
  for (const name of ["webhooks", "requests", "faults"]) $(`${name}-empty`).hidden = message[name].length > 0;
}

function makeWebhook() {
  const item = $("webhook-item").content.firstElementChild.cloneNode(true), toggle = item.querySelector(".switch");
  const name = () => item.querySelector(".name").textContent;
  const path = action => `webhooks/${encodeURIComponent(name())}/${action}`;
  item.querySelector(".name").onclick = () => narrow({ webhook: filter.webhook === name() ? "" : name() });
  toggle.onchange = () => act("POST", path("enabled"), { enabled: toggle.checked });
  item.querySelector(".test").onclick = () => act("POST", path("test"));
  return item;
}

function fillWebhook(item, webhook) {
  const { name, object_type, object, version, event, url, enabled, delivered, failed, waiting, last } = webhook;
  const part = selector => item.querySelector(selector);
  const count = (className, count, what) => count ? el("span", { className }, `${number(count)} ${what}`) : null;
  say(part(".name"), name);
  Object.assign(part(".switch"), { checked: enabled, ariaLabel: `Enable ${name}` });
  say(part(".watches"), joined(`${object_type} ${object}`, version, event));
  say(part(".url"), url);
  part(".url").title = url;
  part(".test").ariaLabel = `Send test event to ${name}`;
  put(part(".counts"), count("", delivered, "delivered"), count("bad", failed, "failed"),
    count("waits", waiting, "waiting"), el("span", { className: "quiet", title: last?.error ?? "", dir: "auto" },
      last ? `last ${last.status ?? last.error} at ${clock(last.time)}` : "nothing delivered yet"));
}

function fillRequest(item, { id, object, version, status, created, started, ended, error }) {
  const waited = started && duration(since(created, started));
  const took = ended && started && duration(since(started, ended));
  const name = el("button", { className: "name", title: "Show its deliveries", dir: "auto" }, id.slice(0, 8));
  name.onclick = () => narrow({ text: filter.text === id ? "" : id });
  const outcome = el("span", { className: "outcome", dir: "auto" }, status);
  outcome.dataset.status = status;
  const life = joined(object, version, clock(created), waited && `waited ${waited}`, took && `took ${took}`);
  put(item, el("p", {}, name, outcome), el("p", { className: "quiet", dir: "auto" }, life),
    error && el("p", { className: "problem", dir: "auto" }, error));
}

function showExpectations({ expectations, deliveries, unexpected, met }) {
  say($("expected-count"), !expectations.length ? plural(deliveries, "delivery", "deliveries")
    : joined(met ? "all have arrived" : "not all have arrived", unexpected && `${number(unexpected)} unexpected`));
  align($("expectations"), expectations, ({ expect }) => expect, () => el("li"), fillExpected);
  $("expectations-empty").hidden = expectations.length > 0;
}

function fillExpected(item, { expect, count, seen, met, nearest }) {
  item.dataset.met = met;
  const row = (tag, ...texts) => el("tr", {}, ...texts.map(text => el(tag, { dir: "auto" }, `${text ?? "not there"}`)));
  put(item, el("p", {}, el("code", { dir: "auto" }, expect), el("b", { className: "outcome" }, `${seen} of ${count}`)),
    nearest && el("p", { className: "quiet" }, `Delivery ${nearest.number} is the nearest. It differs in:`),
    nearest && el("table", {}, el("thead", {}, row("th", "Field", "Expected", "Found")),
      el("tbody", {}, ...nearest.differs.map(({ field, expected, found }) => row("td", field, expected, found)))));
}

// ---- The details of one delivery
let opened = null; // the delivery
let details = null; // what the server knows of it
let stale = false; // it has a new attempt

async function openDetails(delivery, focus = false) {
  opened?.element.setAttribute("aria-selected", "false");
  opened = delivery;
  delivery.element.setAttribute("aria-selected", "true");
  const answer = await fetchDetails(delivery);
  if (opened !== delivery) return; // another one was opened in the meantime
  details = { ...answer, text: answer.raw ?? answer.body ?? answer.body_base64 ?? "" };
  $("details").hidden = false;
  $("details").scrollTop = 0;
  say($("details-event"), details.event ?? details.path ?? "Delivery");
  showFacts(details);
  showAttempts(details);
  showPayload();
  put($("headers").tBodies[0], ...(details.headers ?? []).map(header => el("tr", {},
    el("th", { scope: "row", dir: "auto" }, header.key),
    header.protected ? el("td", { className: "quiet" }, "protected") : el("td", { dir: "auto" }, header.value ?? ""))));
  if (focus) $("details-event").focus();
  delivery.element.scrollIntoView({ block: "nearest" });
}

/** The server's answer, or what the list knows if there is none. */
async function fetchDetails({ id, row }) {
  let why_not = "The server cannot be reached.";
  try {
    const response = await call(`deliveries/${encodeURIComponent(id)}`);
    const answer = await response.json();
    if (response.ok) return answer;
    why_not = answer.error;
  } catch {}
  return { ...row, attempts: [row], why_not };
}

/** Shows another attempt of the opened delivery. The payload is the same, so its branches stay as they are. */
async function refreshDetails() {
  stale = false;
  const delivery = opened;
  const answer = await fetchDetails(delivery);
  if (opened === delivery && details && answer.attempts.length >= details.attempts.length) showAttempts(answer);
}

function closeDetails() {
  const last = opened, focus = $("details").contains(document.activeElement);
  last?.element.setAttribute("aria-selected", "false");
  opened = details = null;
  stale = false;
  $("details").hidden = true;
  if (focus) last?.element.focus();
}

function showFacts({ webhook, path, object_type, object, version, request, method, url, verified, repeat }) {
  const facts = { Webhook: webhook, Object: object && joined(object_type, object, version), Request: request,
    Sent: url && `${method} ${url}`, Path: !url && path, Verified: { true: "yes", false: "no" }[verified],
    Repeat: repeat && "yes, its event and request had arrived before" };
  put($("facts"), ...Object.entries(facts).filter(([, value]) => value).flatMap(([name, value]) =>
    [el("dt", {}, name), el("dd", { dir: "auto" }, value)]));
}

function showAttempts({ attempts, why_not, curl, send }) {
  details.attempts = attempts;
  $("again").hidden = source.kind === "listen";
  $("again").disabled = Boolean(why_not);
  say($("why-not"), source.kind === "listen" ? "" : why_not ?? "");
  Object.assign($("copy-curl"), { disabled: !curl, title: curl ?? "" });
  Object.assign($("copy-send"), { disabled: !send, title: send ?? "" });
  put($("attempts"), ...attempts.map((attempt, at) => el("li", { className: attempt.error ? "bad" : "good" },
    el("p", {}, el("b", {}, `${attempt.status ?? "none"}`),
      el("span", { className: "quiet", title: attempt.time }, clock(attempt.time, 3)),
      el("span", { className: "quiet" }, duration(attempt.duration_ms)),
      at > 0 ? el("span", { className: "quiet" }, `+ ${duration(since(attempts[0].time, attempt.time))}`) : null,
      attempt.again ? el("span", { className: "tag" }, "sent again") : null),
    attempt.error && el("p", { dir: "auto" }, attempt.error),
    attempt.answer && el("pre", { dir: "auto", tabIndex: 0, role: "group", ariaLabel: "Answer" }, attempt.answer))));
}

function showPayload() {
  const raw = $("view").ariaPressed === "true" || details.payload === undefined;
  say($("bytes"), details.bytes === undefined ? "" : size(details.bytes));
  $("view").hidden = details.payload === undefined;
  put($("payload"), raw ? longText(details.text, "pre", 64 * KIB) : branch(details.payload, null, 0));
}

/** A text, of which only the beginning is shown: one line of 1 MiB takes seconds to lay out. */
const longText = (text, tag, most) =>
  el(tag, { dir: "auto" }, text.length > most ? `${text.slice(0, most)}… (${size(text.length)}; Copy has all)` : text);

/** A value of the tree with its name. What it contains is made when it is unfolded for the first time. */
function branch(value, name, depth) {
  const label = name === null ? null : el("span", { className: "key", dir: "auto" }, name);
  if (value === null || typeof value !== "object") {
    const kind = value === null ? "null" : typeof value;
    const text = longText(JSON.stringify(value), "span", 2 * KIB);
    return el("div", { className: `leaf ${kind}` }, label, text);
  }
  const entries = Object.entries(value);
  const count = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`;
  const fold = el("details", {}, el("summary", {}, label, el("span", { className: "quiet" }, count)));
  fold.ontoggle = () => fold.open && fold.childElementCount === 1 && fold.append(...branches(entries, depth));
  fold.open = depth === 0 || depth < 3 && entries.length <= 12;
  return fold;
}

/** A hundred branches at a time. */
function branches(entries, depth) {
  const shown = entries.slice(0, 100).map(([name, value]) => branch(value, name, depth + 1));
  if (entries.length <= 100) return shown;
  const more = el("button", { className: "more" }, `Show 100 of ${number(entries.length - 100)} more`);
  more.onclick = () => more.replaceWith(...branches(entries.slice(100), depth));
  return [...shown, more];
}

// ---- Keys and buttons
/** Moves the focus to a row, and the details with it. */
function move(step) {
  const visible = [...$("rows").children].filter(row => !row.hidden);
  const at = visible.indexOf(document.activeElement.closest("tr") ?? opened?.element);
  const row = visible[Math.max(0, Math.min(visible.length - 1, at + step))];
  row?.focus();
  if (opened && row) openDetails(row.delivery);
}

function leave() {
  if (opened) closeDetails();
  else narrow(EVERYTHING);
}

function pick({ target }, focus) {
  const row = target.closest("tr");
  row.focus();
  openDetails(row.delivery, focus);
}

document.onkeydown = event => {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, select") && key !== "Escape") return;
  if (key === "Escape") leave();
  else if (key === "/") $("text").select();
  else if (/^Arrow(Up|Down)$/.test(key) && !$("details").contains(target)) move(key === "ArrowUp" ? -1 : 1);
  else return;
  event.preventDefault();
};

$("rows").onclick = event => pick(event, false);
$("rows").onkeydown = event => event.key === "Enter" && pick(event, true);
$("filter").onsubmit = event => {
  event.preventDefault();
  move(1);
};
$("filter").oninput = () => narrow({ text: $("text").value, event: $("event").value, webhook: $("webhook").value,
  failed: $("failed").checked ? "1" : "" });
$("at").onclick = () => narrow({ at: "" });
$("clear").onclick = leave;
$("moment").oninput = $("moment").onclick = () => { // a click where it is already is no input
  // Bars are narrow: the nearest one that has anything is meant, if it is close.
  const at = Number($("moment").value), distance = second => Math.abs(second - at);
  const near = state.plot.map(([second]) => second).sort((a, b) => distance(a) - distance(b))[0];
  narrow({ at: `${distance(near) <= 3 * BUCKET ? near : at}` });
};
$("details-close").onclick = closeDetails;
$("again").onclick = () => act("POST", `deliveries/${encodeURIComponent(opened.id)}/again`);
$("view").onclick = () => {
  $("view").ariaPressed = `${$("view").ariaPressed !== "true"}`;
  showPayload();
};
for (const button of document.querySelectorAll("[data-copy]")) {
  button.onclick = () => copy(button, details[button.dataset.copy]);
}
$("request-form").onsubmit = event => {
  event.preventDefault();
  act("POST", "requests", { ...JSON.parse($("request-object").value), outcome: $("request-outcome").value });
};
$("faults-remove").onclick = () => act("DELETE", "faults");
$("side-toggle").onclick = () => showSide($("side").hidden);
window.onhashchange = () => {
  if (readAddress()) stream.abort(), wake();
  showFilter();
};

function showSide(open) {
  $("side").hidden = !open;
  $("side-toggle").ariaExpanded = `${open}`;
}

readAddress();
showSide(matchMedia("(min-width: 80rem)").matches);
showFilter();
setInterval(drawPlot, BUCKET * 1000);
stayConnected();
