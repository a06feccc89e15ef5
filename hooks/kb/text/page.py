"""Markdown text -> Page: front matter, headings and ids, links and pictures with real places.

What stands in code is text and gives nothing. Lines count from 1 in the whole file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Any, NamedTuple

from kb import html
from kb.legacy.convert import images
from kb.references import extract
from kb.text import front_matter, regions


class Heading(NamedTuple):
    """A heading with its explicit id ("" when it has none)."""

    level: int
    text: str
    id: str
    line: int
    col: int


class Link(NamedTuple):
    """A link or picture: its target as written, and where."""

    target: str
    text: str
    line: int
    col: int
    picture: bool = False


class Anchor(NamedTuple):
    """An explicit id of a heading, another block or a raw element."""

    id: str
    line: int
    col: int


class Page(NamedTuple):
    """What the checks need of one Markdown file."""

    meta: dict[str, Any]
    meta_lines: int  # lines that the front matter takes
    headings: list[Heading]
    links: list[Link]
    ids: list[Anchor]


def read_meta(text: str) -> tuple[dict[str, Any], int]:
    """The front matter and how many lines it takes; broken YAML counts as none."""
    data = front_matter.read(text).data
    match = front_matter.BLOCK.match(text)
    return (data, match[0].count("\n")) if match and data else ({}, 0)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


_SAMPLES = frozenset(("fence", "indented", "code", "comment", "verbatim"))


@lru_cache(maxsize=512)
def live(text: str, *, raw: bool = False) -> str:
    """The text with everything that no reader sees as Markdown blanked out, place for place.

    With `raw` everything stays of which a browser sees more than text.
    """
    match = front_matter.BLOCK.match(text)
    if match:
        text = _blank(match[0]) + text[match.end() :]
    parts: list[str] = []
    at = 0
    for span in regions.scan(text):
        if span.start >= at and (span.kind in _SAMPLES if raw else span.kind != "shift"):
            parts += [text[at : span.start], _blank(text[span.start : span.end])]
            at = span.end
    return "".join(parts) + text[at:]


_ATTRIBUTES = r"\{:?[ \t]*(?P<attrs>[^{}\n]*)\}"
_ATX = re.compile(
    rf"(?m)^(?P<marks>#{{1,6}})[ \t]*(?P<text>[^\n]*?)[ \t]*#*[ \t]*(?:{_ATTRIBUTES})?[ \t]*$"
)
_SETEXT = re.compile(
    rf"(?m)^(?P<text>[^\s#>|-][^\n]*?)[ \t]*(?:{_ATTRIBUTES})?[ \t]*\n(?P<marks>=+|-+)[ \t]*$"
)
_ID = re.compile(r"(?:^|\s)#([^\s#{}.]+)|(?:^|\s)id=[\"']?([^\s\"']+)")
# As Python-Markdown reads it: up to the balancing parenthesis, spaces and all, less a title.
_TARGET = re.compile(r"\s*(?:<([^<>\n]*)>|(.*?))(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*", re.S)
_DEFINITION = re.compile(
    r"(?m)^ {0,3}\[(?P<label>[^\]\n^][^\]\n]*)\]:[ \t]*\n?[ \t]*"
    r"(?:<(?P<angle>[^<>\n]*)>|(?P<bare>\S+))"
)
_LABEL = re.compile(r"[ \t]?\[([^\]]*)\]")
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^\s<>]+)>")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


@lru_cache(maxsize=512)
def parse(text: str) -> Page:
    """Read a whole Markdown file, front matter included. The page is shared: change nothing."""
    text = text.replace("\r\n", "\n")
    meta, meta_lines = read_meta(text)
    body = live(text)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    headings = sorted(_headings(text, body, starts), key=lambda heading: heading.line)
    raw = extract.page(body)
    links = [*_links(text, body, starts), *_raw_links(raw), *_legacy_pictures(text)]
    ids = [Anchor(h.id, h.line, h.col) for h in headings if h.id]
    held = {(anchor.id, anchor.line) for anchor in ids}
    for match in re.finditer(_ATTRIBUTES, body):
        anchor = _id(match["attrs"])
        line, col = _place(match.start(), starts)
        if anchor and (anchor, line) not in held:
            ids.append(Anchor(anchor, line, col))
    ids += [Anchor(tag.id, tag.line, tag.col) for tag in _raw_ids(body)]
    return Page(
        meta,
        meta_lines,
        headings,
        sorted(links, key=lambda link: (link.line, link.col)),
        sorted(ids, key=lambda anchor: (anchor.line, anchor.col)),
    )


def _place(offset: int, starts: list[int]) -> tuple[int, int]:
    line = bisect_right(starts, offset)
    return line, offset - starts[line - 1] + 1


def _id(attributes: str | None) -> str:
    match = _ID.search(attributes or "")
    return (match[1] or match[2]) if match else ""


def _headings(text: str, body: str, starts: list[int]) -> list[Heading]:
    found = []
    for pattern in (_ATX, _SETEXT):
        for match in pattern.finditer(body):
            marks = match["marks"]
            level = len(marks) if marks[0] == "#" else 1 if marks[0] == "=" else 2
            line, col = _place(match.start(), starts)
            title = text[slice(*match.span("text"))]
            found.append(Heading(level, title, _id(match["attrs"]), line, col))
    return found


def _links(text: str, body: str, starts: list[int]) -> list[Link]:
    defined: dict[str, str] = {}
    for match in _DEFINITION.finditer(body):
        target = match["angle"] if match["angle"] is not None else match["bare"]
        defined.setdefault(_label(match["label"]), _ESCAPE.sub(r"\1", target))
    spans = [match.span() for match in _DEFINITION.finditer(body)]
    closing = _closing(body)
    found: list[Link] = []
    opened: list[int] = []
    used = 0  # what is part of a link already
    paired = 0  # what may not be paired with the label behind it
    for match in re.finditer(r"[\[\]]", body):
        at = match.start()
        if at < used or _escaped(body, at):
            continue
        if match[0] == "[":
            opened.append(at)
            continue
        if not opened:
            continue
        start = opened.pop()
        if any(begin <= start < end for begin, end in spans):
            continue
        label = text[start + 1 : at]
        target = _inline(body, at + 1, closing)
        if target is None:
            after = _LABEL.match(body, at + 1) if at >= paired else None
            name = _label(after[1]) if after and after[1] else ""
            if after and name in defined:
                used = after.end()
            elif after:
                paired = after.end()  # a second label belongs to the first, defined or not
            target = defined.get(name, defined.get(_label(label)))
        if target is None:
            continue
        picture = start > 0 and body[start - 1] == "!" and not _escaped(body, start - 1)
        found.append(Link(target, label, *_place(start - picture, starts), picture))
    for match in _AUTOLINK.finditer(body):
        found.append(Link(match[1], match[1], *_place(match.start(), starts)))
    return found


def _inline(body: str, at: int, closing: dict[int, int]) -> str | None:
    """The target in the parentheses that follow a link's text, if any do."""
    match = _TARGET.fullmatch(body, at + 1, closing[at]) if at in closing else None
    if not match:
        return None
    return _ESCAPE.sub(r"\1", match[1] if match[1] is not None else match[2])


def _closing(body: str) -> dict[int, int]:
    """Where each parenthesis that opens is closed, if it is before the next blank line."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for match in re.finditer(r"\\.|[()]|\n[ \t]*\n", body, re.S):
        if match[0] == "(":
            opened.append(match.start())
        elif match[0] == ")":
            if opened:
                closing[opened.pop()] = match.start()
        elif match[0][0] == "\n":
            opened.clear()
    return closing


def _label(label: str) -> str:
    return " ".join(label.split()).casefold()


def _escaped(text: str, at: int) -> bool:
    before = at
    while before and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1


def _raw_links(raw: extract.Page) -> list[Link]:
    return [
        Link(ref.url, "", ref.line, ref.col, ref.kind == "image")
        for ref in raw.references
        if ref.url and ref.kind != "css"
    ]


def _legacy_pictures(text: str) -> list[Link]:
    return [Link(tag.src, tag.alt, tag.line, tag.col, True) for tag in images(text)]


def _raw_ids(body: str) -> list[Anchor]:
    return [
        Anchor(value, tag.line, tag.col)
        for tag in html.tags(body)
        for key, value in tag.attrs or []
        if key == "id" and value
    ]
