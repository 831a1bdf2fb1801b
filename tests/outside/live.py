"""What the tests of the living mock share: a mock that is served, and a receiver for its events.

Loopback only, and all of it ends with the test: processes by their own id, threads as daemons.
"""

import asyncio
import collections
import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import urllib.request

BIN = str(pathlib.Path(os.environ.get("UBIHOOK_BIN") or "target/debug/ubihook").resolve())
PATIENCE = 60.0


def wait_for(condition, what, patience=PATIENCE):
    """Waits until the condition holds, and returns what it returned."""
    deadline = time.monotonic() + patience
    while True:
        held = condition()
        if held:
            return held
        assert time.monotonic() < deadline, f"not in {patience} s: {what}"
        time.sleep(0.01)


class Mock:
    """`ubihook mock serve` on a database in `folder`."""

    def __init__(self, folder, *arguments):
        self.db = folder / "mock.db"
        self.home = folder
        self.arguments = arguments
        self.process = None
        self.start()

    def environment(self):
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "UBIHOOK_MOCK_DB": str(self.db)}

    def start(self):
        command = [BIN, "mock", "serve", *self.arguments]
        self.process = subprocess.Popen(command, env=self.environment(), stdout=subprocess.PIPE, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.url, self.token = ready["url"], ready["token"]

    def end(self, by=signal.SIGTERM):
        self.process.send_signal(by)
        self.process.stdout.close()
        return self.process.wait(timeout=PATIENCE)

    def run(self, *arguments, check=True):
        """Another command on the same database."""
        ended = subprocess.run(
            [BIN, *arguments], env=self.environment(), capture_output=True, text=True, timeout=600, check=False
        )
        assert not check or ended.returncode == 0, ended.stderr
        return ended

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Authorization": self.token}, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def webhook(self, name, event, url, **fields):
        kind = event.split("_")[0]
        body = {"name": name, "object_type": kind, "object_name": f"{kind}-1", "event": event, "url": url}
        return self.call("POST", "/projects/demo/webhooks", {**body, **fields})

    def memory(self, key="VmRSS"):
        """In MiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(key))
        return int(line.split()[1]) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()


class Receiver:
    """Records each call, and answers it as `answers` says for its path: status, and seconds to wait.

    `keep` False counts only: for many.
    """

    def __init__(self, answers=None, keep=True):
        self.answers = answers or {}
        self.keep = keep
        self.calls = collections.defaultdict(list)
        self.times = collections.defaultdict(list)
        self.count = 0
        self.answered = collections.Counter()
        self.lock = threading.Lock()
        self.open = threading.Event()
        self.open.set()
        started = threading.Event()
        self.loop = asyncio.new_event_loop()

        def serve():
            asyncio.set_event_loop(self.loop)
            server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024))
            self.port = server.sockets[0].getsockname()[1]
            started.set()
            self.loop.run_forever()

        threading.Thread(target=serve, daemon=True).start()
        assert started.wait(PATIENCE)

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    async def _serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = head.split("\r\n")
                path = lines[0].split(" ")[1]
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                with self.lock:
                    self.count += 1
                    self.times[path].append(time.monotonic())
                    if self.keep:
                        self.calls[path].append((headers, json.loads(body)))
                status, wait = self.answers.get(path, (200, 0))
                if wait:
                    await asyncio.sleep(wait)
                while not self.open.is_set():
                    await asyncio.sleep(0.05)
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nok".encode())
                await writer.drain()
                if self.keep:
                    self.answered[json.loads(body)["request_id"]] += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def bodies(self, path="/"):
        with self.lock:
            return [body for _, body in self.calls[path]]
