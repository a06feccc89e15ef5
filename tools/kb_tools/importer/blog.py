"""An old blog on disk: its settings, its posts, where each lay and lies now, and its files."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from kb import files, ledger
from kb.data import beside
from kb.finding import Finding, InputError
from kb_tools.importer import front

CONFIG = "_config.yml"
ENDINGS = (".md", ".markdown", ".mkd", ".mkdn", ".mdown")
_OTHERS = (".html", ".htm", ".textile", ".org", ".rst", ".adoc")  # posts that are no Markdown
_HOMES = ("_posts", "_drafts", "*/_posts", "*/_drafts")  # of Jekyll, and of a `source` folder
_KNOWN = beside(__file__)
_DATED = re.compile(r"(?P<date>\d{4}-\d{1,2}-\d{1,2})-(?=.)")
ADDRESS = re.compile(r"/(?:(?!\.{1,2}/)[^/?#\\<>\"\s\x00-\x1f\x7f]+/)+")
NAME = re.compile(r"[\s<>\"\\#?%&{}|*:\x00-\x1f\x7f]+")
_WHERE = re.compile(r"\A(?:([A-Za-z][\w+.-]*):)?(?://([^/?#]*))?([^?#]*)")  # of an address
MOVED = ("aliases", "alias", "redirect_from")  # further old addresses
_NO = ("", "false", "no", "off", "0", "none")


class Post(NamedTuple):
    """One file: its head and text, its date, and under which name its page goes."""

    file: Path
    front: front.Front
    when: date | datetime | None
    name: str
    address: str  # where the old blog had it; `:` is left in it where that is not known
    aliases: tuple[str, ...] = ()
    out: str = ""  # why it is left out

    @property
    def title(self) -> str:
        """The title of the post, or the name of its file."""
        return " ".join(str(self.front.meta.get("title") or "").split())


class Blog:
    """The folder of a blog: of the first of the given paths, or the one above it with settings."""

    def __init__(self, given: Sequence[Path], permalink: str = "") -> None:
        first = given[0].resolve()
        folder = first if first.is_dir() else first.parent
        holders = (each for each in (folder, *folder.parents) if (each / CONFIG).is_file())
        self.root = next(holders, folder)
        path = self.root / CONFIG
        text = files.read_text(path) if path.is_file() else ""
        held = ledger.load(text, files.shown(path), tagged=True)
        config: dict[str, Any] = held.data or {}
        if held.findings or not isinstance(config, dict):  # no address would be the old one
            why = Finding(files.shown(path), 1, files.UNREADABLE, "holds no settings by name")
            raise InputError(next(iter(held.findings), why))
        self.hexo = not config or not config.keys().isdisjoint(_KNOWN["settings"])
        usual = _KNOWN["hexo" if self.hexo else "jekyll"]
        read = config.get(usual["reader"])
        said = read.get(usual["key"]) if isinstance(read, dict) else None
        self.breaks: bool = usual["breaks"] if said is None else bool(said)
        url, base = str(config.get("url") or ""), config.get("root") or config.get("baseurl") or ""
        self.base = "/" + str(base).strip("/")
        real = re.match(r"https?://(?!(?:www\.)?(?:example|yoursite)\.com)", url)
        self.url = url.rstrip("/") if real else ""
        self.zone = _zone(str(config.get("timezone") or ""))
        pattern = permalink or str(config.get("permalink") or usual["permalink"])
        self.pattern = _KNOWN["permalinks"].get(pattern, pattern)
        self.dated_slug = self.hexo and ":year" not in str(config.get("new_post_name", ":year"))
        self.category = str(config.get("default_category") or "uncategorized")

    def posts(self, given: Iterable[Path]) -> Iterator[Path]:
        """The files named, and those below the folders named; InputError for one without posts."""
        for path in given:
            if not path.is_dir():
                yield path
                continue
            homes = [home for name in _HOMES for home in path.glob(name) if home.is_dir()]
            if not homes and {"_posts", "_drafts"} & {*path.resolve().parts}:
                homes = [path]
            files_ = sorted(
                file
                for home in homes
                for file in home.rglob("*")
                if file.suffix.lower() in (*ENDINGS, *_OTHERS) and file.is_file()
            )
            if not files_:
                raise InputError(
                    f"{files.shown(path)} is no blog with posts: none of "
                    f"{', '.join(_HOMES)} holds a file with {', '.join(ENDINGS)}; "
                    "give the folder that holds them, or each post by its name"
                )
            yield from files_

    def read(self, file: Path) -> tuple[Post, list[Finding]]:
        """A post; InputError for what cannot be read."""
        shown = files.shown(file)
        if file.is_symlink() and not file.resolve().is_relative_to(self.root):
            raise InputError(Finding(shown, 1, files.UNREADABLE, "leads out of the blog"))
        if not shown.isprintable() or any("\ud800" <= char <= "\udfff" for char in file.name):
            raise InputError(Finding(shown, 1, files.UNREADABLE, "its name is no UTF-8 text"))
        text, findings = decoded(file)
        head = front.read(text, shown)
        meta, stem = head.meta, file.stem
        dated = _DATED.match(stem)
        day = front.when(meta["date"], self.zone) if meta.get("date") else None
        if meta.get("date") and day is None:
            at = re.search(r"(?m)^[ \"]*date", text)
            line = text.count("\n", 0, at.start()) + 1 if at else 1
            message = f"nothing is known of the date {str(meta['date'])[:40]!r}"
            findings.append(Finding(shown, line, "legacy-front-matter", message))
        day = day or (front.when(dated["date"], None) if dated else None)
        slug = stem[dated.end() :] if dated else stem
        if slug == "index" and file.parent.name not in ("_posts", "_drafts"):
            slug = file.parent.name
        public, draft = str(meta.get("published", 1)).lower(), str(meta.get("draft", 0)).lower()
        if file.suffix.lower() in _OTHERS:
            out = "it is no Markdown"
        elif public in _NO or draft not in _NO:
            out = "it is not published"
        else:
            out = "it is a draft" if "_drafts" in file.parts else ""
        pattern = str(meta.get("permalink") or self.pattern)
        address = self._address(pattern, stem if self.dated_slug else slug, day, head)
        aliases = front.words([meta.get(key) for key in MOVED])
        name = NAME.sub("-", slug).strip("-.") or "post"
        return Post(file, head, day, name, address, tuple(map(self.rooted, aliases)), out), findings

    def _address(self, pattern: str, slug: str, day: date | None, head: front.Front) -> str:
        categories = list(front.words(head.meta.get("categories") or head.meta.get("category")))
        many = "/".join(categories if self.hexo else map(str.lower, categories))
        parts = {"title": slug, "name": slug, "slug": slug, "categories": many}
        parts["category"] = categories[0] if categories else self.category
        if day:
            parts |= {key: f"{day:{form}}" for key, form in _KNOWN["parts"].items()}
        return self.rooted(re.sub(r":(\w+)", lambda word: parts.get(word[1], word[0]), pattern))

    def rooted(self, path: str) -> str:
        """An address from the host's root, ending in a slash."""
        inner = "/".join(part for part in f"{self.base}/{path}".split("/") if part)
        inner = re.sub(r"(?:^|/)index\.html?$", "", inner)
        return f"/{inner}/" if inner else "/"

    def key(self, address: str) -> str:
        """What all forms of an address have in common; "" for one on another host."""
        path = self.path(address).rstrip("/")
        return re.sub(r"(?i)(?:/index)?\.html?$", "", path).strip("/")

    def path(self, address: str) -> str:
        """The path of an address on this blog's host, or beside the post; "" for other hosts'."""
        away, host, written = _WHERE.findall(address)[0]
        if (away or host) and not (host and host == _WHERE.findall(self.url)[0][1]):
            return ""
        path = unquote(written)
        base = f"{self.base.rstrip('/')}/"
        return f"/{path.removeprefix(base)}" if path[:1] == "/" and path.startswith(base) else path

    def file(self, path: str, post: Path) -> Path | None:
        """A file of the blog, as a post of it names it: never one outside."""
        home = post.resolve().parent
        return self._first(path, home / post.stem, home, self.root / "source", self.root)

    def code(self, name: str) -> str | None:
        """The text of a file that `include_code` names; None for none that can be read."""
        homes = (self.root / home for home in ("source/downloads/code", "source/_code", "source"))
        try:
            found = self._first(name, *homes)
            return decoded(found)[0] if found else None
        except InputError:
            return None

    def _first(self, path: str, *homes: Path) -> Path | None:
        for home in homes:
            try:
                found = (home / path.lstrip("/")).resolve()
                if found.is_relative_to(self.root) and found.is_file():
                    return found
            except (OSError, ValueError):  # a name that no disk takes
                return None
        return None


def decoded(file: Path) -> tuple[str, list[Finding]]:
    """The text of a post: UTF-8, or line by line GB 18030, as Chinese editors mixed them."""
    data = files.read_bytes(file).removeprefix(b"\xef\xbb\xbf")
    lines, findings, shown = [], list[Finding](), files.shown(file)
    whole = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\0" in whole:
        at = whole.count(b"\n", 0, whole.index(b"\0")) + 1
        raise InputError(Finding(shown, at, files.UNREADABLE, "holds a NUL: it is no text"))
    for number, line in enumerate(whole.split(b"\n"), 1):
        try:
            lines.append(line.decode())
        except UnicodeDecodeError:
            try:
                lines.append(line.decode("gb18030"))
            except UnicodeDecodeError:
                fault = Finding(shown, number, files.UNREADABLE, "is neither UTF-8 nor GB 18030")
                raise InputError(fault) from None
            if not findings:
                message = "this is no UTF-8 and is read as GB 18030"
                findings.append(Finding(shown, number, "legacy-changed", message))
    return "\n".join(lines), findings


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):
        return None


def folded(path: Path) -> str:
    """A name as a disk that knows no capitals sees it; MkDocs takes a README for an index."""
    name = unicodedata.normalize("NFC", f"{path}").casefold()
    return re.sub(r"(?<![^/])readme\.md$", "index.md", name)


def relative(path: PurePosixPath | Path, start: PurePosixPath | Path) -> str:
    """A path as seen from a folder."""
    return Path(os.path.relpath(path, start)).as_posix()
