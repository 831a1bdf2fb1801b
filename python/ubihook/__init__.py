"""ubihook from Python: where its binary is, a mock of UbiOps and a receiver for tests.

The fixtures of the pytest plugin are in `ubihook.pytest_plugin`. Everything is imported when it is
first used, because pytest imports this package at every start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._binary import BinaryNotFound, find_binary
    from ._child import CommandFailed
    from ._listener import ExpectationFailed, Listener
    from ._mock import FaultNeverApplied, Mock
    from ._shapes import Delivery, Failure, Received, RequestOutcome, World

__all__ = [
    "BinaryNotFound",
    "CommandFailed",
    "Delivery",
    "ExpectationFailed",
    "Failure",
    "FaultNeverApplied",
    "Listener",
    "Mock",
    "Received",
    "RequestOutcome",
    "World",
    "find_binary",
]

_MODULES = {
    "_binary": ("BinaryNotFound", "find_binary"),
    "_child": ("CommandFailed",),
    "_listener": ("ExpectationFailed", "Listener"),
    "_mock": ("FaultNeverApplied", "Mock"),
    "_shapes": ("Delivery", "Failure", "Received", "RequestOutcome", "World"),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            from importlib import import_module

            value: object = getattr(import_module(f"{__name__}.{module}"), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
