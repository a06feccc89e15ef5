"""MkDocs: a link known to be dead says so to the reader, with its archived copy where recorded."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

import kb.editions
import kb.project
from kb.web import exceptions, marks


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the note of the links ledger behind each dead link."""
    ledger = kb.project.read_ledger(Path(config.docs_dir).parent, exceptions.LEDGER)
    locale = getattr(page.file, "locale_alternate_of", kb.editions.DEFAULT_LOCALE)
    return marks.mark(html, exceptions.entries(ledger), locale)
