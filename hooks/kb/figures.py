"""Pictures in rendered HTML become figures: true size, alt text, caption, lazy loading, zoom."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from kb import html


class Variant(NamedTuple):
    """One file of a picture: its address as the page writes it, and its size in pixels."""

    href: str
    width: int
    height: int


class Picture(NamedTuple):
    """What a page needs to show a picture; `phone` is a portrait variant for narrow screens.

    `light` and `light_phone` are WebP copies, widest first; `note` warns of an old picture.
    """

    file: Variant
    alt: str = ""
    caption: str = ""
    phone: Variant | None = None
    light: tuple[Variant, ...] = ()
    light_phone: tuple[Variant, ...] = ()
    note: str = ""
    kind: str = ""


class Labels(NamedTuple):
    """The words around a picture, in the page's language."""

    enlarge: str


# A whole tag, quoted `>` included; Python-Markdown puts a lone picture into its own paragraph.
_IMG = r"<img\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>"
_PICTURE = re.compile(rf"<p>\s*(?P<alone>{_IMG})\s*</p>|(?P<inline>{_IMG})", re.IGNORECASE)
NARROW = "(max-width: 47.99em)"  # the theme's own limit between phone and tablet
COLUMN = 672  # CSS pixels: the page column at its widest


def render(page: str, lookup: Callable[[str], Picture | None], labels: Labels) -> str:
    """Rewrite the `<img>` tags of a page's HTML whose `src` `lookup` knows; leave all others.

    A picture alone in its paragraph becomes a `<figure>`. A declared width stays the width it is
    shown at; the height follows from the file's own shape, so that nothing shifts.
    """
    first = True

    def replace(match: re.Match[str]) -> str:
        nonlocal first
        tag = match["alone"] or match["inline"]
        attributes = dict(next(html.tags(tag)).attrs or ())
        picture = lookup(attributes.get("src", ""))
        if picture is None:
            return match[0]
        image = _image(picture, attributes, lazy=not first)
        first = False
        if match["inline"]:
            return image
        return _figure(picture, image, labels)

    return _PICTURE.sub(replace, page)


def _image(picture: Picture, attributes: Mapping[str, str], *, lazy: bool) -> str:
    file = picture.file
    declared = attributes.get("width", "")
    shown = int(declared) if declared.isdecimal() and int(declared) else file.width
    merged = {
        **attributes,
        "src": file.href,
        "width": str(shown),
        "height": str(round(shown * file.height / file.width)),
        "alt": picture.alt or attributes.get("alt", ""),
        "decoding": "async",
    }
    if lazy:  # the first picture is often on the first screen: lazy loading would delay it
        merged["loading"] = "lazy"
    tag = "<img" + "".join(f' {name}="{escape(value)}"' for name, value in merged.items()) + ">"
    sources = [
        _source(picture.light_phone, NARROW, "100vw"),
        _source((picture.phone,) if picture.phone else (), NARROW, ""),
        _source(picture.light, "", f"{NARROW} 100vw, {min(shown, COLUMN)}px", shown),
    ]
    return f"<picture>{''.join(sources)}{tag}</picture>" if any(sources) else tag


def _source(variants: Sequence[Variant], media: str, sizes: str, shown: int = 0) -> str:
    """One `<source>`: the browser takes the first that fits the screen and that it can read.

    Its width and height count for more than those of the `<img>`: `shown` keeps a declared width.
    """
    if not variants:
        return ""
    only = len(variants) == 1
    listed = [v.href if only else f"{v.href} {v.width}w" for v in variants]
    given = {
        "media": media,
        "type": "image/webp" if sizes else "",
        "srcset": ", ".join(listed),
        "sizes": "" if only else sizes,
        "width": str(shown or variants[0].width),
        "height": str(round((shown or variants[0].width) * variants[0].height / variants[0].width)),
    }
    return "<source" + "".join(f' {k}="{escape(v)}"' for k, v in given.items() if v) + ">"


def _figure(picture: Picture, image: str, labels: Labels) -> str:
    note = f'<small class="kb-old">{escape(picture.note)}</small>' if picture.note else ""
    words = " ".join(filter(None, (escape(picture.caption), note)))
    caption = f"<figcaption>{words}</figcaption>" if words else ""
    kind = f" kb-figure--{picture.kind}" if picture.kind else ""
    return (
        f'<figure class="kb-figure{kind}">'
        f'<a class="kb-zoom" href="{escape(picture.file.href)}"'
        f' title="{escape(labels.enlarge)}">{image}</a>'
        f"{caption}</figure>"
    )
