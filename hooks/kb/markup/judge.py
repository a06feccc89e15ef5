"""One tag or style -> what in it stands on no list of allowed.yml."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache
from typing import Literal, NamedTuple

from kb.data import beside
from kb.references import extract, urls


class Fault(NamedTuple):
    """What is not allowed, and the name by which an entry of the ledger would allow it."""

    rule: Literal["markup-element", "markup-attribute", "markup-address"]
    name: str
    element: str
    attribute: str = ""
    value: str = ""


class Profile(NamedTuple):
    """What is allowed in one kind of text; allowed.yml explains the fields."""

    elements: Mapping[str, frozenset[str]]
    exceptional: Mapping[str, frozenset[str]]
    everywhere: re.Pattern[str]
    follow: frozenset[str]
    load: frozenset[str]
    schemes: frozenset[str]
    data: frozenset[str]
    functions: frozenset[str]
    rules: frozenset[str]


_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
# An escape can spell any of the others.
_STYLE = re.compile(r"\\|@[\w-]*|([\w-]+)\(\s*(\"[^\"]*|'[^']*|[^\"')]*)")


@cache
def profile(name: str = "page") -> Profile:
    """The list of that name in allowed.yml."""
    held = beside(__file__, "allowed.yml")[name]
    everywhere = "|".join(re.escape(key).replace(r"\*", "[a-z]+") for key in held["everywhere"])
    return Profile(
        {element: frozenset(attributes) for element, attributes in held["elements"].items()},
        {element: frozenset(attributes) for element, attributes in held["exceptional"].items()},
        re.compile(everywhere),
        *(frozenset(held.get(part, ())) for part in Profile._fields[3:]),
    )


def judge(
    element: str, attrs: Iterable[tuple[str, str]], allowed: Profile, excused: Container[str] = ()
) -> Iterator[Fault]:
    """What is wrong with a tag: the element itself, or what it has.

    An element that is not allowed has no attributes that are, unless it is `excused` by its name.
    """
    own = allowed.elements.get(element)
    if own is None:
        yield Fault("markup-element", element, element)
        if element not in excused:
            return
        own = allowed.exceptional.get(element, frozenset())
    for key, value in attrs:
        if key not in own and not allowed.everywhere.fullmatch(key):
            yield Fault("markup-attribute", f"{element}[{key}]", element, key, value)
        elif key in allowed.follow and urls.scheme(value) not in {"", *allowed.schemes}:
            yield Fault("markup-address", value.strip(), element, key, value)
        elif key in allowed.load:
            for address in extract.srcset(value) if key == "srcset" else (value,):
                if not _is_ours(address, allowed):
                    yield Fault("markup-address", address.strip(), element, key, value)


def judge_style(element: str, css: str, allowed: Profile) -> Iterator[Fault]:
    """What a style sheet, or a value of one, loads or does that stands on no list."""
    for match in _STYLE.finditer(_COMMENT.sub(" ", css)):
        name, call, address = match[0].lower(), match[1], (match[2] or "").strip("\"' ")
        if call is None and name not in allowed.rules:
            yield Fault("markup-address", name, element, "style", css)
        elif call and call.lower() not in allowed.functions:
            yield Fault("markup-address", f"{call}(…)", element, "style", css)
        elif call and call.lower() == "url" and not _is_ours(address, allowed):
            yield Fault("markup-address", address, element, "style", css)


def _is_ours(address: str, allowed: Profile) -> bool:
    """Whether what an address loads lies on the site, or in the address itself."""
    scheme = urls.scheme(address)
    if scheme == "data":
        return re.split("[;,]", urls.folded(address)[5:], maxsplit=1)[0].lower() in allowed.data
    return not scheme and urls.resolve(address, "", urls.Origin()).status != urls.EXTERNAL
