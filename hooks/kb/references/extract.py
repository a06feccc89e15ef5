"""HTML, CSS, sitemap, search index, redirects -> references and ids, each with its place."""

from __future__ import annotations

import json
import marshal
import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import NamedTuple

from kb import html
from kb.data import beside

# Where on the page a reference stands: the more inner, the surer it is the author's own text.
TEMPLATE, MAIN, ARTICLE = 0, 1, 2

IGNORE_ATTRIBUTES = frozenset({"data-kb-ignore", "data-proofer-ignore"})


class Reference(NamedTuple):
    """One address on a page: what kind of use, the address as written, where it stands."""

    kind: str
    url: str
    line: int
    col: int
    element: str
    region: int = TEMPLATE
    hreflang: str = ""
    edition: str = ""  # the old edition that a link says it means


class Duplicate(NamedTuple):
    """An id that an earlier element of the page already has."""

    id: str
    line: int
    col: int
    first_line: int
    region: int


class Page(NamedTuple):
    """What the graph needs of one file; the many references are kept small."""

    packed: bytes
    ids: tuple[str, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    language: str = ""
    base: str = ""
    refresh: bool = False  # the page sends its reader on at once
    region: int = TEMPLATE  # the innermost that holds a reference

    @property
    def references(self) -> list[Reference]:
        """The references in the order of the page."""
        return [Reference(*fields) for fields in marshal.loads(self.packed)]


# As fields, not yet made a Reference: a large site has millions.
_Fields = tuple[str, str, int, int, str, int, str, str]


def pack(references: Iterable[Reference]) -> bytes:
    """References as bytes: a tenth of their size, cheap to hand from process to process."""
    return marshal.dumps([tuple(reference) for reference in references])


_HTML = beside(__file__)
_ADDRESSES: dict[str, dict[str, str]] = _HTML["addresses"]
_NONE: dict[str, str] = {}
_LISTS: dict[str, str] = _HTML["lists"]
_RELATIONS: dict[str, str] = _HTML["relations"]
_NO_FETCH = frozenset(_HTML["no_fetch"])
_META_IMAGES = frozenset(_HTML["meta_images"])
_VOID = frozenset(_HTML["void"])
# Beside one of these an empty address is filled in by a script.
_LATER = frozenset({"srcset", "data-src", "data-srcset", "data-original", "data-lazy-src"}).union(
    f"{prefix}{name}" for prefix in (":", "v-bind:", "x-bind:", "ng-") for name in ("href", "src")
)
_REFRESH = re.compile(r"\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?(\"[^\"]*|'[^']*|.*)", re.I | re.S)
_AT_ONCE = re.compile(r"\s*0*[01]?(?:\.\d*)?\s*[;,\s]")
_EDITION = "data-edition"
_RELEVANT = frozenset({"id", "style", "hreflang", "role", "srcset", "imagesrcset", _EDITION}).union(
    *_ADDRESSES.values()
)
_HEAD = frozenset({"a", "html", "base", "link", "meta"})


class _Inside:
    """Whether the reader of tags is inside an element; counts nested ones of the same name."""

    __slots__ = ("depth", "name", "watched")

    def __init__(self, watched: set[str]) -> None:
        self.name = ""
        self.depth = 0
        self.watched = watched

    def enter(self, name: str) -> None:
        if not self.depth and name not in _VOID:
            self.name, self.depth = name, 1
            self.watched.add(name)

    def tag(self, name: str, opens: bool) -> None:
        if self.depth and name == self.name:
            # A paragraph ends where the next begins.
            self.depth += 1 if opens and name != "p" else -1


def page(text: str, ignore: frozenset[str] = IGNORE_ATTRIBUTES) -> Page:
    """References, ids and head facts of an HTML page."""
    return _Reader(ignore).read(text)


class _Reader:
    """One pass over the tags of a page."""

    def __init__(self, ignore: frozenset[str]) -> None:
        self.ignore = ignore
        self.relevant = _RELEVANT | ignore
        self.watched = {"template", "svg", "article", "main"}
        spans = [_Inside(self.watched) for _ in range(5)]
        self.spans = spans
        self.ignored, self.inert, self.svg, self.main, self.article = spans
        self.by_name = dict(zip(("template", "svg", "main", "article"), spans[1:], strict=True))
        self.references: list[_Fields] = []
        self.ids: dict[str, int] = {}  # and the line where each stands first
        self.names: list[str] = []
        self.duplicates: list[Duplicate] = []
        self.language = self.base = ""
        self.refresh = False
        self.innermost = TEMPLATE

    def read(self, text: str) -> Page:
        """Read a page to its end; a reader reads one page."""
        for tag in html.tags(text, self.watched):
            name, attrs, line, col, css = tag
            if name in self.watched and not css:
                self._pass(name, attrs is not None)
            if self.inert.depth:
                continue
            if attrs:
                self._element(tag, attrs)
            elif css and not self.ignored.depth:
                self.references += ((*found,) for found in stylesheet(css, line, col, "style"))
        return Page(
            marshal.dumps(self.references),
            tuple(filter(None, (*self.ids, *self.names))),
            tuple(self.duplicates),
            self.language,
            self.base,
            self.refresh,
            self.innermost,
        )

    def _pass(self, name: str, opens: bool) -> None:
        for span in self.spans:
            span.tag(name, opens)
        if opens and name in self.by_name:
            self.by_name[name].enter(name)

    def _element(self, tag: html.Tag, attrs: list[tuple[str, str]]) -> None:
        name, _, line, col, _ = tag
        region = ARTICLE if self.article.depth else MAIN if self.main.depth else TEMPLATE
        skip = self.ignored.depth > 0
        if not self.ignore.isdisjoint([key for key, _ in attrs]):
            skip = True
            self.ignored.enter(name)
        addresses = _ADDRESSES.get(name, _NONE)
        found: list[tuple[str, str, str]] = []
        hreflang = edition = ""
        for key, value in attrs:
            if key not in self.relevant:
                continue
            value = value or ""
            if key == "id":
                if value not in self.ids:
                    self.ids[value] = line
                elif value and not skip and not self.svg.depth:
                    first = self.ids[value]
                    self.duplicates.append(Duplicate(value, line, col, first, region))
            elif key in addresses:
                found.append((addresses[key], value, name))
            elif key == "style":
                if "(" in value:
                    found += [("css", r.url, f"{name}[style]") for r in stylesheet(value)]
            elif key == "hreflang":
                hreflang = value
            elif key == _EDITION:
                edition = value
            elif key == "role" and value == "main":
                self.main.enter(name)
            elif key == _LISTS.get(name):
                found += [("image", url, f"{name}[{key}]") for url in srcset(value)]
        if name in _HEAD:
            found += self._head(name, dict(attrs))
        if skip or not found:
            return
        if not all(url for _, url, _ in found) and not _LATER.isdisjoint(dict(attrs)):
            found = [item for item in found if item[1]]
        self.innermost = max(self.innermost, region)
        self.references += [
            (kind, url, line, col, element, region, hreflang, edition)
            for kind, url, element in found
        ]

    def _head(self, name: str, attrs: dict[str, str]) -> Iterator[tuple[str, str, str]]:
        """What the elements say that are more than a reference."""
        if name == "a":
            if attrs.get("name") and attrs["name"] != attrs.get("id"):
                self.names.append(attrs["name"])
        elif name == "link":
            yield from _relation(attrs)
        elif name == "meta":
            self.refresh = self.refresh or _sends_on(attrs)
            yield from _meta(attrs)
        elif name == "html":
            self.language = attrs.get("lang") or self.language
        elif name == "base":
            self.base = self.base or attrs.get("href") or ""


def _relation(attrs: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    relations = (attrs.get("rel") or "").lower().split()
    address = attrs.get("href")
    if address is None or not relations or not _NO_FETCH.isdisjoint(relations):
        return
    kind = next((_RELATIONS[name] for name in relations if name in _RELATIONS), "resource")
    yield kind, address, f"link[{' '.join(relations)}]"


def _meta(attrs: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    content = attrs.get("content") or ""
    if (attrs.get("http-equiv") or "").lower() == "refresh":
        match = _REFRESH.match(content)
        address = match[1].strip("\"' \t\n") if match else ""
        if address:
            yield "refresh", address, "meta[refresh]"
    subject = (attrs.get("property") or attrs.get("name") or "").lower()
    if subject in _META_IMAGES and content:
        yield "image", content, f"meta[{subject}]"


def _sends_on(attrs: dict[str, str]) -> bool:
    refresh = (attrs.get("http-equiv") or "").lower() == "refresh"
    return refresh and _AT_ONCE.match(attrs.get("content") or "") is not None


_CANDIDATE = re.compile(r"[\s,]*([^\s]+)")


def srcset(value: str) -> Iterator[str]:
    """The addresses of an image candidate list, by the HTML standard's splitting."""
    at = 0
    while match := _CANDIDATE.match(value, at):
        url, at = match[1], match.end()
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            # Descriptors run to the next comma outside of parentheses.
            depth = 0
            while at < len(value) and (depth or value[at] != ","):
                depth += (value[at] == "(") - (value[at] == ")")
                at += 1
        if url:
            yield url


_CSS_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
_CSS_ADDRESS = re.compile(
    r"""
    @namespace\b[^;{}]{0,300};                                             # a name, not an address
    | @import\s*(?:"(?P<i1>(?:[^"\\\n]|\\.)*)"|'(?P<i2>(?:[^'\\\n]|\\.)*)')
    | (?<![\w-])(?:url|src)\(\s*+(?:
        "(?P<q1>(?:[^"\\]|\\.)*)" | '(?P<q2>(?:[^'\\]|\\.)*)' | (?P<bare>(?:[^\s"'()\\]|\\.)*)
      )\s*\)
    | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'                     # any other string
    """,
    re.X | re.S | re.I,
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.S)


def _unescape(match: re.Match[str]) -> str:
    if not match[1]:
        return "" if match[2] == "\n" else match[2]
    code = int(match[1], 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def stylesheet(text: str, line: int = 1, col: int = 1, element: str = "css") -> Iterator[Reference]:
    """The addresses in a style sheet: `url()` and `@import`; comments and strings hold none."""
    # A comment becomes blanks, so that lines and columns stay true.
    text = _CSS_COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    at, here = 0, line
    for match in _CSS_ADDRESS.finditer(text):
        url = next((group for group in match.groups() if group is not None), None)
        if url is None:
            continue
        here += text.count("\n", at, match.start())
        at = match.start()
        if "\\" in url:
            url = _CSS_ESCAPE.sub(_unescape, url)
        start = at - (text.rfind("\n", 0, at) + 1) + 1
        yield Reference("css", url, here, start + col - 1 if here == line else start, element)


def sitemap(text: str) -> Page:
    """The pages that a sitemap lists."""
    found = [
        Reference("sitemap", match[1].strip(), text.count("\n", 0, match.start()) + 1, 1, "loc")
        for match in re.finditer(r"<loc>([^<]*)</loc>", text)
    ]
    others = re.finditer(r"<xhtml:link\b[^<>]*?\bhref=[\"']([^\"']*)", text)
    for match in others:
        line = text.count("\n", 0, match.start()) + 1
        found.append(Reference("sitemap", match[1].strip(), line, 1, "xhtml:link"))
    return Page(pack(r._replace(url=unescape(r.url)) for r in found))


def search_index(text: str) -> Page:
    """The places that MkDocs' search index leads to; another index gives none."""
    try:
        entries = json.loads(text)["docs"]
        places = [str(entry["location"]) for entry in entries]
    except (ValueError, TypeError, KeyError):
        return Page(pack([]))
    return Page(pack(Reference("search", place, 1, 1, "location") for place in places))


_ID = re.compile(r"<[^<>]*?\s(?:xml:)?id\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def svg_ids(text: str) -> frozenset[str]:
    """The ids in an SVG file, which `<use>` may name."""
    return frozenset(unescape(match[1] or match[2] or "") for match in _ID.finditer(text))


def redirects(text: str) -> Page:
    """The targets in a `_redirects` file; rules with placeholders are left out."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if len(words) > 1 and not re.search(r"[*:]", words[0] + words[1].partition("://")[2]):
            found.append(Reference("redirect", words[1], number, 1, words[0]))
    return Page(pack(found))


READERS: dict[str, Callable[[str], Page]] = {
    "sitemap.xml": sitemap,
    "search_index.json": search_index,
    "_redirects": redirects,
}
