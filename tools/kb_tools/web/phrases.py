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


def _says(name: str, text: str) -> bool:
    parts = [text, *_PARTS.split(text)]
    return any(_phrases(name).fullmatch(part.strip()) for part in parts if part.strip())


def not_found(text: str) -> bool:
    """Whether a title or heading says that the page is not there."""
    return _says("not_found", text)


def challenge(text: str) -> bool:
    """Whether a title or heading asks the reader to prove that they are no robot."""
    return _says("challenge", text)


def geo_blocked(text: str) -> bool:
    """Whether a text says that the reader's country is not served."""
    return bool(_phrases("geo_blocked").search(text))


def parked(text: str) -> bool:
    """Whether a text offers its own domain for sale."""
    return bool(_phrases("parked").search(text))


def parking_address(url: str) -> bool:
    """Whether an address belongs to a domain-parking service."""
    return bool(_phrases("parking_address").search(url.split("?", 1)[0]))


def removed(text: str) -> str:
    """The words with which a platform says that what stood here was taken away; "" for none."""
    found = _phrases("removed").search(text)
    return found[0] if found else ""


def app_data(script: str) -> bool:
    """Whether an inline script holds what another script makes a page from."""
    return bool(_phrases("app_data").search(script[:300]))


def settings_data(name: str) -> bool:
    """Whether JSON of this id is a script's settings, no content."""
    return bool(_phrases("settings_data").fullmatch(name))
