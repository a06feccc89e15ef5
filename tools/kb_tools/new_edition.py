"""A new edition: the newest one's pages copied, and the older one kept as it is.

`mkdocs.yml` always builds the newest edition; older ones have a configuration that inherits it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kb import files, ledger, words
from kb.editions import SETTINGS
from kb.finding import InputError
from kb.project import LEDGERS, LOCKS, RECORDED, record
from kb_tools import writing

_NAME = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_DOCS = re.compile(r"^docs_dir: docs/(\S+)$", re.MULTILINE)
_EDITION = re.compile(r"^  edition: (\S+)$", re.MULTILINE)
_BLOCK = r"^{}:(?: .*)?\n(?:(?:  .*)?\n)*"  # a setting at top level, to its last line
_KEPT = ("site_name", "site_description", "nav", "plugins", "extra")  # settings that a page shows
_NAMES = re.compile(r"^- name: (\S+)$", re.MULTILINE)
_FIRST = re.compile(r"^- name: (\S+)\n(?:  .*\n)*", re.MULTILINE)
_NOTE = "# Kept as it was when this edition was archived: it is built from this alone.\n"


def settings(name: str, source: str, mkdocs: str) -> dict[str, str]:
    """The settings of the edition `name` and of `source`, by file; `mkdocs` are those of now."""
    if not _NAME.fullmatch(name):
        raise InputError(f"'{name}' is no edition name like 2027-05 (year and month)")
    docs, edition = (pattern.search(mkdocs) for pattern in (_DOCS, _EDITION))
    blocks = [re.search(_BLOCK.format(key), mkdocs, re.MULTILINE) for key in _KEPT]
    if not (docs and edition and all(blocks)):
        raise InputError("mkdocs.yml is not in the form we write")
    if not docs[1] == edition[1] == source:
        raise InputError(f"the newest edition is '{edition[1]}': a new one starts from it")
    if name <= source:
        raise InputError(f"'{name}' is not newer than '{source}'")
    kept = "\n".join(f"{block[0].rstrip()}\n" for block in blocks if block)
    older = (
        f"# Edition {source}, archived. What is not said here is as in the current edition.\n"
        f"INHERIT: mkdocs.yml\ndocs_dir: docs/{source}\n{kept}  archived: true\n"
    )
    newer = _DOCS.sub(f"docs_dir: docs/{name}", mkdocs)
    return {SETTINGS: _EDITION.sub(f"  edition: {name}", newer), f"mkdocs.{source}.yml": older}


def ledgers(name: str, source: str, held: Mapping[str, str]) -> dict[str, str]:
    """The ledgers' new texts, by name below docs/; `held` are those of docs/ledgers/ as they are.

    What `source` was made from stays with it; the new edition has the entries for its own copies.
    """
    first = _FIRST.search(held["editions.yml"])
    if not first or first[1] != source:
        raise InputError("docs/ledgers/editions.yml is not in the form we write")
    entry = first[0].replace(f"config: {SETTINGS}", f"config: mkdocs.{source}.yml")
    entry = re.sub(r"^  aliases: .*\n", "", entry, flags=re.MULTILINE)
    head = f"- name: {name}\n  config: {SETTINGS}\n  aliases: [latest]\n"
    for room in RECORDED:
        if f"{room}.yml" not in held:
            raise InputError(ledger.missing(f"docs/ledgers/{room}.yml").findings[0])
    made = {f"{record(source, room)}.yml": _NOTE + held[f"{room}.yml"] for room in RECORDED}
    made["ledgers/editions.yml"] = held["editions.yml"].replace(first[0], head + entry, 1)
    pictures = held["screenshots.yml"].replace(f"- path: {source}/", f"- path: {name}/")
    made["ledgers/screenshots.yml"] = pictures
    own = re.compile(rf"^(?:- page: |docs/)?{source}/.*\n(?:[ ].*\n)*", re.MULTILINE)
    for room in {"markup.yml", *LOCKS} & held.keys():
        copies = (found[0].replace(source, name, 1) for found in own.finditer(held[room]))
        made[f"ledgers/{room}"] = held[room] + "".join(copies)
    return made


def make(root: Path, name: str, source: str) -> tuple[list[str], list[str]]:
    """Make the edition in the project at `root`; gives the paths written, and what is to be read.

    InputError says why it cannot be made; nothing is written then.
    """
    folder = root / "docs" / LEDGERS
    listed = files.read_text(folder / "editions.yml", root)
    if broken := ledger.load(listed, "docs/ledgers/editions.yml", "editions").findings:
        raise InputError(broken[0])
    texts = settings(name, source, files.read_text(root / SETTINGS, root))
    held = {path.name: files.read_text(path, root) for path in sorted(folder.iterdir())}
    held[f"{words.RECORD}.yml"] = words.text()
    texts |= {f"docs/{path}": text for path, text in ledgers(name, source, held).items()}
    for path in (f"docs/{name}", f"mkdocs.{source}.yml"):
        if (root / path).exists():
            raise InputError(f"{path} exists already")
    names = re.compile(rf"(?:{'|'.join(_NAMES.findall(listed))})(?!-\d)")
    change, to_read = writing.Change(root), []
    for old in sorted((root / "docs" / source).rglob("*")):
        if not old.is_dir():
            inside = f"docs/{name}/{old.relative_to(root / 'docs' / source).as_posix()}"
            change.write(inside, files.read_bytes(old, root), new=True)
            if old.suffix == ".md":
                for at, line in enumerate(files.read_text(old, root).split("\n"), 1):
                    to_read += [f"{inside}:{at}: {line.strip()[:100]}"] * bool(names.search(line))
    for path, text in texts.items():
        change.write(path, text)
    change.commit()
    return [f"docs/{name}", *texts], to_read
