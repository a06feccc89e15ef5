"""MkDocs: links to other languages and editions lead there; a link known to be dead says so."""

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
    """Takes such links from MkDocs' reader of links, which knows one language and comes next."""

    def extendMarkdown(self, md: Markdown) -> None:
        def run(root: Element) -> None:
            reader: Any = md.treeprocessors["relpath"]
            build, page, read = state.build(reader.config), reader.file, reader.path_to_url
            home, made = f"{build.edition}/", set[str]()
            for link in root.iter("a"):
                target = link.get("href", "")
                if found := build.project.paths.across(home + page.src_uri, target):
                    href = posixpath.relpath(home + found[0], home + page.url) + "/"
                    href += target[len(target.partition("#")[0]) :]
                    said = {"href": href, "hreflang": found[1], "data-edition": found[2]}
                    link.attrib.update({key: value for key, value in said.items() if value})
                    made.add(href)
            reader.path_to_url = lambda url: url if url in made else read(url)

        step: Any = SimpleNamespace(run=run)
        md.treeprocessors.register(step, "across", 1)


def on_config(config: MkDocsConfig) -> None:
    """Read the links of each page."""
    config.markdown_extensions.append(_Across())  # type: ignore[arg-type]


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the note of the links ledger behind each dead link."""
    build = state.build(config)
    known = exceptions.entries(build.project.ledger(exceptions.LEDGER))
    return marks.mark(html, known, build.locale(page))
