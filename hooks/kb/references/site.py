"""A built tree on disk -> the graph: its files, what each refers to, which ids each page has."""

import json
import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from kb import files, html, pool
from kb.nearest import Names
from kb.references import extract, formats, urls
from kb.references.extract import IGNORE_ATTRIBUTES, Page

_LARGE = 8_000_000  # bytes
Markdown = Callable[[str], Page]
PAGES = (".html", ".htm", ".xhtml")
_INDEXES = ("index.html", "index.htm", "index.xhtml")


@dataclass(frozen=True)
class Site:
    """A built tree; paths count from its root."""

    root: Path
    label: str  # how findings name the root
    home: urls.Origin
    files: frozenset[str]
    folders: frozenset[str]
    pages: Mapping[str, Page]  # HTML
    others: Mapping[str, Page]  # style sheets, sitemaps, search indexes, redirects
    opaque: frozenset[str] = frozenset()  # paths whose content is not ours to read
    unreadable: tuple[tuple[str, str], ...] = ()  # files and folders that were not read, and why
    # What reads Markdown, where files of a folder are checked, no site: folders need no index then.
    markdown: Markdown | None = None
    asks: bool = False  # not all files are known: the disk is asked
    _beside: dict[str, Page | None] = field(default_factory=dict)  # read when they are asked for

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
) -> Site:
    """Read a built tree into a graph; `site_url` is the public address of its root.

    With `markdown` the pages are its Markdown files; with `only` no more is read than these.

    Findings name the root by `label`, or else as it was given.
    What carries one of `ignore_attributes`, `data-kb-ignore` or `data-proofer-ignore` is left out.
    Raises NotADirectoryError when there is no such folder.
    """
    root = site.resolve()
    if not root.is_dir():
        raise NotADirectoryError(f"{site}: no such folder")
    tree = _Walk(root, look=not only)
    ignore = IGNORE_ATTRIBUTES.union(ignore_attributes)

    def read(paths: Sequence[str]) -> list[Page | str]:
        return [_read(root / path, path, ignore, markdown) for path in paths]

    wanted = sorted(only or (path for path in tree.files if _is_read(path, markdown)))
    pages: dict[str, Page] = {}
    others: dict[str, Page] = {}
    # Few large pages are as much work as many small ones.
    sizes = islice((_size(root / path) for path in wanted), pool.ENOUGH)
    enough = 2 if sum(sizes) > _LARGE else pool.ENOUGH
    results = (page for chunk in pool.spread(read, wanted, enough) for page in chunk)
    for path, page in zip(wanted, results, strict=True):
        if isinstance(page, str):
            tree.skip(path, page, exists=True)
        elif path.endswith((*PAGES, ".md")):
            pages[path] = page
        else:
            others[path] = page
    return Site(
        root,
        label or files.shown(site, Path.cwd()),
        urls.origin(site_url),
        frozenset(tree.files),
        frozenset(tree.folders),
        pages,
        others,
        frozenset(tree.opaque),
        tuple(tree.unreadable),
        markdown,
        bool(only),
    )


class _Walk:
    """All files and folders below a root; links that leave it or run in circles stay unread."""

    def __init__(self, root: Path, *, look: bool = True) -> None:
        self.files: list[str] = []
        self.folders: list[str] = []
        self.opaque: list[str] = []
        self.unreadable: list[tuple[str, str]] = []
        self._root = os.path.realpath(root)
        if look:
            self._visit(self._root, "", linked=False)

    def skip(self, path: str, reason: str, *, exists: bool) -> None:
        """Note a path that is not read; one that exists may be linked to."""
        self.unreadable.append((path, reason))
        if exists:
            self.opaque.append(path)

    def _visit(self, folder: str, prefix: str, *, linked: bool) -> None:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self.skip(prefix.rstrip("/"), error.strerror or "cannot be read", exists=True)
            return
        for entry in entries:
            path = prefix + entry.name
            link = entry.is_symlink()
            if link and not self._follows(entry.path, path, folder, linked):
                continue
            if entry.is_dir():
                self.folders.append(path)
                self._visit(entry.path, path + "/", linked=linked or link)
            elif entry.is_file():
                self.files.append(path)

    def _follows(self, link: str, path: str, folder: str, linked: bool) -> bool:
        target = os.path.realpath(link)
        if target != self._root and not target.startswith(self._root + os.sep):
            self.skip(path, "a symbolic link out of the site", exists=True)
        elif not Path(target).exists():
            self.skip(path, "a symbolic link that leads nowhere or in a circle", exists=False)
        elif f"{os.path.realpath(folder)}{os.sep}".startswith(f"{target}{os.sep}"):
            self.skip(path, "a symbolic link that runs in a circle", exists=True)
        elif linked and Path(target).is_dir():
            self.opaque.append(path)  # links within linked folders could multiply without end
        else:
            return True
        return False


def _is_read(path: str, markdown: Markdown | None) -> bool:
    if markdown:
        return path.endswith(".md")
    return path.endswith((*PAGES, ".css", ".svg")) or formats.reader(path) is not None


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
