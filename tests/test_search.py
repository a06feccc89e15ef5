"""Search as readers use it: its box in a browser, one index per edition and language."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from material.plugins.search import plugin as material  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

import kb.html
import kb.ledger
import kb.search
import search_index
from conftest import PREFIX, ROOT, Tab, built_pages, called, peak, until
from kb.editions import page_address
from kb.search import index
from kb.text.page import Page as Markdown
from kb_tools import status
from searching import (
    HOME,
    ask,
    built,
    hit_first,
    mean_reciprocal_rank,
    name,
    queries,
    ranks,
    run,
    sections,
    unseen,
)

OLD, OLD_EN = HOME["2023-07", "zh"], HOME["2023-07", "en"]
INPUT = ".kb-search__input"
RESULTS = ".kb-search__results li > a:first-child"


def box(reader: Tab, path: str) -> Page:
    """Open a page and, from the keyboard, its search box."""
    page = reader.open(path)
    page.keyboard.press("/")
    page.locator("#kb-search[open]").wait_for()
    return page


def typed(page: Page, query: str) -> list[str]:
    """The pages that the search box lists for a query, in its order; a query without any fails."""
    page.locator(INPUT).fill("")
    until(page, "!document.querySelector('.kb-search__results li')")
    page.locator(INPUT).fill(query)
    page.locator(RESULTS).first.wait_for(state="attached")
    home = page.evaluate(
        "new URL(document.getElementById('kb-search').dataset.base, location).pathname"
    )
    links = page.locator(RESULTS).evaluate_all("(links) => links.map((link) => link.pathname)")
    return [name(link.removeprefix(home)) for link in links]


@pytest.mark.parametrize(("edition", "locale"), HOME)
def test_the_golden_queries_find_their_page(
    tab: Callable[..., Tab], edition: str, locale: str
) -> None:
    reader = tab()
    page = box(reader, HOME[edition, locale])
    golden = queries(f"golden-{edition}-{locale}")
    assert len(golden) >= 25
    found = [typed(page, query) for query, _ in golden]
    places = ranks(found, (pages for _, pages in golden))
    missed = [
        f"{query}: {results[:3]}, not {pages}"
        for (query, pages), results, place in zip(golden, found, places, strict=True)
        if not 1 <= place <= 3
    ]
    assert missed == []
    assert hit_first(places) >= 0.92
    assert mean_reciprocal_rank(places) >= 0.95
    assert reader.problems == []


@pytest.mark.parametrize(
    ("kind", "first", "reciprocal"),
    [("heldout", 0.9, 0.94), ("tuning", 0.935, 0.965), ("spent", 0.83, 0.91)],
)
@pytest.mark.parametrize(("edition", "locale"), HOME)
def test_queries_fare_well(
    site: Path, kind: str, first: float, reciprocal: float, edition: str, locale: str
) -> None:
    if kind == "spent":
        known = [
            (query, [name(at) for at in right]) for query, right in unseen(edition, locale, "spent")
        ]
    else:
        known = queries(f"{kind}-{edition}-{locale}")
        assert len(known) >= 90
    found = ask(built(site / HOME[edition, locale]), [query for query, _ in known])
    assert all(found), "a query found nothing"
    places = ranks(
        [[name(page["page"]) for page in pages] for pages in found], (pages for _, pages in known)
    )
    assert hit_first(places) >= first
    assert mean_reciprocal_rank(places) >= reciprocal


def test_no_set_of_queries_has_one_of_another() -> None:
    for edition, locale in HOME:
        kinds = ("golden", "heldout", "tuning")
        asked = [query for kind in kinds for query, _ in queries(f"{kind}-{edition}-{locale}")]
        assert len(asked) == len(set(asked)), (edition, locale)


def test_each_language_has_an_index_of_its_own(site: Path) -> None:
    for (edition, locale), home in HOME.items():
        docs = sections(built(site / home))
        every = [page.parent for page in built_pages(site / home)]
        mine = {page.relative_to(site / home).as_posix() for page in every if locale in _lang(page)}
        indexed = {location.split("#")[0].rstrip("/") or "." for location, _, _ in docs}
        assert indexed == mine, (edition, locale)
        for location, title, _ in docs:
            file, _, section = location.partition("#")
            html = (site / home / file / "index.html").read_text("utf-8")
            assert not section or f'id="{section}"' in html, location
            assert "<" not in re.sub(r"<(?=[ \d=-])|{% img|<https?:", "", title)


def test_the_index_leaves_out_notes_on_facts_and_keeps_cells_apart(site: Path) -> None:
    home = HOME["2026-11", "zh"]
    note = '每月 20 美元<span class="kb-fact__due">（截至 2026 年 3 月，待复核）</span>起'
    assert kb.search.readable(f"<p>{note}</p>") == "<p>每月 20 美元起</p>"
    texts = {location: text for location, _, text in sections(built(site / home))}
    assert [*site.rglob("asked.yml"), *site.rglob("translations.yml")] == []
    assert not any("kb:" in text for at, text in texts.items())
    assert "话题 当时的说法 现在（或何时改变）" in texts["changes/#changes-models"]


def _lang(folder: Path) -> list[str]:
    html = (folder / "index.html").read_text("utf-8")
    return re.findall(r'<html lang="(\w+)', html)


def test_the_index_is_loaded_only_when_the_box_is_wanted_and_kept(tab: Callable[..., Tab]) -> None:
    reader = tab()
    asked: list[str] = []

    def note(request: Any) -> None:
        if f"/{index.FOLDER}/" in (path := urlsplit(request.url).path) and "/assets/" not in path:
            asked.append(path)

    reader.page.context.on("request", note)
    page = reader.open(f"{OLD_EN}billing/")
    assert asked == []
    page.keyboard.press("/")
    page.locator("#kb-search[open]").wait_for()
    until(page, "performance.getEntriesByName(beside('search/box.js')).length")
    page.locator(INPUT).fill("waitlist")
    page.locator(RESULTS).first.wait_for(state="attached")
    assert f"{PREFIX}{OLD_EN}search/index.js" in asked
    assert all(path.startswith(f"{PREFIX}{OLD_EN}search/") for path in asked)
    named = {path.split("/")[-2] for path in asked} - {"search"}
    assert len(named) == 1
    assert re.fullmatch("[0-9a-f]{8}", named.pop())
    kinds = [path.split("/")[-1] for path in asked]
    assert kinds[:2] == ["index.js", "core.js"]
    assert 1 <= len([kind for kind in kinds[2:] if re.fullmatch(r"p\d+\.js", kind)]) <= 8
    assert len(set(asked)) == len(asked)
    assert reader.problems == []


def test_a_result_leads_to_its_section_with_the_words_marked(tab: Callable[..., Tab]) -> None:
    reader = tab()
    page = box(reader, OLD)
    assert typed(page, "充值 USDT")[0] == "plus/virtual-card"
    section = page.locator(".kb-search__results li").first.locator("a[href*='#top-up']")
    assert section.locator("mark").first.inner_text() in ("充值", "USDT")
    section.click()
    page.wait_for_url(re.compile(r"/plus/virtual-card/#top-up$"))
    marked = page.evaluate(
        """[...CSS.highlights.get("kb-found")].map(({ startContainer, startOffset, endOffset }) =>
            startContainer.data.slice(startOffset, endOffset))"""
    )
    assert "充值" in marked
    assert reader.problems == []


def test_enter_opens_the_first_result(tab: Callable[..., Tab]) -> None:
    page = box(tab(), OLD_EN)
    assert typed(page, "set up paid account")[0] == "api-payment"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/en/api-payment/"))


def test_chinese_input_searches_for_characters_not_for_half_typed_pinyin(
    tab: Callable[..., Tab],
) -> None:
    reader = tab()
    page = box(reader, OLD)
    while not page.workers:  # the script of the box asks for whatever it finds typed when it comes
        page.wait_for_timeout(20)
    ime = page.context.new_cdp_session(page)
    pinyin = {"text": "jiujinshan", "selectionStart": 10, "selectionEnd": 10}
    ime.send("Input.imeSetComposition", pinyin)
    page.locator(INPUT).evaluate(
        "(e) => e.dispatchEvent(new KeyboardEvent('keyup', {isComposing: true, bubbles: true}))"
    )
    assert page.locator(INPUT).input_value() == "jiujinshan"
    assert page.locator(".kb-search__status").inner_text() == "键入以开始搜索"
    ime.send("Input.insertText", {"text": "旧金山"})
    page.locator(RESULTS).first.wait_for(state="attached")
    assert page.locator(INPUT).input_value() == "旧金山"
    assert "/plus/apple-alipay/" in str(page.locator(RESULTS).first.get_attribute("href"))
    assert reader.problems == []


def test_what_could_not_be_loaded_is_said_and_tried_again(tab: Callable[..., Tab]) -> None:
    page = tab().page
    page.route("**/search/*/core.js", lambda route: route.abort())
    page.goto(f"{tab().address}{OLD_EN}")
    page.keyboard.press("/")
    page.locator(INPUT).fill("waitlist")
    retry = page.locator(".kb-search__retry")
    retry.wait_for()
    assert "could not be loaded" in page.locator("#kb-search [role=status]").inner_text()
    assert page.locator(RESULTS).count() == 0
    page.unroute("**/search/*/core.js")
    retry.click()
    page.locator(RESULTS).first.wait_for(state="attached")
    assert retry.is_hidden()


def test_nothing_found_leads_on(tab: Callable[..., Tab]) -> None:
    reader = tab()
    page = box(reader, HOME["2026-11", "en"])
    page.locator(INPUT).fill("qqzzxy wwvvk")
    page.locator(".kb-search__others").wait_for()
    assert page.locator("#kb-search [role=status]").inner_text().startswith("Nothing found")
    other, questions = page.locator(".kb-search__others a").all()
    assert "/2023-07/" in str(other.evaluate("(a) => a.href"))
    assert other.evaluate("(a) => new URL(a.href).searchParams.get('q')") == "qqzzxy wwvvk"
    assert str(questions.evaluate("(a) => a.pathname")).endswith("/2026-11/en/faq/")
    assert reader.problems == []


def test_the_search_works_from_a_disk(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / HOME["2026-11", "en"] / "index.html").as_uri())
    page.keyboard.press("/")
    page.locator(INPUT).fill("refund")
    page.locator(RESULTS).first.wait_for(state="attached")
    assert "/subscribe/manage/" in str(page.locator(RESULTS).first.evaluate("(a) => a.href"))
    page.close()


def test_markup_in_a_query_stays_text(tab: Callable[..., Tab]) -> None:
    reader = tab()
    page = box(reader, OLD)
    typed(page, '<img src=x onerror="document.title=1"> OneKey (')
    assert page.locator(".kb-search__results img").count() == 0
    assert reader.problems == []


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("虚拟信用卡", ["虚拟", "拟信", "信用", "用卡"]),
        ("卡", ["卡"]),
        ("ＯｎｅＫｅｙ充值", ["oneke", "充值"]),
        ("GPT-4 与gpt4", ["gpt", "4", "与", "gpt", "4"]),
        ("19.99 30USDT", ["19.99", "30", "usdt"]),
        ("15,000 2024,5 1,2", ["15000", "2024,5", "1,2"]),
        ("US$20, 20 dollars", ["us", "dollar", "20", "20", "dollar"]),
        ("Verify verified verification", ["verif", "verif", "verif"]),
        ("getting the author’s cards", ["get", "the", "author", "card"]),
        ("programmatically, program", ["program", "program"]),
        ("deprecated deprecations", ["deprec", "deprec"]),
        ("estimate estimator", ["estim", "estim"]),
        ("suspended suspension", ["suspend", "suspend"]),
        ("paid bought", ["pay", "buy"]),
        ("constructor __proto__ toString", ["constructor", "proto", "tostr"]),
        ("𠮷野家 a", ["𠮷野", "野家", "a"]),
        ("x" * 5000, ["x" * 40]),
    ],
)
def test_words_are_cut_so_that_their_forms_meet(text: str, terms: list[str]) -> None:
    script = "(text) => tokens(fold(text, new Map())).map(({ term }) => term)"
    assert run(script, text) == terms


@pytest.mark.parametrize(("edition", "locale"), HOME)
def test_every_title_finds_its_section(site: Path, edition: str, locale: str) -> None:
    files = built(site / HOME[edition, locale])
    titles = {location: title for location, title, _ in sections(files)}
    found = ask(files, list(titles.values()))
    lost = [
        (title, location)
        for (location, title), pages in zip(titles.items(), found, strict=True)
        if not any(location in page["sections"] for page in pages)
    ]
    assert lost == []


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("giftcard", "gift card"),
        ("gitf", "gift card"),
        ("authentictaor", "Google Authenticator"),
        ("绑卡", "绑定信用卡"),
        ("卡", "绑定信用卡"),
        ("vpn", "Shadowrocket"),
        ("subscripton", "a subscription, subscriptions"),
        ("退钱", "怎样退款"),
        ("19.9", "19.99"),
    ],
)
def test_loose_wording_is_understood(query: str, first: str) -> None:
    texts = [
        "gift card",
        "Google Authenticator",
        "绑定信用卡",
        "Shadowrocket",
        "19.99",
        "1999 card 绑",
        "退出，可以随时不给钱",
        "怎样退款",
        "a subscription, subscriptions",
        "subscriptions",
        "subscription",
        "subscriptions",
    ]
    synonyms = [["vpn", "Shadowrocket"], ["退钱", "退款", "退还费用"]]
    docs = [{"location": f"{i}/", "title": "", "text": text} for i, text in enumerate(texts)]
    (pages,) = ask(made(docs, synonyms), [query])
    assert texts[int(pages[0]["page"][:-1])] == first


def made(docs: Sequence[dict[str, Any]], synonyms: Sequence[Sequence[str]] = ()) -> dict[str, Any]:
    """The files of an index of these sections, by their names in the engine."""
    texts = index.make(docs, synonyms).files.values()
    parsed = [json.loads(f"[{text[len('kbIndex(') :].strip()[:-1]}]") for text in texts]
    return {name.rpartition("/")[2]: data for name, data in parsed}


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("my card is refused", "pay/#declined"),  # like a phrase of one section
        ("Declined", "pay/#declined"),  # its heading, word for word
        ("where do I ask", "help/"),  # nothing but filler words, and asked so
        ("where", "pay/#where"),
        ("bank", "pay/#declined"),  # a word that stands in a phrase alone
        ("changelog", "changes/"),  # a phrase's page has no handicap
    ],
)
def test_what_readers_ask_leads_to_the_section(query: str, first: str) -> None:
    docs = [
        {"location": "pay/", "title": "Paying", "text": "card card refused"},
        {
            "location": "pay/#where",
            "title": "Where",
            "text": "where to pay: Get Pro",
        },
        {
            "location": "pay/#declined",
            "title": "Declined",
            "text": "Try again.",
            "asked": ["my card was refused", "bank says no"],
        },
        {"location": "help/", "title": "Help", "text": "Write.", "asked": ["where do I ask"]},
        {
            "location": "changes/",
            "title": "Changes",
            "text": "",
            "asked": ["changelog"],
            "boost": 0.1,
        },
        {"location": "log/", "title": "Log", "text": "changelog", "asked": ["log"]},
    ]
    (pages,) = ask(made(docs), [query])
    assert pages[0]["sections"][0] == first


@pytest.mark.parametrize(
    ("query", "spelled"),
    [
        ("giftcard", "gift card"),
        ("plug-ins", "plugins"),
        ("plug ins", "plugins"),
        ("for my team", "for my team"),  # "formy" is no word, though it has the stem of "form"
        ("topup", "topup"),  # it stands so
        ("notebook", "notebook"),
    ],
)
def test_words_are_parted_and_joined_as_the_texts_have_them(query: str, spelled: str) -> None:
    texts = ["a gift card", "plugins", "a form for my team", "topup, top up", "a note, a page"]
    docs = [{"location": f"{i}/", "title": "", "text": text} for i, text in enumerate(texts)]
    script = """({ files, query }) => {
        const engine = new Engine(files.core)
        answered(engine, files, query)
        return engine.spelled(query)
    }"""
    assert run(script, {"files": made(docs), "query": query}) == spelled


def test_an_index_of_many_files_answers_as_that_of_one(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = HOME["2023-07", "en"]
    said = {"billing/": ["where is the waitlist", "card refused"], "": ["start"]}
    docs = [
        {"location": at, "title": title, "text": text, "asked": said.get(at, [])}
        for at, title, text in sections(built(site / home))
    ]
    asked = [query for query, _ in queries("tuning-2023-07-en")][:40]
    together = made(docs)
    assert not any(name[0] == "t" for name in together)
    monkeypatch.setattr(index, "TOGETHER", 0)
    apart = made(docs)
    assert len([name for name in apart if name[0] == "t"]) > 1
    assert ask(apart, asked) == ask(together, asked)


def test_a_number_belongs_to_its_unit() -> None:
    docs = [
        {"location": "a/", "title": "", "text": "14 美元，每天 7 次，天天如此"},
        {"location": "b/", "title": "", "text": "14 天以内"},
    ]
    (pages,) = ask(made(docs), ["14天"])
    assert pages[0]["page"] == "b/"


def test_a_page_counts_as_a_whole_and_by_its_boost() -> None:
    docs = [
        {"location": "list/", "title": "Everything", "text": "cancel", "boost": 0.5},
        {"location": "one/", "title": "First", "text": "cancel"},
        {"location": "two/", "title": "Second", "text": "cancel"},
        {"location": "two/#refund", "title": "Refund", "text": "refund"},
    ]
    cancel, everything = ask(made(docs), ["cancel refund", "everything"])
    assert [page["page"] for page in cancel] == ["two/", "one/", "list/"]
    assert [page["page"] for page in everything] == ["list/"]


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("訂閱", "订阅"),
        ("帳單", "账单"),
        ("帐单", "账单"),
        ("驗證碼", "验证码"),
        ("詐騙", "诈骗"),
        ("臺灣", "台湾"),
        ("轉帳", "转账"),
        ("信用咔", "信用卡"),
        ("ｔｕｉｋｕａｎ", "退款"),
        ("tuikuan", "退款"),
        ("tui kuan", "退款"),
        ("xuni ka", "虚拟卡"),
        ("ＡＰＩ充值", "api 充值"),
    ],
)
def test_chinese_is_found_as_it_is_typed(site: Path, typed: str, plain: str) -> None:
    files = built(site / HOME["2026-11", "zh"])
    (pages, wanted) = ask(files, [typed, plain])
    assert wanted[0]["page"] in [page["page"] for page in pages[:3]]


def test_only_characters_that_the_texts_can_answer_are_shipped() -> None:
    assert "龍龙" not in index.traditional("订阅")
    assert "訂订" in index.traditional("订阅")


def test_titles_are_known_by_how_they_are_spoken() -> None:
    assert index.spoken("API 退款：信用卡\n推卡") == "ka卡kuan款tui推退xin信yong用"
    assert index.spoken("卡 Plus") == ""


def test_a_page_without_phrases_keeps_the_place_that_its_text_gives_it() -> None:
    plain = [
        {"location": "new/", "title": "Refunds", "text": "How to get a refund of the fee."},
        {"location": "old/", "title": "Cancel", "text": "Cancel first. A refund may follow."},
        {"location": "far/", "title": "Law", "text": "No refund here."},
    ]
    fed = [dict(doc) for doc in plain]
    fed[1]["asked"] = ["get a refund now", "refund of the fee", "how do refunds work"]
    asked = ["refund", "get a refund", "refund of another fee"]
    alone, helped = (ask(made(docs), asked) for docs in (plain, fed))
    assert [pages[0]["page"] for pages in alone] == ["new/"] * 3
    assert [pages[0]["page"] for pages in helped] == ["new/"] * 3
    assert ask(made(fed), ["get a refund now"])[0][0]["page"] == "old/"  # its very phrase
    fed[0]["asked"] = ["money back"]
    assert ask(made(fed), ["how refunds work"])[0][0]["page"] == "old/"  # among fed pages it counts


LOST = "({ docs, held }) => lost(docs, build(held))"


def lost(docs: Sequence[dict[str, Any]], held: Sequence[dict[str, Any]] = ()) -> list[list[str]]:
    """What an index of the sections `held`, or of all of them, does not find."""
    found: list[list[str]] = run(LOST, {"docs": docs, "held": index.given(held or docs, [])})
    return found


PROTOTYPE = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf", "prototype"]
BLOCKS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cn"]), max_size=60)
WORDS = st.one_of(
    BLOCKS, st.sampled_from(PROTOTYPE), st.integers(1, 5000).map(lambda n: "長a1"[n % 3] * n)
)


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS, min_size=3, max_size=8), st.lists(WORDS, min_size=1, max_size=6))
def test_no_word_breaks_index_or_engine(texts: list[str], asked: list[str]) -> None:
    docs = [
        {
            "location": f"{i}/",
            "title": text[:80],
            "text": f"{text} anchor",
            "asked": [text] if text.strip() else [],
        }
        for i, text in enumerate(texts)
    ]
    docs.append({"location": "known/", "title": "Known", "text": "lighthouse"})
    *found, known = ask(made(docs, [texts[:2]]), [*texts, *asked, "lighthouse"])
    assert known[0]["page"] == "known/"
    assert lost(docs) == []
    for text, pages in zip(texts, found, strict=False):
        if re.search(r"[a-z一-龥]{2}", text[:200]):
            assert pages, text


def test_every_block_of_unicode_is_indexed_and_asked() -> None:
    blocks = [
        "".join(chr(code) for code in range(at, at + 128) if chr(code).isprintable())
        for at in [*range(0, 0xD800, 128), *range(0xE000, 0x20000, 1024)]
    ]
    docs = [{"location": f"{i}/", "title": "", "text": text} for i, text in enumerate(blocks)]
    found = ask(made(docs), [text[:40] for text in blocks])
    letters = [i for i, text in enumerate(blocks) if sum(char.isalpha() for char in text[:40]) > 30]
    assert len(letters) > 300
    assert [i for i in letters if not found[i]] == []


def test_a_page_that_the_finished_index_does_not_find_is_told() -> None:
    docs = [
        {"location": f"{word.lower()}/", "title": word, "text": f"All about a {word.lower()}."}
        for word in ("Lighthouse", "Harbour", "Anchorage")
    ]
    assert lost(docs) == []
    assert index.check(index.Index({}, []), {}) == []
    sources = {"lighthouse/": "docs/e/en/lighthouse/index.md"}
    missed = [(page, question) for page, question in lost(docs, docs[1:])]
    assert set(missed) == {("lighthouse/", "Lighthouse"), ("lighthouse/", "lighthouse")}
    told = [str(finding) for finding in index.check(index.Index({}, missed), sources)]
    said = "docs/e/en/lighthouse/index.md:1: 'Lighthouse' does not find this page [search-lost]"
    assert any(line.startswith(said) for line in told)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("怎么办：", ""),  # fillers and a mark
        ("What is it?", ""),
        ("订正", "对照也在原文里，能不能看，钥匙锁的。"),  # with a filler in each pair that is rare
        ("🎉", "订正"),  # no word at all
        ("再说一遍 " * 60, ""),  # more than anybody types
    ],
)
def test_what_nobody_types_is_not_told_as_lost(title: str, text: str) -> None:
    docs = [{"location": "a/", "title": title, "text": text}]
    assert lost(docs) == []
    assert lost(docs, [{**docs[0], "title": "x", "text": ""}])


def test_a_page_that_others_come_before_is_not_lost() -> None:
    usual = [
        {"location": f"{i}/", "title": "Prices", "text": "Prices, prices, prices"} for i in range(5)
    ]
    usual.append({"location": "new/", "title": "Log", "text": "", "boost": 0.1})
    usual.append({"location": "new/#a", "title": "Prices of all", "text": "a"})
    assert lost(usual) == []
    assert "new/" not in [page["page"] for page in ask(made(usual), ["prices of all"])[0][:3]]


def test_what_is_packed_is_unpacked() -> None:
    posting = [[0, 1], [1, 31], [28, 0], [29, 7], [900, 1], [900_000, 16]]
    assert run("(posting) => unpack(pack(posting))", posting) == posting


@pytest.mark.parametrize("tail", ["", "<p>c", "a < b & c", "<!-- c -->", "&nbsp;&lt;p>&amp;amp;"])
def test_material_reads_a_page_by_our_parser_as_by_python_s(tail: str) -> None:
    page = f"""
<h1 id="a">A <code>x</code></h1>
<p>one<br />two <img src="x"/> &lt;b&gt; <a class="headerlink" href="#a">¶</a></p>
<div><h2 id="b" data-x>B &amp; C</h2><pre><code>  a
  b</code></pre><svg><path d="M0"/></svg></div><ul><li> </li><li>three</li></ul>
<SCRIPT>if (a<b) x()</SCRIPT><h3>no id</h3><p data-search-exclude>no</p>{tail}"""

    def read(feed: Any) -> list[tuple[object, ...]]:
        parser = material.Parser()
        feed(parser, page)
        parser.close()
        return [(part.id, "".join(part.title), "".join(part.text)) for part in parser.data]

    assert search_index.material.Parser.feed is kb.html.feed
    assert read(kb.html.feed) == read(HTMLParser.feed)
    assert [part[0] for part in read(kb.html.feed)] == [None, "a", "b"]


def test_entries_are_split_by_language_with_addresses_from_its_root() -> None:
    entries = [
        {"location": "", "title": "首页", "text": "<p>一 &lt; 二</p>", "tags": ["标签"]},
        {"location": "english/#a", "title": "<code>x</code>y", "text": "", "tags": ["标签"]},
        {"location": "en/", "title": "Home", "text": "<p>one</p><p>two</p>", "boost": 0.5},
    ]
    summaries = {"": "概要", "en/": ""}
    texts = [kb.search.text_of(entry) for entry in entries]
    found = kb.search.split(texts, ["zh", "en"], summaries, {})
    assert found["zh"] == [
        {
            "location": "",
            "title": "首页",
            "text": "一 < 二",
            "translated": ["Home"],
            "tags": ["标签"],
            "summary": "概要",
        },
        {"location": "english/#a", "title": "xy", "text": ""},
    ]
    assert found["en"] == [
        {"location": "", "title": "Home", "text": "one two", "translated": ["首页"], "boost": 0.5}
    ]


def test_phrases_go_to_their_section_and_the_first_heading_s_to_the_page() -> None:
    entries = [
        {"location": "en/a/", "title": "Refunds", "text": ""},
        {"location": "en/a/#how", "title": "How", "text": ""},
        {"location": "en/b/#how", "title": "How", "text": ""},
    ]
    asked = {"en": {"a": {"refunds": ["money back"], "how": ["where do I ask"]}}}
    docs = kb.search.split(entries, ["zh", "en"], {}, asked)["en"]
    assert [doc.get("asked") for doc in docs] == [["money back"], ["where do I ask"], None]


PAGES = {
    path: Markdown(path, "# Refunds { #refund }\n")
    for path in ("e/en/plans.md", "e/en/pay.md", "e/zh/pay.md")
}


def test_sections_that_no_phrase_leads_to_are_told_by_status_and_gate_nothing() -> None:
    asked = kb.ledger.load("pay:\n  refund: [money back]\n", "docs/e/en/asked.yml", "asked")
    (found,) = status.unasked(asked, "e/en", PAGES)
    assert (found.path, found.rule) == ("docs/e/en/plans.md", "asked-missing")
    assert found.message == "no phrase of docs/e/en/asked.yml leads to refund"
    assert "[asked-missing]" in called("status").stdout
    assert called("status", "--strict", "--as-of", "2026-11-29").returncode == 0


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("pay:\n  refund: [money back]\nplans:\n  refund: [refund]\n", []),
        (
            "pay: {}\nplan:\n  refund: [money back]\n",
            ["2: there is no page docs/e/en/plan.md [asked-section]\n  → nearest: e/en/plans.md"],
        ),
        (
            "pay:\n  refunds: [money back]\n",
            ["2: docs/e/en/pay.md has no section 'refunds' [asked-section]\n  → nearest: refund"],
        ),
        (
            "pay:\n  refund: [x, y,\n    money back]\nplans:\n  refund: [Money back]\n",
            ["5: 'Money back' stands in line 3 too [asked-twice]"],
        ),
        ("pay:\n  refund: [x, x]\n", ["2: 'x' stands in line 2 too [asked-twice]"]),
        ("pay: [refund]\n", []),  # that is told by its schema
    ],
)
def test_phrases_are_checked_against_the_pages(text: str, findings: list[str]) -> None:
    asked = kb.ledger.load(text, "docs/e/en/asked.yml", "asked")
    found = [str(finding) for finding in kb.search.check(asked, "e/en", PAGES)]
    assert found == [f"docs/e/en/asked.yml:{finding}" for finding in findings]


@pytest.mark.parametrize(("edition", "locale"), HOME)
def test_every_phrase_finds_its_section_first(site: Path, edition: str, locale: str) -> None:
    asked = yaml.safe_load((ROOT / "docs" / edition / locale / "asked.yml").read_text("utf-8"))
    files = built(site / HOME[edition, locale])
    held = {location for location, _, _ in sections(files)}
    wanted = [
        (phrase, page, section)
        for page, by_section in asked.items()
        for section, phrases in by_section.items()
        for phrase in phrases
    ]
    assert len(wanted) > 300
    found = ask(files, [phrase for phrase, _, _ in wanted])
    missed = []
    for (phrase, page, section), pages in zip(wanted, found, strict=True):
        at = page_address(page, "zh", "zh")  # from the root of the language
        # A page's first heading is the page itself.
        right = f"{at}#{section}" if f"{at}#{section}" in held else at
        if pages[0]["sections"][0] != right:
            missed.append((phrase, right, pages[0]["sections"][:2]))
    assert missed == []


def test_what_the_index_reads_of_a_page() -> None:
    note = '8 美元<span class="kb-fact__due">（截至 2026 年，待复核）</span>，'
    assert kb.search.plain(kb.search.readable(f"<p>{note}每月</p>")) == "8 美元，每月"
    row = "<tr><td>GPT-4</td><td>2025</td></tr>"
    assert kb.search.plain(kb.search.readable(row)) == "GPT-4 2025"
    linked = '<p id="p"><a title="a > b" href="c/">two</a><abbr>s</abbr> <aside>x</aside></p>'
    assert kb.search.readable(linked) == '<p id="p">twos <aside>x</aside></p>'
    hidden = "<p><span data-search-exclude>no</span> <b>yes</b></p>"  # its end must be found
    assert kb.search.readable(hidden) == hidden


def test_the_synonyms_are_a_valid_ledger() -> None:
    path = ROOT / "docs" / "ledgers" / f"{kb.search.LEDGER}.yml"
    assert kb.ledger.load(path.read_text("utf-8"), path.name, "synonyms").findings == ()


def test_syllables_are_looked_up_for_new_titles_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = index.spoken
    monkeypatch.setattr(index, "spoken", lambda titles: asked.append(titles) or real(titles))

    def made(title: str, text: str) -> index.Index:
        section = {"location": "a/", "title": title, "text": ""}
        docs = [section, section | {"location": "a/#b", "text": text}]
        found = index.make(docs, [], tmp_path / "memo")
        assert found == index.make(docs, [])
        return found

    first = made("退款", "订阅")
    assert made("退款", "订阅") == first
    assert made("退款", "取消订阅") != first
    made("卡", "取消订阅")
    assert asked == ["退款\n退款"] * 4 + ["卡\n卡"] * 2  # all but one of each without a memo


_MANY = """
import re
from pathlib import Path
from kb.search import index
texts = [path.read_text("utf-8") for path in sorted(Path("docs/2026-11/zh").rglob("*.md"))]
index.make([
    {"location": f"{at}/{part}", "title": f"{part} {at}", "text": f"{text} only{at}"}
    for at in range(700) for part, text in (("", ""), ("#text", texts[at % len(texts)]))
], [])
# What getrusage says is inherited from the tests.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


@pytest.mark.build
def test_texts_are_handed_to_the_engine_in_a_form_not_much_larger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handed: list[int] = []

    def run(*_: object, input: bytes, **__: object) -> Any:
        handed.append(len(input))
        return SimpleNamespace(stdout=b"{}")

    monkeypatch.setattr(index.subprocess, "run", run)  # type: ignore[attr-defined]
    _, most = peak(lambda: index._call({"docs": "购" * 1_000_000}))
    assert handed[0] < 3_001_000
    assert most < 8_000_000, "twice as a text of two bytes a character, once as it is sent"


def test_an_index_of_many_pages_leaves_no_heap_of_garbage() -> None:
    """By itself V8 takes 378 MiB for these."""
    command = [sys.executable, "-c", _MANY]
    environment = {**os.environ, "PYTHONPATH": "hooks"}
    made = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    assert float(made.stdout) < 300  # MiB
