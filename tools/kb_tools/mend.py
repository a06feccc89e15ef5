"""`kb screenshots --fix`: takes metadata out, packs tighter, renames; every pixel stays."""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from kb import ledger
from kb.files import read_bytes, read_text
from kb.finding import Finding, InputError
from kb.ledger import Ledger
from kb.pictures import entries as ledgers
from kb.pictures import fresh, probe, uses
from kb.pictures.uses import Use
from kb.project import Project
from kb.text.page import Markdown
from kb_tools.clean import clean
from kb_tools.writing import Change

_HEAD = "# Written by `kb screenshots --fix`: the bytes that each capture had on its day.\n"
_BY_HAND = "open it in an editor and save it as PNG, one still picture"


class Rename(NamedTuple):
    """A picture file and its new path, both from docs/."""

    old: str
    new: str


def fix(
    project: Project, *, dry: bool = False, progress: Callable[[str], object] = print
) -> list[Finding]:
    """Mend the pictures of every edition; with `dry` only tell what would be done.

    Drawings are left alone: they are mended in their sources. Gives what is left to a person.
    InputError when the ledger or the lock cannot be read: what they know would be lost.
    """
    docs, files, locales = project.home / "docs", project.pictures, project.editions.locales
    listed, held = project.ledger(ledgers.LEDGER), project.ledger("captures.lock")
    if broken := [*listed.findings, *(() if held.absent else held.findings)]:
        raise InputError(broken[0])
    drawn = _drawn(listed, locales)
    lock = {path: dict(entry) for path, entry in (held.data or {}).items()}
    digests = {path: file.digest for path, file in files.items()}
    change = Change(project.home)
    left: list[Finding] = []
    for path in files:
        if path in drawn:
            continue
        data = read_bytes(docs / path, docs)
        cleaned = clean(data)
        for rule, told in cleaned.left:
            left.append(Finding(f"docs/{path}", 1, rule, f"cannot be mended: {told}", _BY_HAND))
        if cleaned.data != data:
            told = f" ({', '.join(cleaned.gone)})" if cleaned.gone else ""
            deed = "stripped" if cleaned.gone else "packed  "
            progress(f"{deed} docs/{path}{told}: {len(data):,} → {len(cleaned.data):,} bytes")
            change.write(f"docs/{path}", cleaned.data)
            digest = hashlib.sha256(cleaned.data).hexdigest()
            if lock.get(path, {}).get("bytes") == digests[path]:
                lock[path]["bytes"] = digest
            digests[path] = digest
    renames, clashes = plan_renames(files, listed, drawn, locales)
    for rename in renames:
        progress(f"renamed  docs/{rename.old} → {posixpath.basename(rename.new)}")
    if dry:
        return [*left, *clashes]
    for path, text in _edits(project, listed, dict(renames)):
        change.write(path, text)
        progress(f"rewrote  {path}")
        if path == listed.path:
            listed = ledger.load(text, path, ledgers.LEDGER)
    for old, new in renames:
        data = change.files.get(f"docs/{old}") or read_bytes(docs / old, docs)
        change.write(f"docs/{new}", data)
        change.remove(f"docs/{old}")
        digests[new] = digests.pop(old)
        if old in lock:
            lock[new] = lock.pop(old)
    archived = project.editions.names[1:]  # whose pictures stay as they are
    kept = {path: entry for path, entry in lock.items() if path.split("/")[0] in archived}
    lock = kept | record(digests, listed, locales, lock)
    if lock != (held.data or {}):
        if lock:
            change.write(fresh.LOCK, lock_text(lock))
        else:
            change.remove(fresh.LOCK)
        progress(f"recorded {fresh.LOCK}")
    change.commit()
    return [*left, *clashes]


def _drawn(listed: Ledger, locales: Sequence[str]) -> set[str]:
    """Files that are made from sources."""
    paths = [
        path
        for _, item in ledgers.items(listed)
        if item.get("kind") == "drawing"
        for path in ledgers.paths(item, locales)
    ]
    return {each for path in paths for each in (path, uses.phone_variant(path))}


def record(
    digests: Mapping[str, str], ledger: Ledger, locales: Sequence[str], lock: fresh.Lock
) -> dict[str, dict[str, str]]:
    """The lock brought up to date: new captures, and those whose date changed.

    One whose bytes alone changed keeps its record, so that its date is asked for.
    """
    kept: dict[str, dict[str, str]] = {}
    for _, item in ledgers.items(ledger):
        if item.get("kind") == "capture":
            for path in ledgers.with_phones(ledgers.paths(item, locales), digests):
                old = dict(lock.get(path, {}))
                same_day = old.get("captured") == item["captured"]
                kept[path] = (
                    old if same_day else {"captured": str(item["captured"]), "bytes": digests[path]}
                )
    return kept


def lock_text(lock: fresh.Lock) -> str:
    """The recorded captures as the file that keeps them."""
    plain = {name: dict(lock[name]) for name in sorted(lock)}
    return _HEAD + yaml.safe_dump(plain, width=1000, sort_keys=False)


# --- names ---------------------------------------------------------------------------------------


def kebab(name: str) -> str:
    """A file name of small letters, digits and hyphens; another alphabet gives a made-up name."""
    stem, suffix = posixpath.splitext(name)
    stem, phone, _ = stem.partition(uses.PHONE) if stem.endswith(uses.PHONE) else (stem, "", "")
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "-", plain)
    words = re.findall(r"[a-z0-9]+", apart.lower())
    made = "-".join(words) or f"picture-{hashlib.sha256(stem.encode()).hexdigest()[:6]}"
    return made + phone + suffix.lower()


def plan_renames(
    files: Mapping[str, probe.File], listed: Ledger, drawn: set[str], locales: Sequence[str]
) -> tuple[list[Rename], list[Finding]]:
    """The files whose names are not plain; none takes the name of another."""
    excused = {
        path
        for _, item in ledgers.items(listed)
        if any(each.get("rule") == "image-name" for each in item.get("allow", ()))
        for path in ledgers.paths(item, locales)
    }
    wanted = [
        Rename(path, posixpath.join(posixpath.dirname(path), kebab(posixpath.basename(path))))
        for path in files
        if path not in drawn and uses.original(path) not in excused
    ]
    wanted = [rename for rename in wanted if rename.old != rename.new]
    # Some hosts and disks do not tell capitals apart: neither may two names.
    taken = Counter(path.casefold() for path in files)
    taken.update(r.new.casefold() for r in wanted)
    renames, clashes = [], []
    for rename in wanted:
        own = rename.old.casefold() == rename.new.casefold()
        if taken[rename.new.casefold()] > 1 + own:
            message = f"cannot be renamed: docs/{rename.new} is taken"
            clashes.append(Finding(f"docs/{rename.old}", 1, "image-name", message))
        else:
            renames.append(rename)
    blocked = {Path(uses.original(clash.path)).name for clash in clashes}
    return [r for r in renames if Path(uses.original(r.old)).name not in blocked], clashes


def _edits(project: Project, listed: Ledger, moved: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The texts that name a renamed file, as they have to be, by their paths from the root."""
    if not moved:
        return
    root = project.home
    shown: dict[str, list[tuple[Use, str]]] = {}
    for use in [*uses.uses(project.written), *project.shown]:
        if new := moved.get(uses.locate(use, project.pictures) or ""):
            shown.setdefault(use.place, []).append((use, new))
    for place, held in shown.items():
        text = read_text(root / place, root)
        for use, new in held:
            text = rewrite(text, use, new)
        yield place, text
    lines = read_text(root / listed.path, root).splitlines(keepends=True)
    before = list(lines)
    for index, item in ledgers.items(listed):
        for path in ledgers.paths(item, project.editions.locales):
            if new := moved.get(path):
                at = listed.line(index, "path") - 1
                name = posixpath.basename(path)
                lines[at] = lines[at].replace(name, posixpath.basename(new))
    if lines != before:
        yield listed.path, "".join(lines)


def rewrite(text: str, use: Use, new: str) -> str:
    """A text in which one use names the new file: on its line, else wherever it is written.

    What stands in code is a sample, and stays.
    """
    path = re.split(r"[?#]", use.target)[0]
    head, slash, _ = path.rpartition("/")
    target = f"{head}{slash}{posixpath.basename(new)}{use.target[len(path) :]}"
    page = Markdown(text)
    lines = text.split("\n")
    sampled = use.place.endswith(".md") and use.line > page.meta_lines
    shown = page.raw.split("\n") if sampled else lines
    named = re.compile(rf"(?<![\w/.-]){re.escape(use.target)}(?!\.?[\w-])")
    here = range(use.line - 1, use.line) if named.search(shown[use.line - 1]) else range(len(lines))
    for at in here:
        for match in reversed(list(named.finditer(shown[at]))):
            lines[at] = lines[at][: match.start()] + target + lines[at][match.end() :]
    return "\n".join(lines)
