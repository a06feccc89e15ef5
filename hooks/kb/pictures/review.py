"""What is checked once for the whole project: dates, records, drawings, pictures of the theme."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from kb import files, ledger
from kb.drawings import render
from kb.errors import InputError
from kb.finding import Finding, unique
from kb.ledger import Ledger
from kb.pictures import entries as ledgers
from kb.pictures import fresh, ocr, probe, theme, uses
from kb.project import Project

LOCALES = render.LOCALES


def read_ledger(root: Path) -> Ledger:
    """The screenshots ledger of a project; an empty one when it has none."""
    path = root / render.LEDGER
    if not path.is_file():
        return ledger.EMPTY
    return ledger.load(files.read_text(path, root), render.LEDGER, ledgers.LEDGER)


def check(root: Path, as_of: date) -> list[Finding]:
    """Old and undated pictures, stale drawings, the pictures of the theme."""
    listed = read_ledger(root)
    found = [late.finding for late in fresh.status(listed, as_of)]
    parts: list[Callable[[], Iterable[Finding]]] = [
        lambda: fresh.check_lock(digests(root, listed), listed, LOCALES, fresh.read_lock(root)),
        lambda: render.draw(root, check=True) if (root / render.LEDGER).is_file() else (),
        lambda: theme.check(theme.read(root, root / probe.CACHE)),
    ]
    for part in parts:
        try:
            found += part()
        except InputError as error:  # of one file: the other parts are checked all the same
            if error.finding is None:
                raise
            found.append(error.finding)
    return unique(found)


def digests(root: Path, listed: Ledger) -> dict[str, str]:
    """SHA-256 of every listed file, portrait variants too."""
    paths = [path for _, item in ledgers.items(listed) for path in ledgers.paths(item, LOCALES)]
    both = [each for path in paths for each in (path, uses.phone_variant(path))]
    return fresh.digests_of(root / "docs", both)


def read_pixels(root: Path, editions: Iterable[Project]) -> list[Finding]:
    """Private data in the pictures of all editions; OcrError where they cannot be read."""
    held = list(editions)
    pictures = {path: file for edition in held for path, file in edition.pictures.items()}
    locales = sorted({locale for edition in held for locale in edition.locales})
    return ocr.check_pictures(root, pictures, read_ledger(root), locales)
