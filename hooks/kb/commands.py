"""What each command does with its arguments: reading, calling, printing. The logic is elsewhere."""

from __future__ import annotations

import datetime
import sys
from argparse import Namespace
from collections.abc import Sequence

from kb import (
    checks,
    editions,
    files,
    kept,
    nearest,
    project,
    releases,
    search,
    tracking,
)
from kb import status as overdue
from kb.errors import InputError
from kb.ledger import Ledger
from kb.pictures.entries import LEDGER
from kb.project import Project
from kb.report import Located
from kb.terminal import (
    FINE,
    FOUND,
    by_hand,
    home,
    of_editions,
    site_url,
    tell,
    today_of,
    write,
)
from kb.translations import checks as translations
from kb.translations import glossary, language, stamps


def check(options: Namespace) -> int:
    """The rules that need no build."""
    held = project.read(home(options))
    if not held.pages and not checks.unbuildable(held):
        raise InputError(f"{held.home} has no edition with a page: nothing was checked")
    if options.fix:
        held = _mend(held)
    today, found = today_of(options, held)
    found += checks.check_sources(held, today)
    if options.ocr or any(file.codes for file in held.pictures.values()):
        for name in held.names:
            pictures, listed = held.shown_by(name)[0], held.own(name, LEDGER)
            found += by_hand("ocr").check_pictures(
                held.home, pictures, listed, held.editions.locales, words=options.ocr
            )
    return tell(found, of_editions(len(held.pages), len(held.names)))


def _mend(held: Project) -> Project:
    """Put the typography of all pages right, as one step; gives the project as it is then."""
    words, change = held.ledger(language.LEDGER), files.Change(held.home)
    for page in held.pages.values():
        if (text := language.mended(page, words)) != page.text:
            change.write(page.file, text)
    for name in change.commit():
        print(f"mended {name}")
    return project.read(held.home)


def status(options: Namespace) -> int:
    """What is due."""
    held = project.read(home(options))
    today, behind = today_of(options, held)
    due, unreadable = overdue.read(held, today)
    write(options, [Located(finding) for finding in (*unreadable, *behind, *due)])
    if options.cache:
        print("\n".join(by_hand("watch.command").told(held, options.cache, due)))
    pressing = [finding for finding in due if finding.rule != search.UNASKED]
    if options.issue:
        located = [Located(finding) for finding in (*unreadable, *behind, *pressing)]
        text = tracking.issue(located, "the daily look at what is due")
        files.report(options.issue, text)
    return FOUND if unreadable or (pressing and options.strict) else FINE


def stamp(options: Namespace) -> int:
    """Texts found to say the same, or known not to: in an edition, or in the ledgers."""
    held = project.read(home(options))
    _intact(held.ledger(editions.LEDGER))
    today, _ = today_of(options, held)
    scopes = {scope: (known, pairs) for scope, known, pairs in checks.pairs(held)}
    if options.edition not in scopes:
        raise InputError(f"no edition '{options.edition}'; there are: {', '.join(scopes)}")
    if bool(options.page) == options.all:
        raise InputError("name pages or sections (`start/plans#go`), or give --all")
    known, pairs = scopes[options.edition]
    _intact(known, start=True)
    chosen = stamps.selected(stamps.states(known, pairs), options.page)
    named = {name for s in chosen for name in (s.pair.page, f"{s.pair.page}#{s.pair.id}")}
    for target in options.page:
        if target not in named:
            every = sorted({name for p in pairs for name in (p.page, f"{p.page}#{p.id}")})
            hint = nearest.hint(target, every)
            raise InputError(f"nothing there is called '{target}'" + (hint and f"; {hint}"))
    todo = [state for state in chosen if any(state.changed)]
    if options.behind:
        return _lag(held, known, pairs, todo, today)
    products = glossary.names(held.ledger(glossary.LEDGER), held.editions.locales)
    if unlike := [f for state in chosen for f in translations.differences(state.pair, products)]:
        print("not stamped: these do not say the same yet", file=sys.stderr)
        return tell(unlike)
    for state in todo:
        print(f"{state.pair.key}#{state.pair.id}: {state.what}")
    whole = [state for state in todo if f"{state.pair.page}#{state.pair.id}" not in options.page]
    if any(state.stale for state in whole) and not options.yes:
        raise InputError("a section changed in one language alone: name it, or give --yes for all")
    wanted = [(state.pair.key, state.pair.id) for state in chosen]
    return _write_ledger(held, known, stamps.record(known, pairs, wanted))


def _lag(
    held: Project,
    known: Ledger,
    pairs: Sequence[stamps.Pair],
    todo: Sequence[stamps.State],
    today: datetime.date,
) -> int:
    """Record corrections that do not wait for their translation."""
    if not todo or not all(state.stale for state in todo):
        raise InputError("--behind is for sections that changed in one language alone")
    for state in todo:
        print(f"{state.left.path}:{state.left.line}: '#{state.pair.id}' lags from now on")
    wanted = [(state.pair.key, state.pair.id) for state in todo]
    text = stamps.record(known, pairs, wanted, behind=today.isoformat())
    return _write_ledger(held, known, text)


def build(options: Namespace) -> int:
    """The whole site."""
    from kb import build as builder

    root = home(options)
    out = builder.check_target(root, (options.out or root / "site").absolute())
    sources = kept.made_of(root)
    held = project.read(root, options.edition)
    for name in options.edition:
        _edition(name, held)
    today, behind = today_of(options, held)
    try:
        built = builder.build(
            held,
            out,
            site_url(options),
            as_of=today,
            progress=_progress,
            sources=sources,
        )
    except builder.BuildError as error:
        print(error, file=sys.stderr)
        return FOUND
    return tell([*behind, *built.findings], of_editions(built.pages, built.editions))


def release(options: Namespace) -> int:
    """The pages that readers know."""
    held = project.read(home(options))
    _intact(held.ledger(editions.LEDGER))
    known = _intact(held.ledger(releases.LEDGER), start=True)
    return _write_ledger(
        held, known, releases.record(known, releases.published(held.editions, held.listed))
    )


def _edition(name: str, held: Project) -> str:
    _intact(held.ledger(editions.LEDGER))
    if name not in held.editions.names:
        raise InputError(f"no edition '{name}'; there are: {', '.join(held.editions.names)}")
    return name


def _intact(found: Ledger, *, start: bool = False) -> Ledger:
    """A ledger to write by: of a faulty or emptied one, something would be lost.

    One that is not there is a start, where the command itself begins it.
    """
    if found.findings and not (start and found.absent):
        raise InputError(f"{found.findings[0]}\nmend it first; nothing was written")
    return found


def _write_ledger(held: Project, ledger: Ledger, text: str) -> int:
    change = files.Change(held.home)
    change.write(ledger.path, text)
    print(f"wrote {ledger.path}" if change.commit() else "nothing changed")
    return FINE


def _progress(step: str) -> None:
    """Tell a person what is going on; a pipe gets only what was found."""
    if sys.stderr.isatty():
        print(f"… {step}", file=sys.stderr)
