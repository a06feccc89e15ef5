"""Golden cases for what the languages of a page share: two texts in, findings out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kb import translations

CASES = sorted((Path(__file__).parent / "cases" / "translations").glob("*.yml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_golden(case: Path) -> None:
    golden = yaml.safe_load(case.read_text("utf-8"))
    findings = translations.check(golden["pages"], ("en", "zh"))
    assert [str(finding) for finding in findings] == golden["findings"]


def test_every_rule_has_a_case_that_fires() -> None:
    fired = "\n".join(case.read_text("utf-8") for case in CASES)
    rules = ("translation-missing", "translation-original", "translation-sections", "heading-id")
    assert [rule for rule in rules if f"[{rule}]" not in fired] == []
