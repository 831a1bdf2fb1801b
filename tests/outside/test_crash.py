"""Many at once, and ends that nobody asked for."""

import http.client
import itertools
import json
import os
import random
import signal
import threading
import uuid

import pytest

from support import BINARY, PATIENCE, QuietHandler, serving, wait_until

VALUE = "Bearer s3cret-of-the-test"
PROTECTED = ["--secret-header", "Authorization=env:VALUE"]


# ---------------------------------------------------------------- many commands on one database

TWENTY_AT_ONCE = """
i=0; pids=
while [ $i -lt 20 ]; do
    i=$((i + 1))
    "$0" --mock create "hook-$i" --deployment deployment-1 --event failed \\
        --url https://hooks.example.org/in --secret-header Authorization=env:VALUE >/dev/null &
    pids="$pids $!"
done
failed=0
for pid in $pids; do wait "$pid" || failed=$((failed + 1)); done
exit $failed
"""


@pytest.mark.parametrize("attempt", range(1, 11))
def test_twenty_creates_at_once_make_twenty_webhooks(world, attempt):
    """From nothing, so that they also race for making the database."""
    world.set(VALUE=VALUE)

    world.run("-c", TWENTY_AT_ONCE, BINARY, program="sh", timeout=2 * PATIENCE).ends_with(0)

    made = world.json("list", "--mock")
    assert sorted(webhook["name"] for webhook in made) == sorted(f"hook-{i}" for i in range(1, 21))
    assert {webhook["headers"][0]["local"] for webhook in made} == {"file"}
    kept = json.loads((world.state / "mock-secrets.json").read_text())["values"].values()
    assert [entry["value"] for entry in kept] == 20 * [VALUE]


# ------------------------------------------------------------------------- the mock is killed

class Names:
    """Each name once, for several threads to take from."""

    def __init__(self):
        self._numbers, self._lock = itertools.count(), threading.Lock()

    def next(self):
        with self._lock:
            return f"hook-{next(self._numbers)}"


class Creator(threading.Thread):
    """Creates webhooks on one connection until that breaks, and remembers which were answered."""

    def __init__(self, mock, names):
        super().__init__(daemon=True)
        self.mock, self.names, self.answered, self.surprise = mock, names, [], None

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.mock.port, timeout=PATIENCE)
        headers = {"Authorization": self.mock.token, "Content-Type": "application/json"}
        try:
            while True:
                name = self.names.next()
                body = {"name": name, "object_type": "deployment", "object_name": "deployment-1",
                        "event": "deployment_request_failed", "url": "https://hooks.example.org/in"}
                connection.request("POST", f"/v2/projects/{self.mock.project}/webhooks", json.dumps(body), headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 201:
                    self.surprise = answer.status
                    return
                self.answered.append(name)
        except (OSError, http.client.HTTPException):
            pass  # the crash that this is about
        finally:
            connection.close()


def test_what_was_answered_survives_twenty_kills(world):
    chance = random.Random(1)  # the same moments in each run, as far as that can be
    names, answered = Names(), set()
    for round_ in range(20):
        mock = world.serve()
        creators = [Creator(mock, names) for _ in range(4)]
        for creator in creators:
            creator.start()
        enough = chance.randrange(5, 60)
        wait_until(lambda: sum(len(c.answered) for c in creators) >= enough or any(c.surprise for c in creators), "creates")
        mock.kill()
        for creator in creators:
            creator.join(PATIENCE)
            assert not creator.is_alive() and creator.surprise is None, creator.surprise
            answered.update(creator.answered)
        again = world.serve()
        there = {webhook["name"] for webhook in again.webhooks()}
        assert answered <= there, f"round {round_}: lost {sorted(answered - there)}"
        again.kill()


# --------------------------------------------------------------- the client is killed

class FakePlatform:
    """Just enough of the platform, which kills its client at a chosen moment of a create."""

    def __init__(self):
        self.webhooks, self.tests = {}, []
        self._moment, self._victim, self._aimed = None, None, threading.Event()
        platform = self

        class Handler(QuietHandler):
            def do_GET(self):
                name = self.path.rsplit("/", 1)[1]
                if "/webhooks/" in self.path and name in platform.webhooks:
                    return self.answer(200, platform.webhooks[name])
                self.answer(404, {"error": f"{name} was not found"})

            def do_POST(self):
                body = json.loads(self.body())
                if self.path.endswith("/webhooks-tests"):
                    platform.tests.append(body)
                    return self.answer(201, {"id": str(uuid.uuid4()), "status": "completed", "error_message": None})
                platform.create(self, body)

        self._server = serving(Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v2"

    def create(self, request, body):
        moment, self._moment = self._moment, None
        if moment:
            self._aimed.wait(PATIENCE)
        if moment == "before the platform made it":
            return os.kill(self._victim, signal.SIGKILL)
        answer = self.webhooks[body["name"]] = self.made(body)
        if moment == "before the answer":
            return os.kill(self._victim, signal.SIGKILL)
        if moment == "after the answer":
            # Stopped first, so that the answer is there and surely not acted on.
            os.kill(self._victim, signal.SIGSTOP)
        request.answer(201, answer)
        if moment:
            os.kill(self._victim, signal.SIGKILL)

    @staticmethod
    def made(body):
        hidden = [{**header, "value": None} if header.get("protected") else header for header in body["headers"]]
        now = "2026-01-01T00:00:00Z"
        defaults = {"version": None, "description": "", "labels": {}, "timeout": 10, "enabled": True,
                    "retry": False, "include_result": False}
        return {"id": str(uuid.uuid4()), "creation_date": now, "last_updated": now, **defaults, **body, "headers": hidden}

    def kill_at(self, moment):
        self._aimed.clear()
        self._moment = moment

    def aim(self, pid):
        self._victim = pid
        self._aimed.set()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def platform(world):
    platform = FakePlatform()
    world.set(UBIOPS_API_HOST=platform.url, UBIOPS_API_TOKEN="Token of-the-test", UBIOPS_PROJECT="demo",
              UBIHOOK_STORE="file", VALUE=VALUE)
    yield platform
    platform.close()


CREATE = ["create", "nightly", "--deployment", "deployment-1", "--event", "failed",
          "--url", "https://hooks.example.org/in", *PROTECTED]


def killed_create(world, platform, moment):
    platform.kill_at(moment)
    process = world.start(*CREATE)
    platform.aim(process.pid)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL


def kept(world):
    """What the store has: the values that are known, and those of changes that nobody saw answered."""
    entries = json.loads((world.state / "secrets.json").read_text())["values"].values()
    known = [entry["value"] for entry in entries if "value" in entry]
    return known, [change["value"] for entry in entries for change in entry.get("open", [])]


def sent(test):
    return {header["key"]: header["value"] for header in test["headers"]}


@pytest.mark.parametrize("moment", ["before the answer", "after the answer"])
def test_a_value_is_kept_until_it_is_known_after_its_create_was_killed(world, platform, moment):
    killed_create(world, platform, moment)
    assert kept(world) == ([], [VALUE]), "it was not kept before the call"

    world.run("test", "nightly").ends_with(9).says("ubihook test nightly --secret-header Authorization")

    assert platform.tests == []
    assert kept(world) == ([], [VALUE])
    assert world.json("get", "nightly")["headers"][0]["local"] == "none"


def test_a_create_that_never_arrived_is_made_again(world, platform):
    killed_create(world, platform, "before the platform made it")
    world.run("test", "nightly").ends_with(3)

    world.set(VALUE="Bearer another-s3cret")
    world.run(*CREATE).ends_with(0)

    world.run("test", "nightly").ends_with(0)
    assert [sent(test) for test in platform.tests] == [{"Authorization": "Bearer another-s3cret"}]
    known, may_arrive = kept(world)
    assert known == ["Bearer another-s3cret"]
    assert set(may_arrive) <= {VALUE}


def test_another_webhook_of_that_name_does_not_get_a_pending_value(world, platform):
    killed_create(world, platform, "before the platform made it")
    body = {"name": "nightly", "object_type": "deployment", "object_name": "deployment-1",
            "event": "deployment_request_failed", "url": "https://elsewhere.example.org/in",
            "headers": [{"key": "Authorization", "value": "theirs", "protected": True}]}
    platform.webhooks["nightly"] = platform.made(body)

    world.run("test", "nightly").ends_with(9).says("Authorization")

    assert platform.tests == []


# ------------------------------------------------------------------------ asked to end

@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_the_mock_ends_in_time_and_delivers_the_rest_after_its_next_start(world, mock, receiver, by):
    receiver.delay = 20.0
    ad_hoc = ["--deployment", "deployment-1", "--event", "failed", "--url", receiver.url, "--timeout", "25"]
    started = world.json("test", *ad_hoc, "--no-wait")
    receiver.wait_for(1)

    code, seconds = mock.stop(by)

    assert code == 0, mock.err
    assert seconds < 1.0
    receiver.hurry()
    world.sign_in(world.serve())
    receiver.wait_for(2)
    (_, first), (_, second) = receiver.deliveries
    assert first == second, "not the same event"
    wait_until(lambda: world.run("test", "--id", started["id"], "-o", "json").code == 0, "the test to be completed")


def test_a_mock_started_again_tells_its_token_to_those_who_have_it_already(world, mock):
    mock.stop()
    assert world.env["UBIOPS_API_TOKEN"] == mock.token

    assert world.serve().token == mock.token


def test_an_idle_mock_ends_at_once(world, mock):
    code, seconds = mock.stop()
    assert (code, seconds < 1.0) == (0, True)
