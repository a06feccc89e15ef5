"""The pages that readers already know: none may vanish without leading on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from kb.editions import page_address
from kb.finding import Finding
from kb.ledger import Ledger

LEDGER = "pages"
HEAD = """\
# The pages that each edition has been released with: `kb release` writes this list.
# A page that stands here and is gone needs an entry in redirects.yml.
"""


def record(ledger: Ledger, pages: Mapping[str, Iterable[str]]) -> str:
    """The ledger's new text: what it had and the pages of each edition, newest edition first.

    A page once released stays: its address is known, also when it or its edition is gone.
    """
    known: Mapping[str, list[str]] = ledger.data or {}
    listed = [
        f"{edition}:\n"
        + "".join(
            f"- {page}\n" for page in sorted({*pages.get(edition, ()), *known.get(edition, ())})
        )
        for edition in sorted({*pages, *known}, reverse=True)
    ]
    return HEAD + "".join(listed)


def check(
    ledger: Ledger,
    pages: Mapping[str, Collection[str]],
    redirected: Collection[str],
    locales: Sequence[str],
) -> list[Finding]:
    """Pages gone since the last release whose addresses are not all in `redirected` (`/old/`).

    The first of the locales is the default one.
    """
    if ledger.findings:
        return list(ledger.findings)
    findings = []
    released: Mapping[str, list[str]] = ledger.data or {}
    for edition, listed in released.items():
        for index, page in enumerate(listed):
            if page in pages.get(edition, ()):
                continue
            lost = [
                address
                for locale in locales
                if (address := f"/{edition}/{page_address(page, locale, locales[0])}")
                not in redirected
            ]
            if lost:
                line = ledger.line(edition, index)
                message = f"page '{page}' of {edition} is gone: {', '.join(lost)}"
                findings.append(Finding(ledger.path, line, "page-gone", message))
    for edition, held in pages.items():
        new = sorted(set(held) - set(released.get(edition, ())))
        if new:
            line = ledger.line(edition)
            message = f"not yet released pages of {edition}: {', '.join(new)}"
            findings.append(Finding(ledger.path, line, "page-unreleased", message))
    return findings
