"""Editions × languages: which exist, where pages lie, where they live on in another edition."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from kb.finding import Finding
from kb.ledger import Ledger

LEDGER = "editions"
SETTINGS = "mkdocs.yml"  # of the current edition; older ones inherit them
TOGETHER = "KB_EDITIONS"  # in the environment: the editions that are built into one site
NOT_HERE = "not-in-this-edition"  # id of the notice on each home page, shown when it is the target


class Edition(NamedTuple):
    """One edition; `successors` maps its pages to those of the next newer one that took over."""

    name: str
    config: str
    aliases: tuple[str, ...] = ()
    successors: Mapping[str, str] = {}


class Language(NamedTuple):
    """A language of the site: what it calls itself, and the site."""

    locale: str
    name: str = ""
    site_name: str = ""


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


class Counterpart(NamedTuple):
    """Where a reader who changes edition arrives: an address from the site's root.

    `found` is False when that is only the home page, the one asked for having no successor.
    """

    edition: str
    address: str
    found: bool


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
            item.get("successors", {}),
        )
        for item in (() if ledger.findings else ledger.data or ())
    )
    return Editions(editions, tuple(_languages(settings.data)))


def _languages(settings: Any) -> Iterator[Language]:
    """Those of the plugin static-i18n, as it reads them."""
    held = settings if isinstance(settings, dict) else {}
    plugins = held.get("plugins")
    named = plugins if isinstance(plugins, list) else [plugins]
    i18n = next((each["i18n"] for each in named if isinstance(each, dict) and "i18n" in each), None)
    listed = i18n.get("languages") if isinstance(i18n, dict) else None
    found = [
        (
            item.get("default") is not True,
            Language(
                str(item["locale"]),
                str(item.get("name", "")),
                str(item.get("site_name") or held.get("site_name") or ""),
            ),
        )
        for item in (listed if isinstance(listed, list) else ())
        if isinstance(item, dict) and "locale" in item and item.get("build") is not False
    ]
    yield from (language for _, language in sorted(found, key=lambda pair: pair[0]))


def together(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The editions that are being built into one site; none when one is built alone."""
    return tuple(filter(None, environment.get(TOGETHER, "").split(",")))


def page_address(page: str, locale: str, default: str) -> str:
    """The address of a page below its edition's root: `plus/index`, `en` -> `en/plus/`."""
    head, _, tail = page.rpartition("/")
    path = head if tail == "index" else page
    prefix = "" if locale == default else f"{locale}/"
    return prefix + (f"{path}/" if path else "")


def counterpart(
    page: str,
    locale: str,
    here: str,
    there: str,
    editions: Editions,
    pages: Mapping[str, Collection[str]],
) -> Counterpart:
    """Where `page` of one edition is found in another; `pages` has each edition's page names.

    Towards a newer edition the recorded successors are followed step by step, towards an older one
    they are followed back; a page without a counterpart leads to the home page and its notice.
    """
    first, last = editions.names.index(here), editions.names.index(there)
    path: str | None = page
    if last < first:
        for edition in reversed(editions.every[last + 1 : first + 1]):
            path = edition.successors.get(path or "", path)
    else:
        for edition in editions.every[first + 1 : last + 1]:
            back = [old for old, new in edition.successors.items() if new == path]
            path = back[0] if back else path
    if path and path in pages[there]:
        address = page_address(path, locale, editions.default)
        return Counterpart(there, f"{there}/{address}", True)
    home = page_address("index", locale, editions.default)
    return Counterpart(there, f"{there}/{home}#{NOT_HERE}", False)


def check(ledger: Ledger, pages: Mapping[str, Collection[str]]) -> list[Finding]:
    """Editions named twice, and successors between pages that do not exist."""
    findings = list(ledger.findings)
    if findings:
        return findings
    items: list[dict[str, Any]] = ledger.data
    names = [item["name"] for item in items]
    for index, item in enumerate(items):
        if item["name"] in names[:index]:
            findings.append(
                Finding(
                    ledger.path,
                    ledger.line(index, "name"),
                    "ledger-schema",
                    f"edition '{item['name']}' is listed twice",
                )
            )
        newer = names[index - 1] if index else ""
        for old, new in item.get("successors", {}).items():
            line = ledger.line(index, "successors", old)
            for page, edition in ((old, item["name"]), (new, newer)):
                if page not in pages.get(edition, ()):
                    findings.append(
                        Finding(
                            ledger.path,
                            line,
                            "successor-missing",
                            f"edition '{edition}' has no page '{page}'",
                        )
                    )
    return findings
