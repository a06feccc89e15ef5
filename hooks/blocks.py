"""MkDocs: tables of a page become readable on a phone, and steps can be ticked off."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

import kb.blocks
import kb.words
from state import state


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Name the columns in the cells, say once what is due in a table, and mark what is steps."""
    if not config.extra.get("archived"):  # an archived way is not to be followed
        html = kb.blocks.steps(html, config.extra.get("steps", ()))
    words = kb.words.of(state.build(config).locale(page))
    return kb.blocks.tables(html, {mark: words(f"table.{mark}") for mark in kb.blocks.MARKS})
