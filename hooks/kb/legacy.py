"""The template tags of the old blog -> Markdown: Hexo's and Octopress's dialects, both spellings.

Where the two generators agree on an image tag, the result has exactly their attributes; where they
differ, the author's evident intent. What is not converted stays as it is and is a finding.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

from kb import regions
from kb.finding import Finding
from kb.regions import BLANK, Span


class Picture(NamedTuple):
    """A picture file of the site: its address as seen from the page, its true size where known."""

    href: str
    width: int | None = None
    height: int | None = None


class ImageTag(NamedTuple):
    """An image tag: its arguments as meant, and its place."""

    src: str
    classes: str = ""
    width: str = ""  # digits, or a percentage
    height: str = ""
    title: str = ""
    alt: str = ""
    changed: str = ""  # what the reader sees otherwise than on the old blog
    line: int = 0
    col: int = 0


class Problem(NamedTuple):
    """Why a tag is left as it stands."""

    rule: str
    message: str


Resolve = Callable[[str], Picture | None]
Locate = Callable[[str], str | None]
Draw = Callable[[ImageTag, Picture | None], str]
IMAGES = frozenset(("img", "image", "asset_img"))
BLOCKS = frozenset(("blockquote", "quote", "note"))
# Bounds that keep hostile nesting and indentation linear.
MAX_DEPTH = 8
MAX_MARGIN = 40


def _nowhere(_: str) -> None:
    """Resolve nothing: every address stays as written."""


def convert(
    text: str,
    path: str,
    *,
    resolve: Resolve = _nowhere,
    locate: Locate = _nowhere,
    draw: Draw | None = None,
    first_line: int = 1,
    ignore: frozenset[str] = frozenset(),
) -> tuple[str, list[Finding]]:
    """The text with its legacy tags as Markdown, and what was wrong with it.

    `resolve` knows the pictures of the site, `locate` the posts by name; `draw` writes a picture
    (`image` unless given); `first_line` is the number of the text's first line in its file; tags
    named in `ignore` belong to somebody else.
    """
    converter = _Converter(text, path, resolve, locate, draw or image, first_line, ignore)
    result = _settle(converter.run(), ignore)
    return result, sorted(set(converter.findings), key=lambda found: (found.line, found.col, found))


def images(text: str) -> Iterator[ImageTag]:
    """The live image tags of a text, with their places in it."""
    places = Places(text)
    for span in regions.scan(text):
        if span.kind == "tag" and span.name in IMAGES:
            tag = parse_image(span.args, span.name)
            if isinstance(tag, ImageTag):
                line, col = places.of(span.start)
                yield tag._replace(line=line, col=col)


# ---- arguments of a tag


class _Token(NamedTuple):
    value: str
    raw: str
    quote: str = ""
    gap: bool = True  # white space or a comma stands before it
    comma: bool = False  # a comma stands right behind it


_QUOTES = dict(zip("\"'“‘「『«‹＂＇", "\"'”’」』»›＂＇", strict=True))
_CLOSING = {
    # A straight quote closes before white space only: "it's" in quotes is one string.
    quote: re.compile(rf"(?<!\\){quote}(?={BLANK}|[,，、]|\Z)" if quote in "\"'" else closing)
    for quote, closing in _QUOTES.items()
}
_BLANKS = re.compile(rf"{BLANK}*")
_BARE = re.compile(r"[^ \t\r\n\f\v\u00a0]+")
_COMMA = re.compile(r"[,，、]?")


def _tokens(args: str) -> list[_Token]:
    """The words and quoted strings of a tag; a quote without its partner is a character."""
    tokens: list[_Token] = []
    pos, lonely, gap = 0, set[str](), True
    while True:
        start = regions.end_of(_BLANKS, args, pos, len(args))
        gap = gap or start > pos
        if start == len(args):
            return tokens
        quote = args[start]
        end = None
        if quote in _QUOTES and quote not in lonely:
            end = _CLOSING[quote].search(args, start + 1)
            if not end:
                lonely.add(quote)
        if end:
            value = re.sub(r"\\([\"'])", r"\1", args[start + 1 : end.start()])
            pos = regions.end_of(_COMMA, args, end.end(), len(args))
            comma = pos > end.end()
            tokens.append(_Token(value, args[start : end.end()], quote, gap, comma))
            gap = comma
        else:
            pos = regions.end_of(_BARE, args, start, len(args))
            tokens.append(_Token(args[start:pos], args[start:pos], gap=gap))
            gap = False


def _join(tokens: list[_Token]) -> str:
    """Words as Hexo joins them: straight quotes fall away, others are part of the text."""
    words = [(" " if t.gap else "") + (t.value if t.quote in "\"'" else t.raw) for t in tokens]
    return "".join(words)


def _title_and_alt(tokens: list[_Token], nested: bool = False) -> tuple[str, str]:
    if not tokens or not all(token.quote for token in tokens):
        return _join(tokens), ""
    if len(tokens) == 1 and not nested:
        inner = _tokens(tokens[0].value)
        if all(token.quote for token in inner):
            return _title_and_alt(inner, nested=True)
    return tokens[0].value, " ".join(token.value for token in tokens[1:])


# A word that both generators, or Hexo alone, take for the address.
_ADDRESS = re.compile(r"^/|[A-Za-z]{3,9}://[A-Za-z0-9]|^[A-Za-z]{3,9}:[A-Za-z0-9.-]+/")
_FILE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|avif|bmp|ico|apng|tiff?)(?:[?#]|\Z)", re.I)
_KEYWORD = re.compile(r"[A-Za-z][\w-]*[:=][\"']")
_SCRIPT = re.compile(r"(?:java|vb|live)script:|data:(?!image/)", re.I)
_SIZE = re.compile(r"(?:([0-9]+)(?:px)?(?:[xX×*,]([0-9]+)(?:px)?)?,?|([0-9]+%)|auto)\Z")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_USAGE = "write `{% img /images/x.png 400 300 %}`"


def parse_image(args: str, name: str = "img") -> ImageTag | Problem:
    """The arguments of an image tag, or why it is not one of ours."""
    tokens = _tokens(args)
    if any(not token.quote and _KEYWORD.match(token.raw) for token in tokens):
        return Problem("legacy-lookalike", "an image tag with named arguments is another system's")
    if tokens and tokens[0].quote and tokens[0].comma:
        return Problem("legacy-lookalike", "an image tag with commas is another system's")
    at = _find(tokens, _ADDRESS)
    shown = at is not None or name == "asset_img"
    if at is None:
        at = _find(tokens, _FILE)
    if at is None:
        at = next((i for i, token in enumerate(tokens) if "/" in token.value.strip("/")), None)
    if any("{{" in token.raw for token in tokens[: len(tokens) if at is None else at + 1]):
        return Problem("legacy-lookalike", "an image tag with an expression is another system's")
    if at is None:
        return Problem("legacy-syntax", f"the image tag names no picture: {_USAGE}")
    src = _CONTROL.sub("", _text(tokens[at].value)).strip()
    if _SCRIPT.match(src):
        return Problem("legacy-syntax", "the image tag's address is a script, not a picture")
    if "://" not in src:
        src = src.replace("\\", "/")
    sizes, rest, odd = _sizes(tokens[at + 1 :])
    title, alt = _title_and_alt(rest)
    changed = "the picture, which Hexo did not show" if not shown else "its size" if odd else ""
    classes = _text(_join(tokens[:at]))
    return ImageTag(src, classes, *sizes, _text(title), _text(alt), changed)


def _find(tokens: list[_Token], pattern: re.Pattern[str]) -> int | None:
    return next((i for i, token in enumerate(tokens) if pattern.search(token.value)), None)


def _sizes(tokens: list[_Token]) -> tuple[tuple[str, str], list[_Token], bool]:
    """Width and height, the words behind them, and whether Hexo read them otherwise."""
    sizes: list[str] = []
    odd = False
    while tokens and len(sizes) < 2:
        value = tokens[0].value
        size = _SIZE.match(value)
        if not size or (value == "auto" and not _closes(tokens[1:])):
            break
        sizes += [size[1] or size[3] or "", *([size[2]] if size[2] else [])]
        odd = odd or not value.isdecimal()
        tokens = tokens[1:]
    width, height = (*sizes, "", "")[:2]
    return (width, "" if height.endswith("%") else height), tokens, odd


def _closes(tokens: list[_Token]) -> bool:
    """Whether `auto` before these is a size: as a word of a title it has more words behind it."""
    return not tokens or bool(tokens[0].quote) or bool(_SIZE.match(tokens[0].value))


def _text(value: str) -> str:
    """An argument as a reader sees it: one line, character references resolved."""
    lines = (line.strip(" \t\u00a0") for line in re.split(r"[\r\n\f\v]", value))
    value = " ".join(line for line in lines if line)
    return _CONTROL.sub("", _REFERENCE.sub(lambda found: html.unescape(found[0]), value))


# ---- Markdown


# Inline syntax that Python-Markdown, its extensions or a second run would find inside a tag.
_ACTIVE = str.maketrans({mark: f"&#{ord(mark)};" for mark in "\\`[]{}|$"})
_UNSAFE = re.compile(r"[\s\"<>]")
_UNSAFE_LINK = re.compile(r"[\s\"<>()\\]")


def image(tag: ImageTag, picture: Picture | None) -> str:
    """The tag as inline HTML, on one line."""
    src = picture.href if picture else _UNSAFE.sub(_percent, tag.src)
    width, height = shown_size(tag, picture)
    share = tag.width if tag.width.endswith("%") else ""
    attributes = {
        "class": tag.classes,
        "src": src,
        "width": width,
        "height": height,
        "title": tag.title,
        "alt": tag.alt,
        "style": share and f"width:{share};height:auto",
    }
    printed = (
        f' {name}="{html.escape(value).translate(_ACTIVE)}"'
        for name, value in attributes.items()
        if value
    )
    return f"<img{''.join(printed)}>"


def shown_size(tag: ImageTag, picture: Picture | None) -> tuple[str, str]:
    """Width and height to print: the declared width, in the ratio of the file where it is known."""
    width = "" if tag.width.endswith("%") else tag.width
    if not picture or not picture.width or not picture.height:
        return width, tag.height
    ratio = picture.width / picture.height
    shown = _pixels(width) or round(_pixels(tag.height) * ratio) or picture.width
    return str(shown), str(round(shown / ratio))


def markdown_image(tag: ImageTag, picture: Picture | None) -> str:
    """The tag as a Markdown image, for a page that is written anew."""
    src = picture.href if picture else tag.src
    title = html.escape(tag.title).translate(_ACTIVE)
    width, height = shown_size(tag, picture)
    attributes = {
        "class": tag.classes,
        "width": tag.width if tag.width.endswith("%") else width,
        "height": height,
    }
    listed = "".join(f' {name}="{_plain_attribute(v)}"' for name, v in attributes.items() if v)
    quoted = f' "{title}"' if title else ""
    shown = f"![{_plain(tag.alt)}]({_UNSAFE_LINK.sub(_percent, src)}{quoted})"
    return shown + (f"{{{listed} }}" if listed else "")


def _plain_attribute(value: str) -> str:
    """A value for an attribute list, which knows no escapes."""
    return re.sub(r"[\"{}<>&`\\]", "", value)


def _pixels(value: str) -> int:
    """A size as a number; 0 for none and for absurd ones."""
    return int(value) if 0 < len(value) < 6 else 0


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def _plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]{}])", r"\\\1", html.escape(text, quote=False))


def _link(text: str, address: str) -> str:
    return f"[{_plain(text)}]({_UNSAFE_LINK.sub(_percent, address)})"


_GIST = re.compile(r"[\w-]+(?:/[\w-]+)?\Z", re.A)
_URL = re.compile(r"https?://[^\s\u3000]+")


def _gist(words: list[str]) -> str | Problem:
    if not words or not _GIST.match(words[0]):
        return Problem("legacy-syntax", "the gist tag names no gist: write `{% gist user/id %}`")
    label = " ".join(["Gist", words[0], *words[1:]])
    return _link(label, f"https://gist.github.com/{words[0]}")


def _youtube(words: list[str]) -> str | Problem:
    if not words or not re.fullmatch(r"[\w-]+", words[0], re.A):
        return Problem("legacy-syntax", "the youtube tag names no video: write `{% youtube id %}`")
    query = "playlist?list" if "playlist" in words[1:] else "watch?v"
    return _link(f"YouTube {words[0]}", f"https://www.youtube.com/{query}={words[0]}")


_NOTES = {"default": "note", "primary": "note", "": "note"}
_NOTE_KINDS = ("note", "default", "primary", "info", "success", "warning", "danger")
_NOTE_STYLES = ("no-icon", "simple", "modern", "flat", "disabled")


def _note(words: list[str], body: list[str]) -> list[str]:
    kind = next((word for word in words if word in _NOTE_KINDS), "note")
    title = " ".join(word for word in words if word not in (*_NOTE_KINDS, *_NOTE_STYLES))
    head = f"!!! {_NOTES.get(kind, kind)}" + (f' "{title}"' if title else "")
    return [head, "", *(f"    {line}" if line.strip() else "" for line in body)]


def _blockquote(words: list[str], body: list[str]) -> list[str]:
    cited = " ".join(words)
    url = _URL.search(cited)
    author, _, work = (cited[: url.start()] if url else cited).partition(",")
    title = cited[url.end() :].strip() if url else ""
    parts = [f"**{_plain(author.strip())}**"] if author.strip() else []
    if url:
        label = title or work.strip() or re.sub(r"^https?://|/$", "", url[0])
        parts.append(_link(label, url[0]))
    elif work.strip():
        parts.append(f"*{_plain(work.strip())}*")
    source = ["", f"— {', '.join(parts)}"] if parts else []
    return [f"> {line}".rstrip() for line in [*body, *source]]


def _codeblock(words: list[str], body: list[str]) -> list[str]:
    options = dict(re.findall(r"(?m)^(\w+):(\S+)$", "\n".join(words)))
    caption = " ".join(word for word in words if not re.match(r"\w+:(?!//)\S", word))
    url = _URL.search(caption)
    title = caption[: url.start()].strip() if url else caption
    parts = [f"**{_plain(title)}**"] if title else []
    if url:
        parts.append(_link(caption[url.end() :].strip() or url[0], url[0]))
    runs = re.findall("`{3,}", "\n".join(body))
    fence = "`" * max(3, *(len(run) + 1 for run in runs), 0)
    language = re.sub(r"[^\w#.+-]", "", options.get("lang", ""))
    head = [" ".join(parts), ""] if parts else []
    return [*head, f"{fence}{language}", *body, fence]


# ---- the text


class Places:
    """Line and column, both from 1, of a place in a text."""

    def __init__(self, text: str, first_line: int = 1) -> None:
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.first_line = first_line

    def start(self, pos: int) -> int:
        return self.starts[bisect_right(self.starts, pos) - 1]

    def of(self, pos: int) -> tuple[int, int]:
        index = bisect_right(self.starts, pos) - 1
        return index + self.first_line, pos - self.starts[index] + 1


def _without(margin: str, line: str) -> str:
    """A line less as much of the margin as it begins with."""
    pairs = enumerate(zip(line, margin, strict=False))
    return line[next((at for at, (a, b) in pairs if a != b), min(len(line), len(margin))) :]


_MARGIN = re.compile(r"[ \t>]*")
_REST = re.compile(r"[ \t\r]*(?:\n|\Z)")
_LITERAL = re.compile(r"(?<!\\)((?:\\\\)*)(\{|<)(?=%)")


class _Converter:
    def __init__(
        self,
        text: str,
        path: str,
        resolve: Resolve,
        locate: Locate,
        draw: Draw,
        first_line: int,
        ignore: frozenset[str],
    ) -> None:
        self.text = text
        self.path = path
        self.resolve = resolve
        self.locate = locate
        self.draw = draw
        self.ignore = ignore
        self.places = Places(text, first_line)
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.spans = regions.scan(text)
        self.pairs = _pairs(self.spans)
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
                if line != unclosed and span.name not in self.ignore:  # one per line says it all
                    self._report(span, "legacy-unclosed", f"`{span.name}` is opened, never closed")
                unclosed = line
            written = self.text[span.start : span.end]
            result = self._replacement(span, written)
            if result != written and span.kind != "shift":
                self.converted.append(span)
            self.out.append(result)
        self.out.append(self.text[pos:])
        self._headings()
        return "".join(self.out)

    def _report(self, span: Span, rule: str, message: str) -> None:
        line, col = self.places.of(span.start)
        self.findings.append(Finding(self.path, line, rule, message, col=col))

    def _replacement(self, span: Span, written: str) -> str:
        if span.kind == "shift":
            return span.args.replace("\n", self.newline)
        if span.kind == "comment":
            if written.startswith("{#"):
                message = "a template comment would show as text"
                self._report(span, "legacy-lookalike", message)
            return "" if regions.MORE.fullmatch(written) else written
        if span.kind == "foreign":
            self._report(span, "legacy-lookalike", "a template tag that is none of ours")
        elif span.kind == "fence" and span.name and re.search(r"[{<]%-?\s*im(?:g|age)\b", written):
            message = "this fence has no end: the legacy tags below it stay code"
            self._report(span, "legacy-unclosed", message)
        elif span.name in self.ignore:
            return written
        elif span.kind == "verbatim":
            return self._verbatim(span)
        elif span.kind == "tag":
            result = self._tag(span)
            if isinstance(result, str):
                return result
            self._report(span, *result)
        return written

    def _tag(self, span: Span) -> str | Problem:
        name = span.name
        if span.args and span.args[0] not in " \t\r\n\f\v\u00a0/'\"":
            return Problem("legacy-unknown", f"`{name}` has no space behind it and is no tag")
        if name in IMAGES:
            return self._image(span)
        if span.start in self.pairs:
            return self._block(span)
        if name in BLOCKS or name.removeprefix("end") in {*BLOCKS, *regions.VERBATIM}:
            return Problem("legacy-unclosed", f"`{name}` has no partner, or stands too deep")
        words = [token.value for token in _tokens(span.args)]
        if name == "gist":
            return _gist(words)
        if name == "youtube":
            return _youtube(words)
        if name == "post_link" and words:
            return self._post(span, words)
        return Problem("legacy-unknown", f"the tag `{name}` would show as text")

    def _image(self, span: Span) -> str | Problem:
        tag = parse_image(span.args, span.name)
        if isinstance(tag, Problem):
            return tag
        picture = self.resolve(tag.src)
        if not (picture or _ADDRESS.search(tag.src) or self.resolve is _nowhere):
            self._report(span, "legacy-file", f"no picture file {tag.src!r} on this site")
        elif tag.changed:
            self._report(span, "legacy-changed", f"read by intent: {tag.changed}")
        return self.draw(tag, picture)

    def _post(self, span: Span, words: list[str]) -> str:
        title = " ".join(word for word in words[1:] if word not in ("true", "false"))
        href = self.locate(words[0])
        if href is None and self.locate is not _nowhere:
            self._report(span, "legacy-file", f"no page {words[0]!r} on this site")
        return _link(title or words[0].rpartition("/")[2], href or f"{words[0]}.md")

    def _block(self, span: Span) -> str:
        """An opening tag opens a new piece of output; its end tag takes that piece back, quoted."""
        if not span.name.startswith("end"):
            self.blocks.append((span, len(self.out)))
            return ""
        opener, mark = self.blocks.pop()
        body = "".join(self.out[mark:])
        del self.out[mark:]
        words = [token.value for token in _tokens(opener.args)]
        write = _note if opener.name == "note" else _blockquote
        return self._lay(opener.start, span.end, body, lambda lines: [*write(words, lines), ""])

    def _verbatim(self, span: Span) -> str:
        if span.name == "raw":
            return _literal(span.body, span.html)
        words = [token.value for token in _tokens(span.args)]
        return self._lay(span.start, span.end, span.body, lambda lines: _codeblock(words, lines))

    def _lay(self, start: int, end: int, body: str, write: Callable[[list[str]], list[str]]) -> str:
        """A block in place of a tag pair, each line behind the margin of the opening tag."""
        begin = self.places.start(start)
        stop = regions.end_of(_MARGIN, self.text, begin, min(start, begin + MAX_MARGIN))
        margin = self.text[begin:stop]
        lines = [_without(margin, line.rstrip("\r")) for line in body.split("\n")]
        full = [at for at, line in enumerate(lines) if line.strip()] or [0]
        lines = write(lines[full[0] : full[-1] + 1])
        if stop < start:  # text stands before the tag
            lines = ["", "", *lines]
        if not _REST.match(self.text, end):
            lines += ["", ""]
        first, *others = lines
        laid = (margin + line if line else margin.rstrip() for line in others[:-1])
        last = (margin + line for line in others[-1:])
        return self.newline.join([first, *laid, *last])

    def _headings(self) -> None:
        dead = [span for span in self.spans if span.kind in regions.DEAD]
        starts = [span.start for span in dead]
        first = 0
        for found in _HEADING.finditer(self.text):
            at = found.start("at")
            covering = bisect_right(starts, at) - 1
            if covering >= 0 and at < dead[covering].end:
                continue
            line, col = self.places.of(at)
            marks, title = found["marks"], found["title"] or ""
            if marks and title and not title[0].isspace():
                fix = f"write `{marks} {title.strip()[:40]}`"
                message = f"no space behind `{marks}`: {fix}"
                self.findings.append(Finding(self.path, line, "heading-space", message, col=col))
            if marks in ("#", None):
                if first:
                    message = f"a second H1 (the first is on line {first}): write `##`"
                    self.findings.append(Finding(self.path, line, "heading-h1", message, col=col))
                first = first or line


_HEADING = re.compile(
    r"^ {0,3}(?P<at>(?P<marks>#{1,6})(?!#)(?P<title>[^\n]*)|[^\s#>=][^\n]*\n=+[ \t]*\r?$)", re.M
)


def _pairs(spans: list[Span]) -> set[int]:
    """Where the block tags stand that have a partner, unless they are nested too deep."""
    pairs: set[int] = set()
    stack: list[tuple[Span, int]] = []  # an open block, and how many levels are inside it
    for span in spans:
        if span.kind != "tag":
            continue
        if span.name in BLOCKS:
            stack.append((span, 0))
        elif stack and span.name == f"end{stack[-1][0].name}":
            opener, inside = stack.pop()
            if len(stack) + 1 + inside <= MAX_DEPTH:
                pairs |= {opener.start, span.start}
            if stack:
                outer, most = stack[-1]
                stack[-1] = (outer, max(most, inside + 1))
    return pairs


def _literal(body: str, in_html: bool) -> str:
    """Text that shows its tags as they are; code in it stays as it is."""
    parts: list[str] = []
    pos = 0
    for span in regions.scan(body):
        if span.kind in ("fence", "indented", "code", "element", "comment"):
            parts += [_mute(body[pos : span.start], in_html), body[span.start : span.end]]
            pos = span.end
    return "".join([*parts, _mute(body[pos:], in_html)])


def _mute(text: str, in_html: bool = False) -> str:
    brace = "&#123;" if in_html else r"\{"
    return _LITERAL.sub(lambda m: m[1] + (brace if m[2] == "{" else "&lt;"), text)


_SUSPECT = re.compile(r"[{<]%|<!--")


def _settle(text: str, ignore: frozenset[str]) -> str:
    """Mute what a second run would convert: only what was literal still looks like a tag."""
    for _ in range(8 if _SUSPECT.search(text) else 0):
        second = _Converter(text, "", _nowhere, _nowhere, image, 1, ignore)
        second.run()
        if not second.converted:
            break
        parts: list[str] = []
        pos = 0
        for span in second.converted:
            opener = "&lt;" if text[span.start] == "<" else "&#123;" if span.html else r"\{"
            parts += [text[pos : span.start], opener]
            pos = span.start + 1
        text = "".join([*parts, text[pos:]])
    return text
