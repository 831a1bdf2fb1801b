"""The delivery engine from outside where something is taken away from it while it runs: files, its
database, its lock, the time, room for more connections, and the sense in a callback.
"""

import asyncio
import collections
import contextlib
import glob
import http.client
import http.server
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.error

import pytest

import live
from live import Mock, Receiver, wait_for

COMPLETED, FAILED = "deployment_request_completed", "deployment_request_failed"
DEPLOYMENT = "/projects/demo/deployments/deployment-1"
REQUESTS = f"{DEPLOYMENT}/requests"
WEBHOOKS = "/projects/demo/webhooks"


class Heard(Mock):
    """A mock whose stderr is kept, and that may be started through another program."""

    through, settings, limits = [], {}, {}

    def start(self):
        self.said = self.home / "stderr"
        command = [*self.through, live.BIN, "mock", "serve", *self.arguments]
        limit = lambda: [resource.setrlimit(what, (most, most)) for what, most in self.limits.items()]
        with self.said.open("a") as stderr:
            self.process = subprocess.Popen(
                command, env=self.environment() | self.settings, stdout=subprocess.PIPE, stderr=stderr, text=True,
                preexec_fn=limit,
            )
        ready = json.loads(self.process.stdout.readline())
        self.url, self.token, self.pid = ready["url"], ready["token"], ready["pid"]

    def end(self, by=signal.SIGTERM):
        os.kill(self.pid, by)
        self.process.stdout.close()
        return self.process.wait(timeout=live.PATIENCE)

    @property
    def port(self):
        return int(self.url.split(":")[2].split("/")[0])

    def tried(self, method, path, body=None):
        """The status and the answer, whatever they are."""
        try:
            return 200, self.call(method, path, body)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def complete(self):
        return self.tried("POST", REQUESTS, {"x": 1})

    def attempts(self):
        return json.loads(self.run("mock", "deliveries", "-o", "json").stdout)

    def warnings(self):
        return [line for line in self.said.read_text().splitlines() if line.startswith("warning: ")]


# ------------------------------------------------------------------------------ no file is left


class Scarce(Heard):
    """A mock that may have few files open."""

    limits = {resource.RLIMIT_NOFILE: 80}

    @contextlib.contextmanager
    def with_no_file_left(self):
        """Within which an event has been made, and no file can be opened to deliver it with."""
        self.run("mock", "request", "--deployment", "deployment-1", "--outcome", "failed", "--no-wait")
        wait_for(lambda: len(self.call("GET", f"{REQUESTS}?status=failed")) == 1, "what it reads first")
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (3, 80))
        # By another process: the mock accepts no calls either.
        self.run("mock", "request", "--deployment", "deployment-1", "--no-wait")
        # That nothing is sent can't be waited for.
        time.sleep(1.2)
        yield
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (80, 80))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_event_that_found_no_file_left_is_delivered_when_there_are_some(tmp_path, host):
    """Looking the name up takes files too."""
    receiver = Receiver()
    with Scarce(tmp_path) as mock:
        mock.webhook("w", COMPLETED, f"http://{host}:{receiver.port}/")
        with mock.with_no_file_left():
            assert receiver.count == 0
        wait_for(lambda: receiver.count, "the event")
        wait_for(lambda: [(a["attempt"], a["error"]) for a in mock.attempts()] == [(1, None)], "one attempt")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_event_is_delivered_while_silent_connections_take_all_files(tmp_path, host):
    receiver = Receiver()
    with Scarce(tmp_path) as mock, contextlib.ExitStack() as held:
        mock.webhook("w", COMPLETED, f"http://{host}:{receiver.port}/")
        # More than it may open: it closes those that stay silent, and keeps files for itself.
        for _ in range(200):
            held.enter_context(socket.create_connection(("127.0.0.1", mock.port)))
        client = http.client.HTTPConnection("127.0.0.1", mock.port)
        client.request("POST", f"/v2{REQUESTS}", "{}", {"Authorization": mock.token})
        assert client.getresponse().status == 201
        wait_for(lambda: receiver.count, "the event")
        held.close()
        wait_for(lambda: [(a["attempt"], a["error"]) for a in mock.attempts()] == [(1, None)], "one attempt")


def test_certificates_that_could_not_be_read_are_read_when_there_are_files_again(tmp_path):
    with Scarce(tmp_path) as mock, socket.create_server(("127.0.0.1", 0)) as listener:
        mock.webhook("w", COMPLETED, f"https://127.0.0.1:{listener.getsockname()[1]}/", timeout=1)
        with mock.with_no_file_left():
            assert mock.attempts() == []
        listener.settimeout(live.PATIENCE)
        connection, _ = listener.accept()
        assert connection.recv(1) == b"\x16", "the first byte of TLS"
        connection.close()
        attempt, = wait_for(mock.attempts, "an attempt")
        assert attempt["attempt"] == 1


# ---------------------------------------------------------------- the lock, and the files at work


def spoil(path, how):
    """Puts something in the place of a file that can't be locked."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    if how == "folder":
        path.mkdir()
    elif how == "link":
        path.symlink_to("/dev/null")
    elif how == "pipe":
        os.mkfifo(path)


def mend(path):
    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


@pytest.mark.parametrize("how", ["folder", "link", "pipe"])
def test_a_mock_whose_lock_can_not_be_taken_does_not_start(tmp_path, how):
    mock = Heard(tmp_path)
    mock.end()
    spoil(tmp_path / "mock.db.deliver.lock", how)
    for verb in (["serve"], ["request", "--deployment", "deployment-1"]):
        ended = mock.run("mock", *verb, check=False)
        assert (ended.returncode, ended.stdout) == (1, ""), ended
        assert "mock.db.deliver.lock is" in ended.stderr


@pytest.mark.parametrize("how", ["folder", "link", "pipe"])
def test_a_mock_that_loses_its_lock_says_so_once_and_refuses_what_it_would_not_deliver(tmp_path, how):
    receiver, lock = Receiver(), tmp_path / "mock.db.deliver.lock"
    with Heard(tmp_path) as mock:
        mock.webhook("w", COMPLETED, receiver.url())
        spoil(lock, how)
        status, answer = wait_for(lambda: (got := mock.complete())[0] != 200 and got, "a refusal")
        assert status == 503 and "can't deliver" in answer["error"] and "mock.db.deliver.lock" in answer["error"]
        assert mock.tried("POST", WEBHOOKS, {})[0] in (400, 503)
        assert mock.tried("GET", WEBHOOKS)[0] == 200
        wait_for(mock.warnings, "a word of it")
        assert len(mock.warnings()) == 1
        mend(lock)
        wait_for(lambda: mock.complete()[0] == 200, "the next one")
        made = len(mock.call("GET", f"{REQUESTS}?limit=1000"))
        wait_for(lambda: receiver.count >= made, "all that were made")
        assert receiver.count == made


def test_a_removed_lock_lets_another_mock_deliver_and_none_twice(tmp_path):
    receiver = Receiver()
    with Heard(tmp_path) as first:
        first.webhook("w", COMPLETED, receiver.url())
        lock = tmp_path / "mock.db.deliver.lock"
        for _ in range(5):
            lock.unlink()
            second = Mock(tmp_path)
            wait_for(lock.exists, "another lock")
            # Until the first has looked, both may hold one.
            time.sleep(0.3)
            receiver.calls.clear()
            first.run("mock", "request", "--deployment", "deployment-1", "--count", "200")
            assert len({body["request_id"] for body in receiver.bodies()}) == 200
            assert len(receiver.bodies()) == 200
            second.end()
        assert not first.warnings()


def strace(*inject):
    return ["strace", "-f", "-qq", "-o", "/dev/null", *(word for one in inject for word in ("-e", f"inject={one}"))]


def test_a_file_system_without_locks_is_said_and_nothing_is_taken(tmp_path):
    Heard(tmp_path).end()

    class Without(Heard):
        through = strace("flock:error=ENOLCK")

    with Without(tmp_path) as mock:
        status, answer = mock.complete()
        assert status == 503 and "can't deliver" in answer["error"]
        assert mock.tried("GET", WEBHOOKS) == (200, [])
        wait_for(mock.warnings, "a word of it")
    assert len(mock.warnings()) == 1, mock.warnings()
    ended = subprocess.run(
        [*Without.through, live.BIN, "mock", "request", "--deployment", "deployment-1"],
        env=mock.environment(), capture_output=True, text=True, timeout=60, check=False,
    )
    assert ended.returncode == 1 and "can't deliver" in ended.stderr
    # A command begins to deliver after its first write.
    ended = subprocess.run(
        [*Without.through, live.BIN, "--mock", "test", "--deployment", "deployment-1", "--event", "failed", "--url",
         "http://127.0.0.1:9/", "--wait-timeout", "1s"],
        env=mock.environment(), capture_output=True, text=True, timeout=60, check=False,
    )
    assert ended.returncode == 8, ended
    assert [line for line in ended.stderr.splitlines() if "can't deliver" in line], ended


# ------------------------------------------------------------------------- what is written is gone


def remove(path):
    path.unlink()


def replace(path):
    other = path.with_name("other")
    shutil.copy(path, other)
    other.rename(path)


def remove_folder(path):
    shutil.rmtree(path.parent)


GONE = [(end, deed) for end in ("", "-wal", "-shm") for deed in (remove, replace)] + [("", remove_folder)]


@pytest.mark.parametrize(("end", "deed"), GONE, ids=lambda of: getattr(of, "__name__", of or "db"))
def test_a_mock_whose_database_is_taken_away_says_so_and_answers_503(tmp_path, end, deed):
    folder = tmp_path / "state"
    folder.mkdir()

    class Elsewhere(Heard):
        def environment(self):
            return super().environment() | {"UBIHOOK_MOCK_DB": str(folder / "mock.db")}

    with Elsewhere(tmp_path) as mock:
        mock.webhook("before", COMPLETED, "http://127.0.0.1:9/")
        deed(folder / f"mock.db{end}")
        status, answer = mock.tried("POST", WEBHOOKS, {
            "name": "after", "object_type": "deployment", "object_name": "deployment-1", "event": COMPLETED,
            "url": "http://127.0.0.1:9/",
        })
        assert status == 503, answer
        assert f"mock.db{end} was removed or replaced" in answer["error"]
        assert mock.complete()[0] == 503
        wait_for(mock.warnings, "a word of it")
        # Nothing is made in the place of what is gone.
        assert deed is not remove_folder or not folder.exists()
    assert len(mock.warnings()) == 1, mock.warnings()


def test_a_mock_that_nobody_calls_says_that_its_database_is_gone(tmp_path):
    with Heard(tmp_path) as mock:
        away = tmp_path / "away"
        (tmp_path / "mock.db").rename(away)
        wait_for(mock.warnings, "a word of it")
        away.rename(tmp_path / "mock.db")
        assert mock.complete()[0] == 200
    assert len(mock.warnings()) == 1


FULL = ["pwrite64:error=ENOSPC", "pwrite64:error=EROFS", "fdatasync:error=EIO"]


@pytest.mark.parametrize("fault", FULL)
def test_a_disk_that_takes_nothing_is_said_and_answered_503_until_it_does(tmp_path, fault):
    receiver = Receiver()
    with Heard(tmp_path) as mock:
        mock.webhook("w", COMPLETED, receiver.url())
        assert mock.complete()[0] == 200
        wait_for(lambda: receiver.count == 1 and mock.attempts(), "the first")
        tracer = subprocess.Popen([*strace(fault), "-p", str(mock.pid)])
        try:
            wait_for(lambda: "TracerPid:\t0" not in pathlib.Path(f"/proc/{mock.pid}/status").read_text(), "the tracer")
            status, answer = wait_for(lambda: (got := mock.complete())[0] != 200 and got, "a refusal")
            assert (status, answer["error"].split(": ")[0]) == (503, "the mock's database can't be used"), answer
            wait_for(mock.warnings, "a word of it")
        finally:
            tracer.terminate()
            tracer.wait()
        wait_for(lambda: mock.complete()[0] == 200, "the next one")
        ids = {request["id"] for request in mock.call("GET", f"{REQUESTS}?limit=1000")}
        delivered = lambda: {body["request_id"] for body in receiver.bodies()}
        wait_for(lambda: ids <= delivered(), "all that were made")
        assert delivered() == ids
    assert len(mock.warnings()) <= 2, mock.warnings()


# ------------------------------------------------------------------- connections that were closed


class Closing:
    """Answers so many calls on a connection as if it kept it, and closes it without a word."""

    def __init__(self, calls):
        self.calls, self.seen, self.lock = calls, collections.Counter(), threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines:
            for _ in range(self.calls):
                if not lines.readline():
                    return
                head = http.client.parse_headers(lines)
                body = json.loads(lines.read(int(head["content-length"])))
                with self.lock:
                    self.seen[body["request_id"]] += 1
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("calls", [1, 2])
def test_a_connection_that_was_closed_before_a_call_is_no_attempt(tmp_path, calls):
    receiver = Closing(calls)
    with Mock(tmp_path) as mock:
        mock.webhook("w", COMPLETED, receiver.url)
        made = mock.run("mock", "request", "--deployment", "deployment-1", "--count", "1000", "-o", "json", check=False)
        made = json.loads(made.stdout)
        assert (made["delivered"], made["failed"]) == (1000, 0), made["failures"]
        attempts = json.loads(mock.run("mock", "deliveries", "-o", "json").stdout)
        assert collections.Counter(a["error"] for a in attempts) == {None: 1000}
        assert receiver.seen.total() == len(receiver.seen) == 1000


def test_a_receiver_that_drops_what_it_read_gets_a_bounded_number_of_calls(tmp_path):
    """The second call on each connection is read and dropped: one that is made apart is not made again."""
    calls = collections.Counter()

    class Drops(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        first = True

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            calls[body["request_id"]] += 1
            if not self.first or calls[body["request_id"]] > 1:
                self.close_connection = True
                return
            self.first = False
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Drops)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Mock(tmp_path) as mock:
        mock.webhook("w", COMPLETED, f"http://127.0.0.1:{server.server_address[1]}/", retry=True)
        made = mock.run("mock", "request", "--deployment", "deployment-1", "--count", "50", "-o", "json", check=False)
        assert json.loads(made.stdout)["failed"] == 50
        attempts = json.loads(mock.run("mock", "deliveries", "-o", "json").stdout)
        assert len(attempts) == 150
        # Each attempt is one call, and one more where it met a kept connection.
        assert max(calls.values()) <= 6
    server.shutdown()


# --------------------------------------------------------------------------------------- the time


class Timed(Heard):
    """A mock whose clock on the wall is set by a file; the steady one stays what it is."""

    offset = "+0"

    def environment(self):
        library, = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        return super().environment() | {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self.home / "clock"), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
        }

    def start(self):
        self.set(self.offset)
        super().start()

    def set(self, offset):
        new = self.home / "clock.new"
        new.write_text(f"{offset}\n")
        new.rename(self.home / "clock")


@pytest.mark.parametrize("by", ["-1h", "+1h", "+8d"])
def test_a_clock_that_is_set_changes_how_long_no_request_takes(tmp_path, by):
    receiver = Receiver()
    with Timed(tmp_path) as mock:
        mock.webhook("w", COMPLETED, receiver.url())
        batch = [{"ubihook": {"pending_ms": 800, "duration_ms": 1200}} for _ in range(3)]
        begun = time.monotonic()
        mock.call("POST", f"{REQUESTS}/batch", batch)
        mock.set(by)
        direct = mock.call("POST", REQUESTS, {"ubihook": {"duration_ms": 500}})
        took = time.monotonic() - begun
        assert direct["status"] == "completed"
        wait_for(lambda: receiver.count >= 4, "all of them", 30)
        times = receiver.times["/"]
        # By the steady clock: none comes before its time, whatever the one on the wall says.
        assert took >= 0.5 and min(times) - begun >= 0.5
        assert sorted(times)[1] - begun >= 1.9


def test_a_clock_that_is_set_ahead_makes_nothing_old(tmp_path):
    receiver = Receiver()
    with Timed(tmp_path) as mock:
        mock.webhook("w", COMPLETED, receiver.url())
        mock.run("mock", "request", "--deployment", "deployment-1", "--count", "20")
        mock.set("+8d")
        # Its engine has seen the new time when something ends at it.
        for _ in range(3):
            mock.call("POST", REQUESTS, {"ubihook": {"duration_ms": 700}})
        assert len(mock.attempts()) >= 20
        assert len(mock.call("GET", f"{REQUESTS}?limit=1000")) == 23


def test_a_mock_that_starts_with_a_clock_ahead_removes_nothing_at_once(tmp_path):
    with Timed(tmp_path) as mock:
        mock.run("mock", "request", "--deployment", "deployment-1", "--count", "20")
        mock.end(9)
        mock.offset = "+8d"
        mock.start()
        for _ in range(3):
            mock.call("POST", REQUESTS, {"ubihook": {"duration_ms": 700}})
        assert len(mock.call("GET", f"{REQUESTS}?limit=1000")) == 23


def test_a_clock_that_was_set_back_while_no_mock_ran_hangs_no_request(tmp_path):
    receiver = Receiver()
    mock = Timed(tmp_path)
    mock.webhook("w", COMPLETED, receiver.url())
    mock.set("+1h")
    mock.call("POST", f"{REQUESTS}/batch", [{"ubihook": {"pending_ms": 60_000, "duration_ms": 0}}])
    mock.end(9)
    # Of the minute, what is left is waited for at most.
    with contextlib.closing(sqlite3.connect(mock.db, timeout=60)) as connection:
        connection.execute("UPDATE requests SET due = created + 1000000")
        connection.commit()
    with mock:
        mock.start()
        wait_for(lambda: receiver.count == 1, "the event", 30)


# ------------------------------------------------------------------------------- many are silent


def test_more_silent_destinations_than_there_is_room_for_hold_up_no_new_one(tmp_path):
    silent, lively = Receiver(keep=False), Receiver(keep=False)
    silent.open.clear()

    async def serve():
        return await asyncio.start_server(silent._serve, "0.0.0.0", 0, backlog=4096)

    server = asyncio.run_coroutine_threadsafe(serve(), silent.loop).result()
    port = server.sockets[0].getsockname()[1]
    field = "object_type: deployment, object_name: deployment-1"
    world = [f"- {{name: lively, {field}, event: failed, url: '{lively.url()}'}}"]
    for number in range(2500):
        url = f"http://127.0.{number // 250 + 1}.{number % 250 + 1}:{port}/"
        world.append(f"- {{name: w{number}, {field}, event: completed, timeout: 30, url: '{url}'}}")
    (tmp_path / "world.yaml").write_text("webhooks:\n" + "\n".join(world) + "\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))
    with Mock(tmp_path) as mock:
        mock.run("mock", "reset", "--yes", "-f", str(tmp_path / "world.yaml"))
        mock.run("mock", "request", "--deployment", "deployment-1", "--count", "2", "--no-wait")
        # Half of the room, and a while in which the rest could be taken.
        wait_for(lambda: silent.count >= 1024, "many calls")
        time.sleep(5)
        mock.run("mock", "request", "--deployment", "deployment-1", "--outcome", "failed", "--no-wait")
        wait_for(lambda: lively.count, "the new one's")
        # No call had to end for that one.
        assert json.loads(mock.run("mock", "deliveries", "--failed", "-o", "json").stdout) == []
        silent.open.set()
        mock.end(9)


# ----------------------------------------------------------------------- a callback to the mock


def test_a_callback_to_the_mock_itself_is_refused_however_it_is_written(tmp_path):
    with Heard(tmp_path) as mock:
        of = {"object_type": "deployment", "object_name": "deployment-1", "event": COMPLETED}
        mock.webhook("w", COMPLETED, "http://127.0.0.1:9/")
        for host in ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "LOCALHOST.", "a.localhost",
                     "0.0.0.0", "[::ffff:127.0.0.1]", "u:p@127.0.0.1"]:
            url = f"http://{host}:{mock.port}/v2{REQUESTS}"
            for method, path, body in [
                ("POST", WEBHOOKS, {"name": "x", **of, "url": url}),
                ("PATCH", f"{WEBHOOKS}/w", {"url": url}),
                ("POST", f"{WEBHOOKS}-tests", {**of, "url": url}),
            ]:
                status, answer = mock.tried(method, path, body)
                assert status == 400 and "url: must not be the mock's own address" in answer["error"], (url, answer)
        assert [webhook["name"] for webhook in mock.call("GET", WEBHOOKS)] == ["w"]


def own_webhook(mock, port, *headers):
    """A world with a webhook that makes a request at a port for each that has ended there."""
    lines = [f"{{key: Authorization, value: '{mock.token}', protected: true}}", *headers]
    return (
        "webhooks:\n- {name: itself, object_type: deployment, object_name: deployment-1, event: completed, "
        f"url: 'http://127.0.0.1:{port}/v2{REQUESTS}', headers: [{', '.join(lines)}]}}\n"
    )


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_a_mock_that_comes_to_listen_where_its_webhook_leads_delivers_nothing_there(tmp_path):
    mock = Heard(tmp_path)
    mock.end()
    port = free_port()
    world = tmp_path / "world.yaml"
    world.write_text(own_webhook(mock, port))
    mock.run("mock", "reset", "--yes", "-f", str(world))
    mock.arguments = ("--port", str(port))
    with mock:
        mock.start()
        assert mock.complete()[0] == 200
        attempt, = wait_for(mock.attempts, "an attempt")
        assert attempt["error"] == "The URL is the mock's own address"
        assert len(mock.call("GET", f"{REQUESTS}?limit=1000")) == 1


def test_a_callback_to_another_mock_on_the_same_database_ends_there(tmp_path):
    with Heard(tmp_path) as leads, Heard(tmp_path) as other:
        world = tmp_path / "world.yaml"
        world.write_text(own_webhook(leads, other.port))
        leads.run("mock", "reset", "--yes", "-f", str(world))
        assert leads.complete()[0] == 200
        attempt, = wait_for(leads.attempts, "an attempt")
        assert attempt["error"] == "Received status code 403"
        assert len(leads.call("GET", f"{REQUESTS}?limit=1000")) == 1


# ------------------------------------------------------------------------------- a short queue


@pytest.mark.parametrize("protocol", ["HTTP/1.1", "HTTP/1.0"])
def test_a_receiver_with_a_short_queue_is_not_given_more_than_it_takes(tmp_path, protocol):
    """Python's own server: its queue has five places. Half of the calls fail, half are dropped."""
    chance = random.Random(16)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = protocol

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            if chance.random() < 0.5:
                self.close_connection = True
                return
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    assert server.request_queue_size == 5
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with Mock(tmp_path) as mock:
        mock.webhook("w", COMPLETED, f"http://127.0.0.1:{server.server_address[1]}/", retry=True)
        for _ in range(20):
            mock.run("mock", "request", "--deployment", "deployment-1", "--count", "100", check=False)
        attempts = json.loads(mock.run("mock", "deliveries", "-o", "json").stdout)
    # The system sends another first packet after a second where one was dropped.
    lost = [a["duration_ms"] for a in attempts if a["duration_ms"] >= 900]
    print(f"{protocol}: {len(lost)} of {len(attempts)} attempts lost their first packet")
    assert len(attempts) == 6000
    # A few where the machine is busy with others. They were a quarter of all.
    assert len(lost) <= 180
    server.shutdown()
