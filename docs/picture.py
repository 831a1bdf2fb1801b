#!/usr/bin/env python3
"""Makes docs/picture.svg: a short story, played by the real program in a real terminal.

    cargo build
    python3 docs/picture.py             # writes it
    python3 docs/picture.py --check     # fails where the program prints something else today

UBIHOOK_BIN names the binary to use instead of target/debug/ubihook. Needs nothing but Python. What differs
from run to run (the receiver's port, ids, how long a test took) is masked by text of the same
length, so that the layout stays as the program made it.
"""

import fcntl
import html
import http.server
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = pathlib.Path(os.environ.get("UBIHOOK_BIN") or ROOT / "target/debug/ubihook").absolute()
PICTURE = ROOT / "docs/picture.svg"

COLUMNS, ROWS = 96, 50

# The same length as `http://127.0.0.1:PORT/` with the paths below, for ports of five digits.
SHOWN, PLAYED = "https://hooks.example.org/{}", "http://127.0.0.1:{}/{}---"

# Played first, and not shown: what is there already.
BEFORE = [
    "ubihook create invoices-done --deployment deployment-1 --event completed --url URL/invoices",
    "ubihook create training-runs --experiment experiment-1 --event finished --url URL/runs",
]
STORY = [
    "ubihook create orders-failed --pipeline pipeline-1 --event failed \\\n"
    "    --url URL/orders \\\n"
    "    --secret-header 'Authorization=Bearer {env:HOOK_TOKEN}'",
    "ubihook test orders-failed",
    "ubihook update orders-failed --timeout 20 --header 'X-Team: blue'",
    "ubihook list",
]


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes every delivery."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def receiver():
    """Serves on a port of five digits."""
    while True:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        if server.server_address[1] >= 10_000:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            return server
        server.server_close()


def in_a_terminal(command, home):
    """What a command writes to a terminal of the picture's size."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    env = {
        "HOME": home,
        "PATH": f"{BINARY.parent}:/usr/bin:/bin",
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "UBIHOOK_MOCK": "1",
        "HOOK_TOKEN": "nobody-sees-it",
    }
    process = subprocess.Popen(["sh", "-c", command], stdin=child, stdout=child, stderr=child, env=env, cwd=home)
    os.close(child)
    written = b""
    while True:
        try:
            some = os.read(parent, 65536)
        except OSError:  # the other side is closed
            some = b""
        if not some:
            break
        written += some
    os.close(parent)
    if process.wait() != 0:
        sys.exit(f"`{command}` ended with {process.returncode}: {written.decode()}")
    return written.decode()


def mask(text, port):
    text = re.sub(re.escape(f"http://127.0.0.1:{port}/") + r"(\w+)---", SHOWN.format(r"\1"), text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "0b8f6f1e-6a53-4a51-9d9e-6b7b1d0f1c22", text)
    return re.sub(r"\d+ ms\b", "21 ms", text)


class Screen:
    """As much of a terminal as the program uses: colours, line feeds, lines written anew."""

    def __init__(self):
        self.lines = [[]]
        self.row = self.column = 0
        self.style = frozenset()

    def write(self, text):
        pieces = re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|[\r\n])", text)
        for piece in pieces:
            if piece.startswith("\x1b["):
                self.control(piece[-1], piece[2:-1])
            elif piece == "\r":
                self.column = 0
            elif piece == "\n":
                self.row += 1
                while len(self.lines) <= self.row:
                    self.lines.append([])
            else:
                for character in piece:
                    self.put(character)

    def put(self, character):
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if self.column + width > COLUMNS:
            self.write("\r\n")
        line = self.lines[self.row]
        while len(line) < self.column + width:
            line.append((" ", frozenset()))
        line[self.column] = (character, self.style)
        if width == 2:
            line[self.column + 1] = ("", self.style)
        self.column += width

    def control(self, final, numbers):
        first = int(numbers) if numbers.isdigit() else 0
        if final == "m":
            for number in numbers.split(";") or ["0"]:
                self.style = frozenset() if number in ("", "0") else self.style | {int(number)}
        elif final == "K":
            del self.lines[self.row][0 if first == 2 else self.column :]
        elif final == "J":
            del self.lines[self.row][self.column :]
            del self.lines[self.row + 1 :]
        elif final == "A":
            self.row = max(0, self.row - (first or 1))
        elif final == "G":
            self.column = max(0, first - 1)
        elif final not in "hl":  # cursor shown or hidden, and the like
            sys.exit(f"the picture doesn't know `ESC[{numbers}{final}`")


def play():
    """The screen at the end of the story."""
    server = receiver()
    port = server.server_address[1]

    def played(command):
        return re.sub(r"URL/(\w+)", PLAYED.format(port, r"\1"), command)

    screen = Screen()
    with tempfile.TemporaryDirectory() as home:
        for command in BEFORE:
            in_a_terminal(played(command), home)
        for number, command in enumerate(STORY):
            if number:
                screen.write("\r\n")
            typed = re.sub(r"URL/(\w+)", SHOWN.format(r"\1"), command).replace("\n", "\r\n")
            screen.write(f"\x1b[35m❯\x1b[0m \x1b[1m{typed}\x1b[0m\r\n")
            screen.write(mask(in_a_terminal(played(command), home), port))
    server.shutdown()
    while not screen.lines[-1]:
        screen.lines.pop()
    return screen.lines


# The look.
CELL, LINE, SIZE = 8.43, 20, 14
MARGIN, BAR = 20, 40
INK = {31: "#ff7b85", 32: "#7ee39a", 33: "#f2cc6b", 34: "#7cb7ff", 35: "#c79bff", 36: "#6fdede"}
PLAIN, BRIGHT, DIM = "#c9d1d9", "#f6f8fa", "#7d8793"


def runs(line):
    """Pieces of one style, without the spaces that only separate them: column and text."""
    found = []
    for column, (character, style) in enumerate(line):
        if found and found[-1][2] == style and found[-1][0] + found[-1][3] == column:
            found[-1][1] += character
            found[-1][3] += 1
        else:
            found.append([column, character, style, 1])
    for column, text, style, _ in found:
        for part in re.finditer(r"\S+(?: \S+)*", text):
            yield column + part.start(), part.group(), style


def attributes(style):
    ink = next((INK[number] for number in style if number in INK), None)
    if 2 in style:
        ink = ink or DIM
    elif 1 in style:
        ink = ink or BRIGHT
    return f' fill="{ink or PLAIN}"' + (' font-weight="600"' if 1 in style else "")


def draw(lines):
    width = round(COLUMNS * CELL + 2 * MARGIN)
    height = BAR + len(lines) * LINE + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        "<title>ubihook in a terminal</title>",
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10" fill="#14181f" stroke="#2d3440"/>',
        f'<path d="M1 {BAR - 8}V11a10 10 0 0 1 10-10h{width - 22}a10 10 0 0 1 10 10V{BAR - 8}z" fill="#1d232c"/>',
    ]
    for number, colour in enumerate(["#ff5f57", "#febc2e", "#28c840"]):
        parts.append(f'<circle cx="{22 + 20 * number}" cy="16.5" r="6" fill="{colour}"/>')
    fonts = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
    parts.append(f'<g font-family="{fonts}" font-size="{SIZE}">')
    parts.append(
        f'<text x="{width / 2:g}" y="21" text-anchor="middle" font-size="12.5" fill="{DIM}">ubihook — no account: the mock inside</text>'
    )
    for row, line in enumerate(lines):
        y = BAR + MARGIN / 2 + row * LINE + SIZE - 2
        for column, text, style in runs(line):
            # The font of whoever looks may be wider or narrower: the columns stay.
            length = f'{len(text) * CELL:.4g}'
            x = f"{MARGIN + column * CELL:.5g}"
            parts.append(
                f'<text x="{x}" y="{y:g}" textLength="{length}" lengthAdjust="spacingAndGlyphs"{attributes(style)}>{html.escape(text, quote=False)}</text>'
            )
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"


def main():
    picture = draw(play())
    if sys.argv[1:] == ["--check"]:
        if PICTURE.read_text(encoding="utf-8") != picture:
            sys.exit("docs/picture.svg shows something else than is printed today: python3 docs/picture.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        PICTURE.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
