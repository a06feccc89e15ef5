"""The one reader, and the writer of what is made anew: whole folders and caches.

What a person wrote is changed by kb_tools.writing alone: no build does that.

`root` is the folder that nothing may lead out of, by `..` or by a link.
"""

import contextlib
import ctypes
import fcntl
import os
import posixpath
import re
import shutil
import stat
import threading
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from kb.finding import Finding, InputError

UNREADABLE = "file-unreadable"
NEW = ".kb-new"  # ends the names of what is not finished; git ignores them
PENDING = f".change{NEW}"  # in a root: what takes a change of several files back
_LAST = "last"
_REFUSED = re.compile('[\x00-\x1f\x7f-\x9f<>"\\\\\ud800-\udfff]')


def shown(path: Path, root: Path | None = None) -> str:
    """A path as messages print it: from the root, and whatever its bytes, on one line."""
    inside = path.relative_to(root) if root and path.is_relative_to(root) else path
    text = inside.as_posix()
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def suffix(path: str) -> str:
    """How a path ends, in small letters: `.png`."""
    return posixpath.splitext(path)[1].lower()


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


def below(root: Path, name: str) -> Path:
    """The file `name` (posix, from `root`) to be written; InputError if it may not be."""
    quoted = repr(name) if not name.isprintable() else f"'{name}'"
    if _REFUSED.search(name) or not {"", ".", ".."}.isdisjoint(name.split("/")):
        raise InputError(f"{quoted} is no path that is written to")
    target = root / name
    # Most have no link below the root: to resolve all that is above costs more than writing does.
    if any(map(os.path.islink, accumulate(name.split("/"), "{}/{}".format, initial=str(root)))):
        target = Path(os.path.realpath(target))
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


def put(root: Path, name: str, data: str | bytes) -> None:
    """Write a file of a folder that is being made anew: one that a kill leaves is thrown away."""
    target = below(root, name)
    # ext4 looks for a free inode from folder to folder, and remembers for each where it found one.
    half = root / f".{threading.get_native_id()}{NEW}"
    if not target.parent.is_dir():
        make_folder(target.parent)
    half.write_bytes(encoded(data))
    half.replace(target)


def merge(folder: Path, root: Path) -> None:
    """Move all that `put` wrote into a folder to the same places in another, on the same disk."""
    if folder.is_dir():
        shutil.copytree(folder, root, copy_function=os.replace, dirs_exist_ok=True)


def drop(root: Path, name: str) -> None:
    """Remove a file of a folder that is being made anew, if it is there."""
    below(root, name).unlink(missing_ok=True)


def encoded(data: str | bytes) -> bytes:
    """A text as it is written."""
    return data.encode() if isinstance(data, str) else data


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
    return out.with_name(f".{out.name}{NEW}")


def _renameat2(one: Path, other: Path) -> bool:
    """Let two names change places (Linux); False where the system or the disk cannot."""
    call = getattr(ctypes.CDLL(None), "renameat2", None)
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if call is None:
        return False
    return not call(here, os.fsencode(one), here, os.fsencode(other), swap)


def recall(path: Path) -> bytes | None:
    """What `remember` kept; None when there is nothing, or not what was kept."""
    try:
        digest, _, data = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return data if digest == _digest(data) else None


def remember(path: Path, *parts: bytes | memoryview) -> None:
    """Keep parts of bytes in a cache, with a digest; where nothing may be written there is none."""
    # One name, for what was cut off to be written over; that of two writers at once is no entry.
    half = path.with_name(f".{path.name}{NEW}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with half.open("wb") as out:
                out.writelines((_digest(*parts), b"\n", *parts))
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)


def _digest(*parts: bytes | memoryview) -> bytes:
    import hashlib  # costs 4 MB, and most commands keep nothing

    found = hashlib.sha256()
    for part in parts:
        found.update(part)
    return found.hexdigest().encode()
