"""Permanent redirects written back into the Markdown, and nothing else."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from kb.text.page import Markdown

# What may stand before an address that is a link's target, and what ends it.
_BEFORE = (
    r"(?P<before>\]\(\s*<?|^ {0,3}\[[^\]\n^][^\]\n]*\]:[ \t]*\n?[ \t]*<?|<|"
    r"\b(?:href|src)\s*=\s*[\"']?)"
)
_AFTER = r"(?=[\s)>\"']|\Z)"


class Rewrite(NamedTuple):
    """A file's new text and those moves that could not be mapped exactly, left undone."""

    text: str
    left: tuple[str, ...]


def rewrite(text: str, moves: Mapping[str, str]) -> Rewrite:
    """Replace link targets by their new addresses; code, prose and every other byte stay.

    A move is made only if the file, read anew, has the same links but for that one target.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    if ending == "\r\n" and plain.replace("\n", "\r\n") != text:
        return Rewrite(text, tuple(sorted(moves)))  # mixed line endings would not survive
    left = []
    for old, new in sorted(moves.items()):
        changed = _replaced(plain, old, _target(new))
        if _targets(changed) == _targets(plain, {old: _target(new)}) and changed != plain:
            plain = changed
        else:
            left.append(old)
    return Rewrite(plain.replace("\n", ending), tuple(left))


def _replaced(text: str, old: str, new: str) -> str:
    body = Markdown(text).live
    pattern = re.compile(_BEFORE + re.escape(old) + _AFTER, re.MULTILINE)
    for match in reversed(list(pattern.finditer(body))):
        start = match.end("before")
        text = text[:start] + new + text[match.end() :]
    return text


def _target(url: str) -> str:
    """An address as it can stand in any link target (CommonMark, 6.3)."""
    for char, code in (("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E"), (" ", "%20")):
        url = url.replace(char, code)
    return url


def _targets(text: str, moved: Mapping[str, str] = {}) -> Counter[tuple[str, int]]:
    """How often each address stands on each line, once those that moved have."""
    links = Markdown(text).links
    return Counter((moved.get(link.target, link.target), link.line) for link in links)


def diff(path: str, old: str, new: str) -> str:
    """What a rewrite changes, as a unified diff."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
