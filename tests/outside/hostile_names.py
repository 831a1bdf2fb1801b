"""Names that somebody chose so that a shell would do something with them: the same ones each time."""

import random

# What shells act on, alone or as it would be used; `PWN` is the file that must not appear.
PIECES = [
    "$(touch PWN)", "`touch PWN`", "';touch PWN;'", '";touch PWN;"', "\u2019;touch PWN;\u2018", "$(touch PWN",
    "<(touch PWN)", ">PWN", ">>PWN", "|touch PWN", "&touch PWN&", ";touch PWN;", "\\';touch PWN", "(touch PWN)",
    "{touch,PWN}", "!touch", "!!", "!$", "!-1", "!#", "!", "^a^b^", "${HOME}", "$HOME", "$env:HOME", "$'\\x41'",
    '$"a"', "$((1+1))", "$", "$$", "~", "~root", "~/", "=ls", "=(ls)", "*", "?", "[a-z]", "**/*", "*(e:touch PWN:)",
    "{a,b}", "{1..3}", "@(a|b)", "<1-9>", "a^b", "%1", "%", "%x", "#", " #", "'", '"', "`", "''", '""', "\\", "\\\\",
    "\\'", '\\"', "\\n", "\\x41", "'\\''", "'\"'", " ", "  ", "=", ":", "@", ",", ";", "&", "|", "<", ">", "(", ")",
    "[", "]", "{", "}", "/", ".", "-", "--", "--host=x", "+", "0", "1kb", "0x10", "a", "Z", "name", "orders",
    "\u2018", "\u2019", "\u201a", "\u201b", "\u201c", "\u201d", "\u201e", "\u201f", "\u2013", "\u2014", "\u2015",
    "\u200b", "\u00ad", "\ufeff", "é", "e\u0301", "日本", "😀", "ß", "\ufffd", "ё", "\u00c3\u00a0",
]
# Blanks that aren't ASCII, which some shells know and others don't.
BLANKS = ["\u00a0", "\u1680", "\u2000", "\u2003", "\u2007", "\u202f", "\u205f", "\u3000"]
# No line can hold these, or a terminal acts on them.
UNPRINTABLE = ["\n", "\t", "\r", "\r\n", "\0", "\x07", "\x08", "\x1b[31m", "\x1b]0;x\x07", "\x7f", "\x85", "\x9b", "\u200e", "\u2028", "\u202e", "\u2066"]


class Names:
    """An endless supply, from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def make(self):
        pick = self.random
        if pick.random() < 0.3:
            # Nothing else that would make a shell quote the name.
            pieces = [pick.choice(PIECES + BLANKS), *pick.choices(["a", "Z", "0", "é"], k=pick.randint(0, 2))]
            pick.shuffle(pieces)
            return "".join(pieces)
        pieces = pick.choices(PIECES, k=pick.randint(1, 5))
        if pick.random() < 0.2:
            pieces.insert(pick.randint(0, len(pieces)), pick.choice(BLANKS))
        if pick.random() < 0.5:
            pieces.insert(pick.randint(0, len(pieces)), "".join(chr(pick.randint(32, 126)) for _ in range(pick.randint(1, 6))))
        if pick.random() < 0.04:
            pieces.insert(pick.randint(0, len(pieces)), pick.choice(UNPRINTABLE))
        return "".join(pieces)


def is_unprintable(name):
    return any(
        ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u061c\u200e\u200f" or "\u2028" <= c <= "\u202e" or "\u2066" <= c <= "\u2069"
        for c in name
    )
