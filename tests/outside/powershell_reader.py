"""PowerShell's reading of a command, by its documented grammar (about_Quoting_Rules, about_Parsing,
about_Special_Characters): no package registry has PowerShell. Refuses whatever is more than text.

And what a program then gets: since 7.3 the arguments as they are; before, a line of them, which
.NET takes apart by the rules of Windows' C runtime."""

SINGLE = set("'\u2018\u2019\u201a\u201b")
DOUBLE = set('"\u201c\u201d\u201e')
DASHES = set("-\u2013\u2014\u2015")
# End a word outside quotes, and mean something of their own.
BREAKS = set(";|&(){}\n\r,")


class More(Exception):
    """Something else than text."""


def is_blank(c):
    return c in "\t\v\f \u0085\u00a0" or (ord(c) > 256 and (c in "\u1680\u2028\u2029\u202f\u205f\u3000" or "\u2000" <= c <= "\u200a"))


def words(line):
    """The arguments of a command, each with whether it is bare."""
    found, at = [], 0
    while at < len(line):
        if is_blank(line[at]):
            at += 1
            continue
        text, at, bare = word(line, at)
        found.append((text, bare))
    return found


def word(line, at):
    begin = at
    if line[at] in SINGLE:
        text, at = single(line, at + 1)
        return text, ended(line, at), False
    if line[at] in DOUBLE:
        text, at = double(line, at + 1)
        return text, ended(line, at), False
    if line[at] in "@#%<>~+.":
        raise More(f"begins with {line[at]!r}")
    if line[at].isdigit() and not line[at:].split(" ")[0].isdecimal():
        raise More("a number, perhaps")
    # `-a.b` and `-a:b` are two words to it, `--a.b` is one.
    option = line[at] in DASHES and line[at + 1:at + 2] not in DASHES
    text = ""
    while at < len(line) and not is_blank(line[at]):
        c = line[at]
        at += 1
        if c in SINGLE:
            quoted, at = single(line, at)
            text += quoted
        elif c in DOUBLE:
            quoted, at = double(line, at)
            text += quoted
        elif c == "`":
            text, at = text + escape(line, at), at + 1
        elif c in BREAKS or c in "$<>" or (option and c in ".:["):
            raise More(f"{c!r} in {line[begin:]!r}")
        elif c in "*?[":
            raise More(f"the pattern {c!r}")
        else:
            text += c
    return text, at, True


def ended(line, at):
    """A word that begins with quotes ends with them: what follows is another."""
    if at < len(line) and not is_blank(line[at]):
        raise More(f"two words: {line!r}")
    return at


def single(line, at):
    text = ""
    while at < len(line):
        if line[at] in SINGLE:
            if line[at + 1:at + 2] not in SINGLE:
                return text, at + 1
            at += 1
        text += line[at]
        at += 1
    raise More(f"quotes stay open: {line!r}")


def double(line, at):
    text = ""
    while at < len(line):
        c = line[at]
        if c in DOUBLE:
            if line[at + 1:at + 2] not in DOUBLE:
                return text, at + 1
            at += 1
            c = line[at]
        elif c == "$":
            raise More(f"a variable: {line!r}")
        elif c == "`":
            at += 1
            c = escape(line, at)
        text += c
        at += 1
    raise More(f"quotes stay open: {line!r}")


def escape(line, at):
    if at >= len(line) or line[at] in "0abefnrtuv\n":
        raise More(f"a named character: {line!r}")
    return line[at]


def legacy(arguments):
    """What a program gets of them in versions before 7.3: blanks put quotes around a word, and
    backslashes at its end are doubled there; .NET then reads the line."""
    line = []
    for text in arguments:
        blank = any(c.isspace() or is_blank(c) for c in text)
        trailing = len(text) - len(text.rstrip("\\"))
        line.append(f'"{text}{chr(92) * trailing}"' if blank else text)
    return split(" ".join(line))


def split(line):
    """.NET's reading of a line of arguments."""
    found, current, quoted, begun, at = [], "", False, False, 0
    while at < len(line):
        c = line[at]
        if c == "\\":
            run = len(line) - at - len(line[at:].lstrip("\\"))
            at += run
            begun = True
            if line[at:at + 1] == '"':
                current += "\\" * (run // 2)
                if run % 2:
                    current += '"'
                    at += 1
            else:
                current += "\\" * run
            continue
        if c == '"':
            begun = True
            if quoted and line[at + 1:at + 2] == '"':
                current += '"'
                at += 1
            else:
                quoted = not quoted
        elif c in " \t" and not quoted:
            if begun:
                found.append(current)
            current, begun = "", False
        else:
            begun = True
            current += c
        at += 1
    if begun:
        found.append(current)
    return found
