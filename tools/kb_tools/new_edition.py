"""A new edition: the newest one's pages copied, and the older one kept as it is.

`mkdocs.yml` always builds the newest edition; older ones have a configuration that inherits it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from kb import files, ledger
from kb.errors import InputError

_NAME = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_DOCS = re.compile(r"^docs_dir: docs/(\S+)$", re.MULTILINE)
_EDITION = re.compile(r"^  edition: (\S+)$", re.MULTILINE)
_NAV = re.compile(r"^nav:\n(?:  .*\n)+", re.MULTILINE)
_FIRST = re.compile(r"^- name: (\S+)\n(?:  .*\n)*", re.MULTILINE)


class Plan(NamedTuple):
    """What a new edition changes: texts by path from the project, and the pages to copy."""

    texts: dict[str, str]
    pages_from: str
    pages_to: str


def plan(name: str, source: str, mkdocs: str, editions: str) -> Plan:
    """Work out the edition `name` after `source` from the texts of two configuration files."""
    if not _NAME.fullmatch(name):
        raise InputError(f"'{name}' is no edition name like 2027-05 (year and month)")
    docs, edition, nav = (pattern.search(mkdocs) for pattern in (_DOCS, _EDITION, _NAV))
    first = _FIRST.search(editions)
    if not (docs and edition and nav and first):
        raise InputError("mkdocs.yml or docs/ledgers/editions.yml is not in the form we write")
    if not docs[1] == edition[1] == first[1] == source:
        raise InputError(f"the newest edition is '{first[1]}': a new one starts from it")
    if name <= source:
        raise InputError(f"'{name}' is not newer than '{source}'")
    older = (
        f"# Edition {source}. What is not said here is as in the current edition.\n"
        f"INHERIT: mkdocs.yml\ndocs_dir: docs/{source}\n\n{nav[0].rstrip()}\n\n"
        f"extra:\n  edition: {source}\n  archived: true\n"
    )
    newer = _DOCS.sub(f"docs_dir: docs/{name}", mkdocs)
    newer = _EDITION.sub(f"  edition: {name}", newer)
    entry = first[0].replace("config: mkdocs.yml", f"config: mkdocs.{source}.yml")
    entry = re.sub(r"^  aliases: .*\n", "", entry, flags=re.MULTILINE)
    head = f"- name: {name}\n  config: mkdocs.yml\n  aliases: [latest]\n"
    return Plan(
        {
            "mkdocs.yml": newer,
            f"mkdocs.{source}.yml": older,
            "docs/ledgers/editions.yml": editions.replace(first[0], head + entry, 1),
        },
        f"docs/{source}",
        f"docs/{name}",
    )


def make(root: Path, name: str, source: str) -> list[str]:
    """Make the edition in the project at `root`; gives the paths written.

    InputError says why it cannot be made; nothing is written then.
    """
    config, listed = root / "mkdocs.yml", root / "docs/ledgers/editions.yml"
    text = files.read_text(listed, root)
    if broken := ledger.load(text, files.shown(listed, root), "editions").findings:
        raise InputError(broken[0])
    wanted = plan(name, source, files.read_text(config, root), text)
    taken = [wanted.pages_to, f"mkdocs.{source}.yml"]
    for path in taken:
        if (root / path).exists():
            raise InputError(f"{path} exists already")
    change = files.Change(root)
    for old in sorted((root / wanted.pages_from).rglob("*")):
        if not old.is_dir():
            inside = old.relative_to(root / wanted.pages_from).as_posix()
            change.write(f"{wanted.pages_to}/{inside}", files.read_bytes(old, root), new=True)
    for path, text in wanted.texts.items():
        change.write(path, text)
    change.commit()
    return [wanted.pages_to, *wanted.texts]
