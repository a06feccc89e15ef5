"""Links to other languages and editions: the path to the file on disk, `../../zh/faq.md#cancel`."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from kb.editions import page_address
from kb.finding import Finding
from kb.nearest import Names, hint
from kb.references import urls
from kb.references.checks import LACKS
from kb.references.mapping import Link
from kb.text.page import SNIPPETS, DocsPath, Page


class Paths(NamedTuple):
    """What links can lead to: the pages of all editions, and the locale of the originals."""

    pages: Mapping[DocsPath, Page]
    default: str

    def across(self, page: DocsPath, target: str) -> tuple[str, str, str] | None:
        """Of a path to another language or edition: its address there, the locale, the edition."""
        there = urls.file(page, target)
        mine, other = page.split("/")[:2], there.split("/")[:2]
        if there not in self.pages or mine == other:
            return None
        edition, locale = (new if new != old else "" for new, old in zip(other, mine, strict=True))
        return posixpath.relpath(self._address(there), mine[0]) + "/", locale, edition

    def _address(self, path: DocsPath) -> str:
        edition, locale, name = path.removesuffix(".md").split("/", 2)
        return f"{edition}/{page_address(name, locale, self.default)}"

    def check(self, pages: Iterable[Page]) -> Iterator[Finding]:
        """Of links that leave their language: files and ids that are not there, other forms."""
        built = {self._address(path).rstrip("/"): path for path in self.pages}
        names = Names(sorted(self.pages))
        for page, link in ((each, link) for each in pages for link in each.links):
            there = urls.file(page.path, link.target) or self._named(page, link, built)
            own = there.startswith((f"{page.edition}/{page.locale}/", "../"))
            own = own and not page.name.startswith(SNIPPETS)
            if link.picture or own or not there:
                continue
            path, mark, fragment = link.target.partition("#")
            folder, lost = posixpath.dirname(page.path), urls.fragments(fragment)
            if link.html or not path.endswith(".md"):
                rule, message = "link-form", "is not written as the path to the file"
                path = posixpath.relpath(there, folder)
                near = f"write [{link.text or '…'}]({path}{mark}{fragment})"
            elif there not in self.pages:
                rule, message, near = "link-broken", "leads nowhere", names.closest(there)
                near = near and f"nearest: {posixpath.relpath(near, folder)}"
            else:
                ids = {each.id for each in self.pages[there].ids}
                made = self.pages[there].parts or urls.needs_no_id(fragment)  # by the build
                if not fragment or made or not ids.isdisjoint(lost):
                    continue
                rule, message = "anchor-broken", LACKS.format(lost[-1])
                near = hint(lost[-1], sorted(ids)).replace(": ", ": #")
            said = f"link '{link.target}' {message}"
            yield Finding(page.file, link.line, rule, said, near, link.col)

    def _named(self, page: Page, link: Link, built: Mapping[str, DocsPath]) -> DocsPath:
        """The page of the site that a link names by an address; "" for none."""
        path = unquote(urls.path(link.target))
        at = posixpath.normpath(f"/{posixpath.join(self._address(page.path), path)}")
        at = at.removesuffix("/index.html").strip("/")
        inside = f"{page.edition}/{at}".rstrip("/") if path[:1] == "/" else ""
        return next((built[each] for each in (at, inside) if path and each in built), "")
