"""The pytest plugin: a mock of UbiOps for tests.

- `ubihook`: the mock, with the objects of `ubihook_world` at the start of each test that uses it. For
  the duration of the test, the environment variables of UbiOps clients point to it.
- `ubihook_mock`: the same mock for the whole session, without a reset and without variables.
- `ubihook_listen`: a receiver for webhooks, which can wait for deliveries.
- `ubihook_world`: override it to choose what the mock starts with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Optional

import pytest

# pytest imports this module at every start, so whatever it needs is imported by its fixtures.
if TYPE_CHECKING:
    from ._listener import Listener
    from ._mock import Mock
    from ._shapes import World

_KEPT = pytest.StashKey["list[str]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ubihook", "ubihook: a mock of UbiOps")
    group.addoption(
        "--ubihook-db",
        metavar="FILE",
        help="Database of the mock, which is kept, with the objects and deliveries of the last test that used "
        "it; with pytest-xdist, each worker adds its name to it. Default: a temporary one.",
    )
    group.addoption(
        "--ubihook-keep",
        action="store_true",
        help="Keep the mock's temporary database, with what the last test left, and print its path at the end.",
    )


@pytest.fixture(scope="session")
def ubihook_mock(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """A mock of UbiOps that is served for the whole session."""
    from ._binary import BinaryNotFound
    from ._child import CommandFailed
    from ._mock import Mock

    db = _database(request.config, tmp_path_factory)
    try:
        mock = Mock(db)
    except (BinaryNotFound, CommandFailed) as error:
        pytest.fail(str(error), pytrace=False)
    with mock:
        yield mock
    if db:
        _kept(request.config).append(db)


@pytest.fixture(scope="session")
def ubihook_world() -> World:
    """What the mock starts with: None for its default objects, or a mapping or the path of a file as
    `ubihook mock reset -f` reads it. Made to be overridden."""
    return None


@pytest.fixture
def ubihook(ubihook_mock: Mock, ubihook_world: World) -> Iterator[Mock]:
    """The mock, with the objects of `ubihook_world` and nothing else."""
    ubihook_mock.reset(ubihook_world)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ubihook_mock.env.items():
            patch.setenv(name, value)
        yield ubihook_mock
    ubihook_mock.close_clients()


@pytest.fixture
def ubihook_listen() -> Iterator[Listener]:
    """A receiver on this machine: its `url` is for a webhook, and `expect` waits for deliveries.

    It answers with 200; one that doesn't, or that requires a header, is an `ubihook.Listener(…)`."""
    from ._binary import BinaryNotFound
    from ._child import CommandFailed
    from ._listener import Listener

    try:
        listener = Listener()
    except (BinaryNotFound, CommandFailed) as error:
        pytest.fail(str(error), pytrace=False)
    with listener:
        yield listener


def _database(config: pytest.Config, temporary: pytest.TempPathFactory) -> Optional[str]:
    """Where the database is, if it is to be kept."""
    chosen: Optional[str] = config.getoption("--ubihook-db")
    if chosen:
        worker: dict[str, Any] = getattr(config, "workerinput", {})
        path = config.invocation_params.dir / chosen
        # Each worker has a mock of its own, and resets it.
        stem = ".".join(filter(None, (path.stem, worker.get("workerid"))))
        return str(path.with_name(stem + path.suffix))
    if config.getoption("--ubihook-keep"):
        return str(temporary.mktemp("ubihook") / "mock.db")
    return None


def _kept(config: pytest.Config) -> list[str]:
    """The databases to print at the end; those of a worker are passed on to the main process."""
    output: Optional[dict[str, list[str]]] = getattr(config, "workeroutput", None)
    if output is not None:
        return output.setdefault("ubihook", [])
    return config.stash.setdefault(_KEPT, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _kept(node.config).extend(getattr(node, "workeroutput", {}).get("ubihook", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    import shlex
    import subprocess
    import sys

    for db in _kept(config):
        terminalreporter.write_line(f"ubihook: kept the mock's database {db}, as the last test left it")
        words = ["ubihook", "mock", "deliveries", "--db", db]
        # As the shell of the system reads it.
        command = subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)
        terminalreporter.write_line(f"  its deliveries: {command}")
