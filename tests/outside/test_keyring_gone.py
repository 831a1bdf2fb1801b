"""A keyring that goes away while a rotation uses it, one that many use at once, and a bus that never
answers the verbs of `secret`."""

import http.client
import json
import signal

import pytest

from support import BINARY, KEYRING_LIMIT, PATIENCE, QuietHandler, serving
from test_silent_bus import silent_bus  # noqa: F401

OLD = "Bearer s3cret-of-the-test"
NEW = "Bearer n3w-s3cret-of-the-test"
SOURCE = ["--secret-header", "Authorization=env:VALUE"]


class Between:
    """Passes calls on to the mock, and does something once before it passes an answer back."""

    def __init__(self, mock):
        self.moments = {}
        between = self

        class Handler(QuietHandler):
            def passed_on(self):
                body = self.body()
                connection = http.client.HTTPConnection("127.0.0.1", mock.port, timeout=PATIENCE)
                headers = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                content = answer.read()
                kind = "TEST" if self.path.endswith("/webhooks-tests") else self.command
                between.moments.pop(kind, lambda: None)()
                self.send_response(answer.status)
                for name in ("Content-Type", "Date"):
                    if answer.getheader(name):
                        self.send_header(name, answer.getheader(name))
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = passed_on

            def send_response(self, code, message=None):
                self.send_response_only(code, message)

        self._server = serving(Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v2"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def between(world, mock, keyring, receiver):
    between = Between(mock)
    world.set(UBIOPS_API_HOST=between.url, VALUE=OLD, UBIHOOK_STORE="keyring")
    world.run("create", "nightly", "--deployment", "deployment-1", "--event", "failed",
              "--url", receiver.url, *SOURCE).ends_with(0)
    yield between
    between.close()


def states(world):
    return [row["state"] for row in world.json("secret", "list")]


def secrets(keyring):
    return sorted(item["secret"] for item in keyring.found())


def kill(keyring):
    """As a crash ends it; the bus starts another, which is locked."""
    keyring._keyring.send_signal(signal.SIGKILL)
    keyring._keyring.wait(PATIENCE)
    keyring._keyring = None


def leave(keyring):
    """The session ends, and its bus with it."""
    keyring._bus.stdin.close()
    keyring._bus.wait(PATIENCE)


@pytest.mark.parametrize("ends", [lambda keyring: keyring.lock(), kill, leave], ids=["locked", "killed", "no bus"])
def test_a_keyring_that_goes_before_the_switch_leaves_the_platform_as_it_was(world, mock, keyring, receiver, between, ends):
    before = mock.webhooks()
    world.set(VALUE=NEW)
    between.moments["TEST"] = lambda: ends(keyring)

    ended = world.run("secret", "rotate", "nightly", *SOURCE)

    ended.ends_with(9).says("keyring")
    assert ended.seconds < 3 * KEYRING_LIMIT, ended
    assert mock.webhooks() == before
    assert receiver.last_authorization() == NEW, "it was tested with the new value"
    if ends is not leave:
        keyring.unlock()
        assert OLD in secrets(keyring)
        heals(world, keyring, receiver)


@pytest.mark.parametrize("ends", [lambda keyring: keyring.lock(), kill], ids=["locked", "killed"])
def test_a_keyring_that_goes_after_the_switch_loses_neither_value(world, mock, keyring, receiver, between, ends):
    before = mock.webhooks()
    world.set(VALUE=NEW)
    between.moments["PATCH"] = lambda: ends(keyring)

    ended = world.run("secret", "rotate", "nightly", *SOURCE)

    ended.ends_with(9).says("keyring")
    assert ended.seconds < 3 * KEYRING_LIMIT, ended
    assert mock.webhooks() != before
    keyring.unlock()
    kept = "".join(secrets(keyring))
    assert OLD in kept and NEW in kept
    assert "unknown" in states(world)
    world.run("test", "nightly").ends_with(9).says("ubihook update nightly --secret-header Authorization")
    heals(world, keyring, receiver)


def heals(world, keyring, receiver):
    """The next rotation settles it, whatever the first has left."""
    world.run("secret", "rotate", "nightly", *SOURCE).ends_with(0)
    assert receiver.last_authorization() == NEW
    world.run("test", "nightly").ends_with(0)
    assert receiver.last_authorization() == NEW
    assert states(world)[0] == "current"
    assert set(states(world)[1:]) <= {"previous"}
    assert NEW in secrets(keyring)


TWENTY_AT_ONCE = """
i=0; pids=
while [ $i -lt 20 ]; do
    i=$((i + 1))
    if [ $i -gt 15 ]; then verb="remove hook-$i --yes"; else verb="set hook-$i --secret-header Authorization=env:VALUE"; fi
    "$0" secret $verb >/dev/null &
    pids="$pids $!"
done
failed=0
for pid in $pids; do wait "$pid" || failed=$((failed + 1)); done
exit $failed
"""


@pytest.mark.parametrize("store", ["keyring", "file"])
def test_twenty_that_set_and_remove_at_once_lose_nothing(world, mock, keyring, store):
    world.set(VALUE=OLD, UBIHOOK_STORE=store)
    names = [f"hook-{i}" for i in range(1, 21)]
    for name in names:
        world.run("create", name, "--deployment", "deployment-1", "--event", "failed",
                  "--url", "https://hooks.example.org/in", *SOURCE).ends_with(0)
    world.set(VALUE=NEW)

    world.run("-c", TWENTY_AT_ONCE, BINARY, program="sh", timeout=2 * PATIENCE).ends_with(0)

    listed = {row["webhook"]: row["held"] for row in world.json("secret", "list")}
    assert listed == {name: int(name[5:]) <= 15 for name in names}
    if store == "keyring":
        kept = secrets(keyring)
    else:
        kept = json.loads((world.state / "secrets.json").read_text())["values"].values()
        kept = [entry["value"] for entry in kept]
    assert kept == 15 * [NEW]
    world.run("secret", "list", *names[:15], "--check").ends_with(0)


@pytest.mark.parametrize("arguments", [
    ["secret", "list", "--check"],
    ["secret", "set", "nightly", *SOURCE],
    ["secret", "remove", "nightly", "--yes"],
    ["secret", "rotate", "nightly", *SOURCE],
    ["doctor", "nightly"],
])
def test_a_bus_that_never_answers_is_given_up_in_time(world, mock, receiver, silent_bus, arguments):  # noqa: F811
    world.run("create", "nightly", "--deployment", "deployment-1", "--event", "failed", "--url", receiver.url,
              *SOURCE, "--store", "none").ends_with(0)
    before = mock.webhooks()
    world.set(UBIHOOK_STORE="keyring")

    ended = world.run(*arguments)

    assert ended.seconds < KEYRING_LIMIT, ended
    ended.ends_with(7 if arguments[0] == "doctor" else 9).says("keyring", "did not respond")
    assert silent_bus, "it was never asked"
    assert mock.webhooks() == before
    assert receiver.deliveries == []
