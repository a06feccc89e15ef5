"""One post on its way to a page: what its text leads to, what is copied, what is told of it."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from dataclasses import replace
from datetime import date
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urljoin

import yaml

from kb import files, words
from kb.data import beside
from kb.finding import Finding
from kb.legacy import tags
from kb.legacy.convert import Ways, convert
from kb.pictures import checks as picture_checks
from kb.pictures import probe
from kb.references import urls
from kb.text import regions
from kb_tools import clean, writing
from kb_tools.gfm import page, writer
from kb_tools.gfm.tree import Tree
from kb_tools.importer import front
from kb_tools.importer.blog import ADDRESS, ENDINGS, MOVED, Post, folded, relative
from kb_tools.importer.site import NAMED, Site

_LISTS = ("tags", "categories", "keywords")
_TEXTS = ("title", "date", "description")
_OURS = ("template", "search", "checked")  # which mean something else to this site
_COPIED = probe.SUFFIXES | {".mp3", ".mp4", ".vtt", ".webm"}  # what the site publishes
_KEPT = 36_500  # days: a picture of an old post shows what was, and does not age
_INTENT = beside(__file__, "intent.yml")
FORMS = {
    generator: re.compile(
        "|".join(
            f"(?P<{kind}>{row['pattern']})"
            for kind, row in _INTENT.items()
            if row.get("of", generator) == generator
        ),
        re.M,
    )
    for generator in ("hexo", "kramdown")
}
_TERM = re.compile(r"(?m)^\*\[[^\[\]\n]+\]:[^\n]*\n?")  # kramdown's abbreviation


class Import:
    """One post. It is the `Site` of its tree: `line` is one of the converted text."""

    def __init__(self, post: Post, site: Site) -> None:
        self.post, self.site, self.blog = post, site, site.blog
        self.breaks, self.kramdown = site.blog.breaks, not site.blog.hexo
        self.page, self.shown = site.page(post.name), files.shown(post.file)
        self.findings: list[Finding] = []
        self.lines: list[int] = []  # of the converted text: where in the post it was
        self.files: dict[Path, bytes] = {}
        self.copied: dict[str, tags.Picture] = {}
        self.made: set[str] = set()  # addresses of the new page
        self.lost: set[str] = set()  # addresses of which it is told that nothing is there
        self.alts: set[str] = set()

    def run(self, check: bool) -> tuple[str, str]:
        """Make the page and write it; gives its path and what became of it."""
        text = self._page()
        self.findings = _grouped(self.findings)
        name = self.page.relative_to(self.site.home).as_posix()
        there = self.site.there.get(folded(self.page), self.page)
        if there != self.page or (there.exists() and there.read_bytes() != text.encode()):
            named = there.relative_to(self.site.home).as_posix()
            self.report("legacy-exists", f"{named} exists and is not overwritten")
            return "", "refused"
        if self.page in self.site.twins:
            other = files.shown(self.site.twins[self.page])
            message = f"the page is named {self.post.name}: its own name is that of {other}"
            self.report("legacy-changed", message)
        self._redirect()
        change = writing.Change(self.site.home)
        for path, data in {self.page: text.encode(), **self.files}.items():
            if not path.exists():
                change.write(path.relative_to(self.site.home).as_posix(), data, new=True)
        if not check:
            change.commit()
        differs = any(found.rule == "legacy-differs" for found in self.findings)
        return name, "differs" if differs else "told" if self.findings else "converted"

    def report(self, rule: str, message: str, line: int = 1) -> None:
        """Tell something of the post, once a line."""
        found = Finding(self.shown, line, rule, message)
        if found not in self.findings:
            self.findings.append(found)

    def tell(self, rule: str, message: str, line: int) -> None:
        """Tell something of a line of the converted text; 0 is the head."""
        self.report(rule, message, self.lines[min(line, len(self.lines)) - 1] if line else 1)

    # ---- the page

    def _page(self) -> str:
        title, first = self.post.title, self.post.front.first_line
        body = self._meant(self.post.front.body)
        ways = Ways(locate=self._locate, include=self.blog.code, draw=tags.markdown_image)
        converted, self.findings[:0] = convert(body, self.shown, ways, first_line=first)
        terms: list[str] = []
        if self.kramdown:
            inside = regions.dead(regions.scan(converted))
            terms = [m[0] for m in _TERM.finditer(converted) if not inside(m.start())]
            converted = _TERM.sub(lambda m: m[0] if inside(m.start()) else "", converted)
        self.lines = _aligned(self.post.front.body, converted, first)
        tree, own = Tree(converted, self), self.site.slug(self.post.name) or "post"
        named = {match[1] for match in NAMED.finditer(converted)}
        page.head(tree.tokens, title, own, self.site.slug, named)
        text = page.Page(tree, self, self.site.render).text
        if not text:
            self.report("legacy-changed", "holds no text, and so does its page", first)
        text = "\n\n".join(filter(None, [text, "".join(terms)]))
        meta = self._meta()
        head = yaml.safe_dump(meta, allow_unicode=True, sort_keys=False, width=1000)
        top = f"# {writer.text(title)} {{ #{own} }}\n\n" if title else ""
        return (f"---\n{head}---\n\n" if meta else "") + f"{top}{text}\n"

    def _meant(self, body: str) -> str:
        """The text as its author meant it, where no parser of CommonMark reads it so."""
        inside, first = regions.dead(regions.scan(body)), self.post.front.first_line

        def meant(match: re.Match[str]) -> str:
            row = _INTENT[match.lastgroup]
            known = tags.VARIABLE.match(body, match.start())
            if inside(match.start()) or (known and tags.variable(known) != known[0]):
                return match[0]
            if says := row.get("says"):
                at = match.start() + match[0].startswith("\n")
                shown = says.format(" ".join(match[0].split())[:60])
                rule = row.get("rule", "legacy-changed")
                self.report(rule, shown, first + body.count("\n", 0, at))
            if row.get("plain"):
                return writer.lines(writer.text(match[0]))
            return match.expand(row.get("write", r"\g<0>"))

        return FORMS["kramdown" if self.kramdown else "hexo"].sub(meant, body)

    def _meta(self) -> dict[str, Any]:
        """Known keys in one order and form, then the others as they are."""
        meta = {**self.post.front.meta, "title": self.post.title, "date": self.post.when}
        if meta.get("description") is not None:
            meta["description"] = str(meta["description"])
        mapped = {}
        for key in (*_TEXTS, *_LISTS):
            if meta.get(key) not in (None, "", []):
                mapped[key] = list(front.words(meta[key])) if key in _LISTS else meta[key]
        for key, value in meta.items():
            if key not in (*_TEXTS, *_LISTS, *MOVED, "permalink", *_OURS):
                shown = self._pictured(value)
                mapped |= {} if shown is None else {key: shown}
        return mapped

    def _pictured(self, value: Any) -> Any:
        """A value in which pictures have their new addresses; None for one not on this site."""
        if isinstance(value, dict):
            held = {key: self._pictured(each) for key, each in value.items()}
            return {key: each for key, each in held.items() if each is not None}
        if isinstance(value, list):
            return [found for each in value if (found := self._pictured(each)) is not None] or None
        if not isinstance(value, str) or Path(value).suffix.lower() not in probe.SUFFIXES:
            return value
        found = self.picture(value, 0)
        return unquote(found.href) if found else None

    def _redirect(self) -> None:
        """The old addresses lead to the new one, by the redirects ledger."""
        new, redirects = self.site.address(self.page), self.site.redirects
        for old in (self.post.address, *self.post.aliases):
            why = "it is no plain path"
            if not ADDRESS.fullmatch(old) or ":" in old or redirects.findings:
                if re.search(":(?:i_)?(?:year|month|day)", old):
                    why = "the post has no date"
                why = "the ledger has errors" if redirects.findings else why
                self.report("legacy-address", f"the old address {old} is not recorded: {why}")
                continue
            reason = f"the address of {self.post.file.name} on the old blog"
            there = redirects.add({"from": old, "to": new, "reason": reason})["to"]
            if there != new:
                self.report("legacy-exists", f"{old} leads to {there} already, not to {new}")

    # ---- what the text leads to

    def _locate(self, name: str) -> tuple[str, str] | None:
        base = unquote(name).rpartition("/")[2]
        dated = re.sub(r"^\d{4}-\d\d?-\d\d?-(?=.)", "", base)
        found = self.site.named(base) or self.site.named(dated)
        self.lost.add(f"{name.removesuffix('.md')}.md")
        return (self._led(found), self.site.pages[found].title) if found else None

    def _led(self, path: Path, fragment: str = "") -> str:
        href = "" if path == self.page and fragment else quote(relative(path, self.page.parent))
        href += f"#{fragment}" if fragment else ""
        self.made.add(href)
        return href

    def link(self, href: str, line: int) -> str:
        """Where a link leads from the new page; "" for nowhere."""
        scheme = urls.scheme(href)
        if href in self.made or scheme in ("mailto", "tel", "sms"):
            return href
        path, _, mark = href.partition("#")
        if found := self._post_at(path):
            fragment = self.site.id(found, unquote(mark)) if mark else ""
            if mark and not fragment:
                self.tell("legacy-file", f"no section {mark[:60]!r} there", line)
            return self._led(found, fragment) if path or fragment else ""
        if copied := self._copied(path, line):
            return copied.href
        if scheme in ("http", "https") or path.startswith("//"):
            return href
        there = self.blog.url + path if self.blog.url and path[:1] == "/" else ""
        if href not in self.lost:
            what = "it leads to the old blog" if there else "it leads nowhere"
            self.tell("legacy-file", f"{href[:80]} is not on this site: {what}", line)
        return there

    def _post_at(self, path: str) -> Path | None:
        if not path:
            return self.page
        if path.endswith(ENDINGS) and not urls.scheme(path):
            return self.site.named(unquote(path).rpartition("/")[2])
        if not urls.scheme(path) and path[:1] != "/" and ":" not in self.post.address:
            path = urljoin(re.sub(r"(?<=\.html)/$", "", self.post.address), path)
        found, key = self.site.by_address, self.blog.key(path)
        return (found.get(key) or found.get(key.casefold())) if key else None

    def raw(self, address: str) -> str:
        """An address in HTML, as seen from the page's folder on the site."""
        path, mark, fragment = address.partition("#")
        if not path or path[0] == "/" or urls.scheme(path):
            return address
        inner = re.sub(r"(?:(?<![^/])index)?\.md$", "/", path).removeprefix("/")
        return f"{'' if self.page.stem == 'index' else '../'}{inner}{mark}{fragment}"

    def picture(self, src: str, line: int, alt: str = "") -> tags.Picture | None:
        """A file of the old blog, copied; None, and told, for one that is not on this site."""
        found = self._copied(src, line, alt)
        if found is None:
            path = self.blog.path(src)
            why = "is no file of the blog that a page may show"
            why = why if path else "lies on another host, and a page loads nothing from there"
            self.tell("legacy-file", f"{src[:80]} {why}", line)
            self.lost.add(src)
        return found

    def _copied(self, src: str, line: int, alt: str = "") -> tags.Picture | None:
        if src in self.copied:
            return self.copied[src]
        path = self.blog.path(src)
        file = self.blog.file(path, self.post.file) if path else None
        if not file or file.suffix.lower() not in _COPIED:
            return None
        data = files.read_bytes(file)
        size = probe.probe(data) if file.suffix.lower() in probe.SUFFIXES else None
        if size and (bare := clean.stripped(data, size)) != data:
            data, size = bare, probe.probe(bare)
        digest = hashlib.sha256(data).hexdigest()
        parts = [part for part in path.split("/") if part not in ("", ".", "..")]
        inside = PurePosixPath(*(() if path[:1] == "/" else (self.page.stem,)), *parts)
        target = self.site.copies.setdefault(digest, self.site.to / inside)
        held = self.site.held.setdefault(folded(target), digest)
        if held != digest or (target.exists() and target.read_bytes() != data):
            target = target.with_stem(f"{target.stem}-{digest[:6]}")
            self.site.copies[digest], self.site.held[folded(target)] = target, digest
        self.files[target] = data
        sides = (size.width, size.height) if size else (None, None)
        made = tags.Picture(quote(relative(target, self.page.parent)), *sides)
        self.copied |= {src: made, made.href: made}
        if size:
            self._list(target, size, alt)
        return made

    def _list(self, target: Path, file: probe.File, alt: str) -> None:
        """Enter a picture into the ledger, with what is known of it."""
        path = target.relative_to(self.site.home / "docs").as_posix()
        title, locales = self.post.title or self.post.name, self.site.known.locales
        made = {
            locale: words.of(locale)("picture.imported").format(n=len(self.alts) + 1, title=title)
            for locale in locales
        }
        if alt and alt not in self.alts:
            fit = (name for name in locales if not [*picture_checks.alt_problems(alt, path, name)])
            made |= dict.fromkeys(fit, alt)
        self.alts |= {alt, path}
        day = self.post.when or date.fromtimestamp(self.post.file.stat().st_mtime)
        entry = dict[str, Any](path=path, kind="capture", of=title, captured=f"{day:%Y-%m-%d}")
        entry |= {"ttl_days": _KEPT, "alt": made, "caption": {}}
        if excused := dict(picture_checks.problems(target.name, file)):
            reason = "it stands as the old blog had it"
            entry["allow"] = [{"rule": rule, "reason": reason} for rule in excused]
        self.site.pictures.add(entry)


def _grouped(findings: list[Finding]) -> list[Finding]:
    """What is said in the same words of several lines, said of the first."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for found in sorted(findings):
        alike.setdefault((found.rule, found.message), []).append(found)
    return [
        replace(first, message=f"{first.message} (and {len(rest)} times below)") if rest else first
        for first, *rest in alike.values()
    ]


def _aligned(before: str, after: str, first: int) -> list[int]:
    """For each line of the converted text, the line of the post that it came from."""
    places: dict[str, deque[int]] = {}
    for number, line in enumerate(before.split("\n"), first):
        places.setdefault(line, deque()).append(number)
    found, here = list[int](), first - 1
    for line in after.split("\n"):
        held = places.get(line, deque()) if line.strip() else deque()
        while held and held[0] <= here:
            held.popleft()
        here = held[0] if held else here
        found.append(held[0] if held else 0)
    most, here = first + before.count("\n"), first - 1
    limits = [*accumulate(reversed(found), lambda below, own: own or below, initial=most)][::-1]
    for at, number in enumerate(found):  # between two lines that stayed, count on
        here = found[at] = number or max(first, min(here + 1, limits[at]))
    return found
