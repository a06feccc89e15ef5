"""What lies in a site beside pages and style sheets, and names addresses: file -> references."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from html import unescape

from kb.data import beside
from kb.references.extract import Reference, data

_TABLE = beside(__file__)
_XML = re.compile(
    r"<!--.*?(?:-->|\Z)|<([A-Za-z][\w:.-]*+)([^<>]*)>\s*+(?:<!\[CDATA\[\s*+)?([^<\]]*+)", re.S
)
_ATTRIBUTE = re.compile(r"\s([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def xml(text: str) -> Iterator[Reference]:
    """The addresses in a sitemap, a list of sitemaps or a feed; another document gives none."""
    root = re.search(
        r"<([A-Za-z][\w:]*)", re.sub(r"<!--.*?(?:-->|\Z)", "", text[:5000], flags=re.S)
    )
    if not root or root[1].lower() not in _TABLE["roots"]:
        return
    line = at = 0
    for match in _XML.finditer(text):
        name = (match[1] or "").lower()
        if name not in _TABLE["xml"]:
            continue
        line, at = line + text.count("\n", at, match.start()), match.start()
        kind, attribute = _TABLE["xml"][name]
        given = {
            key.lower(): double or single for key, double, single in _ATTRIBUTE.findall(match[2])
        }
        url = unescape(given.get(attribute) or match[3]).strip()
        # The name of an entry is its address unless that is denied (RSS 2.0).
        if url and (name != "guid" or (url[:4] == "http" and given.get("ispermalink") != "false")):
            yield Reference(kind, url, line + 1, 1, match[1])


def manifest(text: str) -> Iterator[Reference]:
    """What a web manifest names; JSON of another kind gives none."""
    for kind, url in data(text) if re.search(r'"(?:start_url|icons)"', text) else ():
        line = text.count("\n", 0, max(text.find(url), 0)) + 1
        yield Reference(kind, url, line, 1, "manifest")


def search_index(text: str) -> Iterator[Reference]:
    """The places that MkDocs' search index leads to; another index gives none.

    MkDocs before 1.0 began them with a slash, and meant the site's own root.
    """
    with contextlib.suppress(ValueError, TypeError, KeyError):
        for entry in json.loads(text)["docs"]:
            yield Reference("search", str(entry["location"]).lstrip("/"), 1, 1, "location")


def redirects(text: str) -> Iterator[Reference]:
    """The targets in a `_redirects` file; rules with placeholders are left out."""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#", 1)[0].split()
        if len(words) > 1 and not re.search(r"[*:]", words[0] + words[1].partition("://")[2]):
            yield Reference("redirect", words[1], number, 1, words[0])


_READERS = {read.__name__: read for read in (xml, manifest, search_index, redirects)}
_NAMES = [(re.compile(pattern), _READERS[name]) for pattern, name in _TABLE["names"].items()]


def reader(path: str) -> Callable[[str], Iterator[Reference]] | None:
    """What reads a file of this name; None for most."""
    name = path.rpartition("/")[2].lower()
    return next((read for pattern, read in _NAMES if pattern.fullmatch(name)), None)
