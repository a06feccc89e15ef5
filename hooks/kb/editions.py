"""Editions × languages: which exist, where pages lie, where they live on in another edition."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from kb.finding import Finding
from kb.ledger import Ledger

LEDGER = "editions"
DEFAULT_LOCALE = "zh"
SITE_NAMES = {
    "zh": "ChatGPT Plus 与 API 付费指南",
    "en": "Paying for ChatGPT Plus and the API",
}
TOGETHER = "KB_EDITIONS"  # in the environment: the editions that are built into one site
NOT_HERE = "not-in-this-edition"  # id of the notice on each home page, shown when it is the target


class Edition(NamedTuple):
    """One edition; `successors` maps its pages to those of the next newer one that took over."""

    name: str
    config: str
    aliases: tuple[str, ...] = ()
    successors: Mapping[str, str] = {}


class Counterpart(NamedTuple):
    """Where a reader who changes edition arrives: an address from the site's root.

    `found` is False when that is only the home page, the one asked for having no successor.
    """

    edition: str
    address: str
    found: bool


def read(ledger: Ledger) -> tuple[Edition, ...]:
    """The editions, newest first. Call it only when the ledger has no findings."""
    return tuple(
        Edition(
            item["name"],
            item["config"],
            tuple(item.get("aliases", ())),
            item.get("successors", {}),
        )
        for item in ledger.data
    )


def together(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The editions that are being built into one site; none when one is built alone."""
    return tuple(filter(None, environment.get(TOGETHER, "").split(",")))


def page_address(page: str, locale: str) -> str:
    """The address of a page below its edition's root: `plus/index`, `en` -> `en/plus/`."""
    head, _, tail = page.rpartition("/")
    path = head if tail == "index" else page
    prefix = "" if locale == DEFAULT_LOCALE else f"{locale}/"
    return prefix + (f"{path}/" if path else "")


def site_path(source: str) -> str:
    """The file of a page: `2023-07/en/usage.md` -> `2023-07/en/usage/index.html`."""
    edition, locale, rest = source.split("/", 2)
    address = page_address(rest.removesuffix(".md"), locale)
    return posixpath.join(edition, address, "index.html")


def counterpart(
    page: str,
    locale: str,
    here: Edition,
    there: Edition,
    editions: Sequence[Edition],
    pages: Mapping[str, Collection[str]],
) -> Counterpart:
    """Where `page` of one edition is found in another; `pages` has each edition's page paths.

    Towards a newer edition the recorded successors are followed step by step, towards an older one
    they are followed back; a page without a counterpart leads to the home page and its notice.
    """
    first, last = editions.index(here), editions.index(there)
    path: str | None = page
    if last < first:
        for edition in reversed(editions[last + 1 : first + 1]):
            path = edition.successors.get(path or "", path)
    else:
        for edition in editions[first + 1 : last + 1]:
            back = [old for old, new in edition.successors.items() if new == path]
            path = back[0] if back else path
    if path and path in pages[there.name]:
        return Counterpart(there.name, f"{there.name}/{page_address(path, locale)}", True)
    home = page_address("index", locale)
    return Counterpart(there.name, f"{there.name}/{home}#{NOT_HERE}", False)


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
