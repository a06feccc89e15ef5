"""Findings as text, JSON lines, SARIF, GitHub annotations, a Markdown summary or JUnit."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

from kb.finding import Finding
from kb.rules import RULES

TEMPLATE = "template"
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SHOWN = 50  # rows of the Markdown summary: GitHub cuts off a long one


class Located(NamedTuple):
    """A finding with its place in the built page; `pages`: so many have the template's fault.

    `source` is the Markdown that the reference came from, "template" when it came from none of
    the known, "" when none is known. A finding of a source check has its own place alone.
    """

    finding: Finding
    url: str = ""
    file: str = ""  # in the site, from the project root
    line: int = 0
    col: int = 0
    pages: int = 1
    source: str = ""
    verdict: str = "broken"

    @property
    def mapped(self) -> bool:
        """Whether the finding names the Markdown of a built page."""
        return self.source not in ("", TEMPLATE)


def text(items: Iterable[Located]) -> str:
    """One finding a line, its hint below."""
    return "".join(f"{item.finding}\n" for item in items)


def json_lines(items: Iterable[Located]) -> str:
    """One JSON object a line; `source` and `source_line` are the Markdown's place."""
    return "".join(json.dumps(_record(item), ensure_ascii=False) + "\n" for item in items)


def _record(item: Located) -> dict[str, Any]:
    finding = item.finding
    built = bool(item.file)
    return {
        "file": item.file or finding.path,
        "line": item.line if built else finding.line,
        "col": item.col if built else finding.col,
        "url": item.url,
        "rule": finding.rule,
        "severity": finding.severity,
        "verdict": item.verdict,
        "message": finding.message,
        "hint": finding.hint,
        "pages": item.pages,
        "source": item.source,
        "source_line": finding.line if item.mapped else 0,
    }


def sarif(items: Iterable[Located]) -> str:
    """A SARIF 2.1.0 log, as code scanning services read it."""
    rules = sorted(RULES)
    log = {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "kb", "rules": [_sarif_rule(rule) for rule in rules]}},
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(item, rules) for item in items],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _sarif_rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "shortDescription": {"text": rule.meaning},
        "help": {"text": rule.fix},
        "defaultConfiguration": {"level": rule.severity},
    }


def _sarif_result(item: Located, rules: Sequence[str]) -> dict[str, Any]:
    finding = item.finding
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": finding.severity,
        "message": {"text": _words(finding)},
        "locations": [_sarif_place(finding.path, finding.line, finding.col)],
    }
    if item.mapped:
        built = _sarif_place(item.file, item.line, item.col)
        result["relatedLocations"] = [{**built, "message": {"text": "in the built page"}}]
    return result


def _sarif_place(path: str, line: int, col: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(path)}}
    if line:
        place["region"] = {"startLine": line, **({"startColumn": col} if col else {})}
    return {"physicalLocation": place}


def _words(finding: Finding) -> str:
    return f"{finding.message} ({finding.hint})" if finding.hint else finding.message


def github(items: Iterable[Located]) -> str:
    """Workflow commands that GitHub shows beside the lines of a change."""
    return "".join(_annotation(item.finding) for item in items)


def _annotation(finding: Finding) -> str:
    place = {"file": finding.path, "line": finding.line, "col": finding.col, "title": finding.rule}
    given = ",".join(f"{name}={_property(str(value))}" for name, value in place.items() if value)
    message = _data(f"{finding.message} [{finding.rule}]")
    hint = _data(f"\n{finding.hint}") if finding.hint else ""
    return f"::{finding.severity} {given}::{message}{hint}\n"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def markdown(items: Sequence[Located]) -> str:
    """A summary for people: how many of which rule, then the findings in a table."""
    if not items:
        return "No findings.\n"
    severity = Counter(item.finding.severity for item in items)
    told = " and ".join(
        f"{severity[name]} {name}{'s' if severity[name] > 1 else ''}"
        for name in ("error", "warning")
        if severity[name]
    )
    rules = Counter(item.finding.rule for item in items)
    lines = [f"**{told}**", "", "| rule | findings | how to put it right |", "|---|--:|---|"]
    lines += [f"| `{rule}` | {n} | {_cell(RULES[rule].fix)} |" for rule, n in rules.most_common()]
    lines += ["", "| where | what |", "|---|---|"]
    for item in items[:_SHOWN]:
        found = item.finding
        lines.append(f"| `{_code(f'{found.path}:{found.line}')}` | {_cell(_words(found))} |")
    if len(items) > _SHOWN:
        lines += ["", f"… and {len(items) - _SHOWN} more."]
    return "\n".join(lines) + "\n"


def _cell(value: str) -> str:
    # What a page's author wrote must not become markup of the summary.
    for char in "\\`*_[]<>|":
        value = value.replace(char, f"\\{char}")
    return " ".join(value.split())


def _code(value: str) -> str:
    return " ".join(value.replace("`", "'").replace("|", "\\|").split())


def junit(items: Sequence[Located]) -> str:
    """One failed test case a finding, for servers that show test results."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuite name="kb" tests="{len(items)}" failures="{len(items)}">')
    for item in items:
        found = item.finding
        name = _xml(f"{found.path}:{found.line}")
        lines.append(f'  <testcase classname="{_xml(found.rule)}" name="{name}">')
        lines.append(f'    <failure message="{_xml(found.message)}">{_xml(str(found))}</failure>')
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>"]) + "\n"


def _xml(value: str) -> str:
    # XML has no way to write most control characters.
    return escape("".join(char if char >= " " or char in "\t\n" else "\ufffd" for char in value))


FORMATS: dict[str, Callable[[Sequence[Located]], str]] = {
    "text": text,
    "json": json_lines,
    "sarif": sarif,
    "github": github,
    "markdown": markdown,
    "junit": junit,
}
