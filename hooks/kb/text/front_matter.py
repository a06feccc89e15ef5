"""Front matter: the YAML at the top of a page, read with the line of every value."""

import re

from kb import ledger
from kb.ledger import Ledger

BLOCK = re.compile(r"\A\ufeff?---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)


def read(text: str, path: str = "") -> Ledger:
    """The front matter of the page at `path`; data is None where it has none that can be read.

    What stands between two rules and is no mapping is text.
    """
    match = BLOCK.match(text)
    if not match:
        return ledger.EMPTY._replace(path=path)
    found = ledger.load("\n" + match[1], path, "front-matter", rule="front-matter")
    if isinstance(found.data, list):
        message = "a list stands where fields belong: `name: value`"
        return Ledger(path, None, {}, (found.finding("front-matter", message, 0),))
    return found if isinstance(found.data, dict | None) else ledger.EMPTY._replace(path=path)
