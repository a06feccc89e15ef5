"""The head of a post by the rules of the three generators: its fields, its dates, its body."""

from __future__ import annotations

import email.utils
import json
import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from kb import ledger
from kb.finding import Finding, InputError

# hexo-front-matter 4: dashes or semicolons before and behind, or behind alone; Hugo: `+++`.
_FENCED = re.compile(
    r"\A\s*?(?P<mark>-{3,}|;{3,}|\+{3})[ \t]*\n(?P<head>.*?)^(?P=mark)[ \t]*(?:\n|\Z)", re.S | re.M
)
_OPEN = re.compile(r"\A(?P<head>[^\n:]+:.*?)^(?P<mark>-{3,}|;{3,})[ \t]*(?:\n|\Z)", re.S | re.M)
# An open head has one of these: else it is a text that goes on behind a rule.
_FIELDS = frozenset(("title", "date", "layout", "tags", "categories", "permalink"))
_DATE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](0?[1-9]|[12]\d|3[01])"
    r"(?:[T\s]+([01]?\d|2[0-4]):([0-5]?\d)(?::([0-5]?\d|60)(?:\.\d+)?)?"
    r"\s*(Z|UTC|GMT|[-+]\d{2}:?\d{2})?)?(?:\s*\([^)]*\))?"
)


class Front(NamedTuple):
    """A post's fields, its text, and the number of the text's first line in the file."""

    meta: dict[str, Any]
    body: str
    first_line: int


def read(text: str, path: str) -> Front:
    """Split a post; text without a head has no fields. InputError for a head that is none."""
    fenced = _FENCED.match(text)
    if found := fenced or _OPEN.match(text):
        try:
            before = text.count("\n", 0, found.start("head"))
            meta = _fields(found["head"], found["mark"][0], path, before)
        except InputError:
            if fenced:
                raise
            meta = {}
        if fenced or _FIELDS & meta.keys():
            return Front(meta, text[found.end() :], text.count("\n", 0, found.end()) + 1)
    return Front({}, text, 1)


def _fields(head: str, mark: str, path: str, before: int) -> dict[str, Any]:
    """The fields of JSON, TOML or YAML, as the mark says; `before` lines stand above them."""

    def fault(line: int, why: str) -> InputError:
        return InputError(Finding(path, before + line, "legacy-front-matter", why))

    try:
        if mark == "+":
            return tomllib.loads(head)
        if mark == ";":
            return dict(json.loads(f"{{{head.strip().rstrip(',')}}}"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise fault(line, f"the front matter cannot be read: {error}") from None
    blanks = re.sub(r"(?m)^\t+", lambda tabs: "  " * len(tabs[0]), head)
    found = ledger.load(blanks, "", rule="legacy-front-matter")
    if found.findings:
        first = found.findings[0]
        raise fault(first.line, f"the front matter is not valid YAML: {first.message}")
    if not isinstance(found.data, dict | None):
        raise fault(1, "the front matter has no keys and values")
    return {str(key): value for key, value in (found.data or {}).items()}


def when(value: Any, site: tzinfo | None) -> date | datetime | None:
    """A date by the clock on the wall of the blog, as written where the blog names no zone.

    None for what is none. As in Hexo 24:00 is the next day and 30 February 2 March.
    """
    found = _DATE.fullmatch(str(value).strip())
    try:
        if not found:
            moment = email.utils.parsedate_to_datetime(str(value))
        else:
            day, hour, minute, second = (int(part or 0) for part in found.group(3, 4, 5, 6))
            passed = timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)
            moment = datetime(int(found[1]), int(found[2]), 1) + passed
            if not found[4]:
                return moment.date()
            if zone := found[7]:
                zone = "Z" if zone.isalpha() else zone
                moment = moment.replace(tzinfo=datetime.strptime(zone, "%z").tzinfo)
        return (moment.astimezone(site) if moment.tzinfo and site else moment).replace(tzinfo=None)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def words(value: Any) -> Iterator[str]:
    """A list of words, given as a list, as lists in a list, or in one text with commas."""
    if isinstance(value, list):
        for item in value:
            yield from words(item)
    elif value is not None:
        yield from (word.strip() for word in re.split(r"[,，]", str(value)) if word.strip())
