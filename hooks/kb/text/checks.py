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
# Elements that have no end, or that end where the next begins, as HTML has it.
_OPEN = re.compile("br|col|hr|img|input|source|track|wbr|dd|dt|li|option|t(?:body|d|h|head|r)")
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
    opened, wrong, held = list[html.Tag](), list[html.Tag](), Counter[str]()
    for tag in html.tags(page.raw):
        if _OPEN.fullmatch(tag.name) or not tag.name.isalnum():  # <https://…>
            continue
        if tag.attrs is not None:
            opened.append(tag)
            held[tag.name] += 1
        elif held[tag.name]:
            while (last := opened.pop()).name != tag.name:
                wrong.append(last)
                held[last.name] -= 1
            held[tag.name] -= 1
        else:
            wrong.append(tag)
    for tag in (*wrong, *opened):
        message = f"<{tag.name}> is not closed: below it Markdown may be shown as it is written"
        message = message if tag.attrs is not None else f"</{tag.name}> closes nothing"
        yield Finding(page.file, tag.line, "markup-unclosed", message, col=tag.col)


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
