"""MkDocs: templates escape whatever they print, as if each author were a stranger."""

from html import unescape
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from editions import headings
from kb import files, policy, words
from kb.editions import page_address
from state import state


def on_env(env: jinja2.Environment, *, config: MkDocsConfig, **_: Any) -> None:
    """Escape by default, unlike MkDocs; keep compiled templates, which each language needs anew."""
    env.autoescape = True
    env.globals["policy"] = "" if state.serving else policy.META  # its server adds a script
    env.bytecode_cache = _Cache(Path(config.config_file_path).parent / ".cache" / "templates")


class _Cache(jinja2.BytecodeCache):
    """Compiled templates in a folder: Jinja checks each against its source, we its own bytes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        if held := files.recall(self._place(bucket)):
            bucket.bytecode_from_string(held)

    def dump_bytecode(self, bucket: Bucket) -> None:
        files.remember(self._place(bucket), bucket.bytecode_to_string())

    def _place(self, bucket: Bucket) -> Path:
        # The source says nothing of how it was compiled: the name does.
        return self._folder / f"escaping-{bucket.key}"


@event_priority(-200)  # when static-i18n has made the contents those of the language
def on_nav(nav: Navigation, **_: Any) -> None:
    """Give templates `nav.kb_urls`, the addresses that the contents list: else each page counts."""
    nav.kb_urls = {page.url for page in nav.pages}  # type: ignore[attr-defined]


def on_page_content(html: str, *, page: Page, **_: Any) -> None:
    """A title is text, also where MkDocs took it, escaped, from the page's heading."""
    if page.title and page.title == page._title_from_render:
        page.title = unescape(page.title)


@event_priority(-200)  # after the plugins, which make plain text of it again
def on_page_context(context: dict[str, Any], *, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """What Markdown made is HTML, and nothing else is; the words are those of the page's language.

    `kb_home` is where that language begins, `kb_default` the locale of the originals.
    """
    build = state.build(config)
    locale, default = build.locale(page), build.project.editions.default
    context["words"] = words.of(locale)
    context |= {"kb_home": page_address("index", locale, default), "kb_default": default}
    page.content = Markup(page.content or "")
    for heading in headings(page.toc):
        heading.title = Markup(heading.title)  # the table of contents holds it escaped
