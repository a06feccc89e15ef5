"""Markdown text -> what it holds: front matter, headings and ids, links and pictures, facts named.

What stands in code is text and gives nothing. Lines and columns count from 1 in the whole file.
"""

import re
from collections.abc import Container, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from kb import html
from kb.finding import Mixed
from kb.ledger import Ledger
from kb.references import extract, urls
from kb.references.mapping import Anchor, Link
from kb.text import front_matter, regions
from kb.text.places import Places, inside, replaced

DocsPath = str  # of a file below docs/, from there: `2026-11/zh/start/plans.md`


class Heading(NamedTuple):
    """A heading with its explicit id ("" when it has none)."""

    level: int
    text: str
    id: str
    line: int
    col: int


class Mention(NamedTuple):
    """A fact named at text[start:end], or a generated part that is asked for, `<!-- kb:id -->`.

    A fact is named by `[[id]]`, `[[id.form]]` or, in own words, `[[id|words]]`.
    """

    id: str
    form: str
    start: int
    end: int
    words: str = ""


class Section(NamedTuple):
    """A section of a page: the line of its heading, its first and last line, its text."""

    line: int
    first: int
    last: int
    text: str


_ATX = re.compile(r"(?m)^(?P<marks>#{1,6})(?P<text>[^\n]*)$")
_SETEXT = re.compile(r"(?m)^(?P<text>[^\s#>|-][^\n]*)\n(?P<marks>=+|-+)[ \t]*$")
ATTRIBUTES = re.compile(r"\{:?([^{}\n]*)\}")
_TAIL = re.compile(rf"{ATTRIBUTES.pattern}\s*\Z")
_ID = re.compile(r"(?:^|\s)#([^\s#{}.]+)|(?:^|\s)id=[\"']?([^\s\"']+)")
_DEFINITION = re.compile(
    r"(?m)^ {0,3}\[(?P<label>[^\]\n^][^\]\n]*)\]:[ \t]*+\n?[ \t]*+"
    r"(?:<(?P<angle>[^<>\n]*)>|(?P<bare>\S+))"
)
_LABEL = re.compile(r"[ \t]?\[([^\]]*)\]")
_AUTOLINK = re.compile(r"<((?:https?|ftp|mailto):[^\s<>]+)>")
_BARE = re.compile(
    r"(?<![\w<>(\"'\[=/])https?://[^\W_][^\s<>\"'`\[\]\u3000-\u303f\uff00-\uffef]*[^\W_]/?"
)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MENTION = re.compile(r"\[\[([^\[\]\n]+)\]\](?!\()")
_PART = re.compile(r"<!--[ \t]*kb:([\w-]+)[ \t]*-->")
SNIPPETS = "snippets/"  # of a language: the texts that its pages include
# A block of its own, and none behind it that might belong to what it holds.
_INCLUDE = re.compile(
    r'(?m)^[ \t]*\n(--8<-- "(\w[\w.-]*(?:/\w[\w.-]*)*\.md)")[ \t]*$'
    r"(?=\n(?:[ \t]*\n)+\S|\s*\Z)"
)
_WRITTEN = re.compile(r"(?:(?<=\]\(|\(<)|(?<=\]: ))[^\s()<>]+")  # an address
# A word of letters; of Chinese, each pair of signs.
_WORD = re.compile(r"[^\W_\u2e80-\uffff]+|[\u2e80-\u9fff](?=([\u2e80-\u9fff]))")
_SAMPLES = frozenset(("fence", "indented", "code", "comment", "verbatim"))
_LONGEST = 1000  # characters of a label


class Markdown:
    """A text of Markdown. Everything is read when it is first asked for, and kept."""

    file = ""  # its path from the project's folder, as findings name it

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")

    @cached_property
    def front(self) -> Ledger:
        """The front matter."""
        return front_matter.read(self.text, self.file)

    @property
    def meta(self) -> Mapping[str, Any]:
        """The fields of the front matter; none where it cannot be read."""
        return self.front.data or {}

    @cached_property
    def meta_lines(self) -> int:
        """How many lines the front matter takes."""
        return self.text.count("\n", 0, self._body)

    @cached_property
    def _head(self) -> int:
        """Where what looks like front matter ends."""
        match = front_matter.BLOCK.match(self.text)
        return match.end() if match else 0

    @property
    def _body(self) -> int:
        return self._head if self.front.data else 0

    @property
    def body(self) -> str:
        """The text behind the front matter."""
        return self.text[self._body :]

    @cached_property
    def spans(self) -> tuple[regions.Span, ...]:
        """Which stretches are code, comment or template tag."""
        return regions.scan(_blank(self.text[: self._head]) + self.text[self._head :])

    @cached_property
    def live(self) -> str:
        """The text with all that no reader sees as Markdown blanked out, place for place."""
        return self._without(regions.DEAD | {"tag", "unclosed"})

    @cached_property
    def raw(self) -> str:
        """The text with all blanked out that a browser sees as mere text, place for place."""
        return self._without(_SAMPLES)

    def forget(self) -> None:
        """Let go of what is as large as the text: who asks for it has it read anew."""
        for name in ("spans", "live", "raw", "places", "sections"):
            vars(self).pop(name, None)

    def _without(self, kinds: Container[str]) -> str:
        held = [(0, self._head)]
        held += ((span.start, span.end) for span in self.spans if span.kind in kinds)
        return replaced(self.text, ((a, b, _blank(self.text[a:b])) for a, b in held))

    @cached_property
    def places(self) -> Places:
        """Line and column of each offset."""
        return Places(self.text)

    @cached_property
    def headings(self) -> list[Heading]:
        """The headings in order."""
        found = []
        for pattern in (_ATX, _SETEXT):
            for match in pattern.finditer(self.live):
                marks = match["marks"]
                level = len(marks) if marks[0] == "#" else 1 if marks[0] == "=" else 2
                start, end = match.span("text")
                tail = _TAIL.search(self.live, start, end)
                shown = self.live[start : tail.start() if tail else end].rstrip()
                shown = shown.rstrip("#").rstrip() if marks[0] == "#" else shown
                title = self.text[start : start + len(shown)].strip()
                line, col = self.places.of(match.start())
                found.append(Heading(level, title, _id(tail[1]) if tail else "", line, col))
        return sorted(found, key=lambda heading: heading.line)

    @cached_property
    def outline(self) -> list[tuple[str, frozenset[str]]]:
        """The id of each section's heading, and its words; the page's own heading is no section."""
        named = ((heading.id, heading.text.casefold()) for heading in self.headings[1:])
        return [
            (id_, frozenset(match[0] + (match[1] or "") for match in _WORD.finditer(text)))
            for id_, text in named
            if id_
        ]

    @cached_property
    def ids(self) -> list[Anchor]:
        """The explicit ids of headings, other blocks and raw elements, in order."""
        found = [Anchor(h.id, h.line, h.col) for h in self.headings if h.id]
        held = {(anchor.id, anchor.line) for anchor in found}
        for match in ATTRIBUTES.finditer(self.live):
            anchor = _id(match[1])
            line, col = self.places.of(match.start())
            if anchor and (anchor, line) not in held:
                found.append(Anchor(anchor, line, col))
        raw = html.elements(self.live, "[id]:not([id=''])")
        found += (Anchor(element.attr("id") or "", line, col) for element, line, col in raw)
        return sorted(found, key=lambda anchor: (anchor.line, anchor.col))

    @cached_property
    def links(self) -> list[Link]:
        """The links and pictures of Markdown and raw HTML, in order; not those of legacy tags."""
        raw = (ref for ref in extract.page(self.live).references if ref.url and ref.kind != "css")
        found = [
            *self._links(),
            *(Link(ref.url, "", ref.line, ref.col, ref.kind == "image", True) for ref in raw),
        ]
        return sorted(found, key=lambda link: (link.line, link.col))

    def _links(self) -> Iterator[Link]:
        live = self.live
        defined: dict[str, str] = {}
        definitions: list[tuple[int, int]] = []
        for match in _DEFINITION.finditer(live):
            target = match["angle"] if match["angle"] is not None else match["bare"]
            defined.setdefault(_label(match["label"]), _ESCAPE.sub(r"\1", target))
            definitions.append(match.span())
        defining, closing = inside(definitions), _closing(live)
        opened: list[int] = []
        used = 0  # what is part of a link already
        paired = 0  # what may not be paired with the label behind it
        for match in re.finditer(r"[\[\]]", live):
            at = match.start()
            if at < used or _escaped(live, at):
                continue
            if match[0] == "[":
                opened.append(at)
                continue
            if not opened:
                continue
            start = opened.pop()
            if defining(start):
                continue
            label = self.text[start + 1 : min(at, start + _LONGEST)]
            if at + 1 in closing:
                used = closing[at + 1]
                target = _target(live[at + 2 : used])
            else:
                after = _LABEL.match(live, at + 1) if at >= paired else None
                name = _label(after[1]) if after and after[1] else ""
                if after and name in defined:
                    used = after.end()
                elif after:
                    paired = after.end()  # a second label belongs to the first, defined or not
                name = name if name in defined else _label(label)
                if name not in defined:
                    continue
                target = defined[name]
            picture = start > 0 and live[start - 1] == "!" and not _escaped(live, start - 1)
            yield Link(target, label, *self.places.of(start - picture), picture)
        for match in (*_AUTOLINK.finditer(live), *_BARE.finditer(live)):
            url = match[match.lastindex or 0]
            yield Link(url, url, *self.places.of(match.start()))

    @cached_property
    def mentions(self) -> list[Mention]:
        """The facts that the text names."""
        found = []
        for match in _MENTION.finditer(self.live):
            named, _, words = match[1].partition("|")
            name, _, form = named.partition(".")
            found.append(Mention(name, form, *match.span(), words))
        return found

    @cached_property
    def parts(self) -> list[Mention]:
        """The generated parts that the text asks for."""
        comments = (span for span in self.spans if span.kind == "comment")
        found = ((_PART.fullmatch(self.text, span.start, span.end), span) for span in comments)
        return [Mention(match[1], "", span.start, span.end) for match, span in found if match]


class Page(Markdown):
    """A page of the guide: `docs/<edition>/<locale>/<name>.md`, or a text that pages include."""

    included: "tuple[Page, ...]" = ()
    _whole: "Page | None" = None

    def __init__(self, path: DocsPath, text: str) -> None:
        super().__init__(text)
        self.path, self.file = path, f"docs/{path}"
        self.edition, self.locale, name = path.split("/", 2)
        self.name = name.removesuffix(".md")

    def read(self) -> dict[str, Any]:
        """What is read of the text for all who ask, to be kept: `vars` of a page can take it."""
        names = ("front", "headings", "outline", "ids", "links", "mentions", "parts")
        return {name: getattr(self, name) for name in names}

    def including(self, held: "Mapping[DocsPath, Page]") -> "Page":
        """The page with the texts in it that its lines `--8<-- "x.md"` name."""
        if "\n--8<--" not in self.text:
            return self
        folder, code = f"{self.edition}/{self.locale}/{SNIPPETS}", regions.dead(self.spans)
        asked = [m for m in _INCLUDE.finditer(self.text, self._head) if not code(m.start(1))]
        named = ((self.places.of(m.start(1))[0], held.get(folder + m[2])) for m in asked)
        found = [(line, each) for line, each in named if each]
        included = tuple(each for _, each in found)
        if included and (not self._whole or self._whole.included != included):
            lines, file = self._seen_from(self), Mixed(self.file)
            for line, each in reversed(found):
                lines[line - 1 : line] = each._seen_from(self)
            self._whole = Page(self.path, "\n".join(line for line, _, _ in lines))
            file.lines = [(path, number) for _, path, number in lines]
            self._whole.file, self._whole.included = file, included
        return self._whole if self._whole and included else self

    def _seen_from(self, page: "Page") -> list[tuple[str, str, int]]:
        """Its lines with addresses as from a page that includes them, each with its place."""
        here, there = (each.path.rpartition("/")[0] for each in (self, page))
        new = {one.target: urls.rebased(one.target, here, there) for one in self.links}
        found = (match for match in _WRITTEN.finditer(self.live) if match[0] in new)
        text = replaced(self.text, ((*match.span(), new[match[0]]) for match in found))
        return [(line, self.file, at) for at, line in enumerate(text.rstrip().split("\n"), 1)]

    def sibling(self, locale: str) -> DocsPath:
        """The path of the same page in another language."""
        return f"{self.edition}/{locale}/{self.name}.md"

    @cached_property
    def sections(self) -> dict[str, Section]:
        """The sections by id, each up to the next heading; those without an id are left out.

        The first one begins with the title and the description, and has what stands before its
        heading.
        """
        lines = self.text.split("\n")
        starts = [self.meta_lines, *(heading.line - 1 for heading in self.headings[1:])]
        head = [f"{key}: {self.meta.get(key, '')}" for key in ("title", "description")]
        ends = [*starts[1:], len(lines)]
        found: dict[str, Section] = {}
        for heading, start, end in zip(self.headings, starts, ends, strict=False):
            text = "\n".join([*head, "", *lines[start:end]]).strip()
            head = []
            if heading.id:
                found.setdefault(heading.id, Section(heading.line, start + 1, end, text))
        return found


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _id(attributes: str) -> str:
    match = _ID.search(attributes)
    return (match[1] or match[2]) if match else ""


def _target(written: str) -> str:
    """The address in a link's parentheses, as Python-Markdown reads it: with spaces, no title."""
    written = written.strip()
    if written[-1:] in ("'", '"'):
        start = written.rfind(written[-1], 0, -1)
        if start > 0 and written[start - 1].isspace():
            written = written[:start].rstrip()
    inner = written[1:-1]
    if written[:1] == "<" and written[-1:] == ">" and not re.search(r"[<>\n]", inner):
        written = inner
    return _ESCAPE.sub(r"\1", written)


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
