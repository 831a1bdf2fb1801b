#!/usr/bin/env python3
"""Every figure of docs/benchmarks.md, beside its target, in one go on this machine.

    benches/run.py             about a quarter of an hour beyond the builds
    benches/run.py --short     few runs, to see whether it works; the page is printed, not written
    benches/run.py --receiving the lines about `listen`, `send` and the inspector alone, printed; with --short, few runs

Needs hyperfine, wrk, curl, openssl and GNU time. The official client is put into an environment
below target/, and so are json-server and prism if there is an npm; `webhook` is Debian's package of that
name. What can't be had is named in the page instead of measured. Nothing but loopback is talked to.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import inspecting
import page
import receiving
from measure import Figures, Load, load, memory, quiet, times
from servers import (
    CLIENT,
    NPM,
    NPM_PEERS,
    PEERS,
    PYTHON,
    ROOT,
    UBIHOOK,
    Mock,
    bare_axum,
    durable_axum,
    json_server,
    prism,
    terminator,
)

sys.path.append(str(ROOT / "tests/outside"))
from between import Between  # noqa: E402

MEGABYTE = 1_000_000
SIZES = (100, 1000, 10_000)


@dataclasses.dataclass
class Scale:
    """How much is run."""

    rounds: int = 6
    each: int = 10
    seconds: float = 1
    loads: int = 30
    events: int = 20_000
    turns: int = 31
    deliveries: int = 1_000_000
    sends: int = 5
    sent: int = 100_000


SHORT = Scale(rounds=1, each=5, loads=2, events=2_000, turns=3, deliveries=50_000, sends=1, sent=20_000)


def prepare():
    """Builds what is measured and its peers; returns the names of those that can't be had."""
    for tool in ("hyperfine", "wrk", "curl", "openssl", "/usr/bin/time"):
        if not shutil.which(tool):
            sys.exit(f"missing: {tool}")
    cargo = ["cargo", "build", "--quiet"]
    subprocess.run([*cargo, "--profile", "dist"], cwd=ROOT, check=True)
    peers = {**os.environ, "CARGO_TARGET_DIR": str(PEERS.parent)}
    subprocess.run([*cargo, "--release"], cwd=ROOT / "benches/peers", env=peers, check=True)
    missing = []
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", CLIENT]
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", PYTHON.parent.parent], check=True)
    if subprocess.run([PYTHON, *pip], check=False).returncode:
        missing.append("the official Python client")
    if not shutil.which("webhook"):
        missing.append("Debian's webhook")
    NPM.parent.parent.mkdir(exist_ok=True)
    npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", *NPM_PEERS]
    if not shutil.which("npm") or subprocess.run(npm, cwd=NPM.parent.parent, check=False).returncode:
        missing.extend(peer.rsplit("@", 1)[0] for peer in NPM_PEERS)
    return missing


def ubihook(*arguments):
    return [str(UBIHOOK), *arguments]


def one_call(folder, plain, scale, missing, report):
    """A list of ten webhooks over http and https, and what it takes to start at all."""
    with Mock(folder / "ten", plain) as mock:
        mock.create(10)
        commands = {"ubihook": ubihook("list", "-o", "json"), "curl": mock.curl(mock.webhooks)}
        figures = times(commands, mock.environment, scale.rounds, scale.each)
        report.compare("`list -o json`, 10 webhooks, http", figures, "ubihook", "curl", 0.5, "ms")
        peaks = memory(commands, mock.environment, scale.each)
        report.compare("its peak memory", peaks, "ubihook", "curl", 1, "KiB")
        if "the official Python client" not in missing:
            commands = {"ubihook": commands["ubihook"], "official client": [str(PYTHON), "benches/python_list.py"]}
            figures = times(commands, mock.environment, scale.rounds, max(5, scale.each // 2))
            report.compare("the same, beside the official client", figures, "ubihook", "official client", 1 / 25, "ms")
        upstream = mock.url.split("/")[2]
        with terminator(folder, upstream) as (address, authority):
            # As one who adds a company's certificate to the system's has it, on both sides.
            bundle = folder / "bundle.pem"
            system = pathlib.Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
            bundle.write_bytes(system + authority.read_bytes())
            url = mock.webhooks.replace(f"http://{upstream}", address)
            here = mock.environment | {"UBIOPS_API_HOST": f"{address}/v2"}
            commands = {
                "ubihook": ubihook("list", "-o", "json", "--ca-cert", str(authority)),
                "curl": mock.curl("--cacert", str(bundle), url),
                "curl, this one certificate": mock.curl("--cacert", str(authority), url),
            }
            figures = times(commands, here, scale.rounds, scale.each)
        report.compare("`list -o json`, 10 webhooks, https", figures, "ubihook", "curl", 0.4, "ms")
        report.compare(
            "the same, beside a curl that reads no system's certificates",
            figures, "ubihook", "curl, this one certificate", 0.8, "ms",
        )  # fmt: skip
    commands = {"ubihook": ubihook("--version"), "empty": [str(PEERS / "empty")]}
    figures = times(commands, plain, scale.rounds, scale.each * 5, warm=5)
    report.compare("`--version`, beside an empty Rust main", figures, "ubihook", "empty", 1.5, "ms")
    report.limit("size of the binary", UBIHOOK.stat().st_size / MEGABYTE, 13, "MB")


def many_webhooks(folder, plain, scale, report):
    """A list of a hundred to ten thousand webhooks: time, memory, and how both grow."""
    middles = {}
    for size in SIZES:
        with Mock(folder / str(size), plain) as mock:
            mock.create(size)
            answer = len(mock.get())
            commands = {"ubihook": ubihook("list", "-o", "json"), "curl": mock.curl(mock.webhooks)}
            figures = times(commands, mock.environment, scale.rounds, scale.each)
            peak = memory({"ubihook": commands["ubihook"]}, mock.environment, scale.each)
            middles[size] = figures.median("ubihook")
    report.compare("`list -o json`, 10,000 webhooks, http", figures, "ubihook", "curl", 2.5, "ms")
    report.limit("its peak memory, times the bytes of the answer", peak.median("ubihook") * 1024 / answer, 8, "×")
    few, some, many = SIZES
    early = (middles[some] - middles[few]) / (some - few)
    late = (middles[many] - middles[some]) / (many - some)
    shown = ", ".join(f"{middles[size]:.1f} ms of {size:,}" for size in SIZES)
    report.limit(f"a further webhook after 1,000, times one before ({shown})", late / early, 1.25, "×")


def manifest(folder, prefix):
    """A file of a thousand webhooks, and its path."""
    webhook = "  - {{name: {}-{}, headers: [{{key: X-Team, value: blue}}], labels: {{team: blue}}}}\n"
    text = "defaults: {deployment: deployment-1, event: failed, url: 'https://hooks.example.org/in'}\nwebhooks:\n"
    path = folder / f"{prefix}.yaml"
    path.write_text(text + "".join(webhook.format(prefix, number) for number in range(1, 1001)))
    return path


def many_changes(folder, plain, scale, report):
    """`diff` and `apply` of a thousand webhooks: time, memory, and how close they come to what the platform allows."""
    file = manifest(folder, "hook")
    with Mock(folder / "diff", plain) as mock:
        mock.create(1000)
        commands = {"ubihook diff": ubihook("diff", "-f", str(file), "--exit-code"), "ubihook list": ubihook("list", "-o", "json")}
        figures = times(commands, mock.environment, scale.rounds, scale.each)
        report.compare("`diff` of 1,000 with 1,000, beside `list -o json`", figures, "ubihook diff", "ubihook list", 2, "ms")
        # What code and a connection take is there for a single webhook too.
        one = file.with_name("one.yaml")
        one.write_text("".join(file.read_text().splitlines(keepends=True)[:3]))
        with Mock(folder / "single", plain) as single:
            single.create(1)
            peak = lambda diff, mock: memory({"diff": diff}, mock.environment, scale.each).median("diff")
            more = peak(commands["ubihook diff"], mock) - peak(ubihook("diff", "-f", str(one)), single)
        more *= 1024
        report.limit("its peak memory beyond that of a `diff` of one webhook, times the bytes of file and answer", more / (file.stat().st_size + len(mock.get())), 8, "×")
    least, found = [], []
    for turn in range(scale.rounds):
        with Mock(folder / f"apply-{turn}", plain, "--fault", "* /webhooks=delay:50ms") as mock:
            # A create is on disk before it is answered, so one alone takes a little longer than the fault.
            begun = time.monotonic()
            mock.create(20, "alone")
            least.append((time.monotonic() - begun) / 20 * 1001 / 16)
            begun = time.monotonic()
            subprocess.run(ubihook("apply", "-f", str(file), "--yes", "-o", "name"), env=mock.environment, check=True, stdout=subprocess.DEVNULL)
            found.append(time.monotonic() - begun)
    least, took = statistics.median(least), statistics.median(found)
    report.limit(f"1,000 creates, 16 at once, each delayed by 50 ms ({took:.2f} s), times as many calls alone, divided by 16", took / least, 1.1, "×")
    # 300 calls in each window of six seconds in place of sixty: the fourth window answers the last of 1,001 calls.
    announced = lambda left, reset: {"x-ratelimit-remaining": str(left), "x-ratelimit-reset": f"{reset:.3f}"}
    for what, headers in (("", announced), (", not announced", lambda left, reset: {})):
        with Mock(folder / f"limited{len(what)}", plain) as mock:
            limited = Between(mock.port, calls=300, window=6.0, headers=headers)
            given = mock.environment | {"UBIOPS_API_HOST": limited.url}
            subprocess.run(ubihook("apply", "-f", str(file), "--yes", "-o", "name"), env=given, check=True, stdout=subprocess.DEVNULL)
            limited.close()
        least = 3 * 6.0
        report.limit(f"1,000 creates where a window allows 300{what} ({limited.seconds():.1f} s), times the least possible", limited.seconds() / least, 1.05, "×")
        report.limit("calls that were refused meanwhile", limited.counts[429], 0 if not what else 16 + 2 * 4, "")


def reads(folder, plain, scale, missing, report):
    """GET of one webhook over 64 connections, beside bare axum, json-server and prism."""
    with contextlib.ExitStack() as started, Mock(folder / "get", plain) as mock:
        mock.create(10)
        answer = mock.get("/hook-1")
        authorization = ["-H", f"Authorization: {mock.token}"]
        addresses = {"mock": (f"{mock.webhooks}/hook-1", authorization)}
        addresses["bare axum"] = (started.enter_context(bare_axum(folder, answer)), [])
        webhook = json.loads(answer)
        if "json-server" not in missing:
            addresses["json-server"] = (started.enter_context(json_server(folder, webhook)), [])
        if "@stoplight/prism-cli" not in missing:
            addresses["prism"] = (started.enter_context(prism(folder, webhook)), [])
        figures = Figures()
        for _ in range(scale.loads):
            for name, (url, more) in addresses.items():
                figures.add(name, [load(url, scale.seconds, *more)[0]])
    report.floor("mock, `GET` of one webhook", figures, "mock", "bare axum", 0.7)
    for peer in ("json-server", "prism"):
        if peer in figures:
            report.floor(f"the same, beside {peer}", figures, "mock", peer, 10)


def writes(folder, plain, scale, report):
    """POST of a webhook over 64 connections; then `kill -9` under load, and a count of what is there."""
    figures, promised, kept = Figures(), 0, 0
    script = ["-s", "benches/create.lua"]
    for turn in range(scale.loads):
        with Mock(folder / f"post-{turn}", plain) as mock:
            with durable_axum(mock.folder) as url:
                rate, _ = load(url, scale.seconds, *script, environment=mock.environment | {"RUN": "bare"})
            figures.add("axum that writes the body", [rate])
            run = lambda name, mock=mock: mock.environment | {"RUN": name}
            rate, answered = load(mock.webhooks, scale.seconds, *script, environment=run("whole"))
            figures.add("mock", [rate])
            under_way = Load(mock.webhooks, scale.seconds, *script, environment=run("killed"))
            with contextlib.suppress(subprocess.TimeoutExpired):
                under_way.wrk.wait(scale.seconds / 2)
            mock.kill()
            _, more, _ = under_way.end()
            promised += answered + more
            kept += mock.kept()
    report.floor("mock, durable `POST` of a webhook", figures, "mock", "axum that writes the body", 0.7)
    shown = f"answered creates that are missing after {scale.loads} × `kill -9` under load (of {promised:,})"
    report.limit(shown, max(0, promised - kept), 0, "")


def deliveries(scale, report):
    """The delivery engine beside a bare client: a benchmark of its own, in Rust."""
    command = ["cargo", "bench", "--quiet", "--profile", "dist", "--bench", "delivery", "--"]
    said = subprocess.run(
        [*command, str(scale.events), str(scale.turns)], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    found = dict(re.findall(r"^(.+?)\s{2,}([\d.]+)", said, re.MULTILINE))
    report.engine({name: float(value) for name, value in found.items()}, scale)


def main():
    asked = set(sys.argv[1:])
    if asked - {"--short", "--receiving"}:
        sys.exit(__doc__)
    short, alone = "--short" in asked, "--receiving" in asked
    scale = SHORT if short else Scale()
    os.chdir(ROOT)
    missing = prepare()
    before = quiet(patience=0 if short or alone else 300)
    report = page.Report(before, missing, scale)
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        # A home of its own, and none of the caller's settings.
        plain = {"HOME": made, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        if alone:
            receiving.all_of_it(folder, plain, scale, report)
            inspecting.all_of_it(folder, plain, scale, report)
            sys.exit(0 if report.met() else 1)
        one_call(folder, plain, scale, missing, report)
        many_webhooks(folder, plain, scale, report)
        many_changes(folder, plain, scale, report)
        reads(folder, plain, scale, missing, report)
        writes(folder, plain, scale, report)
        receiving.all_of_it(folder, plain, scale, report)
        inspecting.all_of_it(folder, plain, scale, report)
    deliveries(scale, report)
    if short:
        print(report.page())
    else:
        (ROOT / "docs/benchmarks.md").write_text(report.page())
    sys.exit(0 if report.met() else 1)


if __name__ == "__main__":
    main()
