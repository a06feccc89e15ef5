"""What browsers may load and run on the site's pages (Content Security Policy, level 3)."""

from kb.data import beside

# A host sends it as a header, as `kb preview` does and deploy/ says how; not with photos and the
# like, which a browser opened on one alone lays out with styles of its own.
SPARED = (".avif", ".gif", ".jpg", ".jpeg", ".png", ".webp")
HEADER: str = beside(__file__)["policy"]
# Each page says it too, for hosts without headers: all but what browsers heed in a header alone.
META = HEADER.removesuffix("; frame-ancestors 'none'")
HEADERS: dict[str, str] = beside(__file__)["headers"]  # what else it sends with every answer
