"""Front matter: the YAML at the top of a page, read with the line of every value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from kb import ledger
from kb.finding import Finding

BLOCK = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)


def read(text: str) -> ledger.Ledger:
    """The front matter of a page; data is None where it has none that can be read.

    What stands between two rules and is no mapping is text. The findings name no path.
    """
    match = BLOCK.match(text)
    if not match:
        return ledger.EMPTY
    found = ledger.load("\n" + match[1], "", "front-matter", rule="front-matter")
    return found if isinstance(found.data, dict | None) else ledger.EMPTY


def check(pages: Mapping[str, str]) -> list[Finding]:
    """Front matter that would be read otherwise than it was meant; keys are paths from docs/."""
    return [
        replace(finding, path=f"docs/{path}")
        for path, text in pages.items()
        for finding in read(text).findings
    ]
