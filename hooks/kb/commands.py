"""`kb check` and `kb build`: reading, calling, printing. What no build needs is in kb_tools."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from kb import checks, editions, kept, project, terminal
from kb.finding import InputError
from kb.ledger import Ledger
from kb.pictures.entries import LEDGER


def arguments(parser: ArgumentParser, command: str) -> None:
    """What `kb check` and `kb build` are told, and what does it."""
    terminal.as_of_argument(parser)
    if command == "check":
        parser.add_argument("--ocr", action="store_true", help="read the pictures' text too")
        parser.add_argument("--fix", action="store_true", help="put the typography of pages right")
        parser.set_defaults(run=check)
    else:
        parser.add_argument(
            "--edition", action="append", default=[], help="only this one; repeatable"
        )
        parser.add_argument("--out", type=Path, help="the folder to replace (default: site)")
        terminal.site_url_argument(parser)
        parser.set_defaults(run=build)


def check(options: Namespace) -> int:
    """The rules that need no build."""
    held = project.read(terminal.home(options))
    if not held.pages and not checks.unbuildable(held):
        raise InputError(f"{held.home} has no edition with a page: nothing was checked")
    if options.fix:
        held = terminal.by_hand("typography").mend(held)
    today, found = terminal.today_of(options, held)
    found += checks.check_sources(held, today)
    if held.guide:
        found += terminal.by_hand("links").check_guide(held)
    if options.ocr or any(file.codes for file in held.pictures.values()):
        for name in held.names:
            pictures, listed = held.shown_by(name)[0], held.own(name, LEDGER)
            found += terminal.by_hand("ocr").check_pictures(
                held.home, pictures, listed, held.editions.locales, words=options.ocr
            )
    return terminal.tell(found, terminal.of_editions(len(held.pages), len(held.names)))


def build(options: Namespace) -> int:
    """The whole site."""
    from kb import build as builder

    root = terminal.home(options)
    out = builder.check_target(root, (options.out or root / "site").absolute())
    sources = kept.made_of(root)
    held = project.read(root, options.edition, kept.Memo(root / builder.READ))
    for name in options.edition:
        intact(held.ledger(editions.LEDGER))
        if name not in (known := held.editions.names):
            raise InputError(f"no edition '{name}'; there are: {', '.join(known)}")
    today, behind = terminal.today_of(options, held)
    try:
        url = terminal.site_url(options)
        built = builder.build(held, out, url, as_of=today, progress=_progress, sources=sources)
    except builder.BuildError as error:
        print(error, file=sys.stderr)
        return terminal.FOUND
    return terminal.tell(
        [*behind, *built.findings], terminal.of_editions(built.pages, built.editions)
    )


def intact(found: Ledger, *, start: bool = False) -> Ledger:
    """A ledger to write by: of a faulty one something would be lost; one not there may `start`."""
    if found.findings and not (start and found.absent):
        raise InputError(f"{found.findings[0]}\nmend it first; nothing was written")
    return found


def _progress(step: str) -> None:
    """Tell a person what is going on; a pipe gets only what was found."""
    if sys.stderr.isatty():
        print(f"… {step}", file=sys.stderr)
