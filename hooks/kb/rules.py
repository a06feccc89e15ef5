"""The table of rules: the identity of every check, from rules.yml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from kb.data import beside

Severity = Literal["error", "warning"]
TABLE = Path(__file__).with_suffix(".yml")


class Rule(NamedTuple):
    """A check's identity; `told` is the same in other languages, `example` a line it finds."""

    severity: Severity
    meaning: str
    fix: str
    example: str = ""
    told: Mapping[str, "Rule"] = {}


def _rule(fields: Mapping[str, Any]) -> Rule:
    told = {key: held for key, held in fields.items() if isinstance(held, dict)}
    rule = Rule(**{key: held for key, held in fields.items() if key not in told})
    return rule._replace(told={key: rule._replace(**held) for key, held in told.items()})


def page(name: str) -> str:
    """The address of a rule's page, from the site's root."""
    return f"rules/{name}/"


def place(name: str) -> str:
    """Where the table explains a rule, as an editor opens it: `hooks/kb/rules.yml:41`."""
    return _places(Path.cwd())[name]


@cache
def _places(here: Path) -> dict[str, str]:
    table = TABLE.relative_to(here) if TABLE.is_relative_to(here) else TABLE
    lines = enumerate(TABLE.read_text("utf-8").splitlines(), 1)
    return {line.removesuffix(":"): f"{table}:{number}" for number, line in lines}


_TABLE = dict(beside(__file__))  # as schemas/rules.schema.json says; a test holds it to that
LANGUAGE: str = _TABLE.pop("language")
RULES = {name: _rule(fields) for name, fields in _TABLE.items()}
