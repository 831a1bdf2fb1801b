"""`listen --record` under load and `kill -9`: what was answered with 200 is in the file."""

import json
import os
import re
import signal
import socket
import subprocess
import threading

from support import BINARY, PATIENCE, wait_until

# A million takes a few minutes with a release build (UBIHOOK_BIN).
DELIVERIES = int(os.environ.get("UBIHOOK_DELIVERIES") or 20_000)
ROUNDS = 5
CONNECTIONS = 16
# How many deliveries a connection has under way.
PIPELINED = 32
# The most memory that it may need, however many deliveries arrive.
MEMORY_KIB = 128 * 1024

PAYLOAD = (
    '{"event":"pipeline_request_failed","pipeline_name":"pipeline-1","pipeline_version_name":"v1",'
    '"request_id":"%d","status":"failed","text":"Request of pipeline pipeline-1 failed"}'
)
ANSWER = re.compile(rb"HTTP/1.1 (\d{3})[^\r]*\r\n(?:[^\r]+\r\n)*?content-length: 0\r\n(?:[^\r]+\r\n)*?\r\n", re.I)


class Sender(threading.Thread):
    """Sends deliveries on one connection until that breaks, and remembers which were answered with 200."""

    def __init__(self, authority, first):
        super().__init__(daemon=True)
        self.authority, self.next, self.answered, self.surprise = authority, first, [], None

    def run(self):
        host, port = self.authority.split(":")
        try:
            with socket.create_connection((host, int(port)), PATIENCE) as connection:
                while True:
                    self.send(connection)
        except OSError:
            pass

    def send(self, connection):
        sent = list(range(self.next, self.next + PIPELINED))
        self.next += PIPELINED
        calls = []
        for number in sent:
            body = PAYLOAD % number
            calls.append(f"POST / HTTP/1.1\r\nHost: {self.authority}\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        connection.sendall("".join(calls).encode())
        left = b""
        while sent:
            more = connection.recv(65536)
            if not more:
                raise ConnectionError("closed")
            left += more
            end = 0
            for answer in ANSWER.finditer(left):
                number, end = sent.pop(0), answer.end()
                if answer[1] == b"200":
                    self.answered.append(number)
                else:
                    self.surprise = answer[0]
            left = left[end:]


def peak(pid):
    """KiB of memory that a process had at most."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])


def test_what_was_answered_is_recorded_whenever_it_is_killed(world, capsys):
    recording = world.home / "recording.ndjson"
    ready = world.home / "ready.json"
    answered, peaks, first = set(), [], 0
    for _ in range(ROUNDS):
        listening = world.start("listen", "--record", recording, "--ready-file", ready, "-q")
        # Its lines are read, so that nothing waits for a reader.
        reader = threading.Thread(target=lambda: [None for _ in listening.stdout], daemon=True)
        reader.start()
        wait_until(lambda: ready.exists() and ready.read_text().endswith("\n"), "it listens")
        authority = json.loads(ready.read_text())["url"].split("/")[2]
        senders = [Sender(authority, first + 10**8 * number) for number in range(CONNECTIONS)]
        for sender in senders:
            sender.start()
        while sum(len(sender.answered) for sender in senders) < DELIVERIES / ROUNDS:
            assert any(sender.is_alive() for sender in senders), "no sender is left"
            senders[0].join(0.02)
        peaks.append(peak(listening.pid))
        listening.send_signal(signal.SIGKILL)
        for sender in senders:
            sender.join(PATIENCE)
            assert sender.surprise is None, sender.surprise
            answered.update(sender.answered)
        listening.wait(PATIENCE)
        reader.join(PATIENCE)
        first = max(sender.next - 10**8 * number for number, sender in enumerate(senders))
        ready.unlink()

    recorded, cut = set(), 0
    with recording.open("rb") as lines:
        for line in lines:
            try:
                recorded.add(int(json.loads(line)["request_id"]))
            except ValueError:
                cut += 1
    assert len(answered) >= DELIVERIES
    assert answered <= recorded, f"{len(answered - recorded)} of {len(answered)} answered deliveries are missing"
    assert cut <= ROUNDS, f"{cut} lines are cut"
    assert max(peaks) < MEMORY_KIB, peaks
    with capsys.disabled():
        print(f"\n{len(answered):,} answered, {len(recorded):,} recorded, {cut} lines cut, peaks of {peaks} KiB")


def test_a_recording_that_was_cut_in_its_last_line_is_sent_up_to_there(world):
    recording = world.home / "recording.ndjson"
    received = world.home / "received.ndjson"

    ready = world.home / "ready.json"

    def listen(*more):
        ready.unlink(missing_ok=True)
        listening = world.start("listen", "--ready-file", ready, *more, stdout=subprocess.DEVNULL)
        wait_until(lambda: ready.exists() and ready.read_text().endswith("\n"), "it listens")
        return listening, json.loads(ready.read_text())["url"]

    listening, url = listen("--record", recording, "--count", "100")
    world.run("send", "pipeline_request_failed", "--url", url, "--count", "100").ends_with(0)
    listening.communicate(timeout=PATIENCE)
    whole = recording.read_bytes()
    recording.write_bytes(whole[:-40])

    listening, url = listen("--record", received, "--count", "99")
    world.run("send", "-f", recording, "--url", url).ends_with(0).says("last line")
    listening.communicate(timeout=PATIENCE)
    assert listening.returncode == 0
    assert len(received.read_bytes().splitlines()) == 99
