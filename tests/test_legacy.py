"""The legacy converter: golden cases, laws that hold for any text, and real builds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import markdown
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kb import legacy, regions
from kb.finding import RULES

ROOT = Path(__file__).parent.parent
HOOK = ROOT / "hooks" / "legacy_tags.py"


def _cases() -> Iterator[Any]:
    for path in sorted((ROOT / "tests" / "cases" / "legacy").glob("*.yml")):
        for name, case in yaml.safe_load(path.read_text("utf-8")).items():
            yield pytest.param(case, id=f"{path.stem}: {name}")


CASES = list(_cases())


def _resolve(src: str) -> legacy.Picture | None:
    known = ("known.png", "/images/known.png")
    return legacy.Picture("../images/known.png", 800, 400) if src in known else None


def _locate(name: str) -> str | None:
    return "../posts/hello-world.md" if name.endswith("hello-world") else None


@pytest.mark.parametrize("case", CASES)
def test_golden(case: dict[str, Any]) -> None:
    ignore = frozenset(case.get("ignore", []))
    text, findings = legacy.convert(
        case["input"], "p.md", resolve=_resolve, locate=_locate, ignore=ignore
    )
    assert text == case.get("output", case["input"])
    assert [f"{f.line}:{f.col} {f.rule}" for f in findings] == case.get("findings", [])
    assert legacy.convert(text, "p.md", ignore=ignore)[0] == text


def test_every_rule_of_the_converter_has_a_case_that_fires() -> None:
    fired = "\n".join(str(case.values[0]) for case in CASES)
    rules = [rule for rule in RULES if rule.startswith(("legacy-", "heading-"))]
    assert [rule for rule in rules if rule not in fired] == []


def test_the_first_line_counts_what_stands_before_the_text() -> None:
    _, [finding] = legacy.convert("\na {% b %}", "p.md", first_line=5)
    assert str(finding) == "p.md:6:3: the tag `b` would show as text [legacy-unknown]"


def test_images_are_the_live_tags_with_their_places() -> None:
    text = "a\n`{% img /no.png %}`\n  {% img left /a.png 4 3 T %}<% img /b.png %>{% img x %}"
    first, second = legacy.images(text)
    assert first == legacy.ImageTag("/a.png", "left", "4", "3", "T", line=3, col=3)
    assert (second.src, second.line, second.col) == ("/b.png", 3, 30)


def test_dead_spans_are_code_comments_and_verbatim_blocks() -> None:
    text = "`a` <!-- b --> {% img /c %}\n\n    d\n\n```\ne\n```\n{% raw %}f{% endraw %} <pre>g</pre>"
    assert [(span.kind, text[span.start : span.end].strip()) for span in regions.dead_spans(text)] == [
        ("code", "`a`"),
        ("comment", "<!-- b -->"),
        ("indented", "d"),
        ("fence", "```\ne\n```"),
        ("verbatim", "{% raw %}f{% endraw %}"),
        ("element", "<pre>g</pre>"),
    ]


# ---- laws

PIECES = st.sampled_from(
    [*"'\"\\`|-%{}[]()#a字 \n\t\0“”「」\u3000", "{%", "%}", "<%", "%>", "``", "```", "~~~", "\n\n"]
    + ["    ", "- ", "1. ", "> ", " img ", "/a.png", "{% img /a.png %}", "<% img /b.png 3 4 %>"]
    + ["{% raw %}", "{% endraw %}", "{% codeblock x lang:c %}", "{% endcodeblock %}", "\r\n"]
    + ["{% note info %}", "{% endnote %}", "{% blockquote A, B http://x.y %}", "{% endblockquote %}"]
    + ["<!--", "-->", "<!--more-->", "{#", "#}", "{{", "}}", "<code>", "</code>", "<pre>", "</pre>"]
    + ["!!! note\n", "{% gist 1 %}", "{% youtube x %}", "{% post_link a b %}", "<div>", "</div>"]
)
TEXTS = st.lists(PIECES, max_size=24).map("".join) | st.text(max_size=80)


@settings(max_examples=8000, deadline=None)
@given(TEXTS)
def test_any_text_converts_once_and_for_all(text: str) -> None:
    once, _ = legacy.convert(text, "p.md")
    assert legacy.convert(once, "p.md")[0] == once


@settings(max_examples=1000, deadline=None)
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


@settings(max_examples=1000, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="%"), max_size=60))
def test_arguments_never_become_anything_but_one_image(args: str) -> None:
    html = markdown.markdown(legacy.convert(f"x {{% img /a.png {args} %}} y", "p.md")[0])
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
            legacy.convert(unit * size, "p.md")
        finally:
            sys.settrace(before)
        return lines + sum(search.crossed for search in searches)

    assert work(400) < 2.2 * work(200)


# ---- real builds


@pytest.fixture
def site(tmp_path: Path) -> Any:
    """Builds pages with the hook alone; gives the exit code, the log and the pages' HTML."""

    def build(
        pages: dict[str, str], config: str = "", pictures: dict[str, tuple[int, int]] | None = None
    ) -> tuple[int, str, dict[str, str]]:
        theme = tmp_path / "theme"
        theme.mkdir(exist_ok=True)
        (theme / "main.html").write_text("{{ page.content }}")
        for name, text in pages.items():
            path = tmp_path / "docs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        for name, size in (pictures or {}).items():
            path = tmp_path / "docs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("1", size).save(path)
        settings = f"site_name: x\ntheme: {{name: null, custom_dir: theme}}\nhooks: [{HOOK}]\n{config}"
        (tmp_path / "mkdocs.yml").write_text(settings, "utf-8")
        command = [sys.executable, "-m", "mkdocs", "build"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        built = tmp_path / "site"
        html = {path.relative_to(built).as_posix(): path.read_text("utf-8") for path in built.rglob("*.html")}
        return run.returncode, run.stderr, html

    return build
