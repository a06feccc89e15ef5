"""The registry of rules and the pages made from it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

import small
from conftest import ROOT, called
from kb import ledger, rules
from kb.finding import Finding, unique
from kb.rules import RULES


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_has_a_page_in_both_languages(site: Path, name: str) -> None:
    text = (site / rules.page(name) / "index.html").read_text("utf-8")
    assert f"<h1><code>{name}</code></h1>" in text
    shown = unescape(re.sub(r"</?code>", "`", text))
    rule = RULES[name]
    assert rule.example
    assert rule.example in shown
    assert {rules.LANGUAGE, *rule.told} == {"en", "zh"}
    for words in (rule, *rule.told.values()):
        assert words.meaning in shown
        assert words.fix in shown


def test_where_no_site_is_hosted_a_rule_is_explained_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for name in RULES:
        path, _, line = rules.place(name).partition(":")
        assert path == "hooks/kb/rules.yml"
        assert (ROOT / path).read_text("utf-8").splitlines()[int(line) - 1] == f"{name}:"
    monkeypatch.chdir(tmp_path)
    assert rules.place("link-broken").startswith(f"{rules.TABLE}:")


@pytest.mark.parametrize("command", ["check", "status"])
def test_what_is_found_is_explained_once_beside_the_output(command: str, tmp_path: Path) -> None:
    root = small.settled(tmp_path)
    page = root / "docs/2026-11/en/plans.md"
    page.write_text(page.read_text("utf-8") + "\nOne more line.\n", "utf-8")
    answer = called(command, cwd=root)
    found = set(re.findall(r"\[([\w-]+)\]$", answer.stdout, re.M))
    assert "translation-stale" in found
    told = re.findall(r"^\[([\w-]+)\] \S+rules\.yml:\d+$", answer.stderr, re.M)
    assert told == sorted(found)


def test_the_list_leads_to_every_rule(site: Path) -> None:
    listed = (site / "rules/index.html").read_text("utf-8")
    assert re.findall(r'<a href="([\w-]+)/"><code>', listed) == sorted(RULES)


def test_every_rule_is_used_by_the_code() -> None:
    files = [path for folder in ("hooks", "tools") for path in (ROOT / folder).rglob("*.py")]
    code = "\n".join(path.read_text("utf-8") for path in files)
    uses = [name for name in RULES if f'"{name}"' not in code]
    assert uses == []


def test_a_finding_of_no_rule_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no-such-rule"):
        Finding("a.md", 1, "no-such-rule", "x")


def test_a_finding_names_place_rule_and_what_to_do() -> None:
    message, hint = "link 'b.md' leads nowhere", "nearest: c.md"
    finding = Finding("docs/a.md", 3, "link-broken", message, hint, 7)
    assert str(finding) == (
        "docs/a.md:3:7: link 'b.md' leads nowhere [link-broken]\n  → nearest: c.md"
    )


def test_the_same_words_about_the_same_line_are_one_problem() -> None:
    first = Finding("a.md", 1, "link-broken", "x")
    assert len(unique([first, Finding("a.md", 1, "link-broken", "x", col=4)])) == 1
    assert len(unique([first, Finding("a.md", 2, "link-broken", "x")])) == 2


def test_the_table_is_as_its_schema_says() -> None:
    text = (ROOT / "hooks/kb/rules.yml").read_text("utf-8")
    assert ledger.load(text, "rules.yml", "rules").findings == ()


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{severity: grave, meaning: x, fix: y}", "severity: 'grave'"),
        ("{severity: error, meaning: x}", "'fix'"),
        ("{severity: error, meaning: x, fix: y, more: z}", "more"),
        ("{severity: error, meaning: x, fix: 1}", "fix: 1 is not of type 'string'"),
        ("{severity: error, meaning: x, fix: ''}", "fix: '' "),
        ("{severity: error, meaning: x, fix: y, zh: {meaning: x}}", "zh: 'fix'"),
        ("{severity: error, meaning: x, fix: y}\nsome-rule: {}", "'some-rule' is given twice"),
    ],
)
def test_a_faulty_entry_of_the_table_is_named(entry: str, said: str) -> None:
    text = f"language: en\nsome-rule: {entry}"
    told = [str(found) for found in ledger.load(text, "rules.yml", "rules").findings]
    assert any("some-rule" in each and said in each for each in told)


def test_a_rule_may_have_an_example_and_words_in_chinese() -> None:
    entry = "{severity: error, meaning: x, fix: y, example: e, zh: {meaning: 甲, fix: 乙}}"
    assert ledger.load(f"language: en\nsome-rule: {entry}", "rules.yml", "rules").findings == ()
    rule = RULES["link-broken"]
    assert (rule.severity, rule.example) == ("error", "[plans](chose.md)")
    assert rule.told["zh"].fix.startswith("指向")
