"""`python -m ubihook` is the binary."""

from __future__ import annotations

import os
import sys

from ._binary import BinaryNotFound, find_binary


def main() -> int:
    try:
        binary = find_binary()
    except BinaryNotFound as error:
        print(f"error: {error}", file=sys.stderr)
        return 127
    line = [binary, *sys.argv[1:]]
    if sys.platform != "win32":
        # Replaces this process, so that signals and the exit code need no forwarding.
        os.execv(binary, line)
    import subprocess

    process = subprocess.Popen(line)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # The console sends Ctrl-C to the binary too, which then ends by itself.
            pass


if __name__ == "__main__":
    sys.exit(main())
