"""The one place that knows the HTML tokenizer: bytes -> text -> tags with their position."""

from __future__ import annotations

import codecs
import re
from collections.abc import Container, Iterator
from typing import NamedTuple

import turbohtml

_START, _END, _TEXT = (
    turbohtml.TokenType.START_TAG,
    turbohtml.TokenType.END_TAG,
    turbohtml.TokenType.TEXT,
)
_RAW = ("style", "noscript")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(rb"<meta\s[^>]*?charset\s*=\s*[\"']?\s*([\w:.-]+)", re.IGNORECASE)
_PRESCAN = 1024
_WEB_LABEL = re.compile(
    r"utf-?(?:8|16)|(?:x-)?(?:gb|sjis|mac)|big5|euc-|iso-?(?:8859|2022)|windows-|cp\d|koi8|shift|"
    r"(?:us-)?ascii|latin\d|ibm866|tis-620"
)
# Labels that browsers read as a larger set than Python's codec of that name.
_BROWSER_CODECS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "euc-kr": "cp949",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-874": "cp874",
    "utf-16": "utf-8",  # by the standard: a page that can say so in ASCII is not UTF-16
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
}


class Tag(NamedTuple):
    """A start tag, an end tag (`attrs` is None), or the text of a `<style>` (`css`)."""

    name: str
    attrs: list[tuple[str, str]] | None
    line: int
    col: int
    css: str = ""


def decode(data: bytes) -> str:
    """The text of a page as a browser reads it: byte-order mark, declared charset, sniffing.

    Raises ValueError when the bytes are no text at all.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, errors="replace")
    head = data[:_PRESCAN]
    if b"\0" in head:
        raise ValueError("holds binary data")
    declared = _DECLARED.search(head)
    codec = _codec(declared[1].decode("ascii")) if declared else ""
    if codec:
        return data.decode(codec, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_sniffed(data), errors="replace")


def _sniffed(data: bytes) -> str:
    from turbohtml.detect import detect  # rarely needed, so not loaded with the module

    return _codec(detect(data).encoding or "") or "cp1252"


def _codec(label: str) -> str:
    """Python's codec for a label of the web; "" for one that browsers do not know."""
    label = label.lower()
    codec = _BROWSER_CODECS.get(label, label)
    try:
        return codec if _WEB_LABEL.match(label) and codecs.lookup(codec) else ""
    except LookupError:
        return ""


def tags(
    text: str, watched: Container[str] = frozenset(), raws: tuple[str, ...] = _RAW
) -> Iterator[Tag]:
    """The live tags of a page in order: comments, scripts and text areas hold none.

    Start tags without attributes, and end tags, are given for the `watched` names alone; the
    caller may change these on the way. Lines and columns count from 1. What stands in
    `<noscript>` is live as well.
    """
    raw = ""  # the raw-text element whose text comes next
    for token in turbohtml.tokenize(text):
        kind = token.type
        if kind is _START:
            name = token.tag or ""
            raw = name if name in raws else ""
            attrs = token.attrs or []
            if attrs or name in watched:
                yield Tag(name, attrs, token.line, token.col + 1)
        elif kind is _END:
            raw = ""
            if token.tag in watched:
                yield Tag(token.tag or "", None, token.line, token.col + 1)
        elif raw and kind is _TEXT:
            inner, line, col = token.data or "", token.line, token.col
            if raw == "style":
                yield Tag("style", None, line, col + 1, inner)
                continue
            for tag in tags(
                inner, watched, ("style",)
            ):  # its places count from the element's own start
                shift = col if tag.line == 1 else 0
                yield tag._replace(line=tag.line + line - 1, col=tag.col + shift)
