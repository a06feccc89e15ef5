"""MkDocs: each page learns where it and its sections are found in the other editions."""

from collections.abc import Iterable, Iterator
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink
from mkdocs.utils import get_relative_url

from kb.editions import Spot
from kb.releases import feeds
from state import state


def on_page_context(context: dict[str, Any], *, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """Give the template `kb_editions`, newest first: name, whether it is this one, address.

    `sections` are those that have a counterpart there, each as the entry of the table of contents,
    the address and the title of the page there; `lost` says that some have none. `kb_feed` is the
    address of the language's feed. An edition that is built alone (`mkdocs serve`) has neither.
    """
    build = state.build(config)
    here = build.edition
    every = [name for name in build.project.editions.names if name in build.together]
    if here not in every:
        return
    known = build.successors
    name, locale = build.name(page), build.locale(page)
    titles = {heading.id: heading for heading in headings(page.toc)}

    def way(spot: Spot, there: str) -> tuple[str, str, bool]:
        found = known.counterpart(spot, locale, here, there)
        path, mark, fragment = found.address.partition("#")
        href = get_relative_url(path, f"{here}/{page.url}") + mark + fragment
        folders = (locale, known.editions.default)
        held = (build.project.every.get(f"{there}/{each}/{found.page}.md") for each in folders)
        title = next((str(each.meta.get("title", "")) for each in held if each), "")
        return href, title, found.found

    context["kb_feed"] = get_relative_url(feeds(known.editions)[locale], f"{here}/{page.url}")
    context["kb_editions"] = []
    for there in every:
        address, _title, found = way(Spot(name), there)
        ways = [
            (titles[id_], *way(Spot(name, id_), there))
            for id_ in known.outlines[here].get(name, ())
            if id_ in titles
        ]
        context["kb_editions"].append(
            {
                "name": there,
                "here": there == here,
                "found": found,
                "href": address,
                "sections": [told for *told, held in ways if held],
                "lost": not all(held for *_, held in ways),
            }
        )


def headings(toc: Iterable[AnchorLink]) -> Iterator[AnchorLink]:
    """The headings of a table of contents, those below others too."""
    for heading in toc:
        yield heading
        yield from headings(heading.children)
