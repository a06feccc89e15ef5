"""MkDocs: pictures of a page become figures, with the texts and sizes the project knows.

A build (not `mkdocs serve`) puts WebP copies beside the pictures in the output.
"""

from __future__ import annotations

import posixpath
from functools import lru_cache
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import kb.figures
import kb.files
import kb.pictures.entries
import kb.pictures.fresh
import kb.pictures.uses
import kb.pictures.webp
import kb.words
from kb.references import urls
from state import Build, state


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Make the copies; an editor at work does not wait for them."""
    build = state.build(config)
    if build.copies is None:
        project = build.project
        cache = project.home / ".cache" / "webp"
        docs = project.home / "docs"
        made = {} if state.serving else kb.pictures.webp.make(docs, project.pictures, cache)
        build.copies = made


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the page's pictures by figures."""
    build = state.build(config)
    by_address = _by_address(files)
    locale = build.locale(page)

    def lookup(src: str) -> kb.figures.Picture | None:
        target = urls.resolve(src, page.file.dest_uri, urls.Origin())
        file = by_address.get(target.path) if target.status == urls.INSIDE else None
        shown = _variant(src, file, build)
        if file is None or shown is None:
            return None
        path = f"{build.edition}/{file.src_uri}"
        entry = kb.pictures.entries.entry_of(path, locale, build.pictures)
        phone = by_address.get(kb.pictures.uses.phone_variant(file.dest_uri))
        phone_src = kb.pictures.uses.phone_variant(src)
        return kb.figures.Picture(
            shown,
            entry or kb.pictures.entries.Entry(),
            _variant(phone_src, phone, build),
            _copies(src, file, build),
            _copies(phone_src, phone, build),
            kb.pictures.fresh.note(entry, locale, build.today) if entry else "",
        )

    return kb.figures.render(html, lookup, kb.words.of(locale)("picture.enlarge"))


@lru_cache(maxsize=1)  # of a language, whose pages are made one after the other
def _by_address(files: Files) -> dict[str, File]:
    return {file.dest_uri: file for file in files}


def _variant(href: str, file: File | None, build: Build) -> kb.figures.Variant | None:
    known = file and build.project.pictures.get(f"{build.edition}/{file.src_uri}")
    return kb.figures.Variant(href, known.width, known.height) if known and known.width else None


def _copies(href: str, file: File | None, build: Build) -> tuple[kb.figures.Variant, ...]:
    """The WebP copies of a picture as a page names them; they are noted for the output."""
    if file is None:
        return ()
    found = []
    for copy in (build.copies or {}).get(f"{build.edition}/{file.src_uri}", ()):
        ending = f".{copy.width}.webp"
        build.used[posixpath.splitext(file.dest_uri)[0] + ending] = copy.path
        address = posixpath.splitext(href)[0] + ending
        found.append(kb.figures.Variant(address, copy.width, copy.height))
    return tuple(found)


def on_post_build(*, config: MkDocsConfig) -> None:
    """Put the copies that pages name into the output."""
    used = state.build(config).used
    for place, copy in used.items():
        data = kb.files.recall(copy)
        if data is None:
            raise PluginError(f"{copy} was changed during the build: build again")
        kb.files.put(Path(config.site_dir), place, data)
    used.clear()
