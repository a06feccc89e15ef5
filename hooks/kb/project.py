"""The project on disk, read once for a build or a check: it alone knows where things lie."""

from __future__ import annotations

import datetime
import os
import posixpath
import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from kb import clock, editions, files, ledger, releases, root, search, words
from kb.drawings import checks as drawings
from kb.editions import SETTINGS, Edition, Editions, page_address
from kb.errors import InputError
from kb.facts import ageing
from kb.facts import entries as facts
from kb.finding import Finding
from kb.ledger import Ledger
from kb.legacy.convert import links
from kb.markup import exceptions as markup
from kb.paths import Paths
from kb.pictures import entries, probe, uses
from kb.pictures.theme import FOLDER, TEXTS, Theme
from kb.references import urls
from kb.references.mapping import Anchor, Link, Source
from kb.successors import Successors
from kb.text.page import DocsPath, Page
from kb.translations import glossary, language, stamps
from kb.web import exceptions

LEDGERS = "ledgers"
# The ledgers that every project has: without one, what it is for would go unchecked.
NAMES = (
    editions.LEDGER,
    facts.LEDGER,
    exceptions.LEDGER,
    releases.LEDGER,
    root.REDIRECTS,
    entries.LEDGER,
    search.LEDGER,
    markup.LEDGER,
    ageing.LEDGER,
    glossary.LEDGER,
    language.LEDGER,
    stamps.LEDGER,
)
# What an archived edition was built from last stays with it: no shared ledger changes what it says.
RECORDED = (facts.LEDGER, entries.LEDGER, search.LEDGER, words.RECORD)
LOCKS = {"captures.lock": "capture", "drawings.lock": "drawing"}  # and what they record
DRAWINGS, GUIDE = "drawings", "contributing"
OTHERS = frozenset({LEDGERS, GUIDE, DRAWINGS})  # folders of docs/ that are no edition
_NAME = re.compile(r"\d{4}-\d{2}")
# Anything else would be served as it is, scripts in it too. Sound and film are of the site as well.
_PUBLISHED = probe.SUFFIXES | {".md", ".yml", ".lock", ".css", ".mp3", ".mp4", ".vtt", ".webm"}
_CAPTIONS = re.compile(
    rb"(?:\xef\xbb\xbf)?WEBVTT\b(?:[^<]++|<(?:/?(?:b|c|i|u|v|lang|rt|ruby)\b|\d)[^<>]*+>)*"
)
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")

Value = TypeVar("Value")


class Project(NamedTuple):
    """The project, or some editions of it. Keys of `pages` and `pictures` are paths from docs/.

    `ledgers` has those of docs/ledgers/ by name (`facts`, `captures.lock`), those of an edition by
    their path without ending (`2026-11/translations`, `2023-07/record/facts`).
    """

    home: Path
    editions: Editions
    pages: Mapping[DocsPath, Page]
    pictures: Mapping[DocsPath, probe.File]
    ledgers: Mapping[str, Ledger]
    settings: Mapping[str, Any] = {}  # of mkdocs.yml
    drawings: Mapping[DocsPath, drawings.Source] = {}
    shown: tuple[uses.Use, ...] = ()  # pictures that style sheets and settings show
    theme: Theme = Theme({}, {})
    findings: tuple[Finding, ...] = ()  # what cannot be read, or lies where nothing belongs
    refused: frozenset[DocsPath] = frozenset()  # files and folders that are not published
    names: tuple[str, ...] = ()  # the editions that were read, newest first
    listed: Mapping[str, frozenset[str]] = {}  # of every edition, the names of its pages
    every: Mapping[DocsPath, Page] = {}  # the pages of all editions
    guide: Mapping[DocsPath, Page] = {}  # for contributors, in no edition

    @property
    def unread(self) -> list[str]:
        """The editions that were not read."""
        return [name for name in self.editions.names if name not in self.names]

    def ledger(self, name: str) -> Ledger:
        """A ledger by its name; what is not there holds nothing."""
        return self.ledgers.get(name, ledger.EMPTY)

    @property
    def newest(self) -> clock.Newest:
        """The newest day that the ledgers and the pages say has come."""
        return clock.newest([*self.ledgers.values(), *(page.front for page in self.pages.values())])

    def own(self, edition: str, name: str) -> Ledger:
        """The ledger that an edition is built by: the shared one, or what an archived one kept."""
        return self.ledgers.get(record(edition, name), self.ledger(name))

    def shown_by(self, edition: str) -> tuple[dict[DocsPath, probe.File], list[uses.Use]]:
        """The pictures of an edition, and what shows them."""
        here = f"{edition}/"
        held = {path: file for path, file in self.pictures.items() if path.startswith(here)}
        shown = (
            use for use in self.shown if use.page.startswith(here) or use.path.startswith(here)
        )
        return held, [*uses.uses(self.of(edition).values()), *shown]

    @property
    def kept_drawings(self) -> set[str]:
        """The sources of drawings that archived editions show."""
        held = (self.own(edition, entries.LEDGER) for edition in self.editions.names[1:])
        return {item.get("source", "") for each in held for _, item in entries.items(each)}

    def today(self, environment: Mapping[str, str]) -> datetime.date:
        """The day of a build that is told of none but by $KB_AS_OF, or InputError."""
        return max(clock.asked(environment), self.newest.day)

    @property
    def successors(self) -> Successors:
        """The ways from each edition to every other."""
        return Successors(self.editions, self.every.values())

    def of(self, edition: str) -> dict[DocsPath, Page]:
        """The pages of an edition."""
        return {path: page for path, page in self.pages.items() if page.edition == edition}

    def built(self, edition: str) -> Iterator[tuple[str, str, Page]]:
        """The pages of an edition as they are built: locale, name, and the page they are made of.

        A page that a language lacks is built there from the default language's text.
        """
        for locale in self.editions.locales:
            for name in sorted(self.listed[edition]):
                held = (
                    f"{edition}/{folder}/{name}.md" for folder in (locale, self.editions.default)
                )
                page = next((self.pages[path] for path in held if path in self.pages), None)
                if page:
                    yield locale, name, page

    def sources(self, edition: str, prefix: str = "") -> dict[str, Source]:
        """The Markdown behind each page of the built edition, by the page's path in the site.

        `prefix` is the edition's own folder in the site (`2023-07/`), or nothing when it is the
        site.
        """
        found = {}
        for locale, name, page in self.built(edition):
            address = prefix + page_address(name, locale, self.editions.default) + "index.html"
            found[address] = Source(
                page.file, _written(page), self._leads_to(page.path, prefix, locale, name)
            )
        return found

    @property
    def paths(self) -> Paths:
        """Where links lead that are the paths to files."""
        return Paths(self.every, self.editions.default)

    def _leads_to(
        self, page: DocsPath, prefix: str, locale: str, name: str
    ) -> Callable[[str], str | None]:
        edition, default, paths = page.split("/")[0], self.editions.default, self.paths
        home = page_address("index", locale, default)

        def leads_to(target: str) -> str | None:
            inside = urls.file(name, target).removesuffix(".md")
            across = paths.across(page, target)
            if across or inside in self.listed[edition]:
                address = across[0] if across else page_address(inside, locale, default)
                fragment = target[len(target.partition("#")[0]) :]
                return posixpath.normpath(f"{prefix}{address}index.html") + fragment
            use = uses.Use(f"{edition}/{locale}/{name}.md", 0, target)
            picture = uses.locate(use, self.pictures)
            if picture is None:
                return None
            own = f"{edition}/{locale}/"
            if picture.startswith(own):
                return prefix + home + picture.removeprefix(own)
            return prefix + picture.removeprefix(f"{edition}/")

        return leads_to


def _written(page: Page) -> Callable[[], tuple[Iterable[Link], Iterable[Anchor]]]:
    return lambda: (links(page), page.ids)


def record(edition: str, name: str) -> str:
    """Where an archived edition keeps a ledger of its own, from docs/ and without ending."""
    return f"{edition}/record/{name}"


def read(home: Path, names: Collection[str] = ()) -> Project:
    """Read the project at `home`: all of its editions, or those named. Nothing is raised."""
    return Reader(home).read(names)


class Reader:
    """Reads a project again and again: a file that did not change on disk is the same value."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.docs = home / "docs"
        self._held: dict[Path, tuple[tuple[int, ...], Any]] = {}
        self._findings: list[Finding] = []

    def read(self, names: Collection[str] = ()) -> Project:
        """The project as it is now; with `names`, of its editions only these are read."""
        self._findings = []
        ledgers = {name: self._ledger(f"{LEDGERS}/{name}.yml", name) for name in self._names()}
        kinds = {item["kind"] for _, item in entries.items(ledgers[entries.LEDGER])}
        for lock, kind in LOCKS.items():
            path = f"{LEDGERS}/{lock}"
            if kind in kinds or os.path.lexists(self.docs / path):
                ledgers[lock] = self._ledger(path, "lock")
        configs = {path.name: self._text(path) for path in sorted(self.home.glob("mkdocs*.yml"))}
        settings = ledger.load(configs.get(SETTINGS, ""), SETTINGS, tagged=True)
        self._findings += settings.findings
        known = editions.read(ledgers[editions.LEDGER], settings)
        if ledgers[editions.LEDGER].findings:  # that is told; the pages are checked all the same
            every = (Edition(path.name, "") for path in reversed(_children(self.docs)))
            known = known._replace(
                every=tuple(each for each in every if _NAME.fullmatch(each.name))
            )
        wanted = [edition for edition in known.every if not names or edition.name in names]
        self._places(ledgers[editions.LEDGER], known, settings)
        known = self._with_words(known)
        tree = _Tree(self.docs, _PUBLISHED)
        for edition in known.every:
            tree.visit(edition.name)
        wanted_files = [path for path in tree.files if path.split("/")[0] in names or not names]
        pages: dict[DocsPath, Page] = {}
        for edition in known.every[1:]:
            for name in RECORDED:
                path = record(edition.name, name)
                ledgers[path] = self._ledger(f"{path}.yml", name)
        guide, files_of = {}, _Tree(self.docs, _PUBLISHED)
        if os.path.lexists(self.docs / GUIDE):
            files_of.visit(GUIDE)
            path = f"{GUIDE}/{stamps.LEDGER}"
            ledgers[path] = self._ledger(f"{path}.yml", stamps.LEDGER)
        for path in files_of.files:
            if path.endswith(".md") and (page := self._page(path)):
                guide[path] = page
        for edition in wanted:
            ledgers |= self._of_edition(edition, known, wanted_files, pages)
        told = len(self._findings)  # what is wrong with others is not asked for
        folders = tuple(f"{name}/{locale}/" for name in known.names for locale in known.locales)
        listed = (path for path in tree.files if path.startswith(folders) and path.endswith(".md"))
        others = {path: self._page(path) for path in listed}
        del self._findings[told:]
        pictures = self._pictures(self.docs, wanted_files)
        sheets = self._texts(self.docs, wanted_files, frozenset({".css"}))
        over = _Tree(self.home / FOLDER)
        if over.root.is_dir():
            over.visit("")
        theme = self._pictures(over.root, over.files)
        texts = self._texts(over.root, over.files, TEXTS)
        self._findings += [*tree.findings, *files_of.findings, *over.findings]
        return Project(
            self.home,
            known,
            pages,
            pictures,
            ledgers,
            settings.data if isinstance(settings.data, dict) else {},
            self._drawings(),
            tuple(uses.elsewhere(sheets, configs, pictures, theme)),
            Theme(
                theme,
                {**{f"{FOLDER}/{name}": text for name, text in texts.items()}, **configs},
                frozenset(path.partition("/")[2] for path in pictures),
            ),
            tuple(self._findings),
            frozenset(tree.refused),
            tuple(edition.name for edition in wanted),
            {
                edition.name: _page_names(edition.name, known.locales, tree.files)
                for edition in known.every
            },
            {path: page for path, page in others.items() if page},
            guide,
        )

    def _names(self) -> list[str]:
        held = {path.stem for path in (self.docs / LEDGERS).glob("*.yml")}
        return [*NAMES, *sorted(held.difference(NAMES))]

    def _places(self, listed: Ledger, known: Editions, settings: Ledger) -> None:
        """What lies in docs/, and what the ledger and the settings say of it, must agree."""
        if not known.locales and not settings.findings:
            message = "the plugin i18n names no languages"
            self._report(settings.path, settings.line("plugins", "i18n"), "locale-unknown", message)
        for index, edition in enumerate(known.every):
            for needed, key in ((f"docs/{edition.name}", "name"), (edition.config, "config")):
                if not (self.home / needed).exists():
                    message = f"edition '{edition.name}' has no {needed}"
                    self._report(listed.path, listed.line(index, key), "edition-unknown", message)
        folders = [path for path in _children(self.docs) if path.is_dir()]
        if known.every:
            for path in folders:
                if path.name not in OTHERS.union(known.names) and not path.name.startswith("."):
                    message = "the editions ledger names no such edition"
                    self._report(files.shown(path, self.home), 1, "edition-unknown", message)
        for edition in known.every if known.locales else ():
            for path in _children(self.docs / edition.name):
                # A page beside the languages would be published, and checked by nobody.
                like = _LOCALE.fullmatch(path.name) or path.suffix == ".md"
                wrong = not path.is_dir() if path.name in known.locales else like or _pages(path)
                if wrong:
                    message = "is no folder of a language that mkdocs.yml names"
                    self._report(files.shown(path, self.home), 1, "locale-unknown", message)

    def _with_words(self, known: Editions) -> Editions:
        """The editions in those languages that have all their words; in none without originals."""
        faults = [list(words.check(language)) for language in known.languages]
        self._findings += (finding for found in faults for finding in found)
        whole = [each for each, found in zip(known.languages, faults, strict=True) if not found]
        original = known.languages[:1] == tuple(whole[:1])
        return known._replace(languages=tuple(whole) if original else ())

    def _report(self, path: str, line: int, rule: str, message: str) -> None:
        self._findings.append(Finding(path, line, rule, message))

    def _of_edition(
        self, edition: Edition, known: Editions, names: Iterable[str], pages: dict[DocsPath, Page]
    ) -> dict[str, Ledger]:
        """Read an edition's pages into `pages`; gives its ledgers."""
        found = {}
        if len(known.locales) > 1:
            path = f"{edition.name}/{stamps.LEDGER}"
            found[path] = self._ledger(f"{path}.yml", stamps.LEDGER)
        for locale in known.locales:
            folder = f"{edition.name}/{locale}/"
            if (self.docs / folder).is_dir():
                path = f"{folder}{search.ASKED}"
                found[path] = self._ledger(f"{path}.yml", search.ASKED)
            for name in names:
                if name.startswith(folder) and name.endswith(".md"):
                    page = self._page(name)
                    if page:
                        pages[name] = page
        return found

    # ---- files

    def _page(self, path: DocsPath) -> Page | None:
        return self._kept(self.docs / path, None, lambda text: Page(path, text))

    def _drawings(self) -> dict[DocsPath, drawings.Source]:
        found = {}
        for path in sorted((self.docs / DRAWINGS).glob("*.yml")):
            place = files.shown(path, self.home)
            source = self._kept(path, None, partial(drawings.read, path=place))
            if source:
                found[f"{DRAWINGS}/{path.name}"] = source
        return found

    def _text(self, path: Path) -> str:
        return self._kept(path, "", lambda text: text)

    def _ledger(self, path: str, schema: str) -> Ledger:
        """Read a ledger; one that cannot be read is its finding, in its own place."""
        file, place = self.docs / path, f"docs/{path}"
        if not os.path.lexists(file):
            return ledger.missing(place)
        if not (ledger.SCHEMAS / f"{schema}.schema.json").exists():
            message = f"no ledger is called '{schema}'"
            return Ledger(place, None, {}, (Finding(place, 1, "ledger-schema", message),))
        try:
            return self._read(file, lambda text: ledger.load(text, place, schema))
        except InputError as error:
            return Ledger(place, None, {}, (error.finding,) if error.finding else ())

    def _kept(self, path: Path, faulty: Value, make: Callable[[str], Value]) -> Value:
        """What is made of a text; `faulty`, and a finding, of one that cannot be read."""
        try:
            return self._read(path, make)
        except InputError as error:
            self._findings += [error.finding] if error.finding else []
            return faulty

    def _read(self, path: Path, make: Callable[[str], Value]) -> Value:
        stamp = _stamp(path)
        held, value = self._held.get(path, ((), None))
        if not stamp or held != stamp:
            value = make(files.read_text(path, self.home))
            self._held[path] = (stamp, value)
        return value  # type: ignore[no-any-return]

    def _texts(self, root: Path, names: Iterable[str], suffixes: Container[str]) -> dict[str, str]:
        return {name: self._text(root / name) for name in names if _suffix(name) in suffixes}

    def _pictures(self, root: Path, names: Iterable[str]) -> dict[str, probe.File]:
        stamps = {name: _stamp(root / name) for name in names if _suffix(name) in probe.SUFFIXES}
        new = {
            name: root / name
            for name, stamp in stamps.items()
            if self._held.get(root / name, ((), None))[0] != stamp
        }
        for name, file in probe.read(new, self.home / probe.CACHE).items():
            self._held[root / name] = (stamps[name], file)
        return {name: self._held[root / name][1] for name in stamps}


def _page_names(edition: str, locales: Iterable[str], files: Iterable[DocsPath]) -> frozenset[str]:
    """The names of an edition's pages, in whichever language they exist: `plus/apple`."""
    folders = tuple(f"{edition}/{locale}/" for locale in locales)
    pages = (path for path in files if path.startswith(folders) and path.endswith(".md"))
    return frozenset(path.split("/", 2)[2].removesuffix(".md") for path in pages)


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes with a file's content; () where there is no file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _suffix(path: str) -> str:
    return posixpath.splitext(path)[1].lower()


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _pages(folder: Path) -> bool:
    return any(folder.glob("**/*.md"))


class _Tree:
    """The plain files of folders below a root, in order; all else is refused, and told."""

    def __init__(self, root: Path, suffixes: Container[str] = ()) -> None:
        self.root = root
        self.suffixes = suffixes  # of the files that it may have, or else any
        self.files: list[DocsPath] = []
        self.refused: set[DocsPath] = set()
        self.findings: list[Finding] = []
        self._real = os.path.realpath(root)

    def visit(self, folder: DocsPath) -> None:
        """Note what a folder holds, down to its last file."""
        try:
            with os.scandir(self.root / folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self._refuse(folder, f"cannot be read: {error.strerror}")
            return
        for entry in entries:
            path = posixpath.join(folder, entry.name)
            try:
                fault = self._fault(entry)
            except OSError as error:
                fault = f"cannot be read: {error.strerror}"
            if fault:
                self._refuse(path, fault)
            elif entry.is_dir():
                self.visit(path)
            else:
                self.files.append(path)

    def _fault(self, entry: os.DirEntry[str]) -> str:
        """Why an entry is no file or folder of the site; "" for one that is."""
        if not entry.name.isprintable():
            return "has a name that cannot be shown"
        if entry.is_symlink():
            target = os.path.realpath(entry.path)
            if not target.startswith(self._real + os.sep):
                return f"is a link that leads out of {self.root.name}/"
            if not entry.is_file():
                return "is a link to a folder, or to nothing"
        if entry.is_dir():
            return "is a folder with the name of a page" if entry.name.endswith(".md") else ""
        if not entry.is_file():
            return "is no plain file"
        if self.suffixes and entry.name[0] != "." and _suffix(entry.name) not in self.suffixes:
            return "is neither page nor picture nor ledger: it would be published as it is"
        if self.suffixes and entry.name.startswith(".ht"):
            return "holds settings of a host: nothing publishes it, and deploy/ has those of ours"
        if _suffix(entry.name) == ".vtt" and not _CAPTIONS.fullmatch(Path(entry.path).read_bytes()):
            return "is no WebVTT, or holds tags that captions do not have"
        return ""

    def _refuse(self, path: DocsPath, why: str) -> None:
        self.refused.add(path)
        shown = files.shown(self.root / path, self.root.parent)
        self.findings.append(Finding(shown, 1, files.UNREADABLE, why))
