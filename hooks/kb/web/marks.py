"""The note that a reader sees behind a link that is known to be dead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape

from kb import words
from kb.text.places import replaced
from kb.web.exceptions import Entry, find

_LINK = re.compile(r"<a\s(?>[^<>]*?\bhref=(?:\"([^\"]*)\"|'([^']*)'))[^<>]*>", re.IGNORECASE)


def mark(page: str, known: Iterable[Entry], locale: str) -> str:
    """A page's HTML with a note behind each dead link, and its archived copy if recorded."""
    dead = [entry for entry in known if entry.expect == "dead"]
    notes: list[tuple[int, int, str]] = []
    for link in _LINK.finditer(page) if dead else ():
        entry = find(unescape(link[1] or link[2] or "").strip(), dead)
        if entry is None:
            continue
        end = page.find("</a>", link.end()) + 4
        if end < 4:
            break
        notes.append((end, end, _note(entry, locale)))
    return replaced(page, notes)


def _note(entry: Entry, locale: str) -> str:
    said = words.of(locale)
    told = said("gone.since", entry.since) if entry.since else said("gone.undated")
    if not entry.archived:
        return f'<small class="kb-gone">{escape(told)}</small>'
    copy = f'<a href="{escape(entry.archived)}">{escape(said("gone.copy"))}</a>'
    return f'<small class="kb-gone">{said("gone.archived", escape(told), copy)}</small>'
