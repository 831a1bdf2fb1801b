"""The inspector: what an open page costs the mock, and how soon a delivery is on it."""

import datetime
import http.client
import json
import os
import statistics
import subprocess
import threading
import time
import urllib.request

from measure import Figures
from receiving import listen
from servers import UBIHOOK

SINGLE = 200


class Mock:
    """A mock with its page, and a webhook that sends to a receiver."""

    def __init__(self, plain, home, url):
        self.home, self.plain = home, plain
        command = [UBIHOOK, "mock", "serve", "--inspect", "--db", f"{home}/mock.db"]
        self.process = subprocess.Popen(command, env=self.plain, stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())
        self.base, self.key = self.ready["inspect"].split("#")
        at_mock = self.plain | {
            "UBIOPS_API_HOST": self.ready["url"],
            "UBIOPS_API_TOKEN": self.ready["token"],
            "UBIOPS_PROJECT": "demo",
        }
        create = ["create", "w", "--pipeline", "pipeline-1", "--event", "failed", "--url", url]
        subprocess.run([UBIHOOK, *create], env=at_mock, check=True, capture_output=True)

    def deliver(self, count):
        """Deliveries a second, from the first request to the last outcome."""
        command = ["mock", "request", "--pipeline", "pipeline-1", "--outcome", "failed", "--count", str(count)]
        command += ["--db", f"{self.home}/mock.db"]
        begun = time.monotonic()
        subprocess.run([UBIHOOK, *command], env=self.plain, check=True, capture_output=True)
        return count / (time.monotonic() - begun)

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=20)


class Page:
    """Reads the stream as an open page does."""

    def __init__(self, mock, counts=True):
        request = urllib.request.Request(mock.base + "stream", headers={"x-ubihook-key": mock.key})
        self.stream = urllib.request.urlopen(request)
        self.rows, self.seen = 0, threading.Condition()
        self.delays = []
        threading.Thread(target=self.read if counts else self.discard, daemon=True).start()

    def discard(self):
        try:
            while self.stream.read1(1 << 16):
                pass
        except (OSError, ValueError, http.client.HTTPException):
            pass  # It was closed.

    def read(self):
        try:
            for line in self.stream:
                now = time.time()
                message = json.loads(line)
                with self.seen:
                    for row in message.get("rows", []):
                        self.rows += 1
                        ended = parse(row["time"]) + row["duration_ms"] / 1000
                        self.delays.append(now - ended)
                    self.seen.notify_all()
        except (OSError, ValueError, http.client.HTTPException):
            pass  # It was closed.

    def wait(self, rows):
        with self.seen:
            assert self.seen.wait_for(lambda: self.rows >= rows, timeout=20), f"{self.rows} of {rows} rows"

    def close(self):
        self.stream.fp.raw._sock.shutdown(2)


def parse(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def costs(mock, turns, events):
    """Deliveries a second without a page and with one that is open, taken in turn."""
    figures = Figures()
    for _ in range(turns):
        figures.add("no page", [mock.deliver(events)])
        page = Page(mock, counts=False)
        figures.add("a page that is open", [mock.deliver(events)])
        page.close()
    return figures


def soon(mock, single):
    """The median time from an attempt's end to its row, in milliseconds; deliveries come one by one."""
    page = Page(mock)
    time.sleep(1)
    page.delays.clear()
    page.rows = 0
    for number in range(1, single + 1):
        mock.deliver(1)
        page.wait(number)
    page.close()
    return statistics.median(page.delays) * 1000


def all_of_it(folder, plain, scale, report):
    home = str(folder / "inspecting")
    os.mkdir(home)
    environment = plain | {"HOME": home, "UBIHOOK_STORE": "file"}
    with listen(folder, environment) as (_, url):
        mock = Mock(environment, home, url)
        try:
            late = soon(mock, SINGLE)
            figures = costs(mock, scale.turns // 3, scale.events)
        finally:
            mock.end()
    what = "the mock's deliveries, with a page open"
    report.receive(what, figures, "a page that is open", "no page", 0.9)
    report.receive_limit("from an attempt's end to its row on the page", late, 100, "ms")
