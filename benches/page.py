"""What is found, beside its target, as docs/benchmarks.md shows it."""

import dataclasses
import os
import pathlib
import platform
import re
import subprocess

from servers import NPM_PEERS, PYTHON


@dataclasses.dataclass
class Row:
    """One thing that was measured."""

    what: str
    ours: str
    theirs: str
    found: float
    target: float | None
    at_least: bool
    unit: str
    runs: str = ""

    def met(self):
        if self.target is None:
            return True
        return self.found >= self.target if self.at_least else self.found <= self.target

    def cells(self):
        target = "" if self.target is None else f"{'≥' if self.at_least else '≤'} {number(self.target)}"
        verdict = "" if self.target is None else ("yes" if self.met() else "**no**")
        unit = f" {self.unit}" if self.unit else ""
        return [self.what, self.ours, self.theirs, f"**{number(self.found)}**{unit}", target, verdict, self.runs]


def number(value):
    """As many places as are worth reading."""
    if value >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


class Report:
    """Collects rows, then writes the page."""

    def __init__(self, before, missing, scale):
        self.before, self.missing, self.scale = before, missing, scale
        self.calls, self.loads, self.engine_rows, self.received = [], [], [], []

    def say(self, row, rows):
        print(" | ".join(row.cells()), flush=True)
        rows.append(row)

    def compare(self, what, figures, ours, theirs, target, unit, rows=None):
        """Less is better: what ours needs, as a part of theirs."""
        shown = [f"{number(figures.median(name))} {unit}" for name in (ours, theirs)]
        row = Row(what, shown[0], f"{theirs} {shown[1]}", figures.ratio(ours, theirs), target, False, "")
        row.runs = f"{figures.runs(ours)}"
        self.say(row, self.calls if rows is None else rows)

    def limit(self, what, found, target, unit, rows=None):
        """Less is better: a figure that stands alone."""
        self.say(Row(what, "", "", found, target, False, unit), self.calls if rows is None else rows)

    def floor(self, what, figures, ours, theirs, target, rows=None):
        """More is better: requests a second."""
        shown = [f"{figures.median(name):,.0f}/s" for name in (ours, theirs)]
        row = Row(what, shown[0], f"{theirs} {shown[1]}", figures.ratio(ours, theirs), target, True, "")
        row.runs = f"{figures.runs(ours)}"
        self.say(row, self.loads if rows is None else rows)

    def receive(self, *row):
        """A floor, of the receiving end."""
        self.floor(*row, rows=self.received)

    def receive_less(self, *row):
        """A comparison, of the receiving end."""
        self.compare(*row, rows=self.received)

    def receive_limit(self, *row):
        """A figure that stands alone, of the receiving end."""
        self.limit(*row, rows=self.received)

    def engine(self, found, scale):
        """What the benchmark of the delivery engine printed."""
        bare, trip = found["bare reqwest client"], found["bare round trip"]
        for name, target in (
            ("engine, end to end", 0.5),
            ("engine, from a queue", None),
            ("end to end, group of 1", None),
            ("from a queue, group of 1", None),
        ):
            row = Row(name, f"{found[name]:,.0f}/s", f"bare client {bare:,.0f}/s", found[name] / bare, target, True, "")
            row.runs = str(scale.turns)
            self.say(row, self.engine_rows)
        for name, target in (("its end to first byte", 3), ("request to first byte", None)):
            row = Row(name, f"{found[name]:.0f} µs", f"bare round trip {trip:.0f} µs", found[name] / trip, target, False, "")
            self.say(row, self.engine_rows)

    def met(self):
        return all(row.met() for row in self.calls + self.loads + self.engine_rows + self.received)

    def page(self):
        template = pathlib.Path(__file__).with_name("page.md").read_text()
        head = ["what", "`ubihook`", "beside", "ratio", "target", "met", "runs"]
        return template.format(
            machine=table(["what", "version"], machine(self.before)),
            missing=f"Not to be had on this machine, so not measured: {', '.join(self.missing)}.\n\n" if self.missing else "",
            calls=table(head, [row.cells() for row in self.calls]),
            loads=table(head, [row.cells() for row in self.loads]),
            received=table(head, [row.cells() for row in self.received]),
            engine=table(head, [row.cells() for row in self.engine_rows]),
            seconds=self.scale.seconds,
            events=f"{self.scale.events:,}",
        )


def said(*command):
    """The first line that a program says of itself, or that there is none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError):
        return "none"


def machine(before):
    model = re.search(r"model name\s*: (.+)", pathlib.Path("/proc/cpuinfo").read_text())
    client = "import ubiops; print(ubiops.__version__)"
    return [
        ["machine", f"{os.cpu_count()} cores, {model[1] if model else platform.machine()}, load {before} at the start"],
        ["system", f"Linux {platform.release().split('-')[0]}, {said('ldd', '--version').rsplit(' ', 1)[-1]} of glibc"],
        ["`ubihook`", f"profile `dist`, {said('rustc', '--version')}"],
        ["curl", " ".join(said("curl", "--version").split()[:2] + said("curl", "--version").split()[3:5])],
        ["official client", f"`ubiops` {said(str(PYTHON), '-c', client)} on {said(str(PYTHON), '--version')}"],
        ["peers", f"bare and durable axum 0.8 and an empty main, profile as `dist`; {', '.join(NPM_PEERS)} on Node {said('node', '--version')}"],
        ["tools", f"{said('hyperfine', '--version')}, {said('wrk', '--version').split(' Copy')[0]}"],
    ]  # fmt: skip
