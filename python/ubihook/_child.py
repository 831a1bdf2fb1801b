"""A process of the binary that runs beside this one, and prints a line when it is ready."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from typing import IO, Any

if sys.platform == "win32":
    _GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _GROUP = 0


def is_setting(name: str) -> bool:
    """Whether a variable is a setting of the binary; `UBIHOOK_SECRET_*` are values that files name."""
    return name.startswith("UBIHOOK_") and not name.startswith("UBIHOOK_SECRET_")


class CommandFailed(Exception):
    """A command of the binary failed. `code` is its exit code, `kind` the kind of its error."""

    def __init__(self, what: str, code: int, stderr: str) -> None:
        error: dict[str, Any] = {}
        with contextlib.suppress(ValueError, IndexError, KeyError, TypeError):
            error = json.loads(stderr.splitlines()[-1])["error"]
        self.code = code
        self.kind = error.get("kind")
        text = error.get("message") or stderr.strip() or "no message"
        if error.get("hint"):
            text += f"\n  hint: {error['hint']}"
        super().__init__(f"{what}: {text} (exit code {code})")


class Child:
    """The process; `ready` is the line that it has printed first, and `stdout` the rest."""

    process: subprocess.Popen[bytes]
    stdout: IO[bytes]
    ready: dict[str, Any]

    def __init__(self, what: str, line: list[str], stdin: int) -> None:
        """Starts it; raises `CommandFailed`, with `what` could not be done, if it ends instead."""
        self._said: IO[bytes] = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            line,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=self._said,
            # Settings of the developer's own, such as a profile, must not decide what tests meet.
            env={name: value for name, value in os.environ.items() if not is_setting(name)},
            # Ctrl-C at the terminal is for this process, which then stops the other.
            start_new_session=True,
            creationflags=_GROUP,
        )
        assert self.process.stdout
        self.stdout = self.process.stdout
        try:
            self.ready = self._first(what)
        except BaseException:
            self.stdout.close()
            self.process.kill()
            self.end(timeout=10.0)
            raise

    def _first(self, what: str) -> dict[str, Any]:
        first = self.stdout.readline()
        if not first:
            self.process.wait()
            self._said.seek(0)
            said = self._said.read().decode("utf-8", "replace")
            raise CommandFailed(what, self.process.returncode, said)
        ready: dict[str, Any] = json.loads(first)
        return ready

    def end(self, timeout: float) -> None:
        """Waits until it has ended, and kills it after the time limit."""
        try:
            self.process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._said.close()
