"""How old pictures are: what is due, what the reader is told, and what changed without its date."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from kb import words
from kb.clock import Due, Term, first_day
from kb.finding import Finding
from kb.ledger import Ledger
from kb.pictures import entries as ledgers
from kb.pictures.entries import Entry

LOCK = "docs/ledgers/captures.lock"  # from the project's folder
Lock = Mapping[str, Mapping[str, str]]


def note(entry: Entry, locale: str, as_of: date) -> str:
    """What a reader is told of an overdue picture; "" of a fresh one."""
    fresh = Term(first_day(entry.captured), entry.ttl_days).state(as_of) == "current"
    return "" if fresh else words.of(locale)("picture.old", entry.captured)


def status(ledger: Ledger, as_of: date) -> Iterator[Due]:
    """Pictures past their time to live, and those past twice of it."""
    for index, item in ledgers.items(ledger):
        term = Term(first_day(item["captured"]), item["ttl_days"])
        again = f"kb screenshots --take {item['path']}" if "page" in item else item["of"]
        rules, hint = ("image-due", "image-expired"), f"look at it again: {again}"
        yield from term.due(as_of, rules, item["path"], hint, ledger, (index, "captured"))


def check_lock(
    digests: Mapping[str, str], ledger: Ledger, locales: Sequence[str], lock: Lock
) -> Iterator[Finding]:
    """Captures whose bytes are not those recorded for their date. `digests`: SHA-256 by path."""
    for index, item in ledgers.items(ledger):
        if item["kind"] != "capture":
            continue
        for path in ledgers.with_phones(ledgers.paths(item, locales), digests):
            held = lock.get(path)
            message = ""
            if held is None:
                message = f"'docs/{path}' is not recorded in {LOCK}"
            elif held.get("bytes") != digests[path] and held.get("captured") == item["captured"]:
                message = f"'docs/{path}' has other bytes than on {item['captured']}"
            elif held.get("captured") != item["captured"]:
                message = f"'docs/{path}' is recorded for {held.get('captured')}"
            if message:
                yield ledger.finding("image-undated", message, index, "captured")
