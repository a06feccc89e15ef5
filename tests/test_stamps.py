"""Stamps: what changed since two texts were found to say the same, and what a stamp blesses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import pytest

from kb import ledger
from kb.finding import Finding
from kb.text.page import Page
from kb.translations import checks, stamps
from kb_tools import stamp, status

ZH = """\
---
title: 退款
checked: 2026-11-23
---

# 退款 { #refund }

先看渠道。

## 苹果 { #apple }

找苹果，期限 14 天。
"""
EN = """\
---
title: Refunds
checked: 2026-11-23
---

# Refunds { #refund }

See who sold it.

## Apple { #apple }

Ask Apple within 14 days.
"""
PAGES = {"e/zh/a.md": ZH, "e/en/a.md": EN}
PATH = "docs/e/translations.yml"
EMPTY = ledger.Ledger(PATH, None, {}, ())


def edited(pages: Mapping[str, str] = PAGES, **changed: tuple[str, str]) -> dict[str, str]:
    made = dict(pages)
    for locale, (old, new) in changed.items():
        path = f"e/{locale}/a.md"
        assert old in made[path]
        made[path] = made[path].replace(old, new)
    return made


def pairs(pages: Mapping[str, str]) -> list[stamps.Pair]:
    return list(stamps.of_pages({path: Page(path, text) for path, text in pages.items()}, "zh"))


def stamped(
    pages: Mapping[str, str], old: ledger.Ledger = EMPTY, wanted: str = "", behind: str = ""
) -> ledger.Ledger:
    named = [(pair.key, pair.id) for pair in pairs(pages) if wanted in f"{pair.key}#{pair.id}"]
    text = stamp.record(old, pairs(pages), named, behind=behind)
    return ledger.load(text, PATH, "translations")


def told(known: ledger.Ledger, found: Iterable[stamps.Pair]) -> list[Finding]:
    return stamps.check(known, [] if known.findings else stamps.states(known, found))


def said(known: ledger.Ledger, **changed: tuple[str, str]) -> list[str]:
    return [str(finding) for finding in told(known, pairs(edited(**changed)))]


def test_a_stamped_translation_is_fine_until_one_side_changes() -> None:
    known = stamped(PAGES)
    assert known.findings == ()
    assert said(known) == []
    assert said(known, zh=("14 天", "15 天")) == [
        "docs/e/en/a.md:10: '#apple' is as it was, and docs/e/zh/a.md:10 has changed [translation-stale]\n"  # noqa: E501
        "  → what changed there:\n"
        "    - 找苹果，期限 14 天。\n"
        "    + 找苹果，期限 15 天。"
    ]
    (finding,) = said(known, en=("Ask Apple", "Ask Apple first"))
    assert finding.startswith("docs/e/zh/a.md:10: '#apple' is as it was, and docs/e/en/a.md:10 has")
    assert "+ Ask Apple first within 14 days." in finding
    (finding,) = said(known, zh=("title: 退款", "title: 怎样退款"))
    assert finding.startswith("docs/e/en/a.md:6: '#refund' is as it was")
    assert "- title: 退款" in finding


def test_edits_for_looks_ask_nobody() -> None:
    known = stamped(PAGES)
    assert said(known, zh=("2026-11-23", "2026-11-27")) == []  # parity is about that
    assert said(known, zh=("找苹果，期限 14 天", "找苹果,期限14天  ")) == []
    assert said(known, zh=("## 苹果", "<!-- ask -->\n\n\n## 苹果")) == []
    assert said(known, en=("Ask Apple within", "Ask Apple\nwithin")) == []


def test_what_stands_before_the_first_heading_is_of_its_section() -> None:
    (finding,) = said(stamped(PAGES), zh=("\n# 退款", "\n> 2026 年 11 月核对。\n\n# 退款"))
    assert "'#refund' is as it was" in finding


def test_both_sides_changed_wait_for_a_new_stamp() -> None:
    changed = {"zh": ("找苹果", "找谷歌"), "en": ("Ask Apple", "Ask Google")}
    assert said(stamped(PAGES), **changed) == [
        "docs/e/en/a.md:10: '#apple' is new or changed here and in docs/e/zh/a.md:10"
        " [translation-unstamped]"
    ]
    assert said(stamped(edited(**changed)), **changed) == []


def test_a_translation_without_any_stamp_is_named_once() -> None:
    assert said(EMPTY) == [
        "docs/e/en/a.md:6: this translation was never found to say what its original does"
        " [translation-unstamped]"
    ]


def test_a_stamp_of_one_section_leaves_the_others() -> None:
    known = stamped(PAGES)
    changed = edited(zh=("14 天", "15 天"))
    changed = edited(changed, en=("See who", "Look who"))
    again = stamped(changed, known, "#apple")
    (finding,) = told(again, pairs(changed))
    assert "'#refund' is as it was" in finding.message
    assert "- See who sold it." in finding.hint


def test_a_stamp_drops_what_is_gone() -> None:
    known = stamped(PAGES)
    changed = {path: text.replace("#apple", "#store") for path, text in PAGES.items()}
    assert list(stamped(changed, known).data["en/a"]["sections"]) == ["refund", "store"]
    assert stamped({"e/zh/a.md": ZH}, known).data is None


def test_a_correction_may_run_ahead_of_its_translation() -> None:
    known = stamped(PAGES)
    changed = edited(zh=("14 天", "15 天"))
    ahead = stamped(changed, known, "#apple", behind="2026-11-29")
    assert told(ahead, pairs(changed)) == []
    (lag,) = [state for state in stamps.states(ahead, pairs(changed)) if state.behind]
    assert (lag.pair.id, lag.left.locale, lag.behind) == ("apple", "en", "2026-11-29")
    # Changed once more, it has to be looked at once more.
    (finding,) = told(ahead, pairs(edited(zh=("14 天", "16 天"))))
    assert finding.rule == "translation-stale"
    # And when both have changed, or are as they were, nothing lags.
    both = edited(changed, en=("14 days", "15 days"))
    (finding,) = told(ahead, pairs(both))
    assert finding.rule == "translation-unstamped"
    assert stamped(both, ahead, "#apple").data["en/a"].get("behind") is None
    assert told(ahead, pairs(PAGES)) == []


@pytest.mark.parametrize("text", ["en/a: {refund: abc}", "en/a: [refund]", "- en/a"])
def test_a_broken_ledger_of_stamps_is_named(text: str) -> None:
    known = ledger.load(text, PATH, "translations")
    findings = told(known, pairs(PAGES))
    assert {(finding.path, finding.rule) for finding in findings} == {(PATH, "ledger-schema")}


@pytest.mark.parametrize("words", ["", "spoilt", "YWJj"])
def test_words_that_cannot_be_unpacked_are_named(words: str) -> None:
    text = stamp.record(EMPTY, pairs(PAGES), [("en/a", "refund"), ("en/a", "apple")])
    head = text.partition('words: "')[0]
    known = ledger.load(f'{head}words: "{words}"\n', PATH, "translations")
    assert [(f.path, f.line, f.rule) for f in told(known, pairs(PAGES))] == [
        (PATH, 8, "ledger-schema")
    ]


LEDGER = """\
- path: e/{locale}/a.png
  alt:
    zh: 首页左上角
    en: the page's upper left corner
- path: b.png
  alt: {zh: 图, en: Picture}
  size: 3
"""


def test_an_entry_and_what_it_holds_are_pairs_of_their_own() -> None:
    text = "- {term: card, zh: 卡, en: card, note: {zh: 一张卡, en: A card}}\n"
    found = stamps.of_ledger(ledger.load(text, "docs/ledgers/glossary.yml"), "zh", ("zh", "en"))
    assert [(pair.id, pair.original.text) for pair in found] == [
        ("card", "卡"),
        ("card.note", "一张卡"),
    ]


def test_what_files_say_under_the_same_key_are_pairs() -> None:
    said = {"zh": "a: 开\nb: {c: 关}\nd: 1\n", "en": "b:\n  c: Close\na: Open\nd: 2\ne: More\n"}

    def read(**files: str) -> list[stamps.Pair]:
        held = {locale: ledger.load(text, f"{locale}.yml") for locale, text in files.items()}
        return list(stamps.of_files(held, "words"))

    found = read(**said)
    assert [(pair.key, pair.id, pair.translation.text) for pair in found] == [
        ("en/words", "a", "Open"),
        ("en/words", "b.c", "Close"),
    ]
    text = stamp.record(EMPTY, found, [(pair.key, pair.id) for pair in found])
    known = ledger.load(text, PATH, "translations")
    assert told(known, found) == []
    (finding,) = told(known, read(**said | {"zh": said["zh"].replace("关", "关闭")}))
    assert (finding.path, finding.line, finding.rule) == ("en.yml", 2, "translation-stale")
    (finding,) = told(known, read(**said | {"en": said["en"].replace("Open", "Shut")}))
    assert (finding.path, finding.line, finding.rule) == ("zh.yml", 1, "translation-stale")


def test_texts_of_a_ledger_are_pairs() -> None:
    read = ledger.load(LEDGER, "docs/ledgers/screenshots.yml")
    found = list(stamps.of_ledger(read, "zh", ("en", "zh")))
    assert [(pair.key, pair.id, pair.translation.line) for pair in found] == [
        ("en/screenshots", "e/{locale}/a.png.alt", 4),
        ("en/screenshots", "b.png.alt", 6),
    ]
    text = stamp.record(EMPTY, found, [(pair.key, pair.id) for pair in found])
    known = ledger.load(text, PATH, "translations")
    assert told(known, found) == []
    changed = ledger.load(LEDGER.replace("左上角", "右上角"), "docs/ledgers/screenshots.yml")
    (finding,) = told(known, stamps.of_ledger(changed, "zh", ("en", "zh")))
    assert (finding.path, finding.line) == ("docs/ledgers/screenshots.yml", 4)
    assert "+ 首页右上角" in finding.hint


def test_labels_of_a_drawing_are_pairs() -> None:
    text = "panels:\n  - step: {zh: 点订阅, en: Press Subscribe}\n"
    (pair,) = stamps.of_ledger(ledger.load(text, "docs/drawings/x.yml"), "zh", ("zh", "en"))
    assert (pair.key, pair.page, pair.id) == ("en/drawings/x", "drawings/x", "panels.0.step")


def unlike(pages: Mapping[str, str]) -> list[str]:
    return [str(found) for pair in pairs(pages) for found in checks.differences(pair, ())]


def test_parity_is_told_with_both_places() -> None:
    assert unlike(PAGES) == []
    changed = edited(en=("14 days", "15 days"))
    (finding,) = unlike(changed)
    assert finding == (
        "docs/e/en/a.md:10: '#apple' differs in numbers: 15 here, 14 in docs/e/zh/a.md:10"
        " [translation-parity]"
    )
    reason = "<!-- differs: numbers: days of grace -->"
    (elsewhere,) = unlike(edited(changed, en=("## Apple", f"{reason}\n\n## Apple")))
    assert "'#apple' differs in numbers" in elsewhere
    assert unlike(edited(changed, en=("15 days.", f"15 days. {reason}"))) == []
    assert unlike(edited(changed, zh=("14 天。", f"14 天。{reason}"))) == []
    assert unlike(edited(changed, zh=("14 天。", "14 天。<!-- differs: links: no -->"))) != []


def test_what_lags_knowingly_may_differ_and_is_listed() -> None:
    changed = edited(zh=("14 天", "15 天"))
    known = stamped(changed, stamped(PAGES), "#apple", behind="2026-11-29")
    assert checks.check_pairs(known, pairs(changed), ()) == []
    (lag,) = status.lagging(stamps.states(known, pairs(changed)), date(2026, 12, 1))
    assert lag.days == 2
    assert str(lag.finding) == (
        "docs/e/en/a.md:10: '#apple' lags behind its zh text since 2026-11-29: 2 days "
        "[translation-behind]"
    )
    assert (
        list(status.lagging(stamps.states(stamped(PAGES), pairs(PAGES)), date(2026, 12, 1))) == []
    )


def test_pages_and_sections_are_chosen_by_name() -> None:
    found = list(stamps.states(stamped(PAGES), pairs(edited(zh=("14 天", "15 天")))))

    def chosen(*targets: str) -> list[str]:
        return [f"{s.pair.id}: {s.what}" for s in stamp.selected(found, targets)]

    assert chosen() == chosen("a") == ["refund: as it was", "apple: changed in zh alone"]
    assert chosen("a#apple") == ["apple: changed in zh alone"]
    assert chosen("a#app", "b") == []
