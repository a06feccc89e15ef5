"""How words are typed: Chinese–English typography, English spelling. Warnings, with a fix."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import chain

import autocorrect_py
from spellchecker import SpellChecker

from kb.finding import Finding
from kb.ledger import Ledger
from kb.text.page import Page
from kb.translations.parity import blank, table

LEDGER = "words"
LONG = 8000  # characters of a line
_WORD = re.compile(r"(?<![\w.@/#&'’-])[a-z]{2,}(?:['’][a-z]+)?(?![\w@/]|[.-]\w)")
_QUOTED = re.compile(r"\*\*[^*\n]+\*\*")


def check(page: Page, ledger: Ledger) -> Iterator[Finding]:
    """Typography of a page, spelling of an English one: but for what the ledger says."""
    known = ledger.sound or {"spelling": [], "typography": []}
    yield from _typography(page, known["typography"])
    if page.locale in table()["spelled"]:
        yield from _spelling(page, set(known["spelling"]))


def unused(pages: Iterable[Page], ledger: Ledger) -> Iterator[Finding]:
    """What the ledger says of no page, of all that there are."""
    texts = [page.text for page in pages]  # text by text: all words at once take more than these
    words = set(chain.from_iterable(re.findall("[a-z]+", text) for text in texts))
    for key, held in (ledger.sound or {}).items():
        for at, word in enumerate(held):
            if not (word in words if key == "spelling" else any(word in text for text in texts)):
                yield ledger.finding("word-unused", f"no page has '{word}'", key, at)


def odd(page: Page, kept: Collection[str]) -> Iterator[tuple[int, int, str, str]]:
    """Prose that is not typed as usual, but for texts that are kept as they are.

    Its line and column, itself, and how it would be: "" for what nobody could look at.
    """
    pairs = zip(page.text.split("\n"), page.live.split("\n"), strict=True)
    for number, (line, live) in enumerate(pairs, 1):
        if line.isascii() or not live.strip():  # of one script alone it has nothing to say
            continue
        try:  # line by line: it gives up, or takes for ever, where there is too much
            if len(line) > LONG:
                raise ValueError
            found = autocorrect_py.lint_for(line.strip(), "markdown").lines
        except ValueError:
            yield number, 1, line, ""
            continue
        margin = len(line) - len(line.lstrip())
        for each in found:
            if not any(word in each.old or each.old in word for word in kept):
                yield number, each.col + margin, each.old, each.new


def _typography(page: Page, kept: Collection[str]) -> Iterator[Finding]:
    for line, col, typed, usual in odd(page, kept):
        old, new = typed.strip()[:60], usual.strip()[:60]
        message, hint = f"'{old}' is not typed as usual between scripts", f"write '{new}'"
        if not new:
            message, hint = f"'{old}' is too long or tangled to be looked at", "break the line up"
        yield Finding(page.file, line, "text-typography", message, hint, col)


def _spelling(page: Page, known: set[str]) -> Iterator[Finding]:
    held = _speller().word_frequency.dictionary.keys()
    text = _QUOTED.sub(lambda match: " " * len(match[0]), blank(page.live))
    # Of most pages the set of words, a tenth of what they say, tells that all is well.
    odd = dict[str, tuple[str, str]]()
    for written in set(_WORD.findall(text)):
        word = written.replace("’", "'")
        stem = word.removesuffix("'s")
        if known.isdisjoint((word, stem)) and held.isdisjoint((word, stem)):
            hint = f"nearest: {near}" if (near := _nearest(stem)) else ""
            odd[written] = f"'{word}' is in no dictionary", hint
    for match in _WORD.finditer(text) if odd else ():
        if match[0] in odd:
            line, col = page.places.of(match.start())
            yield Finding(page.file, line, "text-spelling", *odd[match[0]], col)


@cache
def _speller() -> SpellChecker:
    return SpellChecker()


@cache
def _nearest(word: str) -> str:
    # The search grows with the cube of a word's length; of equals its own answer is any.
    held = _speller().candidates(word) if len(word) <= 16 else ()
    return max(sorted(held or ()), key=_speller().__getitem__, default="")
