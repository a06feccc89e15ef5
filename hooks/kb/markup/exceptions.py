"""The ledger of what single pages may hold though no list allows it: what, why, until when."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from kb import clock
from kb.clock import Due
from kb.finding import Finding
from kb.ledger import Ledger

LEDGER = "markup"


class Entry(NamedTuple):
    """One thing that is allowed on a page (`edition/path`, all languages), and its line."""

    page: str
    name: str
    until: str
    line: int


def entries(ledger: Ledger) -> Iterator[Entry]:
    """The entries of a ledger; one with findings allows nothing."""
    for index, row in enumerate(ledger.sound or ()):
        for at, name in enumerate(row["allow"]):
            yield Entry(row["page"], name, row["until"], ledger.line(index, "allow", at))


def status(ledger: Ledger, as_of: date) -> Iterator[Due]:
    """Entries past their day; they go on to hold."""
    rule = "markup-exception-expired"
    for entry in entries(ledger):
        yield from clock.past(entry.until, as_of, rule, entry.name, ledger.path, entry.line)


def unused(ledger: Ledger, edition: str, excused: Mapping[str, set[str]]) -> list[Finding]:
    """Entries that no page of a built edition needs; `excused`: by page, what there was."""
    rule, message = "markup-exception-unused", "'{0.page}' does not hold '{0.name}'"
    return [
        Finding(ledger.path, entry.line, rule, message.format(entry))
        for entry in entries(ledger)
        if entry.page.startswith(f"{edition}/") and entry.name not in excused.get(entry.page, ())
    ]
