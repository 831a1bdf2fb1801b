"""How a thing is measured: times of whole commands, memory, and the load that a server takes.

Whoever is compared takes turns, a few runs each, so that a slower minute of the machine meets all
alike; what counts is the median over every run.
"""

import json
import pathlib
import re
import shlex
import statistics
import subprocess
import tempfile
import time

CONNECTIONS = 64


class Figures(dict):
    """Name -> figures of every run, in the order in which they were taken."""

    def add(self, name, figures):
        self.setdefault(name, []).extend(figures)

    def median(self, name):
        return statistics.median(self[name])

    def runs(self, name):
        return len(self[name])

    def ratio(self, name, other):
        return self.median(name) / self.median(other)


def times(commands, environment, rounds, each, warm=2):
    """Milliseconds of each command (name -> arguments), `rounds` times `each` runs."""
    figures = Figures()
    with tempfile.NamedTemporaryFile() as found:
        for _ in range(rounds):
            subprocess.run(
                ["hyperfine", "-N", "--style", "none", "-w", str(warm), "-r", str(each),
                 "--export-json", found.name, *(shlex.join(command) for command in commands.values())],
                env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            results = json.loads(pathlib.Path(found.name).read_text())["results"]
            for name, result in zip(commands, results, strict=True):
                figures.add(name, [seconds * 1000 for seconds in result["times"]])
    return figures


def memory(commands, environment, runs):
    """KiB that each command (name -> arguments) has at its peak, by /usr/bin/time."""
    figures = Figures()
    with tempfile.NamedTemporaryFile() as found:
        for _ in range(runs):
            for name, command in commands.items():
                subprocess.run(
                    ["/usr/bin/time", "-f", "%M", "-o", found.name, *command],
                    env=environment, check=True, stdout=subprocess.DEVNULL,
                )  # fmt: skip
                figures.add(name, [int(pathlib.Path(found.name).read_text())])
    return figures


class Load:
    """Requests that wrk sends to one address over 64 connections while it runs."""

    def __init__(self, url, seconds, *arguments, environment=None):
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *arguments, url]
        self.wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    def end(self):
        """What wrk says at its end: requests a second, how many were answered, and what went wrong."""
        said, _ = self.wrk.communicate(timeout=60)
        assert self.wrk.returncode == 0, said
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
        answered = int(re.search(r"(\d+) requests in", said)[1])
        wrong = re.findall(r"(?:Non-2xx|Socket errors).*", said)
        return rate, answered, wrong


def load(url, seconds, *arguments, environment=None):
    """Requests a second that were answered, all of them well; and how many they were."""
    rate, answered, wrong = Load(url, seconds, *arguments, environment=environment).end()
    assert not wrong, f"{url}: {wrong}"
    return rate, answered


def quiet(limit=0.5, patience=300):
    """Waits until the machine is quiet, for a while; returns the load that is left."""
    deadline = time.monotonic() + patience
    while True:
        now = float(pathlib.Path("/proc/loadavg").read_text().split()[0])
        if now < limit or time.monotonic() > deadline:
            return now
        time.sleep(5)
