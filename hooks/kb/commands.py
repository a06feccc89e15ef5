"""`kb check` and `kb build`: reading, calling, printing. What no build needs is in kb_tools."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from kb import checks, editions, kept, project
from kb.errors import InputError
from kb.ledger import Ledger
from kb.pictures.entries import LEDGER
from kb.project import Project
from kb.terminal import (
    FOUND,
    as_of_argument,
    by_hand,
    home,
    of_editions,
    site_url,
    site_url_argument,
    tell,
    today_of,
)


def arguments(parser: ArgumentParser, command: str) -> None:
    """What `kb check` and `kb build` are told, and what does it."""
    as_of_argument(parser)
    if command == "check":
        parser.add_argument("--ocr", action="store_true", help="read the pictures' text too")
        parser.add_argument("--fix", action="store_true", help="put the typography of pages right")
        parser.set_defaults(run=check)
    else:
        parser.add_argument(
            "--edition", action="append", default=[], help="only this one; repeatable"
        )
        parser.add_argument("--out", type=Path, help="the folder to replace (default: site)")
        site_url_argument(parser)
        parser.set_defaults(run=build)


def check(options: Namespace) -> int:
    """The rules that need no build."""
    held = project.read(home(options))
    if not held.pages and not checks.unbuildable(held):
        raise InputError(f"{held.home} has no edition with a page: nothing was checked")
    if options.fix:
        held = by_hand("typography").mend(held)
    today, found = today_of(options, held)
    found += checks.check_sources(held, today)
    if options.ocr or any(file.codes for file in held.pictures.values()):
        for name in held.names:
            pictures, listed = held.shown_by(name)[0], held.own(name, LEDGER)
            found += by_hand("ocr").check_pictures(
                held.home, pictures, listed, held.editions.locales, words=options.ocr
            )
    return tell(found, of_editions(len(held.pages), len(held.names)))


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


def _edition(name: str, held: Project) -> str:
    intact(held.ledger(editions.LEDGER))
    if name not in held.editions.names:
        raise InputError(f"no edition '{name}'; there are: {', '.join(held.editions.names)}")
    return name


def intact(found: Ledger, *, start: bool = False) -> Ledger:
    """A ledger to write by: of a faulty or emptied one, something would be lost.

    One that is not there is a start, where the command itself begins it.
    """
    if found.findings and not (start and found.absent):
        raise InputError(f"{found.findings[0]}\nmend it first; nothing was written")
    return found


def _progress(step: str) -> None:
    """Tell a person what is going on; a pipe gets only what was found."""
    if sys.stderr.isatty():
        print(f"… {step}", file=sys.stderr)
