"""What is broken among the references of a built site, mapped to the Markdown it was made from."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from kb.data import beside
from kb.finding import TEMPLATE, Finding, InputError, Located, origin, where
from kb.nearest import Names
from kb.references import extract, urls
from kb.references.extract import Duplicate, Page, Reference
from kb.references.mapping import Link, Place, Places, Source, places
from kb.references.site import Site, short

_TABLE = beside(__file__)
_WORDS: dict[str, str] = _TABLE["words"]
_INSECURE, _LOADED, _NEEDS_ADDRESS, _NAMES_IDS, _FILES = (
    frozenset(_TABLE[name]) for name in ("insecure", "loaded", "addressed", "names_ids", "files")
)
LACKS = "leads to no id '{}'"
# A fault on fewer pages is several faults; on more, one of the template.
_TEMPLATE_PAGES, _EVERYWHERE_PAGES = 10, 5
_LINES = re.compile(r"([A-Z]?\d+)-([A-Z]?\d+)")
_OWN = 20
_MOST = 50_000  # addresses that are remembered as fine: some MB
# Hosts show it for whatever is not there, at any depth.
_ERROR_PAGE = "404.html"


class Checked(NamedTuple):
    """The result of a check and how much was looked at."""

    located: list[Located]
    pages: int
    references: int

    @property
    def findings(self) -> list[Finding]:
        """The findings alone, sorted."""
        return sorted(located.finding for located in self.located)


class Fault(NamedTuple):
    """A broken place, not yet mapped; `key` is the same for the same fault on another page."""

    rule: str
    page: str
    made_of: Reference | Duplicate
    message: str
    key: str
    hint: str = ""
    missing: str = ""  # the path or id to find the nearest of


def check(
    site: Site, *, sources: Mapping[str, Source] | None = None, ignore: Collection[str] = ()
) -> Checked:
    """What is wrong in a site, but for addresses like `ignore`; `sources` are by page's path."""
    sources = sources or {}
    rules = _Rules(site, _patterns(ignore), closed=bool(sources))
    found: list[Fault] = []
    for path, page in (*site.pages.items(), *site.others.items()):
        found += rules.check(path, page)
    for path in rules.repeated:
        found += _repeated(path, site.pages[path].duplicates, rules.aimed)
    mapped, rest = _mapped(site, found, sources)
    order = sorted(
        [*_unread(site), *mapped, *_grouped(site, rest, sources)],
        key=lambda item: (item.finding, item.file, item.line, item.col),
    )
    # A picture in a link to itself, or twice among its candidates, is one problem of its line.
    once = {item.finding: item for item in reversed(order)}
    return Checked(list(reversed(once.values())), len(site.pages), rules.total)


def malformed(path: str, written: Iterable[Link]) -> Iterator[Finding]:
    """The links of a Markdown file that no browser can use, in the words of the built page."""
    for link in written:
        target = urls.resolve(link.target, "", urls.Origin())
        if target.status == urls.MALFORMED:
            message = f"{_word('image' if link.picture else 'link')} '{_cut(link.target)}'"
            message += f": {target.reason}"
            yield Finding(path, link.line, "link-malformed", message, col=link.col)


def _patterns(ignore: Collection[str]) -> list[re.Pattern[str]]:
    try:
        return [re.compile(pattern) for pattern in ignore]
    except re.error as error:
        raise InputError(f"{error.pattern!r} is no regular expression: {error}") from error


def _unread(site: Site) -> Iterator[Located]:
    for path, reason in site.unreadable:
        file = f"{site.label}/{path}" if path else site.label
        yield Located(Finding(file, 1, "page-unreadable", f"not read: {reason}"), "", file, 1)


class _Rules:
    """The rules over the references of a page."""

    def __init__(self, site: Site, ignore: Sequence[re.Pattern[str]], *, closed: bool) -> None:
        self.site = site
        self.closed = closed  # our own site: it loads nothing from elsewhere
        self.ignore = ignore
        self.repeated = {
            path: frozenset(again.id for again in page.duplicates)
            for path, page in site.pages.items()
            if page.duplicates
        }
        self.aimed: set[tuple[str, str]] = set()  # repeated ids, by page and name
        self.total = 0  # references
        self._found: dict[str, str | None] = {}
        # Use and page as far as they matter -> the links that have no fault there
        self._fine: defaultdict[object, set[str]] = defaultdict(set)

    def check(self, path: str, page: Page) -> Iterator[Fault]:
        """The faults of a page."""
        rows = page.rows
        self.total += len(rows)
        edition = path.partition("/")[0] if len(self.site.editions) > 1 else ""
        above = () if page.base or path == _ERROR_PAGE else _above(path)
        for row in rows:
            url, _, _, use = row
            key = ""
            if use[0] == "link" and above:
                if url[:1] == "#" and url[1:] in page.ids and path not in self.repeated:
                    continue
                key = _key(url, above)
                fine = self._fine[use, page.language, page.region, edition]
                if key in fine:
                    continue
            fault = self._fault(path, page, extract.reference(row))
            if fault is None:
                if key and len(fine) < _MOST:
                    fine.add(key)
            elif not any(each.search(url) or each.search(unquote(url)) for each in self.ignore):
                yield fault

    def _fault(self, path: str, page: Page, reference: Reference) -> Fault | None:
        kind, url = reference.kind, reference.url
        here = path
        if kind == "search":
            # Locations count from the folder that the index serves, one above its own.
            here = posixpath.join(posixpath.dirname(posixpath.dirname(path)), "index.html")
        elif not url or url.isspace():
            rule, message = "link-empty", f"<{reference.element}> has no address"
            if kind == "link":  # valid: the page itself
                rule, message = "link-self", "a link with an empty address"
            return Fault(rule, path, reference, message, kind) if kind in _NEEDS_ADDRESS else None
        elif kind == "map":
            if url[:1] == "#" and url[1:] in page.maps:
                return None
            message = f"picture: this page has no map named '{url.strip().lstrip('#')}'"
            return Fault("anchor-broken", path, reference, message, url)
        elif path == _ERROR_PAGE and not page.base and urls.path(url)[:1] not in ("", "/", "\\"):
            said = "is relative, on a page shown at any depth"
            return _of("link-relative", path, reference, said)
        target = urls.resolve(url, here, self.site.home, page.base)
        if target.status == urls.INSIDE:
            return self._inside(path, page, reference, target)
        if target.status == urls.EXTERNAL:
            return self._external(path, page, reference)
        if target.status == urls.OUTSIDE:
            if self.site.markdown and urls.is_of_a_repository(target.path):
                return None
            said = f"leads out of the site, to '{target.path}'"
            return _of("link-outside", path, reference, said, target.path)
        if target.status == urls.MALFORMED:
            message = f"{_word(kind)} '{_cut(url)}': {target.reason}"
            return Fault("link-malformed", path, reference, message, f"{kind} {url}")
        return None

    def _external(self, path: str, page: Page, reference: Reference) -> Fault | None:
        url = reference.url.strip()
        if self.closed and reference.kind in _LOADED:
            return _of("asset-outside", path, reference, "is loaded from another host")
        if reference.kind not in _INSECURE or url[:5].lower() != "http:":
            return None
        canonical = (found.url for found in page.references if found.kind == "canonical")
        if (self.site.home.scheme or urls.scheme(next(canonical, ""))) != "https":
            return None
        fault = _of("asset-insecure", path, reference, "is fetched without encryption")
        return fault._replace(hint=f"https:{url[5:]}")

    def _inside(
        self, path: str, page: Page, reference: Reference, target: urls.Target
    ) -> Fault | None:
        found = self._find(target.path)
        if found is None:
            return self._missing(path, reference, target.path)
        fragment = target.fragment
        if fragment and reference.kind in _NAMES_IDS:
            if found in self.repeated:
                met = self.repeated[found].intersection(urls.fragments(fragment))
                self.aimed |= {(found, name) for name in met}
            ids = self._ids(found)
            if ids is not None and fragment not in ids and not urls.needs_no_id(fragment):
                names = urls.fragments(fragment)
                lines = _LINES.fullmatch(names[-1])  # from one line of code to another, by a script
                if ids.isdisjoint(names) and not (lines and ids.issuperset(lines.groups())):
                    return _anchor(path, reference, found, names[-1])
        if reference.kind == "link" and found != path and found in self.site.pages:
            return self._crossing(path, page, reference, found)
        return None

    def _find(self, path: str) -> str | None:
        if path not in self._found:
            found = self.site.find(path)
            prefix = self.site.prefix if found is None and not self.site.home.host else ""
            if len(prefix) > 1 and path.startswith(prefix):
                # Nobody told where the site is served, but its pages know: `/docs/x` is `x`.
                found = self.site.find(path.removeprefix(prefix))
            self._found[path] = found
        return self._found[path]

    def _ids(self, path: str) -> frozenset[str] | None:
        """The ids of a page; a redirect has those of the page that it leads to as well."""
        ids = self.site.ids(path)
        page = self.site.pages.get(path)
        if ids is None or page is None or not page.refresh:
            return ids
        for reference in page.references:
            if reference.kind == "refresh":
                target = urls.resolve(reference.url, path, self.site.home, page.base)
                found = self._find(target.path) if target.status == urls.INSIDE else None
                # What a redirect out of the site finds there is not known here.
                return ids | (self.site.ids(found) or frozenset()) if found else None
        return ids

    def _missing(self, path: str, reference: Reference, target: str) -> Fault | None:
        bare = target.rstrip("/")
        if self.site.redirected.fullmatch(bare) or self.site.is_opaque(bare):
            return None
        rule, said = "link-broken", "leads nowhere"
        if reference.kind == "image":
            rule, said = "image-missing", "does not exist"
        elif reference.kind in _FILES:
            said = "does not exist"
        elif not target or self.site.is_folder(bare):
            said = "leads to a folder without an index page"
        return _of(rule, path, reference, said, target)._replace(missing=short(target))

    def _crossing(self, path: str, page: Page, reference: Reference, found: str) -> Fault | None:
        """Links that change the language or the edition unannounced."""
        there = self.site.pages[found]
        if page.language != there.language and not reference.hreflang and not there.refresh:
            mine, other = _primary(page.language), _primary(there.language)
            if mine and other and mine != other:
                said = f"leads from a page in '{mine}' to one in '{other}'"
                # One cause for a whole theme: a switch that says nothing, wherever it leads.
                cause = f"{mine} {other} {reference.region == page.region}"
                fault = _of("link-language", path, reference, said, cause)
                return fault._replace(hint=f'hreflang="{other}"')
        # A template leads to the other editions on purpose, and so does a link that says so.
        meant = reference.region != page.region or reference.edition
        twin = "" if meant else self._twin(path, found)
        if not twin:
            return None
        said = f"leads into the old edition '{found.partition('/')[0]}'"
        fault = _of("link-edition", path, reference, said, found)
        return fault._replace(hint=f"this edition: {short(twin)}")

    def _twin(self, path: str, found: str) -> str:
        """The page of the current edition, if `path` is of that and `found` its like in an old."""
        editions = self.site.editions
        edition, _, rest = found.partition("/")
        mine = path.partition("/")[0]
        if edition not in editions[1:] or mine in editions[1:]:
            return ""
        # The current edition lies in a folder of its name, or else at the root.
        if mine != editions[0] and editions[0] in self.site.folders:
            return ""
        twin = f"{mine}/{rest}" if mine == editions[0] else rest
        return twin if twin in self.site.pages else ""


def _above(path: str) -> list[str]:
    """The folder of a page, and those that `../` leads to from there, which are told apart."""
    parts = path.split("/")[:-1]
    return [
        f"{'../' * bool(up)}{'/'.join(parts[: len(parts) - up])}" for up in range(len(parts) + 1)
    ]


def _key(url: str, above: Sequence[str]) -> str:
    """What addresses have in common that lead to the same place from any page; "" for others."""
    if url[:1] == "/":
        return url
    up = 0
    while url.startswith("../", 3 * up):
        up += 1
    if up >= len(above) or not (url[:1] in "._" or url[:1].isalnum()):
        return ""
    return f"{above[up]}\n{url[3 * up :]}"


def _of(rule: str, path: str, reference: Reference, said: str, key: str = "") -> Fault:
    """A fault in words that begin with what the reference is and how it is written."""
    kind, url = reference.kind, reference.url.strip()
    return Fault(rule, path, reference, f"{_word(kind)} '{url}' {said}", f"{kind} {key or url}")


def _anchor(path: str, reference: Reference, found: str, name: str) -> Fault:
    here = found == path
    place = "this page" if here else f"'{short(found) or found}'"
    message = f"{_word(reference.kind)} '{reference.url.strip()}': {place} has no id '{name}'"
    key = f"{reference.kind} {'' if here else found}#{name}"
    return Fault("anchor-broken", path, reference, message, key, missing=f"{found}#{name}")


def _repeated(
    path: str, duplicates: Iterable[Duplicate], aimed: Collection[tuple[str, str]]
) -> Iterator[Fault]:
    """Each repeated id that a link aims at; of the others of a page, one that speaks for all."""
    idle: list[Duplicate] = []
    for again in duplicates:
        if (path, again.id) in aimed:
            yield Fault("id-duplicate", path, again, _twice(again), again.id)
        else:
            idle.append(again)
    if idle:
        more = len({again.id for again in idle}) - 1
        others = f"; so do {more} others" if more > 1 else "; so does 1 other" * more
        yield Fault("id-repeated", path, idle[0], _twice(idle[0]) + others, "")


def _twice(again: Duplicate) -> str:
    return f"id '{again.id}' stands twice, first on line {again.first_line}"


def _primary(language: str) -> str:
    return re.split(r"[-_]", language.strip().lower())[0]


def _word(kind: str) -> str:
    return _WORDS.get(kind, "reference")


def _cut(url: str) -> str:
    return url if len(url) <= 80 else url[:77] + "…"


def _mapped(
    site: Site, found: Iterable[Fault], sources: Mapping[str, Source]
) -> tuple[list[Located], list[Fault]]:
    """The findings of the Markdown, and the faults that do not come from it."""
    mapped: list[Located] = []
    rest: list[Fault] = []
    by_page: dict[str, Places] = {}
    files = Names(sorted({source.path for source in sources.values()}))
    for fault in found:
        source = sources.get(fault.page)
        if source and fault.page not in by_page:
            by_page[fault.page] = places(site.pages[fault.page], fault.page, source, site.home)
        place = by_page[fault.page].get(fault.made_of) if source else None
        if source is None or place is None:
            rest.append(fault)
            continue
        if fault.rule == "asset-outside":
            continue  # what an author writes is judged with its exceptions by kb/markup
        folder = posixpath.dirname(origin(source.path, place.line)[0])  # of a text in the page
        target = urls.rebased(place.target, posixpath.dirname(source.path), folder)
        place, near = place._replace(target=target), ""
        if fault.rule == "link-broken" and not place.picture:
            wanted = posixpath.normpath(posixpath.join(folder, place.target.partition("#")[0]))
            near = files.closest(wanted)
        hint = f"nearest: {posixpath.relpath(near, folder)}" if near else _hint(site, fault)
        mapped.append(_located(site, fault, source.path, place, hint))
    return mapped, rest


def _hint(site: Site, fault: Fault) -> str:
    path, anchor, name = fault.missing.partition("#")
    if fault.hint or not fault.missing:
        return fault.hint
    names = Names(sorted(site.ids(path) or ())) if anchor else site.names
    near = names.closest(name if anchor else path)
    return f"nearest: {anchor}{near}" if near else ""


def _located(site: Site, fault: Fault, path: str, place: Place, hint: str) -> Located:
    rule, message, made_of = fault.rule, fault.message, fault.made_of
    if place.picture and rule in ("link-broken", "image-missing"):
        # In the words of the check of the source, so that the two are one finding.
        rule, message = "image-missing", f"picture '{place.target}' does not exist"
    elif isinstance(made_of, Duplicate):
        before = f"first on {where(path, place.first)}" if place.first else "on the page"
        message = f"id '{made_of.id}' stands twice, {before}"
    elif rule == "anchor-broken" and fault.missing:
        lost = fault.missing.partition("#")[2]
        message = f"{_word(made_of.kind)} '{place.target}' {LACKS.format(lost)}"
    elif place.target:
        message = message.replace(f"'{made_of.url.strip()}'", f"'{place.target}'", 1)
    finding = Finding(path, place.line, rule, message, hint, place.col)
    file = f"{site.label}/{fault.page}"
    return Located(finding, made_of.url, file, made_of.line, made_of.col, source=finding.path)


def _grouped(
    site: Site, found: Iterable[Fault], sources: Mapping[str, Source]
) -> Iterator[Located]:
    """The faults of templates: what has one cause on very many pages is one finding with a count.

    One cause have faults of one target; else those that are written alike, around the pages' text.
    """
    left = list(found)
    causes: tuple[Callable[[Fault], object], ...] = (
        lambda fault: (fault.rule, fault.key),
        lambda fault: (fault.rule, fault.made_of.url or fault.key, fault.made_of.region),
    )
    for cause in causes:
        by_cause: dict[object, list[Fault]] = {}
        for fault in left:
            by_cause.setdefault(cause(fault), []).append(fault)
        left = []
        for same in by_cause.values():
            pages = len({fault.page for fault in same})
            around = all(fault.made_of.region == extract.TEMPLATE for fault in same)
            many = pages >= max(_EVERYWHERE_PAGES, len(site.pages) / 2)
            if many or (around and pages >= _TEMPLATE_PAGES):
                yield _unmapped(site, same[0], pages, sources)
            else:
                left += same
    lost: dict[object, list[Fault]] = {}
    for fault in left:
        own = fault.rule == "anchor-broken" and fault.key.partition(" ")[2][:1] == "#"
        lost.setdefault(fault.page if own else fault, []).append(fault)
    for same in lost.values():
        # A page that lacks all that it leads to itself was cut, or a script acts on its links.
        if len(same) >= _OWN:
            message = f"{same[0].message}, nor those of {len(same) - 1} more"
            same = [same[0]._replace(message=message)]
        for fault in same:
            yield _unmapped(site, fault, 1, sources)


def _unmapped(site: Site, fault: Fault, pages: int, sources: Collection[str]) -> Located:
    source, made_of = TEMPLATE if fault.page in sources else "", fault.made_of
    file = f"{site.label}/{fault.page}"
    message = fault.message + (f" (on {pages} pages)" if pages > 1 else "")
    finding = Finding(file, made_of.line, fault.rule, message, _hint(site, fault), made_of.col)
    return Located(finding, made_of.url, file, made_of.line, made_of.col, pages, source)
