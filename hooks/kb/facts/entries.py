"""Facts: values that can change, each stated once, with its date and sources."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from kb import nearest, words
from kb.clock import Due, Term, first_day
from kb.finding import Finding
from kb.ledger import Key, Ledger

LEDGER = "facts"

Texts = Mapping[str, str]
Value = Mapping[str, Any]  # as the schema's `value` defines it


class Source(NamedTuple):
    """Where a value was read; one without `url` is described and not linked."""

    id: str
    kind: Literal["official", "secondary"]
    title: Texts
    url: str | Texts = ""
    date: str = ""
    note: Mapping[str, str] = {}

    def link(self, locale: str = "") -> str:
        """Its address for readers of a language, or of any: the last; empty when it has none."""
        return self.url if isinstance(self.url, str) else self.url[locale or [*self.url][-1]]


class Was(NamedTuple):
    """What an older edition said instead, and where: `at` is `page#section`."""

    edition: str
    at: str
    value: Value


class Change(NamedTuple):
    """On `date` the value became this."""

    date: str
    value: Value
    note: Mapping[str, str] = {}


class Seen(NamedTuple):
    """On that day a source was visited: it said this value, or an `other` one."""

    date: str
    other: str = ""
    note: str = ""


class Fact(NamedTuple):
    """One value; `sources` has the official ones first, `earlier` those that are older than it."""

    id: str
    topic: str
    label: Texts
    value: Value
    as_of: str
    ttl_days: int
    confidence: Literal["high", "medium", "low"]
    sources: tuple[Source, ...]
    was: Was | None = None
    changed: tuple[Change, ...] = ()
    token_price: Mapping[str, str] = {}  # of a million tokens: the `model`, `of` input or output
    earlier: tuple[Source, ...] = ()
    seen: Mapping[str, Seen] = {}  # by source
    watch: Mapping[str, Mapping[str, Any]] = {}  # by source: what it should say, beside what

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def term(self) -> Term:
        """How long the value counts."""
        return Term(first_day(self.as_of), self.ttl_days)

    @property
    def agreed(self) -> dict[str, str]:
        """By source, the day when it was last seen to say the value."""
        return {name: seen.date for name, seen in self.seen.items() if not seen.other}

    def carrier(self) -> Source | None:
        """The source of the fact's date, its own or when it was seen; an official one first."""
        day, agreed = self.as_of, self.agreed
        held = (s for s in self.sources if s.date.startswith(day) or agreed.get(s.id) == day)
        return next(held, None)

    def confirmed(self) -> tuple[Source, str] | None:
        """The source that was last seen to say the value, and the day."""
        days = [(s, self.agreed[s.id]) for s in self.sources if s.id in self.agreed]
        return max(days, key=lambda pair: pair[1], default=None)

    def contested(self) -> list[tuple[Source, Seen]]:
        """The sources that were seen to say another value, until a person has decided."""
        return [(s, self.seen[s.id]) for s in self.sources if self.seen.get(s.id, Seen("")).other]


class Facts(NamedTuple):
    """A ledger without errors: its topics with their titles, and its facts, both in its order."""

    topics: Mapping[str, Texts]
    facts: Mapping[str, Fact]


def say(value: Value, locale: str) -> str:
    """A value as a reader of the language writes it: `20 美元`, `US$20`, `23 October 2026`."""
    match value:
        case {"amount": amount, "currency": str(currency)}:
            money = _range(_money(amount), _money(value["to"]) if "to" in value else "")
            return words.of(locale)(f"values.money.{currency}", money)
        case {"number": number, "unit": unit}:
            shown = _range(f"{number:,}", f"{value['to']:,}" if "to" in value else "")
            return f"{shown} {unit[locale]}"
        case {"date": str(day)}:
            return say_date(day, locale)
        case {"name": str(name)}:
            return name
        case {"text": texts} | {"unknown": texts}:
            return str(texts[locale])
    raise ValueError(f"no value: {value!r}")


def say_date(day: str, locale: str) -> str:
    """A day, month or year in the form of the language."""
    said = words.of(locale)
    parts = dict(zip(("year", "month", "day"), map(int, day.split("-")), strict=False))
    named = said("values.date.months").split(" ")[parts.get("month", 0) - 1]
    last = [*parts][-1]
    return said(f"values.date.{last}", **{**parts, "month": named})


def holds(value: Value, locale: str, text: str) -> bool:
    """Whether a page's own words for a value contain it.

    They have to contain the money, number, date or name as the language writes it, or one of the
    `forms` that the value lists. Spaces, case and emphasis do not count; digits stand alone.
    """
    listed = value.get("forms", {}).get(locale, ())
    number = value["number"] if "number" in value and "to" not in value else None
    spoken = say(value, locale) if number is None else f"{number:,}"
    held = bare(text)
    return any(
        re.search(rf"(?<![\d.,]){re.escape(bare(form))}(?!\d|[.,]\d)", held)
        for form in (spoken, *listed)
    )


def bare(text: str) -> str:
    """A text as values are compared: without spaces, emphasis and capitals."""
    return re.sub(r"[\s*]", "", text).casefold()


def _money(amount: float) -> str:
    """At least two decimals where there are any: `10`, `0.10`, `0.025`."""
    if amount == int(amount):
        return f"{int(amount):,}"
    return f"{amount:,.2f}" if round(amount, 2) == amount else f"{amount:,.4f}".rstrip("0")


def _range(low: str, high: str) -> str:
    return f"{low}–{high}" if high else low


def read(ledger: Ledger) -> Facts:
    """The facts of a ledger; none when it has errors, which `check` names."""
    if not ledger.data or any(finding.severity == "error" for finding in check(ledger)):
        return Facts({}, {})
    topics = {topic["id"]: topic["title"] for topic in ledger.data["topics"]}
    return Facts(topics, {fact.id: fact for fact in _facts(ledger)})


def _facts(ledger: Ledger) -> Iterator[Fact]:
    sources = {name: Source(name, **item) for name, item in ledger.data["sources"].items()}
    return (_fact(item, sources) for item in ledger.data["facts"])


def _fact(item: Mapping[str, Any], sources: Mapping[str, Source]) -> Fact:
    named = [sources[name] for name in item["sources"]]
    extra: dict[str, Any] = {
        # "official" sorts before "secondary".
        "sources": tuple(sorted(named, key=lambda source: source.kind)),
        "earlier": tuple(sources[name] for name in item.get("earlier", ())),
        "changed": tuple(Change(**change) for change in item.get("changed", ())),
        "seen": {name: Seen(**seen) for name, seen in item.get("seen", {}).items()},
    }
    if "was" in item:
        extra["was"] = Was(**item["was"])
    return Fact(**{**item, **extra})


def check(ledger: Ledger) -> list[Finding]:
    """What is wrong with the ledger itself: names that are not there, facts without a source."""
    if ledger.findings or not ledger.data:
        return list(ledger.findings)
    return sorted({*_names(ledger), *_histories(ledger)}) or sorted(_evidence(ledger))


def status(ledger: Ledger, as_of: date) -> Iterator[Due]:
    """Facts past their time to live, and those past twice of it."""
    for index, fact in enumerate(read(ledger).facts.values()):
        rules, key = ("fact-due", "fact-expired"), ("facts", index, "as_of")
        yield from fact.term.due(as_of, rules, fact.id, _to_read(fact), ledger, key)


def _to_read(fact: Fact) -> str:
    """Where to check a fact: a source in the ledger that is newer than it, and their addresses."""
    newer = (f"{s.id} of {s.date}" for s in fact.sources if s.date > fact.as_of)
    known = "".join(f"the ledger has a newer source: {name}; " for name in newer)
    return f"{known}check it: " + " ".join(s.link() for s in fact.sources if s.url)


_RANKS = ("low", "medium", "high")


def _evidence(ledger: Ledger) -> Iterator[Finding]:
    """Dates that no source carries, official sources older than the fact, confidence unearned."""
    for index, fact in enumerate(_facts(ledger)):
        at = ("facts", index)
        seen = fact.agreed
        read = [s._replace(date=max(s.date, seen.get(s.id, ""))) for s in fact.sources]
        if read and not any(source.date.startswith(fact.as_of) for source in read):
            message = f"no source of '{fact.id}' is of {fact.as_of}"
            hint = "give the date of the source that carries the value"
            yield ledger.finding("fact-date", message, *at, "as_of", hint=hint)
        moved = fact.as_of in seen.values()  # by `kb confirm`, which leaves the rest as it is
        named = ledger.data["facts"][index]["sources"]
        for source in read if not moved else ():
            if source.kind == "official" and _older(source, fact.as_of):
                message = f"'{source.id}' is of {source.date}, older than '{fact.id}'"
                hint = "move it to `earlier`, or give the fact its date"
                key = (*at, "sources", named.index(source.id))
                yield ledger.finding("fact-date", message, *key, hint=hint)
        earned = confidence(fact.as_of, read, fact.earlier)
        if _RANKS.index(fact.confidence) > _RANKS.index(earned):
            message = f"the sources of '{fact.id}' bear {earned} confidence at most"
            hint = "find another source, an official one at best, or lower the confidence"
            yield ledger.finding("fact-confidence", message, *at, "confidence", hint=hint)


def confidence(as_of: str, read: Sequence[Source], earlier: Sequence[Source]) -> str:
    """The highest confidence that sources bear; `read` are those of the fact's own time.

    high: an official source of the fact's date or later; an official one besides a linked,
    dated one; or two that are linked, one of them dated. medium: an official source, or two
    sources. low: a single witness.
    """
    official = [source for source in (*read, *earlier) if source.kind == "official"]
    linked = [source for source in read if source.kind == "secondary" and source.url]
    dated = any(source.date for source in linked)
    fresh = any(source.date and not _older(source, as_of) for source in official)
    if fresh or (dated and len(official) + len(linked) > 1):
        return "high"
    return "medium" if official or len(read) > 1 else "low"


def _older(source: Source, as_of: str) -> bool:
    """Whether a source's date, of a day, month or year, ended before the fact's began."""
    shown = source.date or as_of
    return shown[: len(as_of)] < as_of[: len(shown)]


def _names(ledger: Ledger) -> Iterator[Finding]:
    topics = [topic["id"] for topic in ledger.data["topics"]]
    sources, facts = ledger.data["sources"], ledger.data["facts"]
    used: set[str] = set()
    for index, fact in enumerate(facts):
        listed = {key: fact.get(key, []) for key in ("sources", "earlier")}
        own = [*listed["sources"], *listed["earlier"]]
        used.update(own)
        named: list[tuple[str, Key, Collection[str], str]] = [
            (fact["topic"], ("topic",), topics, "there is no topic '{}'")
        ]
        for key, names in listed.items():
            message = "there is no source '{}'"
            named += [(name, (key, at), sources, message) for at, name in enumerate(names)]
        for key in ("seen", "watch"):
            message = f"'{{}}' is no source of '{fact['id']}'"
            named += [(name, (key, name), own, message) for name in fact.get(key, ())]
        for name, place, known, message in named:
            if name not in known:
                told, hint = message.format(name), nearest.hint(name, known)
                yield ledger.finding("ledger-schema", told, "facts", index, *place, hint=hint)
        if not fact["sources"]:
            message = f"'{fact['id']}' has no source"
            yield ledger.finding("fact-source", message, "facts", index, "sources")
    for name in sources.keys() - used:
        yield ledger.finding("fact-unused", f"no fact names the source '{name}'", "sources", name)


def _histories(ledger: Ledger) -> Iterator[Finding]:
    for index, fact in enumerate(ledger.data["facts"]):
        changes = fact.get("changed", [])
        key = ("facts", index, "changed")
        dates = [change["date"] for change in changes]
        if dates != sorted(dates):
            message = f"the changes of '{fact['id']}' are not in order of date"
            yield ledger.finding("ledger-schema", message, *key)
        now = {key: part for key, part in fact["value"].items() if key != "forms"}
        if changes and changes[-1]["value"] != now:
            message = f"the last change of '{fact['id']}' is not its value"
            yield ledger.finding("ledger-schema", message, *key)
