"""Rules on pictures as pages show them: the words for them, their sizes, their weight."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kb import words
from kb.finding import Finding
from kb.ledger import Ledger
from kb.pictures import WIDE
from kb.pictures import entries as ledgers
from kb.pictures.entries import About, Entry, Row
from kb.pictures.probe import File
from kb.pictures.uses import Use

PAGE_WEIGHT = 500_000  # bytes of all pictures of a page, as they lie in docs/
ASPECT = 0.05  # a difference that no reader sees
_OPENING = re.compile(
    r"\s*(?:这是|此)?(?:一?[张幅]|该)?(?:图片|图像|照片|截图|截屏)(?:中|里|展示|显示|是|为|[:：，]|$)"
    r"|\s*(?:(?:an?|the|this)\s+)?(?:image|picture|photo|screenshot|screen ?shot|graphic)s?"
    r"(?:\s+(?:of|show|that)|\s*[:.]|\s*$)",
    re.I,
)


def check_alts(ledger: Ledger, listed: Iterable[Row], locales: Sequence[str]) -> Iterator[About]:
    """The alt texts of some entries of the ledger, each in its language."""
    for index, item in listed:
        for locale in locales:
            alt = item["alt"].get(locale, "").strip()
            key = (index, "alt", locale)
            path = item["path"].replace("{locale}", locale)
            if not alt:
                message = f"'{item['path']}' has no alt text for '{locale}'"
                yield path, ledger.finding("image-alt-missing", message, *key)
                continue
            for message in alt_problems(alt, item["path"], locale):
                yield path, ledger.finding("image-alt", message, *key)


def alt_problems(alt: str, path: str, locale: str) -> Iterator[str]:
    """What is wrong with an alt text."""
    name = posixpath.basename(path)
    if _letters(alt) in (_letters(name), _letters(posixpath.splitext(name)[0])):
        yield f"the alt text for '{locale}' is the name of the file"
        return
    if match := _OPENING.match(alt):
        yield (
            f"the alt text for '{locale}' begins with '{match[0].strip()}', which goes without "
            "saying"
        )
    least, most = (int(words.of(locale)(f"picture.alt.{end}")) for end in ("least", "most"))
    if not least <= len(alt) <= most:
        yield (
            f"the alt text for '{locale}' has {len(alt)} characters, {least} to {most} say what "
            "there is to see"
        )


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def check_pages(
    located: Iterable[tuple[Use, str]], files: Mapping[str, File], known: Mapping[str, Entry]
) -> Iterator[About]:
    """Each picture as its page shows it, and all those of a page together."""
    pages: dict[str, list[tuple[Use, str]]] = defaultdict(list)
    for use, path in located:
        pages[use.page].append((use, path))
    for held in pages.values():
        yield from _check_same_alts(held, known)
        seen: set[str] = set()
        for use, path in held:
            entry = ledgers.entry_of(path, use.locale, known)
            if not files[path].error:
                yield from _check_size(use, path, files[path], entry)
            seen.add(path)
        weight = sum(files[path].weight for path in seen)
        if weight > PAGE_WEIGHT:
            message = f"its {len(seen)} pictures weigh {weight:,} bytes"
            hint = f"at most {PAGE_WEIGHT:,} wanted: show fewer, smaller or plainer ones"
            first = held[0][0]
            yield "", Finding(first.place, first.line, "image-page-weight", message, hint)


def _check_same_alts(held: list[tuple[Use, str]], known: Mapping[str, Entry]) -> Iterator[About]:
    said: dict[str, str] = {}
    for use, path in held:
        entry = ledgers.entry_of(path, use.locale, known)
        alt = (entry.alt if entry else use.alt).strip()
        if alt and said.setdefault(alt, path) != path:
            message = f"'{use.target}' has the same alt text as 'docs/{said[alt]}' on this page"
            yield path, Finding(use.place, use.line, "image-alt", message)


def _check_size(use: Use, path: str, file: File, entry: Entry | None) -> Iterator[About]:
    def found(rule: str, message: str, hint: str = "") -> About:
        return path, Finding(use.place, use.line, rule, message, hint)

    if not file.width or not file.height:
        return
    if use.width and use.height:
        declared, true = use.width / use.height, file.width / file.height
        if abs(declared / true - 1) > ASPECT:
            yield found(
                "image-aspect",
                f"'{use.target}' is declared {use.width}×{use.height}, but its shape is "
                f"{file.width}×{file.height}",
                f"{use.width}×{round(use.width / true)} has its shape",
            )
    if file.kind == "SVG":
        return
    shown = min(use.width, WIDE)
    if shown > file.width:
        message = f"'{use.target}' is shown {shown} wide, but has {file.width} pixels"
        yield found("image-upscaled", message, "capture it larger, or declare less")
    if entry and entry.kind == "capture" and file.width / entry.density > WIDE:
        natural = round(file.width / entry.density)
        yield found(
            "image-wide",
            f"'{use.target}' is {natural} wide at its own size, but pictures are made for {WIDE}",
            "crop it, or give its `density` in the ledger if it was captured on a fine screen",
        )
