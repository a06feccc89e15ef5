"""The links of a built site that lead to the web, each with its place in the Markdown."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from kb import html
from kb.finding import InputError, origin
from kb.references import extract, mapping, urls
from kb.references.extract import Reference
from kb.references.mapping import Source
from kb.references.site import Site
from kb.web.address import spelling
from kb_tools.web.verdict import Facts

# A form's target waits for what its page sends; the others name the page itself or a list of pages.
_NOT_ASKED = frozenset({"form", "canonical", "alternate", "sitemap", "search", "feed", "data"})


class Link(NamedTuple):
    """An address as written, its place in the built page and in the source ("" and 0: none)."""

    url: str
    file: str
    line: int
    col: int
    source: str = ""
    source_line: int = 0
    source_col: int = 0

    @property
    def page(self) -> str:
        """What is asked for: the address without its fragment, in its one spelling."""
        return spelling(self.url)

    @property
    def fragment(self) -> str:
        """The id that the link names; directives such as a text to search for are cut off."""
        return self.url.partition("#")[2].partition(":~:")[0].strip()

    @property
    def host(self) -> str:
        """The host that is asked."""
        return urlsplit(self.page).hostname or ""


def collect(site: Site, sources: Mapping[str, Source]) -> list[Link]:
    """All links of a site to the web, in the order of its pages."""
    found: list[Link] = []
    for path, page in (*site.pages.items(), *site.others.items()):
        outward = [ref for ref in page.references if _leads_out(ref, path, page, site)]
        if not outward:
            continue
        source = sources.get(path)
        places = mapping.places(page, path, source, site.home) if source else {}
        for ref in outward:
            place = places.get(ref)
            at = origin(source.path, place.line) if place and source else ("", 0)
            written = (*at, place.col if place else 0)
            page_file, url = f"{site.label}/{path}", _whole(ref.url, site)
            found.append(Link(url, page_file, ref.line, ref.col, *written))
    return found


def on_page(facts: Facts) -> list[Link]:
    """The links of a fetched page to the web, behind one to the page itself."""
    found = [Link(facts.url, facts.url, 1, 1)]
    page = extract.page(html.tamed(facts.text))
    base = urljoin(facts.final, page.base)
    for ref in page.references:
        url = urljoin(base, urls.folded(ref.url))
        if ref.kind not in _NOT_ASKED and urls.scheme(url) in ("http", "https"):
            found.append(Link(url, facts.url, ref.line, ref.col))
    return found


def _leads_out(ref: Reference, path: str, page: extract.Page, site: Site) -> bool:
    if ref.kind in _NOT_ASKED or not ref.url.strip():
        return False
    return urls.resolve(ref.url, path, site.home, page.base).status == urls.EXTERNAL


def _whole(url: str, site: Site) -> str:
    """An address without its scheme takes the site's (RFC 3986, 5.2.2)."""
    url = url.strip()
    return f"{site.home.scheme or 'https'}:{url}" if url.startswith("//") else url


def by_page(links: Iterable[Link]) -> dict[str, frozenset[str]]:
    """Each address to ask for, once, with all the fragments that links name on it."""
    wanted: dict[str, set[str]] = {}
    for link in links:
        wanted.setdefault(link.page, set()).update({link.fragment} - {""})
    return {url: frozenset(fragments) for url, fragments in wanted.items()}


def changed_files(ref: str, root: Path) -> frozenset[str]:
    """The files that differ from where this branch left `ref`, as paths from the project root.

    InputError when git knows no such commit.
    """
    if not ref or ref.startswith("-"):
        raise InputError(f"'{ref}' is no commit")
    options = ("--name-only", "--relative", "-z", "--diff-filter=d")
    command = ["git", "-C", str(root), "diff", *options, f"{ref}...HEAD", "--"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise InputError("--changed-since needs git, which is not here") from None
    if done.returncode:
        raise InputError(f"git: {done.stderr.strip().splitlines()[0] if done.stderr else ref}")
    return frozenset(filter(None, done.stdout.split("\0")))
