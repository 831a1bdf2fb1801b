"""A session bus that accepts and never answers: the worst that a broken session has to offer."""

import contextlib
import socket
import threading

import pytest

from support import KEYRING_LIMIT


@pytest.fixture
def silent_bus(world):
    path = world.home.parent / "bus"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(16)
    accepted = []

    def accept():
        # Closing the listener ends it.
        with contextlib.suppress(OSError):
            while True:
                accepted.append(listener.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    world.set(DBUS_SESSION_BUS_ADDRESS=f"unix:path={path}", VALUE="Bearer s3cret-of-the-test")
    yield accepted
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for connection in accepted:
        connection.close()


def create(url, *more):
    protected = ["--secret-header", "Authorization=env:VALUE"]
    return ["create", "nightly", "--deployment", "deployment-1", "--event", "failed", "--url", url, *protected, *more]


def test_the_keyring_by_name_is_given_up_with_a_sentence(world, mock, receiver, silent_bus):
    ended = world.run(*create(receiver.url, "--store", "keyring"))

    assert ended.seconds < KEYRING_LIMIT, ended
    ended.ends_with(9).says("keyring", "did not respond", "--store file")
    assert silent_bus, "it was never asked"
    assert mock.webhooks() == [], "the platform was called all the same"


def test_auto_warns_and_goes_on(world, mock, receiver, silent_bus):
    ended = world.run(*create(receiver.url, "--store", "auto"))

    assert ended.seconds < KEYRING_LIMIT, ended
    ended.ends_with(0).says("not stored", "did not respond", "--store file")
    assert silent_bus, "it was never asked"
    assert [webhook["name"] for webhook in mock.webhooks()] == ["nightly"]
    assert ended.err.count("not stored") == 1, ended


def test_a_kept_token_is_waited_for_no_longer(world, mock, silent_bus):
    world.unset("UBIOPS_API_TOKEN")

    ended = world.run("list", "--store", "keyring")

    assert ended.seconds < KEYRING_LIMIT, ended
    ended.ends_with(9).says("keyring", "did not respond")
