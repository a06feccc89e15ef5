"""Search: what a language's index is made of, and what readers ask its sections with."""

import html
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kb import nearest
from kb.editions import page_address
from kb.finding import Finding
from kb.ledger import Ledger
from kb.text.page import DocsPath, Page

LEDGER = "synonyms"
ASKED = "asked"  # the file of an edition's language: page -> section id -> what readers type for it
Entry = Mapping[str, Any]
BySection = Mapping[str, Sequence[str]]  # section id -> phrases

_TAG = re.compile(r"<[^<>]+>")
# Inside a line these are part of a sentence; every other tag ends a block.
_INLINE = re.compile(r"</?(?:code|sub|sup)>")
_DUE_NOTE = re.compile(r'<span class="kb-fact__due">[^<]*</span>')
_SOURCES = re.compile(r"(?<=</strong>) <small>.*?(?=</dd>|\Z)", re.DOTALL)
_NEXT = re.compile(r'<h2 id="next".*', re.DOTALL)  # a page's last links, by others' titles
# Material's parser drops these tags, so what they part would be read as one word.
_CELL_END = re.compile(r"</(?:td|th|dt|dd|small)>")
# Reading each tag takes it long, and of these it takes nothing.
_PASSED = r"a|abbr|b|em|i|img|kbd|mark|small|span|strong|td|th|tr"
_PASSED_TAG = re.compile(rf"</?(?:{_PASSED})(?:\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)?>")


def readable(content: str) -> str:
    """A page's HTML as the index should read it: without notes on facts, its cells apart.

    Of the lists made from ledgers the names and values remain: nobody looks for the rest of them.
    """
    for unread in (_NEXT, _DUE_NOTE, _SOURCES):
        content = unread.sub("", content)
    content = _CELL_END.sub(r"\g<0>\n", content)
    # Of an element that is left out the end must be found.
    return content if "data-search-exclude" in content else _PASSED_TAG.sub("", content)


def split(
    entries: Sequence[Entry],
    locales: Sequence[str],
    summaries: Mapping[str, str],
    asked: Mapping[str, Mapping[str, BySection]],
) -> dict[str, list[dict[str, Any]]]:
    """The sections of each locale, page by page, their addresses from that locale's own root.

    `entries` are as `text_of` makes them, the locales mixed, of which the first is the default;
    `summaries` the descriptions of pages by address; `asked` the phrases by locale and page.
    """
    placed = [(*_place(entry["location"], locales), entry) for entry in entries]
    titles: dict[str, dict[str, str]] = defaultdict(dict)
    for locale, address, entry in placed:
        titles[address][locale] = entry["title"]
    locations = {entry["location"] for entry in entries}
    phrases: dict[str, list[str]] = defaultdict(list)
    for locale, pages in asked.items():
        for page, sections in pages.items():
            address = page_address(page, locale, locales[0])
            for section, said in sections.items():
                # A page's first heading has no entry of its own: it is the page.
                location = f"{address}#{section}"
                phrases[location if location in locations else address] += said
    found: dict[str, list[dict[str, Any]]] = {locale: [] for locale in locales}
    for locale, address, entry in placed:
        more: dict[str, Any] = {
            "asked": phrases.get(entry["location"]),
            "translated": [title for held, title in titles[address].items() if held != locale],
        }
        if "#" not in address:  # said once per page, not in every section
            more |= {"tags": entry.get("tags"), "summary": summaries.get(entry["location"])}
            more |= {"boost": entry.get("boost")}
        place = {"location": address, "title": titles[address][locale]}
        kept = {key: value for key, value in more.items() if value}
        found[locale].append({**place, "text": entry["text"], **kept})
    return found


def _place(location: str, locales: Sequence[str]) -> tuple[str, str]:
    """The locale of an address and the address from that locale's root."""
    head, _, rest = location.partition("/")
    return (head, rest) if head in locales[1:] else (locales[0], location)


def text_of(entry: Entry) -> dict[str, Any]:
    """An entry of Material's search plugin without tags, blocks one space apart."""
    return {**entry, "title": plain(entry["title"]), "text": plain(entry["text"])}


def plain(markup: str) -> str:
    """A text without its tags, blocks one space apart."""
    text = _TAG.sub(" ", _INLINE.sub("", markup))
    return re.sub(r"\s+", " ", html.unescape(text)).strip()


def check(ledger: Ledger, folder: str, pages: Mapping[DocsPath, Page]) -> Iterator[Finding]:
    """The phrases for pages in `folder` (`2026-11/zh`): of sections there, each of one alone."""
    first: dict[str, int] = {}  # phrase -> its line
    for page, sections in (ledger.sound or {}).items():
        name = f"{folder}/{page}.md"
        if name not in pages:
            message, hint = f"there is no page docs/{name}", nearest.hint(name, pages)
            yield ledger.finding("asked-section", message, page, hint=hint)
            continue
        ids = [heading.id for heading in pages[name].headings]
        for section, phrases in sections.items():
            if section not in ids:
                message = f"docs/{name} has no section '{section}'"
                hint = nearest.hint(section, ids)
                yield ledger.finding("asked-section", message, page, section, hint=hint)
            for index, phrase in enumerate(phrases):
                at = (page, section, index)
                if phrase.casefold() in first:
                    message = f"'{phrase}' stands in line {first[phrase.casefold()]} too"
                    yield ledger.finding("asked-twice", message, *at)
                first.setdefault(phrase.casefold(), ledger.line(*at))
