"""HTML and CSS -> references and ids, each with its place; other formats: formats.py."""

import contextlib
import json
import marshal
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kb import html
from kb.data import beside
from kb.ledger import walk

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

    @property
    def url(self) -> str:
        """The address of the element with that id."""
        return f"#{self.id}"


@dataclass(slots=True)
class Page:
    """What the graph needs of one file; the many references are kept small."""

    packed: bytes = b""
    ids: frozenset[str] = frozenset()
    duplicates: list[Duplicate] = field(default_factory=list)
    language: str = ""
    base: str = ""
    refresh: bool = False  # the page sends its reader on at once
    region: int = TEMPLATE  # the innermost that holds a reference
    maps: list[str] = field(default_factory=list)  # the names of image maps

    @property
    def rows(self) -> "list[Row]":
        """The references as they are kept: a large site has millions."""
        rows: list[Row] = marshal.loads(self.packed)
        return rows

    @property
    def references(self) -> list[Reference]:
        """The references in the order of the page."""
        return [reference(row) for row in self.rows]


# A reference, and how it is kept: its use (kind, element, region, hreflang, edition) apart.
_Fields = tuple[str, str, int, int, str, int, str, str]
_Use = tuple[str, str, int, str, str]
Row = tuple[str, int, int, _Use]


def reference(row: Row) -> Reference:
    """What a row of a page stands for."""
    url, line, col, (kind, element, region, hreflang, edition) = row
    return Reference(kind, url, line, col, element, region, hreflang, edition)


def pack(references: Iterable[_Fields]) -> bytes:
    """References as bytes: a tenth of their size, cheap to hand from process to process."""
    uses: dict[_Use, _Use] = {}  # few, so each is written once
    rows: list[Row] = []
    for kind, url, line, col, element, region, hreflang, edition in references:
        use = (kind, element, region, hreflang, edition)
        rows.append((url, line, col, uses.setdefault(use, use)))
    return marshal.dumps(rows)


_HTML = beside(__file__)
_ADDRESSES: dict[str, dict[str, str]] = _HTML["addresses"]
_LISTS: dict[str, list[str]] = _HTML["lists"]
_DATA: dict[str, str] = _HTML["data"]
_RELATIONS: dict[str, str] = _HTML["relations"]
_NO_FETCH = frozenset(_HTML["no_fetch"])
_META_IMAGES = frozenset(_HTML["meta_images"])
# Beside one of these an empty address is filled in by a script.
_LATER = frozenset({"srcset", "srcdoc", *_HTML["lazy"]}).union(
    f"{prefix}{name}" for prefix in (":", "v-bind:", "x-bind:", "ng-") for name in ("href", "src")
)
_REFRESH = re.compile(r"\s*[\d.]+\s*[;,\s]\s*(?:url\s*=\s*)?(\"[^\"]*|'[^']*|.*)", re.I | re.S)
_AT_ONCE = re.compile(r"\s*0*[01]?(?:\.\d*)?\s*[;,\s]")
# What begins as no page does may be a template's part, with places for its engine to fill in.
_WHOLE = re.compile(r"\s*<(?:!doctype|html|head|body)\b", re.I)
_ASIDE = re.compile(r"<!--.*?(?:-->|\Z)|<\?[^>]*>", re.S)
_PLACEHOLDER = re.compile(r"\{[{%]")
_READ = (*_ADDRESSES, "feImage", "html", "base", "link", "map", "meta", "style")
# A template with this attribute is the content of the element that it stands in.
_INERT, _SHADOW = "template:not([shadowrootmode])", "template[shadowrootmode]"


def begin(text: str) -> str:
    """The beginning of a document, less comments and declarations."""
    return _ASIDE.sub("", text[:5000])


def page(text: str, ignore: frozenset[str] = IGNORE_ATTRIBUTES) -> Page:
    """References, ids and head facts of an HTML page, or of an SVG file.

    Left out is what an element of `ignore` holds: `attribute`, `.class` or `<name`.
    """
    return _Reader(ignore).read(text)


def _selector(ignored: str) -> str:
    """One of `ignore` in CSS, each character of the name as its number."""
    name = "".join(f"\\{ord(each):x} " for each in ignored.lstrip("<."))
    return {"<": name, ".": f".{name}"}.get(ignored[0], f"[{name}]")


class _Reader:
    """One pass over the elements of a page."""

    def __init__(self, ignore: frozenset[str]) -> None:
        self.ignore = ignore
        self.ignored = ",".join(map(_selector, ignore)) or ":not(*)"
        self.references: list[_Fields] = []
        self.ids: dict[str, int] = {}  # and the line where each stands first
        self.names: set[str] = set()
        self.part = self.templates = False
        self.page = Page()

    def read(self, text: str) -> Page:
        """Read a page to its end; a reader reads one page."""
        self.part = not _WHOLE.match(begin(text))
        self.templates = "<template" in text.lower()  # most pages have none
        for element, line, col in html.elements(text, "[id],[style]", _READ):
            attrs: dict[str, Any] = dict(element.attrs)
            name = element.tag.lower()
            if (attrs or name in ("script", "style")) and not (
                self.templates and html.within(element, _INERT)
            ):
                self._element(element, name, attrs, line, col)
        self.page.packed = pack(self.references)
        self.page.ids = frozenset(self.names.union(self.ids))
        return self.page

    def _element(
        self, element: html.Element, name: str, attrs: dict[str, Any], line: int, col: int
    ) -> None:
        region = TEMPLATE
        if html.within(element, "article,main,[role=main]"):
            region = ARTICLE if html.within(element, "article") else MAIN
        skip = html.within(element, self.ignored)
        anchor = attrs.get("id")
        # No link of the page reaches into it.
        if anchor and not (self.templates and html.within(element, _SHADOW)):
            if anchor not in self.ids:
                self.ids[anchor] = line
            elif not skip and not html.within(element, "svg"):
                first = self.ids[anchor]
                self.page.duplicates.append(Duplicate(anchor, line, col, first, region))
        found = [*self._uses(name, attrs), *self._head(name, attrs)]
        if skip:
            return
        hreflang, edition = attrs.get("hreflang", ""), attrs.get("data-edition", "")
        for kind, url, written in found:
            if (url or _LATER.isdisjoint(attrs)) and not (self.part and _PLACEHOLDER.search(url)):
                self.page.region = max(self.page.region, region)
                self.references.append((kind, url, line, col, written, region, hreflang, edition))
        if name in ("script", "style"):
            line, col = html.inside(element)
            kind = attrs.get("type", "").strip().lower()
            if name == "script":
                self.references += _script(kind, element.text, line, col)
            elif kind in ("", "text/css"):  # browsers leave any other to scripts
                self.references += stylesheet(element.text, line, col, name)

    def _uses(self, name: str, attrs: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        """Kind, address and place of what an element's attributes refer to."""
        for key, kind in _ADDRESSES.get(name, {}).items():
            if key in attrs and not (key[:5] == "data-" and "{" in attrs[key]):  # for a script
                yield kind, attrs[key], name
        for key in _LISTS.get(name, ()):
            for url in srcset(attrs.get(key, "")):
                yield "image", url, f"{name}[{key}]"
        if "(" in attrs.get("style", ""):
            for found in stylesheet(attrs["style"]):
                yield "css", found.url, f"{name}[style]"
        if name == "iframe" and "srcdoc" in attrs:
            for inner in page(attrs["srcdoc"], self.ignore).references:
                if inner.url[:1] != "#":
                    yield inner.kind, inner.url, inner.element

    def _head(self, name: str, attrs: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        """What the elements say that are more than a reference."""
        if name == "a":
            if attrs.get("name") and attrs["name"] != attrs.get("id"):
                self.names.add(attrs["name"])
        elif name == "link":
            relations = [relation.lower() for relation in attrs.get("rel", ())]
            if "href" in attrs and relations and _NO_FETCH.isdisjoint(relations):
                kind = next(filter(None, map(_RELATIONS.get, relations)), "resource")
                yield kind, attrs["href"], f"link[{' '.join(relations)}]"
        elif name == "meta":
            content = attrs.get("content", "")
            if attrs.get("http-equiv", "").lower() == "refresh":
                self.page.refresh = self.page.refresh or _AT_ONCE.match(content) is not None
                match = _REFRESH.match(content)
                if address := match[1].strip("\"' \t\n") if match else "":
                    yield "refresh", address, "meta[refresh]"
            subject = (attrs.get("property") or attrs.get("name") or "").lower()
            if subject in _META_IMAGES and content:
                yield "image", content, f"meta[{subject}]"
        elif name == "map":
            self.page.maps.append(attrs.get("name", ""))
        elif name == "html":
            self.page.language = attrs.get("lang", "")
        elif name == "base":
            self.page.base = self.page.base or attrs.get("href", "")


def _script(kind: str, text: str, line: int, col: int) -> Iterator[Reference]:
    """What scripts and data in a page name: modules, import maps, pages to come, JSON-LD."""
    if kind == "module":
        found = [("script", match[2]) for match in _IMPORT.finditer(text) if match[2]]
    else:
        found = list(data(text)) if kind in _DATA_TYPES else []
    for use, url in found:
        down = text.count("\n", 0, max(text.find(url), 0))
        yield Reference(use, url, line + down, 1 if down else col, f"script[{kind}]")


def data(text: str) -> Iterator[tuple[str, str]]:
    """Kind and address of what JSON names under the keys that mean an address; not JSON, none."""
    with contextlib.suppress(ValueError, RecursionError):
        for path, held in walk(json.loads(text)):
            key = ""
            for part in path:
                # The address of a picture is `url`, too; an import map has names of its own.
                same = key == "imports" or (key in _DATA and part in ("url", "@id"))
                key = key if same or isinstance(part, int) else part
            if isinstance(held, str) and key in _DATA and _LIKE[key == "imports"].fullmatch(held):
                yield _DATA[key], held


_DATA_TYPES = frozenset({"importmap", "speculationrules", "application/ld+json"})
# What of JSON may be an address, and of an import map one that is no beginning of others.
_LIKE = re.compile(r"\S*[/.]\S*"), re.compile(r"\S*[/.]\S*[^\s/]")
_IMPORT = re.compile(_HTML["import"], re.X | re.S)
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
_CSS_ADDRESS = re.compile(_HTML["style"], re.X | re.S | re.I)
# Before a string: only in an image-set is one an address, and there in no other function.
_IMAGE_SET = re.compile(r"image-set\((?:[^()]|\([^()]*\))*\Z", re.I)
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
    sets = "image-set(" in text.lower()
    for match in _CSS_ADDRESS.finditer(text):
        url = next((group for group in match.groups() if group is not None), None)
        if url is None or (match.lastgroup in ("s1", "s2") and not (sets and _in_set(text, match))):
            continue
        here += text.count("\n", at, match.start())
        at = match.start()
        if "\\" in url:
            url = _CSS_ESCAPE.sub(_unescape, url)
        start = at - (text.rfind("\n", 0, at) + 1) + 1
        yield Reference("css", url, here, start + col - 1 if here == line else start, element)


def _in_set(text: str, match: re.Match[str]) -> bool:
    start = max(text.rfind(end, 0, match.start()) for end in "{};") + 1
    return bool(_IMAGE_SET.search(text, max(start, match.start() - 500), match.start()))
