"""What the hooks of one MkDocs process share; its one object, `state`, lives as long as that.

Languages are built inside one another with the same config; a rebuild of `mkdocs serve` has a new
one.
"""

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File
from mkdocs.structure.pages import Page as BuiltPage

import kb.assets
import kb.clock
import kb.editions
import kb.facts.entries
import kb.pictures.entries
import kb.pictures.webp
import kb.translations.stamps
import kb.words
from kb.finding import Finding, InputError
from kb.project import Project, reader
from kb.successors import Successors
from kb.text.page import DocsPath, Page

if TYPE_CHECKING:
    from kb_tools.serving.site import Site


@dataclass
class Build:
    """One build of an edition in all its languages."""

    config: MkDocsConfig
    edition: str
    project: Project
    today: datetime.date
    together: tuple[str, ...]  # the editions that are built into one site with it
    facts: kb.facts.entries.Facts
    pictures: Mapping[str, kb.pictures.entries.Entry]  # what the ledger says of each
    # Of each page, for any language: its name, what is wrong, which allowances it needs.
    judged: dict[DocsPath, tuple[str, list[Finding], set[str]]] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)  # the addresses of pages that are made of facts
    copies: Mapping[str, tuple[kb.pictures.webp.Copy, ...]] | None = None  # of pictures
    used: dict[str, Path] = field(default_factory=dict)  # of these: place in the site, file
    summaries: dict[str, str] = field(default_factory=dict)  # of pages, by address
    contents: dict[str, str] = field(default_factory=dict)
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # of the search index
    lost: list[Finding] = field(default_factory=list)  # pages that it does not find
    assets: kb.assets.Assets = kb.assets.NONE

    @cached_property
    def lags(self) -> list[kb.translations.stamps.State]:
        """The sections that are known to lag behind the other language."""
        stamps, pages = kb.translations.stamps, self.project.of(self.edition)
        known = self.project.ledger(f"{self.edition}/{stamps.LEDGER}")
        return stamps.lags(known, pages, self.project.editions.default)

    @cached_property
    def successors(self) -> Successors:
        """The ways to other editions."""
        return self.project.successors

    def page(self, file: File) -> Page | None:
        """The page of the guide that a file of MkDocs is; None for one that a plugin made."""
        return self.project.pages.get(f"{self.edition}/{file.src_uri}")

    def locale(self, page: BuiltPage) -> str:
        """The language that a page is built for, of a fallback page too."""
        found: str = getattr(page.file, "locale_alternate_of", page.file.src_uri.split("/")[0])
        return found

    def language(self, locale: str) -> str:
        """What a language calls itself."""
        known = (each for each in self.project.editions.languages if each.locale == locale)
        return next((each.name for each in known), locale)

    def name(self, page: BuiltPage) -> str:
        """A page's path in its language, without ending."""
        return page.file.src_uri.removesuffix(".md").partition("/")[2]


class State:
    """The one object."""

    def __init__(self) -> None:
        self.serving = False  # an editor is at work, whom nothing may stop
        self.site: Site | None = None  # of that editor, while MkDocs goes through its languages
        self._build: Build | None = None

    def build(self, config: MkDocsConfig) -> Build:
        """The build that is going on; the project is read when it is first asked for."""
        if self._build is None or self._build.config is not config:
            docs = Path(config.docs_dir)
            self._build = self._made(config, reader(docs.parent.parent).read([docs.name]))
        return self._build

    def read(self) -> Project:
        """The project of the build that is going on, as it lies on disk by now."""
        assert self._build
        return reader(self._build.project.home).read([self._build.edition])

    def go_on(self, build: Build, project: Project | None = None) -> Build:
        """Return to a build, of the project as it is now; what is known of its pages is kept."""
        self._build = build
        if project:
            kept = ("judged", "parts", "copies", "used", "summaries", "contents", "entries")
            self._build = self._made(build.config, project)
            for name in (*kept, "assets"):
                setattr(self._build, name, getattr(build, name))
        return self._build

    def _made(self, config: MkDocsConfig, project: Project) -> Build:
        edition = Path(config.docs_dir).name
        try:
            today = project.today(os.environ)
        except InputError as error:
            raise PluginError(str(error)) from None
        kb.words.keep(project.own(edition, kb.words.RECORD).data or {})
        together = kb.editions.together(os.environ)
        facts = kb.facts.entries.read(project.own(edition, kb.facts.entries.LEDGER))
        listed = project.own(edition, kb.pictures.entries.LEDGER)
        pictures = kb.pictures.entries.entries(listed, project.editions.locales)
        return Build(config, edition, project, today, together, facts, pictures)


state = State()
