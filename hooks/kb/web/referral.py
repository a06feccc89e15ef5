"""Links that pay whoever placed them, or tell on their readers: by parameter, path or host."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from itertools import pairwise
from urllib.parse import parse_qsl

from kb.data import beside
from kb.finding import Finding
from kb.ledger import Ledger, walk
from kb.legacy.convert import links
from kb.text.page import DocsPath, Page
from kb.web.address import address
from kb.web.exceptions import Entry, find

_TOLD = {
    "link-referral": "pays whoever placed it",
    "link-tracking": "tells where its reader came from",
}
# A code, not a word: capitals alone, capitals with digits, or several digits.
_CODE = re.compile(r"(?=.*[A-Z])(?=.*\d)[\w-]{4,}|[A-Z]{4,}|(?=(?:.*\d){2})[\w-]{4,}", re.ASCII)


def check(
    pages: Mapping[DocsPath, Page], ledgers: Iterable[Ledger], known: Sequence[Entry]
) -> Iterator[Finding]:
    """Such links of pages and ledgers, but for those disclosed."""
    for page in pages.values():
        for link in links(page):
            yield from _told(unescape(link.target), known, page.file, link.line, link.col)
    for ledger in ledgers:
        for key, value in walk(ledger.data):
            if isinstance(value, str) and key[-1:] != ("pattern",):
                yield from _told(value, known, ledger.path, ledger.line(*key), 0)


def _told(url: str, known: Sequence[Entry], path: str, line: int, col: int) -> Iterator[Finding]:
    for rule, told in _TOLD.items() if "://" in url else ():  # most texts of a ledger are none
        found = signs(url, rule.removeprefix("link-"))
        entry = find(url, known) if found and rule == "link-referral" else None
        if found and not (entry and entry.disclose):
            message = f"'{url}' {told}, by '{found[0]}'"
            yield Finding(path, line, rule, message, without(url, found), col)


@lru_cache(4096)  # a source is named by many pages
def signs(url: str, kind: str) -> Sequence[str]:
    """What of an address is a `referral` or `tracking`, as it is written there."""
    parsed = address(url)
    if parsed is None:
        return []
    table, host = beside(__file__)[kind], parsed.host or ""
    own = [row for name, row in table["hosts"].items() if _is(host, name)]
    spared = {
        name for other, names in table["elsewhere"].items() if _is(host, other) for name in names
    }
    if any(_is(host, name) for name in table.get("networks", ())):
        return [host]
    wanted = {*table["parameters"], *(name for row in own for name in row.get("parameters", ()))}
    # Those of the query, and of a route in the fragment: `#/join?ref=…`.
    queries = (part.partition("#")[0] for part in url.split("?")[1:])
    given = [pair for query in queries for pair in parse_qsl(query)]
    found = [name for name, _ in given if _names(name, wanted - spared)]
    segments = [segment for segment in parsed.path.split("/") if segment]
    for before, code in pairwise(segments):
        general = before.lower() in {*table.get("segments", ())} - spared
        if (general and _CODE.fullmatch(code)) or any(
            before in row.get("segments", ()) for row in own
        ):
            found.append(f"/{before}/{code}")
    return found


def without(url: str, names: Iterable[str]) -> str:
    """An address without these parameters; "" when it then would be the same."""
    head, mark, fragment = url.partition("#")
    path, _, query = head.partition("?")
    kept = [part for part in query.split("&") if part.partition("=")[0] not in set(names)]
    less = path + ("?" + "&".join(kept) if kept else "") + mark + fragment
    return less if less != url else ""


def _is(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


def _names(parameter: str, wanted: set[str]) -> bool:
    names = {parameter.lower(), re.sub("[_-]", "", parameter.lower())}
    starts = tuple(each[:-1] for each in wanted if each[-1] == "*")
    return not names.isdisjoint(wanted) or any(name.startswith(starts) for name in names)
