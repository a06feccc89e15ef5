"""The one clock: the day that a build or check is made for. Nothing else reads the calendar."""

import contextlib
import datetime
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Literal, NamedTuple

from kb.finding import Finding, InputError, many
from kb.ledger import Key, Ledger, walk

VARIABLE = "KB_AS_OF"
State = Literal["current", "due", "expired"]

# Fields of ledgers and front matter that name days which had come when they were written down.
_WRITTEN = frozenset({"as_of", "captured", "checked", "date", "name", "since"})
_DAY = re.compile(r"\d{4}(?:-\d\d){0,2}")


class Newest(NamedTuple):
    """The newest day that the project itself says has come, and where it says so."""

    day: date = date.min
    path: str = ""
    line: int = 1


class Due(NamedTuple):
    """What wants doing, and for how many days it has; 0 where no day was set."""

    days: int
    finding: Finding


class Term(NamedTuple):
    """How long a statement counts which held on the day `since`."""

    since: date
    ttl_days: int

    @property
    def due_on(self) -> date:
        """The first day on which it wants checking again."""
        return _later(self.since, self.ttl_days + 1)

    @property
    def expires_on(self) -> date:
        """The first day on which nobody knows any more whether it holds."""
        return _later(self.since, 2 * self.ttl_days + 1)

    def state(self, today: date) -> State:
        """Whether it is within its time to live, past it, or past twice of it."""
        late = self.overdue(today)
        return "current" if late < 1 else "due" if late <= self.ttl_days else "expired"

    def overdue(self, today: date) -> int:
        """For how many days it has been past its time to live; 1 on the day that it is due."""
        return (today - self.since).days - self.ttl_days

    def due(
        self, today: date, rules: tuple[str, str], name: str, hint: str, ledger: Ledger, key: Key
    ) -> Iterator[Due]:
        """What there is to say of a thing past its time, or twice of it; its day is at `key`."""
        late = self.overdue(today)
        if late > 0:
            rule = rules[late > self.ttl_days]
            age = many(late + self.ttl_days, "day")
            told = f"{many(late, 'day')} overdue ({age} old, of {self.ttl_days})"
            yield Due(late, ledger.finding(rule, f"'{name}' is {told}", *key, hint=hint))


def now() -> float:
    """The seconds of the web's clock, for answers that are remembered; no page depends on it."""
    return time.time()


def asked(environment: Mapping[str, str]) -> date:
    """The day that $KB_AS_OF names, or the calendar's; InputError when it names none."""
    text = environment.get(VARIABLE, "")
    if not text:
        return datetime.date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{VARIABLE} is no day like 2026-11-23: {text!r}") from None


def check(asked: date, newest: Newest) -> list[Finding]:
    """A clock that is behind what is written, or a date that is ahead: nobody can tell which."""
    if newest.day <= asked:
        return []
    message = f"{newest.day} is still to come on {asked}, and counts as today"
    return [Finding(newest.path, newest.line, "clock-behind", message)]


def newest(ledgers: Iterable[Ledger]) -> Newest:
    """The newest day that ledgers or front matter name as come, at the first place that does.

    What a value says does not count: it may be the day on which something will end.
    """
    found = Newest()
    for ledger in ledgers:
        for key, text in walk(ledger.data):
            written = key[-1:] and key[-1] in _WRITTEN and "value" not in key[:-1]
            if not written or not isinstance(text, str) or not _DAY.fullmatch(text):
                continue
            with contextlib.suppress(ValueError):  # no day of the calendar
                if (come := first_day(text)) > found.day:
                    found = Newest(come, ledger.path, ledger.line(*key))
    return found


def first_day(text: str) -> date:
    """The first day of a day, month or year; ValueError when the calendar has no such day."""
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def past(
    until: str, today: date, rule: str, name: str, path: str, line: int, hint: str = ""
) -> Iterator[Due]:
    """What there is to say of an entry for `name` at its place, once the day `until` is over."""
    late = (today - first_day(until)).days if until else 0
    if late > 0:
        message = f"'{name}' is {many(late, 'day')} overdue (until {until})"
        yield Due(late, Finding(path, line, rule, message, hint))


def _later(since: date, count: int) -> date:
    return date.fromordinal(min(since.toordinal() + count, date.max.toordinal()))
