"""Ledgers: YAML that people edit, read with the line of every value, checked by a JSON schema.

Read is what YAML 1.2's core schema calls null, booleans and decimal numbers; all else is text:
dates, `no`, `12:30`. A key is the text that stands there. Aliases, anchors and tags are refused.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from kb import nearest
from kb.finding import Finding

if TYPE_CHECKING:
    import jsonschema
    from jsonschema import ValidationError

Key = tuple[str | int, ...]
SCHEMAS = Path(__file__).parent / "schemas"
DEPTH = 40  # levels of nesting
_ABSENT = "there is no such file"
DIGITS = 18  # of a number
_SHOWN = 200  # characters of a schema's message: it may repeat the whole value

_WORDS = dict.fromkeys(("", "~", "null", "Null", "NULL")) | {
    word: value
    for name, value in (("true", True), ("false", False))
    for word in (name, name.title(), name.upper())
}
_NUMBER = re.compile(
    r"[-+]?(?:[0-9]+|(?P<float>(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?))"
)
_MERGE = re.compile(r"(?m)^(?:<{7} |={7}$|>{7} )")
# Those of YAML, and what YAML takes for the end of a line but no editor does.
_UNPRINTABLE = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


class Ledger(NamedTuple):
    """Plain data, the line of each value by its key path (`(0, "was", "at")`), what is wrong."""

    path: str
    data: Any = None
    lines: Mapping[Key, int] = {}
    findings: tuple[Finding, ...] = ()
    text: str = ""  # of the file

    @property
    def absent(self) -> bool:
        """Whether there is no such file."""
        return [found.message for found in self.findings] == [_ABSENT]

    def line(self, *key: str | int) -> int:
        """The line of the value at `key`, or of the nearest part of it that exists."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    @property
    def sound(self) -> Any:
        """The data of a ledger without findings; of another nothing is concluded: None."""
        return None if self.findings else self.data

    def finding(self, rule: str, message: str, *key: str | int, hint: str = "") -> Finding:
        """What is wrong with the value at `key`."""
        return Finding(self.path, self.line(*key), rule, message, hint)


EMPTY = Ledger("")


class _Fault(Exception):
    """What cannot be read: the line where it stands, and why."""


def missing(path: str, why: str = _ABSENT) -> Ledger:
    """A ledger that is not there, or holds nothing."""
    hint = "bring it back; one that has nothing to say holds [] or {}"
    return Ledger(path, findings=(Finding(path, 1, "ledger-missing", why, hint),))


def load(
    text: str, path: str, schema: str = "", *, rule: str = "ledger-schema", tagged: bool = False
) -> Ledger:
    """Read a ledger; what is wrong becomes findings of `rule`, data what could be read.

    `path` is only for messages. `schema` names a file of `kb/schemas/` without its ending. With
    `tagged` a tag is passed over, as in the settings of MkDocs. Nothing is raised.
    """
    reader = _Reader(tagged)
    try:
        data = reader.read(text)
    except _Fault as fault:
        line, why = fault.args
        return Ledger(path, findings=(Finding(path, line, rule, why),))
    ledger = Ledger(path, data, reader.lines, text=text)
    if ledger.data is None and rule == "ledger-schema" and schema:
        return missing(path, "it holds nothing")
    found = {Finding(path, line, rule, f"'{name}' is given twice") for line, name in reader.twice}
    if schema:
        errors = _validator(schema).iter_errors(ledger.data)
        found.update(_refused(invalid, ledger, rule) for invalid in errors)
    return ledger._replace(findings=tuple(sorted(found)))


def walk(value: Any, key: Key = ()) -> Iterator[tuple[Key, Any]]:
    """A value and all that it holds, with their key paths, in the order of the file."""
    yield key, value
    if isinstance(value, dict | list):
        for part, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from walk(item, (*key, part))


class _Reader:
    """Events -> data and lines. What is nested too deep is refused before Python would give up."""

    def __init__(self, tagged: bool) -> None:
        self.tagged = tagged
        self.lines: dict[Key, int] = {}
        self.twice: list[tuple[int, str]] = []
        self.events: Iterator[Any] = iter(())

    def read(self, text: str) -> Any:
        """What a whole text holds; _Fault where it cannot be read."""
        _shown_whole(text)
        if merge := _MERGE.search(text):
            line = text.count("\n", 0, merge.start()) + 1
            raise _Fault(line, "not valid YAML: a merge that was not finished")
        self.events, data = iter(yaml.parse(text, yaml.CSafeLoader)), None
        try:
            for event in self.events:
                line = event.start_mark.line + 1
                if isinstance(event, yaml.DocumentStartEvent) and self.lines:
                    raise _Fault(line, "a second document begins: one file holds one")
                if isinstance(event, yaml.NodeEvent):
                    data = self._value(event, ())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise _Fault(line, f"not valid YAML: {error.problem}") from None
        return data

    def _value(self, event: Any, key: Key) -> Any:
        """The value that begins with an event, and stands at `key`."""
        line = self._begin(event)
        self.lines.setdefault(key, line)
        if isinstance(event, yaml.ScalarEvent):
            plain = event.implicit[0] or (self.tagged and not event.style)
            return _resolved(event.value, line) if plain else event.value
        if len(key) >= DEPTH:
            raise _Fault(line, f"nested deeper than {DEPTH} levels")
        if isinstance(event, yaml.SequenceStartEvent):
            rows: list[Any] = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                rows.append(self._value(event, (*key, len(rows))))
            return rows
        fields: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = self._begin(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _Fault(line, "a list or mapping is used as a key: put braces in quotes")
            if event.value in fields:
                self.twice.append((line, event.value))
            self.lines[*key, event.value] = line
            fields[event.value] = self._value(next(self.events), (*key, event.value))
        return fields

    def _begin(self, event: Any) -> int:
        """The line of a value or key; _Fault for one of a kind that is not read here."""
        line: int = event.start_mark.line + 1
        if event.anchor is not None:
            raise _Fault(line, f"'{event.anchor}' is an anchor or alias: write the value out")
        if event.tag not in (None, "!") and not self.tagged:
            raise _Fault(line, f"the tag '{event.tag}' is not read here")
        if isinstance(event, yaml.ScalarEvent):
            _shown_whole(event.value, line)  # escapes in double quotes make any character
        return line


def _shown_whole(text: str, line: int = 0) -> None:
    """_Fault for a character that cannot be shown: at its own line, or at the one given."""
    if odd := _UNPRINTABLE.search(text):
        line = line or text.count("\n", 0, odd.start()) + 1
        raise _Fault(line, f"not valid YAML: the character U+{ord(odd[0]):04X} cannot be shown")


def _resolved(text: str, line: int) -> Any:
    """What a plain scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if not number:
        return text
    value = float(text) if number["float"] or len(text) > DIGITS else int(text)
    if len(text) > DIGITS or not math.isfinite(value):
        raise _Fault(
            line, f"a number of more than {DIGITS} digits: put it in quotes if it is a name"
        )
    return value


@cache
def _validator(schema: str) -> "jsonschema.Draft202012Validator":
    import jsonschema  # costs 25 ms, and `kb links` reads no ledger on most sites

    def matches(_: Any, pattern: str, value: Any, __: Any) -> "Iterator[ValidationError]":
        if isinstance(value, str) and not _ecmascript(pattern).search(value):
            yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")

    def once_per(_: Any, field: str, rows: Any, __: Any) -> "Iterator[ValidationError]":
        listed = enumerate(rows if isinstance(rows, list) else ())
        names = [
            (at, str(name))
            for at, row in listed
            if isinstance(row, dict) and field in row
            for name in (row[field] if isinstance(row[field], list) else [row[field]])
        ]
        firsts = {name: at for at, name in reversed(names)}
        for at, name in names:
            if firsts[name] != at:
                yield jsonschema.ValidationError(f"'{name}' is listed twice", path=[at, field])

    plain = jsonschema.Draft202012Validator
    # To JSON Schema 1e3 is an integer; to whoever counts days with it, it is none.
    types = plain.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    words = {"pattern": matches, "oncePer": once_per}  # the second is our own
    ours = jsonschema.validators.extend(plain, words, type_checker=types)  # type: ignore[no-untyped-call]
    text = (SCHEMAS / f"{schema}.schema.json").read_text("utf-8")
    days = jsonschema.FormatChecker(["date"])
    made: jsonschema.Draft202012Validator = ours(json.loads(text), format_checker=days)
    return made


@cache
def _ecmascript(pattern: str) -> re.Pattern[str]:
    """A schema's pattern as JSON Schema reads it: `$` is the very end, a digit is one of ASCII."""
    return re.compile(pattern.replace("$", r"\Z").replace(r"\d", "[0-9]"))


def _refused(error: "ValidationError", ledger: Ledger, rule: str) -> Finding:
    """What a schema refuses, at its line, in its own `errorMessage` if it has one; the nearest."""
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    where = ".".join(str(part) for part in error.absolute_path)
    said = schema.get("errorMessage", {}).get(error.validator, error.message)
    said = said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
    instance: Any = error.instance
    known, odd = schema.get("enum", ()), [str(instance)]
    if error.validator == "additionalProperties":
        known = schema.get("properties", ())
        odd = [name for name in instance if name not in known]
    line = ledger.line(*error.absolute_path, odd[0])
    hint = nearest.hint(odd[0], map(str, known)) if known else ""
    return Finding(ledger.path, line, rule, f"{where}: {said}" if where else said, hint)
