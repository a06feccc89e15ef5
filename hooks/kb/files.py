"""The one reader and the one writer: a file that cannot be read is named, a written one is whole.

`root` is the folder that nothing may lead out of, by `..` or by a link.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kb.errors import InputError
from kb.finding import Finding

UNREADABLE = "file-unreadable"
_NEW = ".kb-new"  # ends the names of what is not finished; git ignores them
_PENDING = f".change{_NEW}"  # in a root: what takes a change of several files back
_JOURNAL = "journal.json"
_LAST = "last"
_REFUSED = re.compile('[\x00-\x1f\x7f-\x9f<>"\\\\\ud800-\udfff]')
_DIGEST = hashlib.sha256
# How a report begins, in each format: what begins otherwise is somebody's own file.
_REPORT = re.compile(r'\Z|\{"file": |::(?:error|warning) |This issue is |[^\n]+?:\d+(?::\d+)?: ')


# --- reading -------------------------------------------------------------------------------------


def shown(path: Path, root: Path | None = None) -> str:
    """A path as messages print it: from the root, and whatever its bytes, on one line."""
    inside = path.relative_to(root) if root and path.is_relative_to(root) else path
    text = inside.as_posix()
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def read_bytes(path: Path, root: Path | None = None) -> bytes:
    """The bytes of a plain file below `root`; InputError, with its finding, for anything else."""
    try:
        real = os.path.realpath(path, strict=True)
        if root and not Path(real).is_relative_to(os.path.realpath(root)):
            raise _unreadable(path, root, "is a link that leads out of the folder")
        if not stat.S_ISREG(os.stat(real).st_mode):  # noqa: PTH116  (a FIFO would wait for ever)
            raise _unreadable(path, root, "is no plain file")
        return Path(real).read_bytes()
    except FileNotFoundError:
        what = "is a link to nothing" if path.is_symlink() else "does not exist"
        raise _unreadable(path, root, what) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise _unreadable(path, root, f"cannot be read: {why}") from None


def read_text(path: Path, root: Path | None = None) -> str:
    """The text of a UTF-8 file: without a byte-order mark, its lines ended by newlines alone."""
    data = read_bytes(path, root)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, root, "is not UTF-8 text", line) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _unreadable(path, root, "holds a NUL character: it is no text", line)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unreadable(path: Path, root: Path | None, what: str, line: int = 1) -> InputError:
    return InputError(Finding(shown(path, root), line, UNREADABLE, what))


# --- writing -------------------------------------------------------------------------------------


def below(root: Path, name: str) -> Path:
    """The file `name` (posix, from `root`) to be written; InputError if it may not be."""
    quoted = repr(name) if not name.isprintable() else f"'{name}'"
    if _REFUSED.search(name) or not {"", ".", ".."}.isdisjoint(name.split("/")):
        raise InputError(f"{quoted} is no path that is written to")
    target = Path(os.path.realpath(root / name))
    if not target.is_relative_to(os.path.realpath(root)):
        raise InputError(f"{quoted} leads out of {root}: it is not written to")
    if target.exists() and not target.is_file():
        raise InputError(f"{quoted} is no plain file: it is not written over")
    return target


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{shown(folder)} cannot be made: a file has its place") from None


def write(root: Path, name: str, data: str | bytes) -> None:
    """Write a file as a whole: killed at any point, the old one or the new one is there."""
    with locked(root):
        target = below(root, name)
        make_folder(target.parent)
        _replace(target, _bytes(data), target.with_name(f".{target.name}{_NEW}"))


def put(root: Path, name: str, data: str | bytes) -> None:
    """Write a file of a folder that is being made anew: one that a kill leaves is thrown away."""
    target = below(root, name)
    make_folder(target.parent)
    target.write_bytes(_bytes(data))


def drop(root: Path, name: str) -> None:
    """Remove a file of a folder that is being made anew, if it is there."""
    below(root, name).unlink(missing_ok=True)


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


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


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


@contextlib.contextmanager
def locked(folder: Path, busy: str = "") -> Iterator[None]:
    """Hold a folder against other processes; with `busy` InputError says so instead of waiting."""
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            raise InputError(busy) from None
        yield
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
        self.files[name] = _bytes(data)
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
    if not (root / _PENDING).is_dir():
        return []
    with locked(root):
        return _take_back(root)


def _apply(root: Path, todo: dict[str, tuple[Path, bytes | None]]) -> None:
    pending = root / _PENDING
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
    pending = root / _PENDING
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


# --- a folder as one step ------------------------------------------------------------------------


@contextlib.contextmanager
def beside(out: Path) -> Iterator[Path]:
    """An empty folder on the disk of the folder `out` to make its next content in, gone afterwards.

    One process at a time holds it; what a killed one left is swept.
    """
    folder = _folder(out)
    make_folder(folder)
    with locked(folder, busy=f"{shown(out)} is being made by another process"):
        if not out.exists() and (folder / _LAST).exists():
            (folder / _LAST).rename(out)  # killed between the two renames of `exchange`
        for child in folder.iterdir():
            shutil.rmtree(child)
        try:
            # Builders of a killed run may live on: they find their folder gone.
            made = folder / f"{os.getpid()}" / out.name
            made.mkdir(parents=True)
            yield made
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def exchange(made: Path, out: Path) -> None:
    """Put the folder of `beside` in the place of `out`: in one step where the system has it."""
    if not out.exists():
        made.rename(out)
    elif not _renameat2(made, out):
        out.rename(_folder(out) / _LAST)
        made.rename(out)


def _folder(out: Path) -> Path:
    return out.with_name(f".{out.name}{_NEW}")


def _renameat2(one: Path, other: Path) -> bool:
    """Let two names change places (Linux); False where the system or the disk cannot."""
    call = getattr(ctypes.CDLL(None), "renameat2", None)
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if call is None:
        return False
    return not call(here, os.fsencode(one), here, os.fsencode(other), swap)


# --- caches --------------------------------------------------------------------------------------


def recall(path: Path) -> bytes | None:
    """What `remember` kept; None when there is nothing, or not what was kept."""
    try:
        digest, _, data = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return data if digest == _DIGEST(data).hexdigest().encode() else None


def remember(path: Path, data: bytes) -> None:
    """Keep bytes in a cache, with their digest; where nothing may be written there is no cache."""
    # One name, for what was cut off to be written over; that of two writers at once is no entry.
    half = path.with_name(f".{path.name}{_NEW}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            half.write_bytes(_DIGEST(data).hexdigest().encode() + b"\n" + data)
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)
