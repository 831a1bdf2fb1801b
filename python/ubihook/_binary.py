"""Finds the binary: the one that was installed with this package, then one in PATH."""

from __future__ import annotations

import os
import shutil
import sysconfig
from importlib import metadata
from pathlib import Path

NAME = "ubihook" + (sysconfig.get_config_var("EXE") or "")


class BinaryNotFound(FileNotFoundError):
    """There is no `ubihook` binary in any of the places it can be in."""


def find_binary() -> str:
    """Returns the path of the `ubihook` binary.

    Raises `BinaryNotFound`, which names all places that were searched.
    """
    places = _places()
    for place in places:
        if place.is_file() and os.access(place, os.X_OK):
            return str(place)
    in_path = shutil.which(NAME)
    if in_path:
        return in_path
    searched = ", ".join(map(str, places))
    raise BinaryNotFound(
        f"could not find the binary `{NAME}`; looked for {searched}, and in PATH "
        f"({os.environ.get('PATH', 'which is not set')}). Install it: pip install ubihook"
    )


def _places() -> list[Path]:
    """Where installers put it, the most specific place first."""
    # As recorded by the installer. An installation into a folder of its own (`pip install --target`)
    # moves the binary afterwards, into the folder `bin` beside the package.
    places = _recorded()
    places.append(Path(__file__).resolve().parents[1] / "bin" / NAME)
    places.append(Path(sysconfig.get_path("scripts"), NAME))
    return list(dict.fromkeys(places))


def _recorded() -> list[Path]:
    try:
        files = metadata.distribution("ubihook").files or []
    except metadata.PackageNotFoundError:
        return []
    return [Path(os.path.abspath(str(file.locate()))) for file in files if file.name == NAME]
