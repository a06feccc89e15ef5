"""A built tree on disk -> the graph: its files, what each refers to, which ids each page has."""

import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from kb import files, html, pool
from kb.nearest import Names
from kb.references import extract, formats, urls
from kb.references.extract import IGNORE_ATTRIBUTES, Page

if TYPE_CHECKING:  # loading it takes memory that a mere look at links need not have
    from kb.kept import Memo

_LARGE = 8_000_000  # bytes
Markdown = Callable[[str], Page]
PAGES = (".html", ".htm", ".xhtml")
_INDEXES = ("index.html", "index.htm", "index.xhtml")


@dataclass
class Site:
    """A built tree; paths count from its root."""

    root: Path  # without links in it
    label: str  # how findings name the root
    home: urls.Origin
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    pages: dict[str, Page] = field(default_factory=dict)  # HTML
    # style sheets, sitemaps, search indexes, redirects
    others: dict[str, Page] = field(default_factory=dict)
    opaque: set[str] = field(default_factory=set)  # paths whose content is not ours to read
    # files and folders that were not read, and why
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    # What reads Markdown, where files of a folder are checked, no site: folders need no index then.
    markdown: Markdown | None = None
    asks: bool = False  # not all files are known: the disk is asked
    _beside: dict[str, Page | None] = field(default_factory=dict)  # read when they are asked for

    def skip(self, path: str, reason: str, *, exists: bool = True) -> None:
        """Note a path that is not read; one that exists may be linked to."""
        self.unreadable.append((path, reason))
        if exists:
            self.opaque.add(path)

    def walk(self, prefix: str = "", *, linked: bool = False) -> None:
        """Note all files and folders; links that leave the root or run in circles stay unread."""
        try:
            with os.scandir(self.root / prefix) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self.skip(prefix.rstrip("/"), error.strerror or "cannot be read")
            return
        for entry in entries:
            path = prefix + entry.name
            link = entry.is_symlink()
            if link and not self._follows(entry.path, path, linked):
                continue
            if entry.is_dir():
                self.folders.add(path)
                self.walk(path + "/", linked=linked or link)
            elif entry.is_file():
                self.files.add(path)

    def _follows(self, link: str, path: str, linked: bool) -> bool:
        root, target = str(self.root), os.path.realpath(link)
        folder = os.path.realpath(self.root / path.rpartition("/")[0])
        if target != root and not target.startswith(root + os.sep):
            self.skip(path, "a symbolic link out of the site")
        elif not Path(target).exists():
            self.skip(path, "a symbolic link that leads nowhere or in a circle", exists=False)
        elif f"{folder}{os.sep}".startswith(f"{target}{os.sep}"):
            self.skip(path, "a symbolic link that runs in a circle")
        elif linked and Path(target).is_dir():
            self.opaque.add(path)  # links within linked folders could multiply without end
        else:
            return True
        return False

    def find(self, path: str) -> str | None:
        """The file that a host serves for a path: the file itself or a folder's index page."""
        if self.is_file(path) or (self.markdown and self.is_folder(path.rstrip("/"))):
            return path
        folder = not path or path.endswith("/")
        start = path if folder else f"{path}/"
        served = [f"{start}{name}" for name in _INDEXES] + [f"{path}.html"] * (not folder)
        return next((each for each in served if self.is_file(each)), None)

    def is_file(self, path: str) -> bool:
        """Whether a file lies there."""
        return path in self.files or self._asked(os.path.isfile, path)

    def is_folder(self, path: str) -> bool:
        """Whether a folder lies there."""
        return path in self.folders or self._asked(os.path.isdir, path)

    def _asked(self, exists: Callable[[str], bool], path: str) -> bool:
        return self.asks and exists(f"{self.root}/{path}")

    def is_opaque(self, path: str) -> bool:
        """Whether nothing is known of a path: it lies behind a link out of the site."""
        return any(path == held or path.startswith(held + "/") for held in self.opaque)

    def ids(self, path: str) -> frozenset[str] | None:
        """The ids that a link can name in a page or SVG file; None for any other file."""
        page = self.pages.get(path)
        if page is None and path.endswith(".svg"):
            page = self.others.get(path)
        elif page is None and self.markdown and path.endswith((*PAGES, ".md")):
            if path not in self._beside:
                found = _read(self.root / path, path, frozenset(), self.markdown)
                self._beside[path] = found if isinstance(found, Page) else None
            page = self._beside[path]
        return page.ids if page else None

    @cached_property
    def prefix(self) -> str:
        """The path on its host that the pages' canonical addresses give the site: `docs/`."""
        for path, page in islice(self.pages.items(), 20):
            mine = short(path).strip("/")
            for reference in page.references:
                if reference.kind == "canonical":
                    address = short("/".join(urls.origin(reference.url).root)).strip("/")
                    if f"/{address}".endswith(f"/{mine}" if mine else ""):
                        return address.removesuffix(mine).strip("/") + "/"
        return ""

    @cached_property
    def redirected(self) -> re.Pattern[str]:
        """The paths that the host is told to answer, besides those of files; no rule for all."""
        known = [self.others[name] for name in ("_redirects", ".htaccess") if name in self.others]
        rules = [r.element.strip("/") for page in known for r in page.references]
        spelt = [re.sub(r"/:\w+(?=/|\Z)", "/[^/]+", re.escape(rule)) for rule in rules]
        told = [re.sub(r"(/)?\\\*\Z", r"(?:\1.*)?", part) for part in spelt if part != r"\*"]
        return re.compile("|".join(told) if told else "(?!)")

    @cached_property
    def names(self) -> Names:
        """All files, for finding the nearest to a missing one."""
        return Names(sorted(map(short, self.files)))

    @cached_property
    def editions(self) -> tuple[str, ...]:
        """The folders of the editions, the current one first, from the root's versions.json."""
        if "versions.json" not in self.files:
            return ()
        try:
            listed = json.loads((self.root / "versions.json").read_bytes())
            return tuple(str(entry["version"]) for entry in listed)
        except (OSError, ValueError, TypeError, KeyError):
            return ()


def short(path: str) -> str:
    """A page's path as a reader knows it: `plus/index.html` -> `plus/`."""
    head, slash, name = path.rpartition("/")
    return head + slash if name == "index.html" else path


def read_site(
    site: Path,
    *,
    site_url: str = "",
    label: str = "",
    ignore_attributes: Collection[str] = (),
    markdown: Markdown | None = None,
    only: Sequence[str] = (),
    memo: "Memo | None" = None,
) -> Site:
    """Read a built tree into a graph; `site_url` is the public address of its root.

    With `markdown` the pages are its Markdown files; with `only` no more is read than these;
    `memo` knows what was read of the same files before.

    Findings name the root by `label`, or else as it was given.
    What carries one of `ignore_attributes`, `data-kb-ignore` or `data-proofer-ignore` is left out.
    Raises NotADirectoryError when there is no such folder.
    """
    root = site.resolve()
    if not root.is_dir():
        raise NotADirectoryError(f"{site}: no such folder")
    known = Site(root, label or files.shown(site, Path.cwd()), urls.origin(site_url))
    known.markdown, known.asks = markdown, bool(only)
    if not only:
        known.walk()
    ignore = IGNORE_ATTRIBUTES.union(ignore_attributes)

    def read(paths: Sequence[str]) -> list[Page | str]:
        return [_read(root / path, path, ignore, markdown) for path in paths]

    ends = (".md",) if markdown else (*PAGES, ".css", ".svg")
    ours = (p for p in known.files if p.endswith(ends) or (not markdown and formats.reader(p)))
    wanted = sorted(only or ours)

    def made(new: Sequence[str]) -> Iterable[list[Page | str]]:
        # Few large pages are as much work as many small ones.
        sizes = islice((_size(root / path) for path in new), pool.ENOUGH)
        return pool.spread(read, new, 2 if sum(sizes) > _LARGE else pool.ENOUGH)

    fresh = () if memo else zip(wanted, chain.from_iterable(made(wanted)), strict=True)
    for path, page in memo.files(root, wanted, made).items() if memo else fresh:
        if isinstance(page, str):
            known.skip(path, page)
        elif path.endswith((*PAGES, ".md")):
            known.pages[path] = page
        else:
            known.others[path] = page
    return known


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _read(
    file: Path, path: str, ignore: frozenset[str], markdown: Markdown | None = None
) -> Page | str:
    """What a file refers to, or why it cannot be told."""
    try:
        text = html.decode(file.read_bytes())
    except OSError as error:
        return (error.strerror or "cannot be read").lower()
    except ValueError as error:
        return str(error)
    if path.endswith(".md") and markdown:
        return markdown(text)
    reader = extract.stylesheet if path.endswith(".css") else formats.reader(path)
    return Page(extract.pack(reader(text))) if reader else extract.page(text, ignore)
