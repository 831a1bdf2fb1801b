"""What a completed line runs: in real shells, the program gets exactly the name that was offered,
whatever it holds, and nothing else happens.

Real bash, zsh, fish and elvish complete and run 10,000 lines each. So that this takes a minute, the
program is asked for many names at once, with the very request that the shell sends for what is
typed, and a small script then hands out its answers one by one."""

import http.server
import json
import os
import re
import subprocess
import urllib.parse

import pytest

import powershell_reader
from hostile_names import BLANKS, Names, is_unprintable
from shells import SHELLS, Shell, plain
from styles import STYLES
from support import BINARY, PATIENCE, QuietHandler, serving

NAMES = int(os.environ.get("UBIHOOK_QUOTING_NAMES", 10_000))
# What names begin with, as far as it is typed before Tab.
BEGINNINGS = [
    "", "", "", "", "", "n", "a b", "it's", 'say "', "$(", "$HOME", "a`", "~", "=", "a=b", "k:", "a:b=", "*", "[a", "{a,", "\\", "a\\",
    "#", "a#", "%", "!", "a!b", "é", "日本 ", "\u2018", "x\u2019", "a;", "a|b", "(", "&", "<", "'", '"', "a/", "a@", "^a^", "''",
]
# Which words there are before a name, and what they make of it.
FORMS = [
    ("get ", lambda name: ["get", name]),
    ("get -- ", lambda name: ["get", "--", name]),
    ("list --label ", lambda name: ["list", "--label", name]),
    ("list --label=", lambda name: ["list", "--label=" + name]),
    ("list -l", lambda name: ["list", "-l" + name]),
    ("list -q -l ", lambda name: ["list", "-q", "-l", name]),
]
# The number of the first line with a name.
FIRST = 10_000
MARK = re.compile(r"Q(\d{4})Z")


class Platform:
    """Has webhooks with any names or labels, others in each project."""

    def __init__(self):
        self.projects = {}
        projects = self.projects

        class Handler(QuietHandler):
            def do_GET(self):
                self.answer(200, projects.get(self.path.split("/")[3], []))

        self._server = serving(Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v2"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def webhook(name, labels):
    return {
        "id": "1", "name": name, "object_type": "pipeline", "object_name": "p", "labels": labels, "headers": [],
        "event": "pipeline_request_failed", "url": "https://a.example/", "enabled": True, "timeout": 10,
        "retry": False, "include_result": False,
    }


class Batch:
    """Names that begin alike and are completed alike."""

    def __init__(self, number, form, beginning, style, names):
        self.number, self.beginning, self.style = number, beginning, style
        self.form, self.arguments = form
        self.names = names
        self.typed = style.typed(beginning)
        self.answers = {}

    @property
    def of_labels(self):
        return "-l" in self.form

    @property
    def alone(self):
        """Whether the name is a word of its own."""
        return self.form.endswith(" ")

    @property
    def quoted(self):
        """What of the beginning is within the open quotes."""
        return self.beginning[self.style.half(self.beginning):]

    def line(self, number):
        return f"ubihook -p {number} {self.form}{self.typed}"

    def webhooks(self):
        if self.of_labels:
            labels = [name.partition("=") for name in self.names]
            return [webhook("x", {key: value}) for key, _, value in labels]
        # Plain names between them say which is which, where names have no mark of their own.
        plain = [f"{self.beginning}Q{index:04}Z" for index in range(len(self.names))]
        return [webhook(name, {}) for pair in zip(plain, self.names) for name in pair]

    def learn(self, answer):
        """Which line of an answer is for which name."""
        current = None
        for line in answer.split("\n")[:-1]:
            mark = MARK.search(line)
            if mark:
                current = int(mark[1])
            if not mark or self.of_labels:
                assert current not in self.answers, line
                self.answers[current] = line


def batches(shell, seed, count):
    """At least `count` names, in all combinations of form, beginning and style."""
    combinations = []
    for style in STYLES[shell]:
        for index, beginning in enumerate(BEGINNINGS):
            if style.typed(beginning) is not None:
                # No label has an empty key.
                forms = [form for form in FORMS if "-l" not in form[0] or not beginning.startswith("=")]
                combinations.append((forms[(index + len(combinations)) % len(forms)], beginning, style))
    # Some more, since a shell may have to leave a few combinations out.
    each = count // (len(combinations) - 5) + 1
    names = Names(seed)
    made = []
    for number, (form, beginning, style) in enumerate(combinations):
        made.append(Batch(number, form, beginning, style, []))
        batch, seen = made[-1], {beginning}
        while len(batch.names) < each:
            index = len(batch.names)
            tail = names.make()
            if batch.of_labels:
                # They come back sorted.
                tail = f"Q{index:04}Z{tail}" if index % 2 else f"{tail}Q{index:04}Z"
                if "=" not in beginning:
                    tail = tail.replace("=", "") + "="
            name = beginning + tail
            if name not in seen and (batch.of_labels or not MARK.search(name)):
                seen.add(name)
                batch.names.append(name)
    return made


def ask(shell, request, index, env):
    """The program's answer to what a shell sends. It gives up when the machine is too busy."""
    env = {**env, "COMPLETE": shell, **({"_CLAP_COMPLETE_INDEX": index} if index else {})}
    for _ in range(10):
        done = subprocess.run([BINARY, *request], env=env, capture_output=True, check=True, timeout=PATIENCE)
        assert done.stderr == b""
        if done.stdout:
            break
    return done.stdout.decode()


def left_out(shell, batch, name):
    """Whether a name can't be written so that it reads as it is."""
    if is_unprintable(name) or (batch.alone and "--" not in batch.form.split() and name.startswith("-")):
        return True
    if shell == "bash":
        # Behind an open quote readline takes the same quote for the open one. A single quote that
        # is typed closes the open one and opens another.
        quote, typed = batch.style.quote, batch.quoted
        inside = name[len(batch.beginning) - len(typed.rpartition("'")[2] if quote == "'" else typed):]
        return (quote == "'" and inside.startswith("'")) or (quote == '"' and inside.startswith("!"))
    if shell == "fish":
        # It takes it for a pattern in what is typed, within quotes as well. Where a word begins it
        # escapes no `~`, and passes over a space that isn't ASCII.
        begins = batch.alone and batch.typed == ""
        return "*" in batch.beginning or (begins and name[0] in [*BLANKS, "~"])
    if shell == "elvish":
        # It crashes where a candidate takes no column.
        return set(name) <= {"\u200b", "\ufeff", "\u00ad"}
    if shell == "powershell":
        return '"' in name or name.endswith("\\")
    return False


def finds_nothing(shell, batch, name):
    """Whether the shell itself takes no candidate for what is typed."""
    if shell == "zsh":
        # Double quotes that don't begin the word hold a backslash where one is typed before `!`.
        begins = batch.alone and batch.quoted == batch.beginning
        return batch.style.quote == '"' and "!" in batch.quoted and not begins
    # As with hidden files.
    return shell == "fish" and batch.alone and batch.beginning == "" and name.startswith(".")


@pytest.fixture
def platform():
    platform = Platform()
    yield platform
    platform.close()


@pytest.fixture
def env(platform, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return {
        "HOME": str(home), "PATH": os.environ["PATH"], "UBIOPS_API_HOST": platform.url, "UBIOPS_API_TOKEN": "Token abc",
    }


def registration(shell, completer, env):
    """What the shell loads, with that program as completer."""
    done = subprocess.run(
        [str(completer), "completions", shell], executable=BINARY, env=env, capture_output=True, check=True, text=True,
    )
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_completed_reads_as_the_name(shell, platform, env, tmp_path):
    made = batches(shell, f"{shell}-1", NAMES)
    # After a brace, quotes make bash complete commands of its own.
    unasked = [batch for batch in made if shell == "bash" and re.search(r"\{['\"]", batch.typed)]
    assert complete_all(shell, made, unasked, platform, env, tmp_path) >= NAMES


# People set up their shells. With `glob_complete` zsh finds nothing behind quoted patterns.
SETTINGS = {
    "bash, whole words": ("bash", "C.UTF-8", 'COMP_WORDBREAKS="${COMP_WORDBREAKS//[:=@]/}"'),
    "bash, more breaks": ("bash", "C.UTF-8", 'COMP_WORDBREAKS="$COMP_WORDBREAKS./,-"'),
    "bash, another locale": ("bash", "C", "shopt -s extglob globstar dotglob failglob cdspell\nset -o noclobber"),
    "bash, no history": ("bash", "C.UTF-8", "set +o histexpand"),
    "zsh": (
        "zsh", "C.UTF-8",
        "setopt extended_glob magic_equal_subst brace_ccl csh_junkie_history ksh_glob glob_subst\n"
        "setopt interactive_comments complete_in_word rc_quotes sh_word_split null_glob",
    ),
    "zsh, no history": ("zsh", "C.UTF-8", "unsetopt bang_hist"),
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_change_nothing(settings, platform, env, tmp_path):
    shell, locale, lines = SETTINGS[settings]
    made = batches(shell, settings, NAMES // 10)
    if locale == "C":
        made = [batch for batch in made if batch.typed.isascii()]
    if "bang_hist" in lines:
        # The backslash that is typed before it is then one.
        made = [batch for batch in made if "\\!" not in batch.typed or batch.style.quote != '"']
    # Bash completes by itself behind a brace; zsh with `rc_quotes` is asked nothing behind a quote
    # that was closed.
    unasked = [
        batch for batch in made
        if shell == "bash" and re.search(r"\{['\"]", batch.typed)
        or "rc_quotes" in lines and (batch.form + batch.typed).count("'") > 1
    ]
    assert complete_all(shell, made, unasked, platform, env, tmp_path, locale=locale, settings=lines) > NAMES // 20


def complete_all(shell, made, unasked, platform, env, folder, **options):
    """Completes and runs a line for each name; returns how many there were."""
    platform.projects.update({str(batch.number): batch.webhooks() for batch in made})
    running = start(shell, folder, env, **options)
    try:
        # What the shell sends for what is typed.
        running.run([batch.line(batch.number) + "\t" + running.discard for batch in made])
        asked = running.asked()
        requests = {number_of(request): request for request in asked}
        for batch in made:
            request = requests.get(batch.number)
            assert (request is None) == (batch in unasked), f"{batch.line(0)}: {request}"
        made = [batch for batch in made if batch not in unasked]
        for batch in made:
            *arguments, index = requests[batch.number]
            batch.learn(ask(shell, arguments, index, env))
        # Each name by itself.
        cases, lines = [], []
        for batch in made:
            for index, name in enumerate(batch.names):
                number = FIRST + len(cases)
                out, answer = left_out(shell, batch, name), batch.answers.get(index)
                assert (answer is None) == out, f"{shell}: {batch.line(0)} {name!r}: {answer}"
                out |= finds_nothing(shell, batch, name)
                (folder / f"answers/{number}").write_text(f"{answer}\n" if answer else "")
                cases.append((batch, name, out))
                lines.append(batch.line(number) + "\t" + closing(shell, batch, name, out) + running.enter)
        running.run(lines)
        for request in running.asked()[len(asked):]:
            # What the answer was made for.
            number = number_of(request)
            batch = cases[number - FIRST][0]
            same = [re.sub(rf"(^|-p ){number}( |$)", rf"\g<1>{batch.number}\2", piece) for piece in request]
            assert same == requests[batch.number]
        ran = {int(arguments[1]): arguments[2:] for arguments in running.ran()}
        wrong = []
        for number, (batch, name, out) in enumerate(cases, FIRST):
            expected = batch.arguments(batch.beginning if out else name)
            if out and batch.typed == "" and batch.alone:
                expected.pop()
            if ran.get(number) != expected:
                wrong.append((batch.form, batch.typed, name, ran.get(number)))
        assert not wrong, f"{len(wrong)} of {len(cases)}, such as {wrong[:5]}"
        assert running.strays() == []
        return len(cases)
    finally:
        running.close()


def start(shell, folder, env, **options):
    """A shell that asks the script that hands out answers."""
    (folder / "answers").mkdir()
    text = Shell.completer.replace("REQUESTS", str(folder / "requests"))
    completer = program(folder, text.replace("ANSWERS", str(folder / "answers")))
    return SHELLS[shell](folder, registration(shell, completer, env), **options)


def start_live(shell, folder, env):
    """A shell that asks the program itself, which asks the platform."""
    settings = [f"export {name}='{value}'\n" for name, value in env.items() if name.startswith("UBIOPS")]
    completer = program(folder, f'#!/bin/sh\n{"".join(settings)}exec {BINARY} "$@"\n')
    return SHELLS[shell](folder, registration(shell, completer, env))


def program(folder, text):
    path = folder / "completer"
    path.write_text(text)
    path.chmod(0o755)
    return path


def number_of(request):
    return int(re.search(r"-p[ \0](\d+)", "\0".join(request))[1])


def closing(shell, batch, name, out):
    """The quote that stays open, as shells do where more could follow or nothing was found."""
    stays = out or (shell == "fish" and name[-1] in "/=@:.,-")
    return batch.style.quote if stays else ""


def test_powershell_reads_what_is_completed_as_the_name(platform, env):
    made = batches("powershell", "powershell-1", NAMES)
    platform.projects.update({str(batch.number): batch.webhooks() for batch in made})
    count = 0
    for batch in made:
        line = batch.line(batch.number)
        batch.learn(urllib.parse.unquote(ask("powershell", ["--"], "", {**env, "_UBIHOOK_LINE": line})))
        for index, name in enumerate(batch.names):
            answer, out = batch.answers.get(index), left_out("powershell", batch, name)
            assert (answer is None) == out, f"{line} {name!r}: {answer}"
            count += 1
            if out:
                continue
            # It replaces the whole word.
            before = line[:-len(batch.typed)] if batch.typed else line
            before = before[:before.rfind(" ") + 1]
            completed = before + answer.split("\t")[0]
            words = powershell_reader.words(completed)
            arguments = [text for text, _ in words][1:]
            assert arguments == ["-p", str(batch.number), *batch.arguments(name)], f"{completed} {name!r}"
            assert powershell_reader.legacy(arguments) == arguments, completed
    assert count >= NAMES


# Values of the label `team`.
TEAMS = ["$(touch PWN)", "`touch PWN`", "x';touch PWN;'", 'x";touch PWN;"', "!touch", "x!!", "<(touch PWN)", "{touch,PWN}", "~"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_program_itself_completes_what_an_enemy_chose(shell, platform, env, tmp_path):
    """Without a script in between."""
    teams = {str(number): team for number, team in enumerate(TEAMS)}
    platform.projects.update({number: [webhook("a", {"team": team})] for number, team in teams.items()})
    running = start_live(shell, tmp_path, env)
    try:
        forms = [
            ("list --label ", lambda label: ["list", "--label", label]),
            ("list --label=", lambda label: ["list", "--label=" + label]),
        ]
        cases = [
            (number, form, quote + begun, arguments("team=" + team))
            for number, team in teams.items()
            for form, arguments in forms
            for quote in ["", "'", '"']
            for begun in ["te", "team="]
        ]
        running.run([f"ubihook -p {number} {form}{typed}\t{running.enter}" for number, form, typed, _ in cases])
        assert len(running.ran()) == len(cases), plain(running.terminal.seen)
        for (number, form, typed, expected), ran in zip(cases, running.ran()):
            assert ran == ["-p", number, *expected], f"{form}{typed}"
        assert running.strays() == []
    finally:
        running.close()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_names_have_in_common_is_no_less_quoted(shell, platform, env, tmp_path):
    """Several candidates: what they begin with is put on the line, and a description is shown."""
    made = [webhook(f"a'b $(touch PWN) `c`\"{name}", {}) for name in ["one", "two"]]
    for each in made:
        each["object_name"] = "p\x1b]0;taken over\x07\u202e$(touch PWN)%F{red}\\a"
    platform.projects["0"] = made
    running = start_live(shell, tmp_path, env)
    try:
        begun = ["", "a", "'", '"'] if shell != "zsh" else ["a", "'a", '"a']
        running.run([f"ubihook -p 0 get {typed}\ttw\t{running.enter}" for typed in begun])
        assert running.ran() == [["-p", "0", "get", made[1]["name"]]] * len(begun), plain(running.terminal.seen)
        running.terminal.type("ubihook -p 0 get a\t\t")
        shown = b"two" if shell == "bash" else b"pipeline p"
        assert running.terminal.wait(lambda: shown in running.terminal.seen), plain(running.terminal.seen)
        running.terminal.type(running.discard)
        running.terminal.read(0.1)
        assert b"\x1b]0;taken" not in running.terminal.seen
        assert "\u202e" not in running.terminal.seen.decode(errors="replace")
        assert running.strays() == []
    finally:
        running.close()
