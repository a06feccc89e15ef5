"""No input makes a check wait: each shape at its worst, under a limit of processor time."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import small
from golden import write
from kb import figures, html, search
from kb.__main__ import main
from kb.ledger import EMPTY, load
from kb.legacy.convert import convert
from kb.markup import svg
from kb.pictures import containers
from kb.references import extract, formats, urls
from kb.references.site import Site
from kb.text.page import Page
from kb.translations import language, parity
from kb.web import exceptions, marks
from kb_tools.importer.post import FORMS
from kb_tools.web import page as web_page
from small import AS_OF, EDITION

SHORT, LONG = 50_000, 400_000  # characters: for every run, and for the long one
SECONDS = {SHORT: 2, LONG: 10}  # a few times what the slowest takes; what is not linear takes hours
MEMORY = 4 << 30


def within(seconds: int, works: Mapping[str, Callable[[], object]]) -> dict[str, str]:
    """Do each in turn, in a process of its own: what happened with those not done in time.

    The kernel ends the process, which also stops what no exception would; another has the rest.
    """
    left, said = list(works), {}
    while left:
        read, write = os.pipe()
        child = os.fork()
        if not child:
            try:
                signal.signal(signal.SIGXCPU, signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                most = resource.getrlimit(resource.RLIMIT_CPU)[1]
                for name in left:
                    limit = int(sum(os.times()[:2])) + seconds + 1
                    resource.setrlimit(resource.RLIMIT_CPU, (limit, most))
                    try:
                        works[name]()
                        told = ""
                    except BaseException:
                        told = traceback.format_exc()[-2000:]
                    os.write(write, told.replace("\0", "").encode() + b"\0")
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as pipe:
            done = pipe.read().split("\0")[:-1]
        _, status = os.waitpid(child, 0)
        said |= {name: told for name, told in zip(left, done, strict=False) if told}
        left = left[len(done) :]
        if left:
            end = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit {status}"
            said[left.pop(0)] = f"not done after {seconds} s of processor time ({end})"
    return said


Shape = str | Callable[[int], str]


def filled(shape: Shape, size: int) -> str:
    """A text of about that size: a piece again and again, or what a function makes."""
    return shape * (size // len(shape)) if isinstance(shape, str) else shape(size)


def stairs(step: str, rest: str) -> Callable[[int], str]:
    """Lines that are indented by one step more each."""

    def made(size: int) -> str:
        return "".join(step * n + rest for n in range(int((2 * size / len(step)) ** 0.5)))

    return made


def around(before: str, inner: str, after: str) -> Callable[[int], str]:
    """A piece again and again between two others."""
    return lambda size: before + inner * (size // len(inner)) + after


def nested(opening: str, closing: str, before: str = "") -> Callable[[int], str]:
    """As many ends as beginnings."""

    def made(size: int) -> str:
        count = size // len(opening + closing)
        return before + opening * count + closing * count

    return made


def numbered(form: str) -> Callable[[int], str]:
    """A piece with another number each time."""
    return lambda size: "".join(form.format(n) for n in range(size // len(form)))


def ticks(size: int) -> str:
    """Backticks of all lengths."""
    return " ".join("`" * n for n in range(1, int((2 * size) ** 0.5)))


MARKDOWN: dict[str, Shape] = {
    "spaces in a heading": around("# a", " ", "b\n"),
    "spaces behind a heading": around("# a", " ", "\n"),
    "hashes in a heading": around("# a ", "#", " b\n"),
    "brace and spaces in a heading": around("# a {", " ", "b\n"),
    "braces in a heading": around("# a ", "{ ", "\n"),
    "ids in a heading": around("# a { #a ", "#a ", "}\n"),
    "headings": "## a\n",
    "headings of one id": "# h { #i }\n",
    "headings of many ids": numbered("# h {{ #i{} }}\n"),
    "ids": "{ #",
    "headings without words": "# ",
    "underlined": "a\n===\n",
    "underlined by one dash": "a\n-",
    "spaces above an underline": around("a", " ", "b\n==="),
    "hashes": "#",
    "double quotes": '"',
    "single quotes": "'",
    "open brackets": "[",
    "closed brackets": "]",
    "brackets in brackets": nested("[", "]"),
    "links in links": nested("[", "](a)"),
    "middles of links": "](",
    "escaped brackets": "\\[",
    "parentheses": nested("(", ")", "[a]"),
    "links without an end": "[a](",
    "links with a title without an end": "[a](b 'c ",
    "spaces in a link": around("[a](", " ", "b)"),
    "pictures without an end": "![a",
    "beginnings of pictures": "![",
    "pictures": numbered("![](a{}.png)\n\n"),
    "labels": "[a][",
    "a long label": around("[", "a", "]: b\n[a]"),
    "definitions": "[a]: b\n",
    "definitions of nothing": "[a]: ",
    "many definitions": numbered("[r{0}]: x{0}\n[r{0}] "),
    "definitions without an address": "[a]: <",
    "spaces in a definition": around("[a]:", " ", "b"),
    "backslashes": "\\",
    "backticks": "`",
    "backticks of all lengths": ticks,
    "code without an end": "`a ``b ",
    "fences": "```\n",
    "fences in items": "- ```\n\n",
    "tags without an end": "{% img ",
    "tags": "{% img /a.png 'a' 'b' %}",
    "a tag with many words": around("{% img /a.png ", "a ", "%}"),
    "a tag with many quotes": around("{% img /a.png ", "\"a' ", "%}"),
    "a tag with many lone quotes": around("{% img /a.png ", "“a ", "%}"),
    "raw without an end": "{% raw %}",
    "notes in notes": nested("{% note %}\n", "{% endnote %}\n"),
    "ERB tags without an end": "<% a ",
    "braces": "{{",
    "facts": "[[plus-price]] ",
    "facts that are none": numbered("[[plus-prico{}]] "),
    "facts without an end": "[[plus-price|",
    "quotes without an end": "「“",
    "brackets without an end": "（a ",
    "strong without an end": "**a",
    "abbreviations": "*[a]: b\n",
    "lists of attributes": "{: #a ",
    "markup in elements": ' markdown="1"',
    "sentences": "现在用 OpenAI 每月付 20 美元。",
    "words": "currently five percent ",
    "values": numbered("{} 美元 "),
    "digits": "1,",
    "days": "2026-",
    "HTML tags without an end": "<a ",
    "HTML tags with quotes without an end": '<img "',
    "attributes": around("<a ", "b=c ", ">"),
    "elements in elements": nested("<b>", "</b>"),
    "code in code": "<code><pre>",
    "comments without an end": "<!-- {# ",
    "comments": "<!-- literal: a -->",
    "angles": "<",
    "entities": "&#",
    "tables": "|a|b|\n|-|-|\n",
    "pipes": "| a ",
    "dashes": "|---",
    "items": "- a\n",
    "items in items": stairs("    ", "- a\n"),
    "tabs before items": stairs("\t", "1. a\n"),
    "quotes in quotes": stairs("> ", "a\n"),
    "asterisks": "**",
    "footnotes": "[^1]: a\n\n    b\n\n",
    "empty lines": around("a", "\n", "b"),
    "blank lines": around("a", "   \n", "b"),
    "carriage returns": "\r",
    "Chinese without a break": "这是一段没有换行的文字，",
    "full-width spaces": "\u3000",
    "e-mail addresses": "a@b.",
    "addresses": "http://a ",
    "percent signs": "%E4",
}
YAML: dict[str, Shape] = {
    "lists in lists": nested("[", "]", "a: "),
    "mappings in mappings": "{a: ",
    "stairs": stairs(" ", "a:\n"),
    "keys": numbered("k{}: 1\n"),
    "a key again and again": "a: 1\n",
    "aliases": around("a: &a [b]\nb: [", "*a, ", "]"),
    "anchors": numbered("a{0}: &a{0} b\n"),
    "tags": "!!str ",
    "questions": "? ",
    "quotes": "'",
    "dashes": "- - ",
    "digits": around("a: ", "9", ""),
    "text": "中",
}
CSS: dict[str, Shape] = {
    "addresses without an end": "url(",
    "addresses and spaces without an end": "url(  ",
    "quotes": 'url("',
    "comments without an end": "/*",
    "names": "@namespace ",
    "imports": "@import ",
    "escapes": "\\",
    "blocks": "a{b:c}",
    "braces": "{",
}
MARKUP: dict[str, Shape] = {
    name: MARKDOWN[name]
    for name in MARKDOWN
    if name.partition(" ")[0] in ("HTML", "attributes", "elements", "code", "comments", "angles")
} | {
    "links": '<a href="b">c</a>',
    "links without an end": '<a href="b" ',
    "addresses without an end": '<a href="',
    "places": "<a id=a>",
    "paragraphs without an end": "<p",
    "for who has no script": "<noscript>",
    "templates": "<template>",
    "parts that are passed over": "<div data-kb-ignore>",
    "links of many quotes": "<a href='b' href=\"",
    "dead links without an end": '<a href="https://gone.example/old">',
    "pictures": '<p><img src="a.png" width=1></p>',
    "samples without an end": "<pre>a",
    "names without an end": "<strong>a",
    "headings without an end": '<h2 a id="',
    "sources without an end": "</strong> <small>",
    "metas": "<meta charset=",
    "choices": around('<img srcset="', "a 1x, ", '">'),
    "styles": around('<p style="', "a:url(b);", '">'),
    "ids": numbered('<i id="a{}">'),
    "spaces": " ",
    "declarations": "<!",
    "instructions": "<?",
    "sections of data": "<![CDATA[",
}
SCRIPT: dict[str, Shape] = {
    "imports": 'import "./a.js";',
    "comments without an end": "/*",
    "strings without an end": 'from "./',
    "spaces": "import ",
    "slashes": "// ",
}
# Files of a project, each read by all of `kb check`.
FILES: dict[str, tuple[dict[str, Shape], str, str]] = {
    "page of a project": (MARKDOWN, f"docs/{EDITION}/zh/plans.md", "{}"),
    "front matter of a project": (
        YAML,
        f"docs/{EDITION}/zh/plans.md",
        "---\n{}\n---\n# A {{ #a }}\n",
    ),
    "ledger of a project": (YAML, "docs/ledgers/synonyms.yml", "{}"),
    "style of a project": (CSS, "overrides/assets/a.css", "{}"),
    "picture of a project": (MARKUP, f"docs/{EDITION}/zh/a.svg", "<svg>{}</svg>"),
}
DEAD = load(
    "- {url: https://gone.example/old, expect: dead, reason: the host has given its name up,"
    " since: 2026-10-01, until: 2027-10-01}",
    "links.yml",
    "links",
)


def _figures(text: str) -> object:
    return figures.render(text, lambda _: None, None)  # type: ignore[arg-type]


def _told(text: str) -> object:
    rules = [*formats.redirects(f"/{text} /x"), *formats.htaccess(f"RewriteRule ^{text} /x")]
    rules += formats.htaccess(f"Redirect {text}")
    held = {"_redirects": extract.Page(extract.pack(rules))}
    answered = Site(Path(), "", urls.Origin(), set(), set(), {}, held).redirected
    return answered.fullmatch(text[:-1] + "!"), answered.fullmatch("x/" * len(text))


def _page(text: str) -> object:
    page = Page(f"{EDITION}/zh/a.md", text)
    return page.headings, page.ids, page.links, page.mentions, page.parts, page.sections


def _said(text: str) -> object:
    return list(parity.differences(parity.said("zh", text), parity.said("en", f"{text} b")))


def _parts(text: str) -> object:
    """Pictures of so many bytes in the smallest of parts."""
    size, empty = len(text), b"\0\0\0\0IDAT\x35\xaf\x06\x1e"
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0\0\0\x08" * 2 + b"\x08\2\0\0\0" + bytes(4)
    comments = b"\xff\xd8" + b"\xff\xfe\0\2" * (size // 4) + b"\xff\xd9"
    blocks = b"GIF89a" + bytes(7) + b"\x21\xfe" + b"\1x" * (size // 2) + b"\0;"
    boxes = b"\0\0\0\x08mdat" * (size // 8)
    return [
        containers.walk(data, kind)
        for data, kind in (
            (head + empty * (size // 12) + b"\0\0\0\0IEND" + bytes(4), "PNG"),
            (comments, "JPEG"),
            (blocks, "GIF"),
            (boxes, "AVIF"),
        )
    ]


READERS: dict[str, tuple[dict[str, Shape], Callable[[str], object]]] = {
    "page": (MARKDOWN, _page),
    "converted page": (MARKDOWN, lambda text: convert(text, "p.md")),
    "post's intent": (MARKDOWN, lambda text: [form.sub("", text) for form in FORMS.values()]),
    "ledger": (YAML, lambda text: load(text, "x.yml", "synonyms")),
    "typing": (MARKDOWN, lambda text: list(language.check(Page("e/en/a.md", text), EMPTY))),
    "what a text says": (MARKDOWN, _said),
    "built page": (MARKUP, extract.page),
    "built style": (CSS, lambda text: list(extract.stylesheet(text))),
    "character set": (MARKUP, lambda text: html.decode(text.encode())),
    "sitemap": (
        {**MARKUP, "entries": "<loc>a/</loc>"},
        lambda text: list(formats.xml(f"<rss>{text}")),
    ),
    "rules of a host": (
        {"parts": "/:a", "names": ":a", "stars": "*", "any": "a/.*", "blanks": "  ", "words": "a "},
        _told,
    ),
    "script of a page": (SCRIPT, lambda text: extract.page(f"<script type=module>{text}")),
    "parts of a picture": ({"parts": "x"}, _parts),
    "picture in SVG": (MARKUP, lambda text: svg.read(text.encode())),
    "notes on dead links": (MARKUP, lambda text: marks.mark(text, exceptions.entries(DEAD), "zh")),
    "figures": (MARKUP, _figures),
    "search text": (MARKUP, lambda text: search.plain(search.readable(text))),
    "page of the web": (MARKUP, web_page.scan),
}


KINDS = [
    *((kind, SHORT) for kind in READERS),
    *(pytest.param(kind, LONG, marks=pytest.mark.soak) for kind in (*READERS, *FILES)),
]


@pytest.mark.parametrize(("kind", "size"), KINDS)
def test_no_shape_of_a_text_makes_a_check_wait(tmp_path: Path, kind: str, size: int) -> None:
    shapes, *way = READERS.get(kind) or FILES[kind]
    works = {name: partial(_look, tmp_path, way, shapes[name], size) for name in shapes}
    assert within(SECONDS[size], works) == {}


def _look(folder: Path, way: Sequence[Any], shape: Shape, size: int) -> None:
    """Read a text of that shape; or, as a file of a project, have it checked."""
    text = filled(shape, size)
    if len(way) == 1:
        way[0](text)
        return
    name, form = way
    shutil.rmtree(folder)
    small.project(folder)
    write(folder, {name: form.format(text)})
    assert main(["--root", str(folder), "check", "--as-of", AS_OF]) in (0, 1)  # 70 is a traceback


def test_the_limit_is_one() -> None:
    def stuck() -> None:
        while True:
            pass

    works = {"a": stuck, "b": lambda: 1 // 0, "c": lambda: None, "d": lambda: os._exit(0)}
    said = within(1, {**works, "e": works["b"]})
    assert list(said) == ["a", "b", "d", "e"]
    assert said["a"] == "not done after 1 s of processor time (signal 24)"
    assert "ZeroDivisionError" in said["b"]
    assert "ZeroDivisionError" in said["e"]
    assert said["d"].endswith("(exit 0)")
