"""The receiving end: `listen` beside a bare hyper receiver and Debian's `webhook`, and `send` beside a bare client."""

import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import threading
import time

from measure import Figures, Load
from servers import PEERS, UBIHOOK, appears, free_port, running

DELIVER = ["-s", "benches/deliver.lua"]
PAYLOAD = (
    b'{"event":"deployment_request_failed","deployment_name":"deployment-1","deployment_version_name":"v1",'
    b'"request_id":"0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22","status":"failed",'
    b'"text":"Request of deployment deployment-1 failed"}'
)
CALL = b"POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
# Deliveries that are sent one after the other, to see how long each takes.
SINGLE = 1000


def peak(pid):
    """KiB of memory that a process had at most."""
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


@contextlib.contextmanager
def listen(folder, environment, *more, stdout=subprocess.DEVNULL):
    """`ubihook listen`; yields its process and its URL."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    # One line for each, as a program reads it; options first, since `--` may follow.
    command = [str(UBIHOOK), "listen", "-o", "ndjson", "--ready-file", str(ready), *map(str, more)]
    process = subprocess.Popen(command, env=environment, stdout=stdout, stderr=subprocess.DEVNULL)
    try:
        yield process, json.loads(appears(ready))["url"]
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.contextmanager
def bare_hyper(folder):
    """A hyper server that reads each body and answers 200; yields its URL."""
    address = folder / "hyper"
    address.unlink(missing_ok=True)
    with running([PEERS / "bare_hyper", address]):
        yield appears(address) + "/"


@contextlib.contextmanager
def webhook(folder, waits):
    """Debian's `webhook` with a hook that runs /bin/true; yields its process and URL."""
    hook = {"id": "true", "execute-command": "/bin/true", "include-command-output-in-response": waits}
    (file := folder / "hooks.json").write_text(json.dumps([hook]))
    port = free_port()
    with running(["webhook", "-hooks", file, "-ip", "127.0.0.1", "-port", str(port)]) as process:
        deadline = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert time.monotonic() < deadline, "webhook does not answer"
            time.sleep(0.05)
        yield process, f"http://127.0.0.1:{port}/hooks/true"


def rate(url, scale):
    """Answered deliveries a second. What is refused because too many wait doesn't count."""
    _, answered, wrong = Load(url, scale.seconds, *DELIVER).end()
    refused = sum(int(re.search(r"Non-2xx.*: (\d+)", line)[1]) for line in wrong if "Non-2xx" in line)
    return (answered - refused) / scale.seconds


def receivers(folder, plain, scale, report):
    """Deliveries a second over 64 connections."""
    figures, memory = Figures(), Figures()
    for turn in range(scale.loads):
        with bare_hyper(folder) as url:
            figures.add("bare hyper", [rate(url, scale)])
        with listen(folder, plain) as (process, url):
            figures.add("listen", [rate(url, scale)])
            memory.add("listen", [peak(process.pid)])
        with listen(folder, plain, "--record", folder / f"record-{turn}") as (_, url):
            figures.add("listen --record", [rate(url, scale)])
        (folder / f"record-{turn}").unlink()
        if not shutil.which("webhook"):
            continue
        with webhook(folder, waits=False) as (process, url):
            figures.add("webhook", [rate(url, scale)])
            memory.add("webhook", [peak(process.pid)])
        with webhook(folder, waits=True) as (_, url):
            figures.add("webhook, waiting", [rate(url, scale)])
        with listen(folder, plain, "--", "/bin/true") as (_, url):
            figures.add("listen -- /bin/true", [rate(url, scale)])
    report.receive("`listen -o ndjson`", figures, "listen", "bare hyper", 0.6)
    report.receive("the same with `--record`, on disk before the answer", figures, "listen --record", "bare hyper", 0.4)
    if "webhook" in figures:
        report.receive("`listen -o ndjson`, beside a hook that answers early", figures, "listen", "webhook", 6)
        report.receive_less("its peak memory under that load", memory, "listen", "webhook", 0.1, "KiB")
        report.receive(
            "`listen -- /bin/true`, beside a hook that waits", figures, "listen -- /bin/true", "webhook, waiting", 1
        )


def single(url, read):
    """Microseconds from the last byte of a delivery until `read` returns, for each of many."""
    authority = url.split("/")[2]
    host, port = authority.split(":")
    call = CALL % (authority.encode(), len(PAYLOAD), PAYLOAD)
    times = []
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(SINGLE):
            begun = time.perf_counter()
            connection.sendall(call)
            read(connection)
            times.append((time.perf_counter() - begun) * 1e6)
            if read is not answer:
                answer(connection)
    return times


def answer(connection):
    assert b" 200 " in connection.recv(65536)


def to_the_line(folder, plain, report):
    """How long a delivery takes from its last byte to its line on stdout, and how many lines there are."""
    figures = Figures()
    for _ in range(3):
        with bare_hyper(folder) as url:
            figures.add("bare round trip", single(url, answer))
        with listen(folder, plain, stdout=subprocess.PIPE) as (process, url):
            process.stdout.readline()
            figures.add("line", single(url, lambda _: process.stdout.readline()))
    report.receive_less("a delivery's last byte to its line on stdout", figures, "line", "bare round trip", 2, "µs")


def lines_and_memory(folder, plain, scale, report):
    """10,000 deliveries are 10,000 lines; memory after a thousand and after all."""
    with listen(folder, plain, stdout=subprocess.PIPE) as (process, url):
        count = {"lines": 0}

        def read():
            for line in process.stdout:
                count["lines"] += b'"type":"delivery"' in line

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        send(url, plain, 10_000)
        process.terminate()
        reader.join(20)
    report.receive_limit("lines that are missing after 10,000 deliveries at full speed", 10_000 - count["lines"], 0, "")
    with listen(folder, plain) as (process, url):
        send(url, plain, 1000)
        few = peak(process.pid)
        send(url, plain, scale.deliveries)
        many = peak(process.pid)
    shown = f"peak memory after {scale.deliveries:,} deliveries, times that after 1,000 ({few:,} and {many:,} KiB)"
    report.receive_limit(shown, many / few, 2, "×")


def send(url, environment, count):
    """Seconds that `ubihook send` takes, by its own summary."""
    command = [str(UBIHOOK), "send", "deployment_request_failed", "--url", url, "--count", str(count), "-o", "json"]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    found = json.loads(said)
    assert found["delivered"] == count, found
    return found["duration_ms"] / 1000


def senders(folder, plain, scale, report):
    """`send --count` beside a bare client that posts the same bytes."""
    figures = Figures()
    (payload := folder / "payload.json").write_bytes(PAYLOAD)
    with bare_hyper(folder) as url:
        for _ in range(scale.sends):
            figures.add("send", [scale.sent / send(url, plain, scale.sent)])
            command = [PEERS / "bare_client", url, payload, str(scale.sent)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            figures.add("bare client", [scale.sent / float(said)])
    report.receive(f"`send --count {scale.sent}`", figures, "send", "bare client", 0.7)


def all_of_it(folder, plain, scale, report):
    receivers(folder, plain, scale, report)
    to_the_line(folder, plain, report)
    lines_and_memory(folder, plain, scale, report)
    senders(folder, plain, scale, report)
