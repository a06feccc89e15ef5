"""Where a page, and each of its sections, is found in another edition.

First by the same path and id, or where a person recorded another place in the editions ledger;
else a section is likely the one whose headings have the most words in common with its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from kb.editions import Editions, Spot, page_address
from kb.finding import Finding
from kb.ledger import Ledger
from kb.text.page import Page

# Of the notices that are shown when they are the target: on home pages, and on every page.
PAGE_NOT_HERE, SECTION_NOT_HERE = "not-in-this-edition", "section-not-in-this-edition"
LIKELY = 0.5  # of the words of two headings in all languages, how many they share at least
# An edition's pages, by name: the words of each section's headings by its id.
Outline = Mapping[str, Mapping[str, frozenset[str]]]


class Counterpart(NamedTuple):
    """Where a reader who changes edition arrives."""

    address: str  # from the site's root
    found: bool  # else the page nearest to a section, or the home page, tells that there is none
    page: str  # its name there


def outlines(pages: Iterable[Page]) -> Mapping[str, Outline]:
    """The outline of each edition, from its pages in all languages."""
    found: dict[str, dict[str, dict[str, frozenset[str]]]] = {}
    for page in pages:
        sections = found.setdefault(page.edition, {}).setdefault(page.name, {})
        for id_, words in page.outline:
            sections[id_] = sections.get(id_, frozenset()) | words
    return found


class Step:
    """From an edition to the next newer one, and back: each place's counterpart, if it has one."""

    def __init__(
        self, recorded: Mapping[Spot, tuple[Spot, ...]], old: Outline, new: Outline
    ) -> None:
        # Places that nobody has decided, each with its likely successor and a score from 0 to 1.
        self.open: list[tuple[Spot, Spot | None, float]] = []
        self.onward: dict[Spot, Spot] = {}
        ranked: dict[Spot, tuple[tuple[bool, bool, int, int], Spot]] = {}
        order = {spot: place for place, spot in enumerate(recorded)}
        for spot, targets in self._targets(recorded, old, new):
            if targets:
                self.onward[spot] = targets[0]
            for place, target in enumerate(targets):
                apart = (spot != target, spot.id != target.id, place, order.get(spot, len(order)))
                if target not in ranked or apart < ranked[target][0]:
                    ranked[target] = (apart, spot)
        self.back = {target: spot for target, (_, spot) in ranked.items()}

    def _targets(
        self, recorded: Mapping[Spot, tuple[Spot, ...]], old: Outline, new: Outline
    ) -> Iterator[tuple[Spot, tuple[Spot, ...]]]:
        for page, sections in old.items():
            told = recorded.get(Spot(page), ())
            pages = tuple(dict.fromkeys([*([Spot(page)] if page in new else []), *told]))
            if not pages and Spot(page) not in recorded:
                self.open.append((Spot(page), None, 0))
            yield Spot(page), pages
            name = pages[0].page if pages else ""
            beside = new.get(name, {})
            for id_, words in sections.items():
                spot = Spot(page, id_)
                if spot in recorded:
                    yield spot, recorded[spot]
                elif id_ in beside:
                    yield spot, (Spot(name, id_),)
                elif pages:
                    others = {
                        other: held for other, held in beside.items() if other not in sections
                    }
                    yield spot, self._guess(spot, words, name, others)

    def _guess(
        self, spot: Spot, words: frozenset[str], page: str, others: Mapping[str, frozenset[str]]
    ) -> tuple[Spot, ...]:
        score, id_ = max(
            ((_alike(words, held), id_) for id_, held in others.items()), default=(0, "")
        )
        likely = Spot(page, id_) if score >= LIKELY else None
        self.open.append((spot, likely, score if likely else 0))
        return (likely,) if likely else ()


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two sets share, from 0 to 1 (Dice)."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0


class Successors:
    """The ways between all editions, whose `pages` these are."""

    def __init__(self, editions: Editions, pages: Iterable[Page]) -> None:
        self.editions, self.outlines = editions, outlines(pages)
        held = [(edition, self.outlines.get(edition.name, {})) for edition in editions.every]
        self.steps = {  # by the older edition
            old.name: Step(old.successors, before, after)
            for (_, after), (old, before) in pairwise(held)
        }

    def find(self, spot: Spot, here: str, there: str) -> Spot | None:
        """The counterpart of a page or section of one edition in another, over those between."""
        names = self.editions.names
        first, last = names.index(here), names.index(there)
        if first > last:
            ways = [self.steps[name].onward for name in names[first:last:-1]]
        else:
            ways = [self.steps[name].back for name in names[first + 1 : last + 1]]
        at: Spot | None = spot
        for way in ways:
            if at:
                # A page that was a section of another lives on where that page does, at least.
                at = way.get(at) or (None if spot.id else way.get(Spot(at.page)))
        if at is None and not spot.id and spot.page in self.outlines.get(there, {}):
            return spot
        return at

    def newest(self, page: str, there: str) -> Spot | None:
        """The counterpart in an edition of a page of whichever edition last had it."""
        names = (name for name in self.editions.names if page in self.outlines.get(name, {}))
        return next(filter(None, (self.find(Spot(page), name, there) for name in names)), None)

    def counterpart(self, spot: Spot, locale: str, here: str, there: str) -> Counterpart:
        """Where a reader of a page or section arrives in another edition."""
        found = self.find(spot, here, there)
        at = found or (self.find(Spot(spot.page), here, there) if spot.id else None)
        fragment = found.id if found else SECTION_NOT_HERE if at else PAGE_NOT_HERE
        page = at.page if at else "index"
        address = page_address(page, locale, self.editions.default)
        return Counterpart(f"{there}/{address}#{fragment}".rstrip("#"), found is not None, page)


def check(ledger: Ledger, known: Successors) -> list[Finding]:
    """Successors from or to a page or section that is not there."""
    findings = []
    for index, edition in enumerate(known.editions.every):
        newer = known.editions.names[index - 1] if index else ""
        for old, targets in edition.successors.items():
            for spot, name in ((old, edition.name), *((new, newer) for new in targets)):
                sections = known.outlines.get(name, {}).get(spot.page)
                if sections is None or spot.id not in ("", *sections):
                    message = f"edition '{name}' has no '{spot}'"
                    at = (index, "successors", str(old))
                    findings.append(ledger.finding("successor-missing", message, *at))
    return findings
