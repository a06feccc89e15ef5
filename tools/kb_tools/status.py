"""`kb status`: values, pictures and links past their time, translations left behind."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path

from kb import checks, editions, project, search
from kb.clock import Due
from kb.facts import entries as facts
from kb.finding import Finding, Located, many
from kb.ledger import Ledger
from kb.markup import exceptions as markup
from kb.pictures import entries as pictures
from kb.pictures import fresh
from kb.project import Project
from kb.successors import Successors
from kb.terminal import FINE, FOUND, as_of_argument, home, of_editions, sum_up, today_of
from kb.text.page import DocsPath, Page
from kb.translations import checks as translations
from kb.translations import stamps
from kb.web import exceptions
from kb_tools import report, tracking, writing
from kb_tools.watch.command import told

_UNASKED = "asked-missing"  # a rule that is told and gates nothing


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
    findings = [*unreadable, *behind, *due]
    report.write(options, [Located(finding) for finding in findings])
    if options.format == "text":
        sum_up(of_editions(len(held.pages), len(held.names)), findings)
    if options.cache:
        print("\n".join(told(held, options.cache, due)))
    pressing = [finding for finding in due if finding.rule != _UNASKED]
    if options.issue:
        located = [Located(finding) for finding in (*unreadable, *behind, *pressing)]
        text = tracking.issue(located, "the daily look at what is due")
        writing.report(options.issue, text)
    return FOUND if unreadable or (pressing and options.strict) else FINE


def due_of(held: Project, today: date) -> tuple[list[Finding], list[Finding]]:
    """What is due, most overdue first; and errors of what is read, which may hide more of it."""
    values, *others = (
        held.ledger(room.LEDGER) for room in (facts, pictures, exceptions, markup, editions)
    )
    shown, links, allowed, _ = others
    broken = [*held.findings, *facts.check(values)]
    broken += (found for each in others for found in each.findings)
    due = [
        *facts.status(values, today),
        *fresh.status(shown, today),
        *markup.status(allowed, today),
        *exceptions.status(exceptions.entries(links), links.path, today),
    ]
    behind = list(translations.check(held.pages, held.editions.locales))
    for _, known, pairs in checks.pairs(held):
        broken += known.findings
        found = [] if known.findings else list(stamps.states(known, pairs))
        behind += stamps.check(known, found)
        due += lagging(found, today)
    due += [Due(0, finding) for finding in behind if finding.rule.startswith("translation-")]
    folders = [f"{held.editions.current}/{locale}" for locale in held.editions.locales]
    unsettled = [*undecided(held.successors, held.pages)]
    for folder in folders:
        asked = held.ledger(f"{folder}/{search.ASKED}")
        if asked.findings and not asked.absent:
            broken += asked.findings
        else:
            unsettled += unasked(asked, folder, held.pages)
    due += [Due(0, finding) for finding in unsettled]
    due.sort(key=lambda each: (-each.days, each.finding))
    errors = {finding for finding in broken if finding.severity == "error"}
    return [each.finding for each in due], sorted(errors)


def lagging(found: Iterable[stamps.State], today: date) -> Iterator[Due]:
    """The sides that lag knowingly, by the days since when."""
    for state in found:
        if state.behind:
            days = (today - date.fromisoformat(state.behind)).days
            message = f"'#{state.pair.id}' lags behind its {state.ahead.locale} text"
            message += f" since {state.behind}: {many(days, 'day')}"
            finding = Finding(state.left.path, state.left.line, "translation-behind", message)
            yield Due(days, finding)


def undecided(ways: Successors, pages: Mapping[DocsPath, Page]) -> Iterator[Finding]:
    """The pages and sections whose successor nobody has decided, at their places."""
    known = ways.editions
    for new, old in pairwise(known.names):
        for spot, likely, score in ways.steps[old].open:
            page = next(
                held
                for locale in known.locales
                if (held := pages.get(f"{old}/{locale}/{spot.page}.md"))
            )
            line = next((held.line for held in page.headings if held.id == spot.id), 1)
            message = f"nothing in {new} is recorded as the successor of '{spot}'"
            if likely:
                message += f"; readers are led to '{likely}', by {score:.0%} the same words"
            hint = f"record it in docs/ledgers/{editions.LEDGER}.yml: `{spot}: {likely or '[]'}`"
            yield Finding(page.file, line, "successor-open", message, hint)


def unasked(asked: Ledger, folder: str, pages: Mapping[DocsPath, Page]) -> Iterator[Finding]:
    """Of each page in `folder` the sections that no phrase leads to: its text alone finds them."""
    for name, page in pages.items():
        if name.startswith(f"{folder}/"):
            known = (asked.data or {}).get(name[len(folder) + 1 : -len(".md")], {})
            lacking = [
                heading.id for heading in page.headings if heading.id not in (*known, "next")
            ]
            if lacking:
                message = f"no phrase of {asked.path} leads to {', '.join(lacking)}"
                yield Finding(page.file, 1, _UNASKED, message)
