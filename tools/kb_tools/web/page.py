"""A fetched page, reduced to what a verdict needs: bytes -> Page."""

from __future__ import annotations

import re
from typing import NamedTuple

import turbohtml

from kb import html
from kb_tools.web import phrases

_RAW = frozenset({"script", "style", "template", "noscript", "textarea", "iframe"})
# A delay beyond this is a page that reloads itself, not a page that sends its reader on.
_REFRESH_SECONDS = 10.0
_REFRESH = re.compile(r"\s*(\d*\.?\d*)\s*[;,]?\s*(?:url\s*=)?\s*(.*)", re.IGNORECASE | re.DOTALL)
_HEADING_CHARS = 300
_TEXT_CHARS = 4000


class Page(NamedTuple):
    """What a page says; `text` is its beginning, `length` counts all visible characters."""

    title: str = ""
    heading: str = ""
    text: str = ""
    length: int = 0
    noindex: bool = False
    scripted: bool = False
    refresh: str = ""
    base: str = ""
    embedded: tuple[str, ...] = ()
    anchors: frozenset[str] = frozenset()
    language: str = ""
    data: bool = False  # for a script to make more of the page from


def decode(data: bytes, charset: str = "") -> str:
    """The text of a page: byte-order mark, then the transport's charset, then the page's own.

    The order of the encoding sniffing algorithm (HTML, 13.2.3.2); bytes that are no text give none.
    """
    label = charset.strip("\"' ")
    if re.fullmatch(r"[\w:.-]+", label):
        # Said in the page's own words, so that one room knows the labels.
        prefix = f'<meta charset="{label}">'
        if not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            return _text(prefix.encode("ascii") + data)[len(prefix) :]
    return _text(data)


def _text(data: bytes) -> str:
    try:
        return html.decode(data)
    except ValueError:
        return ""


class _Scan:
    """The state of one pass over a page's tokens."""

    def __init__(self) -> None:
        self.inside = ""
        self.title: list[str] = []
        self.heading: list[str] = []
        self.text: list[str] = []
        self.kept = self.length = 0
        self.noindex = self.scripted = self.holds = False
        self.refresh = self.base = self.language = ""
        self.embedded: list[str] = []
        self.anchors: set[str] = set()

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if self.inside in _RAW:
            return
        self.anchors.update(
            value for key in ("id", "name" if name == "a" else "id") if (value := attrs.get(key))
        )
        if name == "meta":
            self._meta(attrs)
        elif name == "html":
            self.language = attrs.get("lang", "")
        elif name == "base":
            self.base = self.base or attrs.get("href", "")
        elif name in ("script", "iframe", "frame"):
            self.scripted |= name == "script"
            self.holds |= "json" in attrs.get("type", "") and not (
                "ld+json" in attrs["type"] or phrases.holds("settings_data", attrs.get("id", ""))
            )
            self.embedded += [attrs["src"]] if attrs.get("src") else []
        if name in _RAW or (name == "title" and not self.title) or name == "h1":
            self.inside = name

    def _meta(self, attrs: dict[str, str]) -> None:
        content = attrs.get("content", "")
        if attrs.get("http-equiv", "").lower() == "refresh":
            self.refresh = self.refresh or refresh_target(content)
        elif attrs.get("name", "").lower() in ("robots", "googlebot"):
            self.noindex |= "noindex" in content.lower()

    def data(self, data: str) -> None:
        if self.inside in _RAW:
            self.holds |= self.inside == "script" and bool(phrases.holds("app_data", data[:300]))
            return
        if self.inside == "title":
            self.title.append(data)
            return
        if self.inside == "h1":
            self.heading.append(data)
        words = " ".join(data.split())
        self.length += len(words)
        if words and self.kept < _TEXT_CHARS:
            self.text.append(words)
            self.kept += len(words)


def refresh_target(content: str) -> str:
    """Where `<meta http-equiv=refresh>` sends a reader at once (HTML, 4.2.5.3); "" when nowhere."""
    found = _REFRESH.fullmatch(content)
    if not found or not found[1] or found[1] == "." or float(found[1]) > _REFRESH_SECONDS:
        return ""
    return found[2].strip().strip("\"'")


def scan(text: str) -> Page:
    """Read a page's text in one linear pass."""
    state = _Scan()
    for token in turbohtml.tokenize(text):
        if token.type is html.START:
            state.start(token.tag or "", {key: value or "" for key, value in token.attrs or ()})
        elif token.type is html.TEXT:
            state.data(token.data or "")
        elif token.type is html.END and token.tag == state.inside:
            state.inside = ""
    return Page(
        title=_squeeze(state.title),
        heading=_squeeze(state.heading),
        text=" ".join(state.text),
        length=state.length,
        noindex=state.noindex,
        scripted=state.scripted,
        refresh=state.refresh,
        base=state.base,
        embedded=tuple(state.embedded),
        anchors=frozenset(state.anchors),
        language=state.language,
        data=state.holds,
    )


def _squeeze(parts: list[str]) -> str:
    return " ".join("".join(parts).split())[:_HEADING_CHARS]
