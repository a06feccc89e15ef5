"""How old pictures are: what is due, what the reader is told, and what changed without its date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from kb import words
from kb.clock import Due, Term, day
from kb.finding import Finding
from kb.ledger import Ledger
from kb.pictures import entries as ledgers
from kb.pictures.entries import Entry

LOCK = "docs/ledgers/captures.lock"  # from the project's folder
Lock = Mapping[str, Mapping[str, str]]


def term(captured: str, ttl_days: int) -> Term | None:
    """How long a picture counts; None where the ledger gives it no age, or is at fault."""
    since = day(captured)
    return Term(since, ttl_days) if since and ttl_days > 0 else None


def note(entry: Entry, locale: str, as_of: date) -> str:
    """What a reader is told of an overdue picture; "" of a fresh one."""
    held = term(entry.captured, entry.ttl_days)
    late = held and held.state(as_of) != "current"
    return words.of(locale)("picture.old", entry.captured) if late else ""


def status(ledger: Ledger, as_of: date) -> Iterator[Due]:
    """Pictures past their time to live, and those past twice of it."""
    for index, item in ledgers.items(ledger):
        ttl = item.get("ttl_days")
        held = term(str(item.get("captured", "")), ttl if isinstance(ttl, int) else 0)
        again = f"kb screenshots --take {item['path']}" if "page" in item else item.get("of", "")
        hint, key = f"look at it again: {again}", (index, "captured")
        if held:
            yield from held.due(as_of, "image", item["path"], ledger, *key, hint=hint)


def check_lock(
    digests: Mapping[str, str], ledger: Ledger, locales: Sequence[str], lock: Lock
) -> Iterator[Finding]:
    """Captures whose bytes are not those recorded for their date. `digests`: SHA-256 by path."""
    for index, item in ledgers.items(ledger):
        if item.get("kind") != "capture":
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
