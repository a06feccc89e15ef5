"""The one place that knows the HTML tokenizer: bytes -> text -> tags with their position."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

import turbohtml
from turbohtml import TokenType
from turbohtml.detect import detect

START, END, TEXT = TokenType.START_TAG, TokenType.END_TAG, TokenType.TEXT
EVERY = None  # names of elements: all
_RAW = ("style", "noscript")
_PRESCAN = 1024  # bytes, as browsers look for a declared charset


class Tag(NamedTuple):
    """A start tag, an end tag (`attrs` is None), or the text of a style or script (`inner`)."""

    name: str
    attrs: list[tuple[str, str]] | None
    line: int
    col: int
    inner: str = ""


def decode(data: bytes) -> str:
    """The text of a page as a browser reads it: byte-order mark, declared charset, sniffing.

    Raises ValueError when the bytes are no text at all.
    """
    found = detect(data)
    if b"\0" in data[:_PRESCAN] and not found.bom:
        raise ValueError("holds binary data")
    text = data.decode(found.codec or "utf-8", errors="replace")
    return text.removeprefix("\ufeff") if found.bom else text


def tags(
    text: str, watched: Container[str] | None = frozenset(), raws: tuple[str, ...] = _RAW
) -> Iterator[Tag]:
    """The live tags of a page in order: comments, scripts and text areas hold none.

    Start tags without attributes, and end tags, are given for the `watched` names alone; the
    caller may change these on the way. Lines and columns count from 1. What stands in
    `<noscript>` is live as well.
    """
    raw = ""  # the raw-text element whose text comes next
    for token in turbohtml.tokenize(text):
        kind = token.type
        if kind is START:
            name = token.tag or ""
            raw = name if name in raws else ""
            attrs = token.attrs or []
            if attrs or watched is EVERY or name in watched:
                yield Tag(name, attrs, token.line, token.col + 1)
        elif kind is END:
            raw = ""
            if watched is EVERY or token.tag in watched:
                yield Tag(token.tag or "", None, token.line, token.col + 1)
        elif raw and kind is TEXT:
            inner, line, col = token.data or "", token.line, token.col
            if raw != "noscript":
                yield Tag(raw, None, line, col + 1, inner)
                continue
            for tag in tags(
                inner, watched, ("style",)
            ):  # its places count from the element's own start
                shift = col if tag.line == 1 else 0
                yield tag._replace(line=tag.line + line - 1, col=tag.col + shift)
