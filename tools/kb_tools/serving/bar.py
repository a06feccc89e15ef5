"""Findings as the bar on a served page tells them (bar.js beside it)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from kb import words
from kb.finding import Finding
from kb.rules import RULES

_INSTEAD = (
    '<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width"><meta name="color-scheme" content="light dark">'
    "<title>{told}</title><h1>{told}</h1>"
)
MOST = 50  # findings that are listed; of more their number


def told(findings: Sequence[Finding], files: Collection[str], locale: str) -> dict[str, Any]:
    """The bar of the page that is made of these files: its own findings first."""
    said = words.of(locale)
    own = sum(finding.path in files for finding in findings)
    ordered = sorted(
        findings, key=lambda each: (each.path not in files, each.severity != "error", each)
    )
    title = said("serve.one" if len(findings) == 1 else "serve.many", len(findings))
    return {
        "title": title + (said("serve.here", own) if own else ""),
        "lang": said("lang"),
        "show": said("serve.show"),
        "hide": said("serve.hide"),
        "more": said("serve.more", len(ordered) - MOST) if len(ordered) > MOST else "",
        "findings": [_entry(finding, finding.path in files, locale) for finding in ordered[:MOST]],
    }


def instead(told: str, locale: str) -> str:
    """A page in the place of one that cannot be shown."""
    return _INSTEAD.format(lang=words.of(locale)("lang"), told=told)


def _entry(finding: Finding, own: bool, locale: str) -> dict[str, Any]:
    rule = RULES[finding.rule]
    place = f"{finding.path}:{finding.line}" + (f":{finding.col}" if finding.col else "")
    return {
        "place": place,
        "own": own,
        "error": rule.severity == "error",
        "rule": finding.rule,
        "message": finding.message,
        "hint": finding.hint,
        "fix": rule.told.get(locale, rule).fix,
    }
