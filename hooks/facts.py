"""MkDocs: facts in pages, the pages made of them, and facts.json and feeds beside the site."""

from pathlib import Path
from typing import Any

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page

from kb import files, ledger
from kb.facts import data, entries, pages, prose
from kb.facts.prose import SOURCES, Place, Site
from state import Build, state


def _site(build: Build) -> Site:
    sources = SOURCES in build.project.listed[build.edition]
    return Site(sources, build.today, build.together, build.project.editions.names)


def _place(build: Build, page: Page) -> Place:
    default = build.project.editions.default
    return Place(build.edition, build.name(page), build.locale(page), default)


@event_priority(-50)  # after the legacy tags, which count lines
def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Put the facts and generated parts of a page in their places."""
    build = state.build(config)
    here = _place(build, page)
    build.parts.discard(page.url)

    def make(part: str, level: int) -> str:
        if part in ("sources", "changes"):
            build.parts.add(page.url)
        return pages.part(part, level, build.facts, here, _site(build))

    return prose.render(markdown, build.facts, here, _site(build), make)


@event_priority(-100)  # after the search index has read the page
def on_page_context(context: dict[str, Any], *, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """Give the template the facts that a page shows, told in full, and how many of them are due."""
    build = state.build(config)
    here = _place(build, page)
    page.content, shown = pages.numbered(page.content or "", build.facts)
    context["kb_facts"] = Markup(pages.notes(shown, here, _site(build)))
    context["kb_due"] = sum(fact.term.state(build.today) != "current" for fact in shown)
    checked = str(page.meta.get("checked", ""))
    context["kb_checked"] = entries.say_date(checked, here.locale) if checked else ""


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write what machines read beside pages made of facts, the same for each language."""
    for name, content in published(state.build(config)).items():
        files.put(Path(config.site_dir), name, content)


def published(build: Build) -> dict[str, str | bytes]:
    """What machines read, by its path in the site."""
    if not build.parts:
        return {}
    locales = build.project.editions.locales
    made = data.published(build.facts, build.edition, locales, build.today)
    schema = files.read_bytes(ledger.SCHEMAS / "facts-published.schema.json")
    return {data.JSON: made, data.SCHEMA: schema}
