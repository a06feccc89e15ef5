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


def check(pages: Iterable[Page]) -> list[Finding]:
    """Front matter that would be read otherwise than it was meant, and faulty headings."""
    return [
        found
        for page in pages
        for found in (
            *(replace(finding, path=page.file) for finding in page.front.findings),
            *headings(page, page.file),
        )
    ]


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
