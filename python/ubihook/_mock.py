"""A mock of UbiOps that runs beside this process."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator
from typing import Any, Optional, cast

from ._binary import find_binary
from ._child import Child, CommandFailed, is_setting
from ._shapes import Delivery, RequestOutcome, World

# `mock run` serves while its command runs. This one reports the environment that it was
# given, and ends with its standard input: that is closed even if this process is killed.
_COMMAND = (
    "import json, os, sys; print(json.dumps(dict(os.environ)), flush=True); sys.stdin.buffer.read()"
)
# Exit codes of `mock request` that come with an outcome: deliveries failed, or are still pending.
_FAILED, _PENDING = 7, 8
# How long the mock may take to end; its own limit for remaining deliveries is 10 s.
_END = 20.0


class FaultNeverApplied(AssertionError):
    """Nothing met a fault while its block ran, so the test has shown nothing about it."""


class Mock:
    """A mock of UbiOps, served until `stop`; best used as a context manager.

    `url`, `token` and `project` are for any UbiOps client, `env` has the environment variables with
    which such a client finds the mock, and `db` is the path of its database.
    """

    url: str
    token: str
    project: str
    env: dict[str, str]
    db: str

    def __init__(self, db: Optional[str] = None) -> None:
        """Starts one, on the database `db`, or on a temporary one that is deleted by `stop`."""
        self._binary = find_binary()
        self._keeps = db is not None
        self._clients = contextlib.ExitStack()
        self._has_faults = False
        line = [self._binary, "mock", "run", "-o", "json", *(["--db", db] if db else [])]
        line += ["--", sys.executable, "-I", "-S", "-c", _COMMAND]
        self._child = Child("could not start the mock", line, subprocess.PIPE)
        given: dict[str, str] = self._child.ready
        ours = {name: value for name, value in given.items() if name.startswith(("UBIOPS_", "UBIHOOK_"))}
        # An empty variable counts as unset.
        hidden = dict.fromkeys(filter(is_setting, os.environ), "")
        self.env = {**hidden, **ours}
        self.env.update({name: given[name] for name in ("NO_PROXY", "no_proxy") if name in given})
        self.url = given["UBIOPS_API_HOST"]
        self.token = given["UBIOPS_API_TOKEN"]
        self.project = given["UBIOPS_PROJECT"]
        self.db = given["UBIHOOK_MOCK_DB"]

    def __enter__(self) -> Mock:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops the mock. A temporary database is deleted, with deliveries that are still pending."""
        self.close_clients()
        if self._child.process.poll() is None and not self._keeps:
            # Otherwise the mock would wait for pending deliveries.
            with contextlib.suppress(CommandFailed):
                self.reset()
        stdin = self._child.process.stdin
        assert stdin
        stdin.close()
        self._child.end(_END)
        self._child.stdout.close()

    def client(self) -> Any:
        """Returns an `ubiops.CoreApi` that is signed in to the mock.

        It is closed by `close_clients`: for the fixture `ubihook`, after the test.
        """
        __tracebackhide__ = True
        try:
            import ubiops  # type: ignore[import-not-found, import-untyped, unused-ignore]  # pyright: ignore
        except ImportError as error:
            looked = os.pathsep.join(sys.path)
            raise ModuleNotFoundError(
                f"`client()` needs the official client, the package `ubiops`, which {sys.executable} "
                f"does not find in {looked}. Install it: pip install ubiops"
            ) from error
        api: Any = ubiops
        configuration = api.Configuration(host=self.url, api_key={"Authorization": self.token})
        return api.CoreApi(self._clients.enter_context(api.ApiClient(configuration)))

    def close_clients(self) -> None:
        """Closes all clients that `client` returned."""
        self._clients.close()

    def request(
        self,
        *,
        deployment: Optional[str] = None,
        pipeline: Optional[str] = None,
        experiment: Optional[str] = None,
        version: Optional[str] = None,
        data: Any = None,
        outcome: Optional[str] = None,
        error_message: Optional[str] = None,
        count: int = 1,
        wait: bool = True,
    ) -> RequestOutcome:
        """Creates requests, as `ubihook mock request` does, and waits for their deliveries.

        With `count`, all of them are created before it waits.
        `outcome` is how they end: completed (the default), failed or cancelled. Failed deliveries
        don't raise an exception; they are in the outcome that is returned.
        """
        __tracebackhide__ = True
        if deployment is None and pipeline is None and experiment is None:
            raise TypeError("request() needs to know what for: deployment=…, pipeline=… or experiment=…")
        options = {
            "--deployment": deployment,
            "--pipeline": pipeline,
            "--experiment": experiment,
            "--version": version,
            "--data": None if data is None else json.dumps(data),
            "--outcome": outcome,
            "--error-message": error_message,
            "--count": str(count),
        }
        line = [f"{name}={value}" for name, value in options.items() if value is not None]
        line += [] if wait else ["--no-wait"]
        text = self._run("could not create a request", "request", *line, accepts=(_FAILED, _PENDING))
        return cast(RequestOutcome, json.loads(text))

    def deliveries(
        self,
        *,
        webhook: Optional[str] = None,
        event: Optional[str] = None,
        failed: bool = False,
        at_least: int = 0,
        timeout: float = 10.0,
    ) -> list[Delivery]:
        """Returns the delivery attempts so far, oldest first: of all webhooks, or of one.

        With `at_least`, waits until there are that many, and raises `TimeoutError` otherwise.
        """
        __tracebackhide__ = True
        options = {"--webhook": webhook, "--event": event}
        line = [f"{name}={value}" for name, value in options.items() if value is not None]
        line += ["--payload", *(["--failed"] if failed else [])]
        deadline = time.monotonic() + timeout
        while True:
            found = cast(
                "list[Delivery]", json.loads(self._run("could not read deliveries", "deliveries", *line))
            )
            if len(found) >= at_least:
                return found
            if time.monotonic() >= deadline:
                of = f" of webhook `{webhook}`" if webhook else ""
                text = f"{len(found)} of at least {at_least} delivery attempts{of} after {timeout:g} s"
                raise TimeoutError("\n".join([text, *map(_shown, found), *self._without_retry(found)]))
            time.sleep(0.05)

    @contextlib.contextmanager
    def fault(self, *faults: str, may_not_apply: bool = False) -> Generator[None, None, None]:
        """Injects failures while the block runs: `with mock.fault("POST /webhooks=503x2")`.

        Raises `FaultNeverApplied` at its end if nothing met one of them, unless `may_not_apply` is true.
        """
        __tracebackhide__ = True
        if self._has_faults:
            raise RuntimeError("faults can't be nested; supply all of them at once: fault(ONE, TWO)")
        self._has_faults = True
        try:
            for fault in faults:
                self._control("POST", {"fault": fault})
            yield
        except BaseException:
            # Its own error says more than a fault that it didn't come to.
            may_not_apply = True
            raise
        finally:
            self._has_faults = False
            never_applied: list[str] = self._control("DELETE").get("never_applied", [])
            if never_applied and not may_not_apply:
                names = ", ".join(f"`{fault}`" for fault in never_applied)
                raise FaultNeverApplied(
                    f"nothing met {names} while the block ran. Is its path or the name of its webhook right? "
                    "Deliveries have to be made within the block: wait there with deliveries(at_least=1). "
                    "If this is as it should be: fault(…, may_not_apply=True)"
                )

    def reset(self, world: World = None) -> None:
        """Deletes everything, and starts again with the objects of `world`."""
        __tracebackhide__ = True
        what, line = "could not reset the mock", ["reset", "--yes"]
        if world is None:
            self._run(what, *line)
        elif isinstance(world, (str, os.PathLike)):
            self._run(what, *line, "-f", os.path.abspath(world))
        else:
            self._run(what, *line, "-f", "-", stdin=json.dumps(world))

    def _run(self, what: str, verb: str, *line: str, stdin: str = "", accepts: tuple[int, ...] = ()) -> str:
        __tracebackhide__ = True
        ended = subprocess.run(
            [self._binary, "mock", verb, "--db", self.db, "-o", "json", "--no-input", *line],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, **self.env},
        )
        if ended.returncode and ended.returncode not in accepts:
            raise CommandFailed(what, ended.returncode, _in_python(ended.stderr))
        return ended.stdout

    def _without_retry(self, attempts: list[Delivery]) -> list[str]:
        """A line for each webhook that doesn't try its failed deliveries again."""
        failed = {attempt["webhook"] for attempt in attempts if not _is_delivered(attempt)}
        webhooks: Any = []
        # It only explains an error.
        with contextlib.suppress(ValueError, OSError):
            webhooks = self._call("GET", f"/v2/projects/{self.project}/webhooks", None)
        names = [one["name"] for one in webhooks if one["name"] in failed and not one.get("retry")]
        return [f"webhook `{name}` has retry off: a failed delivery isn't tried again" for name in names]

    def _control(self, method: str, body: Optional[dict[str, str]] = None) -> dict[str, Any]:
        __tracebackhide__ = True
        try:
            answer: dict[str, Any] = self._call(method, "/_mock/faults", body)
        except ValueError as error:
            raise ValueError(f"could not inject `{body['fault']}`: {error}" if body else error) from None
        return answer

    def _call(self, method: str, path: str, body: Optional[dict[str, str]]) -> Any:
        """The answer of a call; raises `ValueError` with the mock's words if it refuses it."""
        import http.client
        import urllib.parse

        address = urllib.parse.urlsplit(self.url)
        assert address.hostname
        # Not urllib.request, which would use a proxy.
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=_END)
        headers = {"Authorization": self.token, "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        if answer.status >= 400:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                text = json.loads(text)["error"]
            raise ValueError(text)
        return json.loads(text)


def _in_python(said: str) -> str:
    """An error of the command, with the names of arguments for those of its flags."""

    def name(found: re.Match[str]) -> str:
        return found[1].replace("-", "_")

    said = re.sub(r"'--([a-z-]+) <[A-Z_]+>'", name, said)
    said = re.sub(r"(?<=did you mean )--([a-z-]+) ([^\s?\"]+)", lambda it: f"{name(it)}='{it[2]}'", said)
    return re.sub(r"(?<=values of )--([a-z-]+)(?=:)", name, said)


def _is_delivered(attempt: Delivery) -> bool:
    return attempt["status"] is not None and 200 <= attempt["status"] < 300


def _shown(attempt: Delivery) -> str:
    outcome = attempt["status"] if attempt["status"] is not None else attempt["error"]
    names = f"{attempt['webhook']}  {attempt['event']}  request {attempt['request_id']}"
    return f"  {attempt['time']}  {names}  attempt {attempt['attempt']}: {outcome}"
