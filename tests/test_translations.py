"""Golden cases for what the languages of a page share: two texts in, findings out."""

from __future__ import annotations

import pytest

from kb import ledger, translations
from kb.text.page import Page

ZH = """\
---
title: 退款
checked: 2026-11-23
---

# 退款 { #refund }

先看渠道。

## 苹果 { #apple }

找苹果。
"""
EN = """\
---
title: Refunds
---

# Refunds { #refund }

See who sold it.

## Apple { #apple }

Ask Apple.
"""
PAGES = {"e/zh/a.md": ZH, "e/en/a.md": EN}


def read(pages: dict[str, str]) -> dict[str, Page]:
    return {path: Page(path, text) for path, text in pages.items()}


def stamped(pages: dict[str, str], old: str = "", page: str = "a") -> ledger.Ledger:
    before = ledger.load(old, "docs/e/translations.yml")
    text = translations.stamp(before, read(pages), [page], "zh")
    return ledger.load(text, "docs/e/translations.yml", "translations")


def said(stamps: ledger.Ledger, **changed: tuple[str, str]) -> list[str]:
    pages = dict(PAGES)
    for locale, (old, new) in changed.items():
        path = f"e/{locale}/a.md"
        assert old in pages[path]
        pages[path] = pages[path].replace(old, new)
    return [str(finding) for finding in translations.check_stamps(stamps, read(pages), "zh")]


def test_a_stamped_translation_is_fine_until_one_side_changes() -> None:
    stamps = stamped(PAGES)
    assert stamps.findings == ()
    assert said(stamps) == []
    assert said(stamps, zh=("找苹果。", "找苹果客服。")) == [
        "docs/e/en/a.md:9: '#apple' is as it was, and docs/e/zh/a.md:10 has changed"
        " [translation-stale]"
    ]
    assert said(stamps, en=("Ask Apple.", "Ask Apple first.")) == [
        "docs/e/zh/a.md:10: '#apple' is as it was, and docs/e/en/a.md:9 has changed"
        " [translation-stale]"
    ]
    assert said(stamps, zh=("title: 退款", "title: 怎样退款")) == [
        "docs/e/en/a.md:5: '#refund' is as it was, and docs/e/zh/a.md:6 has changed"
        " [translation-stale]"
    ]


def test_what_readers_do_not_read_is_no_change() -> None:
    stamps = stamped(PAGES)
    assert said(stamps, zh=("2026-11-23", "2026-11-27")) == []
    assert said(stamps, zh=("找苹果。", "找苹果。  ")) == []
    assert said(stamps, zh=("## 苹果", "\n## 苹果")) == []


def test_what_stands_before_the_first_heading_is_of_its_section() -> None:
    stamps = stamped(PAGES)
    (finding,) = said(stamps, zh=("\n# 退款", "\n> 2026 年 11 月核对。\n\n# 退款"))
    assert "'#refund' is as it was" in finding
    assert said(stamps, zh=("\n# 退款", "\n\n\n# 退款")) == []


def test_both_sides_changed_wait_for_a_new_stamp() -> None:
    changed = {"zh": ("找苹果。", "找谷歌。"), "en": ("Ask Apple.", "Ask Google.")}
    assert said(stamped(PAGES), **changed) == [
        "docs/e/en/a.md:9: '#apple' is new or changed here and in docs/e/zh/a.md:10"
        " [translation-unstamped]"
    ]
    pages = {path: text.replace(*changed[path[2:4]]) for path, text in PAGES.items()}
    assert said(stamped(pages), **changed) == []


def test_a_translation_without_any_stamp_is_named_once() -> None:
    assert said(ledger.load("", "docs/e/translations.yml")) == [
        "docs/e/en/a.md:1: this translation was never found to say what its original does"
        " [translation-unstamped]"
    ]


def test_a_new_section_waits_for_its_stamp() -> None:
    added = {"zh": ("## 苹果", "## 谷歌 { #google }\n\n找谷歌。\n\n## 苹果"),
             "en": ("## Apple", "## Google { #google }\n\nAsk Google.\n\n## Apple")}  # fmt: skip
    (finding,) = said(stamped(PAGES), **added)
    assert "'#google' is new" in finding


def test_a_stamp_of_one_page_leaves_the_others_and_drops_what_is_gone() -> None:
    pages = PAGES | {"e/zh/b.md": ZH, "e/en/b.md": EN, "e/zh/alone.md": ZH}
    first = translations.stamp(ledger.load("", "x"), read(pages), ["a", "b"], "zh")
    changed = {path: text.replace("#apple", "#store") for path, text in pages.items()}
    again = stamped(changed, first, "b").data
    assert list(again["en/a"]) == ["refund", "apple"]
    assert list(again["en/b"]) == ["refund", "store"]
    assert list(stamped({k: v for k, v in pages.items() if "/b" not in k}, first).data) == ["en/a"]


@pytest.mark.parametrize("text", ["en/a: {refund: abc}", "en/a: [refund]", "- en/a"])
def test_a_broken_ledger_of_stamps_is_named(text: str) -> None:
    stamps = ledger.load(text, "docs/e/translations.yml", "translations")
    (finding,) = translations.check_stamps(stamps, read(PAGES), "zh")
    assert (finding.path, finding.rule) == ("docs/e/translations.yml", "ledger-schema")
