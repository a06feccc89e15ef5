"""Two readings of the project and the files saved between them -> what has to be made anew."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from kb import editions, search, words
from kb.facts.checks import AGEING
from kb.files import UNREADABLE
from kb.pictures.theme import FOLDER
from kb.project import LOCKS, Project
from kb.text.page import SNIPPETS, DocsPath, Page
from kb.translations import language

# No page is made of these: the search index and the checks, which follow every change, are.
_BEHIND = frozenset({search.ASKED, search.LEDGER, AGEING, language.LEDGER, *LOCKS})
_SETTLED = frozenset({editions.LEDGER, words.RECORD})  # what is said of all pages
_READ = (".md", ".yml", ".lock")  # files of docs/ that are read, not served as they are
_PARTS = (f"{FOLDER}/assets/", f"{FOLDER}/partials/", f"{FOLDER}/main.html")


class Plan(NamedTuple):
    """What a save touches. `code`: the hooks or this, `whole`: all, from the settings on.

    `pages` are read and converted again, or `every` page; a page that comes out as it was stays.
    `theme`: all are put into their templates again. `files` of docs/ are served as they are.
    """

    code: bool = False
    whole: bool = False
    theme: bool = False
    every: bool = False
    pages: frozenset[DocsPath] = frozenset()
    files: frozenset[DocsPath] = frozenset()


def plan(
    before: Project,
    after: Project,
    saved: Collection[str],
    gone: Collection[str],
    known: Collection[DocsPath],
) -> Plan:
    """The plan for the paths `saved` and `gone`, from the project's folder; `known` are served.

    `before` is what the pages shown were made of, `after` what `lasting` gives: pages and ledgers
    are compared, so that what no event told of is followed, too.
    """
    paths = {*saved, *gone}
    code = any(path.startswith(("hooks/", "tools/")) for path in paths)
    theme = [path for path in paths if path.startswith(f"{FOLDER}/")]
    folders = tuple(f"docs/{name}/" for name in after.names)
    plain = [path for path in paths if path.startswith(folders) and not path.endswith(_READ)]
    ledgers = {
        name.rpartition("/")[2]
        for name in before.ledgers.keys() | after.ledgers.keys()
        if before.ledger(name) != after.ledger(name)
    }
    was, now = (
        (each.settings, each.listed, each.refused, each.pages.keys(), each.pictures.keys())
        for each in (before, after)
    )
    whole = (
        code
        or was != now
        or not _SETTLED.isdisjoint(ledgers)
        or any(not path.startswith(("docs/", "hooks/", f"{FOLDER}/")) for path in paths)
        or any(not path.startswith(_PARTS) for path in theme)
        or any((path in gone) == (path.removeprefix("docs/") in known) for path in plain)
    )
    touched = {page for path, page in after.pages.items() if before.pages.get(path) is not page}
    locales = after.editions.locales
    return Plan(
        code,
        whole,
        bool(theme) or before.theme.texts != after.theme.texts,
        before.pictures != after.pictures or not ledgers <= _BEHIND,
        frozenset(
            # With a text its translation: each says of the other that it lags.
            path
            for page in touched
            for path in (page.path, *map(page.sibling, locales))
            if path in after.pages
        ),
        frozenset(path.removeprefix("docs/") for path in plain),
    )


def lasting(before: Project, after: Project) -> Project:
    """The project to build from: what cannot be read any more is what it was when it could be."""
    unread = {found.path for found in after.findings if found.rule == UNREADABLE}
    pages = dict(after.pages)
    for path, page in before.pages.items():
        now = pages.get(path)
        if page.file in unread if now is None else _less(page, now):
            pages[path] = page
    ledgers = {
        name: before.ledger(name)
        if held.findings and name in before.ledgers and not before.ledger(name).findings
        else held
        for name, held in after.ledgers.items()
    }
    return after._replace(pages=pages, ledgers=ledgers)


def _less(page: Page, now: Page) -> bool:
    """Whether a page lacks by now front matter that can be read, or a text that it includes."""
    lost = {each.path for each in page.included}.difference(each.path for each in now.included)
    named = (f'\n--8<-- "{path.partition(f"/{SNIPPETS}")[2]}"' for path in lost)
    broken = now.front.findings and not page.front.findings
    return bool(broken) or any(line in now.text for line in named)
