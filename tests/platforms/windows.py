"""Commands of the program for Windows, under Wine: windows.py UBIHOOK.EXE."""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PROGRAM = sys.argv[1]
VALUE = "a-value-for-windows"
received = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        received.append(self.headers["Authorization"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def run(*arguments, code=0, **variables):
    """What a command prints, after a check of its exit code."""
    ended = subprocess.run(
        ["wine", PROGRAM, *arguments],
        capture_output=True, text=True, timeout=120,
        env=os.environ | {"UBIHOOK_MOCK": "1", "TOKEN": VALUE} | variables,
    )
    assert ended.returncode == code, (arguments, ended)
    assert VALUE not in ended.stdout + ended.stderr, arguments
    return ended.stdout, ended.stderr


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
Thread(target=server.serve_forever, daemon=True).start()
needed = ["--pipeline", "pipeline-1", "--event", "failed", "--url", f"http://127.0.0.1:{server.server_port}/"]

run("demo")
for store in ["file", "keyring"]:
    secret = ["--secret-header", "Authorization=env:token", "--store", store]
    run("create", store, *needed, *secret)
    run("test", store, "--store", store)
    assert received.pop() == VALUE and not received, received
    run("update", store, "--timeout", "20", "--store", store)
    run("test", store, "--store", store)
    assert received.pop() == VALUE and not received, received

# Each replaces the file that the others read.
with ThreadPoolExecutor(8) as pool:
    secret = ["--secret-header", "A=env:TOKEN", "--store", "file"]
    list(pool.map(lambda number: run("create", f"c{number}", *needed, *secret), range(8)))
values = json.loads(run("secret", "list", "--check", "--store", "file", "-o", "json")[0])
assert len([value for value in values if value["held"]]) == 10, values

run("delete", "file", "keyring", "--yes")
_, said = run("test", "c1", "--secret-header", "A=env:NOPE", code=9)
assert "$env:NOPE = " in said and "read -rs" not in said, said
run("mock", "run", "--", "cmd", "/c", "exit", "7", code=7)
run("mock", "run", "--", "no-such-program", code=127)
proxies, _ = run("mock", "run", "--", "cmd", "/c", "echo %NO_PROXY%", NO_PROXY="intern.example")
assert proxies.strip() == "intern.example,127.0.0.1,localhost,::1", proxies
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "w.yaml")
    with open(path, "w", newline="\r\n") as file:
        file.write("name: w\npipeline: pipeline-1\nevent: failed\nurl: https://hooks.example.org/in\n")
    assert run("create", "-f", "Z:" + path.replace("/", "\\"), "-o", "name")[0].strip() == "w"
print("the commands of the program for Windows ran")
