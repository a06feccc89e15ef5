"""MkDocs: each page lies beside its HTML as Markdown too."""

import posixpath
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

import kb.files
import kb.machines
from state import state


@event_priority(-100)  # when facts and legacy tags are in place
def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Write the text that a page is made of beside it."""
    build = state.build(config)

    def link(path: str) -> str:
        if across := build.project.paths.across(f"{build.edition}/{page.file.src_uri}", path):
            return urljoin(config.site_url or "", across[0])
        uri = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), path))
        file = files.get_file_from_path(uri)
        return (config.site_url or "") + file.url.removeprefix("./") if file else path

    path = posixpath.join(posixpath.dirname(page.file.dest_uri), kb.machines.NAME)
    kb.files.put(Path(config.site_dir), path, kb.machines.markdown(markdown, link))


@event_priority(-100)  # after the search index has read the page
def on_page_context(context: dict[str, Any], *, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """Give the template `kb_markdown`, the address of the text, and `kb_questions`."""
    context["kb_markdown"] = kb.machines.NAME
    if page.meta.get("kind") == "faq":
        context["kb_questions"] = kb.machines.questions(page.content or "")
