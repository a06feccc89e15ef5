"""`kb stamp`: a person's word that texts say the same, written into the ledger of translations."""

from __future__ import annotations

import base64
import datetime
import json
import re
import sys
import zlib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kb import checks, editions, nearest, project
from kb.commands import intact
from kb.finding import InputError
from kb.ledger import Ledger
from kb.project import Project
from kb.terminal import FINE, as_of_argument, home, tell, today_of
from kb.translations import checks as translations
from kb.translations import glossary, meaning, stamps
from kb.translations.stamps import Pair, State
from kb_tools import writing

_HEAD = """\
# `kb stamp` writes this: per translation and section the fingerprints of the original and of the
# translation when they were last found to say the same; `behind`: known to lag, since when, behind
# which fingerprint; `words`: both texts of then, packed.
"""


def arguments(parser: ArgumentParser, _command: str) -> None:
    """What `kb stamp` is told, and what does it."""
    parser.add_argument("edition", help="an edition, or contributing, ledgers, interface")
    parser.add_argument("page", nargs="*", help="a page or section: start/plans, start/plans#go")
    parser.add_argument("--all", action="store_true", help="every page of it")
    parser.add_argument(
        "--yes", action="store_true", help="also what changed in one language alone"
    )
    parser.add_argument(
        "--behind", action="store_true", help="the other language follows later, and says so"
    )
    as_of_argument(parser)
    parser.set_defaults(run=stamp)


def stamp(options: Namespace) -> int:
    """Texts found to say the same, or known not to: in an edition, or in the ledgers."""
    held = project.read(home(options))
    intact(held.ledger(editions.LEDGER))
    today, _ = today_of(options, held)
    scopes = {scope: (known, pairs) for scope, known, pairs in checks.pairs(held)}
    if options.edition not in scopes:
        raise InputError(f"no edition '{options.edition}'; there are: {', '.join(scopes)}")
    if bool(options.page) == options.all:
        raise InputError("name pages or sections (`start/plans#go`), or give --all")
    known, pairs = scopes[options.edition]
    intact(known, start=True)
    chosen = selected(stamps.states(known, pairs), options.page)
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
    return write_ledger(held, known, record(known, pairs, wanted))


def _lag(
    held: Project,
    known: Ledger,
    pairs: Sequence[Pair],
    todo: Sequence[State],
    today: datetime.date,
) -> int:
    """Record corrections that do not wait for their translation."""
    if not todo or not all(state.stale for state in todo):
        raise InputError("--behind is for sections that changed in one language alone")
    for state in todo:
        print(f"{state.left.path}:{state.left.line}: '#{state.pair.id}' lags from now on")
    wanted = [(state.pair.key, state.pair.id) for state in todo]
    text = record(known, pairs, wanted, behind=today.isoformat())
    return write_ledger(held, known, text)


def selected(found: Iterable[State], targets: Iterable[str]) -> list[State]:
    """The states that `page` or `page#section` name; of all pages where nothing is named."""
    wanted = set(targets)
    return [
        state
        for state in found
        if not wanted or wanted & {state.pair.page, f"{state.pair.page}#{state.pair.id}"}
    ]


def record(
    known: Ledger, pairs: Iterable[Pair], wanted: Iterable[tuple[str, str]], *, behind: str = ""
) -> str:
    """The ledger's new text: the `wanted` pairs, by key and id, say the same from now on.

    With `behind`, an ISO day, they do not: the side left behind lags knowingly since then. What
    is not wanted keeps its stamp; sections that are gone lose theirs.
    """
    blessed = set(wanted)
    entries: dict[str, dict[str, dict[str, Any]]] = {}
    for state in stamps.states(known, pairs):
        pair = state.pair
        old = (known.data or {}).get(pair.key, {})
        entry = entries.setdefault(pair.key, {"sections": {}, "behind": {}, "words": {}})
        sides = (pair.original, pair.translation)
        if (pair.key, pair.id) in blessed and not behind:
            entry["sections"][pair.id] = " ".join(meaning.fingerprint(s.text) for s in sides)
            entry["words"][pair.id] = [side.text for side in sides]
            continue
        for part in ("sections", "behind"):
            if pair.id in old.get(part, {}):
                entry[part][pair.id] = old[part][pair.id]
        if kept := stamps.words_of(old).get(pair.id):
            entry["words"][pair.id] = list(kept)
        if (pair.key, pair.id) in blessed:
            ahead = meaning.fingerprint(sides[state.changed.index(True)].text)
            entry["behind"][pair.id] = f"{state.left.locale} {behind} {ahead}"
    return _HEAD + "".join(
        _entry(key, entries[key]) for key in sorted(entries) if entries[key]["sections"]
    )


def _entry(key: str, entry: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [f"{key}:"]
    for part in ("sections", "behind"):
        lines += [f"  {part}:"] * bool(entry[part])
        lines += [f"    {_plain(id_)}: {said}" for id_, said in entry[part].items()]
    packed = json.dumps(entry["words"], ensure_ascii=False, separators=(",", ":"))
    return "\n".join([*lines, f'  words: "{_pack(packed)}"', ""])


def _plain(id_: str) -> str:
    return id_ if re.fullmatch(r"[a-z][\w-]*", id_) else json.dumps(id_, ensure_ascii=False)


def _pack(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def write_ledger(held: Project, ledger: Ledger, text: str) -> int:
    """Write a ledger's new text, and say whether it is another."""
    change = writing.Change(held.home)
    change.write(ledger.path, text)
    print(f"wrote {ledger.path}" if change.commit() else "nothing changed")
    return FINE
