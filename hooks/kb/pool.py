"""Work over many items on all cores, in processes; few items stay in this one."""

import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

ENOUGH = 300  # below, starting processes costs more than it saves
_CHUNK = 50

Item = TypeVar("Item")
Result = TypeVar("Result")

_work: list[Callable[[Any], Any]] = []  # what a forked process has to do


def spread(
    work: Callable[[Sequence[Item]], Result], items: Sequence[Item], enough: int = ENOUGH
) -> Iterator[Result]:
    """The results of `work` on chunks of the items, in their order.

    The processes are forked, so that `work` may hold a large site without handing it over; where
    that is not possible, or not safe beside running threads, the work is done here.
    """
    cores = len(os.sched_getaffinity(0)) if may_fork() else 1
    if len(items) < enough or cores < 2:
        yield work(items)
        return
    from concurrent.futures import ProcessPoolExecutor  # costs 30 ms, so only where it pays
    from multiprocessing import get_context

    size = max(1, min(_CHUNK, len(items) // (4 * cores)))
    chunks = [items[at : at + size] for at in range(0, len(items), size)]
    context = get_context("fork")
    with ProcessPoolExecutor(cores, context, initializer=begin, initargs=(work,)) as pool:
        yield from pool.map(_run, chunks)


def may_fork() -> bool:
    """Whether processes can be forked, and no running thread makes that unsafe."""
    return sys.platform.startswith("linux") and threading.active_count() < 2


def begin(*work: Callable[[Any], Any]) -> None:
    """In a forked process: end with the one that it comes from, whose locks it holds."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    gc.freeze()  # what it was born with is no garbage, and needs no look
    gc.set_threshold(20_000)  # most of what it makes goes by itself
    _work.extend(work)


def _run(items: Sequence[Any]) -> Any:
    return _work[-1](items)
