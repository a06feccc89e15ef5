"""Search: one index per language, of plain text, made from the entries of all languages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LEDGER = "synonyms"
Entry = Mapping[str, Any]

_TAG = re.compile(r"<[^>]+>")
# Inside a line these are part of a sentence; every other tag ends a block.
_INLINE = re.compile(r"</?(?:code|sub|sup)>")
_DUE_NOTE = re.compile(r'<span class="kb-fact__due">[^<]*</span>')
# Material's parser drops these tags, so what they part would be read as one word.
_CELL_END = re.compile(r"</(?:td|th|dt|dd|small)>")


def readable(content: str) -> str:
    """A page's HTML as the index should read it: without notes on facts, its cells apart."""
    return _CELL_END.sub(r"\g<0>\n", _DUE_NOTE.sub("", content))


def split(
    entries: Iterable[Entry],
    locales: Sequence[str],
    default: str,
    summaries: Mapping[str, str],
    synonyms: Mapping[str, Sequence[Sequence[str]]],
) -> dict[str, dict[str, Any]]:
    """The search index of each locale, its addresses from that locale's own root.

    `entries` are those of Material's search plugin, the locales mixed; `summaries` the
    descriptions of pages by address.
    """
    indexes: dict[str, dict[str, Any]] = {
        locale: {"config": _config(locale, synonyms.get(locale, ())), "docs": []}
        for locale in locales
    }
    for entry in entries:
        head = entry["location"].split("/", 1)[0]
        locale = head if head in locales and head != default else default
        prefix = "" if locale == default else f"{locale}/"
        summary = summaries.get(entry["location"], "")
        indexes[locale]["docs"].append(_document(entry, prefix, summary))
    return indexes


def _config(locale: str, synonyms: Sequence[Sequence[str]]) -> dict[str, Any]:
    # The theme reads `separator` to highlight the words of ?h= on a page.
    return {"lang": [locale], "separator": r"\s+", "synonyms": synonyms}


def _document(entry: Entry, prefix: str, summary: str) -> dict[str, Any]:
    document = {
        "location": entry["location"].removeprefix(prefix),
        "title": plain(entry["title"]),
        "text": plain(entry["text"]),
    }
    if "#" not in document["location"]:  # said once per page, not in every section
        document |= {key: entry[key] for key in ("tags",) if entry.get(key)}
        document |= {"summary": summary} if summary else {}
        document |= {"boost": entry["boost"]} if "boost" in entry else {}
    return document


def plain(markup: str) -> str:
    """The text of an entry without its tags, blocks one space apart."""
    text = _TAG.sub(" ", _INLINE.sub("", markup))
    return re.sub(r"\s+", " ", html.unescape(text)).strip()
