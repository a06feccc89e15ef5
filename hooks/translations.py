"""MkDocs: terms are explained where a page first uses them; a section that lags says so."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from kb.translations import glossary, stamps
from state import state


@event_priority(-60)  # after the legacy tags, which count lines
def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the list of terms in its marker's place."""
    if glossary.MARKER not in markdown:
        return markdown
    build = state.build(config)
    part = glossary.part(build.project.ledger(glossary.LEDGER), build.locale(page))
    return markdown.replace(glossary.MARKER, part)


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Link terms to the glossary, and a section that lags to the text that is ahead."""
    build = state.build(config)
    locale, name = build.locale(page), build.name(page)
    for lag in build.lags:
        ahead = getattr(page.file, "alternates", {}).get(lag.ahead.locale)  # of static-i18n
        if lag.pair.page == name and lag.left.locale == locale and ahead:
            href = get_relative_url(ahead.url, page.url)
            html = stamps.note(html, lag, build.language(lag.ahead.locale), href)
    home = files.get_file_from_path(f"{locale}/{glossary.PAGE}.md")
    if home is None or build.edition != build.project.editions.current or home.url == page.url:
        return html
    terms = glossary.terms(build.project.ledger(glossary.LEDGER), locale)
    return glossary.explain(html, terms, locale, get_relative_url(home.url, page.url))
