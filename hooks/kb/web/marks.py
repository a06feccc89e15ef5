"""The note that a reader sees behind a link that is known to be dead."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape

from kb.web.exceptions import Entry, find

_LINK = re.compile(r"<a\s(?>[^<>]*?\bhref=(?:\"([^\"]*)\"|'([^']*)'))[^<>]*>", re.IGNORECASE)
_WORDS = {
    "zh": ("（{since} 起失效）", "（已失效）", "存档"),
    "en": (" (gone since {since})", " (gone)", "archived copy"),
}


def mark(page: str, known: Iterable[Entry], locale: str) -> str:
    """A page's HTML with a note behind each dead link, and its archived copy if recorded."""
    dead = [entry for entry in known if entry.expect == "dead"]
    parts: list[str] = []
    at = 0
    for link in _LINK.finditer(page) if dead else ():
        entry = find(unescape(link[1] or link[2] or "").strip(), dead)
        if entry is None:
            continue
        end = page.find("</a>", link.end())
        if end < 0:
            break
        parts += [page[at : end + 4], _note(entry, locale)]
        at = end + 4
    return "".join(parts) + page[at:]


def _note(entry: Entry, locale: str) -> str:
    dated, undated, copy = _WORDS.get(locale, _WORDS["en"])
    words = escape(dated.format(since=entry.since) if entry.since else undated)
    archived = f'<a href="{escape(entry.archived)}">{copy}</a>' if entry.archived else ""
    between = ("" if locale == "zh" else " ") if archived else ""
    return f'<small class="kb-gone">{words}{between}{archived}</small>'
