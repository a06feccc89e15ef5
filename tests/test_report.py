"""Each format of the report, from the same findings."""

from __future__ import annotations

import json

import pytest

from kb import rules, terminal
from kb.finding import Finding, Located
from kb_tools import report

BUILT = Located(
    Finding(
        "docs/zh/计 费.md", 7, "link-broken", "link 'a,b:c.md' leads nowhere", "nearest: ab.md", 3
    ),
    "a,b:c.md",
    "site/zh/index.html",
    40,
    9,
    source="docs/zh/计 费.md",
)
TEMPLATE = Located(
    Finding("site/index.html", 1, "link-language", "100% | `odd` <b>*text*</b>\n(on 12 pages)"),
    "x",
    "site/index.html",
    1,
    1,
    12,
    "template",
)
ALONE = Located(Finding("site/a.html", 0, "page-unreadable", "not read: \x01"))
ALL = [BUILT, TEMPLATE, ALONE]


def test_text_is_a_line_and_a_hint() -> None:
    assert report.text(ALL[:1]) == (
        "docs/zh/计 费.md:7:3: link 'a,b:c.md' leads nowhere [link-broken]\n  → nearest: ab.md\n"
    )


def test_json_lines_have_both_places() -> None:
    first, second, third = map(json.loads, report.json_lines(ALL).splitlines())
    assert first == {
        "file": "site/zh/index.html",
        "line": 40,
        "col": 9,
        "url": "a,b:c.md",
        "rule": "link-broken",
        "severity": "error",
        "verdict": "broken",
        "message": "link 'a,b:c.md' leads nowhere",
        "hint": "nearest: ab.md",
        "pages": 1,
        "source": "docs/zh/计 费.md",
        "source_line": 7,
        "helpUri": terminal.explained("link-broken"),
    }
    assert (second["source"], second["source_line"], second["pages"]) == ("template", 0, 12)
    assert (third["file"], third["line"], third["source"]) == ("site/a.html", 0, "")


def test_github_annotations_are_one_escaped_line_each() -> None:
    first, second, third = report.github(ALL).splitlines()
    assert first == (
        "::error file=docs/zh/计 费.md,line=7,col=3,title=link-broken"
        "::link 'a,b:c.md' leads nowhere [link-broken]%0Anearest: ab.md%0A"
        + terminal.explained("link-broken")
    )
    assert second.startswith("::warning file=site/index.html,line=1,title=link-language::100%25 |")
    assert "line=" not in third


@pytest.mark.parametrize("at", ["https://guide.test/a/", "https://guide.test/a"])
def test_each_finding_leads_to_its_rule_where_the_site_is_hosted(
    at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_URL", at)
    at = "https://guide.test/a/"
    uris = [json.loads(line)["helpUri"] for line in report.json_lines(ALL).splitlines()]
    assert uris == [
        f"{at}rules/{rule}/" for rule in ("link-broken", "link-language", "page-unreadable")
    ]
    assert all(f"%0A{at}rules/" in line for line in report.github(ALL).splitlines())


def test_the_terminal_names_the_page_of_each_rule_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SITE_URL", "https://guide.test")
    found = [Finding("a.md", line, "link-broken", "x") for line in (1, 2)]
    assert terminal.tell(found) == terminal.FOUND
    said = capsys.readouterr()
    assert said.out == "a.md:1: x [link-broken]\na.md:2: x [link-broken]\n"
    assert said.err == "[link-broken] https://guide.test/rules/link-broken/\n"
    monkeypatch.delenv("SITE_URL")
    terminal.tell(found, "1 page")
    said = capsys.readouterr()
    assert said.err == f"[link-broken] {rules.place('link-broken')}\n1 page: 2 errors, 0 warnings\n"


def test_every_format_says_nothing_wrong_without_findings() -> None:
    told = {name: write([]) for name, write in report.FORMATS.items()}
    assert told == {"text": "", "json": "", "github": ""}
