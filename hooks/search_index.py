"""MkDocs: the search index of each language lies in that language's root and holds it alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

import kb.files
import kb.search
from kb.editions import page_address
from state import state

INDEX = "search/search_index.json"


@event_priority(50)  # before the search plugin reads the page
def _before_search(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Note the page's description and names; keep a page out that is shown in another language."""
    build = state.build(config)
    build.summaries[page.url] = str(page.meta.get("description", ""))
    if getattr(page.file, "locale", build.locale(page)) != build.locale(page):
        page.meta["search"] = {"exclude": True}
    build.contents[page.url] = page.content or ""
    page.content = kb.search.readable(build.contents[page.url])
    build.labels[page.url] = kb.search.labels(page.content)
    return context


@event_priority(-50)  # after it, before the page is rendered
def _after_search(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Give the page back what the index was not to read."""
    page.content = state.build(config).contents.pop(page.url)
    return context


on_page_context = CombinedEvent(_before_search, _after_search)


@event_priority(-140)  # static-i18n joins the languages' entries at -100
def on_post_build(*, config: MkDocsConfig) -> None:
    """Split the index that all languages share."""
    i18n = config.plugins.get("i18n")
    if i18n is None or getattr(i18n, "building", False):
        return  # the other languages are still to come
    build = state.build(config)
    site, known = Path(config.site_dir), build.project.editions
    entries = json.loads((site / INDEX).read_text("utf-8"))["docs"]
    # Of a faulty ledger, which the checks tell, nothing is taken.
    held = {
        name: ledger.data or {}
        for name, ledger in build.project.ledgers.items()
        if not ledger.findings
    }
    phrases = {
        locale: held.get(f"{build.edition}/{locale}/{kb.search.ASKED}", {})
        for locale in known.locales
    }
    indexes = kb.search.split(
        entries,
        known.locales,
        build.summaries,
        held.get(kb.search.LEDGER, {}),
        phrases,
        build.labels,
    )
    for locale, index in indexes.items():
        text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
        kb.files.put(site, page_address("index", locale, known.default) + INDEX, text)
