"""MkDocs: the search index of each language lies in that language's root and holds it alone."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from material.plugins.search import plugin as material  # type: ignore[import-untyped]
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.pages import Page

import kb.files
import kb.html
import kb.kept
import kb.pool
import kb.search
import kb.search.index
from kb.editions import page_address
from kb.finding import Finding
from state import Build, state

# Material's parser, which divides a page into sections, comes to tags and text as all of ours do.
material.Parser.feed = kb.html.feed
GATHERED = "search/search_index.json"  # by the search plugin: the texts of all languages


@event_priority(50)  # before the search plugin reads the page
def _before_search(context: object, *, page: Page, config: MkDocsConfig, nav: object) -> None:
    """Note the page's description; keep a page out that is shown in another language."""
    build = state.build(config)
    build.summaries[page.url] = str(page.meta.get("description", ""))
    if getattr(page.file, "locale", build.locale(page)) != build.locale(page):
        page.meta["search"] = {"exclude": True}
    build.contents[page.url] = page.content or ""
    page.content = kb.search.readable(build.contents[page.url])


@event_priority(-50)  # after it, before the page is rendered
def _after_search(context: object, *, page: Page, config: MkDocsConfig, nav: object) -> None:
    """Give the page back what the index was not to read; what it read is kept page by page."""
    build = state.build(config)
    page.content = build.contents.pop(page.url)
    plugin: Any = config.plugins.get("material/search") or config.plugins["search"]
    held = vars(plugin.search_index)  # MkDocs' own names it otherwise
    gathered = held["entries" if "entries" in held else "_entries"]
    build.entries[page.url] = [kb.search.text_of(entry) for entry in gathered]
    gathered.clear()


on_page_context = CombinedEvent(_before_search, _after_search)


@event_priority(-140)  # static-i18n joins the languages' entries at -100
def on_post_build(*, config: MkDocsConfig) -> None:
    """Make the index of each language, and ask it what its pages answer."""
    i18n, site = config.plugins.get("i18n"), Path(config.site_dir)
    if i18n is None or getattr(i18n, "building", False):
        return  # the other languages are still to come
    kb.files.drop(site, GATHERED)
    if state.serving:  # it follows behind (kb_tools.serving)
        return
    build = state.build(config)
    entries = [entry for held in build.entries.values() for entry in held]
    texts, build.lost = index(build, entries)
    for name, text in texts.items():
        kb.files.put(site, name, text)


def index(build: Build, entries: Sequence[kb.search.Entry]) -> tuple[dict[str, str], list[Finding]]:
    """The index of each language by its place in the site, and the pages that it does not find."""
    known = build.project.editions
    phrases = {
        locale: build.project.ledger(f"{build.edition}/{locale}/{kb.search.ASKED}").sound or {}
        for locale in known.locales
    }
    synonyms = build.project.own(build.edition, kb.search.LEDGER).sound or {}
    split = kb.search.split(entries, known.locales, build.summaries, phrases)
    cache = build.project.home / kb.kept.FOLDER / build.edition / kb.search.index.FOLDER
    sources: dict[str, dict[str, str]] = {locale: {} for locale in known.locales}
    for locale, name, page in build.project.built(build.edition):
        sources[locale][page_address(name, "", "")] = page.file

    def work(locales: Sequence[str]) -> list[tuple[str, kb.search.index.Index]]:
        make = kb.search.index.make
        return [(each, make(split[each], synonyms.get(each, ()), cache / each)) for each in locales]

    files, findings = {}, []
    for locale, made in chain.from_iterable(kb.pool.spread(work, list(split), 2)):
        home = page_address("index", locale, known.default)
        files.update({home + name: text for name, text in made.files.items()})
        findings += kb.search.index.check(made, sources[locale])
    return files, findings
