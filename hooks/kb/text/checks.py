"""Checks that need nothing but a page's text: its front matter and its headings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kb.finding import Finding
from kb.text import regions
from kb.text.page import Markdown, Page

_HEADING = re.compile(
    r"^ {0,3}(?P<at>(?P<marks>#{1,6})(?!#)(?P<title>[^\n]*)|[^\s#>=][^\n]*\n=+[ \t]*$)", re.M
)


_NOTE = re.compile(r"^ {0,3}\[\^([^\]\s]+)\]:", re.M)
_UNSUPPORTED = {
    "Mermaid": re.compile(r"^[ >]*(?:`{3,}|~{3,})[ {.]*mermaid\b", re.M),
    "a snippet": re.compile(r"^[ >]*-+8<-+.*$", re.M),
    "an emoji": re.compile(r"(?<![\w:]):[a-z][a-z0-9_+-]+:(?![\w:])"),
    "footnote": re.compile(r"(?<!\\)\[\^([^\]\s]+)\](?!:)"),
}
_INSTEAD = {
    "Mermaid": "draw it: `kb draw` makes pictures from text in docs/drawings/",
    "a snippet": "write the text here: each page and language has its own",
    "an emoji": "type the character itself",
    "footnote": "write `[^name]: its text` in a paragraph of its own",
}


def check(pages: Iterable[Page]) -> list[Finding]:
    """Front matter that would be read otherwise than it was meant, and faulty headings."""
    return [
        found
        for page in pages
        for found in (
            *(replace(finding, path=page.file) for finding in page.front.findings),
            *headings(page, page.file),
            *unsupported(page),
        )
    ]


def unsupported(page: Page) -> Iterator[Finding]:
    """What other systems render and ours shows as it is written, and notes that have no text."""
    known = set(_NOTE.findall(page.live))
    for what, pattern in _UNSUPPORTED.items():
        text = page.text if what == "Mermaid" else page.live
        for match in pattern.finditer(text, len(page.text) - len(page.body)):
            if what == "footnote" and match[1] in known:
                continue
            line, col = page.places.of(match.start())
            told = {"footnote": f"footnote '{match[0]}' has no text"}
            message = told.get(what, f"{what} is not rendered: readers see '{match[0].strip()}'")
            yield Finding(page.file, line, "text-unsupported", message, _INSTEAD[what], col)


def headings(text: Markdown, path: str) -> Iterator[Finding]:
    """Headings without a space behind their marks, and every H1 but the first."""
    dead = [span for span in text.spans if span.kind in regions.DEAD]
    starts = [span.start for span in dead]
    first = 0
    for found in _HEADING.finditer(text.text, len(text.text) - len(text.body)):
        at = found.start("at")
        covering = bisect_right(starts, at) - 1
        if covering >= 0 and at < dead[covering].end:
            continue
        line, col = text.places.of(at)
        marks, title = found["marks"], found["title"] or ""
        if marks and title and not title[0].isspace():
            fix = f"write `{marks} {title.strip()[:40]}`"
            message = f"no space behind `{marks}`: {fix}"
            yield Finding(path, line, "heading-space", message, col=col)
        if marks in ("#", None):
            if first:
                message = f"a second H1 (the first is on line {first}): write `##`"
                yield Finding(path, line, "heading-h1", message, col=col)
            first = first or line
