"""A receiver that runs beside this process."""

from __future__ import annotations

import difflib
import json
import subprocess
import threading
import time
from typing import Any, Optional, cast

from ._binary import find_binary
from ._child import Child
from ._shapes import Received

# How long the receiver may take to end; its own limit is 2 s.
_END = 10.0

# What `ubihook listen --expect` compares, too.
_OBJECTS = ("deployment", "pipeline")
_PHASES = ("started", "completed", "failed", "finished")
_EVENTS = _PHASES + tuple(f"{kind}_request_{phase}" for kind in _OBJECTS for phase in _PHASES)
_FIELDS = (
    *("request_id", "status", "result", "text", "object_type", "object_id", "object_name", "version"),
    *(f"{kind}_{part}" for kind in _OBJECTS for part in ("id", "name", "version_id", "version_name")),
)


class ExpectationFailed(AssertionError):
    """What was expected didn't arrive in time; the message has the delivery that came nearest."""


class Listener:
    """A receiver for webhooks on this machine, as `ubihook listen`; best used as a context manager.

    `url` is its address. It answers every delivery with 200.
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
        self, *, event: Optional[str] = None, count: int = 1, timeout: float = 10.0, **fields: Any
    ) -> list[Received]:
        """Waits until `count` deliveries have arrived that have all of these fields, and returns them.

        `event` is a full name or just the phase, such as `failed`; other fields are those of the
        payload. `object_type`, `object_name` and `version` mean the same for deployments and pipelines.
        Raises `ExpectationFailed` otherwise, and `ValueError` for an event or a field that doesn't exist.
        """
        __tracebackhide__ = True
        if not self._any:
            for name in fields:
                _check("field", name, ("event", *_FIELDS))
            if event is not None:
                _check("event", event, _EVENTS)
        wanted = {"event": event, **fields} if event is not None else fields
        deadline = time.monotonic() + timeout
        with self._arrived:
            while True:
                found = [line for line in self._lines if not _differences(line, wanted)]
                if len(found) >= count:
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self._child.process.poll() is not None:
                    raise ExpectationFailed(_missed(self._lines, wanted, len(found), count, timeout))
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


def _check(what: str, word: str, known: tuple[str, ...]) -> None:
    if word in known:
        return
    near = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
    raise ValueError(f"unknown {what} {word!r}; {hint}")


def _field(payload: dict[str, Any], name: str) -> Any:
    if name in payload:
        return payload[name]
    kind = str(payload.get("event", "")).split("_request_")[0]
    names = {"object_name": f"{kind}_name", "object_id": f"{kind}_id", "version": f"{kind}_version_name"}
    if name == "object_type":
        return kind or None
    return payload.get(names.get(name, name))


def _differences(line: Received, wanted: dict[str, Any]) -> dict[str, Any]:
    """The fields that aren't as wanted, with what they are."""
    payload = line.get("payload")
    if line.get("problem") or not isinstance(payload, dict):
        return dict.fromkeys(wanted, None) or {"payload": payload}
    differences: dict[str, Any] = {}
    for name, value in wanted.items():
        own = _field(cast("dict[str, Any]", payload), name)
        is_phase = name == "event" and isinstance(own, str) and own.split("_request_")[-1] == value
        if own != value and not is_phase:
            differences[name] = own
    return differences


def _missed(lines: list[Received], wanted: dict[str, Any], found: int, count: int, timeout: float) -> str:
    fields = ", ".join(f"{name}={value!r}" for name, value in wanted.items()) or "any delivery"
    text = f"{found} of {count} deliveries with {fields} within {timeout:g} s"
    missed = [(line, difference) for line in lines if (difference := _differences(line, wanted))]
    if not missed:
        return f"{text}; {len(lines)} arrived in all"
    line, difference = min(missed, key=lambda pair: len(pair[1]))
    differs = ", ".join(f"{name} is {own!r}" for name, own in difference.items())
    return f"{text}; nearest is delivery {line['number']}, where {differs}"
