"""What programs read of a page: its text as Markdown, and what it is as JSON-LD (schema.org)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any, NamedTuple

_FACT = re.compile(r'<a class="kb-fact[^>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"(?<=\]\()([^)\s#:]+\.md)")
_QUESTION = re.compile(r"<h3\b[^>]*>(.*?)</h3>(.*?)(?=<h[1-6]\b|\Z)", re.DOTALL)


class About(NamedTuple):
    """A page: its address and its site's, title, description, locale, ISO date of its last check,
    and the (title, address) of each page above it."""

    url: str
    site: str
    title: str
    description: str
    locale: str
    checked: str
    above: tuple[tuple[str, str], ...] = ()


def markdown(text: str, link: Callable[[str], str]) -> str:
    """A page's Markdown, its facts in place, as text of its own: no HTML of ours, links made whole.

    `link` gives the address of another page by its path as written.
    """
    plain = _FACT.sub(lambda match: unescape(_TAG.sub("", match[1])), text)
    return _LINK.sub(lambda match: link(match[1]), plain).strip() + "\n"


def structured(about: About, page: str = "") -> str:
    """The JSON-LD of a page; of its questions too, when `page` is the HTML of a list of them."""
    crumbs = [*about.above, (about.title, about.url)]
    graph: list[dict[str, Any]] = [
        {
            "@type": "Article",
            "headline": about.title,
            "description": about.description,
            "inLanguage": {"zh": "zh-Hans"}.get(about.locale, about.locale),
            "mainEntityOfPage": about.url,
            "isPartOf": {"@type": "WebSite", "name": about.site},
            "license": "https://creativecommons.org/licenses/by/4.0/",
            **({"dateModified": about.checked} if about.checked else {}),
        },
        {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": name, "item": url}
                for place, (name, url) in enumerate(crumbs, 1)
            ],
        },
    ]
    questions = [
        {
            "@type": "Question",
            "name": _plain(match[1]),
            "acceptedAnswer": {"@type": "Answer", "text": _plain(match[2])},
        }
        for match in _QUESTION.finditer(page)
    ]
    if questions:
        graph.append({"@type": "FAQPage", "mainEntity": questions})
    data = {"@context": "https://schema.org", "@graph": graph}
    # No text may end the script element that holds it.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _plain(text: str) -> str:
    return " ".join(unescape(_TAG.sub("", text)).split())
