"""What a delivery is expected to be: the rules of `ubihook listen --expect` and `--expect-file`."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any, cast

from ._shapes import Received

_OBJECTS = ("deployment", "pipeline")
_PHASES = ("started", "completed", "failed", "finished")
_EVENTS = _PHASES + tuple(f"{kind}_request_{phase}" for kind in _OBJECTS for phase in _PHASES)
_STATUSES = ("pending", "processing", "completed", "failed", "cancelled")
FIELDS = (
    *("event", "request_id", "status", "result", "text"),
    *("object_type", "object_id", "object_name", "version"),
    *(f"{kind}_{part}" for kind in _OBJECTS for part in ("id", "name", "version_id", "version_name")),
)
_WORDS = {"event": _EVENTS, "status": _STATUSES, "object_type": _OBJECTS}

# What a payload doesn't have, which isn't the same as null.
_ABSENT = object()


def check(wanted: dict[str, Any]) -> None:
    """Refuses what no payload of the platform can be: waiting for it would take the whole time limit."""
    for name, value in wanted.items():
        if not name.startswith("result."):
            _check_word("field", name, FIELDS)
        if name in _WORDS and isinstance(value, str) and "*" not in value:
            # The documentation doesn't say which statuses there are.
            _check_word(name, value, _WORDS[name], only_near=name == "status")


def _check_word(what: str, word: str, known: tuple[str, ...], only_near: bool = False) -> None:
    if word in known:
        return
    near = difflib.get_close_matches(word, known, n=1)
    if only_near and not near:
        return
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(known)}"
    raise ValueError(f"unknown {what} {word!r}; {hint}")


def differences(line: Received, wanted: dict[str, Any], takes_any: bool) -> dict[str, str]:
    """The fields that aren't as wanted, each with what it is; for a delivery that wasn't refused."""
    found: dict[str, str] = {}
    for name, value in wanted.items():
        own = _field(line, name, takes_any)
        if isinstance(value, str):
            if own is _ABSENT or not _matches(name, value, own):
                found[name] = _shown(own)
        else:
            _compare(name, value, own, found)
    return found


def _field(line: Received, name: str, takes_any: bool) -> Any:
    if takes_any and name in ("path", "method"):
        return line["path"] if name == "path" else line["method"]
    payload: Any = line["payload"]
    own = _at(payload, name)
    if own is not _ABSENT:
        return own
    event = _at(payload, "event")
    kind = event.split("_request_")[0] if event in _EVENTS[len(_PHASES) :] else None
    if kind is None:
        return _ABSENT
    if name == "object_type":
        return kind
    names = {"object_name": f"{kind}_name", "object_id": f"{kind}_id", "version": f"{kind}_version_name"}
    return _at(payload, names[name]) if name in names else _ABSENT


def _at(value: Any, path: str) -> Any:
    """The value at a path such as `result.items.0`: keys of objects, and positions in lists."""
    for key in path.split("."):
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(key, _ABSENT)
        elif isinstance(value, list) and re.fullmatch("[0-9]+", key):
            items = cast("Sequence[Any]", value)
            value = items[int(key)] if int(key) < len(items) else _ABSENT
        else:
            return _ABSENT
    return value


def _matches(name: str, pattern: str, own: Any) -> bool:
    """Whether a text is as the pattern says, in which `*` is any text and `\\*` an asterisk."""
    text = own if isinstance(own, str) else json.dumps(own, separators=(",", ":"), ensure_ascii=False)
    pieces = [re.escape(piece.replace("\\*", "*")) for piece in re.split(r"(?<!\\)\*", pattern)]
    texts = [text, text.split("_request_")[-1]] if name == "event" and text in _EVENTS else [text]
    return any(re.fullmatch(".*".join(pieces), one, re.DOTALL) for one in texts)


def _compare(path: str, wanted: Any, own: Any, found: dict[str, str]) -> None:
    """Objects are contained field by field; everything else has to be equal."""
    if isinstance(wanted, dict) and isinstance(own, dict):
        fields = cast("dict[str, Any]", own)
        for name, value in cast("dict[str, Any]", wanted).items():
            _compare(f"{path}.{name}", value, fields.get(name, _ABSENT), found)
    # For Python, True is 1.
    elif own is _ABSENT or own != wanted or isinstance(own, bool) != isinstance(wanted, bool):
        found[path] = _shown(own)


def _shown(own: Any) -> str:
    if own is _ABSENT:
        return "missing"
    text = repr(own)
    return text if len(text) <= 500 else f"{text[:500]}…"
