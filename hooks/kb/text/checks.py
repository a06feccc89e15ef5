"""Checks that need nothing but a page's text: front matter, headings, what shows as written."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from kb import html
from kb.data import beside
from kb.finding import Finding, origin, where
from kb.text.page import SNIPPETS, Markdown, Page

_UNSPACED = re.compile(r"(#{1,6})([^#\s].*)")
_ALONE = re.compile(r"\n*(?!---)\S")
_NAMED = re.compile(r"^ {0,3}\[([^\]\n]+)\]:", re.M)
# Elements that have no end, and those that end where the next begins, as HTML has it.
_VOID, _IMPLIED = map(frozenset, beside(__file__, "elements.yml").values())
# A link's address in brackets, and what is open where another begins or the paragraph ends.
_NO_TAG = re.compile(r"(?m)(]\(|^ {0,3}\[[^\]\n^][^\]\n]*]:\s?)<|<(?=\w[^<>\"']*(?:<|\n[ \t]*\n))")
_MARK = re.compile(r"\s*(?:[-*+]|\d+\.|:|\[\^[^\]]+\]:)\s")  # of an item, a meaning, a footnote
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
                begun = where(page.file, last.line)
                yield told(tag, f"stands outside of what holds its beginning, {begun}")
        else:
            yield told(tag, "closes nothing")
    for tag in opened:
        yield told(tag, "is not closed: below it Markdown may be shown as it is written")


def _left(written: Iterable[str]) -> bool:
    """Whether the item, box, tab or quote that holds the first line ends before the last."""
    # A quote's mark is worth an indent.
    lines = [line.replace(">", "    ").expandtabs(4) for line in written]
    margins = [len(line) - len(line.lstrip()) for line in lines]
    inner = margins[0] // 4 + bool(_MARK.match(lines[0]))
    return any(
        line.strip() and margin < 4 * inner and (not before.strip() or _MARK.match(line))
        for before, line, margin in zip(lines, lines[1:], margins[1:], strict=False)
    )


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
            hint = held["instead"].format(page=page, match=match)
            yield Finding(page.file, line, "text-unsupported", message, hint, col)


def snippets(written: Iterable[Page], pages: Collection[Page]) -> Iterator[Finding]:
    """Texts that no page includes, or that do not stand by themselves."""
    for page, span in ((each, span) for each in pages if each.included for span in each.spans):
        at = (span.start, max(span.start, span.end - 1))
        first, last = (origin(page.file, page.places.of(place)[0]) for place in at)
        if first[0] != last[0]:
            yield Finding(*first, "text-snippet", f"a {span.kind} begins here, ends in {last[0]}")
    used = {each for page in pages for each in page.included}
    for each in (each for each in written if each.name.startswith(SNIPPETS)):
        yield from ends(each)
        told = ["no page includes it"] * (each not in used)
        told += ["does not begin with text at the margin"] * (not _ALONE.match(each.text))
        yield from (Finding(each.file, 1, "text-snippet", message) for message in told)


def headings(text: Markdown, path: str) -> Iterator[Finding]:
    """Headings without a space behind their marks, and every H1 but the first."""
    lines, first = text.text.split("\n"), ""
    for heading in text.headings:
        line, col = heading.line, heading.col
        if told := _UNSPACED.match(lines[line - 1]):
            fix = f"write `{told[1]} {told[2].strip()[:40]}`"
            message = f"no space behind `{told[1]}`: {fix}"
            yield Finding(path, line, "heading-space", message, col=col)
        if heading.level == 1:
            if first:
                message = f"a second H1 (the first: {first}): write `##`"
                yield Finding(path, line, "heading-h1", message, col=col)
            first = first or where(path, line)
