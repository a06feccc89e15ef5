"""What pages say when they are not what was asked for, by the phrases of phrases.yml."""

from __future__ import annotations

import re
from functools import cache

from kb.data import beside

# Titles are matched part by part and each part as a whole: an article *about* such pages says more.
_PARTS = re.compile(
    r"\s*[|｜–—•·»«_:：]\s*|\s+-+\s+|-(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])-|(?<=[^\x00-\x7f])\s+"
)


@cache
def _phrases(name: str) -> re.Pattern[str]:
    pattern = "|".join(f"(?:{phrase})" for phrase in beside(__file__)[name])
    for word, held in beside(__file__)["words"].items():
        pattern = pattern.replace(f"{{{word}}}", held)
    return re.compile(pattern, re.IGNORECASE)


def says(kind: str, text: str) -> bool:
    """Whether a title or heading, or a part of it, is as a whole one of a kind's phrases."""
    parts = [text, *_PARTS.split(text)]
    return any(_phrases(kind).fullmatch(part.strip()) for part in parts if part.strip())


def holds(kind: str, text: str) -> str:
    """The words in a text that are one of a kind's phrases; "" for none."""
    found = _phrases(kind).search(text)
    return found[0] if found else ""
