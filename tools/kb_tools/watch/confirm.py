"""Moving a fact's dates forward where a source says so: never its value, and nothing else.

The ledger is written line by line, so that what people wrote stays as they wrote it; the result is
read again and has to be what was meant.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kb import ledger
from kb.facts import entries
from kb.facts.entries import Fact, Facts
from kb.finding import InputError
from kb.ledger import Ledger
from kb.nearest import hint
from kb_tools.watch.visit import Reading, states

_DAY = r"([\"']?)\d{4}-\d\d-\d\d\2"  # as a ledger may write it
_ROOM = 200  # characters around a value that a reviewer is shown


class Seen(NamedTuple):
    """A source of a fact as it was seen: on which day, and what else it said, if it did."""

    fact: str
    source: str
    day: str
    other: str = ""
    note: str = ""
    words: str = ""

    def entry(self) -> dict[str, str]:
        """What the ledger holds of it."""
        held = {"date": self.day, "other": self.other, "note": self.note}
        return {key: value for key, value in held.items() if value}


def from_history(known: Facts, held: Iterable[Reading]) -> list[Seen]:
    """What the visits confirm, and what they contradict for longer than a day.

    Sources that contradict each other confirm nothing: that is for a person to decide.
    """
    found = []
    for state in states(known, held):
        others = {each.source: each for each in state.saying("says-other") if each.lasts}
        for each in others.values():
            found.append(_seen(each))
        disputed = bool(state.saying("says-other"))
        best = {each.source: each for each in reversed(state.saying("says"))}
        if not disputed:
            found += [_seen(each) for each in best.values()]
    return [each for each in found if _is_news(known.facts[each.fact], each)]


def _seen(each: Reading) -> Seen:
    return Seen(each.fact, each.source, each.day, each.other, words=each.words[:_ROOM])


def _is_news(fact: Fact, seen: Seen) -> bool:
    held = fact.seen.get(seen.source)
    return held is None or (held.date, held.other) < (seen.day, "") or held.other != seen.other


def by_hand(known: Facts, fact: str, source: str, day: str, note: str) -> Seen:
    """What a person saw; InputError for a name that the ledger does not have."""
    if fact not in known.facts:
        raise InputError(f"there is no fact '{fact}'{_or(fact, known.facts)}")
    sources = [each.id for each in known.facts[fact].sources]
    if source not in sources:
        raise InputError(f"'{source}' is no source of '{fact}': {', '.join(sources)}")
    if "unknown" in known.facts[fact].value:
        raise InputError(f"'{fact}' says that nothing is known: there is no value to confirm")
    return Seen(fact, source, day, note=" ".join(note.split()))


def _or(name: str, names: Iterable[str]) -> str:
    near = hint(name, names)
    return f" ({near})" if near else ""


def apply(held: Ledger, text: str, seen: Iterable[Seen]) -> str:
    """The ledger's text with these dates; InputError where its form leaves no line to change."""
    meant = copy.deepcopy(held.data)
    places = {fact["id"]: at for at, fact in enumerate(meant["facts"])}
    for each in seen:
        at = places[each.fact]
        fact = meant["facts"][at]
        as_of = fact["as_of"]
        old = fact.setdefault("seen", {}).get(each.source, {})
        each = each._replace(note=each.note or old.get("note", ""))
        fact["seen"][each.source] = each.entry()
        if not each.other and each.day > as_of:
            fact["as_of"] = each.day
        text = _written(text, held.path, at, each, fact["as_of"])
        again = ledger.load(text, held.path, entries.LEDGER)
        if again.findings or again.data != meant:
            line = held.line("facts", at, "as_of")
            raise InputError(
                f"{held.path}:{line}: '{each.fact}' is written in a form that cannot be changed "
                f"line by line; write by hand: as_of: {fact['as_of']}, "
                f"seen: {{{each.source}: {_flow(each)}}}"
            )
    return text


def _written(text: str, path: str, at: int, seen: Seen, as_of: str) -> str:
    """One entry written: the line of `as_of`, and one below `seen`."""
    lines = text.split("\n")
    now = ledger.load(text, path, entries.LEDGER)
    key = ("facts", at)
    dated = now.line(*key, "as_of") - 1
    lines[dated] = re.sub(rf"(as_of:\s*){_DAY}", rf"\g<1>{as_of}", lines[dated], count=1)
    indent = re.match(r"[ -]*", lines[dated])
    margin = " " * len(indent[0] if indent else "")
    entry = f"{margin}  {seen.source}: {_flow(seen)}"
    held: Mapping[str, Any] = now.data["facts"][at].get("seen", {})
    if seen.source in held and seen.entry() == {**held[seen.source], "date": seen.day}:
        there = now.line(*key, "seen", seen.source, "date") - 1
        begin = rf"(\b{re.escape(seen.source)}:.*?\bdate:\s*|^\s*date:\s*)"
        lines[there] = re.sub(rf"{begin}{_DAY}", rf"\g<1>{seen.day}", lines[there], count=1)
    elif seen.source in held:
        there = now.line(*key, "seen", seen.source) - 1
        told = re.search(r"\}(\s+#.*)$", lines[there])
        lines[there] = entry + (told[1] if told else "")
    elif held:
        there = now.line(*key, "seen", next(iter(held))) - 1
        flow = lines[there].replace("seen: {", f"seen: {{{seen.source}: {_flow(seen)}, ", 1)
        lines[there : there + (flow != lines[there])] = [entry if flow == lines[there] else flow]
    else:
        lines[dated + 1 : dated + 1] = [f"{margin}seen:", entry]
    return "\n".join(lines)


def _flow(seen: Seen) -> str:
    """An entry in one line; a text in the quotes of JSON, which YAML reads alike."""
    parts = [
        f"{key}: {value if key == 'date' else json.dumps(value, ensure_ascii=False)}"
        for key, value in seen.entry().items()
    ]
    return "{" + ", ".join(parts) + "}"


def table(known: Facts, seen: Iterable[Seen]) -> str:
    """What a reviewer reads, in Markdown: each date before and after, or the value said instead."""
    rows = []
    for each in sorted(seen, key=lambda each: (not each.other, each.fact, each.source)):
        fact = known.facts[each.fact]
        link = next(source.link() for source in fact.sources if source.id == each.source)
        source = f"[{each.source}]({link})" if link else each.source
        value = entries.say(fact.value, [*fact.label][-1])
        said = f"{_cell(value)} → {_cell(each.other)}" if each.other else _cell(value)
        day = "stays" if each.other or each.day <= fact.as_of else each.day
        cells = (each.fact, said, fact.as_of, day, source, _cell(each.words or each.note))
        rows.append(f"| {' | '.join(cells)} |")
    if not rows:
        return ""
    head = ["| fact | value | as of | becomes | source | its words |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def _cell(text: str) -> str:
    """A page's words as code: there no Markdown, HTML, address, mention or formula is read."""
    shown = "".join(filter(str.isprintable, " ".join(text.split())))
    return f"`{shown.replace('`', 'ˋ').replace('|', '¦')}`" if shown else ""
