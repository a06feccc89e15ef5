"""The Markdown reader: front matter, headings, ids, links and pictures with their true places."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import html
from kb.legacy.convert import links
from kb.references.mapping import Anchor, Link
from kb.text.page import Heading, Markdown, Page

PAGES = sorted((Path(__file__).parent.parent / "docs").rglob("*.md"))

TEXT = """---
title: 计费
tags: [a]
---
# Billing { #billing .big }

See [a](b.md#c "t"), ![pic](x (1).png) and [![i](/images/a.png)](big.png).
A [reference][r] and a [short] one, \\[none](x.md), `[code](no.md)`.

```md
[fenced](no.md)
## Not a heading { #no }
```

## 免费 {: #free }

1.  item with {% img left /images/post/p.png 400 300 %}

    ![in it](in.png){ #picture }

        [indented](no.md)

Setext { #under }
-----------------

<a href="raw.md" id="raw">x</a> <!-- [comment](no.md) --> <https://example.com/a?b>

[r]: <ref file.md> "title"
[short]: other.md#x
[^1]: A note with [a link](note.md).
"""


def test_everything_has_its_place_in_the_whole_file() -> None:
    page = Markdown(TEXT)
    assert (page.meta, page.meta_lines) == ({"title": "计费", "tags": ["a"]}, 4)
    assert page.headings == [
        Heading(1, "Billing", "billing", 5, 1),
        Heading(2, "免费", "free", 15, 1),
        Heading(2, "Setext", "under", 23, 1),
    ]
    assert page.ids == [
        Anchor("billing", 5, 1),
        Anchor("free", 15, 1),
        Anchor("picture", 19, 21),
        Anchor("under", 23, 1),
        Anchor("raw", 26, 1),
    ]
    assert links(page) == [
        Link("b.md#c", "a", 7, 5),
        Link("x (1).png", "pic", 7, 22, True),
        Link("big.png", "![i](/images/a.png)", 7, 44),
        Link("/images/a.png", "i", 7, 45, True),
        Link("ref file.md", "reference", 8, 3),
        Link("other.md#x", "short", 8, 24),
        Link("/images/post/p.png", "", 17, 15, True),
        Link("in.png", "in it", 19, 5, True),
        Link("raw.md", "", 26, 1, html=True),
        Link("https://example.com/a?b", "https://example.com/a?b", 26, 59),
        Link("note.md", "a link", 30, 19),
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("no front matter", 0),
        ("---\n: : broken\n---\nx", 0),
        ("---\na: 1\n...\nx", 3),
        ("---\na", 0),
    ],
)
def test_front_matter_is_measured_in_lines(text: str, lines: int) -> None:
    assert Markdown(text).meta_lines == lines


def test_what_is_let_go_of_is_read_anew_and_nothing_else_is() -> None:
    page = Page("2026-11/zh/a.md", TEXT)
    names = [name for each in Page.__mro__ for name, held in vars(each).items()
             if isinstance(held, cached_property)]  # fmt: skip
    told = {name: getattr(page, name) for name in names}
    page.forget()
    large = set(names).difference(vars(page))
    assert large == {"spans", "live", "raw", "places", "sections"}
    again = {name: getattr(page, name) for name in names if name != "places"}
    assert again == {name: told[name] for name in again}
    assert page.places.starts == told["places"].starts


def test_windows_line_ends_change_no_place() -> None:
    assert told(Markdown(TEXT.replace("\n", "\r\n"))) == told(Markdown(TEXT))


def told(text: Markdown) -> tuple[object, ...]:
    """All that a text gives."""
    return (
        text.meta,
        text.meta_lines,
        text.headings,
        text.ids,
        links(text),
        text.mentions,
        text.parts,
    )


def rendered(text: str) -> list[str]:
    """The addresses of links and pictures as Python-Markdown makes them, in the page's order."""
    body = markdown.markdown(text, extensions=["attr_list", "tables", "fenced_code", "sane_lists"])
    return [
        value
        for tag in html.tags(body)
        for key, value in tag.attrs or []
        if (tag.name, key) in (("a", "href"), ("img", "src"))
    ]


@given(
    st.lists(
        st.sampled_from(
            [
                "text ",
                "[a](b.md) ",
                "![p](q.png) ",
                "[![p](q.png)](r.md) ",
                "[a](<b c.md>) ",
                "[a](b.md 'title') ",
                "[x][r] ",
                "[r] ",
                "[r][] ",
                "[none][nowhere] ",
                "`[c](d.md)` ",
                "\\[e](f.md) ",
                "<https://e.test/> ",
                "[a](b_(c).md) ",
                "\n\n",
                "\n\n    [code](g.md)\n\n",
                "\n\n```\n[code](h.md)\n```\n\n",
                "\n\n- item ",
                "\n\n## [h](i.md)\n\n",
                "\n\n> [q](j.md) ",
                "<b>[k](l.md)</b> ",
                "<a href='raw.md'>x</a> ",
                "x <!-- [m](n.md) --> ",
            ]
        ),
        max_size=8,
    )
)
def test_links_are_those_that_python_markdown_makes(parts: list[str]) -> None:
    text = "start " + "".join(parts) + "\n\n[r]: s.md\n"
    assert [link.target for link in links(Markdown(text))] == rendered(text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: "/".join(page.parts[-3:]))
def test_each_link_of_our_pages_stands_where_it_is_said_to(page: Path) -> None:
    text = page.read_text("utf-8")
    lines = text.splitlines()
    for link in links(Markdown(text)):
        assert link.target.strip("<>") in lines[link.line - 1] or re.search(
            rf"^\[.*\]:\s*{re.escape(link.target)}", text, re.M
        )
