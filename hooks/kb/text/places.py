"""Places in a text: its lines and columns, both from 1, and the stretches that hold them."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable


class Places:
    """Where a text's lines begin; `first_line` is the number of the first in its file."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.first_line = first_line

    def start(self, pos: int) -> int:
        """Where the line of `pos` begins."""
        return self.starts[bisect_right(self.starts, pos) - 1]

    def of(self, pos: int) -> tuple[int, int]:
        """Line and column of `pos`."""
        index = bisect_right(self.starts, pos) - 1
        return index + self.first_line, pos - self.starts[index] + 1


def inside(stretches: Iterable[tuple[int, int]]) -> Callable[[int], bool]:
    """Tells of a place whether one of these stretches holds it; they are in order and apart."""
    known = list(stretches)
    starts = [start for start, _ in known]

    def holds(pos: int) -> bool:
        index = bisect_right(starts, pos) - 1
        return index >= 0 and pos < known[index][1]

    return holds


def replaced(text: str, stretches: Iterable[tuple[int, int, str]]) -> str:
    """A text with others in the place of stretches of it; one that begins in another is left."""
    parts: list[str] = []
    at = 0
    for start, end, new in stretches:
        if start >= at:
            parts += [text[at:start], new]
            at = end
    return "".join([*parts, text[at:]])
