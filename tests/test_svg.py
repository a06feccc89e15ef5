"""SVG files: what runs, leads elsewhere or was left in one is told; what only draws is silent."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from kb.pictures import probe
from kb_tools.clean import clean

SPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, attributes: str = "") -> bytes:
    return f'<svg {SPACE} width="40" height="30" {attributes}>{inside}</svg>'.encode()


def photo() -> str:
    """A picture with what its camera said, as an address."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[271] = "Maker"
    Image.new("RGB", (8, 6), "red").save(out, "PNG", exif=exif)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


SCRIPT = "<script>go()</script>"
# The bytes of a file, and what of it is told as active.
ACTIVE: dict[str, tuple[bytes, str]] = {
    "script": (svg(SCRIPT), "<script>"),
    "behind an instruction": (b"<?foo bar?>" + svg(SCRIPT), "<script>"),
    "by a prefix": (
        b'<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script>go()</s:script></s:svg>',
        "<script>",
    ),
    "behind a long comment": (
        b'<?xml version="1.0"?><!--%s-->' % (b"x" * 5000) + svg(SCRIPT),
        "<script>",
    ),
    "in UTF-16": (svg(SCRIPT).decode().encode("utf-16"), "<script>"),
    "HTML": (
        svg('<b xmlns="http://www.w3.org/1999/xhtml">a</b>'),
        "<b> of 'http://www.w3.org/1999/",
    ),
    "handler": (svg("", 'onload="go()"'), "handler 'onload'"),
    "link": (svg('<a href="java&#9;script:go()"><text>x</text></a>'), "<a>"),
    "animated link": (svg('<animate attributeName="href" values="x"/>'), "<animate>"),
    "link that is set": (svg('<set attributeName="href" to="x"/>'), "<set>"),
    "escape in a style": (
        svg(r"<style>rect{fill:\75rl(https://a.test/x)}</style>"),
        "address '\\'",
    ),
    "set of pictures": (
        svg('<style>rect{background:image-set("https://a.test/x" 1x)}</style>'),
        "address 'image-set(…)'",
    ),
    "import": (svg('<style>@import "https://a.test/x.css"</style>'), "address '@import'"),
    "style from elsewhere": (
        b'<?xml-stylesheet href="a.css"?>' + svg(""),
        "an outside style sheet",
    ),
    "one slash": (svg('<image href="https:/a.test/x.png"/>'), "address 'https:/a.test/x.png'"),
    "slashes that lean back": (svg(r'<image href="\\a.test\x.png"/>'), r"address '\\a.test\x.png'"),
    "old kind of link": (svg('<use xlink:href="//a.test/x#a"/>'), "address '//a.test/x#a'"),
    "a file beside it": (svg('<use href="other.svg#a"/>'), "address 'other.svg#a'"),
    "fill from a file beside it": (svg('<rect fill="url(o.svg#a)"/>'), "address 'o.svg#a'"),
    "fill from elsewhere": (svg('<rect fill="url(//a.test/x#a)"/>'), "address '//a.test/x#a'"),
    "style from an attribute": (
        svg('<rect style="fill:url(//a.test/x)"/>'),
        "address '//a.test/x'",
    ),
    "page within": (svg('<image href="data:text/html,x"/>'), "address 'data:text/html,x'"),
    "declarations": (
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"),
        "declarations of its own, as of entities",
    ),
    "declarations from elsewhere": (
        b'<!DOCTYPE svg SYSTEM "http://a.test/x.dtd">' + svg(""),
        "declarations from 'http://a.test/x.dtd'",
    ),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_what_does_more_than_draw_is_told_and_left_to_a_person(name: str) -> None:
    data, told = ACTIVE[name]
    file = probe.probe(data)
    assert (file.error, file.kind) == ("", "SVG")
    assert any(active.startswith(told) for active in file.active), file.active
    cleaned = clean(data)
    assert cleaned.data == data
    assert ("image-active", file.active[0]) in cleaned.left


PRIVATE: dict[str, tuple[bytes, str]] = {
    "comment": (
        svg("<!-- /Users/someone/a.sketch --><rect/>"),
        "comment '/Users/someone/a.sketch'",
    ),
    "comment in a style": (svg("<style>/* of Zhang */ a{}</style>"), "comment 'of Zhang"),
    "instruction": (b"<?editor of Zhang San?>" + svg(""), "<?editor of Zhang San?>"),
    "metadata": (svg("<metadata>Zhang San</metadata>"), "<metadata>"),
    "element of an editor": (svg('<x:v xmlns:x="urn:x"/>'), "<v> of 'urn:x'"),
    "name of the file": (
        svg("", 'xmlns:i="urn:i" i:docname="a.svg"'),
        "docname 'a.svg' of 'urn:i'",
    ),
    "attribute that nothing reads": (svg('<g data-name="Zhang San"/>'), "data-name 'Zhang San'"),
    "photo": (svg(f'<image href="{photo()}"/>'), "a picture in it: EXIF: Make"),
    "photo in a style": (
        svg(f"<style>a{{mask:url('{photo()}')}}</style>"),
        "a picture in it: EXIF",
    ),
    "broken photo": (
        svg('<image href="data:image/png;base64,AAAA"/>'),
        "a picture in it: cannot be",
    ),
}


@pytest.mark.parametrize("name", PRIVATE)
def test_what_an_editor_left_is_told_and_mostly_taken_out(name: str) -> None:
    data, told = PRIVATE[name]
    file = probe.probe(data)
    assert (file.error, file.active) == ("", ())
    assert any(trace.startswith(told) for trace in file.traces), file.traces
    cleaned = clean(data)
    by_hand = name in ("broken photo", "photo in a style", "comment in a style")
    assert bool(cleaned.left) is by_hand
    assert (probe.probe(cleaned.data).width, bool(cleaned.gone)) == (40, not by_hand)


def test_what_cannot_be_written_anew_stays_as_it_is() -> None:
    declared = b'<!DOCTYPE svg SYSTEM "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    data = declared + svg("<!-- mine --><text>a&nbsp;b</text>")
    assert probe.probe(data).error == ""
    assert clean(data) == (data, (), (("image-private", "comment 'mine'"),))
    deep = svg("<!-- mine -->" + "<g>" * 5000 + "</g>" * 5000)
    assert clean(deep) == (deep, (), (("image-private", "comment 'mine'"),))


@pytest.mark.parametrize(
    "data",
    [
        svg('<rect width="4" height="4"/>'),
        b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"'
        b' "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">' + svg(""),
        b"\xef\xbb\xbf  " + svg(""),
        svg('<defs><linearGradient id="g"/></defs><rect fill="url(#g)" style="mask:url(\'#m\')"/>'),
        svg('<use xlink:href="#g"/><text xml:space="preserve" font-family="Noto Sans">x</text>'),
        svg("<style>@media print{rect{fill:rgb(1,2,3);transform:rotate(9deg)}}</style>"),
        svg('<title>Card (USD)</title><g aria-label="f(x)" transform="translate(1 2)"/>'),
    ],
)
def test_what_only_draws_is_silent_and_stays(data: bytes) -> None:
    file = probe.probe(data)
    assert (file.error, file.kind, file.traces, file.active) == ("", "SVG", (), ())
    assert (file.width, file.height) == (40, 30)
    assert clean(data).data == data


@pytest.mark.parametrize(
    "data",
    [
        b"<svg/>",
        b"<html><body/></html>",
        b"<svg",
        b"< ",
        b'<?xml version="1.0" encoding="utf-7"?>' + svg(""),
        b'<?xml version="1.0" encoding="nosuch"?>' + svg(""),
    ],
)
def test_what_no_browser_draws_is_told(data: bytes) -> None:
    assert probe.probe(data).error.startswith("cannot be decoded: ")


@pytest.mark.parametrize(
    "size",
    [f'width="{"9" * 400}" height="3"', 'viewBox="0 0 9"', 'viewBox="0 0 nan inf"'],
)
def test_a_size_that_is_no_number_is_none(size: str) -> None:
    file = probe.probe(f'<svg xmlns="http://www.w3.org/2000/svg" {size}/>'.encode())
    assert (file.width, file.height, file.error) == (0, 0, "")
