"""One template tag of the old blog: what its arguments mean and how it is written as Markdown."""

import html
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from kb.data import beside
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


_BOTH = re.compile(r"(?P<title>[^'\"]+?)\s+(?P<quote>['\"])(?P<alt>[^'\"]+)(?P=quote)")


def _title_and_alt(tokens: list[_Token], nested: bool = False) -> tuple[str, str]:
    if not tokens or not all(token.quote for token in tokens):
        return _join(tokens), ""
    if len(tokens) == 1 and not nested:
        inner = _tokens(tokens[0].value)
        if all(token.quote for token in inner):
            return _title_and_alt(inner, nested=True)
        if both := _BOTH.fullmatch(tokens[0].value):  # Hexo's documented form until 2019
            return both["title"], both["alt"]
    return tokens[0].value, " ".join(token.value for token in tokens[1:])


# What stands for the root of the old blog in Jekyll and Octopress, or leads there from it.
VARIABLE = re.compile(
    r"\{\{-?\s*(?:(?:site\.(?:baseurl|url|root)|root_url)|"
    r"[\"'](?P<path>[^\"'{}]*)[\"']\s*\|\s*(?:relative_url|absolute_url|prepend:\s*site\.\w+)"
    r"(?:\s*\|\s*prepend:\s*site\.\w+)?)\s*-?\}\}"
)


def variable(match: re.Match[str]) -> str:
    """What a variable stands for at the head of an address: nothing, or what it filters."""
    behind = match.string[match.end() : match.end() + 1]
    return match["path"] or ("" if behind and behind in "/){\"'" else match[0])


# A word that both generators, or Hexo alone, take for the address.
ADDRESS = re.compile(r"^/|[A-Za-z]{3,9}://[A-Za-z0-9]|^[A-Za-z]{3,9}:[A-Za-z0-9.-]+/")
_FILE = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|avif|bmp|ico|apng|tiff?)(?:[?#]|\Z)", re.I)
_KEYWORD = re.compile(r"[A-Za-z][\w-]*[:=][\"']")
_SCRIPT = re.compile(r"(?:java|vb|live)script:|data:(?!image/)", re.I)
_SIZE = re.compile(r"(?:([0-9]+)(?:px)?(?:[xX×*,]([0-9]+)(?:px)?)?,?|([0-9]+%)|auto)\Z")
_NAMED = re.compile(r"(?<!\S)(title|alt|width|height|class)[:=]([\"'])([^\"']*)\2(?!\S)")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SIDES = ("width", "height")
_LEAST = 32  # pixels that a picture may be meant to have
_USAGE = "write `{% img /images/x.png 400 300 %}`"


def parse_image(args: str, name: str = "img") -> ImageTag | Problem:
    """The arguments of an image tag, or why it is not one of ours."""
    args = VARIABLE.sub(lambda root: root["path"] or "", args)
    tokens = _tokens(args)
    named: dict[str, str] = {}
    if tokens and not tokens[0].quote:  # a quoted word first is jekyll-assets'
        named = {key: value for key, _, value in _NAMED.findall(args)}
        tokens = _tokens(_NAMED.sub("", args))
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
    width, height = (named.get(key) or size for key, size in zip(_SIDES, sizes, strict=True))
    changed = "the picture, which Hexo did not show" if not shown else "its size" if odd else ""
    if named:
        changed = f"its named arguments: {', '.join(named)}"
    elif width.isdecimal() and int(width) < _LEAST and not height and rest and not rest[0].quote:
        changed = f"the number {width} as its width, not as a word of its title"
    classes = _text(named.get("class") or _join(tokens[:at]))
    title, alt = (_text(named.get(key, value)) for key, value in (("title", title), ("alt", alt)))
    return ImageTag(src, classes, width, height, title, alt, changed)


def _find(tokens: list[_Token], pattern: re.Pattern[str]) -> int | None:
    return next((i for i, token in enumerate(tokens) if pattern.search(token.value)), None)


def _sizes(tokens: list[_Token]) -> tuple[tuple[str, str], list[_Token], bool]:
    """Width and height, the words behind them, and whether Hexo read them otherwise."""
    sizes: list[str] = []
    odd = False
    while tokens and len(sizes) < 2:
        value, quote = tokens[0].value, tokens[0].quote
        size, behind = _SIZE.match(value), tokens[1:2]
        # As a word of a title `auto` has more words behind it.
        titled = value == "auto" and not all(t.quote or _SIZE.match(t.value) for t in behind)
        if not size or titled:
            break
        if quote and not (quote in "\"'" and value.isdecimal()):  # as Hexo: "400" is a number
            break
        sizes += [size[1] or size[3] or "", *([size[2]] if size[2] else [])]
        odd = odd or not value.isdecimal()
        tokens = tokens[1:]
    width, height = (*sizes, "", "")[:2]
    return (width, "" if height.endswith("%") else height), tokens, odd


def _text(value: str) -> str:
    """An argument as a reader sees it: one line, character references resolved."""
    lines = (line.strip(" \t\u00a0") for line in re.split(r"[\r\n\f\v]", value))
    value = " ".join(line for line in lines if line)
    return _CONTROL.sub("", _REFERENCE.sub(lambda found: html.unescape(found[0]), value))


# Inline syntax that Python-Markdown, its extensions or a second run would find inside a tag.
ACTIVE = str.maketrans({mark: f"&#{ord(mark)};" for mark in "\\`[]{}|$"})
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
        f' {name}="{html.escape(value).translate(ACTIVE)}"'
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
    width, height = shown_size(tag, picture)
    width = tag.width if tag.width.endswith("%") else width
    sides = {"class": tag.classes, "width": width, "height": height}
    return listed_image(plain(tag.alt), picture.href if picture else tag.src, tag.title, sides)


def listed_image(alt: str, src: str, title: str, attributes: Mapping[str, object]) -> str:
    """An image in Markdown with its class and its size; `alt` is Markdown as well."""
    kept = [(name, attributes.get(name)) for name in ("class", "width", "height")]
    listed = "".join(f' {name}="{attribute(str(value))}"' for name, value in kept if value)
    return f"![{alt}]({target(src, title)})" + (f"{{{listed} }}" if listed else "")


def attribute(value: str) -> str:
    """A value for an attribute list, which knows no escapes."""
    return re.sub(r"[\"{}<>&`\\]", "", value)


def target(address: str, title: str = "") -> str:
    """Where a Markdown link leads, which it cannot leave, and its title."""
    shown = html.escape(title.replace("\n", " ")).translate(ACTIVE)
    return _UNSAFE_LINK.sub(_percent, address) + (f' "{shown}"' if title else "")


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
    return f"[{plain(text)}]({target(address)})"


_HOSTED = beside(__file__)
_ID = re.compile(r"[\w-]+(?:/[\w-]+)?", re.A)
_URL = re.compile(r"https?://[^\s\u3000]+")
_SCHEMED = re.compile(r"https?://|/")


def _hosted(name: str, words: list[str]) -> str | Problem:
    row = _HOSTED[name]
    named = words[0].removeprefix(row["address"].partition("{")[0]) if words else ""
    if not _ID.fullmatch(named):
        usage = f"write `{{% {name} {row.get('usage', 'id')} %}}`"
        return Problem("legacy-syntax", f"the {name} tag names nothing: {usage}")
    address = row["list"] if "list" in row and "playlist" in words[1:] else row["address"]
    shown = " ".join([row["label"], named, *(words[1:] if name == "gist" else ())])
    return link(shown, address.format(named))


def _shown(words: list[str]) -> str | Problem:
    """A frame, a film or a sound: a link to it, unless it is nothing of the kind."""
    at = next((word for word in words if re.match(r"https?://|//|/|[^\s:]+\.\w+$", word)), "")
    return link(at, at) if at else Problem("legacy-syntax", "the tag names no address")


def _button(words: list[str]) -> str | Problem:
    """NexT's `url, text, icon`, in any order of text and address."""
    parts = [part.strip() for part in " ".join(words).split(",")]
    at = next((part for part in parts if _SCHEMED.match(part)), "")
    label = next((part for part in parts if part and part != at), at)
    return link(label, at) if at else Problem("legacy-syntax", "the button names no address")


Inline = Callable[[list[str]], "str | Problem"]
IMAGES = ("img", "image", "asset_img", "fullimage", "fi", "lazyimage", "li")
LEADING = ("post_link", "post_url", "post_path", "link", "asset_link", "asset_path")
# Tags that stand alone and need to know nothing of the site.
INLINE: dict[str, Inline] = {
    **{name: partial(_hosted, name) for name in _HOSTED},
    **dict.fromkeys(("iframe", "video", "audio", "pdf", "dplayer", "aplayer"), _shown),
    **dict.fromkeys(("btn", "button"), _button),
    "label": lambda words: plain(" ".join(words).rpartition("@")[2]),
    **dict.fromkeys(("toc", "more", "clear"), lambda _: ""),
}


# What a note is on the page, by a word of its head; other words say how it looks.
_NOTES = {"note": "note", "default": "note", "primary": "note"}
_NOTES |= {kind: kind for kind in ("info", "success", "warning", "danger")}
_NOTE_STYLES = ("no-icon", "simple", "modern", "flat", "disabled")
_QUOTATIONS = ("blockquote", "quote", "cq", "centerquote", "pullquote")
_TAB = re.compile(r"<!--[ \t]*(?:tab[ \t]*(?P<title>[^\n]*?)|endtab)[ \t]*-->")


def block(name: str, args: list[str], lines: list[str]) -> list[str]:
    """A pair of tags as Markdown, by lines."""
    body = "\n".join(lines)
    if name == "tabs":
        return _TAB.sub(
            lambda tab: f"\n\n**{plain(tab['title'])}**\n\n" if tab["title"] else "", body
        ).split("\n")
    if name in _QUOTATIONS:
        if name == "pullquote" and '{"' in body:  # Octopress repeats what stands between the marks
            body = re.sub(r"\{\"\s*|\s*\"\}", "", body)
        source = _source(args) if name in ("blockquote", "quote") else ""
        body = f"{body.rstrip()}\n\n{source}" if source else body
        return [f"> {line}".rstrip() for line in body.split("\n")]
    kind = next((_NOTES[word] for word in args if word in _NOTES), "note")
    title = attribute(" ".join(word for word in args if word not in (*_NOTES, *_NOTE_STYLES)))
    head = f"{'!!!' if name == 'note' else '???'} {kind}" + (f' "{title}"' if title else "")
    return [head, "", *(f"    {line}" if line.strip() else "" for line in lines)]


def _source(args: list[str]) -> str:
    """Who is quoted, and where."""
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
    return f"— {', '.join(parts)}" if parts else ""


def code_head(name: str, args: list[str]) -> tuple[str, str]:
    """The language of a block of code, and its caption as Markdown."""
    if name == "highlight":  # Jekyll's: a language and options
        return "".join(args[:1]), ""
    options = dict(re.findall(r"(?m)^(\w+):(\S+)$", "\n".join(args)))
    titled = [word.removeprefix("title:").strip("\"'") for word in args]
    shown = [word for word in titled if not re.match(r"\w+:(?!//)\S", word)]
    return options.get("lang", "mermaid" if name == "mermaid" else ""), caption(shown)


def caption(words: list[str]) -> str:
    """What stands above a block of code: a title, an address, the words of its link."""
    text = " ".join(words)
    url = _URL.search(text)
    title = text[: url.start()].strip() if url else text
    parts = [f"**{plain(title)}**"] if title else []
    if url:
        parts.append(link(text[url.end() :].strip() or url[0], url[0]))
    return " ".join(parts)


def fence(language: str, lines: list[str]) -> list[str]:
    """A block of code between marks longer than any in it, by lines."""
    runs = re.findall("`{3,}", "\n".join(lines))
    marks = "`" * max(3, *(len(run) + 1 for run in runs), 0)
    return [marks + re.sub(r"[^\w#.+-]", "", language), *lines, marks]


def codeblock(name: str, args: list[str], body: list[str]) -> list[str]:
    """A pair of tags around code, by lines."""
    language, above = code_head(name, args)
    return [*([above, ""] if above else []), *fence(language, body)]
