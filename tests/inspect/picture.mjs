// Makes docs/inspector.png: the page of a real mock, with a morning's deliveries and one that failed at first.
// `node tests/inspect/picture.mjs`, after tests/inspect/run has installed the browser's packages.

import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { crc32, deflateSync } from "node:zlib";
import { browse, open, rows } from "./browser.mjs";
import { mock } from "./program.mjs";

const PICTURE = new URL("../../docs/inspector.png", import.meta.url).pathname;
const WEBHOOKS = [["orders-failed", "pipeline", "pipeline-1", "failed"], ["orders-done", "pipeline", "pipeline-1", "completed"],
  ["scores-started", "deployment", "deployment-1", "started"]];

/** A picture in its 256 most frequent colors, which is about a third of what the browser writes. */
async function smaller(browser, shot) {
  const { width, height, pixels } = await (await browser.newPage()).evaluate(async source => {
    const image = await createImageBitmap(await (await fetch(source)).blob());
    const drawing = new OffscreenCanvas(image.width, image.height).getContext("2d");
    drawing.drawImage(image, 0, 0);
    const { data } = drawing.getImageData(0, 0, image.width, image.height);
    const pixels = Array.from({ length: data.length / 4 }, (_, i) => data[4 * i] << 16 | data[4 * i + 1] << 8 | data[4 * i + 2]);
    return { width: image.width, height: image.height, pixels };
  }, `data:image/png;base64,${shot.toString("base64")}`);
  const counts = new Map();
  for (const color of pixels) counts.set(color, (counts.get(color) ?? 0) + 1);
  const palette = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, 256);
  const distance = (a, b) => [16, 8, 0].reduce((sum, bits) => sum + ((a >> bits & 255) - (b >> bits & 255)) ** 2, 0);
  const nearest = color => palette.reduce((best, other, i) => distance(color, other) < distance(color, palette[best]) ? i : best, 0);
  const indices = new Map([...counts.keys()].map(color => [color, nearest(color)]));
  const lines = Buffer.alloc(height * (width + 1)); // each begins with 0: no filter
  pixels.forEach((color, i) => lines[i + Math.floor(i / width) + 1] = indices.get(color));
  const chunk = (type, data) => {
    const part = Buffer.alloc(data.length + 12);
    part.writeUInt32BE(data.length);
    part.write(type, 4);
    data.copy(part, 8);
    part.writeUInt32BE(crc32(part.subarray(4, -4)), data.length + 8);
    return part;
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]); // 8 bits, each an index
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  const colors = Buffer.from(palette.flatMap(color => [color >> 16, color >> 8 & 255, color & 255]));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("PLTE", colors),
    chunk("IDAT", deflateSync(lines, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

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
  await writeFile(PICTURE, await smaller(browser, await page.screenshot()));
} finally {
  await browser.close();
  await program.stop();
  server.close();
}
