"""What a reader gets from HTML, as a list that can be compared: the self-check of an import.

Words, pictures, links, emphasis, nesting of lists and quotes, code by the byte, tables, breaks.
Left out is what nobody sees: ids, classes, how tight a list is set.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import unquote

from kb.data import beside

_RENAMED = {"s": "del", "strike": "del", "b": "strong", "i": "em"}
_ELEMENTS = beside(__file__, "elements.yml")
_SHOWN = {
    "a": ("href", "title"),
    "img": ("src", "alt", "title", "width", "height"),
    "ol": ("start",),
}
_EDGE = re.compile(r"(\x01code\x02)\s+|\s+(\x01/code\x02)")
_BREAK = re.compile(r"\s*\x01br\x02\s*")


class _Events(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[str] = []
        self.text: list[str] = []
        self.pre = 0
        self.way = False  # to a footnote or back: each parser has marks of its own for it

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {key: value or "" for key, value in attrs}
        self.way = tag == "a" and held.get("href", "")[:3] == "#fn"
        if self.way and held.get("class") == "footnote-backref":
            return
        shown = [
            f"{key}={unquote(held[key]) if key in ('href', 'src') else ' '.join(held[key].split())}"
            for key in _SHOWN.get(tag, ())
            if held.get(key, "") and (tag, held[key]) != ("ol", "1")
        ]
        self._mark(" ".join([_RENAMED.get(tag, tag), *shown]), tag, 1)

    def handle_endtag(self, tag: str) -> None:
        if self.way and tag == "a":
            self.way = False
        elif tag not in ("br", "img", "hr"):
            self._mark(f"/{_RENAMED.get(tag, tag)}", tag, -1)

    def _mark(self, what: str, tag: str, step: int) -> None:
        if tag == "pre":
            self.flush()
            self.pre = max(0, self.pre + step)
            self.events.append(what)
        elif tag in _ELEMENTS["inline"]:
            if tag not in _ELEMENTS["silent"] and not (self.pre and tag in ("code", "span")):
                self.text.append(f"\x01{what}\x02")
        else:
            self.flush()
            if tag not in _ELEMENTS["silent"]:
                self.events.append(what)

    def handle_data(self, data: str) -> None:
        if not self.way:
            self.text.append(data)

    def flush(self) -> None:
        """End the run of text: a block begins or ends here."""
        text = "".join(self.text)
        self.text.clear()
        if self.pre:
            text = text.strip("\n")
        else:
            text = " ".join(_EDGE.sub(r"\1\2", _BREAK.sub(" \x01br\x02 ", text)).split())
        if text:
            self.events.append(text)


def events(html: str) -> list[str]:
    """What a reader gets from a piece of HTML, in order."""
    parser = _Events()
    parser.feed(html)
    parser.close()
    parser.flush()
    return parser.events
