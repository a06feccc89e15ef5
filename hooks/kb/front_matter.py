"""Front matter: the YAML at the top of a page, read with the line of every value."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kb import ledger
from kb.finding import Finding

BLOCK = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)


def read(path: str, text: str) -> ledger.Ledger:
    """The front matter of a page; data is None where it has none that can be read.

    `path` is only for messages. What stands between two rules and is no mapping is text.
    """
    match = BLOCK.match(text)
    if not match:
        return ledger.EMPTY
    found = ledger.load("\n" + match[1], path, "front-matter", rule="front-matter")
    return found if isinstance(found.data, dict | None) else ledger.EMPTY


def check(pages: Mapping[str, str]) -> list[Finding]:
    """Front matter that would be read otherwise than it was meant; keys are paths from docs/."""
    return [
        finding for path, text in pages.items() for finding in read(f"docs/{path}", text).findings
    ]
