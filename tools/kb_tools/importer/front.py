"""The head of a post by the rules of the three generators: its fields, its dates, its body."""

from __future__ import annotations

import email.utils
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, NamedTuple

from kb import ledger

# hexo-front-matter 4: dashes or semicolons before and behind, or behind alone; Hugo: `+++`.
_FENCED = re.compile(
    r"\A\s*?(?P<mark>-{3,}|;{3,}|\+{3})[ \t]*\n(?P<head>.*?)^(?P=mark)[ \t]*(?:\n|\Z)", re.S | re.M
)
_OPEN = re.compile(r"\A(?P<head>[^\n:]+:.*?)^(?P<mark>-{3,}|;{3,})[ \t]*(?:\n|\Z)", re.S | re.M)
# An open head has one of these: else it is a text that goes on behind a rule.
_FIELDS = frozenset(("title", "date", "layout", "tags", "categories", "permalink"))
_DATE = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[T\s]+(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.\d+)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[-+]\d{2}:?\d{2})?)?(?:\s*\([^)]*\))?"
)
_LIMITS = {"month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 59), "second": (0, 60)}


class Front(NamedTuple):
    """A post's fields, its text, and the number of the text's first line in the file."""

    meta: dict[str, Any]
    body: str
    first_line: int


class Unreadable(Exception):
    """A head that cannot be read: its line and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


def read(text: str) -> Front:
    """Split a post; text without a head has no fields. Raises Unreadable."""
    fenced = _FENCED.match(text)
    found = fenced or _OPEN.match(text)
    if not found:
        return Front({}, text, 1)
    before = text.count("\n", 0, found.start("head"))
    try:
        meta = _fields(found["head"], found["mark"][0])
    except Unreadable as fault:
        if not fenced:
            return Front({}, text, 1)
        raise Unreadable(fault.line + before, str(fault)) from None
    if not fenced and not _FIELDS & meta.keys():
        return Front({}, text, 1)
    return Front(meta, text[found.end() :], text.count("\n", 0, found.end()) + 1)


def _fields(head: str, mark: str) -> dict[str, Any]:
    """The fields of JSON, TOML or YAML, as the mark says."""
    try:
        if mark == "+":
            return tomllib.loads(head)
        if mark == ";":
            return dict(json.loads(f"{{{head.strip().rstrip(',')}}}"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise Unreadable(line, f"the front matter cannot be read: {error}") from None
    blanks = re.sub(r"(?m)^\t+", lambda tabs: "  " * len(tabs[0]), head)
    found = ledger.load(blanks, "", rule="legacy-front-matter")
    if found.findings:
        first = found.findings[0]
        raise Unreadable(first.line, f"the front matter is not valid YAML: {first.message}")
    if not isinstance(found.data, dict | None):
        raise Unreadable(1, "the front matter has no keys and values")
    return {str(key): value for key, value in (found.data or {}).items()}


def when(value: Any, site: tzinfo | None) -> date | datetime | None:
    """A date as it is shown in the blog's zone; None for what is none.

    As in Hexo 24:00 is the next day and 30 February 2 March.
    """
    if isinstance(value, datetime):
        return _local(value, site)
    if isinstance(value, date):
        return value
    found = _DATE.fullmatch(str(value).strip())
    if not found:
        try:
            return _local(email.utils.parsedate_to_datetime(str(value)), site)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    given = found.groupdict()
    part = {key: int(given[key]) for key in _LIMITS if given[key]}
    if not all(low <= part.get(key, low) <= high for key, (low, high) in _LIMITS.items()):
        return None
    try:
        start = datetime(int(found["year"]), part["month"], 1) + timedelta(days=part["day"] - 1)
        if found["hour"] is None:
            return start.date()
        start += timedelta(
            hours=part["hour"], minutes=part["minute"], seconds=part.get("second", 0)
        )
        return _local(start.replace(tzinfo=_zone(found["zone"])), site)
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> tzinfo | None:
    if not text or text[0] not in "+-":
        return UTC if text else None
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1))


def _local(moment: datetime, site: tzinfo | None) -> datetime:
    """A moment by the clock on the blog's wall, or as written where the blog names no zone."""
    return (moment.astimezone(site) if moment.tzinfo and site else moment).replace(tzinfo=None)


def words(value: Any) -> Iterator[str]:
    """A list of words, given as a list, as lists in a list, or in one text with commas."""
    if isinstance(value, list):
        for item in value:
            yield from words(item)
    elif value is not None:
        yield from (word.strip() for word in re.split(r"[,，]", str(value)) if word.strip())
