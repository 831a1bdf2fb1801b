// The real program: a mock or a listener with its page, and a receiver for the mock's deliveries.

import { spawn, execFile } from "node:child_process";
import { createServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = new URL("../../", import.meta.url).pathname;
const BINARY = process.env.UBIHOOK_BIN ?? join(ROOT, "target/debug/ubihook");

/** A program that runs until `stop`, in a home of its own. `ready` is its first line. */
export class Program {
  static async start(...words) {
    const program = new Program();
    program.home = await mkdtemp(join(tmpdir(), "inspect-home-"));
    await program.begin(words);
    return program;
  }

  async begin(words) {
    const environment = { PATH: process.env.PATH, HOME: this.home, UBIHOOK_STORE: "file" };
    this.environment = environment;
    this.child = spawn(BINARY, words, { env: environment, cwd: this.home, stdio: ["ignore", "pipe", "inherit"] });
    this.exited = once(this.child, "exit");
    const [line] = await once(createInterface(this.child.stdout), "line");
    this.ready = JSON.parse(line);
    this.url = this.ready.inspect;
    [this.base, this.key] = this.url.split("#");
  }

  /** Runs another command in the same home; with the mock's address, if it is a mock. */
  async run(...words) {
    const { url, token, project } = this.ready;
    const mock = token ? { UBIOPS_API_HOST: url, UBIOPS_API_TOKEN: token, UBIOPS_PROJECT: project } : {};
    const environment = { ...this.environment, ...mock, UBIHOOK_MOCK_DB: join(this.home, "mock.db") };
    return promisify(execFile)(BINARY, words, { env: environment, cwd: this.home });
  }

  fetch(path, options = {}) {
    return fetch(this.base + path, { ...options, headers: { "x-ubihook-key": this.key, ...options.headers } });
  }

  async end() {
    this.child.kill("SIGTERM");
    await this.exited;
  }

  async stop() {
    await this.end();
    await rm(this.home, { recursive: true, force: true });
  }
}

export const mock = (...words) => Program.start("mock", "serve", "--db", "mock.db", "--inspect", ...words);
export const listener = (...words) => Program.start("listen", "-o", "json", "--inspect", ...words);

/** Answers every call with what `answer` says of its number: a status and a body. */
export async function receiver(answer = () => [200, "thanks\n"]) {
  let number = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      const [status, body] = answer(number++);
      response.writeHead(status).end(body);
    });
  });
  await new Promise(resolve => server.listen(0, "127.0.0.1", resolve));
  const close = () => new Promise(resolve => server.close(resolve).closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}/in`, close };
}
