"""What a page may hold (golden cases: cases/markup), with nh3 as the judge's judge."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import mkdocs, small_project
from kb import html, ledger
from kb.markup import checks, exceptions
from kb.markup.judge import judge, profile
from kb.text.page import Page

# --- nh3: what passes here, a sanitizer leaves as it is -------------------------------------------

PIECES = [
    *("<b", "</b", "<a", "</a", "<img", "<p", "<pre", "<svg", "<math", "<script", "</script", "<x"),
    *(
        "<style",
        "</style",
        "<title",
        "<textarea",
        "<noscript",
        "<iframe",
        "<template",
        "<plaintext",
    ),
    *(
        ">",
        "/>",
        "<",
        "</",
        "<!",
        "<!--",
        "-->",
        "--!>",
        "<![CDATA[",
        "]]>",
        "<?",
        "'",
        '"',
        "=",
        " ",
    ),
    *(
        " onclick=",
        " href=",
        " src=",
        " style=",
        " title=",
        " class=",
        " id=",
        " ping=",
        "/onload=",
    ),
    *("javascript:", "data:", "https:", "//a.test", "image/png,", "x", "\n", "\t", "\x01", "&#58;"),
    *(
        "<b title='x'>",
        '<a href="b.md">',
        "<img src=b.png alt>",
        "</b>",
        "</a>",
        "<p class=x>",
        "<i>",
    ),
    *("&Tab;", "&colon;", "&#x6a;avascript:", "&lt;", "\\", "`", "b.md", "{", "}", "é", ":"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_what_passes_is_what_a_sanitizer_leaves_as_it_is(text: str) -> None:
    tags = [(tag.name, tag.attrs) for tag in html.tags(text) if tag.attrs is not None]
    if any(fault for name, attrs in tags for fault in judge(name, attrs, profile())):
        return
    everywhere = {"class", "id", "lang", "title"}
    cleaned = nh3.clean(
        text,
        tags=set(profile().elements),
        attributes={n: set(own) | everywhere for n, own in profile().elements.items()},
        url_schemes={*profile().schemes, "data"},
        link_rel=None,
    )
    left = [(tag.name, tag.attrs) for tag in html.tags(cleaned) if tag.attrs is not None]
    assert {_as_set(*tag) for tag in tags} == {_as_set(*tag) for tag in left}


def test_the_list_holds_what_its_source_allows_and_nothing_that_runs() -> None:
    own = profile().elements
    assert set(own) >= nh3.ALLOWED_TAGS
    for name, attributes in nh3.ALLOWED_ATTRIBUTES.items():
        assert own[name] >= attributes - {"dir"}  # of every element here
    assert profile().schemes <= nh3.ALLOWED_URL_SCHEMES
    assert not (own.keys() | profile().exceptional.keys()) & nh3.CLEAN_CONTENT_TAGS
    every = {key for part in (own, profile().exceptional) for keys in part.values() for key in keys}
    dangerous = {key for key in every if key.startswith("on")}
    dangerous |= every & {"style", "srcdoc", "action", "formaction", "ping", "background", "is"}
    assert not dangerous
    assert not profile().everywhere.fullmatch("onclick")
    assert not profile().everywhere.fullmatch("aria-")


def _as_set(name: str, attrs: list[tuple[str, str]]) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(attrs)


# --- places, exceptions, the build ----------------------------------------------------------------


def test_what_is_shown_elsewhere_than_it_is_written_keeps_its_line() -> None:
    text = "<b onclick=note()>a</b>\n\nb\n\n<i onclick=go()>c</i>"
    shown = "<i onclick=go()>c</i><b onclick=note()>a</b>"
    assert [f.line for f in checks.check(shown, Page("e/zh/a.md", text))[0]] == [5, 1]


def test_what_is_not_in_the_markdown_stands_near_what_is() -> None:
    text = "a\n\n<i onclick=go()>c</i>"
    shown = "<x></x><i onclick=go()>c</i><y></y>"
    assert [f.line for f in checks.check(shown, Page("e/zh/a.md", text))[0]] == [1, 3, 3]


@pytest.mark.parametrize(
    "unit", ["<b onclick=x>a</b>\n", "[a](javascript:x)\n\n", "{ onclick=x }\n"]
)
def test_twice_the_faults_are_twice_the_work(unit: str) -> None:
    def work(size: int) -> int:
        text, lines = unit * size, 0

        def trace(frame: Any, event: str, arg: Any) -> Any:
            nonlocal lines
            lines += event == "line" and "/kb/" in frame.f_code.co_filename
            return trace

        sys.settrace(trace)
        try:
            checks.check("<p onclick=x><a href='javascript:x'>" * size, Page("e/zh/a.md", text))
        finally:
            sys.settrace(None)
        return lines

    work(10)
    assert work(400) < 2.2 * work(200)


LEDGER = """\
- page: 2026-11/a/b
  allow: [form, "p[style]"]
  reason: shows how it is done
  until: 2026-11-30
"""


def _ledger(text: str = LEDGER) -> ledger.Ledger:
    return ledger.load(text, "docs/ledgers/markup.yml", "markup")


@pytest.mark.parametrize(
    ("edition", "excused", "lines"),
    [
        ("2026-11", {"2026-11/a/b": {"form", "p[style]"}}, []),
        ("2026-11", {"2026-11/a/b": {"form"}}, [2]),
        ("2026-11", {"2026-11/c": {"form"}}, [2, 2]),
        ("2023-07", {}, []),
    ],
)
def test_an_exception_that_nothing_needs_is_found(
    edition: str, excused: dict[str, set[str]], lines: list[int]
) -> None:
    found = exceptions.unused(_ledger(), edition, excused)
    assert [f.line for f in found if f.rule == "markup-exception-unused"] == lines


@pytest.mark.parametrize(("day", "count"), [("2026-11-30", 0), ("2026-12-01", 2)])
def test_an_exception_past_its_day_is_found(day: str, count: int) -> None:
    found = list(exceptions.status(_ledger(), date.fromisoformat(day)))
    assert [due.finding.rule for due in found] == ["markup-exception-expired"] * count
    assert {due.days for due in found} <= {1}


@pytest.mark.parametrize("broken", ["reason: ", "until: 2026-11-31x", "allow: []", "page: ../x"])
def test_a_ledger_that_is_not_in_order_allows_nothing(broken: str) -> None:
    field = broken.partition(":")[0]
    lines = [f"- {line[2:]}" if line[0] == "-" else line for line in LEDGER.splitlines()]
    text = "\n".join(line[:2] + broken if line[2:].startswith(field) else line for line in lines)
    assert _ledger(text).findings
    assert list(exceptions.entries(_ledger(text))) == []


@pytest.mark.build
def test_a_build_fails_with_every_fault_at_its_place(tmp_path: Path) -> None:
    """Through MkDocs, its extensions and our hooks; a near miss and an exception go through."""
    project = small_project(tmp_path)
    head = (
        "---\ntitle: A\ndescription: B\n---\n# A { #a }\n\n## B { #b onclick=go() }\n\n`<script>`"
    )
    text = f"{head}\n\n<iframe src='x.html'></iframe>\n\n[c](javascript:go())\n"
    for locale in ("zh", "en"):
        page = project / f"docs/2026-11/{locale}/index.md"
        page.write_text(text, "utf-8")
    entry = LEDGER.replace("a/b", "index").replace('"p[style]"', "iframe")
    (project / "docs/ledgers/markup.yml").write_text(entry, "utf-8")
    built = mkdocs("build", "-d", str(tmp_path / "site"), cwd=project)
    assert built.returncode == 1
    told = [line.split("-  ", 1)[-1] for line in built.stderr.splitlines() if "[markup-" in line]
    assert [line.partition(" <")[0].partition(" '")[0] for line in told] == [
        f"docs/2026-11/{locale}/index.md:{place}:"
        for locale in ("en", "zh")
        for place in ("7:6", "13:1")
    ] + ["docs/ledgers/markup.yml:2:"]
