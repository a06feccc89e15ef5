"""A text -> the syntax tree that its generator saw, with addresses and HTML made ours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Protocol

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from kb import html
from kb.data import beside
from kb.legacy import tags
from kb.markup.judge import judge, profile


class Site(Protocol):
    """What a post's text leads to, and who is told; `line` is one of the text."""

    breaks: bool
    kramdown: bool

    def picture(self, src: str, line: int, alt: str = "") -> tags.Picture | None:
        """A file of the old blog, copied; None for one that is not on this site."""

    def link(self, href: str, line: int) -> str:
        """Where a link leads from the new page; "" for nowhere."""

    def raw(self, address: str) -> str:
        """An address in HTML, which nobody resolves: as seen from the built page."""

    def tell(self, rule: str, message: str, line: int) -> None:
        """Report something."""


# GFM's bare addresses, and what behind one is not part of it.
_AUTOLINK = re.compile(
    r"(?<![\w/])(?:https?://|www\.)[^\s<]+|(?a:(?<![\w.+/@-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+)", re.I
)
_TRAILING = re.compile(r"(?:[?!.,:*_~'\"]|&\w+;)+$")
_IMAGE = re.compile(r"[{<]%-?\s*(?:asset_)?im(?:g|age)\b")
_DEPTH = 100  # of nesting; markdown-it passes over what is deeper
_ID = re.compile(r"(?<![ \t])[ \t]*\{:?[^{}]*#([\w:.-]+)[^{}]*\}[ \t]*\Z")  # of a heading
_ABOVE = re.compile(r"(<a id=\"[\w:.-]+\") data-above></a>")  # where a block ends that has an id
_TASK = re.compile(r"\[([ xX])\](?=\s)")
# Chinese punctuation beside a mark of emphasis: CommonMark then takes the mark for text, which its
# author did not mean and older parsers did not do. A mark of punctuation between them says so.
_STOP = "\ufe45"
_WIDE = r"[\u2014\u2018-\u201d\u2026\u3001-\u303f\uff01-\uff65]"
_STOPPED = re.compile(
    rf"(?:(?<={_WIDE}\*)|(?<={_WIDE}\*\*))(?=[^\W_])|(?<=[^\W_])(?=\*{{1,2}}{_WIDE})"
)
# The last alternative begins nothing and is shown.
_HTML = re.compile(r"<!--(?:-?>|.*?-->)|</?[A-Za-z](?:\"[^\"]*+\"|'[^']*+'|[^<>\"']++)*>|<", re.S)
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.S | re.I)
_SHOWN = ("img", "iframe", "embed", "video", "audio", "source")
# Footnotes as Python-Markdown has them: they are compared, and may have to be written as HTML.
_NOTES = {
    "ref": lambda _r, tokens, at, _o, _e: (
        f'<sup><a class="footnote-ref" href="#fn:{escape(tokens[at].meta["label"])}">'
        f"{tokens[at].meta['id'] + 1}</a></sup>"
    ),
    "block_open": lambda *_: '<div class="footnote">\n<hr>\n<ol>\n',
    "block_close": lambda *_: "</ol>\n</div>\n",
    "open": lambda _r, tokens, at, *_: f'<li id="fn:{escape(tokens[at].meta["label"])}">\n',
    "close": lambda *_: "</li>\n",
}
_ELEMENTS = beside(__file__, "elements.yml")
# With CommonMark one tag alone on a line begins a block of HTML, with kramdown a paragraph.
_LONE = re.compile(rf"(?mi)^(?=[ ]{{0,3}}</?(?:{'|'.join(_ELEMENTS['inline'])})\b[^<>\n]*>[ \t]*$)")


class Tree:
    """One text, read: `tokens` of markdown-it, and `html`, what the old generator made of them."""

    def __init__(self, text: str, site: Site) -> None:
        self.site = site
        self.md = MarkdownIt("commonmark", {"breaks": site.breaks, "maxNesting": _DEPTH})
        self.md.enable(["table", "strikethrough"]).use(admon_plugin).use(
            attrs_plugin, after=("image",), allowed=("class", "width", "height")
        ).use(footnote_plugin, inline=False)
        if site.kramdown:
            self.md.use(deflist_plugin)
        for kind, write in _NOTES.items():
            self.md.add_render_rule(f"footnote_{kind}", write)
        self.md.normalizeLink = lambda url: url  # type: ignore[method-assign]
        self.line, self.linked = 1, Counter[str]()
        if _STOP not in text:
            text = _STOPPED.sub(_STOP, text)
            text = _LONE.sub(_STOP, text) if site.kramdown else text
        env: dict[str, Any] = {}
        self.tokens = _lifted(self._blocks(self.md.parse(text, env)))
        for label, count in env.get("footnotes", {}).get("refs", {}).items():
            if count < 0:
                line = text.count("\n", 0, text.find(f"[^{label[1:]}]:")) + 1
                site.tell("legacy-changed", f"no text has the footnote {label[1:40]}", line)
        if any(token.level > _DEPTH - 3 for token in self.tokens):
            site.tell("legacy-differs", "blocks are nested too deep to be read", 1)

    def html(self, tokens: Sequence[Token]) -> str:
        """What the old generator showed for these tokens."""
        return str(self.md.renderer.render(tokens, self.md.options, {}))

    def _blocks(self, tokens: Sequence[Token]) -> Iterator[Token]:
        above: Token | None = None  # the heading that is open
        for token in tokens:
            if token.type == "footnote_anchor":  # the way back, which each parser makes anew
                continue
            if token.map:
                self.line = token.map[0] + 1
            token.meta["line"] = self.line
            token.content = token.content.replace(_STOP, "")
            if token.type == "code_block" and _IMAGE.search(token.content):
                message = "a picture in indented code stays code"
                self.site.tell("legacy-lookalike", message, self.line)
            if token.type != "inline":
                above = token if token.type == "heading_open" else None
            if token.type == "fence" and token.info.strip():
                yield from self._titled(token)
            elif token.type == "html_block":
                token.content = self._html(token.content)
                yield token
            elif token.type == "inline":
                last = (token.children or [token])[-1]
                if above and self.site.kramdown and (named := _ID.search(last.content)):
                    above.attrs["id"], last.content = named[1], last.content[: named.start()]
                if anchor := _ABOVE.fullmatch(token.content):
                    token.meta["above"] = True
                    token.children = [_raw(f"{anchor[1]}>"), _raw("</a>")]
                else:
                    token.children = list(self._spans(token.children or []))
                yield token
            else:
                yield token

    def _titled(self, token: Token) -> Iterator[Token]:
        """A fence with a title, as Octopress and Hexo have it: the title stands above."""
        language, _, rest = token.info.strip().partition(" ")
        if rest and not re.match(r"\s*(?:[{\[:]|\w+=)", rest):
            _, above = tags.code_head("code", tags.words(rest))
            yield from self._blocks(self.md.parse(above))
        token.info = language
        yield token

    # ---- within lines

    def _spans(self, children: Sequence[Token]) -> Iterator[Token]:
        links: list[bool] = []  # of each open link, whether it stays
        for at, child in enumerate(children):
            child.content = child.content.replace(_STOP, "")
            if child.type == "text":
                text = child.content
                if not at and (task := _TASK.match(text)):
                    text = ("☐" if task[1] == " " else "☑") + text[task.end() :]
                yield from self._words(text, linked=bool(links))
            elif child.type == "softbreak":
                yield Token("hardbreak", "br", 0) if self.site.breaks else child
            elif child.type == "html_inline":
                made = self._element(child.content)
                meant = made.startswith("&lt;")
                kind = "text" if meant else "html_inline"
                yield Token(kind, "", 0, content=child.content if meant else made)
            elif child.type == "image":
                yield from self._image(child, linked=bool(links))
            elif child.type == "link_open":
                href = self.site.link(str(child.attrs["href"]), self.line)
                links.append(bool(href))
                child.attrs["href"] = href
                if href:
                    yield child
            elif child.type != "link_close" or links.pop():
                yield child

    def _words(self, text: str, *, linked: bool) -> Iterator[Token]:
        """Words, with the bare addresses in them as links."""
        pos = 0
        for match in () if linked else _AUTOLINK.finditer(text):
            shown = _TRAILING.sub("", match[0])
            while shown.endswith(")") and shown.count(")") > shown.count("("):
                shown = _TRAILING.sub("", shown[:-1])
            kind = "" if "://" in shown else "http://" if shown[:4].lower() == "www." else "mailto:"
            href = kind + shown
            if made := self.site.link(href, self.line):
                yield _text(text[pos : match.start()])
                yield from _linked(made, shown)
                pos = match.start() + len(shown)
        yield _text(text[pos:])

    def _image(self, token: Token, *, linked: bool) -> Iterator[Token]:
        renderer = RendererHTML()
        alt = renderer.renderInlineAsText(token.children or [], self.md.options, {})
        src = str(token.attrs["src"])
        token.content, token.children = alt, [_text(alt)]
        if picture := self.site.picture(src, self.line, alt):
            token.attrs |= {"src": picture.href, **_size(token.attrs, picture)}
            yield token
            return
        shown = alt or str(token.attrs.get("title") or src.rpartition("/")[2])
        href = "" if linked else self.site.link(src, self.line)
        yield from _linked(href, shown) if href else [_text(shown)]

    # ---- HTML

    def _html(self, text: str) -> str:
        """A block of HTML with its tags made ours."""
        for match in _HIDDEN.finditer(text):
            self._left_out(match[1].lower())
        return _HTML.sub(lambda match: self._element(match[0]), _HIDDEN.sub("", text))

    def _element(self, text: str) -> str:
        """A raw tag, as far as a page may hold it."""
        if text == "<":
            return "&lt;"
        if text.startswith("<!--"):
            return "" if re.match(r"<!--(?:-?>|\s*(?:kb:|more))", text) else text
        closing = text.startswith("</")
        found = next(html.tags(text.replace("/", "", 1) if closing else text), None)
        name, allowed = found.name if found else "", profile()
        if found is None or name not in (*_ELEMENTS["dropped"], *allowed.elements):
            self.site.tell("legacy-changed", f"{text[:40]} is no element: shown as text", self.line)
            return escape(text, quote=False)
        if closing:
            gone = self.linked[name] > 0  # an element that a link stands for ends nowhere
            self.linked[name] -= gone
            return "" if gone or name not in allowed.elements else f"</{name}>"
        attrs = dict(found.attrs or ())
        if name in _SHOWN and (src := attrs.get("src")):
            picture = self.site.picture(src, self.line) if name in allowed.elements else None
            if not picture:
                shown, href = escape(attrs.get("alt") or src), self.site.link(src, self.line)
                self.linked[name] += name in ("audio", "video")
                return f'<a href="{escape(self.site.raw(href))}">{shown}</a>' if href else shown
            attrs |= {"src": self.site.raw(picture.href), **_size(attrs, picture)}
        if "href" in attrs and (href := self.site.link(attrs.pop("href"), self.line)):
            attrs["href"] = self.site.raw(href)
        for fault in list(judge(name, list(attrs.items()), allowed)):
            if fault.rule == "markup-element":
                self._left_out(name)
                return ""
            self._left_out(f"{name} {fault.attribute}")
            attrs.pop(fault.attribute, None)
        held = "".join(f' {key}="{escape(value)}"' for key, value in attrs.items())
        return f"<{name}{held}>"

    def _left_out(self, what: str) -> None:
        self.site.tell(
            "legacy-html", f"<{what}> may not stand in a page and is left out", self.line
        )


def _size(attrs: Mapping[str, str | int | float], picture: tags.Picture) -> dict[str, str]:
    """The declared size in the shape of the file; none where none is declared."""
    width, height = (str(attrs.get(key, "")).removesuffix("px") for key in ("width", "height"))
    if width.endswith("%") or not (width or height).isdecimal():
        return {}
    shown = tags.shown_size(tags.ImageTag("", width=width, height=height), picture)
    return {key: size for key, size in zip(("width", "height"), shown, strict=True) if size}


def _lifted(tokens: Iterable[Token]) -> list[Token]:
    """The tokens; the anchor of a block stands before it."""
    found: list[Token] = []
    before, here = dict[int, int](), dict[int, int]()  # of each level, where its blocks begin
    for token in tokens:
        if token.nesting >= 0:
            before[token.level], here[token.level] = here.get(token.level, 0), len(found)
        found.append(token)
        if token.type == "paragraph_close" and found[-2].meta.get("above"):
            at = before[token.level]
            if len(found) > 3 and found[-4].nesting < 1:  # else it is the first in what holds it
                found[at:] = [*found[-3:], *found[at:-3]]
                here[token.level] = at + 3
    return found


def _raw(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _linked(href: str, shown: str) -> list[Token]:
    opener = Token("link_open", "a", 1, attrs={"href": href})
    return [opener, _text(shown), Token("link_close", "a", -1)]
