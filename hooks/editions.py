"""MkDocs: each page learns where it is found in the other editions of the whole site."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

import kb.editions
import kb.project

_editions: tuple[kb.editions.Edition, ...] = ()
_pages: dict[str, set[str]] = {}


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Read the list of editions; one that is built alone (`mkdocs serve`) has no others."""
    global _editions, _pages
    _editions, _pages = (), {}
    names = kb.editions.together(os.environ)
    if names:
        docs = Path(config.docs_dir).parent
        _editions = tuple(held for held in kb.project.editions(docs) if held.name in names)
        _pages = {edition.name: kb.project.pages_of(docs, edition.name) for edition in _editions}


def on_page_context(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Give the template `kb_editions`, newest first: name, whether it is this one, address."""
    name = Path(config.docs_dir).name
    here = next((edition for edition in _editions if edition.name == name), None)
    if here is None:
        return context
    locale, _, path = page.file.src_uri.removesuffix(".md").partition("/")
    locale = getattr(page.file, "locale_alternate_of", locale)
    found = [
        kb.editions.counterpart(path, locale, here, there, _editions, _pages) for there in _editions
    ]
    context["kb_editions"] = [
        {
            "name": there.edition,
            "here": there.edition == name,
            "found": there.found,
            "href": _relative(there.address, f"{name}/{page.url}"),
        }
        for there in found
    ]
    return context


def _relative(address: str, page: str) -> str:
    path, mark, fragment = address.partition("#")
    return posixpath.relpath(path, page) + "/" + mark + fragment
