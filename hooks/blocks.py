"""MkDocs: tables of a page become readable on a phone, and steps can be ticked off."""

from __future__ import annotations

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

import kb.blocks
from state import state

NOTES = {
    "zh": {
        "due": "过了复核期的值：点开可见它的日期与来源。",
        "expired": "很久没有得到确认的值，今天可能已经变了：点开可见最后一次确认的日期。",
    },
    "en": {
        "due": "Due for a check: open the value for its date and sources.",
        "expired": "Unconfirmed for long, maybe different today: open the value for its last date.",
    },
}


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Name the columns in the cells, say once what is due in a table, and mark what is steps."""
    if not config.extra.get("archived"):  # an archived way is not to be followed
        html = kb.blocks.steps(html, config.extra.get("steps", ()))
    return kb.blocks.tables(html, NOTES[state.build(config).locale(page)])
