"""One problem, one value: what every check of the knowledge base returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kb.rules import RULES, Severity


@dataclass(frozen=True, order=True)
class Finding:
    """A problem at a place: `path` from the project root (posix), `line` and `col` from 1."""

    path: str
    line: int
    rule: str
    message: str
    hint: str = ""
    col: int = 0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"unknown rule {self.rule!r}")

    @property
    def severity(self) -> Severity:
        """The severity of the finding's rule."""
        return RULES[self.rule].severity

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" + (f":{self.col}" if self.col else "")
        hint = f"\n  → {self.hint}" if self.hint else ""
        return f"{place}: {self.message} [{self.rule}]{hint}"


def unique(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order, each said once: the same words about the same line are one problem."""
    said = {(found.path, found.line, found.rule, found.message): found for found in findings}
    return sorted(said.values())
