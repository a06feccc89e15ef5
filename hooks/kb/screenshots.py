"""Pictures as data: what is on disk, what the ledger says of it, and where pages show it."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from PIL import Image

from kb.finding import Finding
from kb.ledger import Ledger

LEDGER = "screenshots"
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
PHONE = ".phone"


class File(NamedTuple):
    """A picture on disk: its size in pixels, or why it cannot be decoded."""

    width: int
    height: int
    error: str = ""


class Use(NamedTuple):
    """A place that shows a picture: the page from docs/, the line, and the target as written."""

    page: str
    line: int
    target: str


class Entry(NamedTuple):
    """A ledger entry for one language: the texts that go with the picture there."""

    alt: str
    caption: str


def scan(docs: Path, edition: str) -> dict[str, File]:
    """Decode every picture of an edition; keys are paths from docs/."""
    return {
        path.relative_to(docs).as_posix(): _decode(path, path.stat().st_mtime_ns)
        for path in sorted((docs / edition).rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    }


@cache
def _decode(path: Path, _changed: int) -> File:
    try:
        with Image.open(path) as image:
            image.load()
            return File(*image.size)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = str(error).replace(str(path), path.name)
        return File(0, 0, reason or type(error).__name__)


def phone_variant(path: str) -> str:
    """The path of a picture's portrait variant: `a/x.png` -> `a/x.phone.png`."""
    stem, suffix = posixpath.splitext(path)
    return f"{stem}{PHONE}{suffix}"


def _original(path: str) -> str:
    stem, suffix = posixpath.splitext(path)
    return stem.removesuffix(PHONE) + suffix


def candidates(page: str, target: str) -> tuple[str, ...]:
    """Where a picture that `page` names `target` may lie, best first; none for another site's.

    Both from docs/; pages lie at `<edition>/<locale>/…`. A picture of the page's language comes
    before one that the languages share, which lies beside the language folders.
    """
    edition, locale, *inner = page.split("/")
    url = urlsplit(target)
    if url.scheme or url.netloc or not url.path:
        return ()
    path = unquote(url.path)
    folder = "" if path.startswith("/") else "/".join(inner[:-1])
    inside = posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
    if inside.startswith(".."):
        return ()
    return (f"{edition}/{locale}/{inside}", f"{edition}/{inside}")


def locate(use: Use, files: Mapping[str, File]) -> str | None:
    """The file that a page shows, from docs/, if there is one."""
    return next((path for path in candidates(use.page, use.target) if path in files), None)


def entries(ledger: Ledger, locales: Sequence[str]) -> dict[str, Entry]:
    """The texts of each listed file by its path from docs/.

    Keys are `path` for a file of one language, `path@locale` for a file that languages share.
    """
    found: dict[str, Entry] = {}
    for _, item in _items(ledger):
        for locale in locales:
            path = item["path"].replace("{locale}", locale)
            key = path if "{locale}" in item["path"] else f"{path}@{locale}"
            found[key] = Entry(
                item.get("alt", {}).get(locale, ""), item.get("caption", {}).get(locale, "")
            )
    return found


def entry_of(path: str, locale: str, known: Mapping[str, Entry]) -> Entry | None:
    """The texts for a file as a page of `locale` shows it."""
    return known.get(path) or known.get(f"{path}@{locale}")


def _items(ledger: Ledger) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(ledger.data, list):
        for index, item in enumerate(ledger.data):
            if isinstance(item, dict) and isinstance(item.get("path"), str):
                yield index, item


def check(
    files: Mapping[str, File], uses: Iterable[Use], ledger: Ledger, locales: Sequence[str]
) -> list[Finding]:
    """Compare pictures on disk, places that show them, and the ledger.

    `files` and `uses` are those of the editions under check, `ledger` may list more: entries of
    other editions are passed over.
    """
    uses = list(uses)
    shown: dict[str, Use] = {}
    findings: list[Finding] = []
    for use in uses:
        path = locate(use, files)
        if path is not None:
            shown.setdefault(path, use)
        elif candidates(use.page, use.target):
            findings.append(_missing(use, files))
    for path, file in files.items():
        if file.error:
            hint = f"shown at docs/{shown[path].page}:{shown[path].line}" if path in shown else ""
            findings.append(
                Finding(
                    f"docs/{path}", 1, "image-undecodable", f"cannot be decoded: {file.error}", hint
                )
            )
    findings += ledger.findings
    findings += _check_entries(files, shown, ledger, locales)
    return sorted(set(findings))


def _missing(use: Use, files: Mapping[str, File]) -> Finding:
    message = f"picture '{use.target}' does not exist"
    local, shared = candidates(use.page, use.target)
    twin = next((path for path in files if path.split("/")[2:] == local.split("/")[2:]), None)
    if twin:
        hint = f"docs/{twin} exists; add this language's own, or share it as docs/{shared}"
    else:
        near = difflib.get_close_matches(local, files, n=1)
        hint = f"nearest: docs/{near[0]}" if near else ""
    return Finding(f"docs/{use.page}", use.line, "image-missing", message, hint)


def _check_entries(
    files: Mapping[str, File], shown: Mapping[str, Use], ledger: Ledger, locales: Sequence[str]
) -> Iterator[Finding]:
    editions = {path.split("/")[0] for path in files} | {
        use.page.split("/")[0] for use in shown.values()
    }
    listed: set[str] = set()
    for index, item in _items(ledger):
        if item["path"].split("/")[0] not in editions:
            continue
        line = ledger.line(index, "path")
        for locale in locales:
            alt = item.get("alt")
            if isinstance(alt, dict) and not str(alt.get(locale, "")).strip():
                yield Finding(
                    ledger.path,
                    ledger.line(index, "alt", locale),
                    "image-alt-missing",
                    f"'{item['path']}' has no alt text for '{locale}'",
                )
        for path in dict.fromkeys(item["path"].replace("{locale}", loc) for loc in locales):
            listed.add(path)
            if path not in files:
                yield Finding(
                    ledger.path, line, "image-missing", f"picture 'docs/{path}' does not exist"
                )
            elif path not in shown:
                yield Finding(ledger.path, line, "image-unused", f"no page shows 'docs/{path}'")
    for path in files:
        if _original(path) not in listed:
            use = shown.get(path)
            hint = f"shown at docs/{use.page}:{use.line}" if use else ""
            yield Finding(
                f"docs/{path}", 1, "image-unlisted", "is not in docs/ledgers/screenshots.yml", hint
            )
