"""The table of rules: the identity of every check, from rules.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

Severity = Literal["error", "warning"]
TABLE = Path(__file__).with_suffix(".yml")


class Texts(NamedTuple):
    """What a rule means in one line, and how to put it right."""

    meaning: str
    fix: str


class Rule(NamedTuple):
    """A check's identity; `told` are its words in other languages, `example` a line it finds."""

    severity: Severity
    meaning: str
    fix: str
    example: str = ""
    told: Mapping[str, Texts] = {}


def read(text: str) -> tuple[str, dict[str, Rule]]:
    """A table's own language and its rules by id; ValueError names what is not in order."""
    table = yaml.load(text, yaml.CSafeLoader)
    names = [name for name, colon, _ in (line.partition(":") for line in text.split("\n")) if colon]
    if twice := [name for name in table if names.count(name) > 1]:
        raise ValueError(f"rules.yml: {twice[0]}: is given twice")
    language = table.pop("language", "")
    return language, {name: _rule(name, **fields) for name, fields in table.items()}


def _rule(name: str, **fields: Any) -> Rule:
    words = [fields[key] for key in ("meaning", "fix", "example") if key in fields]
    try:
        told = {key: Texts(**held) for key, held in fields.items() if isinstance(held, dict)}
        rule = Rule(**{key: held for key, held in fields.items() if key not in told}, told=told)
    except TypeError as error:
        raise ValueError(f"rules.yml: {name}: {error}") from None
    if rule.severity not in ("error", "warning"):
        raise ValueError(f"rules.yml: {name}: severity is error or warning")
    if not all(
        isinstance(word, str) and word
        for word in [*words, *(word for texts in told.values() for word in texts)]
    ):
        raise ValueError(f"rules.yml: {name}: its words are no text")
    return rule


def page(name: str) -> str:
    """The address of a rule's page, from the site's root."""
    return f"rules/{name}/"


def place(name: str) -> str:
    """Where the table explains a rule, as an editor opens it: `hooks/kb/rules.yml:41`."""
    here = Path.cwd()
    table = TABLE.relative_to(here) if TABLE.is_relative_to(here) else TABLE
    return f"{table}:{_LINES.index(f'{name}:') + 1}"


_LINES = TABLE.read_text("utf-8").split("\n")
LANGUAGE, RULES = read("\n".join(_LINES))
