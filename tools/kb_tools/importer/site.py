"""Where imported pages go, how they are found by what they were, and the ledgers of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from kb import editions, files, ledger, project
from kb.finding import InputError
from kb.pictures import entries, fresh
from kb.root import REDIRECTS
from kb.text.page import Markdown
from kb_tools import mend, writing
from kb_tools.gfm import page
from kb_tools.importer.blog import NAME, Blog, Post, folded

_LISTED = re.compile(r"\{:?[^{}\n]*?#([\w:.-]+)[^{}\n]*\}")  # kramdown's attributes with an id
NAMED = re.compile(r"<\w+\s[^<>]*?(?<![\w-])(?:id|name)=[\"']?([^\"'\s<>]+)")
_SLUG = re.compile(r"[\s~`!@#$%^&*()\-+=\[\]{}|\\;:\"'<>,.?/\x00-\x1f]+")


class Site:
    """The project on one side, the blog on the other."""

    def __init__(self, home: Path, to: Path, blog: Blog) -> None:
        self.home, self.to, self.blog = home.resolve(), to.resolve(), blog
        held = project.read(home, ["none"])
        self.known, self.render = held.editions, page.renderer(held.settings)
        inside = self.to.relative_to(self.home).parts if self.to.is_relative_to(self.home) else ()
        docs, self.edition, self.locale = (*inside[:3], "", "", "")[:3]
        if (
            docs != "docs"
            or not (self.edition in self.known.names and self.locale in self.known.locales)
            or any(NAME.search(part) or part[0] == "." for part in inside[3:])
        ):
            raise InputError(
                f"--to {to} is no folder of a language: docs/EDITION/LOCALE, or one below it "
                f"with a plain name "
                f"(editions: {', '.join(self.known.names)}; {', '.join(self.known.locales)})"
            )
        if file := next((each for each in (self.to, *self.to.parents) if each.is_file()), None):
            raise InputError(f"--to {to}: {file} is a file")
        shared = f"{project.LEDGERS}/{entries.LEDGER}"
        current = self.edition == self.known.current
        own = shared if current else project.record(self.edition, entries.LEDGER)
        self.redirects = Ledger(self.home, f"{project.LEDGERS}/{REDIRECTS}", REDIRECTS, "from")
        self.pictures = Ledger(self.home, own, entries.LEDGER, "path")
        self.findings = [*self.redirects.findings, *self.pictures.findings]
        there = self.to.iterdir() if self.to.is_dir() else ()
        self.there = {folded(each): each for each in there}
        self.pages: dict[Path, Post] = {}
        self.twins: dict[Path, Path] = {}  # a page with a name of its own -> the post that has its
        self.by_address: dict[str, Path] = {}
        self.by_name: dict[str, Path] = {}
        self.copies: dict[str, Path] = {}  # of files, by what they hold
        self.held: dict[str, str] = {}  # what each copy holds
        self.anchors: dict[Path, set[str]] = {}

    def place(self, posts: Sequence[Post]) -> Iterator[Post]:
        """Give each post its page and know it by its names and addresses; then all of them."""
        taken: dict[str, Path] = {}
        for post in posts:
            dated = f"{post.when:%Y-%m-%d}-{post.name}" if post.when else post.name
            names = (post.name, dated, *(f"{dated}-{n}" for n in range(2, len(posts) + 2)))
            name = next(name for name in names if folded(self.page(name)) not in taken)
            path = self.page(name)
            if name != post.name:
                self.twins[path] = taken[folded(self.page(post.name))]
            taken[folded(path)] = post.file
            self.pages[path] = post._replace(name=name)
        for spelled in (str, str.casefold):  # two may differ in capitals alone
            for post, path in zip(posts, self.pages, strict=True):
                for known in (post.file.name, post.file.stem, post.name, post.title):
                    self.by_name.setdefault(spelled(known), path)
                for address in (post.address, *post.aliases):
                    self.by_address.setdefault(spelled(self.blog.key(address)), path)
        yield from self.pages.values()

    def named(self, name: str) -> Path | None:
        """The page of a post by its file, name or title."""
        return self.by_name.get(name) or self.by_name.get(name.casefold())

    def page(self, name: str) -> Path:
        """The file of a page."""
        return self.to / f"{name}.md"

    def address(self, path: Path) -> str:
        """A page's address from the site's root."""
        name = path.relative_to(self.home / "docs" / self.edition / self.locale).as_posix()
        inner = editions.page_address(name.removesuffix(".md"), self.locale, self.known.default)
        return f"/{self.edition}/{inner}"

    def slug(self, text: str) -> str:
        """The id that the old generator gave a heading: Hexo keeps its capitals."""
        made = re.sub("__+", "_", _SLUG.sub("-", text).strip("-"))
        return made if self.blog.hexo else made.lower()

    def id(self, path: Path, wanted: str) -> str:
        """The id that a page has for the fragment of a link; "" where it has none."""
        if path not in self.anchors:
            body = self.pages[path].front.body
            held = {self.slug(heading.text) for heading in Markdown(body).headings}
            own = () if self.blog.hexo else _LISTED.findall(body)
            self.anchors[path] = held.union(NAMED.findall(body), own)
        same = (self.slug(wanted), wanted)
        return next(
            (i for i in sorted(self.anchors[path]) if i in same or i.lower() == same[0].lower()), ""
        )

    def commit(self) -> None:
        """Write the ledgers."""
        change = writing.Change(self.home)
        for held in (self.redirects, self.pictures):
            if held.added and not held.findings:
                change.write(held.path, held.text())
        if self.edition == self.known.current and self.pictures.added:
            path = self.home / fresh.LOCK
            lock = (
                ledger.load(files.read_text(path) if path.exists() else "", fresh.LOCK).data or {}
            )
            for entry in self.pictures.added:
                digest = self.held[folded(self.home / "docs" / entry["path"])]
                lock[entry["path"]] = {"captured": entry["captured"], "bytes": digest}
            change.write(fresh.LOCK, mend.lock_text(lock))
        change.commit()


class Ledger:
    """A ledger that is added to, below what people wrote there."""

    def __init__(self, home: Path, path: str, schema: str, key: str) -> None:
        self.path, self.key = f"docs/{path}.yml", key
        there = (home / self.path).exists()
        self.was = files.read_text(home / self.path, home) if there else ""
        held = ledger.load(self.was, self.path, schema if self.was.strip() else "")
        self.findings = held.findings
        self.known = {entry[key]: entry for entry in ([] if held.findings else held.data or [])}
        self.added: list[dict[str, Any]] = []

    def add(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Add an entry, unless one has its key; gives the one that is there then."""
        there: dict[str, Any] = self.known.setdefault(entry[self.key], entry)
        self.added += [entry] if there is entry else []
        return there

    def text(self) -> str:
        """The ledger with what was added."""
        was = re.sub(r"(?m)^\[\][ \t]*(?:\n|\Z)", "", self.was)
        gap = "\n" if was and not was.endswith("\n") else ""
        return (
            was + gap + yaml.safe_dump(self.added, allow_unicode=True, sort_keys=False, width=1000)
        )
