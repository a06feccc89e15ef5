"""MkDocs: pages are made on all processors at once; what was made of the same things is kept.

MkDocs 1.6.1, which changes no more, has no event for that: what it calls is replaced.
A page that makes it say anything is made in the plain way, so that whoever counts hears it.
"""

import logging
import os
import pickle
import posixpath
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markdown import Markdown
from mkdocs.commands import build as commands
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure import pages as structure
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

import kb.files
import kb.tries
from kb import kept, machines, pool
from state import Build, state

ENOUGH = 24  # pages from which on processes are worth their start
_PROCESS = os.getpid()
_populate, _build = commands._populate_page, commands._build_page
_structure: Any = structure
_markdown, _ids = _structure.markdown, _structure._RawHTMLPreprocessor
_NO_IDS = SimpleNamespace(present_anchor_ids=frozenset(), _register=lambda md: None)
_ADDED = ("judged", "parts", "used", "summaries", "entries")  # by each page, to the build
# Ledgers of which no page shows a word, or shows what is told apart (the lags of stamps).
_UNSEEN = ("translations.yml", "asked.yml", "pages.yml", "synonyms.yml", ".md")


def on_startup(*, command: str, dirty: bool) -> None:
    """A server makes single pages, in the plain way."""
    if command == "build" and not dirty:
        making = _Making()
        commands._populate_page = making.put_off
        commands._build_page = making.build
        _structure.markdown = SimpleNamespace(Markdown=making.read)
    else:
        commands._populate_page, commands._build_page = _populate, _build
        _structure.markdown, _structure._RawHTMLPreprocessor = _markdown, _ids


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Markdown tries what it knows only where it may be."""
    extensions: list[Any] = config.markdown_extensions
    if kb.tries.EXTENSION not in extensions:  # each language has its turn
        extensions.append(kb.tries.EXTENSION)
    return config


class _Making:
    """The pages of a language: all are put off until the template can be filled."""

    def __init__(self) -> None:
        self.waiting: dict[str, Page] = {}  # by their place in the site
        self.done: set[str] = set()
        self.files = Files([])
        self.sources = ""
        self.reader: Markdown | None = None

    def read(self, **settings: Any) -> Markdown:
        """One reader for the pages of a language: to make it takes a sixth of what reading does."""
        self.reader = self.reader or Markdown(**settings)
        return self.reader.reset()

    def put_off(self, page: Page, config: MkDocsConfig, files: Files, dirty: bool = False) -> None:
        """Read of a page what others show of it."""
        if files is not self.files:
            self.waiting, self.done, self.files, self.reader = {}, set(), files, None
            # MkDocs looks through raw HTML for ids that links may name, if it may tell of them.
            told = config.validation.links.anchors > logging.DEBUG
            _structure._RawHTMLPreprocessor = _ids if told else lambda: _NO_IDS
            # static-i18n takes each path apart anew.
            files.get_file_from_path = cache(files.get_file_from_path)  # type: ignore[method-assign]
        ours = state.build(config).page(page.file)
        if ours is None or not isinstance(ours.meta.get("title"), str):
            _populate(page, config, files, dirty)
        else:
            page.markdown, page.meta = ours.body, dict(ours.meta)
            self.waiting[page.file.dest_uri] = page

    def build(self, page: Page, config: MkDocsConfig, *more: Any, **given: Any) -> None:
        """With the first page, make all; then one that nobody could make, in the plain way."""
        if self.waiting:
            waiting, self.waiting = self.waiting, {}
            self._make(waiting, config, lambda each: _build(each, config, *more, **given))
        if page.file.dest_uri not in self.done:
            _build(page, config, *more, **given)

    def _make(
        self, pages: Mapping[str, Page], config: MkDocsConfig, fill: Callable[[Page], None]
    ) -> None:
        build = state.build(config)
        site, log = Path(config.site_dir), logging.getLogger("mkdocs")
        heard = CountHandler(level=30)
        language = getattr(config.plugins.get("i18n"), "current_language", None) or ""
        folder = build.project.home / kept.FOLDER / build.edition / language
        common = self._common(build, config, language)
        texts = {place: build.page(page.file) for place, page in pages.items()}
        keys = {
            place: folder / kept.key(common, pages[place].file.src_uri, place, ours and ours.text)
            for place, ours in texts.items()
        }

        def work(places: Sequence[str]) -> list[tuple[str, dict[str, Any] | None]]:
            if os.getpid() != _PROCESS:
                log.handlers, log.propagate = [], False
            log.addHandler(heard)
            try:
                return [(place, one(place)) for place in places]
            finally:
                log.removeHandler(heard)

        def one(place: str) -> dict[str, Any] | None:
            """What a page adds to the build; None if another process tried, and had to speak."""
            alone = os.getpid() == _PROCESS
            heard.counts.clear()
            held = {name: getattr(build, name) for name in _ADDED}
            vars(build).update({name: type(value)() for name, value in held.items()})
            try:
                _populate(pages[place], config, self.files)
                fill(pages[place])
            except Exception:
                self.reader = None  # it stopped in the middle of the page
                if alone:
                    raise
                return None
            finally:
                found = {name: getattr(build, name) for name in _ADDED}
                vars(build).update(held)
            if heard.counts and not alone:
                return None
            told = any(wrong or needed for _, wrong, needed in found["judged"].values())
            if not (heard.counts or told):
                beside = posixpath.join(posixpath.dirname(place), machines.NAME)
                texts = {name: (site / name).read_bytes().decode() for name in (place, beside)}
                kb.files.remember(keys[place], pickle.dumps(({**found, "judged": {}}, texts)))
            return found

        made = {place: _recalled(path, site) for place, path in keys.items()}
        todo = [place for place, held in made.items() if held is None]
        # What the first makes ready for all, no process makes for itself.
        for some in chain([work(todo[:1])], pool.spread(work, todo[1:], ENOUGH)):
            made.update(some)
        for place, each in made.items():
            if each is None:
                _populate(pages[place], config, self.files)
            else:
                for name, added in each.items():
                    getattr(build, name).update(added)
                self.done.add(place)
        kept.sweep(folder, keys.values())

    def _common(self, build: Build, config: MkDocsConfig, language: str) -> str:
        """What all pages of a language are made of."""
        if not self.sources:
            self.sources = kept.made_of(build.project.home, lambda name: name.endswith(_UNSEEN))
        own = kept.digest(Path(config.config_file_path))
        others = [
            (path, page.meta, [(heading.id, heading.text) for heading in page.headings])
            for path, page in build.project.every.items()
        ]
        place = (build.edition, language, config.site_url, config.use_directory_urls)
        known = (sorted(self.files.src_uris), others, build.lags, build.today, build.together)
        return kept.key(self.sources, own, place, repr(known))


def _recalled(path: Path, site: Path) -> dict[str, Any] | None:
    """What a page of the cache adds to the build; its files are written."""
    held = kept.loads(kb.files.recall(path) or b"")
    if held is None:
        return None
    found, texts = held
    for name, text in texts.items():
        kb.files.put(site, name, text)
    return dict(found)
