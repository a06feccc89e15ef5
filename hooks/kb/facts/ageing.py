"""Prose that ages: what says "now" or names a menu names a fact, too, or is allowed by a ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from kb.facts.prose import mentions
from kb.finding import Finding
from kb.ledger import Ledger
from kb.text import page as source

LEDGER = "ageing"

_MENU = r"\*\*[^*\n]+\*\*(?:[ ]?（[^（）\n]*）)?[ ]?→"  # **Settings** → …
_AGES = {
    locale: re.compile(f"{words}|{_MENU}", re.IGNORECASE)
    for locale, words in yaml.safe_load(
        Path(__file__).with_suffix(".yml").read_text("utf-8")
    ).items()
}
_SENTENCE = re.compile(r"[^。！？；|\n.!?;]+(?:[.!?;](?!\s)[^。！？；|\n.!?;]*)*")
_ADDRESS = re.compile(r"\]\([^()\n]*\)|https?://\S+|<[^<>\n]*>|\{[^{}\n]*\}")
_FACT = "\0"  # stands for each character of a fact's name and words


def check(ledger: Ledger, pages: Mapping[str, str]) -> Iterator[Finding]:
    """Sentences of the current edition's pages (keys: paths from docs/) that age and name no fact.

    Entries of the ledger that nothing on their page needs are told as well.
    """
    needed: set[tuple[int, str]] = set()
    rows = list(enumerate(ledger.data or () if not ledger.findings else ()))
    for path, text in pages.items():
        _, locale, page = path.removesuffix(".md").split("/", 2)
        ages = _AGES.get(locale, re.compile(_MENU))
        mine = [
            (index, row["text"][locale])
            for index, row in rows
            if row["page"] == page and locale in row["text"]
        ]
        for sentence in _SENTENCE.finditer(prose(text)):
            found = ages.search(sentence[0]) if _FACT not in sentence[0] else None
            excused = {(index, locale) for index, said in mine if said in sentence[0]}
            needed |= excused if found else set()
            if found and not excused:
                at = sentence.start() + found.start()
                line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
                message = f"'{found[0]}' ages, and its sentence names no fact"
                yield Finding(f"docs/{path}", line, "fact-ages", message, col=column)
    for index, row in rows:
        for locale in row["text"]:
            if (index, locale) not in needed:
                line = ledger.line(index, "text", locale)
                message = f"no sentence of '{row['page']}' needs this"
                yield Finding(ledger.path, line, "fact-ages", message)


def prose(text: str) -> str:
    """A page's text at its places: facts as marks, addresses and ids blank."""
    live = list(source.live(text))
    for mention in mentions(text):
        live[mention.start : mention.end] = _FACT * (mention.end - mention.start)
    return _ADDRESS.sub(lambda match: " " * len(match[0]), "".join(live))
