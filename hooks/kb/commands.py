"""What each command does with its arguments: reading, calling, printing. The logic is elsewhere."""

from __future__ import annotations

import datetime
import importlib
import os
import re
import sys
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kb import (
    checks,
    clock,
    editions,
    files,
    nearest,
    project,
    releases,
    report,
    tracking,
)
from kb import status as overdue
from kb.errors import InputError
from kb.finding import Finding, unique
from kb.ledger import Ledger
from kb.pictures.entries import LEDGER
from kb.project import Project
from kb.references import checks as references
from kb.references.mapping import Source
from kb.references.site import read_site
from kb.report import Located
from kb.translations import checks as translations
from kb.translations import glossary, language, stamps
from kb.web.address import address

FINE, FOUND, USAGE, BUG, INTERRUPTED = 0, 1, 2, 70, 130
DEFAULT_URL = "http://127.0.0.1:8000/"
_SPOILT = re.compile(r"[\s\"'<>\\\x00-\x1f\x7f]")  # no part of an address that stands in pages
TOOLS = Path(__file__).parents[2] / "tools"


def check(options: Namespace) -> int:
    """The rules that need no build."""
    held = project.read(home(options))
    if not held.pages and not checks.unbuildable(held):
        raise InputError(f"{held.home} has no edition with a page: nothing was checked")
    if options.fix:
        held = _mend(held)
    today, found = _today(options, held)
    found += checks.check_sources(held, today)
    if options.ocr:
        for name in held.names:
            pictures, listed = held.shown_by(name)[0], held.own(name, LEDGER)
            found += by_hand("ocr").check_pictures(
                held.home, pictures, listed, held.editions.locales
            )
    return tell(found, _of_editions(len(held.pages), len(held.names)))


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
    today, behind = _today(options, held)
    due, unreadable = overdue.read(held, today)
    located = [Located(finding) for finding in (*unreadable, *behind, *due)]
    _write(options, located)
    if options.issue:
        text = tracking.issue(located, "the daily look at what is due")
        files.report(options.issue, text)
    return FOUND if unreadable or (due and options.strict) else FINE


def stamp(options: Namespace) -> int:
    """Texts found to say the same, or known not to: in an edition, or in the ledgers."""
    held = project.read(home(options))
    _intact(held.ledger(editions.LEDGER))
    today, _ = _today(options, held)
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
    held = project.read(root, options.edition)
    for name in options.edition:
        _edition(name, held)
    today, behind = _today(options, held)
    try:
        built = builder.build(
            held,
            out,
            site_url(options),
            as_of=today,
            progress=_progress,
        )
    except builder.BuildError as error:
        print(error, file=sys.stderr)
        return FOUND
    return tell([*behind, *built.findings], _of_editions(built.pages, built.editions))


def links(options: Namespace) -> int:
    """Every reference of a built site, and what the web says of those that leave it."""
    if not options.site.is_dir():
        raise InputError(f"{options.site} is no folder")
    if options.offline and (options.fix or options.issue or options.summary):
        raise InputError("--fix, --issue and --summary tell of the web: not with --offline")
    if "" in options.ignore:
        raise InputError("--ignore without a pattern would leave out every address")
    url = site_url(options) if options.site_url or "SITE_URL" in os.environ else ""
    since: str | None = options.changed_since
    changed = None
    if since is not None:
        changed = by_hand("web.links").changed_files(since, options.root)
    attributes = frozenset(options.ignore_attr)
    site = read_site(options.site, site_url=url, ignore_attributes=attributes)
    if not site.pages:
        raise InputError(f"{options.site} holds no page: nothing was checked")
    # Only a site that was built from this project has Markdown behind it, and known exceptions.
    ours = (options.root / "docs" / project.LEDGERS).is_dir()
    held = project.read(options.root) if ours else None
    sources = _sources(options.site, held) if held else {}
    checked = references.faults(site, sources=sources, ignore=options.ignore)
    located = checked.located
    if not options.offline:
        as_of = _today(options, held)[0]
        ask = by_hand("commands").ask_the_web
        located = [*located, *ask(options, site, sources, held, as_of, changed)]
    _write(options, located)
    findings = [item.finding for item in located]
    if options.format == "text":
        count = _many(checked.references, "reference")
        _sum_up(f"{count} of {_many(checked.pages, 'page')}", findings)
    return _code(findings)


def release(options: Namespace) -> int:
    """The pages that readers know."""
    held = project.read(home(options))
    _intact(held.ledger(editions.LEDGER))
    known = _intact(held.ledger(releases.LEDGER), start=True)
    return _write_ledger(
        held, known, releases.record(known, releases.published(held.editions, held.listed))
    )


def by_hand(name: str) -> Any:
    """A module of the folder tools/, which has what no build needs: drawing, mending, importing."""
    if not TOOLS.is_dir():
        raise InputError(f"this is done by {TOOLS / 'kb_tools' / name}.py, which is not there")
    if str(TOOLS) not in sys.path:
        sys.path.append(str(TOOLS))
    return importlib.import_module(f"kb_tools.{name}")


def home(options: Namespace) -> Path:
    """The project's folder."""
    root: Path = options.root
    if not (root / "docs").is_dir():
        raise InputError(f"no folder {root / 'docs'}: run this in the project or give --root")
    return root


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


def _today(options: Namespace, held: Project | None) -> tuple[datetime.date, list[Finding]]:
    """The day that it is done for, and what is to be said of it."""
    newest = held.newest if held else clock.Newest()
    asked = options.as_of or clock.asked(os.environ)
    return max(asked, newest.day), clock.check(asked, newest)


def site_url(options: Namespace) -> str:
    """Where the site is hosted."""
    url: str = options.site_url or os.environ.get("SITE_URL") or DEFAULT_URL
    parts = address(url)
    if parts is None or parts.query_string or "#" in url or "@" in url or _SPOILT.search(url):
        raise InputError(f"'{url}' is no address to host a site at, like {DEFAULT_URL}")
    return url if url.endswith("/") else f"{url}/"


def _sources(site: Path, held: Project) -> dict[str, Source]:
    """The Markdown behind a site that was built from this project; none for anybody else's."""
    return {
        address: source
        for name in held.names
        if (site / name).is_dir()
        for address, source in held.sources(name, f"{name}/").items()
    }


def _write(options: Namespace, located: Sequence[Located]) -> None:
    text = report.FORMATS[options.format](located)
    if options.out:
        files.report(options.out, text)
    else:
        sys.stdout.write(text)


def _progress(step: str) -> None:
    """Tell a person what is going on; a pipe gets only what was found."""
    if sys.stderr.isatty():
        print(f"… {step}", file=sys.stderr)


def tell(findings: Iterable[Finding], checked: str = "") -> int:
    """Print findings, and what was checked; gives the exit code."""
    said = unique(findings)
    for finding in said:
        print(finding)
    if checked:
        _sum_up(checked, said)
    return _code(said)


def _sum_up(checked: str, findings: Sequence[Finding]) -> None:
    """The last line of a check, beside the output: what it looked at, and how much is wrong."""
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = _many(len(findings) - errors, "warning")
    print(f"{checked}: {_many(errors, 'error')}, {warnings}", file=sys.stderr)


def _of_editions(pages: int, count: int) -> str:
    return f"{_many(pages, 'page')} of {_many(count, 'edition')}"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _code(findings: Iterable[Finding]) -> int:
    return FOUND if any(found.severity == "error" for found in findings) else FINE
