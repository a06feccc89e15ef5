"""What readers would notice between two built sites: pages, facts and pictures, as plain text."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kb import files
from kb.finding import InputError
from kb.pictures import probe

FACTS = "facts.json"
_COPY = re.compile(r"\.\d+\.webp$|(?:^|/)cards/")  # made of a picture, or of a page's title
_ODD = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


class Seen(NamedTuple):
    """What a site shows: the Markdown of each page, each fact, the bytes' digest of each picture.

    Keys are addresses from the site's root; of a fact `2026-11 plus-price`.
    """

    pages: Mapping[str, str]
    facts: Mapping[str, Mapping[str, Any]]
    pictures: Mapping[str, str]


def read(site: Path) -> Seen:
    """A site that `kb build` made; InputError for anything else."""
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    pages = {
        name.removesuffix("index.md"): files.read_text(site / name)
        for name in names
        if name.rpartition("/")[2] == "index.md"
    }
    if not pages:
        raise InputError(f"{site} holds no page of ours: nothing was compared")
    facts: dict[str, Any] = {}
    for name in names:
        if name.rpartition("/")[2] == FACTS:
            edition = name.removesuffix(f"/{FACTS}")
            try:
                for fact in json.loads(files.read_text(site / name))["facts"]:
                    facts[f"{edition} {fact['id']}"] = {**fact, "text": dict(fact["text"])}
            except (ValueError, LookupError, TypeError) as error:
                raise InputError(f"{site / name} lists no facts: {error!r}") from None
    shown = (n for n in names if Path(n).suffix in probe.SUFFIXES and not _COPY.search(n))
    return Seen(pages, facts, {name: _digest(site / name) for name in shown})


def _digest(path: Path) -> str:
    return hashlib.sha256(files.read_bytes(path)).hexdigest()


def compare(old: Seen, new: Seen) -> str:
    """What is new (+), gone (-) and changed (~) for readers, a line each; ends in a newline."""
    lines = [
        *_part("pages", old.pages, new.pages, _title, _lines),
        *_part("facts", old.facts, new.facts, _value, _fact),
        *_part("pictures", old.pictures, new.pictures, lambda _: "", lambda *_: "another picture"),
    ]
    return "".join(f"{_ODD.sub(' ', line)}\n" for line in lines or ["nothing changes for readers"])


def _part(
    name: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    tell: Callable[[Any], str],
    tell_both: Callable[[Any, Any], str],
) -> Iterator[str]:
    lines = [
        *(f"  + {key}  {tell(new[key])}" for key in new if key not in old),
        *(f"  - {key}  {tell(old[key])}" for key in old if key not in new),
        *(f"  ~ {key}  {tell_both(old[key], new[key])}" for key in new if _other(key, old, new)),
    ]
    if lines:
        yield f"{name}: {len(lines)} of {len(new)}"
        yield from (line.rstrip() for line in lines)


def _other(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return key in old and old[key] != new[key]


def _title(page: str) -> str:
    return re.sub(r"^#* *| *\{[^{}]*\}$", "", page.partition("\n")[0])


def _lines(old: str, new: str) -> str:
    diff = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0))[2:]
    marks = [line[:1] for line in diff]
    return f"lines: {marks.count('+')} more, {marks.count('-')} fewer"


def _value(fact: Mapping[str, Any]) -> str:
    return " / ".join(str(text) for text in fact["text"].values())


def _fact(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    fields = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
    said = f"{_value(old)} → {_value(new)}; " if "text" in fields else ""
    return f"{said}other: {', '.join(fields)}"
