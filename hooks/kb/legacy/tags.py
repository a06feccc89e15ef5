"""One template tag of the old blog: what its arguments mean and how it is written as Markdown."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from kb.text.regions import BLANK, end_of


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
        start = end_of(_BLANKS, args, pos, len(args))
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
            pos = end_of(_COMMA, args, end.end(), len(args))
            comma = pos > end.end()
            tokens.append(_Token(value, args[start : end.end()], quote, gap, comma))
            gap = comma
        else:
            pos = end_of(_BARE, args, start, len(args))
            tokens.append(_Token(args[start:pos], args[start:pos], gap=gap))
            gap = False


def words(args: str) -> list[str]:
    """The arguments of a tag, without their quotes."""
    return [token.value for token in _tokens(args)]


def _join(tokens: list[_Token]) -> str:
    """Words as Hexo joins them: straight quotes fall away, others are part of the text."""
    parts = [(" " if t.gap else "") + (t.value if t.quote in "\"'" else t.raw) for t in tokens]
    return "".join(parts)


def _title_and_alt(tokens: list[_Token], nested: bool = False) -> tuple[str, str]:
    if not tokens or not all(token.quote for token in tokens):
        return _join(tokens), ""
    if len(tokens) == 1 and not nested:
        inner = _tokens(tokens[0].value)
        if all(token.quote for token in inner):
            return _title_and_alt(inner, nested=True)
    return tokens[0].value, " ".join(token.value for token in tokens[1:])


# A word that both generators, or Hexo alone, take for the address.
ADDRESS = re.compile(r"^/|[A-Za-z]{3,9}://[A-Za-z0-9]|^[A-Za-z]{3,9}:[A-Za-z0-9.-]+/")
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
    at = _find(tokens, ADDRESS)
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
        value, quote = tokens[0].value, tokens[0].quote
        size = _SIZE.match(value)
        if not size or (value == "auto" and not _closes(tokens[1:])):
            break
        if quote and not (quote in "\"'" and value.isdecimal()):  # as Hexo: "400" is a number
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


# Inline syntax that Python-Markdown, its extensions or a second run would find inside a tag.
_ACTIVE = str.maketrans({mark: f"&#{ord(mark)};" for mark in "\\`[]{}|$"})
_UNSAFE = re.compile(r"[\s\"<>]")
_UNSAFE_LINK = re.compile(r"[\s\"<>()\\]")


def image(tag: ImageTag, picture: Picture | None) -> str:
    """The tag as inline HTML, on one line."""
    src = picture.href if picture else _UNSAFE.sub(_percent, tag.src)
    width, height = _shown_size(tag, picture)
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


def _shown_size(tag: ImageTag, picture: Picture | None) -> tuple[str, str]:
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
    width, height = _shown_size(tag, picture)
    attributes = {
        "class": tag.classes,
        "width": tag.width if tag.width.endswith("%") else width,
        "height": height,
    }
    listed = "".join(f' {name}="{_attribute(v)}"' for name, v in attributes.items() if v)
    quoted = f' "{title}"' if title else ""
    shown = f"![{plain(tag.alt)}]({_UNSAFE_LINK.sub(_percent, src)}{quoted})"
    return shown + (f"{{{listed} }}" if listed else "")


def _attribute(value: str) -> str:
    """A value for an attribute list, which knows no escapes."""
    return re.sub(r"[\"{}<>&`\\]", "", value)


def _pixels(value: str) -> int:
    """A size as a number; 0 for none and for absurd ones."""
    return int(value) if 0 < len(value) < 6 else 0


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]{}])", r"\\\1", html.escape(text, quote=False))


def link(text: str, address: str) -> str:
    """A Markdown link with plain text."""
    return f"[{plain(text)}]({_UNSAFE_LINK.sub(_percent, address)})"


_GIST = re.compile(r"[\w-]+(?:/[\w-]+)?\Z", re.A)
_URL = re.compile(r"https?://[^\s\u3000]+")


def gist(args: list[str]) -> str | Problem:
    """A gist as a link."""
    if not args or not _GIST.match(args[0]):
        return Problem("legacy-syntax", "the gist tag names no gist: write `{% gist user/id %}`")
    label = " ".join(["Gist", args[0], *args[1:]])
    return link(label, f"https://gist.github.com/{args[0]}")


def youtube(args: list[str]) -> str | Problem:
    """A video or playlist as a link: nothing is embedded."""
    if not args or not re.fullmatch(r"[\w-]+", args[0], re.A):
        return Problem("legacy-syntax", "the youtube tag names no video: write `{% youtube id %}`")
    query = "playlist?list" if "playlist" in args[1:] else "watch?v"
    return link(f"YouTube {args[0]}", f"https://www.youtube.com/{query}={args[0]}")


_NOTES = {"default": "note", "primary": "note", "": "note"}
_NOTE_KINDS = ("note", "default", "primary", "info", "success", "warning", "danger")
_NOTE_STYLES = ("no-icon", "simple", "modern", "flat", "disabled")


def note(args: list[str], body: list[str]) -> list[str]:
    """A note as an admonition, by lines."""
    kind = next((word for word in args if word in _NOTE_KINDS), "note")
    title = " ".join(word for word in args if word not in (*_NOTE_KINDS, *_NOTE_STYLES))
    head = f"!!! {_NOTES.get(kind, kind)}" + (f' "{title}"' if title else "")
    return [head, "", *(f"    {line}" if line.strip() else "" for line in body)]


def blockquote(args: list[str], body: list[str]) -> list[str]:
    """A quotation with its source, by lines."""
    cited = " ".join(args)
    url = _URL.search(cited)
    author, _, work = (cited[: url.start()] if url else cited).partition(",")
    title = cited[url.end() :].strip() if url else ""
    parts = [f"**{plain(author.strip())}**"] if author.strip() else []
    if url:
        label = title or work.strip() or re.sub(r"^https?://|/$", "", url[0])
        parts.append(link(label, url[0]))
    elif work.strip():
        parts.append(f"*{plain(work.strip())}*")
    source = ["", f"— {', '.join(parts)}"] if parts else []
    return [f"> {line}".rstrip() for line in [*body, *source]]


def codeblock(args: list[str], body: list[str]) -> list[str]:
    """A code block as a fence longer than any in it, with its caption above, by lines."""
    options = dict(re.findall(r"(?m)^(\w+):(\S+)$", "\n".join(args)))
    caption = " ".join(word for word in args if not re.match(r"\w+:(?!//)\S", word))
    url = _URL.search(caption)
    title = caption[: url.start()].strip() if url else caption
    parts = [f"**{plain(title)}**"] if title else []
    if url:
        parts.append(link(caption[url.end() :].strip() or url[0], url[0]))
    runs = re.findall("`{3,}", "\n".join(body))
    fence = "`" * max(3, *(len(run) + 1 for run in runs), 0)
    language = re.sub(r"[^\w#.+-]", "", options.get("lang", ""))
    head = [" ".join(parts), ""] if parts else []
    return [*head, f"{fence}{language}", *body, fence]
