"""One problem, one value: what every check returns, and what an unusable input is told by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kb.rules import RULES, Severity

TEMPLATE = "template"


class Mixed(str):
    """The path of a text that is put together of several files."""

    lines: Sequence[tuple[str, int]]  # of each line, its file and its number there

    def __repr__(self) -> str:  # what is remembered of it is of the same lines
        return f"{super().__repr__()} {self.lines}"


def origin(path: str, line: int) -> tuple[str, int]:
    """The file and the line in it that a writer has to look at."""
    return path.lines[line - 1] if isinstance(path, Mixed) else (path, line)


def where(path: str, line: int) -> str:
    """That place as messages name it: `path:line`."""
    return "{}:{}".format(*origin(path, line))


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
        path, line = origin(self.path, self.line)  # a link on its way there moves the columns
        vars(self).update(path=path, line=line, col=self.col * (path == self.path))

    @property
    def severity(self) -> Severity:
        """The severity of the finding's rule."""
        return RULES[self.rule].severity

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" + (f":{self.col}" if self.col else "")
        hint = f"\n  → {self.hint}" if self.hint else ""
        return f"{place}: {self.message} [{self.rule}]{hint}"


class InputError(Exception):
    """What a person gave us and we cannot use; `finding` says where, if it has a place.

    Only this and a disk that refuses are told in one line. Anything else is a bug of ours.
    """

    def __init__(self, what: Finding | str) -> None:
        super().__init__(str(what))
        self.finding = what if isinstance(what, Finding) else None


class Located(NamedTuple):
    """A finding with its place in the built page; one of a source check has its own place alone."""

    finding: Finding
    url: str = ""
    file: str = ""  # in the site, from the project root
    line: int = 0
    col: int = 0
    pages: int = 1  # so many have the template's fault
    source: str = ""  # the Markdown it came from, TEMPLATE for none of the known
    verdict: str = "broken"

    @property
    def mapped(self) -> bool:
        """Whether the finding names the Markdown of a built page."""
        return self.source not in ("", TEMPLATE)


def unique(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in order, each said once: the same words about the same line are one problem."""
    said = {(found.path, found.line, found.rule, found.message): found for found in findings}
    return sorted(said.values())


def many(number: int, what: str) -> str:
    """`1 page`, `1,000 pages`."""
    return f"{number:,} {what}{'s' * (number != 1)}"
