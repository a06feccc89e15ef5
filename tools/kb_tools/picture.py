"""`kb picture add`: a capture into the guide, clean, named, listed; a page only has to show it."""

from __future__ import annotations

import datetime
import json
import posixpath
from collections.abc import Iterator
from pathlib import Path

from kb import nearest
from kb.files import read_bytes, read_text, shown
from kb.finding import InputError
from kb.pictures import entries as ledgers
from kb.pictures import probe
from kb.project import Project
from kb_tools.clean import clean
from kb_tools.mend import kebab
from kb_tools.writing import Change

TTL = 180  # days after which to look again, until somebody knows better


def add(held: Project, file: Path, page: str, day: datetime.date, density: float) -> Iterator[str]:
    """Copy a picture beside the page that is to show it, and list it; gives what to tell.

    `page` is the page's file, from the project's folder. Metadata stay behind. All is done in one
    step, or nothing; InputError for what is no picture, and where a file has the name already.
    """
    path = page.removeprefix("docs/")
    if path not in held.pages:
        hint = nearest.hint(f"docs/{path}", [f"docs/{each}" for each in held.pages])
        raise InputError(f"there is no page docs/{path}" + (hint and f"; {hint}"))
    edition, locale, inner = path.split("/", 2)
    if edition != held.editions.current:
        raise InputError(f"edition {edition} is archived: it shows no new pictures")
    listed = held.ledger(ledgers.LEDGER)
    if listed.findings:
        raise InputError(listed.findings[0])
    cleaned = clean(read_bytes(file))
    if fault := probe.probe(cleaned.data).error or _no_picture(file):
        raise InputError(f"{shown(file)} is no picture that pages show: {fault}")
    if cleaned.left:
        raise InputError(f"{shown(file)} is not added: {cleaned.left[0][1]}")
    name = kebab(file.name)
    entry = f"{edition}/{{locale}}/images/{name}"
    change = Change(held.home)
    change.write(f"docs/{edition}/{locale}/images/{name}", cleaned.data, new=True)
    if all(item["path"] != entry for _, item in ledgers.items(listed)):
        text = read_text(held.home / listed.path, held.home)
        change.write(listed.path, _listed(text, held, entry, path, day, density))
    for written in change.commit():
        yield f"wrote {written}"
    if cleaned.gone:
        yield f"taken out: {', '.join(cleaned.gone)}"
    yield f"write its alt text and caption in {listed.path}; on the page stands:"
    yield f"![]({posixpath.relpath(f'images/{name}', posixpath.dirname(inner))})"


def _no_picture(file: Path) -> str:
    known = sorted(probe.SUFFIXES)
    return "" if file.suffix.lower() in known else f"its name ends with none of {' '.join(known)}"


def _listed(
    text: str, held: Project, entry: str, page: str, day: datetime.date, density: float
) -> str:
    """The ledger with one more entry, whose words are still to be written."""
    empty = json.dumps(dict.fromkeys(held.editions.locales, ""))
    title = str(held.pages[page].meta.get("title", page))
    lines = [
        f"- path: {entry}",
        "  kind: capture",
        f"  of: {json.dumps(title, ensure_ascii=False)}",
    ]
    lines += [f"  captured: {day.isoformat()}", f"  ttl_days: {TTL}"]
    lines += [f"  density: {density:g}"] * (density != 1)
    lines += [f"  alt: {empty}", f"  caption: {empty}"]
    before = text.rstrip().removesuffix("[]").rstrip()
    return "\n".join([*([before] if before else []), *lines, ""])
