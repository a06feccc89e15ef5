"""Front matter: the YAML at the top of a page, read with the line of every value."""

from __future__ import annotations

import re

from kb import ledger
from kb.finding import Finding
from kb.ledger import Ledger

BLOCK = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)


def read(text: str) -> ledger.Ledger:
    """The front matter of a page; data is None where it has none that can be read.

    What stands between two rules and is no mapping is text. The findings name no path.
    """
    match = BLOCK.match(text)
    if not match:
        return ledger.EMPTY
    found = ledger.load("\n" + match[1], "", "front-matter", rule="front-matter")
    if isinstance(found.data, list):
        message = "a list stands where fields belong: `name: value`"
        finding = Finding("", found.line(0), "front-matter", message)
        return Ledger("", None, {}, (finding,))
    return found if isinstance(found.data, dict | None) else ledger.EMPTY
