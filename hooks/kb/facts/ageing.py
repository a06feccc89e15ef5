"""Prose that ages: what says "now" or names a menu names a fact, too, or is allowed by a ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kb import words
from kb.finding import Finding
from kb.ledger import Ledger
from kb.text.page import DocsPath, Page
from kb.translations.parity import blank

LEDGER = "ageing"

_MENU = r"\*\*[^*\n]+\*\*(?:[ ]?（[^（）\n]*）)?[ ]?→"  # **Settings** → …
_SENTENCE = re.compile(r"[^。！？；|\n.!?;]+(?:[.!?;](?!\s)[^。！？；|\n.!?;]*)*")
_FACT = "\0"  # stands for each character of a fact's name and words


def check(ledger: Ledger, pages: Mapping[DocsPath, Page]) -> Iterator[Finding]:
    """Sentences of the current edition's pages that age and name no fact.

    Entries of the ledger that nothing on their page needs are told as well.
    """
    needed: set[tuple[int, str]] = set()
    rows = list(enumerate(ledger.sound or ()))
    for page in pages.values():
        locale = page.locale
        ages = re.compile(f"{words.of(locale)('facts.ages')}|{_MENU}", re.IGNORECASE)
        mine = [
            (index, row["text"][locale])
            for index, row in rows
            if row["page"] == page.name and locale in row["text"]
        ]
        for sentence in _SENTENCE.finditer(prose(page)):
            found = ages.search(sentence[0]) if _FACT not in sentence[0] else None
            excused = {(index, locale) for index, said in mine if said in sentence[0]}
            needed |= excused if found else set()
            if found and not excused:
                at = sentence.start() + found.start()
                line, column = page.places.of(at)
                message = f"'{found[0]}' ages, and its sentence names no fact"
                yield Finding(page.file, line, "fact-ages", message, col=column)
    for index, row in rows:
        for locale in row["text"]:
            if (index, locale) not in needed:
                message = f"no sentence of '{row['page']}' needs this"
                yield ledger.finding("fact-ages", message, index, "text", locale)


def prose(page: Page) -> str:
    """A page's text at its places: facts as marks, addresses and ids blank."""
    live = list(page.live)
    for mention in page.mentions:
        live[mention.start : mention.end] = _FACT * (mention.end - mention.start)
    return blank("".join(live))
