"""The rules of pictures: what is on disk, what the ledger says of it, and where pages show it."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kb import words
from kb.data import beside
from kb.files import suffix
from kb.finding import Finding, unique
from kb.ledger import Ledger
from kb.nearest import Names
from kb.pictures import WIDE
from kb.pictures import entries as ledgers
from kb.pictures.entries import About, Entry, Row, entries, entry_of
from kb.pictures.probe import TYPES, File
from kb.pictures.uses import Use, locate, original, places

SIDES = (2, 6000)  # pixels
WEIGHT = 150_000  # bytes
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.phone)?\.[a-z0-9]+")
PAGE_WEIGHT = 500_000  # bytes of all pictures of a page, as they lie in docs/
ASPECT = 0.05  # a difference that no reader sees
_OPENING = re.compile("|".join(beside(__file__)["openings"].values()), re.I)


def check(
    files: Mapping[str, File], uses: Iterable[Use], ledger: Ledger, locales: Sequence[str]
) -> list[Finding]:
    """Compare pictures on disk, places that show them, and the ledger.

    `files` and `uses` are those of the editions under check, `ledger` may list more: entries of
    other editions are passed over, and one that has findings says nothing of the pictures.
    """
    uses = list(uses)
    located = [(use, path) for use in uses if (path := locate(use, files))]
    shown: dict[str, str] = {}  # where a page shows a picture first, as a hint
    for use, path in located:
        shown.setdefault(path, f"shown at {use.place}:{use.line}")
    editions = {path.split("/")[0] for path in files} | {
        use.page.split("/")[0] for use in uses if not use.path
    }
    known = entries(ledger, locales)
    listed = [row for row in ledgers.items(ledger) if row[1]["path"].split("/")[0] in editions]
    about: list[About] = [
        (path, Finding(f"docs/{path}", 1, rule, message, shown.get(path, "")))
        for path, file in files.items()
        for rule, message in problems(posixpath.basename(path), file)
    ]
    about += _check_alts(ledger, listed, locales)
    about += _check_pages(located, files, known)
    if not ledger.findings:
        about += _check_languages(located, known, locales)
        about += _check_doubles(files, known)
        about += _check_entries(files, shown, ledger, listed, locales)
    return unique(
        [
            *(_absent(use, files) for use in uses if places(use) and not locate(use, files)),
            *ledger.findings,
            *ledgers.excuse(about, ledger, listed, locales),
        ]
    )


def _absent(use: Use, files: Mapping[str, File]) -> Finding:
    """Why a place shows nothing: a wrong letter case, another language's file, or none at all."""
    wanted = places(use)
    folded = {path.casefold(): path for path in files}
    for path in wanted:
        if twin := folded.get(path.casefold()):
            message = f"picture '{use.target}' is written otherwise than its file"
            return Finding(use.place, use.line, "image-case", message, f"the file: docs/{twin}")
    message = f"picture '{use.target}' does not exist"
    local, shared = wanted[0], wanted[-1]
    twin = next((path for path in files if path.split("/")[2:] == local.split("/")[2:]), None)
    if twin and shared != local:
        hint = f"docs/{twin} exists; add this language's own, or share it as docs/{shared}"
    else:
        hint = f"nearest: {near}" if (near := _nearest(use, local, files)) else ""
    return Finding(use.place, use.line, "image-missing", message, hint)


def _nearest(use: Use, wanted: str, files: Iterable[str]) -> str:
    """The picture that may have been meant, as the place has to write it; "" if none is like it."""
    if use.path:
        near = Names(files).closest(wanted)
        return f"docs/{near}" if near else ""
    edition, locale, page = use.page.split("/", 2)
    homes = (f"{edition}/{locale}/", f"{edition}/images/")
    near = Names(path for path in files if path.startswith(homes)).closest(wanted)
    inside = near.removeprefix(f"{edition}/").removeprefix(f"{locale}/")
    return posixpath.relpath(inside, posixpath.dirname(page)) if near else ""


def _check_languages(
    located: Iterable[tuple[Use, str]], known: Mapping[str, Entry], locales: Sequence[str]
) -> Iterator[About]:
    """A page may show its own language's pictures, those beside the languages, and shared ones."""
    for use, path in located:
        of = path.split("/")[1]
        entry = entry_of(path, of, known)
        if use.locale and of in locales and of != use.locale and not (entry and entry.shared):
            message = f"'{use.target}' is the picture of another language ('{of}')"
            hint = "show this language's own, or write `shared: true` in the ledger"
            yield path, Finding(use.place, use.line, "image-language", message, hint)


def _check_entries(
    files: Mapping[str, File],
    shown: Mapping[str, str],
    ledger: Ledger,
    listed: Iterable[Row],
    locales: Sequence[str],
) -> Iterator[About]:
    known: set[str] = set()
    for index, item in listed:
        for path in ledgers.paths(item, locales):
            known.add(path)
            if path not in files:
                message = f"picture 'docs/{path}' does not exist"
                yield path, ledger.finding("image-missing", message, index, "path")
            elif path not in shown:
                message = f"no page shows 'docs/{path}'"
                yield path, ledger.finding("image-unused", message, index, "path")
    for path in files:
        if original(path) not in known:
            message = "is not in docs/ledgers/screenshots.yml"
            place = f"docs/{path}"
            yield path, Finding(place, 1, "image-unlisted", message, shown.get(path, ""))


def problems(name: str, file: File) -> Iterator[tuple[str, str]]:
    """What is wrong with a picture of its own: (rule, message)."""
    if file.error:
        yield "image-undecodable", file.error
    ending = suffix(name)
    if file.kind and TYPES.get(ending) != file.kind:
        if file.kind in TYPES.values():
            yield "image-type", f"is a {file.kind} by its content, not what '{ending}' says"
        else:
            yield "image-type", f"is a {file.kind}, which browsers do not show: save it as PNG"
    if not _NAME.fullmatch(name):
        yield "image-name", f"'{name}' is not of small letters, digits and hyphens"
    for trace in file.traces:
        yield "image-private", f"carries more than its pixels: {trace}"
    for deed in file.active:
        yield "image-active", f"is more than a picture: {deed}"
    if file.error:
        return
    if file.frames > 1:
        yield "image-format", f"is animated ({file.frames} frames)"
    if file.mode == "CMYK":
        yield "image-format", "is in the colours of print (CMYK), which screens show wrongly"
    sides = (file.width, file.height)
    least, most = SIDES
    if file.kind != "SVG" and not all(least <= side <= most for side in sides):
        yield "image-size", f"is {file.width}×{file.height} pixels; sides of {least}–{most} wanted"
    if file.weight > WEIGHT:
        yield "image-weight", f"weighs {file.weight:,} bytes, at most {WEIGHT:,} wanted"


def _check_doubles(files: Mapping[str, File], known: Mapping[str, Entry]) -> Iterator[About]:
    """Files with the same bytes: doubles, or one language's picture standing in for another's."""
    first: dict[str, str] = {}
    for path, file in files.items():
        held = first.setdefault(file.digest, path) if file.weight else path
        if held == path:
            continue
        if _inner(held) == _inner(path):
            edition, locale, inner = path.split("/", 2)
            entry = entry_of(path, locale, known)
            if not (entry and entry.shared):
                yield path, Finding(
                    f"docs/{path}", 1, "image-language",
                    f"is the same as docs/{held}, and nothing says that the languages share it",
                    f"move it to docs/{edition}/{inner}, or write `shared: true` in the ledger",
                )  # fmt: skip
        else:
            message = f"has the same bytes as docs/{held}"
            yield path, Finding(f"docs/{path}", 1, "image-double", message)


def _inner(path: str) -> list[str]:
    """A path without its edition and language."""
    return path.split("/")[2:]


def _check_alts(ledger: Ledger, listed: Iterable[Row], locales: Sequence[str]) -> Iterator[About]:
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
    name, it = posixpath.basename(path), f"the alt text for '{locale}'"
    if _letters(alt) in (_letters(name), _letters(posixpath.splitext(name)[0])):
        yield f"{it} is the name of the file"
        return
    if match := _OPENING.match(alt):
        yield f"{it} begins with '{match[0].strip()}', which goes without saying"
    least, most = (int(words.of(locale)(f"picture.alt.{end}")) for end in ("least", "most"))
    if not least <= len(alt) <= most:
        yield f"{it} has {len(alt)} characters, {least} to {most} say what there is to see"


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _check_pages(
    located: Iterable[tuple[Use, str]], files: Mapping[str, File], known: Mapping[str, Entry]
) -> Iterator[About]:
    """Each picture as its page shows it, and all those of a page together."""
    pages: dict[str, list[tuple[Use, str]]] = defaultdict(list)
    for use, path in located:
        pages[use.page].append((use, path))
    for held in pages.values():
        said: dict[str, str] = {}
        for use, path in held:
            file, entry = files[path], entry_of(path, use.locale, known)
            alt = (entry.alt if entry else use.alt).strip()
            if alt and said.setdefault(alt, path) != path:
                message = f"'{use.target}' has the same alt text as 'docs/{said[alt]}' on this page"
                yield path, Finding(use.place, use.line, "image-alt", message)
            if file.width and file.height and not file.error:
                for rule, message, hint in _sizes(use, file, entry):
                    yield path, Finding(use.place, use.line, rule, message, hint)
        seen = {path for _, path in held}
        weight = sum(files[path].weight for path in seen)
        if weight > PAGE_WEIGHT:
            message = f"its {len(seen)} pictures weigh {weight:,} bytes"
            hint = f"at most {PAGE_WEIGHT:,} wanted: show fewer, smaller or plainer ones"
            first = held[0][0]
            yield "", Finding(first.place, first.line, "image-page-weight", message, hint)


def _sizes(use: Use, file: File, entry: Entry | None) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the size that a picture is shown in: (rule, message, hint)."""
    if use.width and use.height:
        declared, true = use.width / use.height, file.width / file.height
        if abs(declared / true - 1) > ASPECT:
            shape = f"but its shape is {file.width}×{file.height}"
            message = f"'{use.target}' is declared {use.width}×{use.height}, {shape}"
            hint = f"{use.width}×{round(use.width / true)} has its shape"
            yield "image-aspect", message, hint
    if file.kind == "SVG":
        return
    shown = min(use.width, WIDE)
    if shown > file.width:
        message = f"'{use.target}' is shown {shown} wide, but has {file.width} pixels"
        yield "image-upscaled", message, "capture it larger, or declare less"
    if entry and entry.kind == "capture" and file.width / entry.density > WIDE:
        wide = f"{round(file.width / entry.density)} wide at its own size"
        message = f"'{use.target}' is {wide}, but pictures are made for {WIDE}"
        hint = "crop it, or give its `density` in the ledger if it was captured on a fine screen"
        yield "image-wide", message, hint
