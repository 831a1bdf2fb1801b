"""The picture in the README shows what the program prints today."""

import os
import subprocess
import sys

from support import BINARY, PATIENCE, ROOT


def test_the_picture_is_remade_the_same_by_its_script():
    checked = subprocess.run(
        [sys.executable, ROOT / "docs/picture.py", "--check"],
        env={**os.environ, "UBIHOOK_BIN": str(BINARY)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert checked.returncode == 0, checked.stderr
