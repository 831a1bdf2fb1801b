"""A machine without D-Bus and keyring, such as most of CI; and that nobody looks for one, nor for
anything else that takes time, where nothing of it is needed."""

import re

import pytest

from support import BINARY


@pytest.fixture
def world(world):
    # Unset isn't "no bus": then the usual place is tried, so that place has to be seen untouched.
    world.unset("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
    world.set(VALUE="Bearer s3cret-of-the-test")
    return world


def create(name, url, *more):
    return ["create", name, "--deployment", "deployment-1", "--event", "failed", "--url", url, *more]


def traced(world, *arguments):
    """Which files a command opens, where it connects to and what it runs on, as strace saw it."""
    log = world.home.parent / "strace.log"
    seen = "trace=connect,openat,clone,clone3,epoll_create1"
    world.run("-f", "-qq", "-e", seen, "-o", log, BINARY, *arguments, program="strace").ends_with(0)
    calls = log.read_text().splitlines()
    assert any("openat(" in call for call in calls), "strace saw nothing"
    return calls


def to_a_bus(calls):
    bus = re.compile(r'sun_path=|/run/user/|dbus|org\.freedesktop|libsecret|keyrings', re.IGNORECASE)
    return [call for call in calls if bus.search(call)]


def of_certificates(calls):
    return [call for call in calls if re.search(r"/ssl/|\.pem|\.crt|ca-certificates|/pki/", call)]


def of_a_database(calls):
    return [call for call in calls if re.search(r"mock\.db|sqlite", call)]


def of_secrets(calls):
    return [call for call in calls if re.search(r"secrets\.json", call)]


def test_every_verb_works(world, mock, receiver):
    protected = ["--secret-header", "Authorization=env:VALUE"]

    world.run(*create("nightly", receiver.url, *protected)).ends_with(0).says("not stored", "no keyring")
    assert world.run("list", "-o", "name").names() == ["nightly"]
    assert world.json("get", "nightly")["headers"][0]["local"] == "none"
    world.run("update", "nightly", "--header", "X-Team: blue").ends_with(0)
    world.run("test", "nightly").ends_with(9).says("Authorization", "--secret-header")
    world.run("test", "nightly", *protected).ends_with(0)
    assert receiver.last_authorization() == "Bearer s3cret-of-the-test"
    world.run("update", "nightly", *protected).ends_with(0).says("not stored")
    world.run("test", *create("", receiver.url)[2:]).ends_with(0)
    assert world.json("auth", "status")["signed_in"] is True
    world.run("delete", "nightly", "--yes").ends_with(0)
    assert world.run("list", "-o", "name").names() == []


def test_a_token_has_no_place_to_go_by_itself(world, mock):
    token = world.env.pop("UBIOPS_API_TOKEN")

    world.run("auth", "login", "--token-stdin", stdin=token).ends_with(9).says("keyring", "--store file")

    world.run("auth", "login", "--token-stdin", "--store", "file", stdin=token).ends_with(0)
    world.run("list").ends_with(0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["get", "nightly"],
        create("second", "https://hooks.example.org/in", "--header", "X-Team: blue"),
        ["update", "nightly", "--description", "changed"],
        ["update", "nightly", "--name", "daily"],
        ["auth", "status"],
        ["list", "-o", "json", "--deployment", "deployment-1"],
    ],
    ids=lambda arguments: " ".join(arguments[:4:2]),
)
def test_nobody_looks_for_a_bus_without_need(world, mock, receiver, arguments):
    # A protected value is there, and none of these has to know it.
    world.run(*create("nightly", receiver.url, "--secret-header", "Authorization=env:VALUE", "--store", "none")).ends_with(0)

    calls = traced(world, *arguments)

    assert to_a_bus(calls) == []
    assert of_secrets(calls) == []


def test_nobody_looks_for_a_bus_to_test_ad_hoc(world, mock, receiver):
    calls = traced(world, "test", *create("", receiver.url, "--header", "X-Team: blue")[2:])

    assert len(receiver.deliveries) == 1
    assert to_a_bus(calls) == []


def test_the_search_would_find_a_bus(world, mock, receiver):
    """What the tests above rely on: an attempt is seen where there is one."""
    calls = traced(world, *create("nightly", receiver.url, "--secret-header", "Authorization=env:VALUE"))

    assert to_a_bus(calls) != []


@pytest.mark.parametrize("arguments", [["list"], ["--version"]], ids=" ".join)
def test_plain_http_reads_no_certificates_and_opens_no_database(world, mock, arguments):
    calls = traced(world, *arguments)

    assert of_certificates(calls) == []
    assert of_a_database(calls) == []


def of_a_runtime(calls):
    return [call for call in calls if re.search(r"\b(clone3?|epoll_create1)\(", call)]


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["list", "--help"], ["completions", "bash"]], ids=" ".join)
def test_what_makes_no_call_starts_no_runtime_and_connects_to_nothing(world, arguments):
    calls = traced(world, *arguments)

    assert of_a_runtime(calls) == []
    assert [call for call in calls if "connect(" in call] == []


def test_the_search_would_find_a_runtime(world, mock):
    assert of_a_runtime(traced(world, "list")) != []
