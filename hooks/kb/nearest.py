"""The existing name nearest to a missing one: shared letter pairs, then edit distance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_RAREST = 8  # as many of a name's letter pairs are looked up, the rarest
_MANY = 400  # of the names with a pair


def distance(a: str, b: str) -> int:
    """Edits (insert, delete, replace) from one string to the other; Myers' bit-parallel count."""
    if not a:
        return len(b)
    last = 1 << (len(a) - 1)
    full = (last << 1) - 1
    places: dict[str, int] = {}
    for index, char in enumerate(a):
        places[char] = places.get(char, 0) | 1 << index
    plus, minus, score = full, 0, len(a)
    for char in b:
        match = places.get(char, 0)
        equal = (((match & plus) + plus) ^ plus) | match | minus
        up, down = minus | (~(equal | plus) & full), plus & equal
        score += bool(up & last) - bool(down & last)
        up, down = (up << 1) | 1, down << 1
        plus, minus = (down | ~((match | minus) | up)) & full, up & (match | minus)
    return score


def closest(name: str, candidates: Iterable[str]) -> str:
    """The candidate whose last part differs least, then its folder; "" when none is like it."""
    folder, base = _parts(name)
    limit = max(2, len(base) // 3) if len(base) > 3 else len(base) // 2
    best, found = (limit, len(name) + 1), ""
    for candidate in candidates:
        there, other = _parts(candidate)
        if abs(len(other) - len(base)) > best[0]:
            continue
        edits = distance(base, other)
        if edits <= best[0] and (score := (edits, distance(folder, there))) < best:
            best, found = score, candidate
    return found


def hint(name: str, candidates: Iterable[str]) -> str:
    """The hint that names the closest of the candidates, or "" when none is like it."""
    found = closest(name, candidates)
    return f"nearest: {found}" if found else ""


def _parts(path: str) -> tuple[str, str]:
    """Folder and name in lower case, without what all have in common: index page and suffix."""
    bare = re.sub(r"(?:(?:^|/)index\.\w+|\.\w+)?/?$", "", path.casefold(), count=1)
    folder, _, base = bare.rpartition("/")
    return folder, base


class Names:
    """Many names, asked for the nearest to a missing one again and again."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._holders: dict[str, list[int]] = {}
        for number, name in enumerate(names):
            for gram in _grams(name):
                self._holders.setdefault(gram, []).append(number)

    def closest(self, name: str) -> str:
        """The nearest of the names, or "" when none is near."""
        holders = sorted((self._holders.get(gram, []) for gram in _grams(name)), key=len)
        rare = [held for held in holders if held][:_RAREST]
        numbers = {number for held in rare for number in held[:_MANY]}
        return closest(name, (self._names[number] for number in sorted(numbers)))


def _grams(name: str) -> set[str]:
    padded = f"\0{_parts(name)[1]}\0"
    return {padded[at : at + 2] for at in range(len(padded) - 1)}
