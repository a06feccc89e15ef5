"""The site that `mkdocs serve` shows: what a save touches is made anew, the open page first.

MkDocs 1.6.1 is frozen. How its builder reads a page (`_populate_page`) and writes one
(`_build_page`), what it keeps of a page, and how static-i18n goes from one language to the next is
relied on here alone; server.py has what is used of its server.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from mkdocs.commands import build as builder
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

import assets
import checks
import facts
import kb.files
import search_index
from kb import words
from kb.editions import SETTINGS
from kb.finding import Finding, unique
from kb_tools.serving import bar, changes, faults
from state import state

Job = tuple[str, str]  # a page: the language that it is built for, its source


class Language(NamedTuple):
    """What the pages of one language are built with."""

    files: Files
    documents: Sequence[File]
    nav: Navigation
    env: jinja2.Environment


class Site:
    """One edition as it is served: built from the settings once, and page by page ever after."""

    nav: Navigation

    def __init__(self, config: MkDocsConfig) -> None:
        self.config, self.folder = config, Path(config.site_dir)
        self.home = Path(config.config_file_path).parent
        self.languages: dict[str, Language] = {}
        self.todo: dict[Job, bool] = {}  # pages to make, and whether to convert them first
        self.first: list[Job] = []  # of these what was edited: others may show its title
        self.places: dict[str, Job] = {}  # by path in the site
        self.stale = True  # the search index and the findings of all checks
        self.faults: dict[object, list[Finding]] = {}  # what stops a page (its job), or all
        self.found: list[Finding] = []  # by all checks, last
        self._i18n: Any = config.plugins["i18n"]
        self.build = state.build(config)
        self._project = self.build.project
        self._written: dict[str, Collection[str]] = {}  # besides pages, by what it is
        self._titles: dict[Job, dict[str, str]] = {}  # that the navigation gives
        self._html: dict[Job, tuple[str | None, tuple[Any, ...]]] = {}  # what a Markdown gave
        self._converted: dict[Job, tuple[Any, ...]] = {}  # it, and what hooks made of the HTML

    def lay_out(self) -> None:
        """Let MkDocs do all of a build but convert and write pages: these are to do then."""
        self._old = {file: file.stat().st_mtime_ns for file in self.folder.rglob("*.*")}
        self.stale = False
        state.site = self
        try:
            with _instead(_populate_page=self._note, _build_page=lambda *_, **__: None):
                builder.build(self.config, serve_url=self.config.site_url)
        finally:
            state.site = None
        self.stale = True

    def furnish(self, env: jinja2.Environment, files: Files) -> None:
        """Note what the pages of the language that is being built are built with."""
        shown = files.documentation_pages(inclusion=InclusionLevel.is_in_serve)
        self.languages[self.locale] = Language(files, shown, self.nav, env)

    @property
    def locale(self) -> str:
        """The language that is being built."""
        return str(self._i18n.current_language)

    def _note(self, page: Page, config: MkDocsConfig, files: Files, dirty: bool = False) -> None:
        job = (self.locale, page.file.src_uri)
        self._titles[job] = {key: held for key, held in vars(page).items() if key == "title"}
        page.read_source(config)  # other pages show its title
        self.places[page.file.dest_uri] = job
        self.todo[job] = True

    # ---- what a save touches

    def follow(self, saved: Collection[str], gone: Collection[str]) -> changes.Plan | None:
        """Read what was saved; gives what it touches, or None where the settings cannot be read."""
        state.go_on(self.build)
        self._project = state.read()
        held = self._project
        self.faults["read"] = held.faults
        if any(found.path == SETTINGS for found in held.findings):
            return None
        before = self.build
        project = changes.lasting(before.project, held)
        known = {
            f"{before.edition}/{uri}"
            for each in self.languages.values()
            for uri in each.files.src_uris
        }
        plan = changes.plan(before.project, project, saved, gone, known)
        if plan.whole:
            return plan
        self.stale = True
        self.build = state.go_on(before, project)
        if self.build.today != before.today:
            plan = plan._replace(every=True, theme=True)
        if plan.theme:
            for language in self.languages.values():
                language.env.cache.clear()  # type: ignore[union-attr]
            self._written["assets"] = assets.served(self.build)
            assets.on_pre_build(config=self.config)
            self._put("assets", assets.served(self.build))
        for job in self.places.values():
            path = f"{self.build.edition}/{job[1]}"
            if plan.every or path in plan.pages or job in self.faults:
                self.todo[job] = True
            elif plan.theme:
                self.todo.setdefault(job, False)
            if path in plan.pages:
                self.first.append(job)
            if job in self.todo:
                self.faults.pop(job, None)
        for path in plan.files:
            for language in self.languages.values():
                if file := language.files.src_uris.get(path.partition("/")[2]):
                    file.copy_file()
        return plan

    # ---- pages

    def next(self, wanted: Iterable[str]) -> Job | None:
        """The page to make: one that was edited, one `wanted` (by its path), or any other."""
        self.first = [job for job in self.first if job in self.todo]
        asked = (self.places.get(path) for path in wanted)
        chosen = (job for job in asked if job in self.todo)
        return next(iter(self.first), None) or next(chosen, next(iter(self.todo), None))

    def make(self, job: Job) -> str:
        """Make a page, and give its path; one that cannot be made stays, and its fault is told."""
        try:
            self._enter(job[0])
            if not self.todo[job] or self._convert(job):
                self._write(job)
            self.faults.pop(job, None)
        except Exception as error:
            self._converted.pop(job, None)  # nobody has seen it
            self.fault(job, error, f"docs/{self.build.edition}/{job[1]}")
        del self.todo[job]
        return self._page(job).file.dest_uri

    def _enter(self, locale: str) -> None:
        state.go_on(self.build)
        if self.locale != locale:
            folders = self.config.theme.dirs[:]  # it would add one each time
            self._i18n.current_language = locale
            self._i18n.reconfigure_mkdocs_config(self.config)
            self.config.theme.dirs[:] = folders

    def _page(self, job: Job) -> Page:
        page = self.languages[job[0]].files.src_uris[job[1]].page
        assert page
        return page

    def _convert(self, job: Job) -> bool:
        """Convert a page's Markdown; gives whether the page may look other than it does."""
        page, files = self._page(job), self.languages[job[0]].files
        face = (page.title, page.meta.get("description"))

        def render(config: MkDocsConfig, files: Files) -> None:
            text, held = self._html.get(job, (None, ()))
            if page.markdown != text:
                Page.render(page, config, files)
                held = (page.content, page.toc, page._title_from_render)
                self._html[job] = (page.markdown, held)
            page.content, page.toc, page._title_from_render = held

        vars(page).pop("title", None)
        vars(page).update(self._titles[job], content=None, toc=[], _title_from_render=None)
        page.render = render  # type: ignore[method-assign]
        builder._populate_page(page, self.config, files)
        was = self._converted.get(job)
        now = (page.markdown, page.content or "", dict(page.meta), page.title)
        self._converted[job] = now
        if face != (page.title, page.meta.get("description")):  # which other pages show
            for other in self.places.values():
                if other[0] == job[0]:
                    self.todo.setdefault(other, False)
        return was != now or "kb-fact" in now[1]  # of a fact the template shows the sources

    def _write(self, job: Job) -> None:
        page, language = self._page(job), self.languages[job[0]]
        page.content = self._converted[job][1]
        draft = page.file.inclusion.is_excluded()  # type: ignore[no-untyped-call]
        builder._build_page(
            page, self.config, language.documents, language.nav, language.env, excluded=draft
        )

    # ---- all else

    def fault(self, what: object, error: BaseException, path: str = "", said: str = "") -> bool:
        """Note what an error stopped; gives whether a traceback helps."""
        path = path or Path(self.config.config_file_path).name
        found = faults.finding(error, self.home, path, said)
        self.faults[what] = [found]
        return found.path.endswith(".py") and not isinstance(error, SyntaxError)

    def behind(self) -> tuple[dict[str, str], list[Finding]]:
        """What follows when all pages are made: the files of the search index, and all findings."""
        pages = [file.page for each in self.languages.values() for file in each.documents]
        found = [self.build.entries.get(page.url, ()) for page in pages if page]
        entries = [entry for held in found for entry in held]
        texts, lost = search_index.index(self.build, entries)
        build = dataclasses.replace(self.build, project=self._project)
        return texts, [*checks.found(build), *lost]

    def finish(self) -> None:
        """Write what machines read of all pages: links lead to it."""
        self._put("facts", facts.published(self.build))

    def take(self, texts: Mapping[str, str], found: Iterable[Sequence[Any]]) -> None:
        """Take over what `behind` gave."""
        self._put("index", texts)
        self.found, self.stale = [Finding(*each) for each in found], False
        pages = {self.folder / path for path in self.places}
        for file, stamp in self._old.items():  # of the site before this one
            left = file.is_file() and file.stat().st_mtime_ns == stamp
            if left and not {file, file.with_suffix(".html")} & pages:
                kb.files.drop(self.folder, file.relative_to(self.folder).as_posix())
        self._old = {}

    def _put(self, what: str, files: Mapping[str, str | bytes]) -> None:
        for name in self._written.get(what, frozenset()) - files.keys():
            kb.files.drop(self.folder, name)
        for name, data in files.items():
            kb.files.put(self.folder, name, data)
        self._written[what] = files.keys()

    @property
    def findings(self) -> list[Finding]:
        """All that is wrong, as far as it is known by now."""
        judged = (found for _, found, _ in self.build.judged.values())
        return unique(chain(*self.faults.values(), *judged, self.found))

    def missing(self, path: str) -> str:
        """A page in the place of one that there is not, or not yet, or in another edition."""
        known = self.build.project.editions
        first = path.split("/")[:2]
        locale = next((each for each in first if each in known.locales), known.default)
        said = words.of(locale)
        waiting = path in self.places or not self.places
        what = said("serve.waiting") if waiting else "404"
        what = said("serve.elsewhere", first[0]) if first[0] in known.names else what
        return bar.instead(what, locale)

    def told(self, path: str) -> dict[str, Any]:
        """What the bar on the page at a path of the site says."""
        locale, source = self.places.get(path, (self.build.project.editions.default, ""))
        page = self.build.project.pages.get(f"{self.build.edition}/{source}")
        made_of = [each.file for each in (page, *page.included)] if page else []
        files = {f"docs/{self.build.edition}/{source}", *made_of}
        return bar.told(self.findings, files, locale)


@contextmanager
def _instead(**functions: Any) -> Iterator[None]:
    """While this lasts MkDocs' builder calls these in the place of its own."""
    own = {name: getattr(builder, name) for name in functions}
    vars(builder).update(functions)
    try:
        yield
    finally:
        vars(builder).update(own)
