"""The glossary: one word for one thing in each language, explained where a page first uses it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any, NamedTuple

from kb.finding import Finding
from kb.ledger import Ledger
from kb.render import render
from kb.translations.parity import blank

LEDGER = "glossary"
MARKER = "<!-- kb:glossary -->"
PAGE = "about/glossary"


class Term(NamedTuple):
    """A term in one language: its id, its word, what it means, what it is not to be called."""

    id: str
    word: str
    note: str
    banned: tuple[str, ...]


def terms(ledger: Ledger, locale: str) -> list[Term]:
    """The terms of a language; none of a ledger that cannot be read, which is a finding."""
    return [
        Term(
            entry["term"],
            entry[locale],
            entry["note"].get(locale, ""),
            tuple(entry.get("banned", {}).get(locale, ())),
        )
        for entry in _explained(ledger, locale)
    ]


def _explained(ledger: Ledger, locale: str) -> list[dict[str, Any]]:
    return [entry for entry in ledger.sound or () if "note" in entry and locale in entry]


def names(ledger: Ledger, locales: Iterable[str]) -> list[dict[str, str]]:
    """The products that the glossary names: their word per locale."""
    return [
        {locale: entry[locale] for locale in locales}
        for entry in ledger.sound or ()
        if "note" not in entry and all(locale in entry for locale in locales)
    ]


def check(path: str, live: str, known: Sequence[Term]) -> Iterator[Finding]:
    """Renderings that the glossary bans, in the live text of a page; `path` is from the root."""
    banned = {word.casefold(): term.word for term in known for word in term.banned}
    pattern = _any(banned)
    for number, line in enumerate(blank(live).split("\n"), 1):
        for match in pattern.finditer(line):
            message = f"the glossary has another word for '{match[0]}'"
            hint = f"write '{banned[match[0].casefold()]}'"
            yield Finding(path, number, "term-banned", message, hint, match.start() + 1)


def _any(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words as a whole word, the longest first; Chinese has no edges of words."""
    listed = (rf"{_edge(w[0])}{re.escape(w)}{_edge(w[-1])}" for w in sorted(words, key=len)[::-1])
    return re.compile("|".join(listed) or "(?!)", re.IGNORECASE)


def _edge(char: str) -> str:
    return r"\b" if char.isascii() and char.isalnum() else ""


_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_CLOSED = re.compile(r"</?(?:a|code|pre|h[1-6]|abbr|button|summary|svg|script|style)\b", re.I)


def explain(html: str, known: Sequence[Term], page: str) -> str:
    """A page's HTML with a link to the glossary at the first use of each term.

    `page` is the glossary's address from this page. Headings, links and code are left alone.
    """
    left = {term.word.casefold(): term for term in known}
    pattern = _any(left)

    def link(match: re.Match[str]) -> str:
        term = left.pop(match[0].casefold(), None)
        if term is None:
            return match[0]
        address = f"{escape(page)}#{term.id}"
        return f'<a class="kb-term" href="{address}" title="{escape(term.note)}">{match[0]}</a>'

    parts: list[str] = []
    closed = at = 0
    for tag in _TAG.finditer(html):
        text = html[at : tag.start()]
        parts += [text if closed or not left else pattern.sub(link, text), tag[0]]
        at = tag.end()
        if _CLOSED.match(tag[0]):
            closed = max(0, closed + (-1 if tag[0][1] == "/" else 1))
    return "".join([*parts, html[at:]])


def part(ledger: Ledger, locale: str) -> str:
    """The list of all terms, each with its word in the other languages."""
    return render("glossary.html", entries=_explained(ledger, locale), locale=locale)
