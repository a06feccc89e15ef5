"""MkDocs: pictures of a page become figures, with the texts and sizes the project knows.

A build (not `mkdocs serve`) puts WebP copies beside the pictures in the output.
"""

import posixpath
from functools import lru_cache
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from kb import figures, words
from kb.files import put, recall
from kb.pictures import entries, fresh, uses, webp
from kb.references import urls
from state import Build, state


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Make the copies; an editor at work does not wait for them."""
    build = state.build(config)
    if build.copies is None:
        home, held = build.project.home, build.project.pictures
        cache = home / ".cache" / "webp"
        build.copies = {} if state.serving else webp.make(home / "docs", held, cache)


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the page's pictures by figures."""
    build = state.build(config)
    by_address = _by_address(files)
    locale = build.locale(page)

    def lookup(src: str) -> figures.Picture | None:
        target = urls.resolve(src, page.file.dest_uri, urls.Origin())
        file = by_address.get(target.path) if target.status == urls.INSIDE else None
        shown = _variant(src, file, build)
        if file is None or shown is None:
            return None
        path = f"{build.edition}/{file.src_uri}"
        entry = entries.entry_of(path, locale, build.pictures)
        phone = by_address.get(uses.phone_variant(file.dest_uri))
        phone_src = uses.phone_variant(src)
        return figures.Picture(
            shown,
            entry or entries.Entry(),
            _variant(phone_src, phone, build),
            _copies(src, file, build),
            _copies(phone_src, phone, build),
            fresh.note(entry, locale, build.today) if entry else "",
        )

    return figures.render(html, lookup, words.of(locale)("picture.enlarge"))


@lru_cache(maxsize=1)  # of a language, whose pages are made one after the other
def _by_address(files: Files) -> dict[str, File]:
    return {file.dest_uri: file for file in files}


def _variant(href: str, file: File | None, build: Build) -> figures.Variant | None:
    known = file and build.project.pictures.get(f"{build.edition}/{file.src_uri}")
    return figures.Variant(href, known.width, known.height) if known and known.width else None


def _copies(href: str, file: File | None, build: Build) -> tuple[figures.Variant, ...]:
    """The WebP copies of a picture as a page names them; they are noted for the output."""
    if file is None:
        return ()
    found = []
    for copy in (build.copies or {}).get(f"{build.edition}/{file.src_uri}", ()):
        ending = f".{copy.width}.webp"
        build.used[posixpath.splitext(file.dest_uri)[0] + ending] = copy.path
        address = posixpath.splitext(href)[0] + ending
        found.append(figures.Variant(address, copy.width, copy.height))
    return tuple(found)


def on_post_build(*, config: MkDocsConfig) -> None:
    """Put the copies that pages name into the output."""
    used = state.build(config).used
    for place, copy in used.items():
        data = recall(copy)
        if data is None:
            raise PluginError(f"{copy} was changed during the build: build again")
        put(Path(config.site_dir), place, data)
    used.clear()
