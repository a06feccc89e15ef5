"""What a text says, apart from how it is typed: its blocks, their meaning, fingerprint and diff.

Wrapping, blanks at script borders, width and style of punctuation, list signs, table padding,
comments and blank lines are typing. Code counts byte for byte.
"""

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from kb.text import regions
from kb.text.places import replaced

Kind = Literal["heading", "item", "step", "row", "rule", "box", "quote", "code", "text"]


class Block(NamedTuple):
    """A heading, list item, table row, paragraph …: what is typed, and what it means."""

    kind: Kind
    depth: int  # of a heading its level; else how many containers it stands in
    sign: str
    words: list[str]  # its lines, what is held of them as marks
    held: Sequence[str]

    @property
    def raw(self) -> str:
        """What is typed, on one line."""
        text = _released(" ".join(self.words), self.held)
        return text if self.kind in ("row", "code", "text") else f"{self.sign} {text}".strip()

    @property
    def meaning(self) -> str:
        """What it says, apart from how that is typed."""
        if self.kind == "row":
            bare = self.words[0].removeprefix("|").removesuffix("|")
            cells = [cell.strip() for cell in _CELL.split(bare)]
            said = "|".join(re.sub("-+", "-", c) if _DELIMITER.match(c) else fold(c) for c in cells)
        else:
            said = fold(" ".join(self.words)) if self.kind != "code" else self.words[0]
        return f"{self.depth}{self.sign}{_released(said, self.held)}"


# Private characters: inline code, a block of it, the end of either; a struck-out one.
_CODE, _BLOCK, _END, _DROP = "\ue000", "\ue001", "\ue002", "\ue003"
_OURS = re.compile(f"[{_CODE}-{_DROP}]")
_MARKED = re.compile(r"[`<~]|\{[#{%]|^(?: {4}|\t)", re.M)
_KEPT_COMMENT = re.compile(r"<!--\s*kb:")
_HELD = re.compile(f"[{_CODE}{_BLOCK}](\\d+){_END}")
_HAN = r"\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_HAN_GAP = re.compile(rf"(?<=[{_HAN}])\s+|\s+(?=[{_HAN}])")
# Beside these a blank is a matter of style, which differs between full and half width.
_STYLED = r"([,.;:!?()\"'{}\[\]|/-](?:\*\*)?)"
_STYLED_GAP = re.compile(rf"\s+{_STYLED}\s*|{_STYLED}\s+")
_STYLE = str.maketrans({**dict.fromkeys("“”「」『』«»", '"'), **dict.fromkeys("‘’", "'")})
_STYLE |= str.maketrans({"。": ".", "、": ",", "，": ",", "—": "-", "–": "-", "…": "..."})
_STRONG = re.compile(r"(?<!\w)__(?=\S)|(?<=\S)__(?!\w)")
_LINE = re.compile(
    r"(?P<heading>#{1,6})[ \t]+|(?P<row>\|)|(?P<box>(?:!!!|\?\?\?\+?|===)[ \t]+)"
    r"|(?P<item>[-*+])[ \t]+|(?P<step>\d{1,9}[.)])[ \t]+|(?P<quote>>)"
)
_RULE = re.compile(r"(?:[-*_][ \t]*){3,}$")
_DELIMITER = re.compile(r"[ \t|:-]+$")
_CLOSED = ("heading", "row", "rule", "box", "code")  # no line goes on with these
WIDE = 160  # characters of a changed line that are shown
_CELL = re.compile(r"(?<!\\)\|")


def fold(text: str) -> str:
    """Prose as it reads: neither width and style of punctuation nor blanks for looks count."""
    text = _STRONG.sub("**", " ".join(text.split()))  # of a run of blanks the patterns make work
    if not text.isascii():
        text = _HAN_GAP.sub("", text).translate(_STYLE)
        text = _HAN_GAP.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(_STYLED_GAP.sub(lambda gap: gap[1] or gap[2], text).split())


def blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text without front matter, in order."""
    held: list[str] = []
    text = _OURS.sub("\ufffd", text.replace("\r\n", "\n"))
    # Most texts of a ledger have nothing that could be code, comment or tag.
    masked = _masked(text, held) if _MARKED.search(text) else text
    return list(_read(masked, held))


def fingerprint(text: str) -> str:
    """12 hex digits of the SHA-256 of what a text means."""
    said = "\n".join(block.meaning for block in blocks(text))
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def changes(old: str, new: str) -> list[str]:
    """What became of a text, as the lines of a small diff: `- was`, `+ is`."""
    was, now = blocks(old), blocks(new)
    matcher = difflib.SequenceMatcher(
        None, [block.meaning for block in was], [block.meaning for block in now], autojunk=False
    )
    lines: list[str] = []
    for kind, at, end, there, stop in matcher.get_opcodes():
        if kind != "equal":
            gone, come = ([b.raw for b in held] for held in (was[at:end], now[there:stop]))
            for place, (one, other) in enumerate(zip(gone, come, strict=False)):
                gone[place], come[place] = _apart(one, other)
            lines += [f"- {_cut(text)}" for text in gone] + [f"+ {_cut(text)}" for text in come]
    return lines


def _apart(one: str, other: str) -> tuple[str, str]:
    """Two texts, less of what they begin with alike than would hide where they differ."""
    pairs = enumerate(zip(one, other, strict=False))
    alike = next((at for at, (a, b) in pairs if a != b), 0) - WIDE // 3
    if alike <= 0 or max(len(one), len(other)) <= WIDE:
        return one, other
    return f"…{one[alike:]}", f"…{other[alike:]}"


def _cut(text: str) -> str:
    return text if len(text) <= WIDE else f"{text[:WIDE]}…"


def _masked(text: str, held: list[str]) -> str:
    """The text with comments struck out and code held."""

    def masked(span: regions.Span) -> str:
        written = text[span.start : span.end]
        if span.kind == "comment" and not _KEPT_COMMENT.match(written):
            return re.sub(r"[^\n]", _DROP, written)
        ending = "\n" if written.endswith("\n") else ""
        held.append(written.removesuffix("\n"))
        mark = _BLOCK if span.kind in ("fence", "indented") else _CODE
        return f"{mark}{len(held) - 1}{_END}{ending}"

    spans = (span for span in regions.scan(text) if span.kind != "shift")
    return replaced(text, ((span.start, span.end, masked(span)) for span in spans))


def _read(masked: str, held: Sequence[str]) -> Iterator[Block]:
    opened: Block | None = None
    for line in masked.split("\n"):
        bare = line.replace(_DROP, "")
        text = bare.strip()
        if not text:
            if opened and _DROP not in line:
                yield opened
                opened = None
            continue
        begun = _begin(text, len(bare.expandtabs(4)) - len(bare.expandtabs(4).lstrip()))
        if begun is None and opened and opened.kind not in _CLOSED:
            opened.words.append(text)
            continue
        if opened:
            yield opened
        kind, depth, sign, rest = begun or ("text", 0, "", text)
        opened = Block(kind, depth, sign, [rest], held)
    if opened:
        yield opened


def _begin(text: str, indent: int) -> tuple[Kind, int, str, str] | None:
    """Kind, depth, sign and words of a block that begins with this line."""
    depth = indent // 4
    if text[0] == _BLOCK:
        return "code", depth, "", text
    if _RULE.match(text):
        return "rule", depth, "---", ""
    found = _LINE.match(text)
    if not found:
        return None
    kind: Kind = found.lastgroup  # type: ignore[assignment]
    if kind == "heading":
        return kind, len(found["heading"]), found["heading"], text[found.end() :].rstrip("# ")
    sign = {"item": "-", "step": "1.", "row": "|", "quote": ">"}.get(kind, found[0].strip())
    return kind, depth, sign, text if kind == "row" else text[found.end() :].strip()


def _released(text: str, held: Sequence[str]) -> str:
    return _HELD.sub(lambda mark: held[int(mark[1])], text) if held else text
