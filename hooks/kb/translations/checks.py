"""What the languages of an edition must share: pages, front matter, sections in order, content."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from kb import kept
from kb.finding import Finding, where
from kb.ledger import Ledger
from kb.text.page import DocsPath, Page
from kb.translations import parity, stamps
from kb.translations.stamps import Pair

# Keys whose values the languages share; of the others they share that they have them.
SAME_VALUES = ("checked", "date", "status", "template", "hide", "search")


def check(pages: Mapping[DocsPath, Page], locales: Sequence[str]) -> Iterator[Finding]:
    """Compare each translation with its original in the first of the locales."""
    for page in pages.values():
        first = page.locale == locales[0]
        for heading in page.headings if first else ():
            if not heading.id:
                yield Finding(page.file, heading.line, "heading-id", f"'{heading.text}' has no id")
        for other in locales[1:] if first else locales[:1]:
            path = page.sibling(other)
            if path not in pages:
                what = "translation" if first else "original"
                rule = "translation-missing" if first else "translation-original"
                yield Finding(page.file, 1, rule, f"there is no {what} at docs/{path}")
            elif not first:
                yield from _sections(page, pages[path])


def _sections(page: Page, original: Page) -> Iterator[Finding]:
    mine, theirs = page.headings, original.headings
    here = [(heading.level, heading.id) for heading in mine]
    there = [(heading.level, heading.id) for heading in theirs]
    for kind, at, end, other, stop in difflib.SequenceMatcher(a=here, b=there).get_opcodes():
        if kind == "equal":
            continue
        line = mine[min(at, len(mine) - 1)].line if mine else 1
        had = ", ".join(_said(section) for section in here[at:end]) or "nothing"
        wants = ", ".join(_said(section) for section in there[other:stop]) or "nothing"
        first = theirs[min(other, len(theirs) - 1)].line if theirs else 1
        message = f"here stands {had}, in {where(original.file, first)} {wants}"
        yield Finding(page.file, line, "translation-sections", message)


def _said(section: tuple[int, str]) -> str:
    level, id_ = section
    return f"{'#' * level} #{id_}" if id_ else f"{'#' * level} without an id"


def check_meta(pages: Mapping[DocsPath, Page], default: str) -> Iterator[Finding]:
    """Front matter that one language has and the other has not, and dates that differ."""
    for page, original in stamps.translated(pages, default):
        mine, theirs = page.meta, original.meta
        for key in sorted(mine.keys() ^ theirs.keys()):
            has, lacks = (page, original) if key in mine else (original, page)
            message = f"'{key}' stands in the front matter of {has.file} and not of {lacks.file}"
            yield Finding(page.file, page.front.line(key), "translation-parity", message)
        for key in SAME_VALUES:
            if key in mine and key in theirs and mine[key] != theirs[key]:
                message = f"'{key}' is {mine[key]} here and {theirs[key]} in {original.file}"
                yield Finding(page.file, page.front.line(key), "translation-parity", message)


def check_pairs(
    known: Ledger,
    pairs: Sequence[Pair],
    names: Sequence[Mapping[str, str]],
    memo: kept.Memo = kept.NONE,
) -> list[Finding]:
    """Pairs that changed since their stamp, or say different things; `names` are of products."""
    same = kept.key(names)
    found = [] if known.findings else list(stamps.states(known, pairs))
    lags = {(state.pair.key, state.pair.id) for state in found if state.behind}
    findings = stamps.check(known, found)
    for pair in pairs:
        if (pair.key, pair.id) not in lags:  # else that they differ is known
            findings += memo.of((same, pair), list, differences(pair, names))
    return findings


def differences(pair: Pair, names: Sequence[Mapping[str, str]]) -> Iterator[Finding]:
    """Where the sides of a pair say different things, told on the translation."""
    here, there = pair.translation, pair.original
    excused = parity.excused(here.text) | parity.excused(there.text)
    first, other = (
        parity.said(side.locale, side.text, side.links, side.pictures) for side in (there, here)
    )
    for found in parity.differences(first, other, names):
        if found.kind in excused:
            continue
        message = f"'#{pair.id}' differs in {found.kind}: {found.other} here, {found.first} in"
        if not found.first:
            message = f"'#{pair.id}' has {found.kind}, {found.other}, here or in"
        place = f"{there.path}:{there.line}"
        yield Finding(here.path, here.line, "translation-parity", f"{message} {place}")
