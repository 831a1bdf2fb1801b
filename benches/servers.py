"""What is started to be measured: the mock, and the peers beside it. Each ends with its `with`."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
UBIHOOK = TARGET / "dist/ubihook"
PEERS = TARGET / "peers/release"
PYTHON = TARGET / "venv-bench/bin/python"
NPM = TARGET / "npm-peers/node_modules/.bin"

CLIENT = "ubiops==4.15.0"
NPM_PEERS = ["json-server@0.17.4", "@stoplight/prism-cli@5.12.0"]

PATIENCE = 20.0


def appears(path, patience=PATIENCE):
    """The text of a file that a server writes when it is ready."""
    deadline = time.monotonic() + patience
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"no {path}"
        time.sleep(0.01)
    return path.read_text().strip()


@contextlib.contextmanager
def running(command, **more):
    """A server of ours or another's; ended by its own id."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


class Mock:
    """`ubihook mock serve` on a database of its own below `folder`."""

    def __init__(self, folder, environment, *more):
        folder.mkdir(parents=True)
        self.more = more
        self.folder, self.given = folder, environment | {"UBIHOOK_MOCK_DB": str(folder / "mock.db")}
        self.start()

    def start(self):
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        command = [str(UBIHOOK), "mock", "serve", "--ready-file", str(ready), *self.more]
        self.process = subprocess.Popen(command, env=self.given, stdout=subprocess.DEVNULL)
        said = json.loads(appears(ready))
        self.url, self.token = said["url"], said["token"]
        self.webhooks = f"{self.url}/projects/demo/webhooks"
        self.environment = self.given | {
            "UBIOPS_API_HOST": self.url, "UBIOPS_API_TOKEN": self.token, "UBIOPS_PROJECT": "demo",
        }  # fmt: skip
        # A careful user of curl keeps the token out of the process list.
        self.curl_config = self.folder / "curl.conf"
        self.curl_config.write_text(f'header = "Authorization: {self.token}"\n')

    @property
    def port(self):
        return int(self.url.split(":")[2].split("/")[0])

    def create(self, count, prefix="hook"):
        """Webhooks as a team has them, one header and one label each; over one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        path = self.webhooks.split(str(self.port), 1)[1]
        headers = {"Authorization": self.token, "Content-Type": "application/json"}
        for number in range(1, count + 1):
            body = {
                "name": f"{prefix}-{number}", "object_type": "deployment", "object_name": "deployment-1",
                "event": "deployment_request_failed", "url": "https://hooks.example.org/in",
                "headers": [{"key": "X-Team", "value": "blue", "protected": False}],
                "labels": {"team": "blue"},
            }  # fmt: skip
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            assert answer.status == 201, answer.read()
            answer.read()
        connection.close()

    def get(self, path=""):
        """The bytes of an answer."""
        request = urllib.request.Request(self.webhooks + path, headers={"Authorization": self.token})
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read()

    def curl(self, *more):
        return ["curl", "-sf", "-K", str(self.curl_config), *more]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)

    def kept(self):
        """How many webhooks its database has, counted by a process of its own."""
        given = {name: value for name, value in self.given.items() if not name.startswith("UBIOPS_")}
        listed = subprocess.run(
            [str(UBIHOOK), "list", "--mock", "-o", "name"], env=given, check=True, capture_output=True
        )
        return listed.stdout.count(b"\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)


@contextlib.contextmanager
def bare_axum(folder, answer):
    """An axum server that answers these bytes; yields its URL."""
    (bytes_file := folder / "answer.json").write_bytes(answer)
    address = folder / "axum"
    with running([PEERS / "bare_axum", bytes_file, address]):
        yield appears(address) + "/"


@contextlib.contextmanager
def durable_axum(folder):
    """An axum server that writes each body durably before it answers; yields its URL."""
    database, address = folder / "durable.db", folder / "durable"
    with running([PEERS / "durable_axum", database, address]):
        yield appears(address) + "/"


@contextlib.contextmanager
def terminator(folder, upstream):
    """TLS in front of a plain server; yields its address, and the certificate of the authority."""
    openssl = lambda *arguments: subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl(*new, "-subj", "/CN=authority of the bench", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(*new, "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:FALSE", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-keyout", "tls.key", "-out", "tls.pem")  # fmt: skip
    authority, certificate, key = (folder / name for name in ("ca.pem", "tls.pem", "tls.key"))
    address = folder / "tls"
    with running([PEERS / "terminator", certificate, key, upstream, address]):
        yield appears(address), authority


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def node(command, port, url, headers=None):
    """A peer from npm; yields the URL when it answers there."""
    with running(command):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(url, timeout=1).close()
                break
            except (urllib.error.URLError, OSError):
                assert time.monotonic() < deadline, f"{command[0]} on {port} does not answer"
                time.sleep(0.05)
        yield url


def json_server(folder, webhook):
    """json-server with one webhook in its file."""
    port = free_port()
    (db := folder / "json-server.json").write_text(json.dumps({"webhooks": [webhook | {"id": "hook-1"}]}))
    command = [NPM / "json-server", "--quiet", "--host", "127.0.0.1", "--port", str(port), db]
    return node(command, port, f"http://127.0.0.1:{port}/webhooks/hook-1")


def prism(folder, webhook):
    """prism with one path, and the webhook as its example."""
    port = free_port()
    content = {"application/json": {"schema": {"type": "object"}, "example": webhook}}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    get = {"parameters": [name], "responses": {"200": {"description": "the webhook", "content": content}}}
    spec = {"openapi": "3.0.3", "info": {"title": "webhooks", "version": "1"}, "paths": {"/webhooks/{name}": {"get": get}}}
    (file := folder / "openapi.json").write_text(json.dumps(spec))
    command = [NPM / "prism", "mock", "--host", "127.0.0.1", "--port", str(port), file]
    return node(command, port, f"http://127.0.0.1:{port}/webhooks/hook-1")
