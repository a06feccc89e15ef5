"""MkDocs: facts in pages, the pages made of them, and facts.json and feeds beside the site."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

import kb.editions
import kb.facts.data
import kb.facts.entries
import kb.facts.pages
import kb.facts.prose
import kb.files
import kb.ledger
import kb.project
from kb.errors import InputError

_known = kb.facts.entries.Facts({}, {})
_site = kb.facts.prose.Site("", date.min)
_has_parts = False


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Read the ledger and the clock anew for each build, so that `mkdocs serve` sees a change."""
    global _known, _site, _has_parts
    _has_parts = False
    docs = Path(config.docs_dir).parent
    _known = kb.facts.entries.read(kb.project.read_ledger(docs, kb.facts.entries.LEDGER))
    newest = max(path.name for path in docs.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9]"))
    try:
        today = kb.project.today(docs, os.environ)
    except InputError as error:
        raise PluginError(str(error)) from None
    _site = kb.facts.prose.Site(newest, today, kb.editions.together(os.environ))


def _place(page: Page, config: MkDocsConfig) -> kb.facts.prose.Place:
    locale, _, path = page.file.src_uri.removesuffix(".md").partition("/")
    locale = getattr(page.file, "locale_alternate_of", locale)
    return kb.facts.prose.Place(Path(config.docs_dir).name, path, locale)


@event_priority(-50)  # after the legacy tags, which count lines
def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the facts and generated parts of a page in their places."""
    global _has_parts
    here = _place(page, config)
    made = {part.id for part in kb.facts.prose.parts(markdown)}
    _has_parts = _has_parts or not made.isdisjoint({"sources", "changes"})
    return kb.facts.prose.render(
        markdown,
        _known,
        here,
        _site,
        lambda name, level: kb.facts.pages.part(name, level, _known, here, _site),
    )


@event_priority(-100)  # after the search index has read the page
def on_page_context(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Give the template the facts that a page shows, told in full, and how many of them are due."""
    here = _place(page, config)
    page.content, shown = kb.facts.pages.numbered(page.content or "", _known)
    context["kb_facts"] = Markup(kb.facts.pages.notes(shown, here, _site))
    context["kb_due"] = sum(fact.term.state(_site.today) != "current" for fact in shown)
    checked = str(page.meta.get("checked", ""))
    context["kb_checked"] = kb.facts.entries.say_date(checked, here.locale) if checked else ""
    return context


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write what machines read beside pages made of facts, the same for each language."""
    if not _has_parts:
        return
    edition = Path(config.docs_dir).name
    out = Path(config.site_dir)
    root = config.site_url or "/"
    facts = kb.facts.data.published(_known, edition, _site.today)
    kb.files.put(out, kb.facts.data.JSON, facts)
    schema = kb.ledger.SCHEMAS / "facts-published.schema.json"
    kb.files.put(out, kb.facts.data.SCHEMA, kb.files.read_bytes(schema))
    for locale in kb.facts.data.TITLES:
        text = kb.facts.data.feed(_known, edition, locale, root)
        kb.files.put(out / kb.facts.data.folder(locale), kb.facts.data.FEED, text)
