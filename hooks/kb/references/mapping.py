"""A reference of a built page -> the line of the Markdown that it was made from."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import unquote

from kb.references import urls
from kb.references.extract import Duplicate, Page, Reference

# What both sides have in common: path and fragment in the site, or the address alone.
_Key = tuple[str, str]


class Link(NamedTuple):
    """A link or picture of Markdown, or of HTML in it: its target as written, and where."""

    target: str
    text: str
    line: int
    col: int
    picture: bool = False
    html: bool = False


class Anchor(NamedTuple):
    """An explicit id of a heading, another block or a raw element."""

    id: str
    line: int
    col: int


class Source(NamedTuple):
    """The Markdown file behind a page."""

    path: str
    written: Callable[[], tuple[Iterable[Link], Iterable[Anchor]]]  # in order
    # Where in the site a link's target leads, with its fragment; None: MkDocs leaves it as written.
    leads_to: Callable[[str], str | None]


class Place(NamedTuple):
    """A place in the Markdown; `target` as written there, `first`: where an id stood before."""

    line: int
    col: int
    target: str = ""
    picture: bool = False
    first: int = 0


# Of a page's references and repeated ids, those that come from the Markdown.
Places = dict[Reference | Duplicate, Place]


def places(page: Page, path: str, source: Source, home: urls.Origin) -> Places:
    """Pair what stands in a page with the Markdown: the k-th of a kind with the k-th."""
    links, ids = source.written()
    written = defaultdict[tuple[_Key, bool], list[Place]](list)  # by whether they are pictures
    for link in links:
        place = Place(link.line, link.col, link.target, link.picture)
        leads = source.leads_to(link.target)
        key = _site_key(leads) if leads is not None else _key(link.target, path, home, page.base)
        written[key, link.picture].append(place)
    built = defaultdict[tuple[_Key, bool], list[Reference]](list)
    for reference in page.references:
        # The template's references stand outside of the article, the author's inside.
        if reference.region == page.region:
            key = _key(reference.url, path, home, page.base)
            built[key, reference.kind == "image"].append(reference)
    found: Places = {}
    for (key, picture), references in built.items():
        # A link to a picture may have been put around the picture itself, to enlarge it.
        same = written[key, picture] or written[key, not picture]
        found.update(zip(references, same, strict=False))
    anchors: dict[str, list[Place]] = {}
    for anchor in ids:
        first = anchors[anchor.id][0].line if anchor.id in anchors else 0
        anchors.setdefault(anchor.id, []).append(Place(anchor.line, anchor.col, first=first))
    seen: dict[str, int] = {}
    for again in page.duplicates:
        number = seen[again.id] = seen.get(again.id, 0) + 1
        if again.id in anchors:
            found[again] = anchors[again.id][min(number, len(anchors[again.id]) - 1)]
    return found


def _site_key(leads: str) -> _Key:
    path, _, fragment = leads.partition("#")
    return path.removesuffix("index.html"), unquote(fragment)


def _key(url: str, path: str, home: urls.Origin, base: str) -> _Key:
    target = urls.resolve(url, path, home, base)
    if target.status == urls.INSIDE:
        return target.path.removesuffix("index.html"), unquote(target.fragment)
    return url.strip(), ""
