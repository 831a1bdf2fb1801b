"""The parts that the outside tests are made of: a world of its own for each test, a mock that is
served in it, a receiver for deliveries, a session bus with a real keyring."""

import contextlib
import http.server
import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("UBIHOOK_BIN") or ROOT / "target/debug/ubihook").absolute()
OFFICIAL_CLI = pathlib.Path(
    os.environ.get("UBIHOOK_OFFICIAL_CLI") or ROOT / "target/venv-cli/bin/ubiops"
).absolute()

# Far longer than anything here takes, so that a hang fails instead of hanging.
PATIENCE = 30.0
# Of the contract: a keyring that gives no answer costs a command no more than this.
KEYRING_LIMIT = 4.0


class Ended:
    """How a command ended."""

    def __init__(self, arguments, code, out, err, seconds):
        self.arguments, self.code, self.out, self.err, self.seconds = arguments, code, out, err, seconds

    def __repr__(self):
        line = " ".join(map(str, self.arguments))
        return f"`{line}` ended with {self.code} after {self.seconds:.2f} s\nout: {self.out}\nerr: {self.err}"

    def ends_with(self, code):
        assert self.code == code, f"expected {code}: {self}"
        return self

    def json(self):
        self.ends_with(0)
        return json.loads(self.out)

    def names(self):
        self.ends_with(0)
        return self.out.splitlines()

    def says(self, *words):
        """Something was said on stderr: a sentence that has these words."""
        for word in words:
            assert word in self.err, f"expected {word!r}: {self}"
        return self


class World:
    """An empty home and a clean environment. Nothing of the caller's reaches a command."""

    def __init__(self, home):
        self.home = home
        self.state = home / ".local/state/ubihook"
        self._mocks = contextlib.ExitStack()
        temporary = home.parent / "tmp"
        temporary.mkdir()
        self.env = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(temporary),
            # Where no test says otherwise there is no bus, not even one at its usual place.
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/no-bus",
        }

    def set(self, **variables):
        self.env.update(variables)

    def unset(self, *names):
        for name in names:
            self.env.pop(name, None)

    def start(self, *arguments, program=BINARY, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        line = [str(program), *map(str, arguments)]
        return subprocess.Popen(line, env=self.env, cwd=self.home, text=True, **options)

    def run(self, *arguments, program=BINARY, stdin=None, timeout=PATIENCE):
        """Runs a command line to its end."""
        begun = time.monotonic()
        given = subprocess.PIPE if stdin is not None else subprocess.DEVNULL
        process = self.start(*arguments, program=program, stdin=given)
        try:
            out, err = process.communicate(stdin, timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"no end after {timeout} s: {arguments}\nout: {out}\nerr: {err}") from None
        return Ended(arguments, process.returncode, out, err, time.monotonic() - begun)

    def json(self, *arguments, **options):
        """Runs a command line that has to go well, and returns its answer."""
        return self.run(*arguments, "-o", "json", **options).json()

    def serve(self, *arguments):
        """A mock, served until it is stopped or the test is over."""
        mock = Mock(self, arguments)
        self._mocks.callback(mock.kill)
        return mock

    def sign_in(self, mock):
        """As CI does it: all commands of this world talk to `mock`."""
        self.set(UBIOPS_API_HOST=mock.url, UBIOPS_API_TOKEN=mock.token, UBIOPS_PROJECT=mock.project)

    def close(self):
        self._mocks.close()


class Mock:
    """`ubihook mock serve`, ready."""

    def __init__(self, world, arguments):
        self._process = world.start("mock", "serve", *arguments)
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line, f"the mock did not start: {self._process.communicate()[1]}"
        self.ready = json.loads(line)
        self.url, self.token, self.project = (self.ready[key] for key in ("url", "token", "project"))
        assert self.ready["pid"] == self._process.pid

    @property
    def port(self):
        return int(self.url.split(":")[2].split("/")[0])

    def request(self, path):
        """What a plain client gets."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": self.token})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)

    def webhooks(self):
        return self.request(f"/projects/{self.project}/webhooks")

    def stop(self, by=signal.SIGTERM):
        """Asks it to end; returns its code and the seconds that it took."""
        begun = time.monotonic()
        self._process.send_signal(by)
        _, err = self._process.communicate(timeout=PATIENCE)
        self.err = err
        return self._process.returncode, time.monotonic() - begun

    def kill(self):
        """As a crash would end it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate(timeout=PATIENCE)


class Receiver:
    """A callback on loopback that keeps what arrives."""

    def __init__(self):
        self.deliveries = []
        # How long it takes over its answers; `hurry` ends that for those under way, too.
        self.delay = 0.0
        self._hurry = threading.Event()
        self._arrived = threading.Condition()
        receiver = self

        class Handler(QuietHandler):
            def do_POST(self):
                body = json.loads(self.body())
                headers = {name.lower(): value for name, value in self.headers.items()}
                with receiver._arrived:
                    receiver.deliveries.append((headers, body))
                    receiver._arrived.notify_all()
                if receiver.delay:
                    receiver._hurry.wait(receiver.delay)
                self.answer(200)

        self._server = serving(Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.origin}/hook"

    def wait_for(self, count):
        """The deliveries, once there are so many."""
        with self._arrived:
            in_time = self._arrived.wait_for(lambda: len(self.deliveries) >= count, PATIENCE)
        assert in_time, f"{len(self.deliveries)} of {count} deliveries"
        return self.deliveries

    def hurry(self):
        self.delay = 0.0
        self._hurry.set()

    def last_authorization(self):
        headers, _ = self.deliveries[-1]
        return headers.get("authorization")

    def close(self):
        self.hurry()
        self._server.shutdown()
        self._server.server_close()


class QuietHandler(http.server.BaseHTTPRequestHandler):
    """Answers JSON, and keeps no log."""

    protocol_version = "HTTP/1.1"

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status, content=None):
        body = b"" if content is None else json.dumps(content).encode()
        # Whoever asked may be gone by now, which is up to the test.
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

    def log_message(self, *_):
        pass


def serving(handler):
    """A server on a free loopback port, on threads that end with the process."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


class Session:
    """A session bus, with gnome-keyring's Secret Service where it is unlocked."""

    PASSWORD = "of-the-test"

    def __init__(self, world):
        self._world = world
        runtime = world.home.parent / "run"
        runtime.mkdir(mode=0o700)
        world.set(XDG_RUNTIME_DIR=str(runtime))
        # The session lasts as long as this child, and the child as long as its stdin.
        self._bus = world.start(
            "--", "sh", "-c", 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat',
            program="dbus-run-session", stdin=subprocess.PIPE,
        )
        address = self._bus.stdout.readline().strip()
        assert address, f"no session bus: {self._bus.communicate()[1]}"
        world.set(DBUS_SESSION_BUS_ADDRESS=address)
        self._keyring = None

    def unlock(self):
        """A keyring whose password was just typed, made if there is none yet."""
        self._end_activated()
        self._keyring = self._world.start(
            "--foreground", "--unlock", "--components=secrets",
            program="gnome-keyring-daemon", stdin=subprocess.PIPE,
        )
        self._keyring.stdin.write(self.PASSWORD)
        self._keyring.stdin.close()
        deadline = time.monotonic() + PATIENCE
        while self._owner() != self._keyring.pid:
            assert self._keyring.poll() is None, "the keyring ended"
            assert time.monotonic() < deadline, "the keyring did not come up"
            time.sleep(0.02)

    def _end_activated(self):
        """The locked daemon that the bus has started, if it has."""
        pid = self._owner()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: self._owner() is None, "the end of the locked keyring")

    def lock(self):
        """The keyring as it is after the next login, before anybody typed its password: the bus
        starts a new daemon when it is asked for."""
        self._keyring.terminate()
        self._keyring.wait(PATIENCE)
        self._keyring = None

    def _owner(self):
        """The process of the Secret Service, if there is one."""
        asked = self._world.run(
            "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
            "org.freedesktop.DBus.GetConnectionUnixProcessID", "string:org.freedesktop.secrets",
            program="dbus-send",
        )
        words = asked.out.split()
        return int(words[-1]) if asked.code == 0 and "uint32" in words else None

    def found(self):
        """What `secret-tool`, a client that knows nothing of us, finds under our service."""
        searched = self._world.run("search", "--all", "service", "ubihook", program="secret-tool")
        return parse_secret_tool(searched.out + searched.err)

    def close(self):
        if self._keyring:
            self._keyring.terminate()
            self._keyring.wait(PATIENCE)
        self._bus.stdin.close()
        self._bus.wait(PATIENCE)


def parse_secret_tool(text):
    """Its listing as one dictionary an item: `label`, `secret`, `attribute.username` and so on.
    Attributes may come on a stream of their own, after all items."""
    items, attributes = [], []
    for line in text.splitlines():
        key, _, value = line.partition(" = ")
        if line.startswith("["):
            items.append({})
        elif key == "attribute.username":
            attributes.append(value)
        elif items and _:
            items[-1][key] = value
    for item, username in zip(items, attributes):
        item["username"] = username
    return items


def wait_until(holds, what):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.02)
