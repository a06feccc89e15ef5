"""Facts in pages: `[[id]]` becomes the value with its date and source; generated parts likewise."""

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from html import escape
from typing import NamedTuple, Self

from kb import editions, words
from kb.facts import entries
from kb.facts.entries import Fact, Facts
from kb.text.page import Markdown
from kb.text.places import replaced

SOURCES = "about/sources"  # the page that lists every fact; its anchors are `fact-<id>`
NOTE = "kb-fact-"  # begins the anchors of a page's own notes
FORMS = ("", "date", "text", "model")
PARTS = ("sources", "changes", "corrections", "estimator", "editions")

_HEADING = re.compile(r"(?m)^(#{1,5})[ \t]")
# What Markdown, its tables or HTML would read as more than text, inside of a raw element.
_SPECIAL = re.compile(r"[\[\](){}|`*_\\!~:]")


class Place(NamedTuple):
    """A page of the site: edition, path without `.md`, language."""

    edition: str
    page: str
    locale: str
    default: str  # the locale of the originals

    @property
    def folder(self) -> str:
        """Its folder from the site's root."""
        address = editions.page_address(self.page, self.locale, self.default)
        return posixpath.join(self.edition, address)

    def link(self, other: Self, fragment: str = "") -> str:
        """The relative address of another page from this one."""
        return _path(self, other) + (f"#{fragment}" if fragment else "")


@lru_cache(maxsize=512)  # a page names most of its targets many times
def _path(here: Place, other: Place) -> str:
    return posixpath.relpath(other.folder or ".", here.folder) + "/" if other != here else ""


class Site(NamedTuple):
    """The build that a page is part of."""

    sources: bool  # whether the edition has a page of them
    today: date
    built: tuple[str, ...] | None = None  # together, or all: links to others would lead nowhere
    editions: tuple[str, ...] = ()  # of the project, newest first


def render(
    markdown: str,
    known: Facts,
    here: Place,
    site: Site,
    make: Callable[[str, int], str] = lambda part, level: "",
) -> str:
    """A page's Markdown (without front matter) with its facts and generated parts in place.

    `make` gives the text of a generated part, with headings of the level that suits its place.
    What is not known stays as written: the checks name it.
    """
    body = "\n" + markdown  # a line before it: a rule at the top is no front matter
    text = Markdown(body)
    pieces: list[tuple[int, int, str]] = []
    noted: set[str] = set()
    marked: set[int] = set()  # sections that have said "unconfirmed"
    headings = [match.start() for match in _HEADING.finditer(text.live)]
    for mention in sorted([*text.mentions, *text.parts], key=lambda mention: mention.start):
        fact = known.facts.get(mention.id)
        if body.startswith("<!--", mention.start):
            if mention.id not in PARTS:
                continue
            above = _HEADING.findall(text.live[: mention.start])
            shown = f"\n\n{make(mention.id, len(above[-1]) + 1 if above else 2)}\n\n"
        elif fact is None or mention.form not in FORMS:
            continue
        elif mention.form == "date":
            shown = entries.say_date(fact.as_of, here.locale)
        elif mention.form == "text":
            shown = plain(bare(fact, here.locale, site.today))
        elif mention.form == "model":
            shown = plain(fact.token_price.get("model", ""))
        else:
            section = bisect_right(headings, mention.start)
            first = section not in marked
            shown = linked(
                fact, here, site, note=fact.id not in noted, mark=first, text=mention.words
            )
            noted.add(fact.id)
            if fact.confidence == "low" and "unknown" not in fact.value:
                marked.add(section)
        pieces.append((mention.start, mention.end, shown))
    return replaced(body, pieces)[1:]


def linked(
    fact: Fact, here: Place, site: Site, *, note: bool = True, mark: bool = True, text: str = ""
) -> str:
    """A value in running text: a link to its sources, which it also tells on hover and on focus.

    How old it is, is told in full the first time that a page names the fact; later, a value past
    twice its time has a short mark. The mark of low confidence is for the first in a section;
    `text` is how the page itself puts the value, in Markdown.
    """
    said = words.of(here.locale)
    classes = "kb-fact"
    shown = text or plain(entries.say(fact.value, here.locale))
    if fact.confidence == "low":
        classes += " kb-fact--low"
        if mark and "unknown" not in fact.value:
            shown += said("facts.unconfirmed")
    state = fact.term.state(site.today)
    if state != "current":
        classes += f" kb-fact--{state}"
        told = stale(fact, here.locale, site.today)
        if note:
            told = said("facts.aside", age(fact, here.locale, site.today))
        shown += f'<span class="kb-fact__due">{told}</span>' if told else ""
    if note and fact.contested():
        shown += f'<span class="kb-fact__due">{said("facts.aside", said("facts.differs"))}</span>'
    described = _described(fact, here.locale, site.today, said)
    attributes = f' class="{classes}" aria-description="{described}"'
    if not site.sources:  # what is below the page has to do
        return anchor(shown, here, here, f"{NOTE}{fact.id}", site, attributes)
    return anchor(shown, here, here._replace(page=SOURCES), f"fact-{fact.id}", site, attributes)


def anchor(
    shown: str, here: Place, there: Place, fragment: str, site: Site, attributes: str = ""
) -> str:
    """A link to a section of a page; towards an edition that is not built, its text alone."""
    if site.built is not None and there.edition not in (here.edition, *site.built):
        return shown
    if there.edition != here.edition:
        attributes += f' data-edition="{there.edition}"'
    return f'<a{attributes} href="{here.link(there, fragment)}">{shown}</a>'


def bare(fact: Fact, locale: str, today: date) -> str:
    """A value where no link fits, marked when it is past twice its time."""
    return entries.say(fact.value, locale) + stale(fact, locale, today)


def stale(fact: Fact, locale: str, today: date) -> str:
    """The short mark of a value past twice its time; "" of others."""
    said = words.of(locale)
    if fact.term.state(today) != "expired":
        return ""
    return said("facts.aside", said("facts.stale"))


def age(fact: Fact, locale: str, today: date) -> str:
    """Of when the value is, where it was confirmed, and whether it is vouched for, in words."""
    confirmed = "confirmed_on" if fact.as_of.count("-") == 2 else "confirmed_in"
    state = fact.term.state(today)
    told = {"current": "as_of", "due": "due", "expired": confirmed}[state]
    said, day = words.of(locale), entries.say_date(fact.as_of, locale)
    seen = fact.confirmed()
    if state == "current" and seen and seen[1] == fact.as_of:
        return said("facts.confirmed_at", day, seen[0].title[locale])
    return said(f"facts.{told}", day)


def description(fact: Fact, locale: str, today: date) -> str:
    """A fact's age and the source that carries it; an official one besides, with its own date."""
    said = words.of(locale)
    told = [age(fact, locale, today)]
    carrier = fact.carrier()
    shown = [carrier] if carrier else []
    others = (*fact.sources, *fact.earlier)
    shown += [s for s in others if s.kind == "official" and s != carrier][:1]
    for read in shown:
        day = entries.say_date(read.date, locale) if read.date else said("facts.undated")
        told.append(read.title[locale] + ("" if read == carrier else said("facts.aside", day)))
    if len(others) > len(shown):
        told.append(said("facts.more", len(others) - len(shown)))
    return said("facts.comma").join(told)


@lru_cache(maxsize=8192)
def _described(fact: Fact, locale: str, today: date, _: words.Words) -> str:
    return plain(description(fact, locale, today))


def plain(text: str) -> str:
    """Text as it stands, whatever Markdown would make of it."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", escape(text))
