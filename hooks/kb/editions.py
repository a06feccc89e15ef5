"""Editions × languages: which exist, where pages lie, where they live on in another edition."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kb.ledger import Ledger, walk

LEDGER = "editions"
SETTINGS = "mkdocs.yml"  # of the current edition; older ones inherit them
TOGETHER = "KB_EDITIONS"  # in the environment: the editions that are built into one site


class Spot(NamedTuple):
    """A page by its name, or with an `id` one of its sections."""

    page: str
    id: str = ""

    def __str__(self) -> str:
        return f"{self.page}#{self.id}".rstrip("#")


class Edition(NamedTuple):
    """One edition; `successors` has what became of its pages and sections in the next newer one.

    A reader is led to the first of them, and from each back; of none when nothing took over.
    """

    name: str
    config: str
    aliases: tuple[str, ...] = ()
    successors: Mapping[Spot, tuple[Spot, ...]] = {}


class Language(NamedTuple):
    """A language of the site: what it calls itself, and the site; its line in mkdocs.yml."""

    locale: str
    name: str = ""
    site_name: str = ""
    line: int = 1


class Editions(NamedTuple):
    """Which editions there are, newest first, and in which languages, the default one first."""

    every: tuple[Edition, ...] = ()
    languages: tuple[Language, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the editions, newest first."""
        return tuple(edition.name for edition in self.every)

    @property
    def current(self) -> str:
        """The name of the newest edition; "" when none is known."""
        return self.every[0].name if self.every else ""

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales, the default one first."""
        return tuple(language.locale for language in self.languages)

    @property
    def default(self) -> str:
        """The locale of the originals, whose pages stand at an edition's root."""
        return self.languages[0].locale if self.languages else ""


def read(ledger: Ledger, settings: Ledger) -> Editions:
    """The one answer to which editions and languages there are.

    The ledger names the editions, mkdocs.yml (read with `tagged`) the languages; from what cannot
    be read nothing is taken.
    """
    editions = tuple(
        Edition(
            item["name"],
            item["config"],
            tuple(item.get("aliases", ())),
            {
                _spot(old): tuple(map(_spot, [new] if isinstance(new, str) else new))
                for old, new in item.get("successors", {}).items()
            },
        )
        for item in ledger.sound or ()
    )
    return Editions(editions, tuple(_languages(settings)))


def _spot(text: str) -> Spot:
    page, _, id_ = text.partition("#")
    return Spot(page, id_)


def _languages(settings: Ledger) -> Iterator[Language]:
    """Those of the plugin static-i18n, as it reads them."""
    held = settings.data if isinstance(settings.data, dict) else {}
    named = walk(held.get("plugins"), ("plugins",))
    found = (pair for pair in named if pair[0][-2:] == ("i18n", "languages"))
    above, listed = next(found, ((), ()))
    rows = [
        (at, item)
        for at, item in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(item, dict) and "locale" in item and item.get("build") is not False
    ]
    for at, item in sorted(rows, key=lambda row: row[1].get("default") is not True):
        yield Language(
            str(item["locale"]),
            str(item.get("name", "")),
            str(item.get("site_name") or held.get("site_name") or ""),
            settings.line(*above, at, "locale"),
        )


def together(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The editions that are being built into one site; none when one is built alone."""
    return tuple(filter(None, environment.get(TOGETHER, "").split(",")))


def page_address(page: str, locale: str, default: str) -> str:
    """The address of a page below its edition's root: `plus/index`, `en` -> `en/plus/`."""
    head, _, tail = page.rpartition("/")
    path = head if tail == "index" else page
    prefix = "" if locale == default else f"{locale}/"
    return prefix + (f"{path}/" if path else "")
