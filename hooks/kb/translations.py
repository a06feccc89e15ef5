"""What the languages of a page must share: the page itself, its sections in order, what they say.

Whether two texts say the same, a person judges. `kb stamp` records that they do, as a fingerprint
of each section in both languages; once one of them changes alone, the other is out of date.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence

from kb.finding import Finding
from kb.ledger import Ledger
from kb.text.page import DocsPath, Page

STAMPS = "translations"
HEAD = """\
# `kb stamp` writes this: translation -> section -> fingerprints of the original and of the
# translation when both were last read and found to say the same.
"""


def check(pages: Mapping[DocsPath, Page], locales: Sequence[str]) -> list[Finding]:
    """Compare each translation with its original in the first of the locales."""
    findings: list[Finding] = []
    for page in pages.values():
        if page.locale != locales[0]:
            path = page.sibling(locales[0])
            original = pages.get(path)
            if original:
                findings += _sections(page, original)
            else:
                message = f"there is no original at docs/{path}"
                findings.append(Finding(page.file, 1, "translation-original", message))
            continue
        findings += (
            Finding(page.file, heading.line, "heading-id", f"'{heading.text}' has no id")
            for heading in page.headings
            if not heading.id
        )
        for other in locales[1:]:
            if page.sibling(other) not in pages:
                message = f"there is no translation at docs/{page.sibling(other)}"
                findings.append(Finding(page.file, 1, "translation-missing", message))
    return sorted(findings)


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
        message = f"here stands {had}, in {original.file}:{first} {wants}"
        yield Finding(page.file, line, "translation-sections", message)


def _said(section: tuple[int, str]) -> str:
    level, id_ = section
    return f"{'#' * level} #{id_}" if id_ else f"{'#' * level} without an id"


def check_stamps(stamps: Ledger, pages: Mapping[DocsPath, Page], default: str) -> list[Finding]:
    """Sections that changed in one language alone, or in both without a new stamp.

    `pages` and `stamps` are those of one edition, `default` is the locale of the originals. Stamps
    that cannot be read say nothing of the pages.
    """
    if stamps.findings:
        return list(stamps.findings)
    findings: list[Finding] = []
    for page, original in _translated(pages, default):
        known = (stamps.data or {}).get(_key(page), {})
        if not known:
            message = "this translation was never found to say what its original does"
            findings.append(Finding(page.file, 1, "translation-unstamped", message))
            continue
        here, there = page.sections, original.sections
        for id_ in here.keys() & there.keys():
            before = known.get(id_, " ").split(" ")  # unstamped: both count as changed
            now = [there[id_].fingerprint, here[id_].fingerprint]
            places = [f"{original.file}:{there[id_].line}", f"{page.file}:{here[id_].line}"]
            changed = [old != new for old, new in zip(before, now, strict=True)]
            if all(changed):
                message = f"'#{id_}' is new or changed here and in {places[0]}"
                findings.append(
                    Finding(page.file, here[id_].line, "translation-unstamped", message)
                )
            elif any(changed):
                left = changed.index(False)
                file, _, line = places[left].rpartition(":")
                message = f"'#{id_}' is as it was, and {places[1 - left]} has changed"
                findings.append(Finding(file, int(line), "translation-stale", message))
    return sorted(findings)


def stamp(
    stamps: Ledger, pages: Mapping[DocsPath, Page], wanted: Collection[str], default: str
) -> str:
    """The ledger's new text: translations of the `wanted` page names say what their originals do.

    Pages that are not wanted keep the stamps that they have.
    """
    text = HEAD
    for page, original in _translated(pages, default):
        known = dict((stamps.data or {}).get(_key(page), {}))
        if page.name in wanted:
            known = {
                id_: f"{section.fingerprint} {page.sections[id_].fingerprint}"
                for id_, section in original.sections.items()
                if id_ in page.sections
            }
        if known:
            text += f"{_key(page)}:\n"
            text += "".join(f"  {id_}: {prints}\n" for id_, prints in known.items())
    return text


def _translated(pages: Mapping[DocsPath, Page], default: str) -> Iterator[tuple[Page, Page]]:
    """Each translation that has an original, with it."""
    for _, page in sorted(pages.items()):
        original = pages.get(page.sibling(default))
        if page.locale != default and original:
            yield page, original


def _key(page: Page) -> str:
    """A page as its edition's ledger names it: `en/start/plans`."""
    return f"{page.locale}/{page.name}"
