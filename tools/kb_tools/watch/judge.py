"""Whether a source says what the ledger does: one fact, one page, one verdict. No clock, no net.

A value counts where it stands beside its words: those of `near`, or else the names and the terms
(per month, per seat, input …) that the fact's label has in every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

from kb.data import beside
from kb.facts.entries import Fact, Value
from kb_tools.watch import values
from kb_tools.watch.reading import Line
from kb_tools.watch.values import Mention

Answer = Literal["says", "says-other", "silent", "unread"]

WORDS = 200  # characters around a value that are shown to a person
_NEAR = 300  # characters above a value in which its words may stand
_BEHIND = 60  # and below it
_JOIN = re.compile(r"[,，、;；]|\b(?:and|or)\b|和|与|或")
_SENTENCE = re.compile(r"[。！？；;!?]|\.(?=\s)")
_LATIN = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9.]*(?:-[A-Za-z0-9][A-Za-z0-9.]*| [A-Z0-9][A-Za-z0-9.]*)*"
)


class Wanted(NamedTuple):
    """What is looked for: a fact's value, the words beside it, those of others beside theirs."""

    fact: Fact
    says: str = ""
    names: tuple[str, ...] = ()  # the first has to be nearer than any of `rivals`
    needed: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    rivals: tuple[str, ...] = ()
    asked: bool = False  # `near` was given by a person


class Verdict(NamedTuple):
    """What a source says: the words around the value, or why there is none; another value."""

    answer: Answer
    words: str = ""
    other: str = ""


def named(everything: Iterable[Fact]) -> frozenset[str]:
    """What values may belong to: the first name of each fact's label, and the plans."""
    first = {name for each in everything for name in _names(each)[:1]}
    return frozenset(first | set(beside(__file__, "words.yml")["plans"]))


def wanted(fact: Fact, source: str, known: frozenset[str]) -> Wanted:
    """What a source of a fact should say, from its `watch` in the ledger and from its label;
    `known` are the names of all facts, as `named` gives them."""
    asked = fact.watch.get(source, {})
    near = tuple(asked.get("near", ()))
    label = " ".join(fact.label.values())
    mine = tuple(word for word in near if not _terms(word)) if near else _names(fact)
    others = set(known)
    held = beside(__file__, "words.yml")
    for name in mine[:1]:
        others |= {f"{maker} {name}" for maker in held["makers"]}
        others |= {f"{name} {each}" for word in held["variants"] for each in (word, word.title())}
    return Wanted(
        fact,
        asked.get("says", ""),
        mine,
        _terms(" ".join(near)) if near else _terms(label),
        _terms(" ".join((*near, label))),
        tuple(sorted(others - set(mine))),
        bool(near),
    )


def _names(fact: Fact) -> tuple[str, ...]:
    """The names in a label: what all of its languages write alike, common words left out."""
    common = set(beside(__file__, "words.yml")["common"])
    first, *others = fact.label.values()
    found = []
    for match in _LATIN.finditer(first):
        name = " ".join(part for part in match[0].split(" ") if part not in common)
        telling = re.search(r"[A-Z0-9.-]", name)  # "search" is a word like others
        if telling and all(_name((name,)).search(other) for other in others):
            found.append(name)
    return tuple(dict.fromkeys(found))


@cache
def _groups() -> dict[str, tuple[re.Pattern[str], bool]]:
    held: dict[str, dict[str, Any]] = beside(__file__, "words.yml")["groups"]
    return {
        name: (re.compile("|".join(group["words"]), re.IGNORECASE), group.get("anywhere", False))
        for name, group in held.items()
    }


@cache
def _told(name: str) -> re.Pattern[str]:
    """One of the patterns of words.yml."""
    return re.compile(beside(__file__, "words.yml")[name], re.IGNORECASE)


@lru_cache(4096)
def _terms(text: str) -> frozenset[str]:
    return frozenset(name for name, (pattern, _) in _groups().items() if pattern.search(text))


@cache
def _name(names: tuple[str, ...], *, numbered: bool = False) -> re.Pattern[str]:
    """Any of the names, the longest first; "Go" is no "go", but "PLUS" is "Plus".

    `numbered`: also what differs from the first in its number alone, "Tier 1" from "Tier 2".
    """
    spelled = {each for name in names for each in (name, name.upper() if len(name) > 2 else name)}
    pieces = [re.escape(name).replace(r"\ ", r"[\s-]") for name in sorted(spelled, key=len)[::-1]]
    if numbered:
        pieces.append(re.sub(r"\d+(?:\\\.\d+)*", r"\\d+(?:\\.\\d+)*", re.escape(names[0])))
    return re.compile(rf"(?<![A-Za-z0-9.-])(?:{'|'.join(pieces)})(?![A-Za-z0-9]|[.-][A-Za-z0-9])")


class _Spot(NamedTuple):
    """A value on a page: its line, all such values on that line, and which of them it is."""

    lines: Sequence[Line]
    place: int
    held: Sequence[Mention]
    at: int

    @property
    def line(self) -> Line:
        return self.lines[self.place]

    @property
    def mention(self) -> Mention:
        return self.held[self.at]

    @property
    def words(self) -> str:
        return _shown(self.line.text[self.mention.start : self.mention.end].strip()[:40])

    def clause(self) -> tuple[int, int]:
        """The sentence around it."""
        text, mention = self.line.text, self.mention
        cuts = _SENTENCE.finditer(text, max(mention.start - _NEAR, 0), mention.start)
        start = max((cut.end() for cut in cuts), default=max(mention.start - _NEAR, 0))
        cut = _SENTENCE.search(text, mention.end, mention.end + _NEAR)
        return start, cut.start() if cut else min(len(text), mention.end + _NEAR)


def judge(lines: Sequence[Line], looked: Wanted, unread: str = "") -> Verdict:
    """What the lines of a page say of a fact; `unread`: why they may not be all that readers see.

    Only what is there is believed of a page that could not be read whole.
    """
    value = looked.fact.value
    if not looked.says and not looked.asked:
        if not looked.names and not _telling(value):
            return Verdict("unread", unread or "its label has no name: give `near` in the ledger")
        if looked.names[1:] and not _hold(_texts(lines), looked.names[1:]):
            return Verdict("unread", unread) if unread else Verdict("silent")
        texts = _texts(lines)
        odd = ("currency",) if "year" in looked.allowed else ("currency", "yearly")
        if "amount" in value and any(_told(key).search(text) for key in odd for text in texts):
            return Verdict("unread", "its prices are in other money, or paid by the year")
    others: list[_Spot] = []
    same: list[_Spot] = []
    loose = False
    said = _said_anywhere(lines) if looked.needed & _anywhere() else frozenset()
    for place, line in enumerate(lines):
        held = tuple(
            values.phrased(looked.says, line.text)
            if looked.says
            else values.mentions(value, line.text)
        )
        for at, mention in enumerate(held):
            loose |= mention.same
            spot = _Spot(lines, place, held, at)
            if not _beside(spot, looked, said):
                continue
            (same if mention.same else others).append(spot)
    if same and others and "amount" in value:
        return Verdict("unread", f"it also says {others[0].words}: which is meant?")
    if same:
        return Verdict("says", _around(same[0]))
    # Of dates many stand beside one name: only a person's own words tell which is meant.
    if others and looked.names and (looked.asked or "date" not in value):
        spot = others[0]
        return Verdict("says-other", _around(spot), spot.words)
    if unread:
        return Verdict("unread", unread)
    if not looked.says and "text" in value:
        return Verdict("unread", "free text: give `says` in the ledger")
    named = ", ".join((*looked.names, *sorted(looked.needed)))
    return Verdict("silent", f"the value stands there, but not beside: {named}" if loose else "")


def _around(spot: _Spot) -> str:
    """The words around a value, its heads before them, at most WORDS characters."""
    text, start = spot.line.text, spot.mention.start
    heads = " · ".join(spot.line.heads[-2:])[:60]
    room = WORDS - len(heads) - 2 * bool(heads)
    begin = max(0, min(start - room // 3, len(text) - room))
    cut = text[begin : begin + room]
    return _shown(f"{heads}: {cut}" if heads else cut)


def _shown(text: str) -> str:
    """Without what a terminal would obey or an eye would not see."""
    return "".join(filter(str.isprintable, text))


def _beside(spot: _Spot, looked: Wanted, said: frozenset[str]) -> bool:
    """Whether a value stands beside its words, and nearer to them than to those of another."""
    if looked.says and not looked.asked:
        return True
    line, below = spot.line, spot.lines[spot.place + 1 : spot.place + 2]
    bygone = _told("bygone").search
    mine = any(map(bygone, looked.fact.label.values()))
    if line.cell and not mine and any(map(bygone, line.heads[-2:])):
        return False
    if below and spot.mention.end == len(line.text) and re.fullmatch(r"\d\d", below[0].text):
        return False  # the cents of "$20" stand in an element of their own
    near = _terms_near(spot, looked) | said
    if near - looked.allowed - _anywhere() or not looked.needed <= near:
        return False
    if not looked.names:
        return True
    found = _nearest(spot, looked)
    if found is None or not _name(looked.names[:1]).fullmatch(found):
        return False
    around = (*line.heads, *_above(spot), line.text, *_below(spot))
    return not looked.asked or _hold(around, looked.names[1:])


def _hold(texts: Iterable[str], names: Iterable[str]) -> bool:
    """Whether each of the names stands somewhere in the texts."""
    text = "\n".join(texts)
    return all(_name((name,)).search(text) for name in names)


def _telling(value: Value) -> bool:
    """Whether a value alone tells that it is meant: a name, a text, a day; no amount or number."""
    return "name" in value or "text" in value or str(value.get("date", "")).count("-") == 2


def _anywhere() -> frozenset[str]:
    return frozenset(name for name, (_, anywhere) in _groups().items() if anywhere)


def _said_anywhere(lines: Sequence[Line]) -> frozenset[str]:
    return _anywhere() & frozenset().union(*map(_terms, _texts(lines)))


def _texts(lines: Iterable[Line]) -> set[str]:
    return {text for line in lines for text in (line.text, *line.heads)}


def _terms_near(spot: _Spot, looked: Wanted) -> frozenset[str]:
    """The terms of a value: up to the values beside it, on the lines below it, in its heads."""
    line, mention = spot.line, spot.mention
    start, end = spot.clause()
    last = spot.at == len(spot.held) - 1
    if spot.at:
        start = max(start, spot.held[spot.at - 1].end)
    if not last:
        end = min(end, spot.held[spot.at + 1].start)
    before = line.text[max(start, mention.start - 40) : mention.start]
    if spot.at and (told := max((m.end() for m in _JOIN.finditer(before)), default=0)):
        before = before[told:]  # what stands before "and" or a comma is told of the value before
    behind = line.text[mention.end : min(end, mention.end + _BEHIND)]
    if not last:
        behind = re.split(r"或|\bor\b", behind)[0]  # what stands behind it is told of the next
    if not line.cell and last and len(line.text) - mention.end < _BEHIND:
        behind = " ".join((behind, *_below(spot, looked)))
    found = _terms(" ".join((before, "\n", behind, *line.heads, *_leading(spot, looked))))
    if missing := looked.needed - found:
        found |= _terms(" ".join(_above(spot, looked))) & missing
    return found


def _above(spot: _Spot, looked: Wanted | None = None) -> list[str]:
    """The lines before one, nearest first, below the same heads; up to another value, if asked."""
    found: list[str] = []
    left = _NEAR
    for line in reversed(spot.lines[max(spot.place - 8, 0) : spot.place]):
        left -= len(line.text)
        if left < 0 or line.heads != spot.line.heads or line.heading or _valued(line, looked):
            break
        found.append(line.text)
    return found


def _leading(spot: _Spot, looked: Wanted) -> list[str]:
    """The short lines between a name and its value: "Annual"; none that another value may have."""
    found = _above(spot, looked)
    before = spot.lines[spot.place - len(found) - 1] if len(found) < spot.place else None
    other = before and before.heads == spot.line.heads and _valued(before, looked)
    named = (at for at, text in enumerate(found, 1) if _name(looked.names[:1]).search(text))
    mine = found[: next(named, 0 if other else None) if looked.names else None]
    return mine if len(" ".join(mine)) < _BEHIND else []


def _below(spot: _Spot, looked: Wanted | None = None) -> list[str]:
    """The short lines behind one: "per month", "billed annually"; up to another value or name."""
    found: list[str] = []
    left = _BEHIND
    for line in spot.lines[spot.place + 1 : spot.place + 4]:
        left -= len(line.text)
        named = looked and _name((*looked.names, *looked.rivals)).search(line.text)
        beside = line.heads in (spot.line.heads, (*spot.line.heads, spot.line.text))
        if left < 0 or not beside or named or line.heading or _valued(line, looked):
            break
        found.append(line.text)
    return found


def _valued(line: Line, looked: Wanted | None) -> bool:
    return looked is not None and bool(values.every(looked.fact.value, line.text))


def _nearest(spot: _Spot, looked: Wanted) -> str | None:
    """The name a value belongs to: in its sentence, its column and row, above it, its headings."""
    pattern = _name((*looked.names[:1], *looked.rivals), numbered=True)
    line, mention = spot.line, spot.mention
    start, end = spot.clause()
    named = _meant(pattern, line.text, start, end)
    if named:
        first = next((held for held in spot.held if held.start >= start), mention)
        behind = [name for name in named if name.start() >= mention.end]
        before = [name for name in named if name.end() <= mention.start]
        # "$20 for Plus and $8 for Go" names each behind its value.
        if behind and (first.end <= named[0].start() or not before):
            return behind[0][0]
        return before[-1][0] if before else None
    if earlier := _meant(pattern, line.text, max(start - _NEAR, 0), start):
        return earlier[-1][0]
    if line.cell:
        for head in line.heads[:-3:-1]:
            if found := pattern.search(head):
                return found[0]
    for text in (*_above(spot), *reversed(line.heads)):
        if names := _meant(pattern, text, 0, len(text)):
            return names[-1][0]
    return None


def _meant(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[re.Match[str]]:
    """The names in a piece of a text, those in passing left out."""
    found = pattern.finditer(text, start, end)
    passing = _told("passing")
    return [m for m in found if not passing.search(text[max(m.start() - 40, 0) : m.start()])]
