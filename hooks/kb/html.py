"""The one place that knows the HTML parser: bytes -> text -> tags and elements, and where."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import NamedTuple

import turbohtml
from turbohtml import Element as Element
from turbohtml import TokenType
from turbohtml.detect import detect

START, END, TEXT = TokenType.START_TAG, TokenType.END_TAG, TokenType.TEXT
# What a paragraph leaves open is opened anew in the next: 150 KB of <font> would take 570 MiB.
# Without a flag for all of it, the search goes from bracket to bracket: twice as fast.
_REOPENED = re.compile(r"<(/?)([bisuBISU]|(?i:big|code|em|font|small|strike|strong|tt))(?=[\s/>])")
_MOST_OPEN = 16
_PRESCAN = 1024  # bytes, as browsers look for a declared charset
_IMPLIED = (1, 0)  # where an element stands that has no tag, or a tag that came too late


class Tag(NamedTuple):
    """A start tag, or an end tag (`attrs` is None)."""

    name: str
    attrs: list[tuple[str, str]] | None
    line: int
    col: int


def decode(data: bytes) -> str:
    """The text of a page as a browser reads it: byte-order mark, declared charset, sniffing.

    Raises ValueError when the bytes are no text at all.
    """
    found = detect(data)
    if b"\0" in data[:_PRESCAN] and not found.bom:
        raise ValueError("holds binary data")
    text = data.decode(found.codec or "utf-8", errors="replace")
    return text.removeprefix("\ufeff") if found.bom else text


def tags(text: str) -> Iterator[Tag]:
    """The tags of a text in order, as they are written: comments, scripts and text areas hold none.

    Lines and columns count from 1. What stands in `<noscript>` is live as well.
    """
    hidden = False  # the text that comes next is that of a <noscript>
    for token in turbohtml.tokenize(text):
        if token.type is START or token.type is END:
            attrs = (token.attrs or []) if token.type is START else None
            yield Tag(token.tag or "", attrs, token.line, token.col + 1)
            hidden = attrs is not None and token.tag == "noscript"
        elif hidden and token.type is TEXT:
            for tag in tags(token.data or ""):  # its places count from the element's own start
                shift = token.col if tag.line == 1 else 0
                yield tag._replace(line=tag.line + token.line - 1, col=tag.col + shift)


def feed(reader: HTMLParser, text: str) -> None:
    """Tell a reader what a text holds, in order: Python's own way to find it takes four times."""
    for token in turbohtml.tokenize(text):
        if token.type is TEXT:
            reader.handle_data(token.data or "")
        elif token.type is START:
            reader.handle_starttag(token.tag or "", list(token.attrs or ()))
        if token.type is END or token.self_closing:
            reader.handle_endtag(token.tag or "")


def tamed(text: str) -> str:
    """A stranger's page, in which no paragraph opens anew more than a few elements of the last."""
    most, opened = 0, Counter[str]()
    for closes, name in _REOPENED.findall(text):
        kind = name.lower()
        opened[kind] = max(0, opened[kind] + (-1 if closes else 1))
        most = max(most, opened.total())
    # Of a name without a meaning, none is opened anew; its attributes stay.
    return text if most <= _MOST_OPEN else _REOPENED.sub(lambda t: f"<{t[1]}x{t[2][1:]}", text)


def elements(text: str, selector: str, names: Sequence[str] = ()) -> list[tuple[Element, int, int]]:
    """The elements of a page that a selector finds, in order of the text, with line and column.

    And those of some names, which is faster than a selector of many. As a browser builds them: one
    that it makes twice of a tag is given once. Those of templates and `<noscript>` are there, too.
    """
    page = turbohtml.parse(text, source_locations=True, allow_declarative_shadow_roots=False)
    every = [*page.select(selector), *page.iter_elements(names)]
    told = [each for each in reversed(every) if each.position or each.attrs]
    found = {(*(each.position or _IMPLIED), each.tag): each for each in told}
    return [(found[place], place[0], place[1] + 1) for place in sorted(found)]


def within(element: Element, selector: str) -> bool:
    """Whether an element, or one around it, is such a one."""
    return element.closest(selector) is not None


def inside(element: Element) -> tuple[int, int]:
    """Line and column of what stands in an element."""
    place = element.source_location
    return (place.start_tag.end_line, place.start_tag.end_col + 1) if place else (1, 1)
