"""Rules on picture files: their type, size, weight, name, and what they give away."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from kb.finding import Finding
from kb.pictures.entries import About, Entry, entry_of
from kb.pictures.probe import TYPES, File

SIDES = (2, 6000)  # pixels
WEIGHT = 150_000  # bytes
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.phone)?\.[a-z0-9]+")


def check(files: Mapping[str, File], shown: Mapping[str, str]) -> Iterator[About]:
    """Look at each file; `shown` says where it is used first, for the hint."""
    for path, file in files.items():
        hint = f"shown at {shown[path]}" if path in shown else ""
        for rule, message in problems(posixpath.basename(path), file):
            yield path, Finding(f"docs/{path}", 1, rule, message, hint)


def problems(name: str, file: File) -> Iterator[tuple[str, str]]:
    """What is wrong with a picture of its own: (rule, message)."""
    if file.error:
        yield "image-undecodable", file.error
    suffix = posixpath.splitext(name)[1].lower()
    if file.kind and TYPES.get(suffix) != file.kind:
        if file.kind in TYPES.values():
            yield "image-type", f"is a {file.kind} by its content, not what '{suffix}' says"
        else:
            yield "image-type", f"is a {file.kind}, which browsers do not show: save it as PNG"
    if not _NAME.fullmatch(name):
        yield "image-name", f"'{name}' is not of small letters, digits and hyphens"
    for trace in file.traces:
        yield "image-private", f"carries more than its pixels: {trace}"
    for deed in file.active:
        yield "image-active", f"is more than a picture: {deed}"
    if file.error:
        return
    if file.frames > 1:
        yield "image-format", f"is animated ({file.frames} frames)"
    if file.mode == "CMYK":
        yield "image-format", "is in the colours of print (CMYK), which screens show wrongly"
    sides = (file.width, file.height)
    least, most = SIDES
    if file.kind != "SVG" and not all(least <= side <= most for side in sides):
        yield "image-size", f"is {file.width}×{file.height} pixels; sides of {least}–{most} wanted"
    if file.weight > WEIGHT:
        yield "image-weight", f"weighs {file.weight:,} bytes, at most {WEIGHT:,} wanted"


def check_doubles(files: Mapping[str, File], known: Mapping[str, Entry]) -> Iterator[About]:
    """Files with the same bytes: doubles, or one language's picture standing in for another's."""
    first: dict[str, str] = {}
    for path, file in files.items():
        held = first.setdefault(file.digest, path) if file.weight else path
        if held == path:
            continue
        if _inner(held) == _inner(path):
            edition, locale, inner = path.split("/", 2)
            entry = entry_of(path, locale, known)
            if not (entry and entry.shared):
                yield path, Finding(
                    f"docs/{path}", 1, "image-language",
                    f"is the same as docs/{held}, and nothing says that the languages share it",
                    f"move it to docs/{edition}/{inner}, or write `shared: true` in the ledger",
                )  # fmt: skip
        else:
            message = f"has the same bytes as docs/{held}"
            yield path, Finding(f"docs/{path}", 1, "image-double", message)


def _inner(path: str) -> list[str]:
    """A path without its edition and language."""
    return path.split("/")[2:]
