"""What wants doing: values, pictures and links past their time, translations left behind."""

from __future__ import annotations

from datetime import date

from kb import checks, editions, search, successors
from kb.clock import Due
from kb.facts import entries as facts
from kb.finding import Finding
from kb.markup import exceptions as markup
from kb.pictures import entries as pictures
from kb.pictures import fresh
from kb.project import Project
from kb.translations import checks as translations
from kb.translations import stamps
from kb.web import exceptions


def read(project: Project, today: date) -> tuple[list[Finding], list[Finding]]:
    """What is due, most overdue first; and the ledgers' errors, which may hide more of it."""
    values, *others = (
        project.ledger(room.LEDGER) for room in (facts, pictures, exceptions, markup, editions)
    )
    shown, links, allowed, _ = others
    broken = [*facts.check(values), *(found for each in others for found in each.findings)]
    due = [
        *facts.status(values, today),
        *fresh.status(shown, today),
        *markup.status(allowed, today),
        *exceptions.status(exceptions.entries(links), links.path, today),
    ]
    behind = translations.check(project.pages, project.editions.locales)
    for _, known, pairs in checks.pairs(project):
        broken += known.findings
        behind += [] if known.findings else stamps.check(known, stamps.states(known, pairs))
        due += stamps.lagging(known, pairs, today)
    due += [Due(0, finding) for finding in behind if finding.rule.startswith("translation-")]
    folders = [f"{project.editions.current}/{locale}" for locale in project.editions.locales]
    undecided = [*successors.status(project.successors, project.pages)]
    for folder in folders:
        asked = project.ledger(f"{folder}/{search.ASKED}")
        undecided += search.status(asked, folder, project.pages)
    due += [Due(0, finding) for finding in undecided]
    due.sort(key=lambda each: (-each.days, each.finding))
    errors = {finding for finding in broken if finding.severity == "error"}
    return [each.finding for each in due], sorted(errors)
