"""MkDocs: a link known to be dead says so to the reader, with its archived copy where recorded."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from kb.web import exceptions, marks
from state import state


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the note of the links ledger behind each dead link."""
    build = state.build(config)
    known = exceptions.entries(build.project.ledger(exceptions.LEDGER))
    return marks.mark(html, known, build.locale(page))
