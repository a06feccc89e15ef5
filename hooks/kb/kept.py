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
from typing import Any

from kb import files
from kb.finding import InputError

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
        if not _compiled(name) and not but(name):
            found.update(f"{name}\0{digest(path)}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _compiled(name: str) -> bool:
    return "__pycache__" in name


@cache
def _versions() -> list[str]:
    held = (f"{found.name} {found.version}" for found in metadata.distributions())
    return [sys.version, *sorted(held)]


def key(*parts: object) -> str:
    """A digest of these parts, and of all that is installed."""
    return hashlib.sha256(json.dumps([_versions(), parts], default=str).encode()).hexdigest()


class Memo:
    """What was made of things, in one file of the cache; nothing is kept without a place.

    Each build keeps what it asked for, for the next, while code and libraries stay the same.
    """

    def __init__(self, place: Path | None = None) -> None:
        self._place, self._made = place, dict[str, Any]()
        self._code = key(manifest(Path(__file__).parent, but=_compiled)) if place else ""
        held = json.loads((place and files.recall(place)) or "{}")
        self._held: dict[str, Any] = held["made"] if held.get("code") == self._code else {}

    def of(self, thing: object, make: Callable[..., Any], *given: object) -> Any:
        """What `make(*given)` makes of a thing, which its `repr` tells from others: plain JSON."""
        name = hashlib.sha256(repr(thing).encode("utf-8", "surrogatepass")).hexdigest()
        self._made[name] = self._held[name] if name in self._held else make(*given)
        return self._made[name]

    def keep(self) -> None:
        """Let the next build know."""
        if self._place:
            held = {"code": self._code, "made": self._made}
            files.remember(self._place, json.dumps(held).encode())


def manifest(
    folder: Path, below: tuple[str, ...] = ("",), but: Callable[[str], bool] = lambda _: False
) -> dict[str, str]:
    """The digests of the files in folders `below` a folder, by their paths from it.

    Left out are those whose paths `but` is true of.
    """
    walked = (each for start in below for each in os.walk(folder / start))
    cut = len(str(folder)) + 1
    paths = sorted(f"{here}/{name}"[cut:] for here, _, names in walked for name in names)
    return {name: digest(folder / name) for name in paths if not but(name)}


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
