"""A post of the old blog -> a page: front matter mapped, body as Markdown, an account of each loss.

Nothing is ever overwritten. A check does all but write.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import yaml
from PIL import Image

from kb import editions, files, ledger
from kb.finding import Finding
from kb.legacy import tags
from kb.legacy.convert import convert
from kb.text import checks, regions
from kb.text.page import Markdown
from kb.text.places import Places

PERMALINK = ":year/:month/:day/:title/"  # Hexo's default
REDIRECTS = "ledgers/redirects.yml"

Fate = Literal["converted", "kept", "unknown"]
FATES: tuple[Fate, ...] = ("converted", "kept", "unknown")


class Post(NamedTuple):
    """What became of one file: its page ("" when there is none) and each construct, counted."""

    source: str
    page: str
    counts: Counter[tuple[str, Fate]]


def import_posts(
    files: Sequence[Path], to: Path, check: bool, *, permalink: str = PERMALINK
) -> tuple[list[Finding], list[Post]]:
    """Write a page into the folder `to` for each post; with `check` only say what would be done.

    `permalink` is the old blog's pattern for addresses; a post's own `permalink` wins.
    """
    findings: list[Finding] = []
    posts: list[Post] = []
    site = _Site(to)
    findings += site.moved.findings
    for file in files:
        job = _Import(file, site, permalink)
        job.run()
        if job.text:
            job.write()
        findings += job.findings
        posts.append(Post(file.as_posix(), job.page.as_posix() if job.text else "", job.counts))
    if not check:
        site.commit()
    return findings, posts


def render(posts: Sequence[Post]) -> str:
    """The account as text: a table per post."""
    return "\n".join(line for post in posts for line in _table(post))


def _table(post: Post) -> Iterator[str]:
    yield f"{post.source} → {post.page or 'not imported'}"
    yield f"  {'construct':<32}" + "".join(f"{fate:>10}" for fate in FATES)
    for construct in dict.fromkeys(name for name, _ in post.counts):
        counts = (post.counts[construct, fate] or "" for fate in FATES)
        yield f"  {construct:<32}{''.join(f'{count:>10}' for count in counts)}".rstrip()
    yield ""


class _Site:
    """Where the pages go, what is taken there, and the ledger of old addresses."""

    def __init__(self, to: Path) -> None:
        self.to = to
        self.taken: dict[Path, Path] = {}  # what is written in this run, and from which file
        holders = (folder for folder in (to, *to.parents) if (folder / REDIRECTS).parent.is_dir())
        self.docs = next(holders, None)
        self.root = self.docs.parent if self.docs else to
        self.change = files.Change(self.root)
        path = self.docs / REDIRECTS if self.docs else None
        self.text = files.read_text(path, self.root) if path and path.exists() else ""
        settings = self.root / editions.SETTINGS
        text = files.read_text(settings, self.root) if settings.exists() else ""
        known = editions.read(ledger.EMPTY, ledger.load(text, settings.name, tagged=True))
        self.default = known.default
        self.moved = ledger.load(self.text, f"docs/{REDIRECTS}", "redirects" if self.text else "")
        entries = [] if self.moved.findings else self.moved.data or []
        self.addresses = {entry["from"]: entry["to"] for entry in entries}

    def record(self, entry: dict[str, str]) -> None:
        """Add an old address to the ledger, below what people wrote there."""
        if self.docs:
            added = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, width=1000)
            gap = "\n" if self.text and not self.text.endswith("\n") else ""
            self.text = f"{self.text}{gap}{added}"
            self.change.write(f"{self.docs.name}/{REDIRECTS}", self.text)

    def commit(self) -> None:
        """Write everything, or nothing."""
        files.make_folder(self.root)
        self.change.commit()

    def address(self, page: Path) -> str:
        """The page's address from the site's root; "" where it belongs to no edition."""
        inside = page.relative_to(self.docs).parts if self.docs else ()
        if len(inside) < 3:
            return ""
        edition, locale, *rest = inside
        name = "/".join(rest).removesuffix(".md")
        return f"/{edition}/{editions.page_address(name, locale, self.default)}"


_FRONT = re.compile(r"\A(?P<mark>---[ \t]*\n)?(?P<yaml>.*?^)---[ \t]*(?:\n|\Z)", re.S | re.M)
_ADDRESS = re.compile(r"/(?:[^/?#]+/)+")
_DATED = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})-(?=.)")
_ATX = re.compile(r"^ {0,3}(?P<marks>#{1,6})[ \t]+(?P<text>[^\n]*)$", re.M)
_SETEXT = re.compile(r"^(?P<text>[^\s#>=|<-][^\n]*)\n(?P<line>=+|-+)[ \t]*$", re.M)
_IMAGE = re.compile(r"(?P<head>!\[[^\]\n]*\]\()(?P<src>[^\s()<>]+)")
_HTML = re.compile(r"<(?![A-Za-z]+:)[A-Za-z][^<>]*>")
_GAP = re.compile(r"\n(?:[ \t]*\n){2,}")
_LISTS = ("tags", "categories", "keywords")
_TEXTS = ("title", "date", "description")


class _Import:
    """One post on its way to a page."""

    def __init__(self, file: Path, site: _Site, permalink: str) -> None:
        self.file = file
        self.site = site
        self.permalink = permalink
        dated = _DATED.match(file.stem)
        self.dated = dated["date"] if dated else ""
        self.name = re.sub(r"\s+", "-", file.stem[dated.end() if dated else 0 :])
        self.page = site.to / f"{self.name}.md"
        self.text = ""
        self.findings: list[Finding] = []
        self.counts: Counter[tuple[str, Fate]] = Counter()
        self.copies: dict[Path, Path] = {}
        self.redirect: dict[str, str] = {}

    def run(self) -> None:
        """Find the page's text, its pictures and its old address; no text if it cannot be."""
        source = files.read_text(self.file).replace("\r\n", "\n")
        meta, body = self._front_matter(source)
        if meta is None:
            return
        mapped = self._mapped(meta)
        text = self._page(mapped, self._body(body, source.count("\n") - body.count("\n") + 1))
        new = {self.page: self.file, **self.copies}
        taken = [path for path, origin in new.items() if self._is_taken(path, origin)]
        for path in taken:
            self._report("legacy-exists", f"{path.as_posix()} exists and is not overwritten")
        if not taken:
            self.site.taken |= new
            self.text = text
            self._remember(meta, mapped)

    def _is_taken(self, path: Path, origin: Path) -> bool:
        there = self.site.taken.get(path, path)
        if path == self.page or not there.exists():
            return there.exists()
        return there.read_bytes() != origin.read_bytes()

    def write(self) -> None:
        """Note the page, the copies of its pictures and its old address, to be written."""
        change, root = self.site.change, self.site.root
        change.write(self.page.relative_to(root).as_posix(), self.text, new=True)
        for new, old in self.copies.items():
            change.write(new.relative_to(root).as_posix(), files.read_bytes(old))
        if self.redirect:
            self.site.record(self.redirect)

    def _report(self, rule: str, message: str, line: int = 1) -> None:
        self.findings.append(Finding(self.file.as_posix(), line, rule, message))

    def _count(self, construct: str, fate: Fate, times: int = 1) -> None:
        if times:
            self.counts[construct, fate] += times

    # ---- front matter

    def _front_matter(self, source: str) -> tuple[dict[str, Any] | None, str]:
        """The front matter and the body. Hexo does without the first line of dashes."""
        front = _FRONT.match(source)
        if not front or not (front["mark"] or source.startswith("title:")):
            return {}, source
        try:
            meta = yaml.safe_load(front["yaml"]) or {}
        except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
            mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
            line = (mark.line if mark else 0) + (2 if front["mark"] else 1)
            self._report("legacy-front-matter", "the front matter is not valid YAML", line)
            return None, source
        if not isinstance(meta, dict):
            self._report("legacy-front-matter", "the front matter has no keys and values", 1)
            return None, source
        return meta, source[front.end() :]

    def _mapped(self, meta: dict[str, Any]) -> dict[str, Any]:
        """Known keys in one order and form, then the others as they are."""
        mapped: dict[str, Any] = {}
        for key in (*_TEXTS, *_LISTS):
            value = meta.get(key)
            if value not in (None, "", []):
                mapped[key] = list(_words(value)) if key in _LISTS else value
                self._count(f"front matter: {key}", "converted")
        if "date" not in mapped and self.dated:
            mapped["date"] = date.fromisoformat(self.dated)
            self._count("date in the file name", "converted")
        for key, value in meta.items():
            if key not in (*_TEXTS, *_LISTS, "permalink"):
                mapped[str(key)] = value
                self._count(f"front matter: {key}", "kept")
        return mapped

    def _remember(self, meta: dict[str, Any], mapped: dict[str, Any]) -> None:
        """The old address leads to the new one, by the redirects ledger."""
        pattern = str(meta.get("permalink") or self.permalink)
        day = mapped.get("date")
        parts = {
            "title": self.name,
            "name": self.name,
            "category": "/".join(mapped.get("categories", ["uncategorized"])[:1]),
        }
        if isinstance(day, date | datetime):
            parts |= {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}"}
        old = re.sub(r":(\w+)", lambda word: parts.get(word[1], word[0]), pattern)
        old = f"/{old.strip('/')}/"
        new = self.site.address(self.page)
        known = self.site.addresses.get(old, new)
        why = ""
        if ":" in old:
            why = "the post has no date"
        elif not _ADDRESS.fullmatch(old):
            why = "it is no plain path"
        elif not new:
            why = "the page belongs to no edition"
        elif self.site.moved.findings:
            why = "the ledger has errors"
        if why:
            self._report("legacy-address", f"the old address {old} is not recorded: {why}")
            self._count("permalink", "kept")
        elif known != new:
            self._report("legacy-exists", f"{old} leads to {known} already, not to {new}")
            self._count("permalink", "kept")
        else:
            self._count("permalink", "converted")
            if old not in self.site.addresses:
                reason = f"the address of {self.file.name} on the old blog"
                self.redirect = {"from": old, "to": new, "reason": reason}
                self.site.addresses[old] = new

    # ---- body

    def _body(self, body: str, first_line: int) -> str:
        places = Places(body, first_line)
        body = _sub(_IMAGE, lambda found: self._own_image(found, places), body)
        text, findings = convert(body, self.file.as_posix(), draw=self._draw, first_line=first_line)
        findings += (
            replace(found, line=found.line + first_line - 1)
            for found in checks.headings(Markdown(body), self.file.as_posix())
        )
        self._account(body, first_line, findings)
        # A second H1 is put right by `_page`.
        self.findings += [found for found in findings if found.rule != "heading-h1"]
        return _sub(_GAP, lambda _: "\n\n", text).strip("\n")

    def _page(self, mapped: dict[str, Any], body: str) -> str:
        """The whole page. Its title is the only H1; sections of that level go one deeper."""
        title = str(mapped.get("title", ""))
        body = _sub(_SETEXT, lambda m: f"{'#' if m['line'][0] == '=' else '##'} {m['text']}", body)
        dead = _dead(body)
        levels = [len(m["marks"]) for m in _ATX.finditer(body) if not dead(m.start())]
        if title and 1 in levels:
            body = _sub(_ATX, lambda m: f"{(m['marks'] + '#')[:6]} {m['text']}", body)
            self._count("heading, one level deeper", "converted", sum(n < 6 for n in levels))
            self._count("heading of level 6", "kept", sum(n == 6 for n in levels))
        if title:
            body = f"# {title}\n\n{body}"
        if not mapped:
            return f"{body}\n"
        head = yaml.safe_dump(mapped, allow_unicode=True, sort_keys=False, width=1000)
        return f"---\n{head}---\n\n{body}\n"

    def _account(self, body: str, first_line: int, findings: Sequence[Finding]) -> None:
        """Count every construct of the old blog, and what Markdown does not say itself."""
        places = Places(body, first_line)
        rules = {(found.line, found.col): found.rule for found in findings}
        dead = _dead(body)
        for span in regions.scan(body):
            rule = rules.get(places.of(span.start), "")
            fate: Fate = "unknown" if rule == "legacy-unknown" else "converted"
            if rule in ("legacy-syntax", "legacy-unclosed", "legacy-lookalike"):
                fate = "kept"
            if span.kind in ("tag", "verbatim", "unclosed"):
                if fate != "converted" or not span.name.startswith("end"):
                    self._count(f"{{% {span.name} %}}", fate)
            elif span.kind == "comment":
                more = regions.MORE.fullmatch(body, span.start, span.end)
                self._count("<!--more-->" if more else "comment", "converted" if more else "kept")
            elif span.kind == "foreign":
                self._count("tag of another system", "kept")
            elif span.kind in ("fence", "element"):
                self._count("code block" if span.kind == "fence" else "HTML", "kept")
        self._count("HTML", "kept", sum(not dead(m.start()) for m in _HTML.finditer(body)))
        self._count("heading", "kept", sum(f.rule == "heading-space" for f in findings))

    # ---- pictures

    def _own_image(self, match: re.Match[str], places: Places) -> str:
        """A Markdown image of the post, pointing at the copied file."""
        picture = self._picture(match["src"], places.of(match.start())[0])
        return match["head"] + (picture.href if picture else match["src"])

    def _draw(self, tag: tags.ImageTag, _: tags.Picture | None) -> str:
        return tags.markdown_image(tag, self._picture(tag.src, tag.line))

    def _picture(self, src: str, line: int) -> tags.Picture | None:
        """A picture of the old blog by its address there: copied, and measured."""
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", src):
            self._count("picture on another host", "kept")
            return None
        path = unquote(urlsplit(src.replace("[", "%5B")).path)
        parts = [part for part in PurePosixPath(path.lstrip("/")).parts if part != ".."]
        found = next((file for file in self._candidates(path) if file.is_file()), None)
        if not found or not parts:
            self._report("legacy-file", f"no file for the picture {src}", line)
            self._count("picture, file not found", "kept")
            return None
        inside = PurePosixPath(*(() if path.startswith("/") else (self.name,)), *parts)
        if self.site.to / inside not in self.copies:
            self._count("picture file, copied", "converted")
        self.copies[self.site.to / inside] = found
        return tags.Picture(quote(inside.as_posix()), *_size(found))

    def _candidates(self, path: str) -> Iterator[Path]:
        """Where the blog may have it: below its root (the folder of `_config.yml`), or beside."""
        home = self.file.resolve().parent
        roots = [folder for folder in (home, *home.parents) if (folder / "_config.yml").exists()]
        root = roots[0] if roots else home
        folders = (home / self.file.stem, home, root / "source", root)
        for folder in folders:
            file = (folder / path.lstrip("/")).resolve()
            if file.is_relative_to(root):
                yield file


def _words(value: Any) -> Iterator[str]:
    """A list of words, given as a list, as lists in a list, or in one text with commas."""
    if isinstance(value, list):
        for item in value:
            yield from _words(item)
    else:
        yield from (word.strip() for word in re.split(r"[,，]", str(value)) if word.strip())


def _dead(text: str) -> Callable[[int], bool]:
    """Tells of a place in the text whether it is code or a comment."""
    dead = regions.dead_spans(text)
    starts = [span.start for span in dead]

    def inside(pos: int) -> bool:
        index = bisect_right(starts, pos) - 1
        return index >= 0 and pos < dead[index].end

    return inside


def _sub(pattern: re.Pattern[str], write: Callable[[re.Match[str]], str], text: str) -> str:
    """`pattern.sub`, leaving code alone."""
    dead = _dead(text)
    return pattern.sub(lambda m: m[0] if dead(m.start()) or dead(m.end()) else write(m), text)


def _size(file: Path) -> tuple[int | None, int | None]:
    try:
        with Image.open(file) as picture:
            return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, None
