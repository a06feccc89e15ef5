"""Which stretches of a Markdown text are code, comment or template tag: one pass, linear time.

Blocks are judged as Python-Markdown does: list items, admonitions, tabs and footnotes hold what is
indented by four columns. A fence may have any length and stand in any of them; without an end it
reaches to the end of its container.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Literal, NamedTuple

from kb.data import beside
from kb.text.places import inside

Kind = Literal[
    "fence",  # fenced code, in any container
    "indented",  # 4-space and tab code
    "code",  # an inline code span
    "element",  # <code>, <pre>, <script>, <style>, <textarea>
    "comment",  # <!-- … --> and {# … #}
    "verbatim",  # {% raw %}…{% endraw %}, {% codeblock %}…{% endcodeblock %}, any pair not known
    "foreign",  # {{% … %}}, {{< … >}} and {{ "{% … %}" }}: another system's, or an escape
    "tag",  # a live template tag
    "unclosed",  # a template tag without an end
    "shift",  # the indentation of a picture line that belongs to the list item above it
]
DEAD: frozenset[Kind] = frozenset(
    ("fence", "indented", "code", "element", "comment", "verbatim", "foreign")
)


class Span(NamedTuple):
    """A stretch `text[start:end]`; the further fields are for tags, verbatim blocks and shifts."""

    start: int
    end: int
    kind: Kind
    name: str = ""  # of a tag or verbatim block, of tags shifted; "open" for an endless fence
    args: str = ""  # of a tag or verbatim block; what replaces a shift
    body: str = ""  # of a verbatim block
    html: bool = False  # inside a block of HTML, where a backslash is no escape


_TABLE = beside(__file__)
VERBATIM, BLOCKS = tuple(_TABLE["verbatim"]), tuple(_TABLE["blocks"])
_LIVE = (*BLOCKS, *_TABLE["control"])  # what their pairs hold is no code
MORE = re.compile(r"<!--+[ \t]*more[ \t]*--+>", re.I)

_SPECIAL = re.compile(
    r"\n|\\[!-/:-@\[-`{-~]|`+|<!--|\{\{|\{#|[{<]%|<(?:code|pre|script|style|textarea)(?=[\s/>])[^<>]*>",
    re.I,
)
BLANK = r"[ \t\r\n\f\v\u00a0]"  # white space as the template engines see it: U+3000 is a character
_TAG = re.compile(rf"[{{<]%-?{BLANK}*(\u3000*[^\W\d]\w*)")
_HEADING_ID = re.compile(r"\{#[\w:.-][^{}\n]*\}")
_QUOTE = re.compile(r"(?: {0,3}> ?)*")
_INDENT = re.compile(r"[ \t]*")
_ITEM = re.compile(r"(?:([-*+])|(\d{1,9})\.)[ \t]+")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t\r]*$")
_HEADING = re.compile(r"#{1,6}")
_HOLDER = re.compile(r'(?:!!!|\?\?\?\+?)[ \t]*[\w"]|===[!+]*[ \t]+"|\[\^[^\]\n]+\]:|:[ \t]{1,3}\S')
_OWN_BLOCK = re.compile(rf"<!--|[{{<]%-?\s*(?:end)?(?:{'|'.join(BLOCKS)})\b")
_FENCE = re.compile(r"(?:(?:[-*+]|\d{1,9}\.)[ \t]+)?(?P<fence>`{3,}(?=[^`]*$)|~{3,})")
_LONE_TAGS = re.compile(
    rf"(?:[{{<]%-?[ \t]*(?!(?:end)?(?:{'|'.join((*BLOCKS, *VERBATIM))})\b)[^\W\d]\w*\b"
    r"[^%\n]*(?:%(?![}>])[^%\n]*)*%[}>][ \t]*)+\r?$"
)
# Where a code span cannot go on. In a paragraph, unlike in a list, a list mark is text.
_SEGMENT_END = {
    listing: re.compile(rf"\n(?=[ \t>]*(?:{marks}#|```|~~~|\||\r?(?:\n|\Z)))")
    for listing, marks in ((True, r"[-*+][ \t]|\d+\.[ \t]|"), (False, ""))
}
_MARK = {
    mark: re.compile(re.escape(mark)) for mark in ("\n", "%}", "%>", "{%", "<%", "-->", "#}", "}}")
}
_BLANK = re.compile(r"\n[ \t\r>]*\n")
_END_TAG = re.compile(r"\{%-?\s*end(\w+)\s*-?%\}")
_ELEMENT_END = {
    name: re.compile(rf"</{name}\s*>", re.I)
    for name in ("code", "pre", "script", "style", "textarea")
}


def scan(text: str) -> tuple[Span, ...]:
    """The spans of a Markdown text, in order, none overlapping another."""
    return tuple(_Scanner(text).run())


def dead(spans: Iterable[Span], kinds: Collection[Kind] = DEAD) -> Callable[[int], bool]:
    """Tells of a place whether no tag, link or heading is one there: code, comments, verbatim."""
    return inside((span.start, span.end) for span in spans if span.kind in kinds)


class _Ahead:
    """A search that crosses no stretch twice, as long as it is asked from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[re.Pattern[str], tuple[int, int]] = {}
        self.crossed = 0

    def find(self, pattern: re.Pattern[str], pos: int) -> tuple[int, int]:
        """Start and end of the next match from `pos`; both past the text where there is none."""
        found = self._found.get(pattern, (-1, -1))
        if found[0] < pos:
            match = pattern.search(self._text, pos)
            beyond = len(self._text) + 1
            found = match.span() if match else (beyond, beyond)
            self._found[pattern] = found
            self.crossed += found[0] - pos
        return found


class _Item(NamedTuple):
    bullet: str  # "" for a numbered item
    number: int

    def goes_on(self, following: "_Item") -> bool:
        """Whether `following` is an item of the same list, not the start of another."""
        return self.bullet == following.bullet and (following.number != 1 or self.number <= 1)


class _Held(NamedTuple):
    """A line of nothing but tags, left of the content of the list item before it."""

    start: int
    end: int
    level: int
    names: str


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.ahead = _Ahead(text)
        self.spans: list[Span] = []
        self.holders: list[_Item | None] = []  # open blocks, outermost first; None: not an item
        self.held: list[_Held] = []
        self.fresh = True  # a block may begin on this line
        self.listing = False  # the current block is a list
        self.quote = 0
        self.html = False
        self.segment_end = -1
        self.ticks: defaultdict[int, list[int]] = defaultdict(list)
        self.ends: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # of each pair
        for match in _END_TAG.finditer(text):
            self.ends[match[1]].append(match.span())

    def run(self) -> list[Span]:
        pos = 0
        while pos < len(self.text):
            pos = self._line(pos)
        return sorted(self.spans)

    # ---- lines

    def _line(self, start: int) -> int:
        text = self.text
        if text[start] == "\n":  # the common case, said twice for speed
            self.fresh, self.listing, self.html = True, False, False
            return start + 1
        eol, quote, at = self._margins(start)
        depth, column = text.count(">", start, quote), self._column(quote, at)
        level = column // 4
        more = MORE.match(text, at, eol)
        if not text[more.end() if more else at : eol].strip():
            self.fresh, self.listing, self.html = True, False, False
            return self._inline(at)
        if depth > self.quote or (depth < self.quote and self.fresh):
            self.holders.clear()
            self.held.clear()
            self.fresh = True
        if self.fresh:  # else a line without its quote mark goes on with the quoted paragraph
            self.quote = depth

        item = None if _RULE.match(text, at, eol) else _ITEM.match(text, at, eol)
        mark = _Item(item[1] or "", int(item[2] or 0)) if item else None
        beside = any(self.holders[level:]) and (self.fresh or bool(self.held))
        if beside and _LONE_TAGS.match(text, at, eol):  # the next line tells whose pictures
            names = " ".join(_TAG.findall(text, at, eol))
            self.held.append(_Held(quote, at, level, names))
            self.fresh = False
            return self._inline(at)
        if self.held:
            self._release(mark, level, start, quote)

        contained = bool(self.holders) and column >= 2
        if self.fresh:
            if level > len(self.holders):
                self.spans.append(Span(start, eol, "indented"))
                return eol + 1
            self.html = bool(re.match(r"<[A-Za-z]", text[at : at + 2]))
        fence = _FENCE.match(text, at, eol)
        if mark and level <= len(self.holders) and (self.fresh or self.listing):
            del self.holders[level:]
            self.holders.append(mark)
            self.listing, self.fresh = True, False
        elif _HEADING.match(text, at, eol) or _RULE.match(text, at, eol):
            del self.holders[level:]
            self.fresh = True
        elif _HOLDER.match(text, at, eol) and level <= len(self.holders):
            del self.holders[level:]
            self.holders.append(None)
            self.fresh = True
        else:
            if self.fresh:
                del self.holders[level:]
                self.listing = False
            self.fresh = _OWN_BLOCK.match(text, at, eol) is not None
        if fence:
            column = self._column(quote, fence.start("fence"))
            contained = contained or fence.start("fence") > at
            return self._fence(start, eol, fence["fence"], depth, column, contained)
        return self._inline(at)

    def _margins(self, start: int) -> tuple[int, int, int]:
        """End of the line, end of its quote marks, start of its text."""
        eol = min(self.ahead.find(_MARK["\n"], start)[0], len(self.text))
        quote = end_of(_QUOTE, self.text, start, eol)
        return eol, quote, end_of(_INDENT, self.text, quote, eol)

    def _column(self, quote: int, at: int) -> int:
        return len(self.text[quote:at].expandtabs(4))

    def _release(self, mark: _Item | None, level: int, start: int, quote: int) -> None:
        """Give held pictures to the item above them if its list goes on; else it ended there."""
        depth = min(level + 1, len(self.holders))
        owner = self.holders[depth - 1] if level <= len(self.holders) else None
        if mark and owner and (level == len(self.holders) or owner.goes_on(mark)):
            moved = [held for held in self.held if held.level < depth]
            self.spans += [Span(h.start, h.end, "shift", h.names, "    " * depth) for h in moved]
            if moved and not self.fresh:  # an item right below the picture needs a blank line
                marks = self.text[start:quote].rstrip()
                names = " ".join(held.names for held in moved)
                self.spans.append(Span(start, start, "shift", names, f"{marks}\n"))
            self.fresh = True
        else:
            del self.holders[min(held.level for held in self.held) :]
        self.held.clear()

    def _fence(
        self, start: int, eol: int, marks: str, depth: int, column: int, contained: bool
    ) -> int:
        """Past the fenced code; a fence without an end reaches to the end of its container."""
        text = self.text
        close = re.compile(rf"{re.escape(marks[0])}{{{len(marks)},}}[ \t\r]*$")
        pos, blank, name = eol + 1, False, "open"
        while pos < len(text):
            eol, quote, at = self._margins(pos)
            inner, indent = text.count(">", pos, quote), self._column(quote, at)
            if inner == depth and indent < column + 4 and close.match(text, at, eol):
                pos, name = eol + 1, ""
                break
            empty = not text[at:eol].strip()
            left = contained and indent < column and not empty
            if inner < depth or (left and (blank or _ITEM.match(text, at, eol))):
                break
            blank = empty
            pos = eol + 1
        self.fresh, self.listing = True, False
        pos = min(pos, len(text))
        self.spans.append(Span(start, pos, "fence", name))
        return pos

    # ---- within lines

    def _inline(self, pos: int) -> int:
        """From here to the line's end, or to the end of the line in which a longer stretch ends."""
        while match := _SPECIAL.search(self.text, pos):
            what, start = match[0], match.start()
            if what == "\n":
                return match.end()
            pos = match.end()
            if what[0] == "`":
                pos = self._ticks(start, len(what))
            elif what == "<!--":
                pos = self._comment(start, pos)
            elif what == "{#":
                if not _HEADING_ID.match(self.text, start):
                    pos = self._until("#}", start, pos, "comment")
            elif what == "{{":
                pos = self._braces(start)
            elif what in ("{%", "<%"):
                pos = self._tag(start)
            elif what[0] == "<":
                pos = self._element(start, pos)
        return len(self.text)

    def _add(self, span: Span) -> int:
        self.spans.append(span)
        return span.end

    def _until(self, mark: str, start: int, pos: int, kind: Kind) -> int:
        end = self.ahead.find(_MARK[mark], start + 2)[1]  # `<!-->` is a whole comment
        return self._add(Span(start, end, kind)) if end <= len(self.text) else pos

    def _comment(self, start: int, pos: int) -> int:
        """Past a comment; behind other text, and in lists or boxes, it ends with the paragraph."""
        _, newline, margin = self.text[max(0, start - 4) : start].rpartition("\n")
        block = self.html or not (margin.strip(" ") or (start > 3 and not newline))
        end, blank = (self.ahead.find(mark, start + 2)[0] for mark in (_MARK["-->"], _BLANK))
        return self._until("-->", start, pos, "comment") if block or end < blank else pos

    def _ticks(self, start: int, size: int) -> int:
        """Past the code span that these backticks open, or past them."""
        if start >= self.segment_end:
            end = self.ahead.find(_SEGMENT_END[self.listing], start)[0]
            self.segment_end = min(end, len(self.text))
            self.ticks.clear()
            for run in re.finditer("`+", self.text[start : self.segment_end]):
                self.ticks[len(run[0])].append(start + run.start())
        closers = self.ticks[size]
        at = bisect_right(closers, start)
        if at == len(closers):
            return start + size
        return self._add(Span(start, closers[at] + size, "code"))

    def _braces(self, start: int) -> int:
        """`{{% %}}` and `{{< >}}` are Hugo's, `{{ "{% %}" }}` an escape; other braces are text."""
        end = self.ahead.find(_MARK["}}"], start)[1]
        eol = self.ahead.find(_MARK["\n"], start)[0]
        tag = self.ahead.find(_MARK["{%"], start)[0]
        closed = end <= min(eol, len(self.text))
        if closed and (tag < end or self.text.startswith("<", start + 2)):
            return self._add(Span(start, end, "foreign"))
        return start + 1

    def _element(self, start: int, pos: int) -> int:
        name = re.split(r"[\s/>]", self.text[start + 1 : pos], maxsplit=1)[0].lower()
        end = self.ahead.find(_ELEMENT_END[name], pos)[1]
        return self._add(Span(start, end, "element")) if end <= len(self.text) else pos

    def _tag(self, start: int) -> int:
        head = _TAG.match(self.text, start)
        if not head:
            return start + 2
        opener = self.text[start : start + 2]
        stop, end = self.ahead.find(_MARK["%}" if opener == "{%" else "%>"], head.end())
        if stop > len(self.text) or self.ahead.find(_MARK[opener], head.end())[0] < stop:
            return self._add(Span(start, head.end(), "unclosed", head[1], html=self.html))
        args = self.text[head.end() : stop].removesuffix("-")
        if opener == "{%" and head[1] not in _LIVE:
            ends = self.ends[head[1]]
            at = bisect_left(ends, (end, 0))
            if at < len(ends):
                stop, close = ends[at]
                body = self.text[end:stop]
                return self._add(Span(start, close, "verbatim", head[1], args, body, self.html))
            if head[1] in VERBATIM:
                return self._add(Span(start, end, "unclosed", head[1], html=self.html))
        return self._add(Span(start, end, "tag", head[1], args, html=self.html))


def end_of(pattern: re.Pattern[str], text: str, start: int, stop: int) -> int:
    """Where a pattern that also matches nothing stops matching."""
    match = pattern.match(text, start, stop)
    return match.end() if match else start
