"""MkDocs: tables become readable on a phone, steps can be ticked off, tabs need no script."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

import kb.blocks
import kb.words
from state import state


@event_priority(150)  # before the page is judged
def _plain(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    return kb.blocks.plain(html)


def _made_ready(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Name the columns in the cells, say once what is due in a table, and mark what is steps."""
    if not config.extra.get("archived"):  # an archived way is not to be followed
        html = kb.blocks.steps(html, config.extra.get("steps", ()))
    words = kb.words.of(state.build(config).locale(page))
    return kb.blocks.tables(html, {mark: words(f"table.{mark}") for mark in kb.blocks.MARKS})


on_page_content = CombinedEvent(_plain, _made_ready)
