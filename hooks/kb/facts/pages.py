"""Generated parts of pages: every fact with its sources, and what changed since."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape
from typing import NamedTuple

from kb.facts.data import FEED, JSON
from kb.facts.entries import Fact, Facts, Source, say, say_date
from kb.facts.estimator import estimator
from kb.facts.prose import Place, Site, age, anchor, linked, plain
from kb.facts.words import TOLD

_SHOWN = re.compile(r'<a class="kb-fact[^>]*#fact-([\w.-]+)"')


class Words(NamedTuple):
    """The texts of the generated parts in a language."""

    confidence: Mapping[str, str]
    undated: str
    secondary: str
    comma: str
    changed: str
    columns: Sequence[str]
    colon: str
    earlier: str


WORDS = {locale: Words(**told) for locale, told in TOLD["pages"].items()}


def part(name: str, level: int, known: Facts, here: Place, site: Site) -> str:
    """The Markdown of a generated part for the page `here`, its headings of this level."""
    match name:
        case "sources":
            return sources(known, level, here, site)
        case "changes":
            return changes(known, level, here, site)
        case "corrections":
            return corrections(known, here, site)
        case "estimator":
            return estimator(known, here, site)
    raise ValueError(f"no such part: {name!r}")


def sources(known: Facts, level: int, here: Place, site: Site) -> str:
    """Every fact by topic: value, date, confidence and sources, at its anchor `fact-<id>`."""
    blocks = []
    for topic, title, chosen in _by_topic(known, known.facts.values(), here.locale):
        entries = [_entry(fact, here.locale, site.today) for fact in chosen]
        blocks.append(
            f"{'#' * level} {plain(title)} {{ #topic-{topic} }}\n\n"
            + "\n".join(['<dl class="kb-facts">', *entries, "</dl>"])
        )
    home = here.link(here._replace(page="index", locale=here.default))
    return "\n\n".join([*blocks, f'<p><a href="{home}{JSON}">{JSON}</a></p>'])


def numbered(page: str, known: Facts) -> tuple[str, list[Fact]]:
    """A page's HTML with its facts numbered in their links, and these facts in that order."""
    names = [name for name in dict.fromkeys(_SHOWN.findall(page)) if name in known.facts]
    number = {name: place for place, name in enumerate(names, 1)}

    def note(match: re.Match[str]) -> str:
        place = number.get(match[1])
        return f'{match[0]} data-note="{place}"' if place else match[0]

    return _SHOWN.sub(note, page), [known.facts[name] for name in names]


def notes(facts: Iterable[Fact], here: Place, site: Site) -> str:
    """The facts of a page in full, at anchors `kb-fact-<id>`: for its cards and its footnotes."""
    return "\n".join(_entry(fact, here.locale, site.today, "kb-fact") for fact in facts)


def _entry(fact: Fact, locale: str, today: date, anchor: str = "fact") -> str:
    words = WORDS[locale]
    state = fact.term.state(today)
    told = [age(fact, locale, today)]
    if state != "expired" or fact.confidence == "low":  # what nobody confirms is of no high one
        told.append(words.confidence[fact.confidence])
    history = ""
    if fact.changed:
        steps = (
            words.comma.join(
                filter(None, (say_date(c.date, locale), say(c.value, locale), c.note.get(locale)))
            )
            for c in fact.changed
        )
        history = f"<small>{words.changed}{escape('; '.join(steps))}</small>"
    read = "".join(
        f"<li>{words.earlier if source in fact.earlier else ''}{_source(source, locale)}</li>"
        for source in (*fact.sources, *fact.earlier)
    )
    return (
        f'<div id="{anchor}-{fact.id}"><dt>{escape(fact.label[locale])}</dt>'
        f'<dd><strong class="kb-fact--{state}">{escape(say(fact.value, locale))}</strong>'
        f" <small>{escape(words.comma.join(told))}</small>{history}<ul>{read}</ul></dd></div>"
    )


def _source(source: Source, locale: str) -> str:
    words = WORDS[locale]
    title = escape(source.title[locale])
    link = source.link(locale)
    shown = f'<a href="{escape(link)}">{title}</a>' if link else title
    told = [say_date(source.date, locale) if source.date else words.undated]
    if source.kind == "secondary":
        told.append(words.secondary)
    if source.note:
        told.append(source.note[locale])
    return f"{shown}{words.comma}{escape(words.comma.join(told))}"


def changes(known: Facts, level: int, here: Place, site: Site) -> str:
    """A table per topic of what older editions said and what replaced it."""
    words = WORDS[here.locale]
    head = "".join(f'<th scope="col">{column}</th>' for column in words.columns)
    _, then, now = words.columns  # a phone stacks the cells and shows these before them
    blocks = []
    replaced = (fact for fact in known.facts.values() if fact.was)
    for topic, title, chosen in _by_topic(known, replaced, here.locale):
        rows = "".join(
            f'<tr id="change-{fact.id}"><th scope="row">{escape(fact.label[here.locale])}</th>'
            f'<td data-head="{then}">{_then(fact, here, site)}</td>'
            f'<td data-head="{now}">{linked(fact, here, site)}</td></tr>\n'
            for fact in chosen
        )
        blocks.append(
            f"{'#' * level} {plain(title)} {{ #changes-{topic} }}\n\n"
            f'<div class="kb-changes"><table>\n<thead><tr>{head}</tr></thead>\n'
            f"<tbody>\n{rows}</tbody>\n</table></div>"
        )
    home = here.link(here._replace(page="index"))
    return "\n\n".join([*blocks, f'<p><a href="{home}{FEED}">Atom: {FEED}</a></p>'])


def corrections(known: Facts, here: Place, site: Site) -> str:
    """What an older edition said, in the order of its ledger entries, and what is so now.

    A page of an older edition gets the statements of its own edition, one of the current all.
    """
    words = WORDS[here.locale]
    rows = [
        f"<div><dt>{_then(fact, here, site)}</dt>"
        f"<dd>{escape(fact.label[here.locale])}{words.colon}"
        f"{linked(fact, here, site, note=False)}"
        f" <small>{age(fact, here.locale, site.today)}</small></dd></div>"
        for fact in known.facts.values()
        if fact.was and here.edition in (site.current, fact.was.edition)
    ]
    return "\n".join(['<dl class="kb-facts">', *rows, "</dl>"])


def _then(fact: Fact, here: Place, site: Site) -> str:
    assert fact.was
    page, _, section = fact.was.at.partition("#")
    there = here._replace(edition=fact.was.edition, page=page)
    return anchor(escape(say(fact.was.value, here.locale)), here, there, section, site)


def _by_topic(
    known: Facts, facts: Iterable[Fact], locale: str
) -> Iterator[tuple[str, str, list[Fact]]]:
    chosen = list(facts)
    for topic, titles in known.topics.items():
        mine = [fact for fact in chosen if fact.topic == topic]
        if mine:
            yield topic, titles[locale], mine
