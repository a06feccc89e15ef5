"""`kb confirm`, and what `kb status` tells of sources."""

from __future__ import annotations

import codecs
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from kb import files, project
from kb.facts import entries
from kb.finding import Finding, InputError
from kb.project import Project
from kb.terminal import FINE, as_of_argument, day, home, today_of
from kb_tools import writing
from kb_tools.watch import confirm, visit
from kb_tools.watch.confirm import Seen
from kb_tools.web import fix, history


def arguments(parser: ArgumentParser, _command: str) -> None:
    """What `kb confirm` is told, and what does it."""
    parser.add_argument("fact", nargs="?", help="its id in docs/ledgers/facts.yml")
    parser.add_argument("--source", help="the source that was opened")
    parser.add_argument("--seen", type=day, metavar="DAY", help="when it was seen to say so")
    parser.add_argument("--note", help="what a maintainer should know of it")
    parser.add_argument(
        "--from-history", action="store_true", help="all that `kb links --cache` saw confirmed"
    )
    parser.add_argument(
        "--cache", type=Path, default=Path(".cache/links.sqlite"), help="where that is remembered"
    )
    parser.add_argument("--fix", action="store_true", help="write it; else only show the change")
    parser.add_argument("--summary", type=Path, help="append a reviewer's table to this file")
    as_of_argument(parser)
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """The dates of facts moved to the day on which a source said so."""
    held = project.read(home(options))
    ledger = held.ledger(entries.LEDGER)
    known = entries.read(ledger)
    if not known.facts:
        raise InputError(f"{[*entries.check(ledger), ledger.path][0]}\nnothing was confirmed")
    seen = _seen(options, held)
    old = files.read_text(held.home / ledger.path, held.home)
    new = confirm.apply(ledger, old, seen)
    print(fix.diff(ledger.path, old, new) or "nothing to confirm\n", end="")
    if options.summary:
        writing.report(options.summary, confirm.table(known, seen), append=True)
    if new != old and (options.fix or options.fact):
        writing.write(held.home, ledger.path, _as_it_was(held.home / ledger.path, old, new))
    return FINE


def _as_it_was(path: Path, old: str, new: str) -> bytes:
    """A text with the byte-order mark and the line ends of the file; InputError for mixed ones."""
    held = files.read_bytes(path)
    ending = b"\r\n" if b"\r\n" in held else b"\n"
    mark = codecs.BOM_UTF8 if held.startswith(codecs.BOM_UTF8) else b""
    before, after = (mark + text.encode().replace(b"\n", ending) for text in (old, new))
    if before != held:
        raise InputError(f"{path}: its line ends are mixed: make them all alike first")
    return after


def _seen(options: Namespace, held: Project) -> list[Seen]:
    known = entries.read(held.ledger(entries.LEDGER))
    today, _ = today_of(options, held)
    if options.from_history:
        if options.fact or options.source or options.seen:
            raise InputError("--from-history takes no fact: it confirms all that was seen")
        seen = confirm.from_history(known, history.remembered(options.cache))
        return [each for each in seen if each.day <= today.isoformat()]  # of a wrong clock: none
    if not (options.fact and options.source and options.seen):
        raise InputError("say what was seen: FACT --source NAME --seen DAY; or --from-history")
    if options.seen > today:
        raise InputError(f"{options.seen} is still to come on {today}")
    day, note = options.seen.isoformat(), options.note or ""
    return [confirm.by_hand(known, options.fact, options.source, day, note)]


def told(held: Project, cache: Path, due: Iterable[Finding]) -> list[str]:
    """What the visits to sources say of the facts that want confirming."""
    ledger = held.ledger(entries.LEDGER)
    known = entries.read(ledger)
    named = Counter(mention.id for page in held.pages.values() for mention in page.mentions)
    at = {ledger.line("facts", place, "as_of"): name for place, name in enumerate(known.facts)}
    late = [at[each.line] for each in due if each.rule in ("fact-due", "fact-expired")]
    return visit.told(visit.states(known, history.remembered(cache)), named, late)
