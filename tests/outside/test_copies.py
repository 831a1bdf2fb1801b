"""Commands that are killed while they keep a value: no file but the store has it, whatever happens."""

import pathlib
import random
import signal
import subprocess

import pytest

from support import BINARY, PATIENCE, wait_until

VALUE = "Bearer s3cret-of-the-test"
ROUNDS = 400


def having(value, *folders):
    """The files below these folders that have this in them."""
    return sorted(
        str(path) for folder in folders for path in folder.rglob("*")
        if path.is_file() and value.encode() in path.read_bytes()
    )


def create(name):
    return ["create", name, "--deployment", "deployment-1", "--event", "failed", "--url",
            "https://hooks.example.org/in", "--secret-header", "Authorization=env:VALUE"]


@pytest.fixture
def platform(world, tmp_path):
    """A mock with a home of its own, which is the platform here and may have the value."""
    elsewhere = tmp_path / "platform"
    elsewhere.mkdir()
    mock = world.serve("--db", elsewhere / "mock.db")
    world.sign_in(mock)
    world.set(UBIHOOK_STORE="file", VALUE=VALUE)
    return mock


def test_interruptions_leave_no_copy_of_a_value(world, platform):
    chance = random.Random(5)  # the same moments in each run, as far as that can be
    temporary = world.home.parent / "tmp"
    store = str(world.state / "secrets.json")
    begun = world.run(*create("measure"))
    begun.ends_with(0)
    ended = {}
    for number in range(ROUNDS):
        by = chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
        process = world.start(*create(f"hook-{number}"))
        try:
            process.wait(chance.uniform(0, 1.2 * begun.seconds))
        except subprocess.TimeoutExpired:
            process.send_signal(by)
        process.communicate(timeout=PATIENCE)
        ended[process.returncode] = ended.get(process.returncode, 0) + 1
        if by != signal.SIGKILL:
            # Whoever is asked to end tidies up: at most, what a killed one has left is there.
            copies = set(having(VALUE, world.home, temporary)) - {store}
            assert all(str(process.pid) not in copy for copy in copies), copies
    world.run(*create("last")).ends_with(0)
    assert having(VALUE, world.home, temporary) == [store]
    assert len([code for code in ended if code]) >= 2, f"nothing was interrupted: {ended}"


class Traced:
    """A command under strace, which does something at the rename of one file's copy."""

    def __init__(self, world, name, inject, *arguments):
        # Stopped until strace is there: the name of the copy has the command's id.
        self.process = world.start("-c", 'kill -STOP $$; exec "$0" "$@"', BINARY, *arguments, program="sh")
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        wait_until(lambda: "State:\tT" in status.read_text(), "the stop")
        self.copy = world.state / f"{name}.{self.process.pid}.new"
        self._tracer = world.start("-f", "-qq", "-o", "/dev/null", "-P", self.copy, "-e", "trace=rename",
                                   "-e", f"inject=rename:{inject}", "-p", self.process.pid, program="strace")
        wait_until(lambda: "TracerPid:\t0\n" not in status.read_text(), "strace")
        self.process.send_signal(signal.SIGCONT)

    def ends(self):
        self.process.communicate(timeout=PATIENCE)
        self._tracer.communicate(timeout=PATIENCE)
        return self.process.returncode


def copies(world):
    return [path.name for path in world.state.iterdir() if path.name.endswith(".new")]


@pytest.mark.parametrize("name", ["secrets.json", "index.json"])
def test_what_a_kill_in_between_leaves_is_gone_with_the_next(world, platform, name):
    """The moment that is left: the copy is complete, has a name, and isn't renamed yet."""
    temporary = world.home.parent / "tmp"
    world.run(*create("first")).ends_with(0)
    traced = Traced(world, name, "signal=SIGKILL", *create("second"))
    assert traced.ends() == -signal.SIGKILL, "there was no such moment"
    assert copies(world) == [traced.copy.name]

    world.run("delete", "first", "--yes").ends_with(0)

    assert having(VALUE, world.home, temporary) in ([], [str(world.state / "secrets.json")])
    assert copies(world) == []


@pytest.mark.parametrize("by, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
@pytest.mark.parametrize("name", ["secrets.json", "index.json"])
def test_whoever_is_asked_to_end_in_between_ends_after_it(world, platform, name, by, code):
    world.run(*create("first")).ends_with(0)
    traced = Traced(world, name, "delay_enter=400000", *create("second"))
    wait_until(traced.copy.exists, "the copy")
    traced.process.send_signal(by)
    assert traced.ends() == code
    assert copies(world) == []


def test_a_copy_of_an_earlier_version_goes_too(world, platform):
    world.run(*create("first")).ends_with(0)
    (world.state / "secrets.json.4711.new").write_text(VALUE)
    (world.state / "secrets.json.mine.new").write_text("a file of the user's")

    world.run(*create("second")).ends_with(0)

    assert having(VALUE, world.home) == [str(world.state / "secrets.json")]
    assert (world.state / "secrets.json.mine.new").exists()


def test_where_no_file_can_be_without_a_name_there_is_none_left_either(world, platform):
    """A file system without unnamed files, as strace plays it: the first way in fails."""
    world.run(*create("first")).ends_with(0)
    trace = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=linkat", "-e", "inject=linkat:error=EOPNOTSUPP"]
    world.run(*trace, BINARY, *create("second"), program="strace").ends_with(0)
    assert having(VALUE, world.home) == [str(world.state / "secrets.json")]
    assert [path for path in world.state.iterdir() if path.name.endswith(".new")] == []


# ---------------------------------------------------------------- a mock that is stopped

def test_whatever_waits_for_a_stopped_mock_has_a_deadline(world, receiver):
    mock = world.serve()
    world.set(UBIHOOK_MOCK_DB=str(world.state / "mock.db"))
    world.sign_in(mock)
    world.run("create", "a", "--deployment", "deployment-1", "-e", "failed", "--url", receiver.url).ends_with(0)
    mock._process.send_signal(signal.SIGSTOP)
    try:
        requested = world.run("mock", "request", "--deployment", "deployment-1", "--outcome", "failed", timeout=90)
        requested.ends_with(8).says("0 of 1 deliveries", "no progress for 45 s")
        called = world.run("list", "--api-timeout", "1s", timeout=90)
        called.ends_with(6)
    finally:
        mock._process.send_signal(signal.SIGCONT)
