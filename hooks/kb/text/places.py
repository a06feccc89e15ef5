"""Lines and columns of a text, both from 1."""

from __future__ import annotations

import re
from bisect import bisect_right


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
