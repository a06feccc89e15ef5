"""The words: what the glossary bans, where it explains, how things are typed and spelt."""

from __future__ import annotations

import contextlib
from typing import Any

import autocorrect_py
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import peak
from kb import ledger
from kb.text.page import Page
from kb.translations import glossary, language
from kb_tools import typography

LEDGER = """\
- term: credit
  zh: 额度
  en: prepaid credit
  note: {zh: 先付后用的钱就叫额度。, en: Money that is paid before it is used.}
  banned: {zh: [馀额], en: [pre-paid credit]}
- term: tier
  zh: 等级
  en: tier
  note: {zh: "级别，越高越<快>。", en: The level; the higher the faster.}
- {term: alipay, zh: 支付宝, en: Alipay}
"""


def known(locale: str = "en") -> list[dict[str, Any]]:
    return glossary.terms(ledger.load(LEDGER, "docs/ledgers/glossary.yml", "glossary"), locale)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Some pre-paid credit.", [(1, 6)]),
        ("Well.\n\nPre-paid Credit", [(3, 1)]),
        ("Some prepaid credit.", []),
        ("See [it](pre-paid credit).", []),
        ("pre-paid credits", []),
    ],
)
def test_banned_renderings_are_found_in_prose(text: str, places: list[tuple[int, int]]) -> None:
    found = list(glossary.check(Page("e/en/a.md", text), known()))
    assert [(finding.line, finding.col) for finding in found] == places
    assert {finding.hint for finding in found} <= {"write 'prepaid credit'"}


def test_chinese_words_have_no_edges() -> None:
    (finding,) = glossary.check(Page("e/zh/a.md", "查馀额多少"), known("zh"))
    assert str(finding) == (
        "docs/e/zh/a.md:1:2: the glossary has another word for '馀额' [term-banned]\n"
        "  → write '额度'"
    )


@pytest.mark.parametrize(
    ("html", "explained"),
    [
        ("<p>A tier, a tier.</p>", "<p>A {}, a tier.</p>"),
        ("<h2>Tier</h2><p>The tier.</p>", "<h2>Tier</h2><p>The {}.</p>"),
        (
            '<p><a href="#">tier</a> <code>tier</code> tier</p>',
            '<p><a href="#">tier</a> <code>tier</code> {}</p>',
        ),
        ('<p title="tier > x">frontier tiers</p>', '<p title="tier > x">frontier tiers</p>'),
        ("<p>No such word</p> <i>left</i> alone", "<p>No such word</p> <i>left</i> alone"),
        ('<p><img alt="tier"> tier</p>', '<p><img alt="tier"> {}</p>'),
    ],
)
def test_a_term_is_explained_at_its_first_use(html: str, explained: str) -> None:
    link = (
        '<a class="kb-term" href="../glossary/#tier" title="The level; the higher the faster.">'
        "tier</a>"
    )
    assert glossary.explain(html, known(), "en", "../glossary/") == explained.format(link)


def test_the_glossary_page_lists_all_terms_in_both_languages() -> None:
    read = ledger.load(LEDGER, "docs/ledgers/glossary.yml", "glossary")
    part = glossary.part(read, "zh")
    assert '<dt id="credit">额度 <span lang="en">prepaid credit</span></dt>' in part
    assert "级别，越高越&lt;快&gt;。" in part
    assert "alipay" not in part
    assert glossary.names(read, ("zh", "en")) == [{"zh": "支付宝", "en": "Alipay"}]


def test_a_glossary_that_cannot_be_read_explains_nothing() -> None:
    broken = ledger.load("- term: x\n", "docs/ledgers/glossary.yml", "glossary")
    assert broken.findings
    assert (glossary.terms(broken, "en"), glossary.names(broken, ("zh", "en"))) == ([], [])


WORDS = "spelling: [renminbi]\ntypography: [低至9折]\n"


def told(locale: str, text: str, words: str = WORDS) -> list[str]:
    read = ledger.load(words, "docs/ledgers/words.yml", "words")
    texts = {f"e/{locale}/a.md": text, "e/zh/b.md": "低至9折", "e/en/c.md": "renminbi"}
    pages = [Page(path, text) for path, text in texts.items()]
    found = [each for page in pages for each in language.check(page, read)]
    return [str(finding) for finding in (*found, *language.unused(pages, read))]


@pytest.mark.parametrize(
    ("locale", "text", "rules"),
    [
        ("zh", "用OpenAI付款", ["text-typography"]),
        ("zh", "用 OpenAI 付款,再看", ["text-typography"]),
        ("zh", "用 OpenAI 付款，再看", []),
        ("zh", "`用OpenAI付款`", []),
        ("zh", "```yaml\nx: {zh: 取消, en: Cancel}\n```", []),
        ("zh", "横幅 **低至9折**", []),
        ("en", "It is recieved.", ["text-spelling"]),
        ("en", "You’ve found it isn't received in renminbi.", []),
        ("en", "The **recieve** button, `recieve`", []),
        ("en", "See https://recieve.example/recieved and Recieve Inc.", []),
    ],
)
def test_typing_and_spelling(locale: str, text: str, rules: list[str]) -> None:
    assert [finding.split("[")[1].split("]")[0] for finding in told(locale, text)] == rules


@pytest.mark.parametrize("turned", [False, True])
def test_of_words_as_near_as_each_other_it_is_always_the_same(
    monkeypatch: pytest.MonkeyPatch, turned: bool
) -> None:
    asked = language.SpellChecker.candidates

    def candidates(speller: Any, word: str) -> list[str]:
        """A set of strings comes in another order in each process."""
        return sorted(asked(speller, word) or (), reverse=turned)

    monkeypatch.setattr(language.SpellChecker, "candidates", candidates)
    language._nearest.cache_clear()
    found = [language._nearest(word) for word in ("nano", "aiwan", "zzzzzz", "recieved")]
    assert found == ["kano", "aswan", "", "received"]


def test_a_misspelling_has_its_place_and_the_nearest_word() -> None:
    assert told("en", "Well.\nIt is recieved.") == [
        "docs/e/en/a.md:2:7: 'recieved' is in no dictionary [text-spelling]\n  → nearest: received"
    ]


def test_a_long_page_is_looked_at_and_a_tangled_line_is_named() -> None:
    (found,) = told("zh", "- a\n\n1. b\n\n" * 40_000 + "用OpenAI付款")
    assert found.startswith("docs/e/zh/a.md:160001:1: '用OpenAI付款' is not typed as usual")
    page = "好。\n\n" + "[[" * 2000 + "好\n\n用OpenAI付款\n"
    tangled, other = told("zh", page)
    assert tangled.startswith(
        f"docs/e/zh/a.md:3:1: '{'[' * 60}' is too long or tangled to be looked at"
    )
    assert other.startswith("docs/e/zh/a.md:5:1: '用OpenAI付款' is not typed as usual")
    words = ledger.load(WORDS, "docs/ledgers/words.yml", "words")
    mended = typography.mended(Page("e/zh/a.md", page), words)
    assert mended == page.replace("用OpenAI付款", "用 OpenAI 付款")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200))
def test_of_a_line_in_one_script_there_is_nothing_to_say(line: str) -> None:
    with contextlib.suppress(ValueError):  # where it gives up
        assert not autocorrect_py.lint_for(line.strip(), "markdown").lines


@pytest.mark.parametrize(("more", "known"), [(0, True), (1, False)])
def test_a_line_is_looked_at_up_to_a_length(more: int, known: bool) -> None:
    line = "用OpenAI付款"
    (found,) = told("zh", line + "。" * (language.LONG - len(line) + more))
    assert ("is not typed as usual" in found) == known


def test_typing_is_judged_in_a_list_as_in_a_paragraph() -> None:
    assert len(told("zh", "- 甲\n\n    用OpenAI付款\n")) == 1


def test_an_entry_that_no_page_needs_is_named() -> None:
    words = "spelling: [renminbi, qqq]\ntypography: [低至9折, 别的8折]\n"
    assert told("zh", "好", words) == [
        "docs/ledgers/words.yml:1: no page has 'qqq' [word-unused]",
        "docs/ledgers/words.yml:2: no page has '别的8折' [word-unused]",
    ]


def test_whether_pages_need_an_entry_takes_less_memory_than_they_do() -> None:
    read = ledger.load(WORDS, "docs/ledgers/words.yml", "words")
    pages = [Page(f"e/en/{n}.md", "so many words of a page " * 200) for n in range(400)]
    found, most = peak(lambda: list(language.unused(pages, read)))
    assert len(found) == 2
    assert most < sum(len(page.text) for page in pages) / 2


def test_typography_is_mended_but_for_what_is_kept() -> None:
    words = ledger.load(WORDS, "docs/ledgers/words.yml", "words")
    text = "用OpenAI付款,再看 `a,b用c`\n\n横幅 **低至9折**，低至8折\n"
    assert typography.mended(Page("e/zh/a.md", text), words) == (
        "用 OpenAI 付款，再看 `a,b用c`\n\n横幅 **低至9折**，低至 8 折\n"
    )
