"""`kb status`: values, pictures and links past their time, translations left behind."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path

from kb import checks, editions, files, project, search, successors
from kb.clock import Due
from kb.facts import entries as facts
from kb.finding import Finding, Located
from kb.markup import exceptions as markup
from kb.pictures import entries as pictures
from kb.pictures import fresh
from kb.project import Project
from kb.terminal import FINE, FOUND, as_of_argument, home, today_of
from kb.translations import checks as translations
from kb.translations import stamps
from kb.web import exceptions
from kb_tools import report, tracking
from kb_tools.watch.command import told


def arguments(parser: ArgumentParser, _command: str) -> None:
    """What `kb status` is told, and what does it."""
    as_of_argument(parser)
    parser.add_argument("--strict", action="store_true", help="exit with 1 when something is")
    parser.add_argument(
        "--cache", type=Path, help="with what `kb links --cache` learnt of the facts' sources"
    )
    report.arguments(parser)
    parser.set_defaults(run=status)


def status(options: Namespace) -> int:
    """What is due."""
    held = project.read(home(options))
    today, behind = today_of(options, held)
    due, unreadable = due_of(held, today)
    report.write(options, [Located(finding) for finding in (*unreadable, *behind, *due)])
    if options.cache:
        print("\n".join(told(held, options.cache, due)))
    pressing = [finding for finding in due if finding.rule != search.UNASKED]
    if options.issue:
        located = [Located(finding) for finding in (*unreadable, *behind, *pressing)]
        text = tracking.issue(located, "the daily look at what is due")
        files.report(options.issue, text)
    return FOUND if unreadable or (pressing and options.strict) else FINE


def due_of(held: Project, today: date) -> tuple[list[Finding], list[Finding]]:
    """What is due, most overdue first; and the ledgers' errors, which may hide more of it."""
    values, *others = (
        held.ledger(room.LEDGER) for room in (facts, pictures, exceptions, markup, editions)
    )
    shown, links, allowed, _ = others
    broken = [*facts.check(values), *(found for each in others for found in each.findings)]
    due = [
        *facts.status(values, today),
        *fresh.status(shown, today),
        *markup.status(allowed, today),
        *exceptions.status(exceptions.entries(links), links.path, today),
    ]
    behind = translations.check(held.pages, held.editions.locales)
    for _, known, pairs in checks.pairs(held):
        broken += known.findings
        behind += [] if known.findings else stamps.check(known, stamps.states(known, pairs))
        due += stamps.lagging(known, pairs, today)
    due += [Due(0, finding) for finding in behind if finding.rule.startswith("translation-")]
    folders = [f"{held.editions.current}/{locale}" for locale in held.editions.locales]
    undecided = [*successors.status(held.successors, held.pages)]
    for folder in folders:
        asked = held.ledger(f"{folder}/{search.ASKED}")
        undecided += search.status(asked, folder, held.pages)
    due += [Due(0, finding) for finding in undecided]
    due.sort(key=lambda each: (-each.days, each.finding))
    errors = {finding for finding in broken if finding.severity == "error"}
    return [each.finding for each in due], sorted(errors)
