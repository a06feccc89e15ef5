"""Stamps: a person's word that two texts say the same, and what has changed since it was given.

`kb stamp` records, per pair of sections or of texts in a ledger, the fingerprints of what both
sides mean, and their words, so that a finding shows what became of them. A correction that must
not wait for its translation is recorded as known to be ahead: the other's readers are told.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from kb import words
from kb.finding import Finding, origin
from kb.ledger import Key, Ledger, walk
from kb.legacy.convert import links
from kb.text.page import DocsPath, Page, Section
from kb.translations import meaning

LEDGER = "translations"
_SHOWN = 6  # lines of a diff


class Side(NamedTuple):
    """One language's text of a pair: its file from the project's root, its line, its words."""

    locale: str
    path: str
    line: int
    text: str
    links: tuple[str, ...] = ()  # of a section, where it leads to and what it shows
    pictures: tuple[str, ...] = ()


class Pair(NamedTuple):
    """Two texts that must say the same: `key` names the translation, `id` the section in it."""

    key: str
    id: str
    original: Side
    translation: Side

    @property
    def page(self) -> str:
        """The page, or the ledger, without the locale."""
        return self.key.partition("/")[2]


class State(NamedTuple):
    """What became of a pair since its stamp: which side changed; `left` is the one left behind."""

    pair: Pair
    changed: tuple[bool, bool]
    behind: str = ""  # the ISO day since when it is known to lag, if anybody has said so

    @property
    def stale(self) -> bool:
        """Whether one side changed alone."""
        return self.changed[0] != self.changed[1]

    @property
    def ahead(self) -> Side:
        """The side that changed alone, where one did."""
        return self.pair.original if self.changed[0] else self.pair.translation

    @property
    def what(self) -> str:
        """What a person is told of it."""
        if self.stale:
            return f"changed in {self.ahead.locale} alone"
        return "new, or changed in both" if self.changed[0] else "as it was"

    @property
    def left(self) -> Side:
        """The side left behind, where one is."""
        return self.pair.translation if self.changed[0] else self.pair.original


def of_pages(
    pages: Mapping[DocsPath, Page], default: str, *, whole: bool = False
) -> Iterator[Pair]:
    """The pairs of sections, the originals in the locale `default`, or of pages as a `whole`."""
    for page, original in translated(pages, default):
        key = f"{page.locale}/{page.name}"
        here, there = _sides(page, whole), _sides(original, whole)
        yield from (Pair(key, id_, there[id_], here[id_]) for id_ in there if id_ in here)


def _sides(page: Page, whole: bool) -> dict[str, Side]:
    found, shown = {}, links(page)
    every = {"text": Section(1, 1, page.text.count("\n") + 1, page.text)}
    for id_, section in (every if whole else page.sections).items():
        held = [link for link in shown if section.first <= link.line <= section.last]
        targets, pictures = (
            tuple(link.target for link in held if link.picture is picture)
            for picture in (False, True)
        )
        place = origin(page.file, section.line)
        found[id_] = Side(page.locale, *place, section.text, targets, pictures)
    return found


def translated(pages: Mapping[DocsPath, Page], default: str) -> Iterator[tuple[Page, Page]]:
    """Each translation that has an original, with it."""
    for _, page in sorted(pages.items()):
        original = pages.get(page.sibling(default))
        if page.locale != default and original:
            yield page, original


def of_ledger(ledger: Ledger, default: str, locales: Iterable[str]) -> Iterator[Pair]:
    """The pairs of a ledger's texts: wherever a text is given per locale."""
    name = ledger.path.removeprefix("docs/").removeprefix("ledgers/").removesuffix(".yml")
    others = [locale for locale in locales if locale != default]
    for key, value in walk(ledger.data):
        texts = value if isinstance(value, dict) else {}
        if all(isinstance(texts.get(locale), str) for locale in (default, *others)):
            first, *rest = (
                Side(locale, ledger.path, ledger.line(*key, locale), texts[locale])
                for locale in (default, *others)
            )
            named = _named(ledger.data, key)
            yield from (Pair(f"{side.locale}/{name}", named, first, side) for side in rest)


def of_files(held: Mapping[str, Ledger], name: str) -> Iterator[Pair]:
    """The pairs of what one file per locale says under the same key; the first has originals."""
    (default, original), *others = held.items()
    for locale, ledger in others:
        said = dict(walk(ledger.data))
        for key, text in walk(original.data):
            if isinstance(text, str) and isinstance(said.get(key), str):
                first = Side(default, original.path, original.line(*key), text)
                other = Side(locale, ledger.path, ledger.line(*key), said[key])
                yield Pair(f"{locale}/{name}", ".".join(map(str, key)), first, other)


def _named(value: Any, key: Key) -> str:
    """A key path in words; an entry of a list by what it is called, for its place may change."""
    found = []
    for part in key:
        value = value[part]
        own = ("id", "path", "term") if isinstance(part, int) and isinstance(value, dict) else ()
        found.append(next((str(value[name]) for name in own if name in value), str(part)))
    return ".".join(found)


def states(stamps: Ledger, pairs: Iterable[Pair]) -> Iterator[State]:
    """What became of each pair since its stamp. Call it only when the ledger has no findings."""
    words: dict[str, dict[str, tuple[str, str]]] = {}
    for pair in pairs:
        entry = (stamps.data or {}).get(pair.key, {})
        if pair.key not in words:
            words[pair.key] = words_of(entry)
        before = entry.get("sections", {}).get(pair.id, " ").split(" ")  # unstamped: both changed
        was = words[pair.key].get(pair.id, ("", ""))
        sides = (pair.original, pair.translation)
        # The same letters have the same meaning, so most texts need no fingerprint.
        changed = [
            not print_ or (text != side.text and print_ != meaning.fingerprint(side.text))
            for print_, text, side in zip(before, was, sides, strict=True)
        ]
        _, since, ahead = entry.get("behind", {}).get(pair.id, "  ").split(" ")
        state = State(pair, (changed[0], changed[1]), since)
        if since and not (state.stale and ahead == meaning.fingerprint(state.ahead.text)):
            state = state._replace(behind="")  # what it lags behind has changed again
        yield state


def lags(stamps: Ledger, pages: Mapping[DocsPath, Page], default: str) -> list[State]:
    """The sections of pages that lag knowingly; no other page is read."""
    entries = (stamps.sound or {}).items()
    names = {key.partition("/")[2] for key, entry in entries if "behind" in entry}
    held = {path: page for path, page in pages.items() if page.name in names}
    return [state for state in states(stamps, of_pages(held, default)) if state.behind]


def note(html: str, state: State, language: str, href: str) -> str:
    """A page's HTML with a note below the heading of a section that lags.

    `language` is what that of the text ahead calls itself, `href` where it is.
    """
    ahead = state.ahead.locale
    link = f'<a href="{escape(href)}#{escape(state.pair.id)}" hreflang="{ahead}" lang="{ahead}">'
    told = words.of(state.left.locale)(
        "behind", since=state.behind, link=f"{link}{escape(language)}</a>"
    )
    heading = re.compile(
        rf'(<h[1-6][^>]*\bid="{re.escape(state.pair.id)}"[^>]*>.*?</h[1-6]>)', re.S
    )
    return heading.sub(rf'\1\n<p class="kb-behind" role="note">{told}</p>', html, count=1)


def check(stamps: Ledger, found: Iterable[State]) -> list[Finding]:
    """States of pairs: those of which one side changed alone, or both without a new stamp."""
    if stamps.findings:
        return list(stamps.findings)
    known: Mapping[str, Any] = stamps.data or {}
    findings = [
        stamps.finding("ledger-schema", f"{key}: its words are spoilt", key, "words")
        for key, entry in known.items()
        if not words_of(entry).keys() >= entry["sections"].keys()
    ]
    lacking: dict[str, Side] = {}
    for state in found:
        pair, here, there = state.pair, state.pair.translation, state.pair.original
        if pair.key not in known:
            lacking.setdefault(pair.key, here)
        elif all(state.changed):
            message = f"'#{pair.id}' is new or changed here and in {there.path}:{there.line}"
            findings.append(Finding(here.path, here.line, "translation-unstamped", message))
        elif state.stale and not state.behind:
            ahead = state.ahead
            message = f"'#{pair.id}' is as it was, and {ahead.path}:{ahead.line} has changed"
            was = words_of(known[pair.key]).get(pair.id, ("", ""))[state.changed.index(True)]
            lines = meaning.changes(was, ahead.text)
            more = [f"… and {len(lines) - _SHOWN} lines more"] if len(lines) > _SHOWN else []
            hint = "\n    ".join(["what changed there:", *lines[:_SHOWN], *more]) if was else ""
            left = state.left
            findings.append(Finding(left.path, left.line, "translation-stale", message, hint))
    message = "this translation was never found to say what its original does"
    for here in lacking.values():
        findings.append(Finding(here.path, here.line, "translation-unstamped", message))
    return sorted(findings)


def words_of(entry: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Both texts of each section when it was stamped; none where they cannot be unpacked."""
    try:
        packed = zlib.decompress(base64.b64decode(entry.get("words", ""), validate=True))
        return {id_: (first, other) for id_, (first, other) in json.loads(packed).items()}
    except (ValueError, zlib.error):
        return {}
