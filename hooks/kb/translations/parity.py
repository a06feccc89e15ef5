"""Parity: what two texts that say the same must share, whatever their languages.

Links, pictures, code, the shape of lists and tables, boxes, amounts, dates and numbers, in digits
or in words; and no sentence of the other language, no gap, no placeholder. What differs on purpose
says so in either text: `<!-- differs: numbers: the Chinese text counts in wan -->`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from kb.data import beside
from kb.text.places import replaced
from kb.translations import meaning
from kb.translations.meaning import Block


class Said(NamedTuple):
    """One side: its locale, blocks, words without code and targets, the targets, the pictures."""

    locale: str
    blocks: Sequence[Block]
    words: str
    links: Sequence[str]
    pictures: Sequence[str]


class Difference(NamedTuple):
    """What differs: its kind, what the first and what the other side has."""

    kind: str
    first: str
    other: str


_DIFFERS = re.compile(r"<!--\s*differs:\s*([\w ,-]+):\s*(?!-->)\S")
_CODE = re.compile(r"(`+)(.+?)\1", re.S)
_TAG = re.compile(
    r"<(?!br>)[^<>\n]*>|\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\{[^{}\n]*\}"
    r"|\[\[[^\[\]\n]*\]\]|https?://[^\s<>（）]+|\[(?!\^)[^\[\]\n]*\]: \S*/\S+"
)


def excused(text: str) -> frozenset[str]:
    """The kinds of difference that a text says are meant."""
    return frozenset(kind.strip() for m in _DIFFERS.finditer(text) for kind in m[1].split(","))


def said(locale: str, text: str, links: Sequence[str] = (), pictures: Sequence[str] = ()) -> Said:
    """One side of a pair, from its text and from what it links to and shows."""
    blocks = meaning.blocks(text)
    shown = "\n".join(
        _CODE.sub(" ", " ".join(block.raw.split())) for block in blocks if block.kind != "code"
    )
    return Said(locale, blocks, _TAG.sub(" ", shown), links, pictures)


@lru_cache(maxsize=1)  # four checks of a page ask
def blank(live: str) -> str:
    """Live Markdown with addresses, tags, ids and facts blanked out, place for place."""
    return _TAG.sub(lambda match: " " * len(match[0]), live)


def differences(
    first: Said, other: Said, names: Iterable[Mapping[str, str]] = ()
) -> Iterator[Difference]:
    """Where two sides say different things; `names` are products, by their word per locale."""
    lone = [
        [n[a.locale] for n in names if n[a.locale] in a.words and n[b.locale] not in b.words]
        or _unnamed(a, b)
        for a, b in ((first, other), (other, first))
    ]
    if any(lone):
        yield _difference("names", *lone)
    for (name, here), there in zip(_named(first).items(), _named(other).values(), strict=True):
        yield from _counted(name, here, there)
    for (name, held), wanted in zip(_shapes(first).items(), _shapes(other).values(), strict=True):
        # Of tables that differ in their rows that is told.
        if held != wanted and (name != "cells of rows" or len(held) == len(wanted)):
            yield _difference(name, held, wanted)
    yield from _quantities(first, other)
    yield from _leftovers(other, first)
    yield from _leftovers(first, other)
    yield from _length(first, other)


def _unnamed(here: Said, there: Said) -> list[str]:
    """What a Chinese text calls by a Latin name, and the other not at all: these are products."""
    if here.locale not in table()["han"] or there.locale in table()["han"]:
        return []
    said = there.words.casefold()
    found = dict.fromkeys(match[0] for match in _NAME.finditer(here.words))
    return [name for name in found if name.casefold() not in said]


def _counted(kind: str, mine: list[str], theirs: list[str]) -> Iterator[Difference]:
    if sorted(mine) == sorted(theirs):
        return
    more, less = Counter(mine) - Counter(theirs), Counter(theirs) - Counter(mine)
    # Samples of code may hold words of a language.
    translated = _HAN.search("".join(more)) or _HAN.search("".join(less))
    if not (translated and more.total() == less.total()):
        yield _difference(kind, more, less)


def _difference(kind: str, *sides: Iterable[object]) -> Difference:
    said = (", ".join(" ".join(str(item).split())[:60] for item in side) for side in sides)
    return Difference(kind, *(text or "none" for text in said))


def table() -> dict[str, Any]:
    """What is known of the languages, from units.yml."""
    held: dict[str, Any] = beside(__file__, "units.yml")
    return held


@lru_cache(4096)  # both sides have most of them
def address(target: str) -> str:
    """An address without what only says its language."""
    parts = urlsplit(target) if "[" not in target else None
    language = table()["languages"]
    if parts is None or not parts.netloc:
        return re.sub(rf"^(?:\.\./)*(\d{{4}}-\d\d/)?{language}/", r"\1", target)
    host = re.sub(rf"^(?:www\.|{language}\.)", "", parts.netloc.lower())
    path = re.sub(rf"/(?:intl/)?{language}(?=/|$)", "", parts.path, flags=re.I)
    path = re.sub(r"(/articles/\d+)-[^/]*", r"\1", path).rstrip("/")
    kept = rf"(?:hl|lang|locale|language)={language}"
    query = "&".join(q for q in parts.query.split("&") if not re.fullmatch(kept, q, re.I))
    return parts._replace(scheme="", netloc=host, path=path, query=query).geturl()


def _named(side: Said) -> dict[str, list[str]]:
    """What both sides have as often, in whatever order."""
    prose = [block.raw for block in side.blocks if block.kind != "code"]
    return {
        "links": [*map(address, side.links)],
        "pictures": [*map(address, side.pictures)],
        "code": [said for block in side.blocks for said in _code(block)],
        "placeholders": _HOLE.findall("\n".join(prose)),
    }


def _code(block: Block) -> list[str]:
    return [block.raw] if block.kind == "code" else [m[2] for m in _CODE.finditer(block.raw)]


_HOLE = re.compile(r"\{\w*\}")  # what the build fills: `{since}`, `{}`
_STRONG = re.compile(r"\*\*.+?\*\*", re.S)
_SHAPES = {"step": "steps", "item": "list items", "row": "table rows", "quote": "quotations"}


def _shapes(side: Said) -> dict[str, list[object]]:
    of = {
        kind: [block for block in side.blocks if block.kind == kind] for kind in (*_SHAPES, "box")
    }
    return {
        **{name: [len(of[kind])] for kind, name in _SHAPES.items()},
        "strong words": [len(_STRONG.findall(side.words))],  # labels to press and key words
        "cells of rows": [row.meaning.count("|") for row in of["row"]],
        "boxes": [box.raw.partition('"')[0].strip() for box in of["box"]],
    }


_MONTHS = (
    r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
)
_TH = r"\d{1,2})(?:st|nd|rd|th)?(?![.,]*\d|\s?%)"
_DATE = re.compile(
    r"(?=[\dADFJMNOS])(?:"  # a third of the time: most characters begin none
    r"(?<![\w-])(?P<y>\d{4})-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?(?![\w-])"
    r"|(?P<y2>\d{4})\s?年\s?(?P<m2>\d{1,2})\s?月(?:\s?(?P<d2>\d{1,2})\s?日)?"
    rf"|(?:\b(?P<d3>{_TH}\s(?:of\s)?)?(?P<m3>{_MONTHS})\.?(?:\s(?P<d4>{_TH})?,?\s(?P<y3>\d{{4}})"
    rf"|\b(?P<d6>{_TH}\s(?:of\s)?(?P<m6>{_MONTHS})|(?P<m7>{_MONTHS})\.?\s(?P<d7>{_TH}"
    r"|(?P<m5>\d{1,2})\s?月\s?(?P<d5>\d{1,2})\s?日)"
)
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])\d[\d,]*(?:\.\d+)?(?=(?P<scale>\s?(?:万|亿|million|billion|k\b))?)", re.I
)
_SCALES = {"万": 1e4, "亿": 1e8, "million": 1e6, "billion": 1e9, "k": 1e3}
_MONTH = "月"
_NAME = re.compile(r"(?<![A-Za-z0-9_-])[A-Z][A-Za-z0-9.+-]*[A-Za-z0-9]\b(?!,? [a-z])")


class Amount(NamedTuple):
    """A number and where it stands, with its currency's name, `%`, or nothing."""

    start: int
    end: int
    value: float
    unit: str


class _Quantities(NamedTuple):
    """What a text counts: dates as far as they are given, numbers with their unit, in words."""

    dates: set[str]
    numbers: Counter[tuple[float, str]]  # (30.0, "USD"), how often
    spoken: set[float]  # what its words may mean
    counted: set[float]  # those of them that count a unit

    @property
    def often(self) -> Counter[float]:
        """How often each number stands in digits, months left out: the other side has a name."""
        found: Counter[float] = Counter()
        for (value, unit), count in self.numbers.items():
            found[value] += count * (unit != _MONTH)
        return found


def _quantities(first: Said, other: Said) -> Iterator[Difference]:
    sides = [_read(side) for side in (first, other)]
    dates: list[list[str]] = []
    numbers: list[list[str]] = []
    both = list(zip(sides, [side.often for side in sides], strict=True))
    for (here, mine), (there, theirs) in (both, both[::-1]):
        dates.append(sorted(day for day in here.dates - there.dates if not _told(day, there)))
        missing = [
            (v, unit)
            for v, unit in here.numbers.keys() - there.numbers.keys()
            if not _has(v, unit, there)
        ]
        words = here.counted - theirs.keys() - there.spoken - {1.0}
        listed = [f"{v:g}{' ' * (len(unit) > 1)}{unit}" for v, unit in sorted(missing)]
        listed += [f"{value:g} in words" for value in sorted(words)]
        more = (v for v in sorted(mine) if 0 < theirs[v] < mine[v] and v not in there.spoken)
        numbers.append(listed + [f"{v:g} {mine[v]} times" for v in more])
    for kind, lone in (("dates", dates), ("numbers", numbers)):
        if any(lone):
            yield _difference(kind, *lone)


def _has(value: float, unit: str, there: _Quantities) -> bool:
    """Whether the other side says a number in words, or leaves its currency to be understood."""
    bare = {other for number, other in there.numbers if number == value}
    return value in there.spoken or bool(bare and (not unit or "" in bare))


def _told(date: str, there: _Quantities) -> bool:
    """Whether the other side names a month apart from its year: "June to September 2026"."""
    year, _, month = date.partition("-")
    known = any(other.startswith(year) for other in there.dates)
    return len(month) == 2 and float(month) in there.spoken and known


def _read(side: Said) -> _Quantities:
    found = [*days(side.words)]
    text = replaced(side.words, ((start, end, " ") for start, end, _ in found))
    word, counted = spoken(side.locale)
    lower = text.lower()  # a pattern that heeds case is faster by half
    said = {value(match[0], side.locale) for match in word.finditer(lower)}
    return _Quantities(
        {date for *_, date in found},
        Counter((amount.value, amount.unit) for amount in amounts(text)),
        said,
        {value(match[1], side.locale) for match in (counted.finditer(lower) if said else ())},
    )


def days(text: str) -> Iterator[tuple[int, int, str]]:
    """Start and end of each date of a text, and it, as far as given: 2026-11-23, 2026-11, 11-23."""
    for match in _DATE.finditer(text):
        found = {name[0]: part for name, part in match.groupdict().items() if part}
        month = found["m"]
        if month.isalpha():
            month = str(table()["months"].index(month[:3].lower()) + 1)
        parts = (found.get("y", ""), month, found.get("d", ""))
        yield *match.span(), "-".join(part.zfill(2) for part in parts if part)


def amounts(text: str) -> Iterator[Amount]:
    """The numbers of a text in order, each with its currency or % and with where both stand."""
    before, behind, names = _currencies()
    for match in _NUMBER.finditer(text):
        value = float(match[0].replace(",", ""))
        value *= _SCALES.get((match["scale"] or "").strip().lower(), 1)
        head = before.search(text[max(match.start() - 6, 0) : match.start()])
        tail = behind.match(text, match.end())
        code = (tail[1] if tail else "") or ""
        named = (head[1] if head else "") or code
        if named == "$" and code.isupper():  # "$20 CAD"
            named = code
        unit = names.get(named.casefold(), "")
        if tail and tail[0][-1] in f"%{_MONTH}":
            unit = tail[0][-1]
        start = match.start() - (len(head[0]) if head else 0)
        yield Amount(start, tail.end() if tail else match.end(), value, unit)


@cache
def _currencies() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, str]]:
    """A currency before a number, one (or %) behind it, and the name of each written form."""
    names = {form.casefold(): group[0] for group in table()["currencies"] for form in group}
    listed = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    behind = rf"\s?(?:万|亿)?\s?(?:[%{_MONTH}]|({listed})(?![A-Za-z]))"
    return re.compile(rf"({listed})\s?$", re.I), re.compile(behind, re.I), names


@cache
def spoken(locale: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Numbers in words, and those that count a unit, in a language."""
    known = table()
    every = sorted(known["numbers"].get(locale, ()), key=len, reverse=True)
    months = "|".join(name for name in every if name[:3] in known["months"]) or "(?!)"
    listed = "|".join(name for name in every if name[:3] not in known["months"]) or "(?!)"
    word = known["numerals"].get(locale) or (  # months beside one another are no number
        rf"\b(?:(?:{listed})(?:[\s-](?:and\s)?(?:{listed}))*|{months})\b"
    )
    units = "|".join(sorted(known["units"].get(locale, ()), key=len, reverse=True)) or "(?!)"
    return re.compile(word), re.compile(rf"((?:{word}))[\s-]?个?(?:{units})")


def value(words: str, locale: str) -> float:
    """A number in words: `二十五`, `twenty-five`, `两百`, `three thousand`."""
    numbers = table()["numbers"][locale]
    parts = re.findall(r"[a-z]+", words.lower()) or list(words)
    total = current = 0.0
    for value in (numbers[part] for part in parts if part in numbers):
        if value >= 1000:
            total, current = total + max(current, 1) * value, 0
        elif value == 100 or (value == 10 and len(parts[0]) == 1):
            current = max(current, 1) * value
        else:
            current += value
    return total + current


_HAN = re.compile(r"[\u3400-\u9fff][\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”‘’…—]*")
_LATIN = re.compile(r"(?:\b[A-Za-z][A-Za-z'’-]*\b[,;:]?[ ]?){7,}")
# Labels and messages are quoted: one language a line, or printed strong, in quotes or brackets. No
# text is read twice for an end that it lacks.
_TWO_LINES = re.compile(r"(?<![^|<>\n])[^|<>\n]+<br>[^|<>\n]+")
_QUOTED = re.compile(r"\*\*.+?\*\*|[“\"「].{1,200}?[”\"」]|[(（][^()（）]*[)）]", re.S)
LONG_HAN = 9  # characters of Chinese in a row that no name or label has
_COUNTED = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9]+")
LONG = 40  # Chinese characters and words from which on the length of a text says something
LEAST, MOST = 0.25, 2.0  # English words per Chinese character; real pages have 0.43 to 1.12


def _leftovers(here: Said, there: Said) -> Iterator[Difference]:
    bare = _QUOTED.sub(" ", _TWO_LINES.sub(" ", here.words))
    for word in dict.fromkeys(match[0] for match in _unfinished().finditer(bare)):
        yield Difference("an unfinished text", "", f"'{word}'")
    if here.locale in table()["han"]:
        runs = [run[0] for run in _LATIN.finditer(bare) if run[0] not in there.words]
    else:
        runs = [run[0] for run in _HAN.finditer(bare) if len(run[0]) >= LONG_HAN]
    if runs and here.locale != there.locale:
        yield Difference("the other language", "", f"'{runs[0].strip()[:40]}'")


@cache
def _unfinished() -> re.Pattern[str]:
    """What an unfinished text says; short words, like TODO, in their own case alone."""
    words = table()["unfinished"]
    some = ("|".join(re.escape(w) for w in words if (len(w) > 4) == long) for long in (True, False))
    return re.compile("(?<![A-Za-z])(?:(?i:{})|{})(?![A-Za-z])".format(*some))


def _length(first: Said, other: Said) -> Iterator[Difference]:
    sizes = [len(_COUNTED.findall(side.words)) for side in (first, other)]
    if max(sizes) >= LONG and not LEAST <= sizes[1] / max(sizes[0], 1) <= MOST:
        yield Difference("length", f"{sizes[0]} characters", f"{sizes[1]} words")
