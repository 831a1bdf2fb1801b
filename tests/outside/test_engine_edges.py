"""The delivery engine from outside where things are scarce, gone or in the way.

In full sizes: see `test_engine.py`.
"""

import asyncio
import json
import resource
import subprocess
import time

import live
from live import Mock, Receiver, wait_for

COMPLETED, FAILED = "deployment_request_completed", "deployment_request_failed"
DEPLOYMENT = "/projects/demo/deployments/deployment-1"


class Scarce(Mock):
    """A mock that may have few files open."""

    files = 256

    def start(self):
        limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))
        command = [live.BIN, "mock", "serve", *self.arguments]
        self.process = subprocess.Popen(
            command, env=self.environment(), stdout=subprocess.PIPE, text=True, preexec_fn=limit
        )
        ready = json.loads(self.process.stdout.readline())
        self.url, self.token = ready["url"], ready["token"]


def everywhere(receiver):
    """A port at which a receiver answers on all of loopback: each address is another destination."""

    async def serve():
        return await asyncio.start_server(receiver._serve, "0.0.0.0", 0, backlog=4096)

    server = asyncio.run_coroutine_threadsafe(serve(), receiver.loop).result()
    return server.sockets[0].getsockname()[1]


def made(mock, *more):
    ended = mock.run("mock", "request", "--deployment", "deployment-1", "-o", "json", *more, check=False)
    return ended.returncode, json.loads(ended.stdout)


def test_few_files_fail_no_delivery(tmp_path):
    receiver = Receiver({"/": (200, 0.02)}, keep=False)
    port = everywhere(receiver)
    with Scarce(tmp_path) as mock:
        for number in range(10):
            mock.webhook(f"w{number}", COMPLETED, f"http://127.0.1.{number + 1}:{port}/")
        code, summary = made(mock, "--count", "400")
        assert (code, summary["delivered"], summary["failed"]) == (0, 4000, 0), summary


def test_many_silent_destinations_hold_up_no_other(tmp_path):
    silent, lively = Receiver(keep=False), Receiver(keep=False)
    silent.open.clear()
    port = everywhere(silent)
    field = "object_type: deployment, object_name: deployment-1"
    world = [f"- {{name: lively, {field}, event: failed, url: '{lively.url()}'}}"]
    for number in range(700):
        url = f"http://127.0.{number // 250 + 1}.{number % 250 + 1}:{port}/"
        world.append(f"- {{name: w{number}, {field}, event: completed, timeout: 30, url: '{url}'}}")
    (tmp_path / "world.yaml").write_text("webhooks:\n" + "\n".join(world) + "\n")
    with Mock(tmp_path) as mock:
        mock.run("mock", "reset", "--yes", "-f", str(tmp_path / "world.yaml"))
        mock.run("mock", "request", "--deployment", "deployment-1", "--count", "4", "--no-wait")
        wait_for(lambda: silent.count >= 512, "as many calls as there is room for")
        begun = time.monotonic()
        code, summary = made(mock, "--outcome", "failed", "--count", "3")
        took = time.monotonic() - begun
        assert (code, summary["delivered"]) == (0, 3)
        assert took < 10, f"{took} s"
        silent.open.set()


def held_up(mock, receiver, count):
    """Has so many requests wait for a receiver that doesn't answer. How many calls are under way."""
    receiver.open.clear()
    mock.run("mock", "request", "--deployment", "deployment-1", "--count", str(count), "--no-wait")
    wait_for(lambda: receiver.count >= 4, "the first calls")
    time.sleep(0.3)
    return receiver.count


def test_what_waits_is_not_sent_after_a_reset(tmp_path):
    receiver = Receiver(keep=False)
    with Mock(tmp_path) as mock:
        mock.webhook("w", COMPLETED, receiver.url(), timeout=30)
        under_way = held_up(mock, receiver, 300)
        mock.run("mock", "reset", "--yes")
        time.sleep(0.3)
        receiver.open.set()
        time.sleep(0.7)
        assert receiver.count == under_way


def test_what_waits_for_a_webhook_that_is_disabled_or_deleted_is_not_sent(tmp_path):
    for change in (("PATCH", {"enabled": False}), ("DELETE", None)):
        receiver = Receiver(keep=False)
        folder = tmp_path / change[0]
        folder.mkdir()
        with Mock(folder) as mock:
            mock.webhook("w", COMPLETED, receiver.url(), timeout=30)
            under_way = held_up(mock, receiver, 100)
            mock.call(change[0], "/projects/demo/webhooks/w", change[1])
            time.sleep(0.3)
            receiver.open.set()
            attempts = lambda: json.loads(mock.run("mock", "deliveries", "-o", "json").stdout)
            wait_for(lambda: len(attempts()) == 100, "an outcome for each")
            assert receiver.count == under_way
            gone = [a for a in attempts() if a["error"] == "Webhook disabled or deleted"]
            assert len(gone) == 100 - under_way


def test_a_command_begins_nothing_that_nobody_waits_for(tmp_path):
    slow, quick = Receiver({"/": (200, 0.8)}), Receiver(keep=False)
    with Mock(tmp_path) as mock:
        mock.webhook("slow", COMPLETED, slow.url())
        mock.webhook("quick", FAILED, quick.url())
    mock.run("mock", "request", "--deployment", "deployment-1", "--count", "10", "--no-wait")
    for _ in range(3):
        mock.run("--mock", "list")
        assert made(mock, "--outcome", "failed")[0] == 0
    assert (slow.count, quick.count) == (0, 3)
    mock.start()
    wait_for(lambda: slow.count >= 10, "what waited, by a mock that stays")
    mock.end()
    assert len({body["request_id"] for body in slow.bodies()}) == 10


def test_a_reset_while_requests_are_waited_for_is_told(tmp_path):
    receiver = Receiver(keep=False)
    receiver.open.clear()
    with Mock(tmp_path) as mock:
        mock.webhook("w", COMPLETED, receiver.url(), timeout=30)
        command = [live.BIN, "mock", "request", "--deployment", "deployment-1", "--count", "100"]
        waits = subprocess.Popen(
            command, env=mock.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_for(lambda: receiver.count >= 4, "the first calls")
        mock.run("mock", "reset", "--yes")
        out, err = waits.communicate(timeout=20)
        assert (waits.returncode, out) == (1, "")
        assert "was reset in the meantime" in err
        receiver.open.set()


def around(folder, *command):
    """`mock run` around a command."""
    env = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [live.BIN, "mock", "run", "--db", str(folder / "mock.db"), "--", *command],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )


def test_what_a_command_set_off_is_delivered_after_its_end(tmp_path):
    receiver = Receiver({"/": (200, 0.3)}, keep=False)
    with Mock(tmp_path) as mock:
        mock.webhook("w", COMPLETED, receiver.url())
    ended = around(
        tmp_path, live.BIN, "mock", "request", "--db", str(tmp_path / "mock.db"), "--deployment", "deployment-1",
        "--count", "40", "--no-wait",
    )
    assert (ended.returncode, receiver.count) == (0, 40), ended.stderr
    receiver.open.clear()
    ended = around(
        tmp_path, live.BIN, "mock", "request", "--db", str(tmp_path / "mock.db"), "--deployment", "deployment-1",
        "--no-wait",
    )
    assert ended.returncode == 0
    assert "1 delivery still pending 10 s after the command ended" in ended.stderr
    receiver.open.set()
