"""The rules of pictures: what is on disk, what the ledger says of it, and where pages show it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kb import nearest
from kb.finding import Finding, unique
from kb.ledger import Ledger
from kb.pictures import entries as ledgers
from kb.pictures import file_checks, page_checks
from kb.pictures.entries import About, Entry, Row, entries, entry_of
from kb.pictures.probe import File
from kb.pictures.uses import Use, locate, original, places


def check(
    files: Mapping[str, File], uses: Iterable[Use], ledger: Ledger, locales: Sequence[str]
) -> list[Finding]:
    """Compare pictures on disk, places that show them, and the ledger.

    `files` and `uses` are those of the editions under check, `ledger` may list more: entries of
    other editions are passed over, and one that has findings says nothing of the pictures.
    """
    uses, unread = list(uses), bool(ledger.findings)
    located = [(use, path) for use in uses if (path := locate(use, files))]
    shown: dict[str, Use] = {}
    for use, path in located:
        shown.setdefault(path, use)
    editions = {path.split("/")[0] for path in files} | {
        use.page.split("/")[0] for use in uses if not use.path
    }
    known = entries(ledger, locales)
    listed = [row for row in ledgers.items(ledger) if row[1]["path"].split("/")[0] in editions]
    firsts = {path: f"{use.place}:{use.line}" for path, use in shown.items()}
    about: list[About] = [
        *([] if unread else _check_languages(located, known, locales)),
        *file_checks.check(files, firsts),
        *([] if unread else file_checks.check_doubles(files, known)),
        *page_checks.check_alts(ledger, listed, locales),
        *page_checks.check_pages(located, files, known),
        *([] if unread else _check_entries(files, shown, ledger, listed, locales)),
    ]
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
        near = nearest.closest(wanted, files)
        return f"docs/{near}" if near else ""
    edition, locale, page = use.page.split("/", 2)
    homes = (f"{edition}/{locale}/", f"{edition}/images/")
    near = nearest.closest(wanted, [path for path in files if path.startswith(homes)])
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
    shown: Mapping[str, Use],
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
            use = shown.get(path)
            hint = f"shown at {use.place}:{use.line}" if use else ""
            message = "is not in docs/ledgers/screenshots.yml"
            yield path, Finding(f"docs/{path}", 1, "image-unlisted", message, hint)
