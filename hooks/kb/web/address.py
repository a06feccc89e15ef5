"""One spelling for each address that is asked for."""

import re
from functools import lru_cache
from urllib.parse import quote

import yarl

# URL standard, 3.1: what no host name holds.
_FORBIDDEN = re.compile(r"[\s#%/<>?@\[\\\]^|\x00-\x1f\x7f]")


def address(url: str) -> yarl.URL | None:
    """A link's address as it is asked for: http(s) with a host, no credentials, no fragment."""
    try:
        parsed = yarl.URL(quote_bytes(url.strip()))
        if parsed.scheme not in ("http", "https") or not parsed.host or parsed.port == 0:
            return None
        if _FORBIDDEN.search(parsed.host):
            return None
        return parsed.with_user(None).with_fragment(None)
    except ValueError:
        return None


@lru_cache(8192)  # each link is held against each entry of the ledger
def spelling(url: str) -> str:
    """The address without its fragment, spelt as it is asked for; as written when it is none."""
    parsed = address(url)
    return str(parsed) if parsed else url.partition("#")[0]


def quote_bytes(url: str) -> str:
    """Percent-encode bytes that came as no valid UTF-8 in a header (RFC 3986, 2.1)."""
    try:
        url.encode()
    except UnicodeEncodeError:
        return quote(url.encode("utf-8", "surrogateescape"), safe="%/:=&?~#+!$,;'@()*[]")
    return url
