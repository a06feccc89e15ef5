"""MkDocs: each page learns where it is found in the other editions of the whole site."""

from __future__ import annotations

import posixpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

import kb.editions
from state import state


def on_page_context(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Give the template `kb_editions`, newest first: name, whether it is this one, address.

    An edition that is built alone (`mkdocs serve`) has no others.
    """
    build = state.build(config)
    known, here = build.project.editions, build.edition
    every = [name for name in known.names if name in build.together]
    if here not in every:
        return context
    name, locale = build.name(page), build.locale(page)
    found = [
        kb.editions.counterpart(name, locale, here, there, known, build.project.listed)
        for there in every
    ]
    context["kb_editions"] = [
        {
            "name": there.edition,
            "here": there.edition == here,
            "found": there.found,
            "href": _relative(there.address, f"{here}/{page.url}"),
        }
        for there in found
    ]
    return context


def _relative(address: str, page: str) -> str:
    path, mark, fragment = address.partition("#")
    return posixpath.relpath(path, page) + "/" + mark + fragment
