"""The one writer of what people keep: a file, or several as one step, is written whole or not."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from kb.files import NEW, PENDING, below, encoded, locked, make_folder, read_text, shown
from kb.finding import InputError

_JOURNAL = "journal.json"
_DIGEST = hashlib.sha256
# How a report begins, in each format: what begins otherwise is somebody's own file.
_REPORT = re.compile(r'\Z|\{"file": |::(?:error|warning) |This issue is |[^\n]+?:\d+(?::\d+)?: ')


def write(root: Path, name: str, data: str | bytes) -> None:
    """Write a file as a whole: killed at any point, the old one or the new one is there."""
    with locked(root):
        target = below(root, name)
        make_folder(target.parent)
        _replace(target, encoded(data), target.with_name(f".{target.name}{NEW}"))


def set_aside(path: Path) -> Path:
    """Give a damaged file, if it is there, a name of its own beside it, for whoever misses it."""
    names = (path.with_name(f"{path.name}.bad{number or ''}") for number in range(1000))
    free = next(name for name in names if not name.exists())
    with contextlib.suppress(FileNotFoundError):
        path.rename(free)
    return free


def report(path: Path, text: str, *, append: bool = False) -> None:
    """Write or add to a file that a person named, wherever it lies; a device is written to."""
    if path.is_dir():
        raise InputError(f"{shown(path)} is a folder")
    if not path.parent.is_dir():
        raise InputError(f"{shown(path)}: there is no folder {shown(path.parent)}")
    if path.is_file() and not append and not _REPORT.match(read_text(path)):
        raise InputError(f"{shown(path)} is no earlier report: name another file, or empty it")
    if append or (path.exists() and not path.is_file()):
        with path.open("a", encoding="utf-8") as out:
            out.write(text)
    else:
        write(path.parent, path.name, text)


def _replace(target: Path, data: bytes, half: Path) -> None:
    try:
        with half.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        if target.exists():
            shutil.copymode(target, half)
        half.replace(target)
    except OSError:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _sync(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


# --- several files as one step -------------------------------------------------------------------


class Change:
    """Several files below a root, written and removed as one step: all of it, or nothing.

    Nothing is touched before `commit`. A commit that is killed is taken back by the next
    `recover`, one that fails at once; what a person edited in between stays as it is.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, bytes | None] = {}  # None: removed
        self._new: set[str] = set()

    def write(self, name: str, data: str | bytes, *, new: bool = False) -> None:
        """Write a file; with `new`, only if none has its name by then."""
        self.files[name] = encoded(data)
        if new:
            self._new.add(name)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.files[name] = None

    def commit(self) -> list[str]:
        """Do it; gives the names of the files that are other than before."""
        with locked(self.root):
            _take_back(self.root)
            todo = {}
            for name, data in self.files.items():
                target = below(self.root, name)
                if name in self._new and target.exists():
                    raise InputError(f"{name} exists and is not overwritten")
                if (target.read_bytes() if target.exists() else None) != data:
                    todo[name] = (target, data)
            if todo:
                try:
                    _apply(self.root, todo)
                except BaseException:
                    _take_back(self.root)
                    raise
        return list(todo)


def recover(root: Path) -> list[str]:
    """Take back a change that a killed command left half done; gives what to tell of it."""
    if not (root / PENDING).is_dir():
        return []
    with locked(root):
        return _take_back(root)


def _apply(root: Path, todo: dict[str, tuple[Path, bytes | None]]) -> None:
    pending = root / PENDING
    make_folder(pending)
    journal = {}
    for number, (name, (target, data)) in enumerate(todo.items()):
        if target.exists():
            shutil.copy2(target, pending / f"{number}.old")
            _sync(pending / f"{number}.old")
        new = _DIGEST(data).hexdigest() if data is not None else ""
        made = sum(not folder.exists() for folder in target.parents)
        journal[name] = {"old": _digest(target), "new": new, "made": made}
    half = pending / "half"
    _replace(pending / _JOURNAL, json.dumps(journal).encode(), half)
    # Removed first: a disk may not tell the old name from a new one in other letters.
    for target, data in sorted(todo.values(), key=lambda item: item[1] is not None):
        if data is None:
            target.unlink()
        else:
            make_folder(target.parent)
            _replace(target, data, half)
    (pending / _JOURNAL).unlink()  # from here on it is done
    shutil.rmtree(pending, ignore_errors=True)


def _take_back(root: Path) -> list[str]:
    pending = root / PENDING
    if not pending.is_dir():
        return []
    told = []
    if (pending / _JOURNAL).exists():  # killed after the first file and before the last
        told.append("a command that was ended while it wrote was taken back: run it again")
        for number, (name, entry) in enumerate(_journal(pending / _JOURNAL).items()):
            target, old = below(root, name), pending / f"{number}.old"
            now = _digest(target)
            if now == entry["new"] and old.exists():
                old.replace(target)
            elif now == entry["new"] and not entry["old"]:
                target.unlink(missing_ok=True)
            elif now != entry["old"]:
                told.append(f"{name} was edited since: it is left as it is")
            for folder in target.parents[: entry["made"]]:
                with contextlib.suppress(OSError):  # it holds something else by now
                    folder.rmdir()
    shutil.rmtree(pending)
    return told


def _journal(path: Path) -> dict[str, Any]:
    """By name, what `_apply` noted of each file; InputError for what it cannot have written."""
    with contextlib.suppress(ValueError, AttributeError):
        held: dict[str, Any] = json.loads(read_text(path))
        kinds = {"old": str, "new": str, "made": int}
        if all(
            {key: type(value) for key, value in each.items()} == kinds for each in held.values()
        ):
            return held
    raise InputError(f"{shown(path.parent)} was not left by a command: move it away")


def _digest(path: Path) -> str:
    return _DIGEST(path.read_bytes()).hexdigest() if path.exists() else ""
