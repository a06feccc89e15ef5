"""Generated parts of pages: every fact with its sources, and what changed since."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape

from markupsafe import Markup

from kb import words
from kb.facts.entries import Fact, Facts, say, say_date
from kb.facts.estimator import estimate
from kb.facts.prose import PARTS, Place, Site, age, anchor, linked, plain
from kb.render import render

_SHOWN = re.compile(r'<a class="kb-fact[^>]*#(?:kb-)?fact-([\w.-]+)"')


def part(name: str, level: int, known: Facts, here: Place, site: Site) -> str:
    """The Markdown of a generated part for the page `here`, its headings of this level.

    `sources` is every fact by topic, `changes` what older editions said and what replaced it,
    `corrections` the same in short, `estimator` the costs of the API, `editions` which edition this
    is and which there are.
    """
    if name not in PARTS:
        raise ValueError(f"no such part: {name!r}")
    return _render(
        f"{name}.md",
        here,
        site,
        known=known,
        level=level,
        home=lambda name: Markup(
            anchor(name, here, here._replace(edition=name, page="index"), "", site)
        ),
        then=lambda fact: Markup(_then(fact, here, site)),
        by_topic=lambda facts: _by_topic(known, facts, here.locale),
        **(estimate(known, here.locale, site.today) if name == "estimator" else {}),
    )


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
    anywhere = here._replace(page="")  # no link of a note depends on the page
    return "\n".join(_note(fact, anywhere, site, words.of(here.locale)) for fact in facts)


@lru_cache(maxsize=2048)
def _note(fact: Fact, here: Place, site: Site, _: words.Words) -> str:
    return _render("note.html", here, site, fact=fact)


def _render(template: str, here: Place, site: Site, **more: object) -> str:
    locale = here.locale
    return render(
        f"facts/{template}",
        here=here,
        site=site,
        locale=locale,
        today=site.today,
        words=words.of(locale),
        say=lambda value: say(value, locale),
        say_date=lambda day: say_date(day, locale),
        age=lambda fact: age(fact, locale, site.today),
        linked=lambda fact, note=True: Markup(linked(fact, here, site, note=note)),
        link=here.link,
        **more,
    ).rstrip("\n")


def _then(fact: Fact, here: Place, site: Site) -> str:
    assert fact.was
    page, _, section = fact.was.at.partition("#")
    there = here._replace(edition=fact.was.edition, page=page)
    return anchor(escape(say(fact.was.value, here.locale)), here, there, section, site)


def _by_topic(
    known: Facts, facts: Iterable[Fact], locale: str
) -> Iterator[tuple[str, Markup, list[Fact]]]:
    chosen = list(facts)
    for topic, titles in known.topics.items():
        if mine := [fact for fact in chosen if fact.topic == topic]:
            yield topic, Markup(plain(titles[locale])), mine
