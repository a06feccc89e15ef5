"""The legacy converter: golden cases, laws that hold for any text, and real builds."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mkdocs.commands.build import build
from mkdocs.config import load_config
from PIL import Image

import kb.legacy.convert
from golden import PAGE, Case, cases
from kb.legacy import tags
from kb.legacy.convert import Ways, convert, images
from kb.text import regions
from kb.text.page import Markdown

ROOT = Path(__file__).parent.parent
HOOK = ROOT / "hooks" / "legacy_tags.py"


def test_the_first_line_counts_what_stands_before_the_text() -> None:
    _, [finding] = convert("\na {% b %}", "p.md", first_line=5)
    assert str(finding) == "p.md:6:3: the tag `b` would show as text [legacy-unknown]"


@pytest.mark.parametrize(("depth", "titles"), [(8, 8), (9, 0)])
def test_blocks_nested_too_deep_stay_text(depth: int, titles: int) -> None:
    text = "{% note %}\n" * depth + "a\n" + "{% endnote %}\n" * depth
    converted, findings = convert(text, "p.md")
    assert converted.count("!!! note") == titles
    assert len(findings) == 2 * (depth - titles)
    assert convert(converted, "p.md")[0] == converted


def test_images_are_the_live_tags_with_their_places() -> None:
    text = "a\n`{% img /no.png %}`\n  {% img left /a.png 4 3 T %}<% img /b.png %>{% img x %}"
    first, second = images(Markdown(text))
    assert first == tags.ImageTag("/a.png", "left", "4", "3", "T", line=3, col=3)
    assert (second.src, second.line, second.col) == ("/b.png", 3, 30)


@pytest.mark.parametrize("comment", ["<!-->", "<!--->", "<!---->", "<!-- -->"])
def test_a_comment_ends_where_browsers_end_it(comment: str) -> None:
    text = f"a {comment} b -->"
    assert [text[s.start : s.end] for s in regions.scan(text)] == [comment]


def test_dead_spans_are_code_comments_and_verbatim_blocks() -> None:
    text = "`a` <!-- b --> {% x %}\n\n    c\n\n```\nd\n```\n{% raw %}e{% endraw %} <pre>f</pre>"
    spans = regions.scan(text)
    dead = [(s.kind, text[s.start : s.end].strip()) for s in spans if s.kind in regions.DEAD]
    assert dead == [
        ("code", "`a`"),
        ("comment", "<!-- b -->"),
        ("indented", "c"),
        ("fence", "```\nd\n```"),
        ("verbatim", "{% raw %}e{% endraw %}"),
        ("element", "<pre>f</pre>"),
    ]


def test_what_only_begins_like_the_name_of_an_element_is_none() -> None:
    text = r"<script\\> {% img /a.png %} <pre-x> {% img /b.png %} <code/>"
    assert [tag.src for tag in images(Markdown(text))] == ["/a.png", "/b.png"]


# ---- laws

SYNTAX = """
{% %} <% %> -%} {# #} {{ }} ` `` ``` ~~~ <!-- --> <!--more--> <code> </code> <pre> </pre> <div>
</div> img /a.png ' " “ ” 「 」 \\ | [ ]( ) - # 字 a 1 {%_img_/a.png_%} <%_img_/b.png_3_4_%>
{%_raw_%} {%_endraw_%} {%_codeblock_x_lang:c_%} {%_endcodeblock_%} {%_note_info_%} {%_endnote_%}
{%_quote_A,_B_http://x.y_%} {%_endquote_%} {%_gist_1_%} {%_youtube_x_%} {%_post_link_a_%}
"""
PIECES = [piece.replace("_", " ") for piece in SYNTAX.split()]
PIECES += [*" \t\n\0\u3000", "    ", "\n\n", "\r\n", "\n- ", "\n1. ", "\n> ", "\n!!! a\n"]
# One draw of bytes is many times faster than a draw for each piece.
SOUP = st.binary(max_size=20).map(lambda bytes_: "".join(PIECES[b % len(PIECES)] for b in bytes_))
TEXTS = SOUP | st.text(max_size=80)


@given(TEXTS)
def test_any_text_converts_once_and_for_all(text: str) -> None:
    once, _ = convert(text, "p.md")
    assert convert(once, "p.md")[0] == once


@given(TEXTS)
def test_spans_are_in_order_and_apart(text: str) -> None:
    end = 0
    for span in regions.scan(text):
        assert end <= span.start <= span.end <= len(text)
        end = span.end


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@given(st.text(alphabet=st.characters(exclude_characters="%"), max_size=60))
def test_arguments_never_become_anything_but_one_image(args: str) -> None:
    html = markdown.markdown(convert(f"x {{% img /a.png {args} %}} y", "p.md")[0])
    tags = [(tag, attrs) for tag, attrs in _Tags(html).tags if tag != "p"]
    if tags:  # else a lookalike, left as text
        [(tag, attributes)] = tags
        assert (tag, attributes["src"]) == ("img", "/a.png")
        assert set(attributes) <= {"src", "class", "width", "height", "title", "alt", "style"}


HOSTILE = {
    "tags without an end": "{% img ",
    "tags": "{% img /a.png 'a' 'b' %}",
    "items and pictures": "- a\n\n{% img /a.png %}\n\n",
    "backticks": "`a ``b\n\n",
    "raw": "{% raw %}",
    "fences": "- ```\n\n",
    "comments": "<!-- {# ",
    "braces": "{{ {%",
    "elements": "<code><pre>",
    "attributes": "<a \"<b '{% img /a.png %}",
    "notes": "{% note %}\n{% endnote %}{% note %}",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_twice_the_text_is_twice_the_work(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts the lines of Python that run and the characters that searches cross."""
    searches: list[regions._Ahead] = []
    start = regions._Ahead.__init__

    def remember(self: regions._Ahead, text: str) -> None:
        searches.append(self)
        start(self, text)

    monkeypatch.setattr(regions._Ahead, "__init__", remember)

    def work(size: int) -> int:
        searches.clear()
        lines = 0

        def trace(frame: Any, event: str, arg: Any) -> Any:
            nonlocal lines
            lines += event == "line" and "/kb/" in frame.f_code.co_filename
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            convert(unit * size, "p.md")
        finally:
            sys.settrace(before)
        return lines + sum(search.crossed for search in searches)

    assert work(400) < 2.2 * work(200)


# ---- on the page

EXTENSIONS = [
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "pymdownx.details",
    "pymdownx.superfences",
    "pymdownx.tabbed",
    "tables",
]


def _render(text: str) -> str:
    converted, _ = convert(text, "p.md")
    return markdown.markdown(
        converted,
        extensions=EXTENSIONS,
        extension_configs={"pymdownx.tabbed": {"alternate_style": True}},
    )


PLACES = [case for case in cases("legacy") if case.values[0].name.startswith(("places", "lists"))]


@pytest.mark.parametrize("case", PLACES)
def test_every_live_tag_is_a_picture_on_the_page(case: Case) -> None:
    html = _render(case.files[PAGE])
    shown = [attributes["src"] for tag, attributes in _Tags(html).tags if tag == "img"]
    assert shown == [tag.src for tag in images(Markdown(case.files[PAGE]))]
    assert "&lt;img" not in html


@pytest.mark.parametrize("indent", ["", "  ", "   ", "    "])
def test_a_picture_between_items_neither_ends_nor_renumbers_the_list(indent: str) -> None:
    text = f"1. a\n\n2. b\n\n{indent}{{% img /a.png %}}\n\n3. c\n"
    html = "".join(_render(text).split())
    second = '<li><p>b</p><p><imgsrc="/a.png"></p></li>'
    assert html == f"<ol><li><p>a</p></li>{second}<li><p>c</p></li></ol>"


# ---- real builds

PLAIN = "site_name: x\ntheme: {name: null, custom_dir: theme}\n"
LANGUAGES = """
plugins:
  - i18n:
      docs_structure: folder
      languages:
        - {locale: zh, name: 中文, default: true}
        - {locale: en, name: English}
        - {locale: fr, name: Français}
"""


class Site:
    """A folder with a mkdocs.yml that lists the hook, and nothing else of this project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("theme/main.html", "{{ page.content }}")
        self.configure("")

    def configure(self, more: str) -> None:
        self.write("mkdocs.yml", f"{PLAIN}hooks: [{HOOK}]\n{more}")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def draw(self, name: str, width: int, height: int) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("1", (width, height)).save(path)

    def build(self) -> tuple[int, list[str]]:
        """The exit code and what was logged about tags."""
        command = [sys.executable, "-m", "mkdocs", "build"]
        run = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        lines = run.stderr.splitlines()
        return run.returncode, [line for line in lines if "[legacy-" in line or "extra.kb" in line]

    def images(self, page: str) -> list[dict[str, str | None]]:
        html = (self.root / "site" / page).read_text("utf-8")
        return [attributes for tag, attributes in _Tags(html).tags if tag == "img"]


@pytest.fixture
def folder(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.build
def test_the_hook_finds_pictures_from_any_page(folder: Site) -> None:
    folder.draw("docs/images/a.png", 80, 40)
    folder.draw("docs/posts/b.png", 30, 60)
    folder.draw("docs/posts/one/c.png", 5, 5)
    folder.write("docs/index.md", "{% img /images/a.png 40 99 %}")
    tags = ["/images/a.png?v=1", "b.png", "../images/a.png 20", "images/a.png", "/gone.png 7 8"]
    text = "".join(f"{{% img {tag} %}}\n" for tag in tags)
    folder.write("docs/posts/one.md", f"{text}{{% asset_img c.png %}} {{% img /../../b.png %}}")
    assert folder.build()[0] == 0
    assert folder.images("index.html") == [{"src": "images/a.png", "width": "40", "height": "20"}]
    whole = {"src": "../../images/a.png", "width": "80", "height": "40"}
    assert folder.images("posts/one/index.html") == [
        whole,
        {"src": "../b.png", "width": "30", "height": "60"},
        {**whole, "width": "20", "height": "10"},
        whole,
        {"src": "/gone.png", "width": "7", "height": "8"},
        {"src": "c.png", "width": "5", "height": "5"},
        {"src": "/../../b.png"},
    ]


@pytest.mark.build
def test_the_hook_links_posts(folder: Site) -> None:
    folder.write("docs/2023/hello.md", "Hello")
    folder.write("docs/2024/other.md", "{% post_link hello Say hello %}")
    assert folder.build() == (0, [])
    page = (folder.root / "site/2024/other/index.html").read_text("utf-8")
    assert '<a href="../../2023/hello/">Say hello</a>' in page


@pytest.mark.build
def test_errors_fail_the_build_with_their_places_after_every_page_is_written(folder: Site) -> None:
    folder.write("docs/index.md", "---\ntitle: T\n---\n\nText\n\n- a {% nope %}\n- {% img b.png %}")
    code, log = folder.build()
    assert code == 1
    assert [line.split(None, 2)[2].partition(" ")[0] for line in log] == [
        "docs/index.md:7:5:",
        "docs/index.md:8:3:",
    ]
    assert [line.split()[0] for line in log] == ["ERROR", "WARNING"]
    assert folder.images("index.html") == [{"src": "b.png"}]


@pytest.mark.build
def test_each_language_has_its_own_pictures_and_every_finding_is_said_once(folder: Site) -> None:
    folder.configure(LANGUAGES)
    folder.draw("docs/zh/images/a.png", 10, 10)
    folder.draw("docs/en/images/a.png", 20, 20)
    folder.draw("docs/images/shared.png", 30, 30)
    for language in ("zh", "en"):
        text = "{% img /images/a.png %}{% img /images/shared.png %}{% img images/a.png %}{% nope %}"
        folder.write(f"docs/{language}/index.md", text)
        folder.write(f"docs/{language}/deep/page.md", text)
    folder.write("docs/fr/index.md", "{% rien %}")
    code, log = folder.build()
    assert code == 1
    errors = [line.split(None, 2)[2].partition(" ")[0] for line in log if "unknown" in line]
    assert sorted(errors) == [
        "docs/en/deep/page.md:1:74:",
        "docs/en/index.md:1:74:",
        "docs/fr/index.md:1:1:",
        "docs/zh/deep/page.md:1:74:",
        "docs/zh/index.md:1:74:",
    ]
    shown = [image["src"] for image in folder.images("deep/page/index.html")]
    assert shown == ["../../images/a.png", "../../images/shared.png", "../../images/a.png"]
    sizes = [image["width"] for image in folder.images("en/deep/page/index.html")]
    assert sizes == ["20", "30", "20"]
    shown = [image["src"] for image in folder.images("en/deep/page/index.html")]
    assert shown == ["../../images/a.png", "../../../images/shared.png", "../../images/a.png"]


@pytest.mark.build
def test_settings_are_typed(folder: Site) -> None:
    folder.write("docs/index.md", "{% if a %} {% img /a.png %}")
    assert folder.build()[0] == 1
    folder.configure("extra: {kb: {legacy: {ignore: [if]}}}")
    assert folder.build() == (0, [])
    folder.configure("extra: {kb: {legacy: {enabled: false}}}")
    assert folder.build() == (0, [])
    assert folder.images("index.html") == []
    folder.configure("extra: {kb: {legacy: {ignore: if}}}")
    code, log = folder.build()
    assert code == 1
    assert "mkdocs.yml: extra.kb.legacy.ignore: Expected a list" in log[0]


@pytest.mark.build
def test_nothing_outside_the_docs_folder_is_opened(folder: Site) -> None:
    folder.draw("secret.png", 11, 12)
    folder.draw("docs/images/real.png", 13, 14)
    (folder.root / "docs/images/link.png").symlink_to(folder.root / "secret.png")
    folder.write("docs/index.md", "{% img /images/link.png %}{% img /images/real.png %}")
    folder.build()
    inside = {"src": "images/real.png", "width": "13", "height": "14"}
    assert folder.images("index.html") == [{"src": "images/link.png"}, inside]


@pytest.mark.build
def test_a_broken_picture_keeps_its_declared_size(folder: Site) -> None:
    folder.write("docs/a.png", "no picture")
    folder.write("docs/index.md", "{% img /a.png 4 3 %}")
    assert folder.build() == (0, [])
    assert folder.images("index.html") == [{"src": "a.png", "width": "4", "height": "3"}]


@pytest.mark.build
def test_a_photo_taken_upright_has_its_upright_size(folder: Site) -> None:
    folder.write("docs/index.md", "{% img /a.jpg %}")
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (40, 30)).save(folder.root / "docs/a.jpg", exif=exif)
    assert folder.build() == (0, [])
    assert folder.images("index.html") == [{"src": "a.jpg", "width": "30", "height": "40"}]


def test_an_editor_at_work_is_warned_again_after_each_change(
    folder: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.root)
    folder.write("docs/index.md", "{% nope %}")
    for _ in range(2):
        config = load_config("mkdocs.yml")
        config.plugins.on_startup(command="serve", dirty=False)
        caplog.clear()
        build(config)
        [record] = [record for record in caplog.records if record.name == "mkdocs.hooks.kb"]
        assert record.levelname == "WARNING"
        assert record.getMessage().startswith("docs/index.md:1:1: ")


LIST = "1. a\n\n{% peertube 12 %}\n\n2. b\n"


def test_a_new_tag_needs_no_more_than_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        kb.legacy.convert.TAGS, "peertube", lambda _, span: f"[V](https://v.test/{span.args[1:3]})"
    )
    result, findings = convert(LIST, "a.md")
    assert findings == []
    assert result == "1. a\n\n    [V](https://v.test/12)\n\n2. b\n"


def test_a_tag_of_somebody_else_stays_where_it_is() -> None:
    assert convert(LIST, "a.md", Ways(ignore=frozenset({"peertube"}))) == (LIST, [])
    result, findings = convert(LIST, "a.md")
    assert (result, [found.rule for found in findings]) == (LIST, ["legacy-unknown"])
    ours = LIST.replace("peertube", "youtube")
    assert convert(ours, "a.md", Ways(ignore=frozenset({"youtube"})))[0] == ours
    assert "\n    [YouTube 12]" in convert(ours, "a.md")[0]
