"""The links ledger against what the web says: entries that no longer hold, or are not needed."""

from __future__ import annotations

from collections.abc import Iterable

from kb import clock
from kb.finding import Finding
from kb.web.exceptions import Entry, covers, status
from kb_tools.web.verdict import Verdict


def is_current(entry: Entry, as_of: str) -> bool:
    """Whether an entry still holds on a day (ISO 8601)."""
    return entry.until >= as_of


def meets(entry: Entry, verdict: Verdict) -> bool:
    """Whether what was found is what the entry says, so that there is nothing to report.

    A robot that is not let in learns nothing: *unknown* contradicts no entry.
    """
    if verdict.answer == "unknown":
        return True
    if entry.expect == "dead":
        return verdict.answer == "broken"
    if entry.expect == "moved":
        return verdict.answer == "ok" and verdict.redirect != ""
    return entry.expect == "ok" and verdict.answer == "ok"


def ledger_findings(
    known: Iterable[Entry], urls: Iterable[str], path: str, as_of: str
) -> list[Finding]:
    """Entries past their day, and entries that no link of the site needs any more."""
    links = sorted(set(urls))
    held = list(known)
    found = [due.finding for due in status(held, path, clock.first_day(as_of))]
    for entry in held:
        if not any(covers(entry, url) for url in links):
            message = f"no link of the site goes to '{entry.address}'"
            hint = "delete the entry"
            found.append(Finding(path, entry.line, "link-exception-unused", message, hint))
    return found


def contradicted(entry: Entry, url: str, verdict: Verdict, path: str) -> Finding:
    """The finding for an entry that the web no longer agrees with."""
    saw = f"{verdict.answer} ({verdict.reason})" if verdict.reason else verdict.answer
    message = f"'{url}' is said to be '{entry.expect}', found {saw}"
    hint = "delete the entry or correct 'expect'"
    return Finding(path, entry.line, "link-exception-contradicted", message, hint)
