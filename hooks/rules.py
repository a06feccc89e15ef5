"""MkDocs: the list of rules stands where a page says `<!-- kb:rules -->` on a line of its own."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from kb.rules_page import MARKER, part
from state import state


@event_priority(-60)  # after the legacy tags, which would see the samples in it
def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the list in the marker's place."""
    locale = state.build(config).locale(page)
    return "\n".join(part(locale) if line == MARKER else line for line in markdown.split("\n"))
