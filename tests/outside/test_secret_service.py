"""Protected values in a real Secret Service: gnome-keyring, on a session bus of its own, looked
into with `secret-tool`."""

import pytest

from support import KEYRING_LIMIT, Receiver

VALUE = "Bearer s3cret-of-the-test"
PROTECTED = ["--secret-header", "Authorization=env:VALUE"]


@pytest.fixture(autouse=True)
def value(world):
    world.set(VALUE=VALUE)


@pytest.fixture
def other_origin():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def nightly(world, mock, keyring, receiver):
    """A webhook whose protected value is in the keyring, on a served mock."""
    world.set(UBIHOOK_STORE="keyring")
    world.run(*create("nightly", receiver.url)).ends_with(0)
    # Or finding none later would say nothing.
    assert [item["secret"] for item in keyring.found()] == [VALUE]


def create(name, url, *more):
    return ["create", name, "--deployment", "deployment-1", "--event", "failed", "--url", url, *PROTECTED, *more]


def delivers(world, receiver, name, *more):
    before = len(receiver.deliveries)
    world.run("test", name, *more).ends_with(0)
    assert len(receiver.deliveries) == before + 1
    return receiver.last_authorization()


def test_secret_tool_finds_what_create_has_kept(world, mock, keyring, receiver):
    made = world.json(*create("nightly", receiver.url, "--store", "keyring"))

    assert made["webhook"]["headers"][0]["local"] == "keyring"
    (item,) = keyring.found()
    assert item["secret"] == VALUE
    assert item["label"] == "ubihook: nightly Authorization"
    assert not (world.state / "secrets.json").exists()


def test_auto_takes_the_keyring_where_one_answers(world, mock, keyring, receiver):
    created = world.run(*create("nightly", receiver.url)).ends_with(0)

    assert created.err == ""
    assert [item["secret"] for item in keyring.found()] == [VALUE]


def test_a_value_that_moves_to_another_store_keeps_what_is_known_about_it(world, nightly, keyring, receiver):
    set_in_file = ["secret", "set", "nightly", *PROTECTED, "--store", "file"]
    world.run(*set_in_file).ends_with(0)

    (row,) = world.json("secret", "list", "nightly")
    assert (row["store"], row["state"]) == ("file", "current")
    assert keyring.found() == []
    tested = world.run("test", "nightly", "--store", "file").ends_with(0)
    assert tested.err == ""

    # Another value is one that the platform was never sent.
    world.set(VALUE="Bearer another-value")
    world.run(*set_in_file).ends_with(0)
    (row,) = world.json("secret", "list", "nightly")
    assert row["state"] == "changed"
    assert "not sent from here" in world.run("secret", "list", "nightly").ends_with(0).out


def test_the_mock_inside_takes_the_keyring_by_name_only(world, keyring, receiver):
    world.run(*create("by-default", receiver.url, "--mock")).ends_with(0)
    assert keyring.found() == []

    world.run(*create("by-name", receiver.url, "--mock", "--store", "keyring")).ends_with(0)
    (item,) = keyring.found()
    assert (item["secret"], item["label"]) == (VALUE, "ubihook: by-name Authorization")
    assert delivers(world, receiver, "by-name", "--mock", "--store", "keyring") == VALUE


def test_a_test_delivers_it(world, receiver, nightly):
    assert delivers(world, receiver, "nightly") == VALUE


def test_an_update_of_something_else_keeps_it(world, receiver, nightly):
    world.run("update", "nightly", "--header", "X-Team: blue").ends_with(0)
    assert delivers(world, receiver, "nightly") == VALUE


def test_a_rename_keeps_it(world, keyring, receiver, nightly):
    world.run("update", "nightly", "--name", "daily").ends_with(0)
    assert delivers(world, receiver, "daily") == VALUE


def test_a_new_webhook_of_an_old_name_does_not_get_it(world, mock, keyring, receiver, nightly):
    # Somebody else deletes it and makes it anew: this machine's value stays, under the old id.
    elsewhere = {"HOME": str(world.home.parent / "elsewhere"), "UBIHOOK_STORE": "none"}
    here = {name: world.env[name] for name in elsewhere}
    world.set(**elsewhere)
    world.run("delete", "nightly", "--yes").ends_with(0)
    world.run(*create("nightly", receiver.url)).ends_with(0)
    world.set(**here)
    assert [item["secret"] for item in keyring.found()] == [VALUE]

    world.run("test", "nightly").ends_with(9).says("Authorization", "ubihook test nightly --secret-header")
    assert receiver.deliveries == []


def test_another_origin_does_not_get_it_by_itself(world, mock, receiver, nightly, other_origin):
    refused = world.run("update", "nightly", "--url", other_origin.url).ends_with(2)

    refused.says("Authorization", receiver.origin, other_origin.origin, "--keep-secrets")
    assert mock.webhooks()[0]["url"] == receiver.url
    world.run("test", "nightly", "--url", other_origin.url).ends_with(9)
    assert other_origin.deliveries == []


def test_another_origin_gets_it_when_that_is_meant(world, receiver, nightly, other_origin):
    world.run("update", "nightly", "--url", other_origin.url, "--keep-secrets").ends_with(0)

    assert delivers(world, other_origin, "nightly") == VALUE
    assert receiver.deliveries == []


def test_a_value_given_anew_goes_to_another_origin(world, keyring, nightly, other_origin):
    world.set(VALUE="Bearer another-s3cret")
    world.run("update", "nightly", "--url", other_origin.url, *PROTECTED).ends_with(0)
    assert delivers(world, other_origin, "nightly") == "Bearer another-s3cret"


def test_delete_removes_it(world, keyring, nightly):
    world.run("delete", "nightly", "--yes").ends_with(0)
    assert keyring.found() == []


def test_removing_the_header_removes_it(world, keyring, nightly):
    world.run("update", "nightly", "--remove-header", "Authorization", "--yes").ends_with(0)
    assert keyring.found() == []


def test_a_refused_create_leaves_nothing(world, keyring, receiver, nightly):
    world.run(*create("nightly", receiver.url)).ends_with(5).says("nightly")
    assert len(keyring.found()) == 1
    assert delivers(world, receiver, "nightly") == VALUE


def test_signing_in_keeps_the_token_there(world, mock, keyring):
    token = world.env["UBIOPS_API_TOKEN"]
    world.unset("UBIOPS_API_TOKEN", "UBIOPS_API_HOST", "UBIOPS_PROJECT")
    at_the_mock = ["--host", mock.url, "--project", mock.project]

    signed_in = world.run("auth", "login", "--token-stdin", "--store", "keyring", *at_the_mock, stdin=token)
    signed_in.ends_with(0)

    assert [item["secret"].split()[-1] for item in keyring.found()] == [token.split()[-1]]
    world.run("list").ends_with(0)
    assert world.json("auth", "status")["token_source"] == "keyring"
    for written in [*world.home.rglob("*.toml"), *world.home.rglob("*.json")]:
        assert token.split()[-1] not in written.read_text(), written
    world.run("auth", "logout", "--yes").ends_with(0)
    assert keyring.found() == []
    world.run("list").ends_with(4)


def test_a_locked_keyring_is_an_error_in_time(world, mock, keyring, receiver, nightly):
    keyring.lock()

    ended = world.run("test", "nightly")

    assert ended.seconds < KEYRING_LIMIT, ended
    ended.ends_with(9).says("keyring", "locked")
    assert receiver.deliveries == []


def test_nothing_is_created_while_the_keyring_is_locked(world, mock, keyring, receiver, nightly):
    keyring.lock()

    ended = world.run(*create("second", receiver.url))

    assert ended.seconds < KEYRING_LIMIT, ended
    ended.ends_with(9).says("keyring", "locked")
    assert [webhook["name"] for webhook in mock.webhooks()] == ["nightly"]


def test_no_value_is_ever_shown(world, keyring, receiver, nightly):
    for arguments in (["list", "-o", "json"], ["get", "nightly"], ["test", "nightly", "-vv"],
                      ["update", "nightly", "--timeout", "20", "-vv"], ["delete", "nightly", "--yes", "-vv"]):
        ended = world.run(*arguments).ends_with(0)
        assert "s3cret" not in ended.out + ended.err, ended
