"""The glossary: one word for one thing in each language, explained where a page first uses it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import escape
from typing import Any

from kb.finding import Finding
from kb.ledger import Ledger
from kb.render import render
from kb.text.page import Page
from kb.translations.parity import blank

LEDGER = "glossary"
MARKER = "<!-- kb:glossary -->"
PAGE = "about/glossary"


def terms(ledger: Ledger, locale: str) -> list[dict[str, Any]]:
    """The entries that explain a term in a language; none of a ledger that cannot be read."""
    return [entry for entry in ledger.sound or () if "note" in entry and locale in entry]


def names(ledger: Ledger, locales: Iterable[str]) -> list[dict[str, str]]:
    """The products that the glossary names: their word per locale."""
    return [
        {locale: entry[locale] for locale in locales}
        for entry in ledger.sound or ()
        if "note" not in entry and all(locale in entry for locale in locales)
    ]


def check(page: Page, known: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    """Renderings that the glossary bans in a page's language."""
    listed = ((term[page.locale], term.get("banned", {}).get(page.locale, ())) for term in known)
    banned = {bad.casefold(): word for word, renderings in listed for bad in renderings}
    for match in _any(tuple(banned)).finditer(blank(page.live)):
        message = f"the glossary has another word for '{match[0]}'"
        hint = f"write '{banned[match[0].casefold()]}'"
        line, col = page.places.of(match.start())
        yield Finding(page.file, line, "term-banned", message, hint, col)


@cache
def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words as a whole word, the longest first; Chinese has no edges of words."""
    listed = (rf"{_edge(w[0])}{re.escape(w)}{_edge(w[-1])}" for w in sorted(words, key=len)[::-1])
    return re.compile("|".join(listed) or "(?!)", re.IGNORECASE)


def _edge(char: str) -> str:
    return r"\b" if char.isascii() and char.isalnum() else ""


_TAG = r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_CLOSED = re.compile(r"</?(?:a|code|pre|h[1-6]|abbr|button|summary|svg|script|style)\b", re.I)


def explain(html: str, known: Sequence[dict[str, Any]], locale: str, page: str) -> str:
    """A page's HTML with a link to the glossary at the first use of each term.

    `page` is the glossary's address from this page. Headings, links and code are left alone.
    """
    folded = html.casefold()
    left = {name: term for term in known if (name := term[locale].casefold()) in folded}
    closed = 0

    def link(match: re.Match[str]) -> str:
        nonlocal closed
        if _CLOSED.match(match[0]):
            closed = max(0, closed + (-1 if match[0][1] == "/" else 1))
        term = None if closed else left.pop(match[0].casefold(), None)
        if term is None:
            return match[0]
        address, note = f"{escape(page)}#{term['term']}", escape(term["note"].get(locale, ""))
        return f'<a class="kb-term" href="{address}" title="{note}">{match[0]}</a>'

    return re.sub(f"{_TAG}|{_any(tuple(left)).pattern}", link, html, flags=re.I) if left else html


def part(ledger: Ledger, locale: str) -> str:
    """The list of all terms, each with its word in the other languages."""
    return render("glossary.html", entries=terms(ledger, locale), locale=locale)
