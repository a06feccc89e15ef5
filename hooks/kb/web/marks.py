"""The note that a reader sees behind a link that is known to be dead."""

from collections.abc import Iterable
from html import escape

from turbohtml.rewrite import Element, rewrite

from kb import words
from kb.web.exceptions import Entry, find


def mark(page: str, known: Iterable[Entry], locale: str) -> str:
    """A page's HTML with a note behind each dead link, and its archived copy if recorded."""
    dead = [entry for entry in known if entry.expect == "dead"]

    def note(link: Element) -> None:
        if entry := find((link.get("href") or "").strip(), dead):
            link.after(_note(entry, locale), html=True)

    return rewrite(page, elements=[("a[href]", note)]) if dead else page


def _note(entry: Entry, locale: str) -> str:
    said = words.of(locale)
    told = said("gone.since", entry.since) if entry.since else said("gone.undated")
    if not entry.archived:
        return f'<small class="kb-gone">{escape(told)}</small>'
    copy = f'<a href="{escape(entry.archived)}">{escape(said("gone.copy"))}</a>'
    return f'<small class="kb-gone">{said("gone.archived", escape(told), copy)}</small>'
