"""What the languages of a page must share: the page itself, and its sections in order."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence

from kb import source
from kb.editions import DEFAULT_LOCALE
from kb.finding import Finding


def check(pages: Mapping[str, str], locales: Sequence[str]) -> list[Finding]:
    """Compare each translation with the default language; keys of `pages` are paths from docs/."""
    findings: list[Finding] = []
    for path, text in pages.items():
        edition, locale, page = path.split("/", 2)
        if locale != DEFAULT_LOCALE:
            original = f"{edition}/{DEFAULT_LOCALE}/{page}"
            if original in pages:
                findings += _sections(path, text, original, pages[original])
            else:
                message = f"there is no original at docs/{original}"
                findings.append(Finding(f"docs/{path}", 1, "translation-original", message))
            continue
        findings += (
            Finding(f"docs/{path}", heading.line, "heading-id", f"'{heading.text}' has no id")
            for heading in source.parse(text).headings
            if not heading.id
        )
        for other in locales:
            if other != locale and f"{edition}/{other}/{page}" not in pages:
                message = f"there is no translation at docs/{edition}/{other}/{page}"
                findings.append(Finding(f"docs/{path}", 1, "translation-missing", message))
    return sorted(findings)


def _sections(path: str, text: str, original: str, first: str) -> Iterator[Finding]:
    mine, theirs = source.parse(text).headings, source.parse(first).headings
    here = [(heading.level, heading.id) for heading in mine]
    there = [(heading.level, heading.id) for heading in theirs]
    for kind, at, end, other, stop in difflib.SequenceMatcher(a=here, b=there).get_opcodes():
        if kind == "equal":
            continue
        line = mine[min(at, len(mine) - 1)].line if mine else 1
        had = ", ".join(_said(section) for section in here[at:end]) or "nothing"
        wants = ", ".join(_said(section) for section in there[other:stop]) or "nothing"
        place = (
            f"docs/{original}:{theirs[min(other, len(theirs) - 1)].line}" if theirs else original
        )
        message = f"here stands {had}, in {place} {wants}"
        yield Finding(f"docs/{path}", line, "translation-sections", message)


def _said(section: tuple[int, str]) -> str:
    level, id_ = section
    return f"{'#' * level} #{id_}" if id_ else f"{'#' * level} without an id"
