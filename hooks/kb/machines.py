"""What programs read of a page: its text as Markdown, and its questions with their answers."""

import re
from collections.abc import Callable
from html import unescape

NAME = "index.md"  # of the text beside a page
_FACT = re.compile(r'<a class="kb-fact[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"(?:(?<=\]\()|(?<=\]\(<)|(?<=\]: ))([^)\s#:<>]+\.md)")
_QUESTION = re.compile(r"<h3\b[^>]*>(.*?)</h3>(.*?)(?=<h[1-6]\b|\Z)", re.DOTALL)


def markdown(text: str, link: Callable[[str], str]) -> str:
    """A page's Markdown, facts in place, as text of its own; `link` makes an address of a path."""
    plain = _FACT.sub(lambda match: unescape(_TAG.sub("", match[1])), text)
    return _LINK.sub(lambda match: link(match[1]), plain).strip() + "\n"


def questions(page: str) -> list[tuple[str, str]]:
    """The headings of the third level in a page's HTML and the text below each, both plain."""
    return [(_plain(match[1]), _plain(match[2])) for match in _QUESTION.finditer(page)]


def _plain(text: str) -> str:
    return " ".join(unescape(_TAG.sub("", text)).split())
