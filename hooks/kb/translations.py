"""What the languages of a page must share: the page itself, its sections in order, what they say.

Whether two texts say the same, a person judges. `kb stamp` records that they do, as a fingerprint
of each section in both languages; once one of them changes alone, the other is out of date.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kb.editions import DEFAULT_LOCALE
from kb.finding import Finding
from kb.ledger import Ledger
from kb.text import page as source

STAMPS = "translations"
HEAD = """\
# `kb stamp` writes this: translation -> section -> fingerprints of the original and of the
# translation when both were last read and found to say the same.
"""


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


class Section(NamedTuple):
    """A section of a page: the line of its heading and a fingerprint of its text."""

    line: int
    fingerprint: str  # 12 hex digits of the SHA-256


def sections(text: str) -> dict[str, Section]:
    """The sections of a Markdown file by id, each up to the next heading.

    The first one also has the title, the description and what stands before its heading. Blanks
    at the ends of lines do not count, and neither do sections without an id, which are a finding
    of their own.
    """
    page = source.parse(text)
    lines = text.split("\n")
    starts = [page.meta_lines, *(heading.line - 1 for heading in page.headings[1:])]
    head = "".join(f"{page.meta.get(key, '')}\n" for key in ("title", "description"))
    found: dict[str, Section] = {}
    for heading, start, end in zip(page.headings, starts, [*starts[1:], len(lines)], strict=False):
        body = "\n".join(line.rstrip() for line in lines[start:end]).strip()
        digest = hashlib.sha256((head + body).encode()).hexdigest()
        head = ""
        if heading.id:
            found.setdefault(heading.id, Section(heading.line, digest[:12]))
    return found


def check_stamps(stamps: Ledger, pages: Mapping[str, str]) -> list[Finding]:
    """Sections that changed in one language alone, or in both without a new stamp.

    Keys of `pages` are paths from docs/; `stamps` are those of their edition.
    """
    if stamps.findings:
        return list(stamps.findings)
    stamped: Mapping[str, Mapping[str, str]] = stamps.data or {}
    findings: list[Finding] = []
    for path, original in _translated(pages):
        known = stamped.get(_key(path), {})
        here, there = sections(pages[path]), sections(pages[original])
        if not known:
            message = "this translation was never found to say what its original does"
            findings.append(Finding(f"docs/{path}", 1, "translation-unstamped", message))
            continue
        for id_ in here.keys() & there.keys():
            before = known.get(id_, " ").split(" ")  # unstamped: both count as changed
            now = [there[id_].fingerprint, here[id_].fingerprint]
            places = [f"docs/{original}:{there[id_].line}", f"docs/{path}:{here[id_].line}"]
            changed = [old != new for old, new in zip(before, now, strict=True)]
            if all(changed):
                message = f"'#{id_}' is new or changed here and in {places[0]}"
                findings.append(
                    Finding(f"docs/{path}", here[id_].line, "translation-unstamped", message)
                )
            elif any(changed):
                left = changed.index(False)
                file, _, line = places[left].rpartition(":")
                message = f"'#{id_}' is as it was, and {places[1 - left]} has changed"
                findings.append(Finding(file, int(line), "translation-stale", message))
    return sorted(findings)


def stamp(stamps: Ledger, pages: Mapping[str, str], wanted: Iterable[str]) -> str:
    """The ledger's new text: translations of the `wanted` page paths say what their originals do.

    Pages of `pages` that are not wanted keep the stamps that they have.
    """
    stamped: Mapping[str, Mapping[str, str]] = stamps.data or {}
    matching = set(wanted)
    text = HEAD
    for path, original in _translated(pages):
        known = dict(stamped.get(_key(path), {}))
        if path.split("/", 2)[2].removesuffix(".md") in matching:
            here, there = sections(pages[path]), sections(pages[original])
            known = {
                id_: f"{section.fingerprint} {here[id_].fingerprint}"
                for id_, section in there.items()
                if id_ in here
            }
        if known:
            text += f"{_key(path)}:\n"
            text += "".join(f"  {id_}: {prints}\n" for id_, prints in known.items())
    return text


def _translated(pages: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each translation that has an original, with the original's path."""
    for path in sorted(pages):
        edition, locale, page = path.split("/", 2)
        original = f"{edition}/{DEFAULT_LOCALE}/{page}"
        if locale != DEFAULT_LOCALE and original in pages:
            yield path, original


def _key(path: str) -> str:
    """`2026-11/en/start/plans.md` as the edition's ledger names it: `en/start/plans`."""
    return path.partition("/")[2].removesuffix(".md")
