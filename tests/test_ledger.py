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


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: &x [1]\nc: *x\n", 2, "anchor or alias"),
        ("a: 1\nx: &x [*x]\n", 2, "anchor or alias"),
        ("a: 1\nb: *x\n", 2, "anchor or alias"),
        ("a: 1\n? [b, c]\n: d\n", 2, "used as a key"),
        ("a: 1\nb: {{ c }}\n", 2, "used as a key"),
        ("a: 1\nb: !!float c\n", 2, "tag"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tag"),
        ("a: 1\nb: " + "9" * 19, 2, "more than 18 digits"),
        ("a: 1\nb: 1e999", 2, "more than 18 digits"),
        ("a: 1\nb: a\x07b\n", 2, "U+0007"),
        ("a: 1\nb: a\x7fb\n", 2, "U+007F"),
        ("a: 1\nb: a\x87b\n", 2, "U+0087"),
        ("a: 1\nb: a\0b\n", 2, "U+0000"),
        ('a: 1\nb: "a\\x07b"\n', 2, "U+0007"),
        ('a: 1\n"a\\Lb": c\n', 2, "U+2028"),
        ("a: 1\nb: a\x85b\n", 2, "U+0085"),
        ("a: 1\nb: a\u2028b\n", 2, "U+2028"),
        ("a: 1\n---\nb: 1\n", 2, "second document"),
        ("a: 1\nb: " + "[" * 40 + "]" * 40, 2, "deeper than 40"),
        ("a: 1\n<<<<<<< HEAD\n", 2, "a merge"),
    ],
)
def test_what_cannot_be_read_is_one_finding_at_its_line(text: str, line: int, said: str) -> None:
    read = ledger.load(text, "x.yml", "pages")
    assert read.data is None
    assert [finding.line for finding in read.findings] == [line]
    assert said in read.findings[0].message


def test_what_is_just_short_of_it_is_read() -> None:
    text = "b: " + "[" * 39 + "]" * 39 + "\nc: " + "9" * 18 + "\nd: 1e9\ne: a\u2027b\n"
    read = ledger.load(text, "x.yml")
    assert read.findings == ()
    assert (read.data["c"], read.data["d"]) == (999999999999999999, 1e9)


def test_a_number_with_a_point_or_an_exponent_counts_nothing() -> None:
    days = {"ttl_days": "1e3"}, {"ttl_days": "3.0"}, {"ttl_days": "3"}
    text = "".join(f"- {json.dumps(each)}\n".replace('"', "") for each in days)
    told = [str(found) for found in ledger.load(text, "x.yml", "screenshots").findings]
    assert [each for each in told if "'integer'" in each] == [
        "x.yml:1: 0.ttl_days: 1000.0 is not of type 'integer' [ledger-schema]",
        "x.yml:2: 1.ttl_days: 3.0 is not of type 'integer' [ledger-schema]",
    ]


def test_words_numbers_and_keys_mean_what_is_written() -> None:
    text = "no: yes\n1: 12:30\non: ~\n2.0: 012\ntrue: true\na: .5\nb: '7'\nc: 2026-02-30\nd:\n"
    read = ledger.load(text, "x.yml")
    assert read.data == {
        "no": "yes", "1": "12:30", "on": None, "2.0": 12, "true": True, "a": 0.5, "b": "7",
        "c": "2026-02-30", "d": None,
    }  # fmt: skip
    assert [read.line(key) for key in read.data] == list(range(1, 10))


def test_keys_that_differ_in_spelling_alone_are_one() -> None:
    read = ledger.load("1: a\n'1': b\n", "x.yml")
    assert [str(f) for f in read.findings] == ["x.yml:2: '1' is given twice [ledger-schema]"]


@pytest.mark.parametrize("text", ["", "# a comment alone\n", "~\n"])
def test_a_ledger_that_holds_nothing_is_told(text: str) -> None:
    assert [f.rule for f in ledger.load(text, "x.yml", "pages").findings] == ["ledger-missing"]
    assert ledger.load("{}", "x.yml", "pages").findings == ()


def test_settings_may_hold_tags() -> None:
    read = ledger.load("url: !ENV [A, b]\nx: !!python/name:y.z\n", "mkdocs.yml", tagged=True)
    assert (read.data, read.findings) == ({"url": ["A", "b"], "x": None}, ())


def test_a_message_does_not_repeat_a_long_value() -> None:
    (found,) = ledger.load("- " + "x" * 9000, "x.yml", "pages").findings
    assert len(found.message) < 250


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ('- {name: "2026-11\\n", config: mkdocs.yml}', "editions"),
        ("- {name: ２０２６-11, config: mkdocs.yml}", "editions"),
        ('- {from: "/a/\\n", to: /b/, reason: x}', "redirects"),
        ('- {from: /a/, to: "/b/#x\\n", reason: x}', "redirects"),
        ('2026-11: [a]\n"2023-07\\n": [b]', "pages"),
    ],
)
def test_a_pattern_is_of_the_whole_text_and_its_digits_are_of_ascii(text: str, schema: str) -> None:
    found = ledger.load(text, "x.yml", schema).findings
    assert [finding.rule for finding in found] == ["ledger-schema"]
    mended = text.replace("\\n", "").replace("２０２６", "2026")
    assert ledger.load(mended, "x.yml", schema).findings == ()


def test_schemas_use_no_pattern_that_python_would_read_otherwise() -> None:
    for path in SCHEMAS.glob("*.json"):
        text = path.read_text("utf-8")
        assert "\\$" not in text.replace('"$', ""), path
        assert not [part for part in text.split("[")[1:] if "\\d" in part.partition("]")[0]], path


@pytest.mark.parametrize(("more", "whole"), [(0, True), (1, False)])
def test_a_message_that_repeats_the_value_is_cut_at_its_length(more: int, whole: bool) -> None:
    said = "'' is not of type 'array'"
    value = "x" * (200 - len(said) + more)
    found = ledger.load(f"spelling: {value}\ntypography: []\n", "words.yml", "words").findings
    (message,) = (each.message for each in found)
    assert message == f"spelling: '{value}' is not of type 'array'"[: None if whole else -1] + (
        "" if whole else "…"
    )


@pytest.mark.parametrize(
    ("row", "schema", "field"),
    [
        ({"name": "2026-11", "config": "mkdocs.yml"}, "editions", "name"),
        ({"from": "/a/", "to": "/b/", "reason": "x"}, "redirects", "from"),
        ({"term": "token", "zh": "词元", "en": "token"}, "glossary", "term"),
        ({"path": "2026-11/zh/images/a.png"}, "screenshots", "path"),
    ],
)
def test_what_is_named_twice_is_told_where_it_stands_again(
    row: dict[str, str], schema: str, field: str
) -> None:
    def twice(*rows: object) -> list[str]:
        text = "".join(f"- {json.dumps(each)}\n" for each in rows)
        told = (str(found) for found in ledger.load(text, "x.yml", schema).findings)
        return [each for each in told if "twice" in each]

    other = {**row, field: row[field].replace("a", "b").replace("11", "12").replace("t", "s")}
    assert twice(row, other, {}, {}, [1], [1]) == []
    assert twice(row, other, row) == [
        f"x.yml:3: 2.{field}: '{row[field]}' is listed twice [ledger-schema]"
    ]
