"""A receiver that runs beside this process."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from typing import Any, Optional, cast

from ._binary import find_binary
from ._child import Child
from ._expect import check, differences
from ._shapes import Received

# How long the receiver may take to end; its own limit is 2 s.
_END = 10.0


class ExpectationFailed(AssertionError):
    """What was expected didn't arrive in time; the message has the delivery that came nearest."""


class Listener:
    """A receiver for webhooks on this machine, as `ubihook listen`; best used as a context manager.

    `url` is its address. It answers every delivery with 200, unless its options say otherwise:
    `Listener("--respond", "500x2,200")` fails twice before, and `Listener("--secret-header",
    "Authorization=Bearer {env:HOOK_TOKEN}")` refuses one without this header with 401.
    """

    url: str

    def __init__(self, *options: str) -> None:
        """Starts one, with options of `ubihook listen`, such as `"--respond", "500x2,200"`."""
        # Then a body may have any fields.
        self._any = "--any" in options
        self._arrived = threading.Condition()
        self._lines: list[Received] = []
        line = [find_binary(), "listen", "-o", "ndjson", *options]
        self._child = Child("could not start a receiver", line, subprocess.DEVNULL)
        self.url = self._child.ready["url"]
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops the receiver. What has arrived stays in `deliveries`."""
        self._child.process.terminate()
        self._child.end(_END)
        self._reader.join()
        self._child.stdout.close()

    @property
    def deliveries(self) -> list[Received]:
        """The deliveries so far, in the order in which they arrived."""
        with self._arrived:
            return list(self._lines)

    def expect(
        self,
        *,
        event: Optional[str] = None,
        count: int = 1,
        timeout: float = 10.0,
        count_repeats: bool = False,
        **fields: Any,
    ) -> list[Received]:
        """Waits until `count` deliveries have arrived that have all of these fields, and returns them.

        The rules are those of `ubihook listen --expect`. `event` is a full name or just the phase, such
        as `failed`; other fields are those of the payload, or below its result:
        `expect(**{"result.total": 3})`. `object_type`, `object_name` and `version` mean the same for
        deployments and pipelines. In a text, `*` is any text. A mapping has to be contained, so the
        delivery may have more than it; any other value has to be equal.

        A delivery that was refused doesn't count, nor does a repeat of an earlier one, with the same
        event and request, unless `count_repeats` is true. Raises `ExpectationFailed` otherwise, and
        `ValueError` for an event or a field that doesn't exist.
        """
        __tracebackhide__ = True
        wanted = {"event": event, **fields} if event is not None else fields
        if not self._any:
            check(wanted)
        deadline = time.monotonic() + timeout
        with self._arrived:
            while True:
                counted = [line for line in self._lines if not line["problem"]]
                differing = [(line, differences(line, wanted, self._any)) for line in counted]
                as_wanted = [line for line, difference in differing if not difference]
                found = [line for line in as_wanted if count_repeats or not line["repeat"]]
                if len(found) >= count:
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self._child.process.poll() is not None:
                    what = ", ".join(f"{name}={value!r}" for name, value in wanted.items())
                    text = f"{len(found)} of {count} deliveries with {what or 'any fields'}"
                    repeats = len(as_wanted) - len(found)
                    raise ExpectationFailed(
                        f"{text} within {timeout:g} s{_missed(self._lines, differing, repeats)}"
                    )
                self._arrived.wait(left)

    def _read(self) -> None:
        for text in self._child.stdout:
            line: dict[str, Any] = json.loads(text)
            if line.get("type") == "delivery":
                with self._arrived:
                    self._lines.append(cast(Received, line))
                    self._arrived.notify_all()
        with self._arrived:
            self._arrived.notify_all()


def _missed(lines: list[Received], differing: list[tuple[Received, dict[str, str]]], repeats: int) -> str:
    """What arrived instead: the delivery that came nearest, and why others don't count."""
    text = ""
    missed = [(line, difference) for line, difference in differing if difference]
    if missed:
        line, difference = min(missed, key=lambda pair: len(pair[1]))
        differs = ", ".join(f"{name} is {own}" for name, own in difference.items())
        text += f"; nearest is delivery {line['number']}, where {differs}"
    if repeats:
        text += f"; repeats that don't count: {repeats} (count_repeats=True counts them)"
    refused = [line for line in lines if line["problem"]]
    if refused:
        first = refused[0]
        text += f"; delivery {first['number']} was refused: {first['answered']}, {first['problem']}"
        text += f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
    return text or f"; {len(lines)} arrived in all"
