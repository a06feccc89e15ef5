"""The project on disk, read once for a build or a check: it alone knows where things lie."""

from __future__ import annotations

import datetime
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from kb import clock, files, ledger, search, translations
from kb.editions import DEFAULT_LOCALE, LEDGER, Edition, page_address
from kb.editions import read as read_editions
from kb.pictures import probe, uses
from kb.references.mapping import Source
from kb.text import front_matter
from kb.text import page as source

LEDGERS = "ledgers"
_LOCALE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")


class Project(NamedTuple):
    """An edition as it lies on disk. Keys of `pages` and `pictures` are paths from docs/."""

    edition: str
    current: bool  # the newest of the ledger, or the only one
    locales: tuple[str, ...]
    pages: dict[str, str]
    pictures: dict[str, probe.File]
    ledgers: dict[str, ledger.Ledger]  # all of them, by name
    named: tuple[uses.Use, ...] = ()  # pictures that style sheets and settings show
    asked: Mapping[str, ledger.Ledger] = {}  # what readers search sections for, by locale
    stamps: ledger.Ledger = ledger.EMPTY  # of the translations


def read(docs: Path, edition: str) -> Project:
    """Read pages, pictures and ledgers of the edition that lies at `docs/<edition>/<locale>/`."""
    listed = [held.name for held in editions(docs)]
    return Project(
        edition,
        edition in (listed or [edition])[:1],
        tuple(_locales(docs / edition)),
        read_pages(docs, edition),
        probe.scan(docs, edition),
        {
            path.stem: read_ledger(docs, path.stem)
            for path in sorted((docs / LEDGERS).glob("*.yml"))
        },
        tuple(uses.elsewhere(docs, edition)),
        read_asked(docs, edition),
        read_stamps(docs, edition),
    )


def read_pages(docs: Path, edition: str) -> dict[str, str]:
    """The Markdown of an edition by its path from docs/."""
    return {
        path.relative_to(docs).as_posix(): files.read_text(path)
        for locale in _locales(docs / edition)
        for path in sorted((docs / edition / locale).rglob("*.md"))
    }


def _locales(folder: Path) -> list[str]:
    return sorted(child.name for child in folder.iterdir() if _LOCALE.fullmatch(child.name))


def read_ledger(docs: Path, name: str) -> ledger.Ledger:
    """Read a ledger by its name; one that does not exist is empty."""
    return _read_ledger(docs, f"{LEDGERS}/{name}.yml", name)


def read_asked(docs: Path, edition: str) -> dict[str, ledger.Ledger]:
    """What readers type to find the sections of an edition, by locale; empty where unwritten."""
    return {
        locale: _read_ledger(docs, f"{edition}/{locale}/{search.ASKED}.yml", search.ASKED)
        for locale in _locales(docs / edition)
    }


def read_stamps(docs: Path, edition: str) -> ledger.Ledger:
    """Which translations of an edition were found to say what their originals do."""
    return _read_ledger(docs, f"{edition}/{translations.STAMPS}.yml", translations.STAMPS)


def _read_ledger(docs: Path, path: str, schema: str) -> ledger.Ledger:
    file = docs / path
    text = files.read_text(file) if file.exists() else ""
    return ledger.load(text, f"docs/{path}", schema if text else "")


def editions(docs: Path) -> tuple[Edition, ...]:
    """The editions of the ledger, newest first; none when it cannot be read."""
    listed = read_ledger(docs, LEDGER)
    return read_editions(listed) if listed.data and not listed.findings else ()


def pages_of(docs: Path, edition: str) -> set[str]:
    """The page paths of an edition, in whichever language they exist: `{"index", "plus/apple"}`."""
    return {
        path.relative_to(docs / edition / locale).with_suffix("").as_posix()
        for locale in _locales(docs / edition)
        for path in (docs / edition / locale).rglob("*.md")
    }


def newest_day(docs: Path) -> clock.Newest:
    """The newest day that the ledgers and the pages of all editions say has come."""
    ledgers = [read_ledger(docs, path.stem) for path in sorted((docs / LEDGERS).glob("*.yml"))]
    pages = {
        path: text for held in editions(docs) for path, text in read_pages(docs, held.name).items()
    }
    heads = [front_matter.read(text)._replace(path=f"docs/{path}") for path, text in pages.items()]
    return clock.newest([*ledgers, *heads])


def today(docs: Path, environment: Mapping[str, str]) -> datetime.date:
    """The day of a build that is told of none but by $KB_AS_OF; InputError when that is no day."""
    return max(clock.asked(environment), newest_day(docs).day)


def page_paths(project: Project) -> list[tuple[str, str]]:
    """The (locale, page path) pairs that are built, those shown in the default language too."""
    every = sorted({path.split("/", 2)[2].removesuffix(".md") for path in project.pages})
    return [
        (locale, page)
        for locale in project.locales
        for page in every
        if _written(project, locale, f"{page}.md")
    ]


def titled(project: Project) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Each written page: its path from docs/, locale, page path and front matter."""
    for path, text in project.pages.items():
        _, locale, page = path.removesuffix(".md").split("/", 2)
        yield path, locale, page, source.read_meta(text)[0]


def listing(project: Project) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """For the sitemap: locale, page path, day of the last check, and the page's true languages."""
    for _, locale, page, meta in titled(project):
        languages = tuple(
            held
            for held in project.locales
            if f"{project.edition}/{held}/{page}.md" in project.pages
        )
        yield locale, page, str(meta.get("checked", "")), languages


def _written(project: Project, locale: str, page: str) -> str:
    """The file that a locale's page is built from: its own, or the default language's."""
    held = (f"{project.edition}/{folder}/{page}" for folder in (locale, DEFAULT_LOCALE))
    return next((path for path in held if path in project.pages), "")


def sources(project: Project, prefix: str = "") -> dict[str, Source]:
    """The Markdown behind each page of the built edition, by the page's path in the site.

    `prefix` is the edition's own folder in the site (`2023-07/`), or nothing when it is the site.
    A page that a language lacks is built there from the default language's text.
    """
    every = {path.split("/", 2)[2] for path in project.pages}
    found: dict[str, Source] = {}
    for locale in project.locales:
        for page in every:
            written = [
                path
                for path in (
                    f"{project.edition}/{held}/{page}" for held in (locale, DEFAULT_LOCALE)
                )
                if path in project.pages
            ]
            if written:
                address = prefix + page_address(page.removesuffix(".md"), locale) + "index.html"
                leads_to = _leads_to(project, prefix, locale, page, every)
                text = project.pages[written[0]]
                found[address] = Source(f"docs/{written[0]}", text, leads_to)
    return found


def _leads_to(
    project: Project, prefix: str, locale: str, page: str, every: set[str]
) -> Callable[[str], str | None]:
    home = "" if locale == DEFAULT_LOCALE else f"{locale}/"

    def leads_to(target: str) -> str | None:
        path, mark, fragment = target.partition("#")
        inside = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(path)))
        if path.endswith(".md") and inside in every:
            address = page_address(inside.removesuffix(".md"), locale)
            return f"{prefix}{address}index.html{mark}{fragment}"
        use = uses.Use(f"{project.edition}/{locale}/{page}", 0, target)
        picture = uses.locate(use, project.pictures)
        if picture is None:
            return None
        own = f"{project.edition}/{locale}/"
        if picture.startswith(own):
            return prefix + home + picture.removeprefix(own)
        return prefix + picture.removeprefix(f"{project.edition}/")

    return leads_to
