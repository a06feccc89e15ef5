"""What the languages of a page share besides their text; golden cases hold the rest."""

from __future__ import annotations

import pytest

from kb.text.page import Page
from kb.translations import checks

META = "---\ntitle: {}\nchecked: {}\n---\n\n# T {{ #t }}\n"


@pytest.mark.parametrize(
    ("zh", "en", "expected"),
    [
        (META.format("甲", "2026-11-23"), META.format("A", "2026-11-23"), []),
        (
            META.format("甲", "2026-11-23"),
            META.format("A", "2026-03-01"),
            ["docs/e/en/a.md:3: 'checked' is 2026-03-01 here and 2026-11-23 in docs/e/zh/a.md [translation-parity]"],  # noqa: E501
        ),
        (
            META.format("甲", "2026-11-23"),
            "---\ntitle: A\n---\n\n# T { #t }\n",
            ["docs/e/en/a.md:2: 'checked' stands in the front matter of docs/e/zh/a.md and not of docs/e/en/a.md [translation-parity]"],  # noqa: E501
        ),
        (
            "---\ntitle: 甲\n---\n\n# T { #t }\n",
            META.format("A", "2026-11-23"),
            ["docs/e/en/a.md:3: 'checked' stands in the front matter of docs/e/en/a.md and not of docs/e/zh/a.md [translation-parity]"],  # noqa: E501
        ),
    ],
)  # fmt: skip
def test_front_matter_is_shared(zh: str, en: str, expected: list[str]) -> None:
    texts = {"e/zh/a.md": zh, "e/en/a.md": en}
    pages = {path: Page(path, text) for path, text in texts.items()}
    found = checks.check_meta(pages, "zh")
    assert [str(finding) for finding in found] == expected
