"""SVG files: their size, what they would do or fetch, and what an editor left in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree

_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!--|<!DOCTYPE svg|<svg[\s>])", re.I)
_OUTSIDE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.I)
_FETCHED = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", re.I)
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")
_RUNS = ("script", "foreignObject", "iframe", "embed", "object", "handler")
_NAMES = re.compile(r"docname|export-filename|absref")


class Svg(NamedTuple):
    """What was found in an SVG file."""

    width: int
    height: int
    error: str
    traces: tuple[str, ...]
    active: tuple[str, ...]


def is_svg(data: bytes) -> bool:
    """Whether the bytes are meant as SVG."""
    return bool(_HEAD.match(data)) and b"<svg" in data[:4096]


def read(data: bytes) -> Svg:
    """Look through an SVG file; entities are refused, since they can grow without bound."""
    if b"<!ENTITY" in data:
        return Svg(0, 0, "", (), ("an entity declaration",))
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:
        return Svg(0, 0, f"cannot be decoded: {error}", (), ())
    active: list[str] = []
    traces: list[str] = []
    if b"<?xml-stylesheet" in data:
        active.append("an outside style sheet")
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = element.tag.rpartition("}")[2]
        if name in _RUNS:
            active.append(f"<{name}>")
        if name == "metadata":
            traces.append("<metadata>")
        if name == "style":
            active += _fetched(element.text or "")
        for key, value in element.attrib.items():
            active += _attribute(key.rpartition("}")[2], value)
            if _NAMES.search(key):
                traces.append(f"file name '{value}'")
    width, height = _size(root)
    return Svg(width, height, "", _once(traces), _once(active))


def _once(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _attribute(name: str, value: str) -> Iterator[str]:
    if name.lower().startswith("on"):
        yield f"handler '{name}'"
    elif name in ("href", "src"):
        if value.strip().lower().startswith(("javascript:", "data:text/html", "data:image/svg")):
            yield f"'{value.strip()[:24]}'"
        elif _OUTSIDE.match(value):
            yield f"outside reference '{value.strip()[:48]}'"
    else:
        yield from _fetched(value)


def _fetched(css: str) -> list[str]:
    targets = (match[1] or match[2] for match in _FETCHED.finditer(css))
    return [f"outside reference '{t.strip()[:48]}'" for t in targets if _OUTSIDE.match(t)]


def _size(root: ElementTree.Element) -> tuple[int, int]:
    sides = [_LENGTH.fullmatch(root.get(name, "")) for name in ("width", "height")]
    if all(sides):
        width, height = (round(float(side[1])) for side in sides if side)
        return width, height
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    try:
        return round(float(box[2])), round(float(box[3]))
    except (IndexError, ValueError):
        return 0, 0
