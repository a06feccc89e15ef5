"""Tabs, tasks, footnotes, marks, keys, abbreviations, bare addresses; and what is not rendered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import markdown
import pytest
from mkdocs.config import load_config
from playwright.sync_api import Browser

from conftest import ROOT, mkdocs, small_project
from kb import blocks
from kb.legacy.convert import Ways, convert
from kb.markup import checks as markup
from kb.text import checks
from kb.text.page import Page

TEXT = """\
# Title { #home }

=== "iPhone"

    Press ++ctrl+c++, see [one](one.md).

=== "Android"

    {% img /a.png 40 30 %}

- [ ] open
- [x] done [two](two.md)

==Marked== HTML at https://example.org/a?b=1.[^1]

*[HTML]: Hypertext Markup Language

[^1]: A note with [three](three.md).
"""
MADE = """\
<h1 id="home">Title</h1>
<div class="tabbed-set"><div class="kb-tab"><p class="kb-tab__name">iPhone</p>
<p>Press <span class="keys"><kbd class="key-control">Ctrl</kbd><span>+</span>\
<kbd class="key-c">C</kbd></span>, see <a href="one.md">one</a>.</p>
</div>
<div class="kb-tab"><p class="kb-tab__name">Android</p>
<p>{% img /a.png 40 30 %}</p>
</div>
</div>
<ul class="task-list">
<li class="task-list-item"><span class="kb-task">☐</span> open</li>
<li class="task-list-item"><span class="kb-task">☑</span> done <a href="two.md">two</a></li>
</ul>
<p><mark>Marked</mark> <abbr title="Hypertext Markup Language">HTML</abbr> at \
<a href="https://example.org/a?b=1">https://example.org/a?b=1</a>.<sup id="fnref:1">\
<a class="footnote-ref" href="#fn:1">1</a></sup></p>
<div class="footnote">
<hr />
<ol>
<li id="fn:1">
<p>A note with <a href="three.md">three</a>.&#160;\
<a class="footnote-backref" href="#fnref:1" title="↑ 1">&#8617;</a></p>
</li>
</ol>
</div>"""


def made(text: str) -> str:
    """The HTML of a text, by the project's own settings."""
    config = load_config(str(ROOT / "mkdocs.yml"), plugins=[], hooks=[])
    known = {"extensions": config.markdown_extensions, "extension_configs": config.mdx_configs}
    return blocks.plain(markdown.markdown(text, **known))


def page(text: str) -> Page:
    """A page that has this text."""
    return Page("2026-11/en/index.md", text)


def test_what_writers_expect_is_rendered_without_controls() -> None:
    assert made(TEXT) == MADE
    assert markup.check(made(TEXT), page(TEXT)) == ([], set())


def test_a_control_that_is_typed_stays_a_finding() -> None:
    raw = '<input type="checkbox" disabled checked/>\n\n<label for="x">y</label>\n'
    rules = [found.rule for found in markup.check(made(raw), page(raw))[0]]
    assert rules == ["markup-element", "markup-element"]


def test_the_checks_see_links_in_tabs_tasks_and_notes() -> None:
    found = [(link.target, link.line) for link in page(TEXT).links]
    assert found == [
        ("one.md", 5),
        ("two.md", 12),
        ("https://example.org/a?b=1", 14),
        ("three.md", 18),
    ]


def test_tags_of_the_old_blog_are_converted_in_a_tab() -> None:
    text, _ = convert(TEXT, "page.md", Ways(resolve=lambda src: None))
    assert "    ![](/a.png){ width=40 height=30 }" in text or "{% img" not in text


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("See https://example.org.", "https://example.org"),
        ("（https://example.org/a/）", "https://example.org/a/"),
        ("[x](https://example.org)", None),
        ("<https://example.org>", None),
        ('<a href="https://example.org">x</a>', None),
        ("`https://example.org`", None),
    ],
)
def test_a_bare_address_is_a_link_and_no_other_is_told_twice(text: str, target: str | None) -> None:
    found = [link.target for link in page(text).links]
    assert found == [target or "https://example.org"] * (text[0] != "`")


UNSUPPORTED = {
    "```mermaid\ngraph TD\n```\n": "Mermaid is not rendered",
    "> ~~~ mermaid\n> x\n> ~~~\n": "Mermaid is not rendered",
    "  ##Steps\n": "an indented heading is not rendered: readers see '##Steps'",
    '--8<-- "part.md"\n': "a snippet is not rendered",
    "Well :smile: done\n": "an emoji is not rendered",
    "<!-- A note\n\nText\n": "an unfinished comment is not rendered: readers see '<!-- A note'",
    "Text <!-- a\n\nb -->\n": "an unfinished comment is not rendered: readers see '<!-- a'",
    "> <!-- a\n>\n> b -->\n": "an unfinished comment is not rendered: readers see '<!-- a'",
    "- <!-- a\n\n    b -->\n": "an unfinished comment is not rendered: readers see '<!-- a'",
    '<div class="x>\n\nText\n': "readers see '<div class=\"x>'",
    'See <a id="x" href=\'y.md>z</a> "this".\n': "an unfinished attribute is not rendered",
    "A claim.[^none]\n": "footnote '[^none]' has no text",
    "A claim.[^x]\n\n[x]: y.md\n": "footnote '[^x]' has no text",
    "See [the [[plus-price]] plan][none].\n": "name '[the [[plus-price]] plan][none]' has no",
    "![alt][x]\n\n[^x]: Text\n": "link by name '[alt][x]' has no address",
}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<div>open\n\nMore **text**\n", [(3, "<div> is not closed")]),
        ("<details>\n<summary>s\n</details>\n", [(4, "<summary> is not closed")]),
        ("x <b><i>y</b>\n", [(3, "<i> is not closed")]),
        ("x <b><i>y</b></i>\n", [(3, "<i> is not closed"), (3, "</i> closes nothing")]),
        ("x\n</div>\n", [(4, "</div> closes nothing")]),
        ("<div>\n<div>\n</div>\n", [(3, "<div> is not closed")]),
        ("<p>x\n", [(3, "<p> is not closed")]),
        ("<div>\n`</div>`\n", [(3, "<div> is not closed")]),
        ("<li>x\n\n**y**\n", [(3, "<li> is not closed")]),
        ("<table><tr><td>x</table></td>\n", [(3, "</td> closes nothing")]),
        ("!!! note\n    <div>\n\n    x\n\n</div>\n", [(8, "</div> stands outside of what holds")]),
        ('=== "A"\n    <i>x\n\n=== "B"\n    y</i>\n', [(7, "</i> stands outside of what holds")]),
        ("1. <b>x\n2. y</b>\n", [(4, "</b> stands outside of what holds")]),
        ("- <div>\n\n  x\n  </div>\n", [(6, "</div> stands outside of what holds")]),
        ("> <div>\n> x\n\n</div>\n", [(6, "</div> stands outside of what holds")]),
        ("> <div>\n>\n> x\n> </div>\n", []),
        ("[^1]: <div>\n    x\n    </div>\n", []),
        ("[^1]: <div>\n    x\n\n</div>\n", [(6, "</div> stands outside of what holds")]),
        ("- <b>x\ny</b>\n- <div>\n\n    z\n\n    </div>\n", []),
        ("<div>\n    <div>\n\n- x\n    </div>\n\n</div>\n", []),
        ("<div>\n<div>x</div>\n</div>\n", []),
        ("<div><p>a<p>b</div>\n<ruby>漢<rp>(<rt>kan<rp>)</ruby>\n", []),
        ("<table><caption>x<colgroup><col><tfoot><tr><td>y</table><area>\n", []),
        ("a <b c, d <e f < g\n\n> h <i j\n\n[k](<api/l m.md>)\n\n[n]: <api/o>\n", []),
        ("<ul><li>a<li>b</ul><br> <img src=a.png><br/>\n", []),
        ("<table><tr><td>a<td>b<tr><th>c</table>\n", []),
        ("<https://example.org/a> <a@example.org> 1 < 2, a<b\n", []),
        ("`<div>`\n\n```html\n<div>\n```\n<!-- <div> -->\n\n    <div>\n", []),
        ('<DIV title="</div>">x</div>\n', []),
    ],
)
def test_an_element_is_closed_where_it_ends(text: str, told: list[tuple[int, str]]) -> None:
    found = list(checks.ends(page(f"# Title\n\n{text}")))
    assert [each.line for each in found] == [line for line, _ in told]
    assert all(each.message.startswith(said) for each, (_, said) in zip(found, told, strict=True))
    assert {each.rule for each in found} <= {"markup-unclosed"}
    assert found == [each for each in checks.check([page(f"# Title\n\n{text}")]) if each in found]


@pytest.mark.parametrize("text", UNSUPPORTED)
def test_what_is_not_rendered_is_told_at_its_place(text: str) -> None:
    (found,) = checks.unsupported(page(f"# Title\n\n{text}"))
    assert (found.rule, found.line) == ("text-unsupported", 3)
    assert UNSUPPORTED[text] in found.message
    assert found.hint


@pytest.mark.parametrize(
    "text",
    [
        "```text\nmermaid :smile: --8<-- [^x]\n```\n",
        "`--8<--`, `:smile:` and `[^1]`\n",
        "At 10:30:45, a::b::c and `x`: y: z\n",
        "A claim.[^1]\n\n[^1]: Its text.\n",
        "A mermaid, and \\[^x]\n",
        "1. x\n\n    # y\n\n  \\# z, ####### z\n",
        "[a][x] ![b][X] [c [[d]] e][x y] `[f][g]` \\[h][i] [[j]][[k]]\n\n[x]: y.md\n[X y]: z.md\n",
        '```yaml title="mermaid"\nx\n```\n',
        "<!-- A note\n\nof two --> `<!--` and -->\n",
        "Text\n   <!-- a\n\nb --> <!-- c\nd -->\n\n!!! note\n    <!-- e\n    f -->\n",
        "<div>\n<b>x</b> <!-- a\n\nb -->\n</div>\n",
        '<a title="x > y" href=z> "z</a>, <a title=x">z</a> 1 <b="x"\n',
    ],
)
def test_what_only_looks_like_it_is_not_told(text: str) -> None:
    assert list(checks.unsupported(page(text))) == []


@pytest.mark.build
def test_tabs_are_kept_in_step_and_read_without_a_script(
    tmp_path: Path, browser: Browser, serve: Callable[[Path], str]
) -> None:
    project = small_project(tmp_path / "project")
    text = TEXT.replace("{% img /a.png 40 30 %}", "Hold [it](#held).\n\n    ## Held { #held }")
    text = (
        text.replace("one.md", "index.md").replace("two.md", "#home").replace("three.md", "#home")
    )
    body = "---\ntitle: Title\ndescription: A sentence.\n---\n" + text
    for locale in ("zh", "en"):
        (project / f"docs/2026-11/{locale}/index.md").write_text(body, "utf-8")
    built = mkdocs("build", "-q", "-d", str(tmp_path / "site"), cwd=project)
    assert (tmp_path / "site/en/index.html").exists(), built.stderr
    address = serve(tmp_path / "site")
    for script in (True, False):
        context = browser.new_context(java_script_enabled=script)
        tab = context.new_page()
        tab.goto(address)
        first, second = tab.get_by_text("Press"), tab.get_by_text("Hold it")
        assert first.is_visible()
        assert second.is_visible() != script
        if script:
            tab.get_by_role("tab", name="Android").click()
            assert second.is_visible()
            assert not first.is_visible()
            tab.goto(f"{address}en/")  # chosen there, too
            assert tab.get_by_text("Hold it").is_visible()
            tab.get_by_role("tab", name="Android").press("ArrowLeft")
            assert tab.get_by_text("Press").is_visible()
            tab.goto(f"{address}en/#held")  # what an address names is shown
            assert tab.get_by_role("heading", name="Held").is_visible()
            tab.emulate_media(media="print")
            assert tab.get_by_text("Press").is_visible()
        context.close()
