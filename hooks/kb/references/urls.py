"""Address as written + the page it stands on -> the place it means, by the URL standard."""

import binascii
import os
import posixpath
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_to_bytes

from kb.data import beside

INSIDE, EXTERNAL, OUTSIDE, MALFORMED, INERT = "inside", "external", "outside", "malformed", "inert"


class Target(NamedTuple):
    """Where an address leads: `path` in the site and `fragment` when inside, else `reason`."""

    status: str
    path: str = ""
    fragment: str = ""
    reason: str = ""


class Origin(NamedTuple):
    """Where the site is served: host (empty: unknown) and the path its root has there."""

    scheme: str = ""
    host: str = ""
    root: tuple[str, ...] = ()


_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_AUTHORITY = re.compile(r"[/\\]{2,}([^/\\?#]*)")  # more slashes than two count as two
_STRIP = "".join(map(chr, range(0x21)))
_PORTS = {"http": ":80", "https": ":443"}
_DROP = {ord(c): None for c in "\t\n\r"}
_DOTS = {".": ".", "%2e": ".", "..": "..", ".%2e": "..", "%2e.": "..", "%2e%2e": ".."}
# What the URL standard allows in a host; the port is digits.
_HOST = re.compile(r"(?:\[[0-9a-fA-F:.]+\]|[^\x00-\x20\x7f#/:<>?@\[\\\]^|%]+)(?::[0-9]{0,5})?")


def origin(site_url: str) -> Origin:
    """The origin that a site's public address names; an empty address gives an unknown one."""
    scheme = _SCHEME.match(site_url)
    authority = _AUTHORITY.match(site_url, scheme.end() if scheme else 0)
    if not authority:
        return Origin()
    name = scheme[1].lower() if scheme else ""
    path = re.split(r"[?#]", site_url[authority.end() :])[0]
    root = tuple(segment for segment in _decoded(path).split("/") if segment)
    return Origin(name, _host(authority[1], name), root)


def scheme(url: str) -> str:
    """The scheme of an address as a browser reads it, in lower case; "" for a relative one."""
    match = _SCHEME.match(folded(url))
    return match[1].lower() if match else ""


def folded(url: str) -> str:
    """An address less what the URL standard takes off: blanks around, tabs and breaks inside."""
    url = url.strip(_STRIP)
    return url.translate(_DROP) if "\n" in url or "\t" in url or "\r" in url else url


def path(url: str) -> str:
    """The path of an address that stays on the site, as written; "" when it leads elsewhere."""
    url = folded(url)
    if scheme(url) or url[:2] in ("//", "/\\", "\\/", "\\\\"):
        return ""
    return re.split(r"[?#]", url, maxsplit=1)[0]


def file(page: str, url: str) -> str:
    """The Markdown file that an address names by its path from the file `page`; "" for none."""
    led = unquote(path(url))
    inside = led.endswith(".md") and led[0] not in "/\\"
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), led)) if inside else ""


def rebased(url: str, before: str, after: str) -> str:
    """An address that is written as from the folder `before`, as from the folder `after`."""
    led = path(url)
    if not led or led[0] in "/\\" or before == after:
        return url
    there = posixpath.relpath(posixpath.join(before, led), after) + "/" * led.endswith("/")
    return url.replace(led, there, 1)


def resolve(url: str, page: str, home: Origin, base: str = "") -> Target:
    """What `url`, standing on the site's page `page` with `<base href>` `base`, means."""
    url = folded(url)
    if ":" in url and (found := _SCHEME.match(url)):
        name = found[1].lower()
        if name not in _PORTS:
            rest = url[found.end() :]
            fault = _OPAQUE[name](rest) if name in _OPAQUE else _odd(name, rest)
            return Target(MALFORMED if fault else INERT, reason=fault)
        authority = _AUTHORITY.match(url, found.end())
        return _absolute(url, name, authority, home)
    if url[:2] in ("//", "/\\", "\\/", "\\\\"):
        return _absolute(url, home.scheme, _AUTHORITY.match(url), home)
    if base:
        start = resolve(base, page, home)
        outside = start.status == OUTSIDE and not url.startswith(("/", "\\"))
        if outside or start.status == EXTERNAL:
            return start
        page = start.path if start.status == INSIDE else page
    return _relative(url, page, home.root + tuple(page.split("/")[:-1]), home)


def _relative(url: str, page: str, folder: tuple[str, ...], home: Origin) -> Target:
    path, _, fragment = url.partition("#")
    path = path.partition("?")[0]
    if ":~:" in fragment:  # a text fragment is for the browser alone
        fragment = fragment.partition(":~:")[0]
    if not path:
        return Target(INSIDE, page, fragment)
    if "\\" in path:
        path = path.replace("\\", "/")
    if path[0] == "/":
        folder = ()
    up = 0
    while up < len(folder) and path.startswith("../", 3 * up):
        up += 1
    if up:  # the same way up from another folder then leads to a walk already made
        folder, path = folder[:-up], path[3 * up :]
    return Target(*_walk(path, folder, home.root), fragment)


@lru_cache(maxsize=8192)
def _walk(path: str, folder: tuple[str, ...], root: tuple[str, ...]) -> tuple[str, str]:
    """Status and place of a path, from a folder of the host on which the site's root is `root`."""
    stack = list(folder)
    climbed = False
    segments = path.split("/")
    for segment in segments:
        dots = _DOTS.get(segment.lower()) if "." in segment or "%" in segment else None
        if dots is None:
            if segment:
                stack.append(_decoded(segment))
        elif dots == "..":
            if stack:
                stack.pop()
            else:
                climbed = True
    if climbed or tuple(stack[: len(root)]) != root:
        return OUTSIDE, "/" + "/".join(stack)
    inner = "/".join(stack[len(root) :])
    ends = not segments[-1] or segments[-1].lower() in _DOTS
    return INSIDE, inner + "/" if ends and inner else inner


def _absolute(url: str, scheme: str, authority: re.Match[str] | None, home: Origin) -> Target:
    if not authority or not authority[1]:
        return Target(MALFORMED, reason="names no host")
    host = _host(authority[1], scheme)
    if not _HOST.fullmatch(unquote(host)):
        return Target(MALFORMED, reason="names an impossible host")
    rest = url[authority.end() :]
    if not home.host or host != home.host:
        return Target(EXTERNAL, path=url)
    if not rest.startswith(("/", "\\")):
        rest = "/" + rest
    target = _relative(rest, "", (), home)
    # Another site may live beside ours on the host: only root-relative links must stay inside.
    return Target(EXTERNAL, path=url) if target.status == OUTSIDE else target


def _host(authority: str, scheme: str) -> str:
    return authority.rpartition("@")[2].lower().removesuffix(_PORTS.get(scheme, ":443"))


def _decoded(path: str) -> str:
    # By bytes, as a server would: a file name need not be UTF-8.
    return os.fsdecode(unquote_to_bytes(path)) if "%" in path else path


def _odd(scheme: str, rest: str) -> str:
    """What is wrong with a scheme that reaches no reader; "" for one that an app may know."""
    if scheme == "file" or len(scheme) == 1:
        return "names a file of the machine that it was written on"
    if rest[:1].isdigit() and (scheme == "localhost" or "." in scheme):
        return "is a host and a port, without http://"
    if scheme not in _NAMES["known"] and scheme not in _NAMES["common"]:
        from rapidfuzz.distance import OSA  # loaded only where it is needed

        near = min(_NAMES["common"], key=lambda known: OSA.distance(scheme, known))
        if OSA.distance(scheme, near) == 1:
            return f"has no scheme that there is; '{near}:' is near"
    return ""


def _mailto(rest: str) -> str:
    people, _, headers = rest.partition("?")
    if not people:
        return "" if headers else "names no address"
    if _BAD_PERCENT.search(rest):
        return "has a percent sign without its two digits"
    for person in unquote(people).split(","):
        local, at, domain = person.strip().rpartition("@")
        domain = domain.rstrip(">")
        if not (local and at and domain) or re.search(r"\s|\.\.", domain) or domain[0] in ".-":
            return f"'{person.strip()}' is no mail address"
    return ""


def _tel(rest: str) -> str:
    number = unquote(rest).partition(";")[0].partition("?")[0]
    if not re.search(r"[0-9*#]", number):
        return "names no number" if not number else f"'{number}' is no number"
    # Words stand for digits in numbers of one country alone (RFC 3966, 5.1.4).
    if not re.fullmatch(r"\+[0-9\s().,/~-]+|[0-9a-zA-Z\s().,*#/~-]+", number):
        return f"'{number}' is no number"
    return ""


def _data(rest: str) -> str:
    head, comma, body = rest.partition("#")[0].partition(",")
    if not comma:
        return "has no comma between its type and its content"
    if re.search(r";\s*base64\s*$", head, re.I):
        raw = re.sub(r"\s", "", unquote(body))
        try:
            binascii.a2b_base64(raw + "=" * (-len(raw) % 4), strict_mode=True)
        except (ValueError, binascii.Error):
            return "is not valid base64"
    return ""


_BAD_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_NAMES: dict[str, list[str]] = beside(__file__)
_OPAQUE = {"mailto": _mailto, "tel": _tel, "sms": _tel, "data": _data}


def is_of_a_repository(path: str) -> bool:
    """Whether a path out of a repository's files is one that its host answers: `/issues/3`."""
    return path.split("/")[1] in _NAMES["beside_a_repository"]


def fragments(fragment: str) -> tuple[str, ...]:
    """The ids that a fragment may mean, in the order a browser tries them."""
    decoded = unquote(fragment)
    encoded = quote(fragment, safe="%!$&'()*+,-./:;=?@_~[]\\^{|}#")
    return (decoded,) if decoded == encoded else (encoded, decoded)


def needs_no_id(fragment: str) -> bool:
    """Whether a fragment needs no id: the top of the page, or a place that a script shows."""
    return fragment.startswith(("/", "!")) or unquote(fragment).lower() == "top"
