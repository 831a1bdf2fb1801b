"""How a person types the beginning of a word in each shell: bare, and within quotes that are still
open. Spellings that a shell doesn't have are None."""

from dataclasses import dataclass
from typing import Callable

BARE = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./")


@dataclass(frozen=True)
class Style:
    """A way of typing: how text is spelled, and the quote that it leaves open."""

    spell: Callable
    quote: str = ""
    # Spells what comes before the quote, for the first half of the text.
    before: Callable = None

    def half(self, text):
        """Where in `text` the quote opens."""
        return len(text) // 2 if self.before else 0

    def typed(self, text):
        half = self.half(text)
        if not self.before:
            return self.spell(text)
        before, within = self.before(text[:half]), self.spell(text[half:])
        return None if half == 0 or before is None or within is None else before + within


def escaped(text, escape, which):
    return "".join(escape + c if c in which else c for c in text)


def backslash(text):
    return escaped(text, "\\", {c for c in text if c.isascii()} - BARE)


def posix_single(text):
    return "'" + text.replace("'", "'\\''")


def bash_double(text):
    return None if "!" in text else '"' + escaped(text, "\\", '$`"\\')


def zsh_double(text):
    return '"' + escaped(text, "\\", '$`"\\!')


def fish_single(text):
    return "'" + escaped(text, "\\", "\\'")


def fish_double(text):
    return '"' + escaped(text, "\\", '\\"$')


def elvish_bare(text):
    allowed = BARE | set("%@:=+,!\\")
    return text if all(c in allowed or c.isalpha() for c in text) else None


def elvish_single(text):
    return "'" + text.replace("'", "''")


def elvish_double(text):
    return '"' + escaped(text, "\\", '\\"')


POWERSHELL_SINGLE = "'\u2018\u2019\u201a\u201b"
POWERSHELL_DOUBLE = '"\u201c\u201d\u201e'


def backtick(text):
    # Before a letter it would name another character.
    return escaped(text, "`", {c for c in text if not c.isalnum()} - BARE)


def powershell_single(text, quote="'"):
    return quote + "".join(c + c if c in POWERSHELL_SINGLE else c for c in text)


def powershell_curly(text):
    return powershell_single(text, "\u201a")


def powershell_double(text):
    return '"' + "".join(c + c if c in POWERSHELL_DOUBLE else "`" + c if c in "$`" else c for c in text)


def styles(bare, single, double):
    """Bare, within quotes, and quotes that open within a word."""
    return [
        Style(bare), Style(single, "'"), Style(double, '"'),
        Style(single, "'", before=bare), Style(double, '"', before=bare),
    ]


STYLES = {
    "bash": styles(backslash, posix_single, bash_double),
    "zsh": styles(backslash, posix_single, zsh_double),
    "fish": styles(backslash, fish_single, fish_double),
    "elvish": styles(elvish_bare, elvish_single, elvish_double),
    "powershell": [*styles(backtick, powershell_single, powershell_double), Style(powershell_curly, "\u201a")],
}
