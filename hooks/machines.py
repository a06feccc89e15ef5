"""MkDocs: each page lies beside its HTML as Markdown too, and says what it is as JSON-LD."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

import kb.files
import kb.machines

NAME = "index.md"
_texts: dict[str, str] = {}


@event_priority(-100)  # when facts and legacy tags are in place
def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Keep the text that a page is made of."""

    def link(path: str) -> str:
        uri = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), path))
        file = files.get_file_from_path(uri)
        return (config.site_url or "") + file.url.removeprefix("./") if file else path

    _texts[page.url] = kb.machines.markdown(markdown, link)
    return markdown


@event_priority(-100)
def on_page_context(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """Give the template `kb_markdown`, the address of the text, and `kb_structured`."""
    sections = [item for item in page.ancestors if isinstance(item, Section)][::-1]
    firsts = [(section.title, section.children[0]) for section in sections]
    home = [(config.site_name, nav.homepage)] if nav.homepage else []
    about = kb.machines.About(
        page.canonical_url or "",
        config.site_name,
        page.title or "",
        page.meta.get("description", ""),
        getattr(page.file, "locale_alternate_of", "zh"),
        str(page.meta.get("checked", "")),
        tuple(
            (title, above.canonical_url or "")
            for title, above in [*home, *firsts]
            if isinstance(above, Page) and above is not page
        ),
    )
    faq = page.content or "" if page.meta.get("kind") == "faq" else ""
    context["kb_markdown"] = NAME
    context["kb_structured"] = Markup(kb.machines.structured(about, faq))
    return context


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Write the text beside the page."""
    folder = posixpath.dirname(page.file.dest_uri)
    kb.files.put(Path(config.site_dir), posixpath.join(folder, NAME), _texts.pop(page.url))
    return output
