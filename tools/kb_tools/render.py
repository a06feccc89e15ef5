"""The pages of an edition for any generator: Markdown and HTML without tags or names of ours.

Each language is a tree of its own, `markdown/<locale>/<page>.md` and `html/<locale>/<page>.html`,
with the pictures that they show. Addresses are those of a folder for each page, as MkDocs and most
others make them. Links to other languages lead to their trees, those to other editions to the site.
"""

from __future__ import annotations

import datetime
import json
import posixpath
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import urljoin

import markdown

from kb import figures, files, words
from kb.editions import page_address
from kb.facts import data, entries, pages, prose
from kb.legacy import tags
from kb.legacy.convert import Ways, convert
from kb.pictures import entries as listed
from kb.pictures import fresh, uses
from kb.project import Project
from kb.text.page import Markdown, Page
from kb.translations import glossary
from kb.web import exceptions, marks
from kb_tools.pages import retarget

_IMAGE = re.compile(r"!\[([^\]\n]*)\]\(([^()\s]+)(?=[)\s])")
_LINK = re.compile(r'<a\b(?P<attributes>[^<>]*?) href="(?P<href>[^"<>#:]+)(?P<end>#[^"<>]*)?">')
_FACT = re.compile(r'<a class="kb-fact[^<>]*? aria-description="([^"]*)" href="([^"]*)">(.*?)</a>')
_ADDRESS = re.compile(r'(?<= href=")([^"#?:/][^"#?:]*)(?=["#?])')


def _live(pattern: re.Pattern[str], text: str, make: Callable[[re.Match[str]], str]) -> str:
    """Replace what is found outside of code."""
    live = Markdown(text).live
    return pattern.sub(lambda match: make(match) if live[match.start()] != " " else match[0], text)


def _plain(fact: re.Match[str]) -> str:
    """A fact as a link of Markdown; inside a block of HTML it stays as it is."""
    line = fact.string[fact.string.rfind("\n", 0, fact.start()) + 1 :].lstrip()
    inside = line.startswith("<") and not line.startswith("<a ")
    return fact[0] if inside else f'[{fact[3]}]({fact[2]} "{fact[1]}")'


class _Rendering(NamedTuple):
    """What all pages of a language are rendered with."""

    held: Project
    edition: str
    locale: str
    today: datetime.date
    facts: entries.Facts
    texts: dict[str, listed.Entry]
    names: dict[str, str]  # of pages, by the address of their folder
    pictures: dict[str, str]  # that are shown: place in the tree -> path from docs/
    site_url: str

    def markdown(self, name: str, page: Page) -> str:
        """A page's text with its tags, facts, generated parts and pictures in place."""
        # The tree has no other language: it is the default one here.
        here = prose.Place(self.edition, name, self.locale, self.locale)
        sources = prose.SOURCES in self.held.listed[self.edition]
        site = prose.Site(sources, self.today, (), self.held.editions.names)
        terms = glossary.part(self.held.ledger(glossary.LEDGER), self.locale)
        text, _ = convert(page.body, page.file, Ways(draw=tags.markdown_image))
        text = prose.render(
            text,
            self.facts,
            here,
            site,
            lambda part, level: pages.part(part, level, self.facts, here, site),
        ).replace(glossary.MARKER, terms)
        for target in {link.target for link in page.links}:
            led = self.held.paths.across(page.path, target)
            if led and led[2]:
                address = urljoin(f"{self.site_url}{self.edition}/", led[0])
                text = retarget(text, target, address + target[len(target.partition("#")[0]) :])
        text = _live(_IMAGE, text, lambda image: self._shown(name, page, image))
        if not sources:  # then its facts lead to notes below the page itself
            noted = pages.notes(pages.numbered(text, self.facts)[1], here, site)
            text += f'\n<dl class="kb-notes">\n{noted}</dl>\n' if noted else ""
        return _live(_FACT, _live(_LINK, text, lambda link: self._leading(name, link)), _plain)

    def _shown(self, name: str, page: Page, image: re.Match[str]) -> str:
        """The beginning of an image, with its place in the tree and what the ledger says of it."""
        path = uses.locate(uses.Use(page.path, 0, image[2]), self.held.pictures)
        if path is None:
            return image[0]
        place = self.place(path)
        self.pictures[place] = path
        alt = tags.plain(self.alt(path) or image[1])
        return f"![{alt}]({posixpath.relpath(place, posixpath.dirname(name) or '.')}"

    def _leading(self, name: str, link: re.Match[str]) -> str:
        """A link of HTML, from the page's file instead of its folder."""
        place = posixpath.normpath(posixpath.join(page_address(name, "", ""), link["href"]))
        other = self.names.get(place if place != "." else "")
        start = posixpath.dirname(name) or "."
        target = posixpath.relpath(f"{other}.md" if other else place, start)
        return f'<a{link["attributes"]} href="{target}{link["end"] or ""}">'

    def html(self, name: str, text: str) -> str:
        """The Markdown as a fragment of HTML, its pictures as figures, its dead links noted."""
        folder = page_address(name, "", "")

        def leads(match: re.Match[str]) -> str:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(name), match[1]))
            page = place.removesuffix(".md") if place.endswith(".md") else ""
            address = page_address(page, "", "") if page else place
            return posixpath.relpath(address or ".", folder or ".") + ("/" if page else "")

        def lookup(src: str) -> figures.Picture | None:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(name), unescape(src)))
            path = self.pictures.get(place, "")
            file = self.held.pictures.get(path)
            if file is None or not file.width:
                return None
            entry = listed.entry_of(path, self.locale, self.texts)
            href = posixpath.relpath(place, folder or ".")
            note = fresh.note(entry, self.locale, self.today) if entry else ""
            # What its screen was like shows in the guide's own style alone.
            said = listed.Entry(*entry[:3]) if entry else listed.Entry()
            return figures.Picture(figures.Variant(href, file.width, file.height), said, note=note)

        # None of their settings changes what a page says.
        extensions = list(self.held.settings.get("markdown_extensions", ()))
        known = _ADDRESS.sub(leads, markdown.markdown(text, extensions=extensions))
        others = "|".join(each for each in self.held.editions.locales if each != self.locale)
        known = re.sub(rf'<a (?=href="(?:\.\./)+({others})/)', r'<a hreflang="\1" ', known)
        shown = figures.render(known, lookup, words.of(self.locale)("picture.enlarge"))
        dead = exceptions.entries(self.held.ledger(exceptions.LEDGER))
        return marks.mark(shown, dead, self.locale)

    def place(self, path: str) -> str:
        """Where a picture lies in the tree of the language."""
        return path.removeprefix(f"{self.edition}/").removeprefix(f"{self.locale}/")

    def alt(self, path: str) -> str:
        """What a picture shows."""
        entry = listed.entry_of(path, self.locale, self.texts)
        return entry.alt if entry else ""


def render(
    held: Project, edition: str, today: datetime.date, site_url: str
) -> Iterator[tuple[str, str | bytes]]:
    """The files of an edition, by their path below the folder that they are written to."""
    facts = entries.read(held.own(edition, entries.LEDGER))
    texts = listed.entries(held.own(edition, listed.LEDGER), held.editions.locales)
    words.keep(held.own(edition, words.RECORD).data or {})
    published = data.published(facts, edition, held.editions.locales, today)
    for locale in held.editions.locales:
        names = {page_address(name, "", "").rstrip("/"): name for name in held.listed[edition]}
        made = _Rendering(held, edition, locale, today, facts, texts, names, {}, site_url)
        for _, name, page in (each for each in held.built(edition) if each[0] == locale):
            text = made.markdown(name, page)
            head = json.dumps(page.meta, ensure_ascii=False, default=str)
            yield f"markdown/{locale}/{name}.md", f"---\n{head}\n---\n{text}"
            yield f"html/{locale}/{name}.html", made.html(name, text)
        for place, path in made.pictures.items():
            for tree in ("markdown", "html"):
                yield f"{tree}/{locale}/{place}", files.read_bytes(held.home / "docs" / path)
        yield f"markdown/{locale}/{data.JSON}", published
