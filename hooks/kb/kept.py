"""What one build keeps for the next, by all that it was made of, in .cache/: safe to delete."""

import contextlib
import hashlib
import io
import json
import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from kb import files
from kb.finding import InputError

FOLDER = ".cache/built"  # from the project's folder
_SOURCES = ("docs", "hooks", "overrides")
CODE = Path(__file__).parents[1]  # which may be another project's
_SAID = ("KB_BUILDER", "REPO_URL", "SITE_URL", "KB_EDITIONS", "KB_AS_OF")


def made_of(home: Path, but: Callable[[str], bool] = lambda _: False) -> str:
    """A digest of what a build is made of: files, versions, environment.

    Left out are the files whose names, from the project's folder, `but` is true of.
    """
    held = manifest(home, _SOURCES, lambda name: _compiled(name) or but(name))
    held |= {path.name: digest(path) for path in home.glob("mkdocs*.yml")}
    return key([*map(os.environ.get, _SAID)], sorted(held.items()), manifest(CODE, but=_compiled))


def _compiled(name: str) -> bool:
    return "__pycache__" in name


@cache
def _versions() -> str:
    from importlib import metadata  # 30 ms, which who keeps nothing need not wait

    held = (f"{found.name} {found.version}" for found in metadata.distributions())
    return hashlib.sha256(repr([sys.version, *sorted(held)]).encode()).hexdigest()


def key(*parts: object) -> str:
    """A digest of these parts, and of all that is installed."""
    return hashlib.sha256(json.dumps([_versions(), parts], default=str).encode()).hexdigest()


class Memo:
    """What was made of things, in one file of the cache; nothing is kept without a place.

    Each build keeps what it asked for, for the next, while code and libraries stay the same.
    """

    def __init__(self, place: Path | None = None) -> None:
        self._place, self._made = place, dict[bytes, bytes | memoryview]()
        self._code = key(manifest(Path(__file__).parent, but=_compiled)).encode() if place else b""
        held = memoryview((place and files.recall(place)) or b"")
        code, entries = held[: len(self._code)], held[len(self._code) :]
        self._held = dict(_entries(entries)) if code == self._code else {}

    def each(
        self, things: Mapping[Any, object], make: Callable[[list[Any]], Iterable[list[Any]]]
    ) -> dict[Any, Any]:
        """What is made of things, by their keys; `make` gives lists of what is made of the new."""
        names = {key: _name(thing) for key, thing in things.items()}
        found = {key: loads(self._held.get(name, b"")) for key, name in names.items()}
        new = [key for key, value in found.items() if value is None]
        made = dict(zip(new, chain.from_iterable(make(new)), strict=True))
        for key, name in names.items() if self._place else ():
            self._made[name] = pickle.dumps(made[key]) if key in made else self._held[name]
        return found | made

    def files(
        self, root: Path, paths: Iterable[str], make: Callable[[list[str]], Iterable[list[Any]]]
    ) -> dict[str, Any]:
        """What is made of files below a folder, by their paths."""
        return self.each({path: (path, digest(root / path)) for path in paths}, make)

    def of(self, thing: object, make: Callable[..., Any], *given: object) -> Any:
        """What `make(*given)` makes of a thing, which its `repr` tells from others."""
        if not self._place:
            return make(*given)
        return self.each({0: thing}, lambda new: [[make(*given) for _ in new]])[0]

    def keep(self) -> None:
        """Let the next build know."""
        if self._place and self._made != self._held:
            parts = ((name, len(data).to_bytes(8), data) for name, data in self._made.items())
            files.remember(self._place, self._code, *chain.from_iterable(parts))


def _entries(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """What `keep` wrote: of each a name of 32 bytes, its size in 8, itself; nothing is copied."""
    at = 0
    while at < len(data):
        start = at + 40
        name, at = bytes(data[at : at + 32]), start + int.from_bytes(data[at + 32 : start])
        yield name, data[start:at]


NONE = Memo()  # it knows nothing, and learns nothing


class _Values(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name) if _is_ours(module) else None
        if isinstance(found, type) and _is_ours(found.__module__):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value of ours")


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in ("kb", "pathlib")


def loads(data: bytes | memoryview) -> Any:
    """What `pickle.dumps` kept; None of anything but values: a cache may come from elsewhere."""
    try:
        return _Values(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError):
        return None


def _name(thing: object) -> bytes:
    return hashlib.sha256(repr(thing).encode("utf-8", "surrogatepass")).digest()


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
