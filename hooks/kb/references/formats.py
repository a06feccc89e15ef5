"""What lies in a site beside pages and style sheets, and names addresses: file -> references."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from html import unescape

from kb.data import beside
from kb.references.extract import Reference, begin, data

_TABLE = beside(__file__)
_XML = re.compile(
    r"<!--.*?(?:-->|\Z)|<([A-Za-z][\w:.-]*+)([^<>]*)>\s*+(?:<!\[CDATA\[\s*+)?([^<\]]*+)", re.S
)
_ATTRIBUTE = re.compile(r"\s([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def xml(text: str) -> Iterator[Reference]:
    """The addresses in a sitemap, a list of sitemaps or a feed; another document gives none."""
    root = re.search(r"<([A-Za-z][\w:]*)", begin(text))
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
    """What a `_redirects` file answers: the target, "" where it depends; `element` is the rule's.

    In that `*` stands for any end and `:name` for a part of the path.
    """
    for number, line in enumerate(text.splitlines(), 1):
        words = re.sub(r"(?:^|\s)#.*", "", line).split()
        if len(words) > 1 and not {"404", "410"}.intersection(words[2:]):
            fixed = not re.search(r"[*:]", words[0] + words[1].partition("://")[2])
            yield Reference("redirect", words[1] if fixed else "", number, 1, words[0])


def htaccess(text: str) -> Iterator[Reference]:
    """The same of Apache's file; left out are rules with a condition, and patterns not so plain."""
    conditional = False
    for number, line in enumerate(text.splitlines(), 1):
        told = _APACHE.fullmatch(line)
        if told and not (conditional and told[1].lower() == "rewriterule"):
            name, source, target = told[1].lower(), told[2].strip('"'), told[3].strip('"')
            plain = _PLAIN.fullmatch(source)
            if name in ("redirect", "redirectpermanent", "redirecttemp"):
                source = f"{source.rstrip('/')}/*"
            elif plain and target != "-":
                rest = "/*" if "/" in plain[2] else "" if plain[2] == "$" else "*"
                source = re.sub(r"\\(.)", r"\1", plain[1]) + rest
            else:
                continue
            fixed = "" if re.search(r"[$%]", target) else target
            yield Reference("redirect", fixed, number, 1, source)
        if re.match(r"\s*Rewrite(?:Cond|Rule)\b", line, re.I):
            conditional = "cond" in line.split()[0].lower()


# The directive and its two paths; a status stands before them, and flags behind.
_APACHE = re.compile(
    r"\s*(Redirect(?:Match|Permanent|Temp)?|RewriteRule)"
    r"(?:\s+(?:3\d\d|permanent|temp|seeother))?\s+(?!gone\b|\d)(\"[^\"]+\"|\S+)\s+(\"[^\"]+\"|[^\s\"]+)(?:\s.*)?",
    re.I,
)
# A regular expression that means one path, or all that begin so.
_PLAIN = re.compile(r"\^/?\??((?:[\w/.-]|\\[.-])+?)(\$|(?:/\?)?(?:\(?/?\.\*\)?\??)?\$?)")


_READERS = {read.__name__: read for read in (xml, manifest, search_index, redirects, htaccess)}
_NAMES = [(re.compile(pattern), _READERS[name]) for pattern, name in _TABLE["names"].items()]


def reader(path: str) -> Callable[[str], Iterator[Reference]] | None:
    """What reads a file of this name; None for most."""
    name = path.rpartition("/")[2].lower()
    return next((read for pattern, read in _NAMES if pattern.fullmatch(name)), None)
