"""Real shells at a terminal, driven many lines at a time: what each sends to its completer, and
what the program that a completed line runs gets as its arguments."""

import contextlib
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import termios
import time

# Far longer than a window of lines takes.
PATIENCE = 20.0
# So many lines are typed before it is waited for.
WINDOW = 40
# After a list of arguments, in the files that the two programs below write.
END = b"\1\n"

# Takes the place of the program on the path: writes its arguments down.
RECORDER = """#!/bin/sh
{ for argument; do printf '%s\\0' "$argument"; done; printf '\\1\\n'; } >>RECORDS
"""

class Terminal:
    """A process under a pseudo-terminal."""

    def __init__(self, line, env, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(line[0], line, env)
        # Wide, so that no line is drawn in pieces.
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
        self.seen = b""

    def read(self, seconds):
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            if not data:
                return
            self.seen = (self.seen + data)[-20000:]
            # Where the cursor is, and which terminal this is.
            if b"\x1b[6n" in data:
                os.write(self.fd, b"\x1b[1;1R")
            if b"\x1b[c" in data or b"\x1b[0c" in data:
                os.write(self.fd, b"\x1b[?62c")
            seconds = 0

    def type(self, text):
        data = text.encode()
        while data:
            readable, writable, _ = select.select([self.fd], [self.fd], [], PATIENCE)
            assert readable or writable, "the terminal takes nothing"
            if readable:
                self.read(0)
            if writable:
                data = data[os.write(self.fd, data[:256]):]

    def wait(self, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                return False
            self.read(0.005)
        return True

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def lists(path):
    """The lists of arguments in such a file."""
    if not path.exists():
        return []
    entries = path.read_bytes().split(END)[:-1]
    return [[item.decode() for item in entry.split(b"\0")] for entry in entries]


class Shell:
    """A shell in a folder of its own, in which the name of the program runs the recorder.

    `script` is what it has loaded for completion, `settings` are lines of its own language."""

    name = ""
    # What accepts a candidate that is alone, and then runs the line.
    enter = "\r"
    # What throws away a line, bound below: Ctrl-Y means nothing to a terminal between two lines.
    discard = "\x19"
    # Takes the place of the program as completer: writes down what it is asked, and answers with
    # the file that has the number after `-p`. The shell runs it as it would run the program.
    completer = """#!/bin/sh
{ for argument; do printf '%s\\0' "$argument"; done; printf '%s\\1\\n' "$_CLAP_COMPLETE_INDEX"; } >>REQUESTS
all="$*"
rest=${all#*-p }
answer=ANSWERS/${rest%% *}
if [ -s "$answer" ]; then IFS= read -r line <"$answer"; printf '%s\\n' "$line"; fi
"""

    def __init__(self, folder, script, locale="C.UTF-8", settings=""):
        self.folder = pathlib.Path(folder)
        self.records, self.requests = self.folder / "records", self.folder / "requests"
        programs = self.folder / "bin"
        programs.mkdir()
        recorder = programs / "ubihook"
        recorder.write_text(RECORDER.replace("RECORDS", str(self.records)))
        recorder.chmod(0o755)
        self.work = self.folder / "work"
        self.work.mkdir()
        script_path, start = self.folder / "script", self.folder / "start"
        script_path.write_text(script)
        start.write_text(self.start.replace("SCRIPT", str(script_path)) + settings + "\n")
        env = {
            "HOME": str(self.work),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "TERM": "xterm",
            "LC_ALL": locale,
        }
        line = [word.replace("START", str(start)).replace("FOLDER", str(self.folder)) for word in self.line]
        self.terminal = Terminal(line, env, self.work)
        self.begin(start)
        self.sentinels = 0
        self.settle()

    def begin(self, start):
        self.terminal.type(f"{self.source} {start}\r")

    def settle(self):
        """Waits until all that was typed has been run."""
        self.sentinels += 1
        last = f"settled-{self.sentinels}"
        self.terminal.type(f"ubihook {last}\r")
        mark = last.encode() + b"\0" + END

        def settled():
            return self.records.exists() and self.records.read_bytes()[-len(mark):] == mark

        if not self.terminal.wait(settled):
            raise AssertionError(f"{self.name} is stuck; it shows:\n{plain(self.terminal.seen)}")

    def run(self, lines):
        """Types each and waits now and then. A line that is not finished swallows the next ones."""
        for index, line in enumerate(lines, 1):
            self.terminal.type(line)
            if index % WINDOW == 0:
                self.settle()
        self.settle()

    def ran(self):
        """The arguments of each run of the program."""
        found = [arguments[:-1] for arguments in lists(self.records)]
        return [arguments for arguments in found if not arguments[0].startswith("settled-")]

    def asked(self):
        """What each call of the completer got: its arguments, and the index of the word."""
        return lists(self.requests)

    def strays(self):
        """What should not be there: no line makes a file."""
        known = {".zcompdump", ".cache", ".config", ".local"}
        return [path.name for path in self.work.iterdir() if path.name not in known]

    def close(self):
        self.terminal.close()


def plain(seen):
    return re.sub(rb"\x1b\[[0-9;?>=]*[A-Za-z]|\x1b\][^\x07]*\x07|\x1b[()=>][A-Z0-9]?|\r", b"", seen).decode(errors="replace")[-2000:]


class Bash(Shell):
    name = "bash"
    line = ["bash", "--norc", "--noprofile", "-i"]
    source = "source"
    start = """
bind 'set bell-style none'
bind 'set enable-bracketed-paste off'
bind 'set completion-query-items 0'
bind '"\\C-y": kill-whole-line'
unset HISTFILE
PS1= PS2=
source SCRIPT
"""


class Zsh(Shell):
    name = "zsh"
    line = ["zsh", "-f", "-i"]
    source = "source"
    start = """
unsetopt beep prompt_sp prompt_cr
PS1= PS2= RPS1=
bindkey '^Y' kill-whole-line
autoload -Uz compinit && compinit -D -u
source SCRIPT
"""


class Fish(Shell):
    name = "fish"
    line = ["fish", "--no-config", "-i"]
    source = "source"
    start = """
set -g fish_autosuggestion_enabled 0
bind \\cy 'commandline ""'
for name in fish_greeting fish_prompt fish_right_prompt fish_mode_prompt fish_title
    function $name; end
end
source SCRIPT
"""

    def begin(self, start):
        # It throws away what is typed before it is ready.
        assert self.terminal.wait(lambda: re.search(rb"[>#] ", self.terminal.seen)), plain(self.terminal.seen)
        super().begin(start)


class Elvish(Shell):
    name = "elvish"
    line = ["elvish", "-rc", "START", "-db", "FOLDER/no-folder/db", "-sock", "FOLDER/no-folder/sock"]
    # The first may accept a candidate.
    enter = "\r\r"
    start = """
set edit:prompt = { }
set edit:rprompt = { }
set edit:insert:binding[Ctrl-Y] = { set edit:current-command = '' }
eval (slurp < SCRIPT)
"""

    def begin(self, start):
        pass


SHELLS = {shell.name: shell for shell in [Bash, Zsh, Fish, Elvish]}
