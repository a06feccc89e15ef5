"""`kb release`: the pages that readers now know, written into the ledger of what was released."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping

from kb import editions, project, releases
from kb.commands import intact
from kb.ledger import Ledger
from kb.terminal import home
from kb_tools.stamp import write_ledger

_HEAD = """\
# What the site has been released with: the pages of each edition and of each alias (/latest/), and
# the feeds. `kb release` writes this list. What stands here and is gone has to lead on: by a
# successor in editions.yml, or by an entry in redirects.yml.
"""


def arguments(parser: ArgumentParser, _command: str) -> None:
    """`kb release` is told nothing; what does it."""
    parser.set_defaults(run=release)


def release(options: Namespace) -> int:
    """The pages that readers know."""
    held = project.read(home(options))
    intact(held.ledger(editions.LEDGER))
    known = intact(held.ledger(releases.LEDGER), start=True)
    return write_ledger(held, known, record(known, releases.published(held.editions, held.listed)))


def record(ledger: Ledger, pages: Mapping[str, Iterable[str]]) -> str:
    """The ledger's new text: what it had and what the site has, editions first, newest first.

    What was once released stays: its address is known, also when it or its edition is gone.
    """
    known: Mapping[str, list[str]] = ledger.data or {}
    listed = [
        f"{name}:\n"
        + "".join(f"- {page}\n" for page in sorted({*pages.get(name, ()), *known.get(name, ())}))
        for name in sorted(
            {*pages, *known}, key=lambda name: (name[0].isdigit(), name), reverse=True
        )
    ]
    return _HEAD + "".join(listed)
