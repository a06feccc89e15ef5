"""Reports of findings: as text, as JSON lines or as GitHub's annotations."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from kb.finding import Finding, Located
from kb.terminal import explained


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
        "helpUri": explained(finding.rule),
    }


def github(items: Iterable[Located]) -> str:
    """Workflow commands that GitHub shows beside the lines of a change."""
    return "".join(_annotation(item.finding) for item in items)


def _annotation(finding: Finding) -> str:
    place = {"file": finding.path, "line": finding.line, "col": finding.col, "title": finding.rule}
    given = ",".join(f"{name}={_property(str(value))}" for name, value in place.items() if value)
    message = _data(f"{finding.message} [{finding.rule}]")
    hint = _data(f"\n{finding.hint}") if finding.hint else ""
    see = _data(f"\n{explained(finding.rule)}")
    return f"::{finding.severity} {given}::{message}{hint}{see}\n"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Callable[[Sequence[Located]], str]] = {
    "text": text,
    "json": json_lines,
    "github": github,
}


def arguments(parser: ArgumentParser) -> None:
    """Add what `write` reads."""
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="of the report")
    parser.add_argument("--out", type=Path, help="write the report to this file")
    parser.add_argument("--issue", type=Path, help="write a tracking issue's body to this file")


def write(options: Namespace, located: Sequence[Located]) -> None:
    """The report, to where it was asked for."""
    say(FORMATS[options.format](located), options.out)


def say(text: str, out: Path | None) -> None:
    """A text, to a file or to the output."""
    if out:
        from kb_tools import writing

        writing.report(out, text)
    else:
        sys.stdout.write(text)
