"""All checks of an edition in one call each: the sources alone, or the built site."""

from __future__ import annotations

import datetime
from pathlib import Path

from kb import ledger, project, search, translations
from kb.facts import ageing
from kb.facts import checks as facts
from kb.facts.entries import LEDGER as FACTS
from kb.finding import Finding, unique
from kb.markup import exceptions as markup
from kb.pictures import checks as pictures
from kb.pictures import uses
from kb.pictures.entries import LEDGER as PICTURES
from kb.references import checks as references
from kb.references.site import read_site
from kb.text import checks as texts
from kb.web import exceptions, referral


def check_sources(edition: project.Project, today: datetime.date) -> list[Finding]:
    """What can be said without building: ledgers, front matter, pictures, translations, facts."""
    held = edition.ledgers
    findings = [found for each in held.values() for found in each.findings]
    findings += texts.check(edition.pages)
    findings += search.check(edition.asked, edition.pages, edition.edition)
    findings += check_pictures(edition)
    findings += translations.check(edition.pages, edition.locales)
    findings += translations.check_stamps(edition.stamps, edition.pages)
    known = exceptions.entries(held.get(exceptions.LEDGER, ledger.EMPTY))
    findings += referral.check(edition.pages, held.values(), known)
    late = markup.status(held.get(markup.LEDGER, ledger.EMPTY), today)
    findings += [due.finding for due in late]
    if FACTS in held:
        findings += facts.check(held[FACTS], edition.pages, edition.locales, edition.current, today)
        if edition.current:
            findings += ageing.check(held.get(ageing.LEDGER, ledger.EMPTY), edition.pages)
    return unique(findings)


def check_pictures(edition: project.Project) -> list[Finding]:
    """The pictures on disk, in the ledger and on the pages."""
    shown = [*uses.uses(edition.pages), *edition.named]
    listed = edition.ledgers.get(PICTURES, ledger.EMPTY)
    return pictures.check(edition.pictures, shown, listed, edition.locales)


def check_site(
    edition: project.Project, site: Path, site_url: str, today: datetime.date
) -> list[Finding]:
    """The sources and the site that they were built into."""
    graph = read_site(site, site_url=site_url)
    built = references.check(graph, sources=project.sources(edition))
    return unique([*check_sources(edition, today), *built])
