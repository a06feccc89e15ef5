"""Values as pages put them: where a text has one, whether it is a given one, and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from kb.data import beside
from kb.facts.entries import Value
from kb.translations import parity

_RANGE = r"\s*(?:–|—|-|~|〜|～|至|到|to)\s*"
_TO = re.compile(rf"{_RANGE}\Z", re.IGNORECASE)


class Mention(NamedTuple):
    """A value of the kind that is looked for, and where; `same`: it is the one looked for."""

    start: int
    end: int
    same: bool


def mentions(value: Value, text: str) -> Iterator[Mention]:
    """The values of a line that could be this one, in order; what is no longer so, or about so,
    or the end of a range that the value has not, is none."""
    found = every(value, text)
    for place, mention in enumerate(found):
        end = found[place + 1].start if place + 1 < len(found) else len(text)
        start = found[place - 1].end if place else 0
        before = text[max(start, mention.start - 80) : mention.start]
        behind = text[mention.end : min(end, mention.end + 60)]
        if not _aside().search(before) and not _qualified().match(behind):
            yield mention


def every(value: Value, text: str) -> list[Mention]:
    """All values of the kind in a line, in order, whatever stands beside them."""
    return sorted({*_listed(value, text), *_kind(value, text)})


def phrased(words: str, text: str) -> Iterator[Mention]:
    """Where a line holds a phrase, as any page may type it."""
    yield from _literally(words, text)


def _kind(value: Value, text: str) -> Iterator[Mention]:
    match value:
        case {"amount": amount, "currency": str(currency)}:
            yield from _money(amount, value.get("to"), currency, text)
        case {"number": number, "unit": unit}:
            yield from _counted(number, value.get("to"), tuple(unit.items()), text)
        case {"date": str(day)}:
            for start, end, iso in parity.days(text):
                if len(iso) > len("10-23"):  # a day of any year says nothing of this one
                    yield Mention(start, end, iso.startswith(day))
        case {"name": str(name)}:
            for found in _named(name).finditer(text):
                yield Mention(*found.span(), same=True)
        case {"text": texts}:
            for said in dict.fromkeys(texts.values()):
                yield from _literally(said, text)


def _listed(value: Value, text: str) -> Iterator[Mention]:
    for forms in value.get("forms", {}).values():
        for form in forms:
            yield from _literally(form, text)


def _literally(words: str, text: str) -> Iterator[Mention]:
    for found in _phrase(words).finditer(text):
        yield Mention(*found.span(), same=True)


@cache
def _phrase(words: str) -> re.Pattern[str]:
    """Words as any page may type them: blanks between them free, case not counted."""
    pieces = r"\s*".join(re.escape(piece) for piece in re.split(r"\s+", words.strip()))
    return re.compile(rf"(?<![A-Za-z0-9]){pieces}(?![A-Za-z0-9])", re.IGNORECASE)


@cache
def _named(name: str) -> re.Pattern[str]:
    pieces = r"[\s-]?".join(re.escape(piece) for piece in re.split(r"[\s-]", name))
    return re.compile(rf"(?<![\w.-]){pieces}(?![A-Za-z0-9]|[.-][A-Za-z0-9])", re.IGNORECASE)


def _money(low: float, high: float | None, currency: str, text: str) -> Iterator[Mention]:
    held = list(parity.amounts(text))
    place = 0
    while place < len(held):
        first, *more = held[place : place + 2]
        last = first
        # Both ends of a range count together; only one of them has to say the currency.
        if more and _TO.fullmatch(text[first.end : more[0].start]):
            last = more[0]
            place += 1
        place += 1
        units = {first.unit, last.unit} - {""}
        if units == {currency}:
            ends = (first.value, None if last is first else last.value)
            yield Mention(first.start, last.end, ends == (low, high))


def _counted(
    low: float, high: float | None, unit: tuple[tuple[str, str], ...], text: str
) -> Iterator[Mention]:
    for found in _counter(unit).finditer(text):
        first, last = (_amount(part, unit) if part else None for part in found.groups())
        yield Mention(*found.span(), (first, last) == (low, high))


@cache
def _counter(unit: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """A number in figures or words, or two as a range, with its unit in any language."""
    digits = r"(?<![A-Za-z0-9_.,])\d[\d,]*(?:\.\d+)?"
    spoken = "|".join(f"(?:{parity.spoken(locale)[0].pattern})" for locale, _ in unit)
    number = rf"(?:{digits}|{spoken})"
    named = {name for _, text in unit for name in (text, *_also(text))}
    units = "|".join(_unit(name) for name in sorted(named, key=len, reverse=True))
    return re.compile(
        rf"({number})(?:{_RANGE}({number}))?[\s-]*(?:{units})(?![A-Za-z])", re.IGNORECASE
    )


def _unit(name: str) -> str:
    """A unit's pattern: an English one in singular and plural; 个 may be left out or put before."""
    if name.isascii():
        return re.escape(name.removesuffix("s")) + ("s?" if name.isalpha() else "")
    return "个?" + re.escape(name.removeprefix("个").strip())


def _also(unit: str) -> list[str]:
    held: dict[str, list[str]] = beside(__file__, "words.yml")["units"]
    return held.get(unit, [])


def _amount(text: str, unit: tuple[tuple[str, str], ...]) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:  # in words: 0 in the languages that do not have them
        return max(parity.value(text, locale) for locale, _ in unit)


@cache
def _aside() -> re.Pattern[str]:
    """What stands before a value that is not, or no longer, or not exactly this."""
    return re.compile(
        "(?:{})\\Z".format("|".join(beside(__file__, "words.yml")["before"])), re.IGNORECASE
    )


@cache
def _qualified() -> re.Pattern[str]:
    """What stands behind one."""
    return re.compile(r"\s*(?:{})".format("|".join(beside(__file__, "words.yml")["behind"])), re.I)
