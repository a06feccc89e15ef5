"""Search as readers use it: its box in a browser, one index per edition and language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from playwright.sync_api import Page

import kb.ledger
import kb.search
from conftest import PREFIX, ROOT, Tab
from kb.text.page import Page as Markdown

QUERIES = ROOT / "tests/search"
ENGINE = ROOT / "overrides/assets/search/engine.js"
HOME = {
    (edition, locale): f"{edition}/{path}"
    for edition in ("2026-11", "2023-07")
    for locale, path in (("zh", ""), ("en", "en/"))
}
OLD, OLD_EN = HOME["2023-07", "zh"], HOME["2023-07", "en"]
INPUT = ".kb-search__input"
RESULTS = ".kb-search__results li > a:first-child"


def queries(name: str) -> list[tuple[str, list[str]]]:
    """The queries of a file with the pages that answer them, best known first."""
    entries = yaml.safe_load((QUERIES / f"{name}.yml").read_text("utf-8"))
    return [
        (entry["query"], [entry["page"]] if isinstance(entry["page"], str) else entry["page"])
        for entry in entries
    ]


def name(location: str) -> str:
    """`plus/apple/` as the queries name it: `plus/apple`."""
    path = location.strip("/")
    return path if path not in ("", "plus") else f"{path}/index".strip("/")


def box(reader: Tab, path: str) -> Page:
    """Open a page and, from the keyboard, its search box."""
    page = reader.open(path)
    page.keyboard.press("/")
    page.locator("#kb-search[open]").wait_for()
    return page


def typed(page: Page, query: str) -> list[str]:
    """The pages that the search box lists for a query, in its order; a query without any fails."""
    page.locator(INPUT).fill("")
    page.wait_for_function("!document.querySelector('.kb-search__results li')")
    page.locator(INPUT).fill(query)
    page.locator(RESULTS).first.wait_for(state="attached", timeout=5_000)
    home = page.evaluate(
        "new URL(document.getElementById('kb-search').dataset.base, location).pathname"
    )
    links = page.locator(RESULTS).evaluate_all("(links) => links.map((link) => link.pathname)")
    return [name(link.removeprefix(home)) for link in links]


def located(page: Page, asked: Sequence[str]) -> list[list[str]]:
    """The best sections, one per page, that the page's own search worker gives for each query."""
    answers: list[list[str]] = page.evaluate(
        """async (asked) => {
            const { index } = document.getElementById("kb-search").dataset
            const address = new URL(beside("search/worker.js"))
            address.search = encodeURIComponent(new URL(index, location))
            const worker = new Worker(address)
            const replies = []
            const all = new Promise((done) => {
                worker.onmessage = ({ data: { type, data } }) =>
                    type === 3 && replies.push(data.items) === asked.length && done()
            })
            for (const query of asked) worker.postMessage({ type: 2, data: query })
            await all
            worker.terminate()
            return replies.map((items) => items.map(([{ location }]) => location))
        }""",
        asked,
    )
    return answers


def answered(page: Page, asked: Sequence[str]) -> list[list[str]]:
    """The pages that the page's own search worker gives for each query, in its order."""
    return [
        [name(location.partition("#")[0]) for location in locations]
        for locations in located(page, asked)
    ]


def ranks(results: Iterable[Sequence[str]], wanted: Iterable[Sequence[str]]) -> list[int]:
    """The place of the first right page in each list of results, from 1; 0 for none."""
    return [
        next((place for place, page in enumerate(found, 1) if page in pages), 0)
        for found, pages in zip(results, wanted, strict=True)
    ]


def hit_first(places: Sequence[int]) -> float:
    """The share of queries whose right page comes first."""
    return places.count(1) / len(places)


def mean_reciprocal_rank(places: Sequence[int]) -> float:
    """1 for a first place, 1/2 for a second, …, on average."""
    return sum(1 / place for place in places if place) / len(places)


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


@pytest.mark.parametrize("kind", ["heldout", "tuning"])
@pytest.mark.parametrize(("edition", "locale"), HOME)
def test_queries_fare_well_also_those_that_nothing_was_tuned_on(
    tab: Callable[..., Tab], kind: str, edition: str, locale: str
) -> None:
    known = queries(f"{kind}-{edition}-{locale}")
    assert len(known) >= 90
    found = answered(tab().open(HOME[edition, locale]), [query for query, _ in known])
    assert all(found), "a query found nothing"
    places = ranks(found, (pages for _, pages in known))
    assert hit_first(places) >= 0.95
    assert mean_reciprocal_rank(places) >= 0.97


def test_no_set_of_queries_has_one_of_another() -> None:
    for edition, locale in HOME:
        kinds = ("golden", "heldout", "tuning")
        asked = [query for kind in kinds for query, _ in queries(f"{kind}-{edition}-{locale}")]
        assert len(asked) == len(set(asked)), (edition, locale)


def test_each_language_has_an_index_of_its_own(site: Path) -> None:
    for (edition, locale), home in HOME.items():
        docs = _index(site, home)
        every = [page.parent for page in (site / home).rglob("index.html")]
        mine = {page.relative_to(site / home).as_posix() for page in every if locale in _lang(page)}
        indexed = {doc["location"].split("#")[0].rstrip("/") or "." for doc in docs}
        assert indexed == mine, (edition, locale)
        for doc in docs:
            file, _, section = doc["location"].partition("#")
            html = (site / home / file / "index.html").read_text("utf-8")
            assert not section or f'id="{section}"' in html, doc["location"]
            assert "<" not in re.sub(r"<(?=[ \d=-])|{% img|<https?:", "", doc["title"])


def test_the_index_leaves_out_notes_on_facts_and_keeps_cells_apart(site: Path) -> None:
    home = HOME["2026-11", "zh"]
    note = '每月 20 美元<span class="kb-fact__due">（截至 2026 年 3 月，待复核）</span>起'
    assert kb.search.readable(f"<p>{note}</p>") == "<p>每月 20 美元起</p>"
    texts = {doc["location"]: doc["text"] for doc in _index(site, home)}
    assert [*site.rglob("asked.yml"), *site.rglob("translations.yml")] == []
    assert not any("kb:" in text for at, text in texts.items() if "editing" not in at)
    assert "话题 当时的说法 现在（或何时改变）" in texts["changes/#changes-models"]


def _index(site: Path, home: str) -> list[dict[str, Any]]:
    path = site / home / "search/search_index.json"
    docs: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["docs"]
    return docs


def _lang(folder: Path) -> list[str]:
    html = (folder / "index.html").read_text("utf-8")
    return re.findall(r'<html lang="(\w+)', html)


def test_the_index_is_loaded_only_when_the_box_is_wanted(tab: Callable[..., Tab]) -> None:
    reader = tab()
    asked: list[str] = []
    reader.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page = reader.open(f"{OLD_EN}billing/")
    index = f"{PREFIX}{OLD_EN}search/search_index.json"
    assert index not in asked
    page.keyboard.press("/")
    page.locator(INPUT).fill("waitlist")
    page.locator(RESULTS).first.wait_for(state="attached")
    assert index in asked
    assert f"{PREFIX}{OLD}search/search_index.json" not in asked
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
        ("帐号", ["账号"]),
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
    ],
)
def test_words_are_cut_so_that_their_forms_meet(
    tab: Callable[..., Tab], text: str, terms: list[str]
) -> None:
    found = _engine(tab, "(text) => tokens(fold(text)).map(({ term }) => term)", text)
    assert found == terms


def test_every_term_of_a_title_is_found_in_the_text_it_stands_in(
    tab: Callable[..., Tab], site: Path
) -> None:
    for home in HOME.values():
        docs = _index(site, home)
        lost = _engine(
            tab,
            """(docs) => {
                const engine = new Engine(docs)
                return docs.filter(({ title, location }) => !engine.rank(title)
                    .flatMap(({ sections }) => sections)
                    .some(({ id }) => docs[id].location === location))
            }""",
            docs,
        )
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
def test_loose_wording_is_understood(tab: Callable[..., Tab], query: str, first: str) -> None:
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
    found = _engine(
        tab,
        """({ docs, synonyms, query }) => new Engine(docs, synonyms).rank(query)
            .map(({ page }) => page.text)""",
        {"docs": docs, "synonyms": synonyms, "query": query},
    )
    assert found[0] == first


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("my card is refused", "pay/#declined"),  # like a phrase of one section
        ("Declined", "pay/#declined"),  # its heading, word for word
        ("where do I ask", "help/"),  # nothing but filler words, and asked so
        ("where", "pay/#where"),
        ("bank", "pay/#declined"),  # a word that stands in a phrase alone
        ("changelog", "changes/"),  # a phrase's page has no handicap
        ("Get Pro", "pay/#where"),  # a button's name
    ],
)
def test_what_readers_ask_leads_to_the_section(
    tab: Callable[..., Tab], query: str, first: str
) -> None:
    docs = [
        {"location": "pay/", "title": "Paying", "text": "card card refused"},
        {
            "location": "pay/#where",
            "title": "Where",
            "text": "where to pay: Get Pro",
            "labels": ["Get Pro"],
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
        {"location": "log/", "title": "Log", "text": "changelog of the changelog: get pro, pro"},
    ]
    ranked = """({ docs, query }) => {
        const engine = new Engine(docs)
        return engine.sections[engine.rank(query)[0].sections[0].id].doc.location
    }"""
    assert _engine(tab, ranked, {"docs": docs, "query": query}) == first


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("money back soon", ["soon"]),  # "refund" is another name of the first two words
        ("money soon", ["money", "soon"]),  # but not of one of them
        ("refnd", []),
        ("bank refund", []),  # it stands in a phrase
    ],
)
def test_a_word_is_called_missing_only_where_nothing_says_it(
    tab: Callable[..., Tab], query: str, missing: list[str]
) -> None:
    doc = {"location": "a/", "title": "Refund", "text": "refund refund", "asked": ["ask the bank"]}
    filler = [{"location": f"{i}/", "title": "", "text": "refund"} for i in range(5)]
    script = """({ docs, query }) => {
        const { terms } = new Engine(docs, [["money back", "refund"]]).finder(query)(docs[0])
        return Object.keys(terms).filter((word) => !terms[word])
    }"""
    assert _engine(tab, script, {"docs": [doc, *filler], "query": query}) == missing


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
def test_words_are_parted_and_joined_as_the_texts_have_them(
    tab: Callable[..., Tab], query: str, spelled: str
) -> None:
    texts = ["a gift card", "plugins", "a form for my team", "topup, top up", "a note, a book"]
    docs = [{"location": f"{i}/", "title": "", "text": text} for i, text in enumerate(texts)]
    script = "({ docs, query }) => new Engine(docs).spelled(query)"
    assert _engine(tab, script, {"docs": docs, "query": query}) == spelled


def test_a_number_belongs_to_its_unit(tab: Callable[..., Tab]) -> None:
    docs = [
        {"location": "a/", "title": "", "text": "14 美元，每天 7 次，天天如此"},
        {"location": "b/", "title": "", "text": "14 天以内"},
    ]
    ranked = "(docs) => new Engine(docs).rank('14天').map(({ page }) => page.location)"
    assert _engine(tab, ranked, docs)[0] == "b/"


def test_a_page_counts_as_a_whole_and_by_its_boost(tab: Callable[..., Tab]) -> None:
    docs = [
        {"location": "list/", "title": "Everything", "text": "cancel", "boost": 0.5},
        {"location": "one/", "title": "First", "text": "cancel"},
        {"location": "two/", "title": "Second", "text": "cancel"},
        {"location": "two/#refund", "title": "Refund", "text": "refund"},
    ]
    ranked = "(docs) => new Engine(docs).rank('cancel refund').map(({ page }) => page.location)"
    assert _engine(tab, ranked, docs) == ["two/", "one/", "list/"]
    asked = "(docs) => new Engine(docs).rank('everything').map(({ page }) => page.location)"
    assert _engine(tab, asked, docs) == ["list/"]


def _engine(tab: Callable[..., Tab], expression: str, argument: Any) -> Any:
    page = tab().page
    page.add_script_tag(content=ENGINE.read_text("utf-8"))
    return page.evaluate(expression, argument)


def test_entries_are_split_by_language_with_addresses_from_its_root() -> None:
    entries = [
        {"location": "", "title": "首页", "text": "<p>一 &lt; 二</p>", "tags": ["标签"]},
        {"location": "english/#a", "title": "<code>x</code>y", "text": "", "tags": ["标签"]},
        {"location": "en/", "title": "Home", "text": "<p>one</p><p>two</p>", "boost": 0.5},
    ]
    summaries = {"": "概要", "en/": ""}
    indexes = kb.search.split(entries, ["zh", "en"], summaries, {"en": [["a", "b"]]}, {}, {})
    assert indexes["zh"]["docs"] == [
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
    assert indexes["en"]["docs"] == [
        {"location": "", "title": "Home", "text": "one two", "translated": ["首页"], "boost": 0.5}
    ]
    assert (indexes["zh"]["config"]["synonyms"], indexes["en"]["config"]["synonyms"]) == (
        (),
        [["a", "b"]],
    )


def test_phrases_go_to_their_section_and_the_first_heading_s_to_the_page() -> None:
    entries = [
        {"location": "en/a/", "title": "Refunds", "text": ""},
        {"location": "en/a/#how", "title": "How", "text": ""},
        {"location": "en/b/#how", "title": "How", "text": ""},
    ]
    asked = {"en": {"a": {"refunds": ["money back"], "how": ["where do I ask"]}}}
    docs = kb.search.split(entries, ["zh", "en"], {}, {}, asked, {})["en"]["docs"]
    assert [doc.get("asked") for doc in docs] == [["money back"], ["where do I ask"], None]


def test_what_a_page_names_goes_to_its_section() -> None:
    content = (
        "<p><strong>Top</strong></p>"
        '<h1 id="pay">Pay</h1>'
        "<p>Choose <strong>Get <em>Plus</em></strong>, then <strong>Pay</strong>.</p>"
        '<h2 class="x" id="errors">Errors</h2><p><code>slow_down</code>, <code>slow_down</code></p>'
        "<p><strong>Do not pay twice.</strong> <strong>a</strong></p>"
        '<pre><span></span><code>curl</code></pre><div class="y" id="z"><code>x y</code></div>'
    )
    names = kb.search.labels(content)
    assert names == {"": ["Top"], "pay": ["Get Plus", "Pay"], "errors": ["slow_down", "x y"]}
    entries = [
        {"location": "en/a/", "title": "Pay", "text": ""},
        {"location": "en/a/#errors", "title": "Errors", "text": ""},
        {"location": "en/b/", "title": "All names", "text": "", "boost": 0.5},
    ]
    by_page = {"en/a/": names, "en/b/": names}
    docs = kb.search.split(entries, ["zh", "en"], {}, {}, {}, by_page)["en"]["docs"]
    assert [doc.get("labels") for doc in docs] == [
        ["Top", "Get Plus", "Pay"],
        ["slow_down", "x y"],
        None,
    ]


PAGES = {
    path: Markdown(path, "# Refunds { #refund }\n")
    for path in ("e/en/plans.md", "e/en/pay.md", "e/zh/pay.md")
}


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
        ("pay: [refund]\n", ["1: pay: ['refund'] is not of type 'object' [ledger-schema]"]),
    ],
)
def test_phrases_are_checked_against_the_pages(text: str, findings: list[str]) -> None:
    asked = kb.ledger.load(text, "docs/e/en/asked.yml", "asked")
    found = [str(finding) for finding in kb.search.check(asked, "e/en", PAGES)]
    assert found == [f"docs/e/en/asked.yml:{finding}" for finding in findings]


def test_every_phrase_finds_its_section_first(tab: Callable[..., Tab], site: Path) -> None:
    for (edition, locale), home in HOME.items():
        wanted = [
            (phrase, doc["location"])
            for doc in _index(site, home)
            for phrase in doc.get("asked", ())
        ]
        assert len(wanted) > 300
        found = located(tab().open(home), [phrase for phrase, _ in wanted])
        missed = [
            (phrase, section, sections[:2])
            for (phrase, section), sections in zip(wanted, found, strict=True)
            if sections[:1] != [section]
        ]
        assert missed == [], (edition, locale)


def test_what_the_index_reads_of_a_page() -> None:
    note = '8 美元<span class="kb-fact__due">（截至 2026 年，待复核）</span>，'
    assert kb.search.plain(kb.search.readable(f"<p>{note}每月</p>")) == "8 美元，每月"
    row = "<tr><td>GPT-4</td><td>2025</td></tr>"
    assert kb.search.plain(kb.search.readable(row)) == "GPT-4 2025"


def test_the_synonyms_are_a_valid_ledger() -> None:
    path = ROOT / "docs" / "ledgers" / f"{kb.search.LEDGER}.yml"
    assert kb.ledger.load(path.read_text("utf-8"), path.name, "synonyms").findings == ()
