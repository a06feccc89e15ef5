"""One visit to a source for the facts that name it, and what all visits together say of a fact."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from kb.facts import entries
from kb.facts.entries import Fact, Facts
from kb.finding import Finding
from kb.ledger import Ledger
from kb.web.address import spelling
from kb_tools.watch import judge, reading
from kb_tools.watch.judge import Answer, Wanted
from kb_tools.web import verdict
from kb_tools.web.verdict import Facts as Fetched

DAY = 86400.0  # seconds; what a second visit says a day later is no chance
_LEAST = 200  # characters of a page that says anything


class Target(NamedTuple):
    """A fact that a page may confirm: `asked` tells when the value or its words have changed."""

    source: str
    wanted: Wanted
    asked: str


class Reading(NamedTuple):
    """What a page said of a fact at the last visit, and since which visit it has."""

    fact: str
    source: str
    url: str
    asked: str
    visited: float
    checked: float  # the last visit that could read it
    since: float  # the first of those that found the same
    answer: Answer
    words: str = ""
    other: str = ""

    @property
    def day(self) -> str:
        """The day of the visit (UTC)."""
        return datetime.datetime.fromtimestamp(self.checked, datetime.UTC).date().isoformat()

    @property
    def lasts(self) -> bool:
        """Whether a later visit, a day or more after, found the same."""
        return self.checked - self.since >= DAY

    def after(self, known: Reading | None) -> Reading:
        """This reading behind an earlier one: the same answer has stood since then, and what could
        not be read this time stays as it was."""
        if known and self.answer == "unread" != known.answer and known.asked == self.asked:
            return known._replace(visited=self.visited)
        same = known and (known.asked, known.answer, known.other) == (
            self.asked,
            self.answer,
            self.other,
        )
        return self._replace(since=known.since) if known and same else self


def targets(known: Facts) -> dict[str, list[Target]]:
    """Page address -> the facts that it may confirm. What is unknown has nothing to confirm."""
    found: dict[str, list[Target]] = {}
    named = judge.named(known.facts.values())
    for fact in known.facts.values():
        if "unknown" in fact.value:
            continue
        for source in fact.sources:
            wanted = judge.wanted(fact, source.id, named)
            addresses = [source.url] if isinstance(source.url, str) else source.url.values()
            for url in dict.fromkeys(filter(None, addresses)):
                target = Target(source.id, wanted, _asked(wanted))
                found.setdefault(spelling(url), []).append(target)
    return found


def _asked(wanted: Wanted) -> str:
    told = (wanted.fact.value, wanted.says, wanted.names, sorted(wanted.needed))
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]


def is_fresh(held: Iterable[Reading], wanted: Iterable[Target], now: float) -> bool:
    """Whether all that a page may confirm was looked for within a day."""
    fresh = {(r.fact, r.source, r.asked) for r in held if 0 <= now - r.visited < DAY}
    return all((each.wanted.fact.id, each.source, each.asked) in fresh for each in wanted)


def read(fetched: Fetched, wanted: Sequence[Target], now: float) -> list[Reading]:
    """What a fetched page says of the facts that name it."""
    judged = verdict.judge(fetched)
    unread = judged.detail or judged.reason if judged.answer != "ok" else _unread(fetched)
    gone = judged.answer != "ok" or not fetched.text
    lines = () if gone else (reading.page if fetched.page else reading.plain)(fetched.text)
    found = []
    for target in wanted:
        said = judge.judge(lines, target.wanted, unread)
        fact = target.wanted.fact.id
        found.append(Reading(fact, target.source, fetched.url, target.asked, now, now, now, *said))
    return found


def _unread(fetched: Fetched) -> str:
    """Why a page that is there may not show all that it says; "" when it does."""
    if not fetched.text:
        return "no text that a program can read"
    if verdict.is_shell(fetched):
        return "a script writes the page"
    if fetched.capped:
        return "too long to be read whole"
    return "hardly any text" if fetched.page and fetched.page.length < _LEAST else ""


class State(NamedTuple):
    """What the sources of one fact say, by the last visits; only what was asked as it is today."""

    fact: Fact
    readings: tuple[Reading, ...]

    def saying(self, answer: Answer) -> list[Reading]:
        """The readings with an answer, the latest first."""
        found = [each for each in self.readings if each.answer == answer]
        return sorted(found, key=lambda each: (-each.checked, each.source))


def states(known: Facts, held: Iterable[Reading]) -> list[State]:
    """Each fact with what was read of it."""
    asked = {
        (url, each.wanted.fact.id, each.source): each.asked
        for url, some in targets(known).items()
        for each in some
    }
    mine: dict[str, list[Reading]] = {}
    for each in held:
        if asked.get((each.url, each.fact, each.source)) == each.asked:
            mine.setdefault(each.fact, []).append(each)
    return [State(fact, tuple(mine.get(fact.id, ()))) for fact in known.facts.values()]


def findings(ledger: Ledger, held: Iterable[Reading]) -> list[Finding]:
    """Sources that, at two visits a day apart, said another value than the ledger, or none."""
    found = []
    lines = {fact["id"]: at for at, fact in enumerate((ledger.data or {}).get("facts", ()))}
    for state in states(entries.read(ledger), held):
        fact = state.fact
        line = ledger.line("facts", lines[fact.id], "value")
        says = state.saying("says")
        for each in state.saying("says-other"):
            if not each.lasts or each.source in {s.id for s, _ in fact.contested()}:
                continue
            message = f"'{fact.id}': '{each.source}' says {each.other}, the ledger {_value(fact)}"
            rule = "fact-says-other"
            if says:
                rule = "fact-disagreement"
                message += f", and so does '{says[0].source}'"
            found.append(Finding(ledger.path, line, rule, message, f"{each.words} ({each.url})"))
        for each in state.saying("silent"):
            if each.lasts:
                message = f"'{each.source}' no longer says '{fact.id}', {_value(fact)}"
                hint = f"{each.words or 'the value does not stand there'} ({each.url})"
                found.append(Finding(ledger.path, line, "fact-silent", message, hint))
    return sorted(found)


def _value(fact: Fact) -> str:
    return entries.say(fact.value, [*fact.label][-1])


def told(states: Iterable[State], named: Mapping[str, int], due: Iterable[str]) -> list[str]:
    """For `kb status`: what changed, what a machine could confirm, what only a person can; of the
    facts that are due or said otherwise, those that pages name most often first."""
    wanted = set(due)
    groups: dict[str, list[str]] = {"changed": [], "by machine": [], "by hand": []}
    for state in sorted(states, key=lambda state: (-named.get(state.fact.id, 0), state.fact.id)):
        name, others, says = state.fact.id, state.saying("says-other"), state.saying("says")
        if others:
            hint = "" if others[0].lasts else " (one visit so far)"
            line = f"{name}: {_value(state.fact)} → {others[0].other} at {others[0].source}{hint}"
            groups["changed"].append(line)
        elif name in wanted and says and says[0].day > state.fact.as_of:
            groups["by machine"].append(f"{name}: seen on {says[0].day} at {says[0].source}")
        elif name in wanted:
            why = [f"{r.source}: {r.words or r.answer}" for r in state.readings]
            groups["by hand"].append(f"{name}: {'; '.join(why) or 'no source was visited'}")
    heads = {
        "changed": "sources that say otherwise; decide, and change the ledger:",
        "by machine": "to confirm with `kb confirm --from-history --fix`:",
        "by hand": "to open in a browser, then `kb confirm FACT --source … --seen …`:",
    }
    return [
        line
        for name, lines in groups.items()
        if lines
        for line in (heads[name], *(f"  {each}" for each in lines))
    ]
