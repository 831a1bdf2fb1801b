"""Completion in real shells: bash, zsh and fish under a pseudo-terminal, live names from the mock.

Needs the three shells and pexpect; without them it fails. UBIHOOK_BIN names the binary, which is
else target/debug/ubihook.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

import pexpect
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("UBIHOOK_BIN", ROOT / "target/debug/ubihook")).resolve()
PROMPT = "ready> "
# Far longer than anything here takes.
PATIENCE = 20
CSI = re.compile(r"\x1b\[[0-9;?>=]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()=>][A-Z0-9]?|\r")


def plain(text):
    return CSI.sub("", text)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a mock that has webhooks, and the program first on the path."""
    tmp_path = tmp_path_factory.mktemp("home")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ubihook").symlink_to(BIN)
    env = {
        "HOME": str(tmp_path),
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "UBIHOOK_MOCK": "1",
        "TERM": "xterm",
        "LC_ALL": "C.UTF-8",
        "HOOK_TOKEN": "s3cret",
    }
    common = ["--pipeline", "pipeline-1", "-e", "failed", "-u", "http://127.0.0.1:9/in"]
    for name in ["nightly", "orders-done", "orders-failed"]:
        extra = ["--secret-header", "Authorization=env:HOOK_TOKEN", "-l", "team=blue"]
        subprocess.run(
            ["ubihook", "create", name, *common, *extra],
            env=env, check=True, capture_output=True, executable=str(BIN),
        )
    return tmp_path, env


class Shell:
    """An interactive shell with completion loaded as its help says."""

    def __init__(self, name, home, env):
        self.name = name
        path = shutil.which(name)
        assert path, f"{name} is missing"
        start = {
            "bash": ["--norc", "--noprofile", "-i"],
            "zsh": ["-f", "-i"],
            "fish": ["--no-config", "-i"],
        }[name]
        self.child = pexpect.spawn(
            path, start, env=env, cwd=str(home), dimensions=(40, 120),
            encoding="utf-8", timeout=PATIENCE,
        )
        self.setup()

    def setup(self):
        lines = {
            "bash": ["bind 'set bell-style none'", "bind 'set enable-bracketed-paste off'",
                     "bind 'set completion-query-items 0'", "source <(ubihook completions bash)",
                     f"PS1='{PROMPT}'"],
            "zsh": ["unsetopt beep prompt_sp", "source <(ubihook completions zsh)",
                    f"PS1='{PROMPT}'"],
            "fish": ["function fish_greeting; end", "set -g fish_autosuggestion_enabled 0",
                     "ubihook completions fish | source",
                     f"function fish_prompt; echo -n '{PROMPT}'; end"],
        }[self.name]
        if self.name == "fish":
            time.sleep(1)
        for line in lines:
            self.child.sendline(line)
        self.settle()
        # What was typed so far shows the prompt's text too.
        self.child.sendline("echo go''on")
        self.child.expect("goon")
        self.settle()

    def settle(self, quiet=0.6):
        """Reads until nothing more comes."""
        seen = ""
        while True:
            try:
                seen += self.child.read_nonblocking(4096, timeout=quiet)
            except pexpect.TIMEOUT:
                return plain(seen)

    def tab(self, typed, times=1):
        """Types, asks, and returns what is then shown."""
        self.child.send(typed)
        self.settle(0.1)
        shown = ""
        for _ in range(times):
            self.child.send("\t")
            shown += self.settle()
        return shown

    def line(self, typed, times=1):
        """Types, asks, and returns the command line as the shell would then run it."""
        # The words, as the shell reads them.
        self.tab(typed, times)
        self.child.send("\x01")  # To the beginning of the line.
        self.child.send("printf '<%s>' ")
        self.settle(0.1)
        self.child.send("\r")
        shown = self.settle(0.3)
        found = re.findall(r"<([^<>\n]*)>", shown.replace("'<%s>'", ""))
        return found

    def clear(self):
        self.child.send("\x03")
        self.settle(0.3)

    def close(self):
        self.child.close(force=True)


SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture(params=SHELLS, scope="module")
def running(request, home):
    shell = Shell(request.param, *home)
    yield shell
    shell.close()


@pytest.fixture
def shell(running):
    yield running
    running.clear()


@pytest.mark.parametrize(
    "typed, words",
    [
        ("ubihook ge", ["ubihook", "get"]),
        ("ubihook get ni", ["ubihook", "get", "nightly"]),
        ("ubihook get orders-d", ["ubihook", "get", "orders-done"]),
        ("ubihook create new --pipeline p", ["ubihook", "create", "new", "--pipeline", "pipeline-1"]),
        ("ubihook create new --pipeline=p", ["ubihook", "create", "new", "--pipeline=pipeline-1"]),
        ("ubihook create --deployment d", ["ubihook", "create", "--deployment", "deployment-1"]),
        (
            "ubihook create --pipeline pipeline-1 --version ",
            ["ubihook", "create", "--pipeline", "pipeline-1", "--version", "v1"],
        ),
        ("ubihook list --event fa", ["ubihook", "list", "--event", "failed"]),
        ("ubihook list --event=fa", ["ubihook", "list", "--event=failed"]),
        ("ubihook list --label t", ["ubihook", "list", "--label", "team=blue"]),
        ("ubihook list -p d", ["ubihook", "list", "-p", "demo"]),
        (
            "ubihook update nightly --remove-header A",
            ["ubihook", "update", "nightly", "--remove-header", "Authorization"],
        ),
        (
            "ubihook update nightly --remove-label t",
            ["ubihook", "update", "nightly", "--remove-label", "team"],
        ),
        (
            "ubihook update nightly --secret-header Authorization=env:HOOK_T",
            ["ubihook", "update", "nightly", "--secret-header", "Authorization=env:HOOK_TOKEN"],
        ),
        # No blank after what goes on.
        (
            "ubihook update nightly --secret-header Auth",
            ["ubihook", "update", "nightly", "--secret-header", "Authorization="],
        ),
        ("ubihook help exi", ["ubihook", "help", "exit-codes"]),
    ],
)
def test_one_tab_completes_a_word(shell, typed, words):
    assert shell.line(typed) == words


def test_what_goes_on_gets_no_blank(shell):
    typed = "ubihook update nightly --secret-header Auth"
    shell.tab(typed)
    assert shell.line("e", 1)[-1] == "Authorization=env:"


def test_several_names_are_shown_and_no_flags(shell):
    shown = shell.tab("ubihook get ", times=2)
    for name in ["nightly", "orders-done", "orders-failed"]:
        assert name in shown, shown
    assert "--output" not in shown, shown


def test_names_given_already_are_not_offered(shell):
    shown = shell.tab("ubihook delete nightly orders-", times=2)
    assert "orders-done" in shown and "orders-failed" in shown, shown
    shell.clear()
    assert shell.line("ubihook delete nightly orders-done o") == [
        "ubihook", "delete", "nightly", "orders-done", "orders-failed",
    ]


def test_nothing_is_said_and_nobody_waits_when_the_platform_hangs(home):
    folder, env = home
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    env = {name: value for name, value in env.items() if name != "UBIHOOK_MOCK"}
    env.update({
        "UBIOPS_API_HOST": f"http://127.0.0.1:{port}/v2",
        "UBIOPS_API_TOKEN": "Token abc",
        "UBIOPS_PROJECT": "demo",
    })
    for name in SHELLS:
        shell = Shell(name, folder, env)
        assert shell.line("ubihook get ni") == ["ubihook", "get", "ni"], name
        shell.close()
    for _ in range(5):
        began = time.monotonic()
        answer = subprocess.run(
            [str(BIN), "--", "ubihook", "get", ""],
            env={**env, "COMPLETE": "bash", "_CLAP_COMPLETE_INDEX": "2"},
            capture_output=True, check=True,
        )
        took = time.monotonic() - began
        assert (answer.stdout, answer.stderr) == (b"", b"")
        assert took < 0.5, took


def test_the_path_is_found_from_anywhere(home):
    """Registered by a relative path, it completes from another folder."""
    folder, env = home
    shell = Shell("bash", folder, env)
    shell.child.sendline("source <(./bin/ubihook completions bash); cd /")
    shell.settle()
    assert shell.line("ubihook get ni") == ["ubihook", "get", "nightly"]
    shell.close()
