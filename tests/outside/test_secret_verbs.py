"""`secret list`, `set`, `rotate` and `remove` with values in a real Secret Service."""

import pytest

from support import KEYRING_LIMIT

OLD = "Bearer s3cret-of-the-test"
NEW = "Bearer n3w-s3cret-of-the-test"
SOURCE = ["--secret-header", "Authorization=env:VALUE"]


@pytest.fixture
def nightly(world, mock, keyring, receiver):
    world.set(VALUE=OLD, UBIHOOK_STORE="keyring")
    world.run("create", "nightly", "--deployment", "deployment-1", "--event", "failed",
              "--url", receiver.url, *SOURCE).ends_with(0)
    assert secrets(keyring) == [OLD]


def secrets(keyring):
    return sorted(item["secret"] for item in keyring.found())


def states(world):
    return [row["state"] for row in world.json("secret", "list")]


def test_a_rotation_keeps_the_old_value_apart_until_it_is_removed(world, keyring, receiver, nightly):
    world.set(VALUE=NEW)
    world.run("secret", "rotate", "nightly", *SOURCE).ends_with(0)
    assert receiver.last_authorization() == NEW
    assert secrets(keyring) == sorted([OLD, NEW])
    labels = {item["secret"]: item["label"] for item in keyring.found()}
    assert labels == {NEW: "ubihook: nightly Authorization", OLD: "ubihook: nightly Authorization (previous)"}
    assert states(world) == ["current", "previous"]
    world.run("secret", "list", "--check").ends_with(0)
    # The receiver accepts everything, and so still the old value.
    world.run("secret", "rotate", "nightly", "--retire").ends_with(7).says("still accepts")
    assert receiver.last_authorization() == OLD
    world.run("secret", "remove", "nightly", "--yes").ends_with(0)
    assert secrets(keyring) == []
    world.run("secret", "list", "--check").ends_with(9)


def test_set_stores_what_a_test_then_sends(world, keyring, receiver, nightly):
    world.run("secret", "remove", "nightly", "--yes").ends_with(0)
    world.set(VALUE=NEW)
    world.run("secret", "set", "nightly", *SOURCE).ends_with(0)
    assert secrets(keyring) == [NEW]
    world.run("test", "nightly").ends_with(0).says("was not sent from this machine")
    assert receiver.last_authorization() == NEW


@pytest.mark.parametrize("arguments", [
    ["secret", "list", "--check"],
    ["secret", "set", "nightly", *SOURCE],
    ["secret", "remove", "nightly", "--yes"],
    ["secret", "rotate", "nightly", *SOURCE],
])
def test_a_locked_keyring_is_an_error_in_time(world, mock, keyring, receiver, nightly, arguments):
    world.set(VALUE=NEW)
    before = mock.webhooks()
    keyring.lock()
    ended = world.run(*arguments)
    assert ended.seconds < KEYRING_LIMIT, ended
    ended.ends_with(9).says("keyring", "locked")
    assert mock.webhooks() == before
    assert receiver.deliveries == []
