"""A function run in a process of its own, ended by SIGKILL at its N-th change of the disk."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

_CHANGES = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink"})


def cut(work: Callable[[], object], below: Path, at: int) -> bool:
    """Do `work`, ended before its `at`-th change below a folder (from 1); False if it has fewer.

    Opening a file for writing empties it before the end comes: the system did that already.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _arm(str(below.resolve()) + os.sep, at)
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0, "the work itself failed"
    return False


def _arm(below: str, at: int) -> None:
    count = 0

    def hook(event: str, given: tuple[object, ...]) -> None:
        nonlocal count
        flags = given[2] if event == "open" else 0
        opens = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
        if not opens and event not in _CHANGES:
            return
        paths = [given[0], given[1]] if event == "os.rename" else [given[0]]
        folder = given[-1] if event in ("os.remove", "os.rmdir", "os.mkdir") else -1
        inside = isinstance(folder, int) and folder >= 0  # named from an open folder
        base = Path(f"/proc/self/fd/{folder}").readlink() if inside else Path()
        if not any(
            os.path.abspath(base / os.fsdecode(path)).startswith(below)  # noqa: PTH100
            for path in paths
            if isinstance(path, str | bytes | os.PathLike)
        ):
            return
        count += 1
        if count == at:
            if opens and isinstance(flags, int) and flags & os.O_TRUNC:
                with contextlib.suppress(FileNotFoundError):
                    os.truncate(os.fsdecode(given[0]), 0)  # type: ignore[arg-type]
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def tree(folder: Path) -> dict[str, bytes]:
    """What lies below a folder, but unfinished files."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".kb-new" not in path.as_posix()
    }
