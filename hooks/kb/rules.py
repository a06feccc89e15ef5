"""The table of rules: the identity of every check, from rules.yml."""

from __future__ import annotations

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
    """A check's identity; `zh` are its words in Chinese, `example` a line that it finds."""

    severity: Severity
    meaning: str
    fix: str
    example: str = ""
    zh: Texts | None = None


def read(text: str) -> dict[str, Rule]:
    """The rules of a table by id; ValueError names the rule that is not in order."""
    table = yaml.load(text, yaml.CSafeLoader)
    names = [name for name, colon, _ in (line.partition(":") for line in text.split("\n")) if colon]
    if twice := [name for name in table if names.count(name) > 1]:
        raise ValueError(f"rules.yml: {twice[0]}: is given twice")
    return {name: _rule(name, **fields) for name, fields in table.items()}


def _rule(name: str, **fields: Any) -> Rule:
    words = [fields[key] for key in ("meaning", "fix", "example") if key in fields]
    try:
        rule = Rule(**{**fields, "zh": Texts(**fields["zh"]) if "zh" in fields else None})
    except TypeError as error:
        raise ValueError(f"rules.yml: {name}: {error}") from None
    if rule.severity not in ("error", "warning"):
        raise ValueError(f"rules.yml: {name}: severity is error or warning")
    if not all(isinstance(word, str) and word for word in [*words, *(rule.zh or ())]):
        raise ValueError(f"rules.yml: {name}: its words are no text")
    return rule


RULES = read(TABLE.read_text("utf-8"))
