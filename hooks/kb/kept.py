"""What one build keeps for the next, by all that it was made of, in .cache/: safe to delete."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from kb import files
from kb.errors import InputError

FOLDER = ".cache/built"  # from the project's folder
_SOURCES = ("docs", "hooks", "overrides")
_CODE = Path(__file__).parents[1]  # which may be another project's
_SAID = ("KB_BUILDER", "REPO_URL", "SITE_URL", "KB_EDITIONS", "KB_AS_OF")


def made_of(home: Path, but: Callable[[str], bool] = lambda _: False) -> str:
    """A digest of what a build is made of: files, versions, environment.

    Left out are the files whose names, from the project's folder, `but` is true of.
    """
    said = [_versions(), [*map(os.environ.get, _SAID)]]
    found = hashlib.sha256(json.dumps(said).encode())
    folders = dict.fromkeys([*(home / folder for folder in _SOURCES), _CODE])
    inside = (path for folder in folders for path in sorted(folder.rglob("*")))
    for path in (*sorted(home.glob("mkdocs*.yml")), *inside):
        name = path.as_posix().removeprefix(f"{home.as_posix()}/")
        if "/__pycache__" not in name and not but(name):
            found.update(f"{name}\0{digest(path)}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


@cache
def _versions() -> list[str]:
    held = (f"{found.name} {found.version}" for found in metadata.distributions())
    return [sys.version, *sorted(held)]


def once(folder: Path, parts: object, make: Callable[[], bytes]) -> bytes:
    """What `make` makes of these parts; the folder keeps the last thing made."""
    said = json.dumps([_versions(), parts], default=str)
    place = folder / hashlib.sha256(said.encode()).hexdigest()
    held = files.recall(place)
    if held is None:
        held = make()
        files.remember(place, held)
        sweep(folder, [place])
    return held


def manifest(folder: Path, starts: tuple[str, ...] = ("",)) -> dict[str, str]:
    """The digests of the files below a folder by those paths from there that start like this."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    return {
        name: digest(path)
        for name, path in sorted(paths.items())
        if name.startswith(starts) and path.is_file()
    }


def sweep(folder: Path, used: Iterable[Path]) -> None:
    """Remove from a folder of the cache what the last build had no use for."""
    for path in set(folder.glob("*")).difference(used):
        with contextlib.suppress(OSError, InputError):
            files.drop(folder, path.name)


def digest(path: Path) -> str:
    """The digest of a plain file; of what cannot be read, why."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    except OSError as error:
        return str(error.strerror)
