"""The addresses that readers already know: none may vanish without leading on."""

from collections.abc import Collection, Iterator, Mapping

from kb.editions import Editions, page_address
from kb.finding import Finding
from kb.ledger import Ledger

LEDGER = "pages"
FEEDS = "feeds"
FEED = "feed.xml"


def published(editions: Editions, listed: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """What the site has, as the ledger names it; `listed` are the names of each edition's pages."""
    found = {name: set(listed.get(name, ())) for name in editions.names}
    for edition in editions.every:
        found |= dict.fromkeys(edition.aliases, found[edition.name])
    return {**found, FEEDS: set(feeds(editions).values())}


def feeds(editions: Editions) -> dict[str, str]:
    """The address of each language's feed, from the site's root: the same for ever."""
    default = editions.default
    return {locale: page_address("index", locale, default) + FEED for locale in editions.locales}


def old_feeds(ledger: Ledger, editions: Editions) -> list[tuple[str, str]]:
    """Locale and address of feeds below an edition: what was found there once is there for ever."""
    own = feeds(editions)
    known = [each for each in (ledger.data or {}).get(FEEDS, ()) if each not in own.values()]
    return [
        (locale, address)
        for locale, feed in own.items()
        for address in known
        if address.partition("/")[2] == feed
    ]


def check(
    ledger: Ledger,
    pages: Mapping[str, Collection[str]],
    served: Collection[str],
    editions: Editions,
) -> Iterator[Finding]:
    """Addresses gone since the last release, and those that it did not know.

    `pages` is what is `published`; `served` are the addresses besides (`/old/`) that lead on.
    """
    released: Mapping[str, list[str]] = ledger.sound or {}
    for name, listed in released.items():
        for index, page in enumerate(listed):
            if page in pages.get(name, ()):
                continue
            addresses = [
                f"/{name}/{page_address(page, locale, editions.default)}"
                for locale in editions.locales
            ]
            lost = [f"/{page}"] if name == FEEDS else addresses
            if missing := [address for address in lost if address not in served]:
                message = f"'{page}' of {name} is gone: {', '.join(missing)}"
                yield ledger.finding("page-gone", message, name, index)
    for name, held in pages.items():
        if new := sorted(set(held) - set(released.get(name, ()))):
            message = f"not yet released of {name}: {', '.join(new)}"
            yield ledger.finding("page-unreleased", message, name)
