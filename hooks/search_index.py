"""MkDocs: the search index of each language lies in that language's root and holds it alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

import kb.editions
import kb.files
import kb.project
import kb.search

INDEX = "search/search_index.json"
_summaries: dict[str, str] = {}
_labels: dict[str, dict[str, list[str]]] = {}
_contents: dict[str, str] = {}


@event_priority(50)  # before the search plugin reads the page
def _before_search(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Note the page's description and names; keep a page out that is shown in another language."""
    _summaries[page.url] = str(page.meta.get("description", ""))
    locale = getattr(page.file, "locale", kb.editions.DEFAULT_LOCALE)
    if locale != getattr(page.file, "locale_alternate_of", locale):
        page.meta["search"] = {"exclude": True}
    _contents[page.url] = page.content or ""
    page.content = kb.search.readable(_contents[page.url])
    _labels[page.url] = kb.search.labels(page.content)
    return context


@event_priority(-50)  # after it, before the page is rendered
def _after_search(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Give the page back what the index was not to read."""
    page.content = _contents.pop(page.url)
    return context


on_page_context = CombinedEvent(_before_search, _after_search)


@event_priority(-140)  # static-i18n joins the languages' entries at -100
def on_post_build(*, config: MkDocsConfig) -> None:
    """Split the index that all languages share."""
    i18n = config.plugins.get("i18n")
    if i18n is None or getattr(i18n, "building", False):
        return  # the other languages are still to come
    site = Path(config.site_dir)
    docs = Path(config.docs_dir)
    entries = json.loads((site / INDEX).read_text("utf-8"))["docs"]
    synonyms = kb.project.read_ledger(docs.parent, kb.search.LEDGER).data or {}
    # A faulty file is told by the checks.
    asked = kb.project.read_asked(docs.parent, docs.name).items()
    phrases = {locale: held.data or {} for locale, held in asked if not held.findings}
    locales = [str(language) for language in i18n.build_languages]
    default = kb.editions.DEFAULT_LOCALE
    indexes = kb.search.split(entries, locales, default, _summaries, synonyms, phrases, _labels)
    for locale, index in indexes.items():
        root = site if locale == kb.editions.DEFAULT_LOCALE else site / locale
        text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
        kb.files.put(root, INDEX, text)
