"""What a source says to a reader: HTML or plain text -> lines, each below its heads.

Struck and hidden text, menus and footers say nothing; an offer for machines (JSON-LD) does.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import turbohtml

from kb import html
from kb.data import beside

LONGEST = 4000  # characters of a line that are looked at
_ROW = 200  # characters of a row that are a head of its first cell
_MAIN = 200  # characters from which on a <main> is the page
_PRICE = re.compile(r"[$€£¥￥]\s?\d|\d\s?(?:USD|美?元)")
_CELLS = ("td", "th")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class Line(NamedTuple):
    """A paragraph, item or cell; above it headings, a cell's row and column, an offer's name."""

    text: str
    heads: tuple[str, ...] = ()
    cell: bool = False
    heading: bool = False


class _Element(NamedTuple):
    name: str
    silent: bool
    main: bool
    begun: int  # how many lines there were before it


class _Cell(NamedTuple):
    text: str
    head: bool
    across: int
    down: int


class _Table:
    """One table: the heads of its columns, what reaches down into the next row, the row begun."""

    def __init__(self) -> None:
        self.columns: dict[int, str] = {}
        self.reaching: dict[int, tuple[int, _Cell]] = {}
        self.row: list[_Cell] = []
        self.body = False  # a row with a value has been seen
        self.instead = re.compile(beside(__file__)["instead"], re.IGNORECASE)

    def close(self, above: tuple[str, ...]) -> Iterator[Line]:
        """The finished row's lines: each value below its row's first cell and its column's head."""
        if not self.row:
            return
        placed: dict[int, _Cell] = {}
        free = 0
        for cell in self.row:
            while free in self.reaching:
                free += 1
            for column in range(free, free + cell.across):
                placed[column] = cell
                if cell.down > 1:
                    self.reaching[column] = (cell.down, cell)
            free += cell.across
        for column, (left, cell) in list(self.reaching.items()):
            placed.setdefault(column, cell)
            self.reaching[column] = (left - 1, cell)
            if left <= 1:
                del self.reaching[column]
        heads = not self.body and all(cell.head for cell in self.row)
        first_row = not self.body and not self.columns
        self.row = []
        row = placed[0].text if 0 in placed else ""
        own = [at for at in sorted(placed) if not self.instead.search(self.columns.get(at, ""))]
        rest = " · ".join(dict.fromkeys(placed[at].text for at in own if at))
        seen: set[int] = set()
        for column, cell in sorted(placed.items()):
            if heads or first_row:  # a table without marked heads has them in its first row
                self.columns[column] = f"{self.columns.get(column, '')} {cell.text}".strip()
            if not heads and id(cell) not in seen:
                seen.add(id(cell))
                head = "" if first_row else self.columns.get(column, "")
                mine = (row if column else rest[:_ROW], head)
                yield Line(cell.text, (*above, *filter(None, mine)), cell=True)
                if column in own[1:] and not re.search(r"\d", cell.text):
                    row = f"{row} · {cell.text}"[:_ROW]  # "Business · billed annually"
        self.body |= not heads


class _Scan:
    """The state of one pass over a page's tokens."""

    def __init__(self) -> None:
        self.lines: list[tuple[bool, Line]] = []
        self.open: list[_Element] = []
        self.names: Counter[str] = Counter()
        self.words: list[str] = []
        self.headings: dict[int, tuple[str, int]] = {}  # by level: and how deep its card stands
        self.priced = 0  # how many lines there were up to the last one with a price
        self.term = ""
        self.tables: list[_Table] = []
        self.script = ""  # the type of the script that is open
        self.known = beside(__file__)
        self.struck = re.compile(self.known["struck"], re.IGNORECASE)

    @property
    def top(self) -> _Element:
        return self.open[-1] if self.open else _Element("", silent=False, main=False, begun=0)

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name in self.known["self-closing"] and self.top.name == name:
            self.end(name)
        if name == "br":
            self.words.append(" ")
        elif name not in self.known["inline"]:
            self.flush()
        if name in self.known["void"]:
            return
        self.script = attrs.get("type", "text/javascript").lower() if name == "script" else ""
        said = f"{attrs.get('class', '')} {attrs.get('style', '')}"
        silent = (
            name in self.known["silent"]
            or "hidden" in attrs
            or attrs.get("aria-hidden") == "true"
            or attrs.get("role") == "navigation"
            or bool(self.struck.search(said))
        )
        main = self.top.main or name == "main" or attrs.get("role") == "main"
        self.open.append(_Element(name, self.top.silent or silent, main, len(self.lines)))
        self.names[name] += 1
        if name == "table":
            self.tables.append(_Table())
        elif name == "tr" and self.tables:
            self._row()
        elif name in _CELLS and self.tables:
            across, down = (_span(attrs.get(key, "")) for key in ("colspan", "rowspan"))
            head = name == "th" and attrs.get("scope") != "row"
            self.tables[-1].row.append(_Cell("", head, across, down))

    def end(self, name: str) -> None:
        if name not in self.known["inline"]:
            self.flush()
        if not self.names[name]:
            return
        while self.open:
            card = len(self.open)
            self.headings = {level: head for level, head in self.headings.items() if head[1] < card}
            closed = self.open.pop()
            self.names[closed.name] -= 1
            if closed.name == name:
                break
        if name in ("tr", "table") and self.tables:
            self._row()
            if name == "table":
                self.tables.pop()

    def data(self, text: str) -> None:
        if self.script:
            if self.script == "application/ld+json":
                self.lines += [(True, line) for line in offers(text)]
        elif not self.top.silent:
            if self.top.name == "sup":  # a footnote's number is no figure of a price, but cents are
                text = re.sub(r"^\s*\[?\d\]?\s*$", "*", re.sub(r"^\d\d$", r".\g<0>", text))
            self.words.append(text)

    def flush(self) -> None:
        """End the line that is being read, as the element in which it stands says."""
        text = " ".join("".join(self.words).split())[:LONGEST]
        self.words = []
        if not text:
            return
        name = next((each.name for each in reversed(self.open) if each.name in _PLACES), "")
        if name in _CELLS and self.tables and self.tables[-1].row:
            row = self.tables[-1].row
            row[-1] = row[-1]._replace(text=f"{row[-1].text} {text}".strip()[:LONGEST])
        elif name in _HEADINGS:
            level = int(name[1])
            self.headings = {key: head for key, head in self.headings.items() if key < level}
            self._line(text, heading=True)  # "Plus: $20 a month"
            # A card that has a price above its heading ends it: the next price is another's.
            card = bisect_left(self.open, self.priced, key=lambda each: each.begun)
            self.headings[level] = (text, card)
            self.term = ""
        elif name == "dt":
            self.term = text
        else:
            self._line(text, *filter(None, (self.term if name == "dd" else "",)))

    def _line(self, text: str, *heads: str, heading: bool = False) -> None:
        if _PRICE.search(text):
            self.priced = len(self.lines) + 1
        self.lines.append((self.top.main, Line(text, (*self._heads(), *heads), heading=heading)))

    def _heads(self) -> tuple[str, ...]:
        return tuple(text for text, _ in self.headings.values())

    def _row(self) -> None:
        found = self.tables[-1].close(self._heads())
        self.lines += [(self.top.main, line) for line in found if line.text]


_PLACES = frozenset({*_CELLS, *_HEADINGS, "dt", "dd", "table", "p", "li"})


def _span(text: str) -> int:
    return min(max(int(text), 1), 100) if text.isascii() and text.isdigit() else 1


def page(text: str) -> tuple[Line, ...]:
    """The lines of a page in HTML, in one linear pass; of its <main> alone where it has one."""
    state = _Scan()
    for token in turbohtml.tokenize(text):
        if token.type is html.START:
            state.start(token.tag or "", {key: value or "" for key, value in token.attrs or ()})
        elif token.type is html.END:
            state.script = ""
            state.end(token.tag or "")
        elif token.type is html.TEXT:
            state.data(token.data or "")
    state.flush()
    inside = [line for main, line in state.lines if main]
    if sum(len(line.text) for line in inside) >= _MAIN:
        return tuple(inside)
    return tuple(line for _, line in state.lines)


def plain(text: str) -> tuple[Line, ...]:
    """The lines of a text without markup, below its Markdown headings, if it has such."""
    lines: list[Line] = []
    heading = ""
    for each in text.splitlines():
        if each.startswith("#"):
            heading = each.strip("# ")
        elif each.strip():
            lines.append(Line(" ".join(each.split())[:LONGEST], (heading,) if heading else ()))
    return tuple(lines)


def offers(script: str) -> Iterator[Line]:
    """The prices that a page offers to machines (schema.org's Offer), each below its names."""
    try:
        data = json.loads(script)
    except (ValueError, RecursionError):
        return
    todo: list[tuple[Any, tuple[str, ...]]] = [(data, ())]
    while todo:
        node, names = todo.pop()
        if isinstance(node, list):
            todo += [(each, names) for each in reversed(node)]
        if not isinstance(node, dict):
            continue
        mine = (*names, node["name"]) if isinstance(node.get("name"), str) else names
        mine = mine[-8:]
        price, currency = node.get("price"), node.get("priceCurrency")
        if isinstance(price, str | int | float) and isinstance(currency, str):
            listed = "list" in str(node.get("priceType", "")).lower()  # the price that is struck
            listed |= "priceValidUntil" in node  # one for a time
            if not listed and re.fullmatch(r"\d[\d.,]*", str(price)):
                yield Line(f"{price} {currency}{_per(node)}", mine)
            continue
        todo += [(each, mine) for each in reversed(list(node.values()))]


def _per(node: dict[str, Any]) -> str:
    """For how long a price is paid once, in a word."""
    counted = node.get("referenceQuantity")
    of = counted if isinstance(counted, dict) else node
    said = f"{of.get('unitCode', '')} {of.get('unitText', '')} {of.get('billingDuration', '')}"
    units = beside(__file__)["units"].items()
    return next((f" / {word}" for code, word in units if re.search(code, said, re.I)), "")
