"""Pictures in rendered HTML become figures: true size, alt text, caption, lazy loading, zoom."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from kb import html
from kb.pictures.entries import Entry
from kb.render import render as markup


class Variant(NamedTuple):
    """One file of a picture: its address as the page writes it, and its size in pixels."""

    href: str
    width: int
    height: int


class Picture(NamedTuple):
    """What a page needs to show a picture; `phone` is a portrait variant for narrow screens.

    `said` is what the ledger says of it; `light` and `light_phone` are WebP copies, widest first;
    `note` warns of an old picture.
    """

    file: Variant
    said: Entry = Entry()
    phone: Variant | None = None
    light: tuple[Variant, ...] = ()
    light_phone: tuple[Variant, ...] = ()
    note: str = ""


# A whole tag, quoted `>` included; Python-Markdown puts a lone picture into its own paragraph.
_IMG = r"<img\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_PICTURE = re.compile(rf"<p>\s*(?P<alone>{_IMG})\s*</p>|(?P<inline>{_IMG})", re.IGNORECASE)
NARROW = "(max-width: 47.99em)"  # the theme's own limit between phone and tablet
COLUMN = 672  # CSS pixels: the page column at its widest


def render(page: str, lookup: Callable[[str], Picture | None], enlarge: str) -> str:
    """Rewrite the `<img>` tags of a page's HTML whose `src` `lookup` knows; leave all others.

    `enlarge` says what a click does. A picture alone in its paragraph becomes a `<figure>`. A
    declared width stays; the height follows from the file's own shape, so that nothing shifts.
    """
    first = True

    def replace(match: re.Match[str]) -> str:
        nonlocal first
        tag = match["alone"] or match["inline"]
        attributes = dict(next(html.tags(tag)).attrs or ())
        picture = lookup(attributes.get("src", ""))
        if picture is None:
            return match[0]
        shown = _shown(picture, attributes, enlarge, lazy=not first, alone=bool(match["alone"]))
        first = False
        return shown

    return _PICTURE.sub(replace, page)


def _shown(
    picture: Picture, attributes: Mapping[str, str], enlarge: str, *, lazy: bool, alone: bool
) -> str:
    file = picture.file
    declared = attributes.get("width", "")
    own = round(file.width / picture.said.density)
    shown = int(declared) if declared.isdecimal() and int(declared) else own
    merged = {
        **attributes,
        "src": file.href,
        "width": shown,
        "height": round(shown * file.height / file.width),
        "alt": picture.said.alt or attributes.get("alt", ""),
        "decoding": "async",
    }
    if lazy:  # the first picture is often on the first screen: lazy loading would delay it
        merged["loading"] = "lazy"
    return markup(
        "figure.html",
        picture=picture,
        attributes=merged,
        enlarge=enlarge,
        narrow=NARROW,
        shown=shown,
        column=COLUMN,
        alone=alone,
    )
