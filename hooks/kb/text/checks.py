"""Checks that need nothing but a page's text: front matter, headings, what shows as written."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from kb import html
from kb.data import beside
from kb.finding import Finding
from kb.text.page import Markdown, Page

_UNSPACED = re.compile(r"(#{1,6})([^#\s].*)")
_NAMED = re.compile(r"^ {0,3}\[([^\]\n]+)\]:", re.M)
# Elements that have no end, and those that end where the next begins, as HTML has it.
_VOID, _IMPLIED = map(frozenset, beside(__file__, "elements.yml").values())
# A link's address in brackets, and what is open where another begins or the paragraph ends.
_NO_TAG = re.compile(r"(?m)(]\(|^ {0,3}\[[^\]\n^][^\]\n]*]:\s?)<|<(?=\w[^<>\"']*(?:<|\n[ \t]*\n))")
_MARK = re.compile(r"(?:[-*+]|\d+\.|:|\[\^[^\]]+\]:)\s")  # of an item, a meaning, a footnote
_UNSUPPORTED: dict[str, dict[str, str]] = beside(__file__)


def check(pages: Iterable[Page]) -> list[Finding]:
    """Front matter read otherwise than meant, faulty headings, what shows as it is written."""
    return [
        found
        for page in pages
        for told in (page.front.findings, headings(page, page.file), unsupported(page), ends(page))
        for found in told
    ]


def ends(page: Page) -> Iterator[Finding]:
    """Raw elements that are not closed, below which Markdown is text, and ends of nothing."""

    def told(tag: html.Tag, why: str) -> Finding:
        name = tag.name if tag.attrs is not None else f"/{tag.name}"
        return Finding(page.file, tag.line, "markup-unclosed", f"<{name}> {why}", col=tag.col)

    opened, held = list[html.Tag](), Counter[str]()
    text = _NO_TAG.sub(r"\1 ", page.raw)
    lines = text.split("\n")
    for tag in html.tags(text):
        if tag.name in _VOID or not tag.name.isalnum():  # <https://…>
            continue
        if tag.attrs is not None:
            opened.append(tag)
            held[tag.name] += 1
        elif held[tag.name]:
            while (last := opened.pop()).name != tag.name:
                held[last.name] -= 1
                if last.name not in _IMPLIED:
                    yield told(last, "is not closed")
            held[tag.name] -= 1
            if not opened and _left(lines[last.line - 1 : tag.line]):
                yield told(tag, f"stands outside of what holds its beginning, in line {last.line}")
        else:
            yield told(tag, "closes nothing")
    for tag in opened:
        yield told(tag, "is not closed: below it Markdown may be shown as it is written")


def _left(lines: Iterable[str]) -> bool:
    """Whether the item, box, tab or quote that holds the first line ends before the last."""
    # A quote's mark is worth an indent.
    first, *others = (line.replace(">", "    ").expandtabs(4) for line in lines)
    text, blank = first.lstrip(), False
    inner = (len(first) - len(text)) // 4 + bool(_MARK.match(text))
    for line in others:
        text = line.lstrip()
        if text and len(line) - len(text) < 4 * inner and (blank or _MARK.match(text)):
            return True
        blank = not text
    return False


def unsupported(page: Page) -> Iterator[Finding]:
    """What other systems render and ours shows as it is written, and names without a meaning."""
    known = {name.casefold() for name in _NAMED.findall(page.live)}
    for what, held in _UNSUPPORTED.items():
        text = page.text if what == "Mermaid" else page.live
        for match in re.compile(held["pattern"], re.M).finditer(text, len(text) - len(page.body)):
            if "lacks" not in held:
                message = f"{what} is not rendered: readers see '{match[0].strip()}'"
            elif match[1].casefold() not in known:
                message = f"{what} '{match[0]}' has no {held['lacks']}"
            else:
                continue
            line, col = page.places.of(match.start())
            yield Finding(page.file, line, "text-unsupported", message, held["instead"], col)


def headings(text: Markdown, path: str) -> Iterator[Finding]:
    """Headings without a space behind their marks, and every H1 but the first."""
    lines, first = text.text.split("\n"), 0
    for heading in text.headings:
        line, col = heading.line, heading.col
        if told := _UNSPACED.match(lines[line - 1]):
            fix = f"write `{told[1]} {told[2].strip()[:40]}`"
            message = f"no space behind `{told[1]}`: {fix}"
            yield Finding(path, line, "heading-space", message, col=col)
        if heading.level == 1:
            if first:
                message = f"a second H1 (the first is on line {first}): write `##`"
                yield Finding(path, line, "heading-h1", message, col=col)
            first = first or line
