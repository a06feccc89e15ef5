"""Front matter: what is read of it, and what would be read otherwise than it was meant."""

from __future__ import annotations

import pytest

from kb.text import checks, front_matter
from kb.text.page import Page

PAGE = """\
---
title: 退款
tags: [退款]
checked: 2026-11-23
search: {boost: 0.5}
---

# 退款 { #refund }
"""


def said(text: str) -> list[str]:
    return [str(finding) for finding in checks.check([Page("e/zh/a.md", text)])]


def test_it_is_read_with_the_line_of_each_value() -> None:
    front = front_matter.read(PAGE)
    assert front.data["search"] == {"boost": 0.5}
    assert front.data["checked"] == "2026-11-23"
    assert (front.line("title"), front.line("search", "boost")) == (2, 5)
    assert said(PAGE) == []


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("title: 退款", "title: 退款: 全部", ":2: not valid YAML: mapping values are not allowed"),
        ("title: 退款", "title: 2026", ":2: title: 2026 is not of type 'string'"),
        ("tags: [退款]", "tags: 退款", ":3: tags: '退款' is not of type 'array'"),
        ("tags: [退款]", "title: 退", ":3: 'title' is given twice"),
        ("2026-11-23", "2026-11", ":4: checked: '2026-11' is not a 'date'"),
        ("boost", "bost", ":5: search: Additional properties are not allowed ('bost'"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(old: str, new: str, finding: str) -> None:
    found = said(PAGE.replace(old, new, 1))
    assert len(found) == 1
    assert found[0].startswith(f"docs/e/zh/a.md{finding}")
    assert "[front-matter]" in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "# Without { #a }\n",
        "---\nA rule above and below.\n---\n\n# Text { #a }\n",
        "---\n---\n",
        "---\ntitle: x\nlayout: post\n---\n",  # a field that is not ours
        "# Code { #a }\n\n```yaml\n---\ntitle: a: b\n---\n```\n",
    ],
)
def test_what_is_no_front_matter_or_not_ours_is_left_alone(text: str) -> None:
    assert said(text) == []
