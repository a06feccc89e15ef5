"""The links ledger: what is known of an address, why, and until when that is to be believed."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from kb import clock
from kb.clock import Due
from kb.ledger import Ledger
from kb.web.address import spelling

LEDGER = "links"


class Entry(NamedTuple):
    """One entry, with its line in the ledger; `address` may hold `*` when it is a pattern."""

    address: str
    is_pattern: bool
    line: int
    expect: str
    reason: str
    until: str
    since: str = ""
    replacement: str = ""
    archived: str = ""
    disclose: str = ""


def entries(ledger: Ledger) -> tuple[Entry, ...]:
    """The entries of a ledger; one with findings knows of no address."""
    return tuple(
        Entry(
            row.get("url") or row["pattern"],
            "url" not in row,
            ledger.line(index),
            *(row.get(field, "") for field in Entry._fields[3:]),
        )
        for index, row in enumerate(ledger.sound or ())
    )


def find(url: str, known: Iterable[Entry]) -> Entry | None:
    """The entry for an address: one that names it, else the longest pattern that covers it."""
    matches = [entry for entry in known if covers(entry, url)]
    return min(matches, key=lambda entry: (entry.is_pattern, -len(entry.address)), default=None)


def covers(entry: Entry, url: str) -> bool:
    """Whether an entry speaks of an address; without a fragment it speaks of the whole page."""
    if entry.is_pattern:
        return _fits(entry.address, url)
    return entry.address == url or (
        "#" not in entry.address and spelling(entry.address) == spelling(url)
    )


def _fits(pattern: str, url: str) -> bool:
    """Whether the parts between the stars stand in an address in order; no star is tried twice."""
    first, *parts = pattern.split("*")
    if not parts or not url.startswith(first):
        return pattern == url
    at = len(first)
    for part in parts[:-1]:
        at = url.find(part, at) + len(part)
        if at < len(part):
            return False
    return url.endswith(parts[-1]) and at + len(parts[-1]) <= len(url)


def status(known: Iterable[Entry], path: str, as_of: date) -> Iterator[Due]:
    """Entries past their day."""
    rule = "link-exception-expired"
    for entry in known:
        hint = f"open it in a browser; if it is still '{entry.expect}', set a new 'until'"
        yield from clock.past(entry.until, as_of, rule, entry.address, path, entry.line, hint)
