"""MkDocs: templates escape whatever they print, as if each author were a stranger."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink


def on_env(env: jinja2.Environment, *, config: MkDocsConfig, files: Files) -> jinja2.Environment:
    """Escape by default, unlike MkDocs; keep compiled templates, which each language needs anew."""
    env.autoescape = True
    folder = Path(config.config_file_path).parent / ".cache" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    # Jinja checks an entry against its source, not against how it was compiled: the name says it.
    env.bytecode_cache = jinja2.FileSystemBytecodeCache(str(folder), "escaping-%s.cache")
    return env


@event_priority(-200)  # after the plugins, which make plain text of it again
def on_page_context(
    context: dict[str, Any], *, page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """What Markdown made is HTML, and nothing else is."""
    page.content = Markup(page.content or "")
    _as_html(page.toc)
    return context


def _as_html(headings: Iterable[AnchorLink]) -> None:
    for heading in headings:
        heading.title = Markup(heading.title)  # the table of contents holds it escaped
        _as_html(heading.children)
