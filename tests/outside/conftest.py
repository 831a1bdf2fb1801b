"""Fixtures. A tool that is missing fails the run before its first test: nothing here is skipped."""

import os
import shutil

import pytest

from support import BINARY, OFFICIAL_CLI, Receiver, Session, World

TOOLS = [
    "bash", "dbus-run-session", "dbus-send", "elvish", "faketime", "fish", "gnome-keyring-daemon", "openssl", "secret-tool", "sh",
    "strace", "zsh",
]


def pytest_sessionstart():
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    missing += [str(path) for path in (BINARY, OFFICIAL_CLI) if not os.access(path, os.X_OK)]
    if missing:
        pytest.exit(f"missing: {', '.join(missing)}; see tests/outside/README.md", returncode=1)


@pytest.fixture
def world(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    world = World(home)
    yield world
    world.close()


@pytest.fixture
def mock(world):
    """A mock that is served, and that all commands of the world are signed in to."""
    mock = world.serve()
    world.sign_in(mock)
    return mock


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def session(world):
    """A session bus of its own; its keyring is not there yet."""
    session = Session(world)
    yield session
    session.close()


@pytest.fixture
def keyring(session):
    """A session with an unlocked keyring."""
    session.unlock()
    return session
