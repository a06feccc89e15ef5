"""A page's HTML, as Markdown made it -> what in it is not allowed, at its place in the Markdown."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from html import unescape

from markdown.extensions.attr_list import get_attrs_and_remainder

from kb import html
from kb.data import beside
from kb.finding import Finding
from kb.legacy.convert import links
from kb.markup.judge import Fault, judge, profile
from kb.text.page import ATTRIBUTES, Markdown, Page

_MESSAGES: dict[str, str] = beside(__file__)
_Key = tuple[str, str, str]  # an element ("": any), and one of its attributes with its value
_Place = tuple[int, int]
_OPENED = re.compile(r"<([A-Za-z][^\s/>]*)")


def check(
    content: str, page: Page, allowed: Collection[str] = ()
) -> tuple[list[Finding], set[str]]:
    """Judge the tags of the HTML that was made of a page, by allowed.yml.

    `allowed` are the names of the faults that the ledger excuses; gives those that there were too.
    """
    faults: list[Fault] = []
    for tag in html.tags(content):
        if tag.attrs or (tag.attrs is not None and tag.name not in profile().elements):
            faults += judge(tag.name, tag.attrs, profile(), allowed)
    excused = {fault.name for fault in faults if fault.name in allowed}
    faults = [fault for fault in faults if fault.name not in allowed]
    places = _places(faults, page) if faults else ()
    findings = [
        Finding(page.file, line, fault.rule, _message(fault), col=col)
        for fault, (line, col) in zip(faults, places, strict=True)
    ]
    return findings, excused


def _message(fault: Fault) -> str:
    loads = fault.rule == "markup-address" and fault.attribute in profile().load
    name = " ".join(fault.name.split())
    shown = fault._replace(name=name if len(name) <= 80 else name[:77] + "…")
    return _MESSAGES["loaded" if loads else fault.rule].format(**shown._asdict())


def _places(faults: list[Fault], text: Markdown) -> Iterator[_Place]:
    """Where each fault is written: both run through the page in the same order."""
    written: dict[_Key, list[_Place]] = {}
    for key, place in sorted(set(_written(text)), key=lambda pair: pair[1]):
        written.setdefault(key, []).append(place)
    taken: dict[_Key, int] = {}
    here = (1, 0)
    for fault in faults:
        key = (fault.element, fault.attribute, fault.value)
        known = (key, ("", *key[1:]), ("<", fault.element, ""))
        places = next((written[each] for each in known if each in written), [])
        at = max(bisect_left(places, here), taken.get(key, 0))
        if at < len(places):
            here, taken[key] = places[at], at + 1
            yield here
        else:  # a footnote is shown elsewhere than it is written; the unknown is near the last
            yield places[-1] if places else here


def _written(text: Markdown) -> Iterator[tuple[_Key, _Place]]:
    """What of the Markdown becomes tags, attributes and links; samples of code are left out."""
    for tag in html.tags(text.raw):
        if tag.attrs is not None:
            for pair in (("", ""), *tag.attrs):
                yield (tag.name, *pair), (tag.line, tag.col)
    for match in _OPENED.finditer(text.text):  # what is taken for code, or a part of another tag
        yield ("<", match[1].lower(), ""), text.places.of(match.start())
    for match in ATTRIBUTES.finditer(text.raw):
        for pair in get_attrs_and_remainder(match[1])[0]:
            yield ("", *pair), text.places.of(match.start())
    for link in links(text):
        made = ("img", "src") if link.picture else ("a", "href")
        yield (*made, unescape(link.target)), (link.line, link.col)
