"""Findings as people work them off: Markdown sections by rule, and the one issue that has them."""

from __future__ import annotations

from collections.abc import Iterable

from kb.finding import Located
from kb.rules import RULES

_MOST = 200  # a rule: GitHub refuses an issue that is too long


def issue(found: Iterable[Located], writer: str) -> str:
    """The body of an issue that `writer` keeps up to date; "" when there is nothing to do."""
    lines = sections(found, "- [ ]")
    head = f"This issue is rewritten by {writer} and closed when nothing is left to do."
    return "\n".join([head, *lines, ""]) if lines else ""


def sections(found: Iterable[Located], bullet: str) -> list[str]:
    """The lines of a section for each rule, errors first; its findings in the order given."""
    groups: dict[str, list[Located]] = {name: [] for name in RULES}
    for item in found:
        groups[item.finding.rule].append(item)
    lines: list[str] = []
    for rule, items in sorted(groups.items(), key=lambda group: RULES[group[0]].severity):
        if items:
            lines += ["", f"### {rule} ({len(items)})", ""]
            lines += [f"{RULES[rule].meaning} {RULES[rule].fix}", ""]
            lines += [f"{bullet} {_line(item)}" for item in items[:_MOST]]
        if len(items) > _MOST:
            lines.append(f"{bullet} … and {len(items) - _MOST} more")
    return lines


def _line(item: Located) -> str:
    finding = item.finding
    pages = f" (on {item.pages} pages)" if item.pages > 1 else ""
    hint = f" → {_plain(finding.hint)}" if finding.hint else ""
    return f"`{finding.path}:{finding.line}` {_plain(finding.message)}{pages}{hint}"


def _plain(text: str) -> str:
    """Words from the web as plain text: no markup, no mentions, no links of their own making."""
    for char in "\\`*_[]<>|@#":
        text = text.replace(char, f"&#{ord(char)};")
    return " ".join(text.split())
