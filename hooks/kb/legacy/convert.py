"""The template tags of the old blog -> Markdown: Hexo's and Octopress's dialects, both spellings.

Where the two generators agree on an image tag, the result has exactly their attributes; where they
differ, the author's evident intent. What is not converted stays as it is and is a finding.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import markdown

from kb.finding import Finding
from kb.legacy import tags
from kb.references import urls
from kb.references.mapping import Link
from kb.text import regions
from kb.text.page import Markdown
from kb.text.places import Places, inside, replaced
from kb.text.regions import Span

# Bounds that keep hostile nesting and indentation linear.
MAX_DEPTH = 8
MAX_MARGIN = 40
_MORE = r"<!--+[ \t]*more"
# Without one of these a text has nothing of the old blog.
_MARK = re.compile(rf"[{{<]%|\{{[{{#]|{_MORE}", re.I)


def _nowhere(_: str) -> None:
    """Resolve nothing: every address stays as written."""


class Ways(NamedTuple):
    """What a site knows, and wants; by default nothing, and every address stays as written."""

    resolve: Callable[[str], tags.Picture | None] = _nowhere  # a picture by its address
    locate: Callable[[str], tuple[str, str] | None] = _nowhere  # a post's address and title
    include: Callable[[str], str | None] = _nowhere  # a file of code
    draw: Callable[[tags.ImageTag, tags.Picture | None], str] = tags.image  # outside of HTML
    ignore: frozenset[str] = frozenset()  # tags that belong to somebody else


ALONE = Ways()  # a text of no site


def convert(
    text: str, path: str, ways: Ways = ALONE, *, first_line: int = 1
) -> tuple[str, list[Finding]]:
    """The text, from `first_line` of its file on, with its tags as Markdown; what was wrong."""
    if not _MARK.search(text):
        return text, []
    converter = _Converter(_without_variables(text), path, ways, first_line)
    result = _settle(converter.run(), ways.ignore)
    return result, sorted(set(converter.findings), key=lambda found: (found.line, found.col, found))


def _without_variables(text: str) -> str:
    """The text with addresses from the root in place of variables for it; code keeps them."""
    if not tags.VARIABLE.search(text):
        return text
    inside = regions.dead(regions.scan(text))
    return tags.VARIABLE.sub(lambda m: m[0] if inside(m.start()) else tags.variable(m), text)


def images(text: Markdown) -> Iterator[tags.ImageTag]:
    """The live image tags of a text, with their places in it."""
    every = text.spans if "{%" in text.text or "<%" in text.text else ()
    spans = [span for span in every if span.kind == "tag" and TAGS.get(span.name) is _image]
    if not spans:
        return
    in_html = _in_html(text.text, text.spans)
    for span in spans:
        if not in_html(span.start):
            tag = tags.parse_image(span.args, span.name)
            if isinstance(tag, tags.ImageTag):
                line, col = text.places.of(span.start)
                yield tag._replace(line=line, col=col)


def links(text: Markdown) -> list[Link]:
    """All links and pictures of a text in order, those of legacy tags too."""
    shown = [Link(tag.src, tag.alt, tag.line, tag.col, True) for tag in images(text)]
    if not shown:
        return text.links
    return sorted([*text.links, *shown], key=lambda link: (link.line, link.col))


_MARGIN = re.compile(r"[ \t>]*")
_REST = re.compile(r"[ \t\r]*(?:\n|\Z)")
_LITERAL = re.compile(r"(?<!\\)((?:\\\\)*)(\{|<)(?=%)")


class _Converter:
    def __init__(self, text: str, path: str, ways: Ways, first_line: int) -> None:
        self.text, self.path, self.ways = text, path, ways
        self.places = Places(text, first_line)
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.spans = regions.scan(text)
        self.in_html = _in_html(text, self.spans)
        live = (span for span in self.spans if span.kind == "tag")
        self.pairs = pairs(span for span in live if not self._odd(span))
        self.findings: list[Finding] = []
        self.converted: list[Span] = []
        self.out: list[str] = []
        self.blocks: list[tuple[Span, int]] = []

    def run(self) -> str:
        """The converted text; the findings gather on the way."""
        pos, unclosed = 0, 0
        for span in self.spans:
            self.out.append(self.text[pos : span.start])
            pos = span.end
            if span.kind == "unclosed":
                line = self.places.of(span.start)[0]
                # One per line says it all.
                if line != unclosed and span.name not in self.ways.ignore:
                    self._report(span, "legacy-unclosed", f"`{span.name}` is opened, never closed")
                unclosed = line
            written = self.text[span.start : span.end]
            result = self._replacement(span, written)
            if result != written and span.kind != "shift":
                self.converted.append(span)
            self.out.append(result)
        self.out.append(self.text[pos:])
        return "".join(self.out)

    def _report(self, span: Span, rule: str, message: str) -> None:
        line, col = self.places.of(span.start)
        self.findings.append(Finding(self.path, line, rule, message, col=col))

    def _replacement(self, span: Span, written: str) -> str:
        if span.kind == "shift":
            if not TAGS.keys() - self.ways.ignore >= {*span.name.split(" ")}:
                return written  # somebody else's stay where they are
            return span.args.replace("\n", self.newline)
        if span.kind == "comment":
            if written.startswith("{#"):
                message = "a template comment would show as text"
                self._report(span, "legacy-lookalike", message)
            return "" if regions.MORE.fullmatch(written) else written
        if span.kind == "foreign":
            self._report(span, "legacy-lookalike", "a template tag that is none of ours")
        elif span.kind == "element" and _PREFORMATTED.match(written) and _SUSPECT.search(written):
            message = "a template tag in `<pre>` shows as text"
            self._report(span, "legacy-lookalike", message)
        elif span.kind == "fence" and span.name and re.search(r"[{<]%-?\s*im(?:g|age)\b", written):
            message = "this fence has no end: the legacy tags below it stay code"
            self._report(span, "legacy-unclosed", message)
        elif span.name in self.ways.ignore:
            return written
        elif span.kind == "verbatim":
            return self._verbatim(span)
        elif span.kind == "tag":
            result = self._tag(span)
            if isinstance(result, str):
                return result
            self._report(span, *result)
        return written

    def _address(self, span: Span) -> str:
        """The address that a tag stands in: it is the one that the tag leads to."""
        if self.in_html(span.start):
            return "an HTML tag"
        return "an address" if self.text.startswith("](", span.start - 2) else ""

    def _odd(self, span: Span) -> tags.Problem | None:
        """Why a tag is none: by where it stands, or by what stands right behind its name."""
        where, name, drawn = self._address(span), span.name, self.ways.draw is tags.image
        if where and (name not in tags.LEADING or (where == "an HTML tag" and drawn)):
            return tags.Problem("legacy-syntax", f"`{name}` stands inside {where}")
        if span.args and span.args[0] not in " \t\r\n\f\v\u00a0/'\"":
            return tags.Problem("legacy-unknown", f"`{name}` has no space behind it and is no tag")
        return None

    def _tag(self, span: Span) -> str | tags.Problem:
        if odd := self._odd(span):
            return odd
        name = span.name
        if span.start in self.pairs:
            return self._block(span)
        if name.removeprefix("end") in (*regions.BLOCKS, *regions.VERBATIM):
            return tags.Problem("legacy-unclosed", f"`{name}` has no partner, or stands too deep")
        write = TAGS.get(name)
        if write is None:
            return tags.Problem("legacy-unknown", f"the tag `{name}` would show as text")
        result = write(self, span)
        if isinstance(result, str) and self._address(span):
            return result.rpartition("](")[2].removesuffix(")")
        if isinstance(result, str) and span.html and result[:1] == "[":
            return markdown.markdown(result).removeprefix("<p>").removesuffix("</p>")
        return result

    def image(self, span: Span) -> str | tags.Problem:
        """A picture of the site, or of another."""
        tag = tags.parse_image(span.args, span.name)
        if isinstance(tag, tags.Problem):
            return tag
        picture = self.ways.resolve(tag.src)
        if not (picture or tags.ADDRESS.search(tag.src) or self.ways.resolve is _nowhere):
            self._report(span, "legacy-file", f"no picture file {tag.src!r} on this site")
        elif tag.changed:
            self._report(span, "legacy-changed", f"read by intent: {tag.changed}")
        line, col = self.places.of(span.start)
        draw = tags.image if span.html else self.ways.draw
        return draw(tag._replace(line=line, col=col), picture)

    def leading(self, span: Span) -> str | tags.Problem:
        """A link to a post, to a file of it, or (Hexo's `link`) to an address behind its text."""
        words = tags.words(span.args)
        at = next((n for n, word in enumerate(words) if n and re.match(r"https?:|/", word)), 0)
        if span.name == "link" and at:
            return tags.link(" ".join(words[:at]), words[at])
        if not words or urls.scheme(words[0]):
            named = "an address, not a post" if words else "no post"
            return tags.Problem("legacy-syntax", f"`{span.name}` names {named}")
        label = " ".join(word for word in words[1:] if word not in ("true", "false"))
        if span.name.startswith("asset"):
            return tags.link(label or words[0], words[0])
        href, title = self.ways.locate(words[0]) or ("", "")
        if not href and self.ways.locate is not _nowhere:
            self._report(span, "legacy-file", f"no page {words[0]!r} on this site")
        shown = label or title or words[0].rpartition("/")[2]
        return tags.link(shown, href or f"{words[0].removesuffix('.md')}.md")

    def code(self, span: Span) -> str | tags.Problem:
        """A file of code, shown."""
        words = tags.words(span.args)
        found = self.ways.include(words[-1]) if words else None
        if found is None:
            return tags.Problem("legacy-unknown", "the file of `include_code` is not at hand")
        return self._lay(span, span.end, found, lambda lines: tags.codeblock("code", words, lines))

    def _block(self, span: Span) -> str:
        """An opening tag opens a new piece of output; its end tag takes that piece back, quoted."""
        if not span.name.startswith("end"):
            self.blocks.append((span, len(self.out)))
            return ""
        opener, mark = self.blocks.pop()
        body = "".join(self.out[mark:])
        del self.out[mark:]
        words = tags.words(opener.args)
        return self._lay(
            opener, span.end, body, lambda lines: [*tags.block(opener.name, words, lines), ""]
        )

    def _verbatim(self, span: Span) -> str:
        if span.name == "raw":
            return _literal(span.body, span.html)
        name, words, body = span.name, tags.words(span.args), span.body
        if name not in regions.VERBATIM:  # nobody knows what it does: all of it is shown
            self._report(span, "legacy-unknown", f"nothing knows the tags of `{name}`")
            name, words, body = "code", [], self.text[span.start : span.end]
        return self._lay(span, span.end, body, lambda lines: tags.codeblock(name, words, lines))

    def _lay(self, tag: Span, end: int, body: str, write: Callable[[list[str]], list[str]]) -> str:
        """A block in place of a tag pair, each line behind the margin of the opening tag."""
        begin = self.places.start(tag.start)
        stop = regions.end_of(_MARGIN, self.text, begin, min(tag.start, begin + MAX_MARGIN))
        margin = self.text[begin:stop]
        lines = [line.rstrip("\r") for line in body.split("\n")]
        heads = [margin[:size] for size in range(len(margin), -1, -1)]
        lines = [line.removeprefix(next(filter(line.startswith, heads))) for line in lines]
        full = [at for at, line in enumerate(lines) if line.strip()] or [0]
        lines = write(lines[full[0] : full[-1] + 1])
        if stop < tag.start:  # text stands before the tag
            lines = ["", "", *lines]
        elif tag.html:  # which goes on to the next blank line
            lines = ["", *lines, ""]
        if not _REST.match(self.text, end):
            lines += ["", ""]
        first, *others = lines
        laid = (margin + line if line else margin.rstrip() for line in others[:-1])
        last = (margin + line for line in others[-1:])
        return self.newline.join([first, *laid, *last])


_PREFORMATTED = re.compile(r"<pre\b(?!.*<code\b)", re.I | re.S)
_ELEMENT = re.compile(r"<[A-Za-z](?:\"[^\"]*+\"|'[^']*+'|[^<>\"']++)*>")


Write = Callable[[_Converter, Span], str | tags.Problem]


def _of_words(write: Callable[[list[str]], str | tags.Problem]) -> Write:
    return lambda _, span: write(tags.words(span.args))


_image: Write = _Converter.image
# Every tag that stands alone, and what writes it as Markdown: a new one needs no more than its row.
TAGS: dict[str, Write] = {
    **dict.fromkeys(tags.IMAGES, _image),
    **{name: _of_words(write) for name, write in tags.INLINE.items()},
    **dict.fromkeys(tags.LEADING, _Converter.leading),
    "include_code": _Converter.code,
}


def _in_html(text: str, spans: Iterable[Span]) -> Callable[[int], bool]:
    """Tells whether a place is in a raw HTML tag; what looks like one in a template tag is none."""
    masked = replaced(text, ((s.start, s.end, "x" * (s.end - s.start)) for s in spans))
    return inside(match.span() for match in _ELEMENT.finditer(masked))


def pairs(spans: Iterable[Span]) -> set[int]:
    """Where the block tags stand that have a partner, unless they are nested too deep."""
    found: set[int] = set()
    stack: list[tuple[Span, int]] = []  # an open block, and how many levels are inside it
    for span in spans:
        if span.name in regions.BLOCKS:
            stack.append((span, 0))
        elif stack and span.name == f"end{stack[-1][0].name}":
            opener, inside = stack.pop()
            if len(stack) + 1 + inside <= MAX_DEPTH:
                found |= {opener.start, span.start}
            if stack:
                outer, most = stack[-1]
                stack[-1] = (outer, max(most, inside + 1))
    return found


def _literal(body: str, in_html: bool) -> str:
    """Text that shows its tags as they are; code in it stays as it is."""
    code = regions.dead(regions.scan(body), ("fence", "indented", "code", "element", "comment"))
    return _LITERAL.sub(lambda m: m[0] if code(m.start(2)) else m[1] + _muted(m[2], in_html), body)


_SUSPECT = re.compile(rf"[{{<]%|{_MORE}", re.I)


def _settle(text: str, ignore: frozenset[str]) -> str:
    """Mute what a second run would convert: only what was literal still looks like a tag."""
    for _ in range(8 if _SUSPECT.search(text) else 0):
        second = _Converter(text, "", Ways(ignore=ignore), 1)
        second.run()
        if not second.converted:
            break
        found = ((span.start, span.html) for span in second.converted)
        text = replaced(text, ((at, at + 1, _muted(text[at], html)) for at, html in found))
    return text


def _muted(mark: str, in_html: bool) -> str:
    return "&lt;" if mark == "<" else "&#123;" if in_html else r"\{"
