"""Facts for machines: `facts.json` and a feed of changed values per language."""

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from kb import words
from kb.clock import first_day
from kb.facts.entries import Fact, Facts, Seen, Source, Value, say
from kb.facts.prose import SOURCES, Place
from kb.render import render

JSON = "facts.json"
SCHEMA = "facts.schema.json"
_IDS = "facts/2026-11"  # where the feeds began: readers know their entries by it in every edition


def published(known: Facts, edition: str, locales: Sequence[str], today: date) -> str:
    """The facts as JSON, as `facts-published.schema.json` describes them, on a day."""
    data = {
        "$schema": SCHEMA,
        "edition": edition,
        "facts": [_published(fact, locales, today) for fact in known.facts.values()],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _published(fact: Fact, locales: Sequence[str], today: date) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": fact.id,
        "topic": fact.topic,
        "label": fact.label,
        "value": {key: part for key, part in fact.value.items() if key != "forms"},
        "text": _texts(fact.value, locales),
        "as_of": fact.as_of,
        "due_on": fact.term.due_on.isoformat(),
        "withdrawn_on": fact.term.expires_on.isoformat(),
        "withdrawn": fact.term.state(today) == "expired",
        "confidence": fact.confidence,
        "contested": bool(fact.contested()),
        "sources": [_source(fact, source) for source in (*fact.sources, *fact.earlier)],
    }
    if fact.was:
        data["was"] = {"edition": fact.was.edition, "text": _texts(fact.was.value, locales)}
    if fact.changed:
        data["changed"] = [
            {"date": change.date, "text": _texts(change.value, locales)} for change in fact.changed
        ]
    if fact.token_price:
        data["token_price"] = fact.token_price
    return data


def _source(fact: Fact, source: Source) -> dict[str, Any]:
    seen = fact.seen.get(source.id, Seen(""))
    shown = source._replace(url=source.link())._asdict()
    shown |= {"id": "", "seen": seen.date, "said": seen.other}
    return {key: value for key, value in shown.items() if value}


def _texts(value: Value, locales: Iterable[str]) -> dict[str, str]:
    return {locale: say(value, locale) for locale in locales}


def feed(known: Facts, home: Place, site: str, address: str) -> str:
    """An Atom feed (RFC 4287) of what changed, newest first, for the language of a home page.

    `site` is the address of the site's root, `address` the feed's own, below it. Ids and
    dates come from the ledger alone, so that a rebuild, even at another address, changes none.
    """
    locale = home.locale
    entries = sorted(
        (entry for fact in known.facts.values() for entry in _entries(fact, locale)),
        key=lambda entry: entry[:2],
        reverse=True,
    )
    return render(
        "feed.xml",
        locale=locale,
        title=words.of(locale)("changes.title"),
        entries=entries,
        id=lambda name: uuid.uuid5(uuid.NAMESPACE_URL, f"{_IDS}/{locale}/{name}").urn,
        feed=site + address,
        home=site + home.folder,
        sources=site + home._replace(page=SOURCES).folder,
    )


def _entries(fact: Fact, locale: str) -> Iterator[tuple[date, str, Fact, str]]:
    """When it changed, what makes the entry's id, the same for ever, the fact, the title."""
    said, label = words.of(locale), fact.label[locale]
    for change in fact.changed:
        title = said("changes.became", label=label, now=say(change.value, locale))
        yield first_day(change.date), f"{fact.id}/{change.date}", fact, title
    if fact.was:
        now, then = say(fact.value, locale), say(fact.was.value, locale)
        edition = fact.was.edition
        title = said("changes.instead", label=label, now=now, edition=edition, then=then)
        yield first_day(fact.as_of), f"{fact.id}/{edition}", fact, title
