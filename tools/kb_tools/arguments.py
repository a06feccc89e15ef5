"""Kinds of values that commands take; argparse tells what it is given instead."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable


def _like(pattern: str, wrong: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if re.fullmatch(pattern, text):
            return text
        raise argparse.ArgumentTypeError(f"{text!r} is {wrong}")

    return read


words = _like(r"[ -~]*[!-~][ -~]*", "nothing that a header says: ASCII, on one line")
attribute = _like(r"[^\s\"'<>/=.\[\]][^\s\"'<>/=\[\]]*", "no attribute's name, like data-x")
selector = _like(r"\.?[\w-]+|\[[\w-]+\]", "none of: nav, .sidebar, [data-x]")


def amount(text: str) -> float:
    """A number, 0 or more."""
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if 0 <= amount < math.inf:
        return amount
    raise argparse.ArgumentTypeError(f"'{text}' is no amount: a number, 0 or more")


def seconds(text: str) -> float:
    """A time, longer than none."""
    if time := amount(text):
        return time
    raise argparse.ArgumentTypeError(f"'{text}' is no time: more than 0")


def count(text: str) -> int:
    """A whole number, 1 or more."""
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no count: a number, 1 or more")


def codes(text: str) -> tuple[int, ...]:
    """Statuses of HTTP: `403,500-599`."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not re.fullmatch(r"[1-9]\d\d", first) or not re.fullmatch(r"[1-9]\d\d|", last):
            raise argparse.ArgumentTypeError(f"'{part}' is no status, like 403 or 500-599")
        statuses = range(int(first), int(last or first) + 1)
        if not statuses:
            raise argparse.ArgumentTypeError(f"'{part}' ends before it begins")
        found += statuses
    return tuple(found)


def header(text: str) -> tuple[str, str]:
    """A header: `Name: value`."""
    match = re.fullmatch(r"([A-Za-z0-9-]+):\s*([ -~]+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no header, like 'Name: value'")
    return match[1], match[2]


def port(text: str) -> int:
    """A port of a machine."""
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no port: 1 to 65535")


def density(text: str) -> float:
    """Pixels per CSS pixel, 1 to 4."""
    if 1 <= (pixels := amount(text)) <= 4:
        return pixels
    raise argparse.ArgumentTypeError(f"'{text}' is no density: 1 to 4")


def shard(text: str) -> tuple[int, int]:
    """One part of many: `1/4`."""
    index, _, count = text.partition("/")
    if index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count):
        return int(index), int(count)
    raise argparse.ArgumentTypeError(f"'{text}' is no part like 1/4")
