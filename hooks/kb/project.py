"""The project on disk, read once for a build or a check: it alone knows where things lie."""

import datetime
import os
import posixpath
import re
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from kb import clock, editions, files, ledger, releases, root, search, words
from kb.editions import SETTINGS, Edition, Editions, page_address
from kb.facts import entries as facts
from kb.facts.checks import AGEING
from kb.finding import Finding, InputError
from kb.kept import NONE, Memo
from kb.ledger import Ledger
from kb.legacy.convert import links
from kb.markup import exceptions as markup
from kb.paths import Paths
from kb.pictures import entries, probe, uses
from kb.pictures.theme import FOLDER, TEXTS, Theme
from kb.references import urls
from kb.references.mapping import Source
from kb.successors import Successors
from kb.text.page import SNIPPETS, DocsPath, Page
from kb.translations import glossary, language, stamps
from kb.web import exceptions

LEDGERS = "ledgers"
# The ledgers that every project has: without one, what it is for would go unchecked.
_ALL = (editions, facts, exceptions, releases, entries, search, markup, glossary, language, stamps)
NAMES = (*(room.LEDGER for room in _ALL), root.REDIRECTS, AGEING)
# What an archived edition was built from last stays with it: no shared ledger changes what it says.
RECORDED = (facts.LEDGER, entries.LEDGER, search.LEDGER, words.RECORD)
LOCKS = {"captures.lock": "capture", "drawings.lock": "drawing"}  # and what they record
DRAWINGS, GUIDE = "drawings", "contributing"
OTHERS = frozenset({LEDGERS, GUIDE, DRAWINGS})  # folders of docs/ that are no edition
# What a build needs of ours, but what they share; an installed `kb` has none beside it.
_HOOKS = {f"hooks/{path.name}" for path in Path(__file__).parents[2].glob("hooks/*.py")}
_HOOKS -= {"hooks/state.py"}
_NAME = re.compile(r"\d{4}-\d{2}")
_PAGE = re.compile(r"(?:/index|/readme)?\.md$")  # how a page's path ends, its address not
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
    drawings: Mapping[DocsPath, Ledger] = {}
    shown: tuple[uses.Use, ...] = ()  # pictures that style sheets and settings show
    theme: Theme = Theme({}, {})
    findings: tuple[Finding, ...] = ()  # what cannot be read, or lies where nothing belongs
    refused: frozenset[DocsPath] = frozenset()  # files and folders that are not published
    names: tuple[str, ...] = ()  # the editions that were read, newest first
    listed: Mapping[str, frozenset[str]] = {}  # of every edition, the names of its pages
    every: Mapping[DocsPath, Page] = {}  # the pages of all editions
    guide: Mapping[DocsPath, Page] = {}  # for contributors, in no edition
    written: tuple[Page, ...] = ()  # the pages as their files have them, and what they include

    @property
    def unread(self) -> list[str]:
        """The editions that were not read."""
        return [name for name in self.editions.names if name not in self.names]

    def ledger(self, name: str) -> Ledger:
        """A ledger by its name; what is not there holds nothing."""
        return self.ledgers.get(name, ledger.EMPTY)

    @property
    def _yaml(self) -> list[Ledger]:
        return [*self.ledgers.values(), *(page.front for page in self.pages.values())]

    @property
    def faults(self) -> list[Finding]:
        """What cannot be read, of files, ledgers and front matter."""
        return [*self.findings, *(found for each in self._yaml for found in each.findings)]

    @property
    def newest(self) -> clock.Newest:
        """The newest day that the ledgers and the pages say has come."""
        return clock.newest(self._yaml)

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
        return held, [*uses.uses(p for p in self.written if p.edition == edition), *shown]

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
        """Locale and name of each page that is built, and its text: if need be, the default's."""
        for locale in self.editions.locales:
            for name in sorted(self.listed[edition]):
                held = (
                    f"{edition}/{folder}/{name}.md" for folder in (locale, self.editions.default)
                )
                page = next((self.pages[path] for path in held if path in self.pages), None)
                if page:
                    yield locale, name, page

    def sources(self, edition: str, prefix: str = "") -> dict[str, Source]:
        """The Markdown behind each built page, by path; `prefix` is its edition's own folder."""
        found, paths = {}, self.paths
        for locale, name, page in self.built(edition):
            address = prefix + page_address(name, locale, self.editions.default) + "index.html"
            leads_to = partial(self._leads_to, paths, page.path, prefix, locale, name)
            written = partial(lambda page: (links(page), page.ids), page)
            found[address] = Source(page.file, written, leads_to)
        return found

    @property
    def paths(self) -> Paths:
        """Where links lead that are the paths to files."""
        return Paths(self.every, self.editions.default)

    def _leads_to(
        self, paths: Paths, page: DocsPath, prefix: str, locale: str, name: str, target: str
    ) -> str | None:
        """Where in the site a page's link leads; None where that is nowhere we know."""
        edition, inside = page.split("/")[0], urls.file(name, target).removesuffix(".md")
        address = partial(page_address, locale=locale, default=self.editions.default)
        across, own = paths.across(page, target), f"{edition}/{locale}/"
        if across or inside in self.listed[edition]:
            fragment = target[len(target.partition("#")[0]) :]
            led = across[0] if across else address(inside)
            return posixpath.normpath(f"{prefix}{led}index.html") + fragment
        picture = uses.locate(uses.Use(f"{own}{name}.md", 0, target), self.pictures)
        if picture and picture.startswith(own):
            return prefix + address("index") + picture.removeprefix(own)
        return prefix + picture.removeprefix(f"{edition}/") if picture else None


def record(edition: str, name: str) -> str:
    """Where an archived edition keeps a ledger of its own, from docs/ and without ending."""
    return f"{edition}/record/{name}"


def read(home: Path, names: Collection[str] = (), memo: Memo = NONE) -> Project:
    """Read the project at `home`: all of its editions, or those named. Nothing is raised.

    A `memo` knows what was read of the same texts before; then pages are read to their end.
    """
    found = reader(home).read(names, memo)
    for page in (*found.every.values(), *found.guide.values()) if memo is not NONE else ():
        vars(page).update(memo.of((page.path, page.text), page.read))
    memo.keep()
    return found


class Reader:
    """Reads a project again and again: a file that did not change on disk is the same value."""

    def __init__(self, home: Path) -> None:
        self.home, self.docs = home, home / "docs"
        self._held: dict[Path, tuple[tuple[int, ...], Any]] = {}
        self._findings: list[Finding] = []
        self._memo = NONE

    def read(self, names: Collection[str] = (), memo: Memo = NONE) -> Project:
        """The project as it is now; with `names`, of its editions only these are read."""
        self._findings, self._memo = [], memo
        more = {path.stem for path in (self.docs / LEDGERS).glob("*.yml")}.difference(NAMES)
        ledgers = {n: self._ledger(f"{LEDGERS}/{n}.yml", n) for n in (*NAMES, *sorted(more))}
        configs = {path.name: self._text(path) for path in sorted(self.home.glob("mkdocs*.yml"))}
        settings = ledger.load(configs.get(SETTINGS, ""), SETTINGS, tagged=True)
        self._findings += settings.findings
        listed = ledgers[editions.LEDGER]
        known = editions.read(listed, settings)
        if listed.findings:  # that is told; the pages are checked all the same
            found = (path.name for path in reversed(_children(self.docs)))
            plain = tuple(Edition(name, "") for name in found if _NAME.fullmatch(name))
            known = known._replace(every=plain)
        self._findings += self._places(listed, known, settings, configs)
        known = self._with_words(known)
        wanted = [name for name in known.names if not names or name in names]
        guide = [GUIDE] if os.path.lexists(self.docs / GUIDE) else []
        tree, over = _Tree(self.docs, _PUBLISHED), _Tree(self.home / FOLDER)
        for folder in (*known.names, *guide):
            tree.visit(folder)
        if over.root.is_dir():
            over.visit("")
        held = (path.split("/", 2) for path in tree.files if path.endswith(".md"))
        texts = ["/".join(parts) for parts in held if parts[1] in known.locales]
        read = {path: self._kept(self.docs / path, None, partial(Page, path)) for path in texts}
        pages = {path: page for path, page in read.items() if page}
        every = {path: page for path, page in pages.items() if page.edition != GUIDE}
        snippets = {path: page for path, page in every.items() if page.name.startswith(SNIPPETS)}
        every = {p: page.including(snippets) for p, page in every.items() if p not in snippets}
        asked = [path for path in tree.files if path.split("/")[0] in wanted]
        ledgers |= self._of_editions(known, wanted, guide)
        for path in asked:
            if path.endswith((".yml", ".lock")) and path.removesuffix(".yml") not in ledgers:
                tree.refuse(path, "is no ledger that anything reads")
        for file in (*_children(self.docs / LEDGERS), *_children(self.docs / DRAWINGS)):
            if file.name[0] != "." and file.name not in LOCKS and file.suffix != ".yml":
                place = files.shown(file, self.home)  # told, not refused: nobody publishes it
                why = "is no ledger that anything reads"
                self._findings.append(Finding(place, 1, files.UNREADABLE, why))
        listing = [held for name, held in ledgers.items() if name.endswith(entries.LEDGER)]
        kinds = {item["kind"] for held in listing for _, item in entries.items(held)}
        for lock, kind in LOCKS.items():
            path = f"{LEDGERS}/{lock}"
            if kind in kinds or os.path.lexists(self.docs / path):
                ledgers[lock] = self._ledger(path, lock)
        pictures = self._pictures(self.docs, asked)
        sheets = self._texts(self.docs, asked, frozenset({".css"}))
        theme = self._pictures(over.root, over.files)
        shown = self._texts(over.root, over.files, TEXTS)
        drawn = [f"{DRAWINGS}/{path.name}" for path in sorted((self.docs / DRAWINGS).glob("*.yml"))]
        drawings = {path: self._ledger(path, "drawing") for path in drawn}
        self._memo = NONE  # it is large, and this reader stays
        told = [*self._findings, *tree.findings, *over.findings]
        # What is wrong with other editions is not asked for.
        others = tuple(f"docs/{name}/" for name in known.names if name not in wanted)
        return Project(
            self.home,
            known,
            {path: page for path, page in every.items() if page.edition in wanted},
            pictures,
            ledgers,
            settings.data if isinstance(settings.data, dict) else {},
            drawings,
            tuple(uses.elsewhere(sheets, configs, pictures, theme)),
            Theme(
                theme,
                {**{f"{FOLDER}/{name}": text for name, text in shown.items()}, **configs},
                frozenset(path.partition("/")[2] for path in pictures),
            ),
            tuple(finding for finding in told if not finding.path.startswith(others)),
            frozenset(tree.refused),
            tuple(wanted),
            {name: _page_names(name, texts) for name in known.names},
            every,
            {path: page for path, page in pages.items() if page.edition == GUIDE},
            tuple(page for page in pages.values() if page.edition in wanted),
        )

    def _of_editions(
        self, known: Editions, wanted: Iterable[str], guide: Iterable[str]
    ) -> dict[str, Ledger]:
        """What archived editions keep, and the ledgers of pages."""
        forms = {record(edition, name): name for edition in known.names[1:] for name in RECORDED}
        for folder in (*(wanted if len(known.locales) > 1 else ()), *guide):
            forms[f"{folder}/{stamps.LEDGER}"] = stamps.LEDGER
        for folder in (f"{edition}/{locale}" for edition in wanted for locale in known.locales):
            if (self.docs / folder).is_dir():
                forms[f"{folder}/{search.ASKED}"] = search.ASKED
        return {path: self._ledger(f"{path}.yml", form) for path, form in forms.items()}

    def _places(
        self, listed: Ledger, known: Editions, settings: Ledger, configs: Mapping[str, str]
    ) -> Iterator[Finding]:
        """What lies in docs/, and what the ledger and the settings say of it, must agree."""
        if not known.locales and not settings.findings:
            message = "the plugin i18n names no languages"
            yield settings.finding("locale-unknown", message, "plugins", "i18n")
        for index, edition in enumerate(known.every):
            own = ledger.load(configs.get(edition.config, ""), edition.config, tagged=True)
            leaves, name = dict(ledger.walk(own.data)), edition.name
            for place, said in (("docs_dir",), f"docs/{name}"), (("extra", "edition"), name):
                if (value := leaves.get(place, said)) != said:
                    message = f"'{value}' is of another edition than '{name}'"
                    yield own.finding("edition-unknown", message, *place)
            for at, to in leaves.items():  # MkDocs stops at one, and names neither
                nav = isinstance(to, str) and at[0] == "nav"
                if nav and urls.resolve(to, "", urls.Origin()).status == urls.MALFORMED:
                    yield own.finding("link-malformed", f"'{to}' is no address", *at)
            if edition.config != SETTINGS:  # of which that is told
                yield from own.findings
            held = own.sound if isinstance(own.sound, dict) else {"INHERIT": SETTINGS}
            if "hooks" in held or posixpath.normpath(str(held.get("INHERIT"))) != SETTINGS:
                hooks = held["hooks"] if isinstance(held.get("hooks"), list) else []
                if lacking := _HOOKS.difference(
                    "/".join(Path(str(each)).parts[-2:]) for each in hooks
                ):
                    message = f"`hooks` lacks {', '.join(sorted(lacking))}"
                    yield own.finding("hook-missing", message, "hooks")
            for needed, key in ((f"docs/{edition.name}", "name"), (edition.config, "config")):
                if not (self.home / needed).exists():
                    message = f"edition '{edition.name}' has no {needed}"
                    yield listed.finding("edition-unknown", message, index, key)
        for path in _children(self.docs) if known.every else ():
            ours = path.name in OTHERS.union(known.names) or path.name.startswith(".")
            if path.is_dir() and not ours:
                message = "the editions ledger names no such edition"
                yield Finding(files.shown(path, self.home), 1, "edition-unknown", message)
        for folder in (*known.names, GUIDE) if known.locales else ():
            for path in _children(self.docs / folder):
                # A page beside the languages would be published, and checked by nobody.
                like = _LOCALE.fullmatch(path.name) or path.suffix == ".md"
                paged = like or any(path.glob("**/*.md"))
                if not path.is_dir() if path.name in known.locales else paged:
                    message = "is no folder of a language that mkdocs.yml names"
                    yield Finding(files.shown(path, self.home), 1, "locale-unknown", message)

    def _with_words(self, known: Editions) -> Editions:
        """The editions in those languages that have all their words; in none without originals."""
        faults = [list(words.check(language)) for language in known.languages]
        self._findings += (finding for found in faults for finding in found)
        whole = [each for each, found in zip(known.languages, faults, strict=True) if not found]
        original = known.languages[:1] == tuple(whole[:1])
        return known._replace(languages=tuple(whole) if original else ())

    def _text(self, path: Path) -> str:
        return self._kept(path, "", str)

    def _ledger(self, path: str, schema: str) -> Ledger:
        """Read a ledger; one that cannot be read is its finding, in its own place."""
        file, place = self.docs / path, files.shown(self.docs / path, self.home)
        if not os.path.lexists(file):
            return ledger.missing(place)
        if not (ledger.SCHEMAS / f"{schema}.schema.json").exists():
            message = f"no ledger is called '{schema}'"
            return Ledger(place, findings=(Finding(place, 1, "ledger-schema", message),))
        try:
            found: Ledger = self._read(
                file,
                lambda text: self._memo.of((text, place, schema), ledger.load, text, place, schema),
            )
            return found
        except InputError as error:
            return Ledger(place, findings=(error.finding,) if error.finding else ())

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
        return {name: self._text(root / name) for name in names if files.suffix(name) in suffixes}

    def _pictures(self, root: Path, names: Iterable[str]) -> dict[str, probe.File]:
        paths = {name: root / name for name in names if files.suffix(name) in probe.SUFFIXES}
        stamps = {name: _stamp(path) for name, path in paths.items()}
        new = {
            name: path
            for name, path in paths.items()
            if self._held.get(path, ((), None))[0] != stamps[name]
        }
        for name, file in probe.read(new, self.home / probe.CACHE).items():
            self._held[paths[name]] = (stamps[name], file)
        return {name: self._held[path][1] for name, path in paths.items()}


# Of a project: what it knows is known to the processes forked from this one.
reader = lru_cache(maxsize=1)(Reader)


def _page_names(edition: str, pages: Iterable[DocsPath]) -> frozenset[str]:
    """The names of an edition's pages, in whichever language they exist: `plus/apple`."""
    held = (path.split("/", 2)[2] for path in pages if path.startswith(f"{edition}/"))
    return frozenset(name.removesuffix(".md") for name in held if not name.startswith(SNIPPETS))


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes with a file's content; () where there is no file."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


class _Tree:
    """The plain files of folders below a root, in order; all else is refused, and told."""

    def __init__(self, root: Path, suffixes: Container[str] = ()) -> None:
        self.root = root
        self.suffixes = suffixes  # of the files that it may have, or else any
        self.files: list[DocsPath] = []
        self.refused: set[DocsPath] = set()
        self._pages: set[str] = set()  # addresses
        self.findings: list[Finding] = []
        self._real = os.path.realpath(root)

    def visit(self, folder: DocsPath) -> None:
        """Note what a folder holds, down to its last file."""
        try:
            with os.scandir(self.root / folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self.refuse(folder, f"cannot be read: {error.strerror}")
            return
        for entry in entries:
            path = posixpath.join(folder, entry.name)
            try:
                fault = self._fault(entry)
            except OSError as error:
                fault = f"cannot be read: {error.strerror}"
            if not fault and (address := _PAGE.sub("", path.casefold())) != path.casefold():
                fault = "has the address of another page" * (address in self._pages)
                self._pages.add(address)
            if fault:
                self.refuse(path, fault)
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
        suffix = files.suffix(entry.name)
        known = suffix in self.suffixes and (suffix != ".md" or entry.name.endswith(suffix))
        if self.suffixes and entry.name[0] != "." and not known:  # .MD is no page to MkDocs
            return "is neither page nor picture nor ledger: it would be published as it is"
        if self.suffixes and entry.name.startswith(".ht"):
            return "holds settings of a host: nothing publishes it, and deploy/ has those of ours"
        if suffix == ".vtt" and not _CAPTIONS.fullmatch(Path(entry.path).read_bytes()):
            return "is no WebVTT, or holds tags that captions do not have"
        return ""

    def refuse(self, path: DocsPath, why: str) -> None:
        """Note a file that is not published, and why."""
        self.refused.add(path)
        shown = files.shown(self.root / path, self.root.parent)
        self.findings.append(Finding(shown, 1, files.UNREADABLE, why))
