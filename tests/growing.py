"""The guide grown to many pages, for benchmarks: as a project of ours, and as a plain one."""

from __future__ import annotations

import itertools
import posixpath
import re
from pathlib import Path

from conftest import copy_project, kb

_LINK = re.compile(r"(\]\(|src=\")((?:\.\./)*[\w./-]+)(?=[)#\"])")
_NAV = re.compile(r"^nav:\n(?:  .*\n)+", re.M)
_TITLE = re.compile(r"""(?m)^(?:title: .*?|# .*?)(?=["']?$| \{ #)""")
_ENTRY = re.compile(r"^- page: (.+)\n((?:  .*\n)+)", re.M)


def grow(to: Path, pages: int) -> Path:
    """A copy of the project whose current edition has this many pages in each language.

    Those that are no part made of ledgers are there again and again, below `copy-001/`, …
    """
    copy_project(to)
    (edition,) = sorted((to / "docs").glob("20*"))[-1:]
    config = (to / "mkdocs.yml").read_text("utf-8")
    for locale in ("zh", "en"):
        home = edition / locale
        texts = {
            path.relative_to(home).as_posix(): path.read_text("utf-8")
            for path in sorted(home.rglob("*.md"))
        }
        again = {name: text for name, text in texts.items() if "<!-- kb:" not in text}
        copies = _copies(list(again), pages - len(texts))
        beside: dict[str, set[str]] = {}
        for name, folder in copies:
            beside.setdefault(folder, set()).add(name)
        for name, folder in copies:
            path = home / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_moved(name, again[name], folder, beside[folder]), "utf-8")
    (to / "mkdocs.yml").write_text(_NAV.sub(lambda held: held[0] + _nav(copies), config), "utf-8")
    ageing = to / "docs/ledgers/ageing.yml"
    held = ageing.read_text("utf-8")
    made = (
        f"- page: {folder}/{match[1]}\n{match[2]}"
        for name, folder in copies
        for match in _ENTRY.finditer(held)
        if f"{match[1]}.md" == name
    )
    ageing.write_text(held + "".join(made), "utf-8")
    for command in (("stamp", edition.name, "--all", "--yes"), ("release",)):
        ran = kb(*command, cwd=to)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return to


def _nav(copies: list[tuple[str, str]]) -> str:
    """The entries of the contents for the copies, each folder a section of sections."""
    added: dict[str, dict[str, list[str]]] = {}
    for name, folder in copies:
        section = posixpath.dirname(name) or "pages"
        added.setdefault(folder, {}).setdefault(section, []).append(f"{folder}/{name}")
    return "".join(
        f"  - {folder}:\n"
        + "".join(
            f"      - {section}:\n" + "".join(f"          - {page}\n" for page in held)
            for section, held in sections.items()
        )
        for folder, sections in added.items()
    )


def _copies(names: list[str], number: int) -> list[tuple[str, str]]:
    every = ((name, f"copy-{at:03}") for at in itertools.count(1) for name in names)
    return list(itertools.islice(every, number))


def _moved(name: str, text: str, folder: str, beside: set[str]) -> str:
    """A page one folder further down, with a title of its own; what is not beside it is higher."""

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), match[2]))
        return match[1] + (match[2] if target in beside else posixpath.relpath(target, here))

    here = posixpath.join(folder, posixpath.dirname(name))
    return _LINK.sub(link, _TITLE.sub(rf"\g<0> {folder.removeprefix('copy-')}", text))
