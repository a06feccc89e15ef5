"""Ledgers: plain data with the line of every value."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from kb import ledger
from kb.ledger import SCHEMAS

TEXT = """\
# a comment
- path: a.png
  captured: 2026-11-23
  alt:
    zh: 甲
- path: b.png
"""


def test_each_value_has_its_line() -> None:
    read = ledger.load(TEXT, "x.yml")
    assert read.line(0, "path") == 2
    assert read.line(0, "alt", "zh") == 5
    assert read.line(1) == 6


def test_the_line_of_what_is_missing_is_that_of_its_holder() -> None:
    read = ledger.load(TEXT, "x.yml")
    assert read.line(0, "alt", "en") == 4
    assert read.line(7, "alt") == 2


def test_dates_stay_text() -> None:
    assert ledger.load(TEXT, "x.yml").data[0]["captured"] == "2026-11-23"


@pytest.mark.parametrize("text", ["- [a", "a: b: c", "\tx: 1", "a: *nowhere"])
def test_what_is_no_yaml_is_one_finding(text: str) -> None:
    read = ledger.load(text, "x.yml")
    assert read.data is None
    assert [finding.rule for finding in read.findings] == ["ledger-schema"]
    assert read.findings[0].path == "x.yml"


def test_an_empty_ledger_holds_nothing() -> None:
    assert ledger.load("", "x.yml").data is None


@pytest.mark.parametrize("schema", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_every_schema_is_a_valid_schema(schema: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema.read_text("utf-8")))
