"""MkDocs: links to other languages and editions lead there; a link known to be dead says so."""

from __future__ import annotations

import posixpath
from types import SimpleNamespace
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from kb.web import exceptions, marks
from state import state


class _Across(Extension):
    """Takes such links from MkDocs' reader, which knows one language, and gives them back."""

    def extendMarkdown(self, md: Markdown) -> None:
        led: list[tuple[Element, dict[str, str]]] = []

        def take(root: Element) -> None:
            reader: Any = md.treeprocessors["relpath"]
            build, page = state.build(reader.config), reader.file
            home = f"{build.edition}/"
            for link in root.iter("a"):
                target = link.get("href", "")
                if found := build.project.paths.across(home + page.src_uri, target):
                    href = posixpath.relpath(home + found[0], home + page.url) + "/"
                    said = {"href": href + target[len(target.partition("#")[0]) :]}
                    led.append((link, said | {"hreflang": found[1], "data-edition": found[2]}))
                    link.set("href", "#")

        def give(_: Element) -> None:
            for link, said in led:
                link.attrib.update({key: value for key, value in said.items() if value})

        for run, priority in ((take, 1), (give, -1)):
            step: Any = SimpleNamespace(run=run)
            md.treeprocessors.register(step, f"across-{run.__name__}", priority)


def on_config(config: MkDocsConfig) -> None:
    """Read the links of each page."""
    config.markdown_extensions.append(_Across())  # type: ignore[arg-type]


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the note of the links ledger behind each dead link."""
    build = state.build(config)
    known = exceptions.entries(build.project.ledger(exceptions.LEDGER))
    return marks.mark(html, known, build.locale(page))
