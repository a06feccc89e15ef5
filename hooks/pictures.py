"""MkDocs: pictures of a page become figures, with the texts and sizes the project knows.

A build (not `mkdocs serve`) puts WebP copies beside the pictures in the output.
"""

from __future__ import annotations

import datetime
import os
import posixpath
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import kb.figures
import kb.files
import kb.ledger
import kb.pictures.entries
import kb.pictures.fresh
import kb.pictures.uses
import kb.pictures.webp
import kb.project

LABELS = {
    "zh": kb.figures.Labels(enlarge="放大图片"),
    "en": kb.figures.Labels(enlarge="Enlarge the picture"),
}


class _Known(NamedTuple):
    project: kb.project.Project
    texts: dict[str, kb.pictures.entries.Entry]
    copies: dict[str, tuple[kb.pictures.webp.Copy, ...]]  # by path from docs/
    today: datetime.date


_known: _Known
_used: dict[str, Path] = {}  # copies that pages name: their place in the site, their file
_serving = False


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """An editor at work does not wait for copies."""
    global _serving
    _serving = command == "serve"


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Read the pictures anew for each build, so that `mkdocs serve` sees a changed ledger."""
    global _known
    docs = Path(config.docs_dir)
    project = kb.project.read(docs.parent, docs.name)
    listed = project.ledgers.get(kb.pictures.entries.LEDGER, kb.ledger.EMPTY)
    cache = docs.parent.parent / ".cache" / "webp"
    _known = _Known(
        project,
        kb.pictures.entries.entries(listed, project.locales),
        {} if _serving else kb.pictures.webp.make(docs.parent, project.pictures, cache),
        kb.project.today(docs.parent, os.environ),
    )


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the page's pictures by figures."""
    by_address = {file.dest_uri: file for file in files}
    locale = getattr(page.file, "locale_alternate_of", "zh")

    def lookup(src: str) -> kb.figures.Picture | None:
        url = urlsplit(urljoin(f"//site/{page.url}", src))
        file = by_address.get(unquote(url.path.lstrip("/"))) if url.netloc == "site" else None
        shown = _variant(src, file)
        if file is None or shown is None:
            return None
        entry = kb.pictures.entries.entry_of(
            f"{_known.project.edition}/{file.src_uri}", locale, _known.texts
        )
        phone = by_address.get(kb.pictures.uses.phone_variant(file.dest_uri))
        phone_src = kb.pictures.uses.phone_variant(src)
        return kb.figures.Picture(
            shown,
            entry.alt if entry else "",
            entry.caption if entry else "",
            _variant(phone_src, phone),
            _copies(src, file),
            _copies(phone_src, phone),
            kb.pictures.fresh.note(entry, locale, _known.today) if entry else "",
            entry.kind if entry else "",
        )

    return kb.figures.render(html, lookup, LABELS[locale])


def _variant(href: str, file: File | None) -> kb.figures.Variant | None:
    known = file and _known.project.pictures.get(f"{_known.project.edition}/{file.src_uri}")
    return kb.figures.Variant(href, known.width, known.height) if known and known.width else None


def _copies(href: str, file: File | None) -> tuple[kb.figures.Variant, ...]:
    """The WebP copies of a picture as a page names them; they are noted for the output."""
    if file is None:
        return ()
    found = []
    for copy in _known.copies.get(f"{_known.project.edition}/{file.src_uri}", ()):
        ending = f".{copy.width}.webp"
        _used[posixpath.splitext(file.dest_uri)[0] + ending] = copy.path
        address = posixpath.splitext(href)[0] + ending
        found.append(kb.figures.Variant(address, copy.width, copy.height))
    return tuple(found)


def on_post_build(*, config: MkDocsConfig) -> None:
    """Put the copies that pages name into the output."""
    for place, copy in _used.items():
        data = kb.files.recall(copy)
        if data is None:
            raise PluginError(f"{copy} was changed during the build: build again")
        kb.files.put(Path(config.site_dir), place, data)
    _used.clear()
