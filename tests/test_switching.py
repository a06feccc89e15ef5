"""Changing edition or language never loses the reader, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from conftest import SITE_URL, Tab, built_pages


def switch(page: Page, kind: str, name: str) -> None:
    """Use a header switch as a reader does: open its list, press the entry."""
    header = page.locator(".kb-header")
    if kind == "edition":
        header.get_by_role("button", name=re.compile("^(版本：|Edition: )")).click()
    # The entry says beside its name which edition is the current one.
    header.locator(f"a[data-switch={kind}]", has_text=name).click()


@pytest.mark.parametrize(
    ("start", "edition", "arrival"),
    [
        ("2023-07/billing/", "2026-11", "2026-11/start/plans/"),
        (
            "2023-07/en/plus/virtual-card/#warning",
            "2026-11",
            "2026-11/en/risks/virtual-cards/#openai",
        ),
        ("2026-11/en/api/billing/", "2023-07", "2023-07/en/api-payment/"),
        ("2026-11/start/regions/", "2023-07", "2023-07/#not-in-this-edition"),
        ("2026-11/en/faq/", "2023-07", "2023-07/en/#not-in-this-edition"),
        ("2023-07/en/", "2026-11", "2026-11/en/"),
    ],
)
def test_the_edition_switch_finds_the_page_or_says_so(
    tab: Callable[..., Tab], start: str, edition: str, arrival: str
) -> None:
    reader = tab()
    page = reader.open(start)
    switch(page, "edition", edition)
    page.wait_for_url(reader.address + arrival)
    said = page.locator("#not-in-this-edition:visible").all_inner_texts()
    notice = "no counterpart" if "/en/" in arrival else "没有对应的内容"
    lost = arrival.endswith("#not-in-this-edition")
    assert [notice in text for text in said] == [True] * lost
    if lost:
        page.locator("#not-in-this-edition a").click()
        page.wait_for_url(reader.address + start)
    assert reader.problems == []


def test_the_language_switch_keeps_the_edition_and_the_way_back_works(
    tab: Callable[..., Tab],
) -> None:
    reader = tab()
    page = reader.open("2026-11/start/plans/#plus")
    switch(page, "language", "English")
    page.wait_for_url(re.compile(r"/2026-11/en/start/plans/#plus$"))
    page.go_back()
    page.wait_for_url(re.compile(r"/2026-11/start/plans/#plus$"))
    assert reader.problems == []


def test_both_switches_are_links_without_javascript(tab: Callable[..., Tab]) -> None:
    reader = tab(javascript=False)
    page = reader.open("2023-07/en/plus/apple/")
    links = page.locator(".kb-header a[data-switch]")
    found = [links.nth(at).evaluate("(a) => a.href") for at in range(links.count())]
    assert [link.removeprefix(reader.address) for link in found] == [
        "2026-11/en/subscribe/apple/",
        "2023-07/en/plus/apple/",
        "2023-07/plus/apple/",
    ]


@pytest.mark.parametrize(
    ("locale", "arrival"), [("zh-CN", "2026-11/"), ("zh-TW", "2026-11/"), ("de-DE", "2026-11/en/")]
)
def test_the_first_visit_follows_the_browsers_language(
    tab: Callable[..., Tab], locale: str, arrival: str
) -> None:
    reader = tab(locale=locale)
    page = reader.open("")
    page.wait_for_url(reader.address + arrival)
    assert reader.problems == []


@pytest.mark.parametrize(
    ("languages", "arrival"),
    [
        (["de-DE", "zh-TW", "en"], "2026-11/"),
        (["de-DE", "en-GB", "zh"], "2026-11/en/"),
        (["ja-JP", "fr"], "2026-11/en/"),
        (["ZH-hans"], "2026-11/"),
        (["zha", "en"], "2026-11/en/"),
    ],
)
def test_the_first_language_of_the_browsers_list_that_the_site_has_is_taken(
    tab: Callable[..., Tab], languages: list[str], arrival: str
) -> None:
    reader = tab()
    listed = f"Object.defineProperty(navigator, 'languages', {{get: () => {languages}}})"
    reader.page.add_init_script(listed)
    page = reader.open("")
    page.wait_for_url(reader.address + arrival)


def test_a_chosen_language_is_remembered(tab: Callable[..., Tab]) -> None:
    reader = tab(locale="zh-CN")
    page = reader.open("2026-11/")
    switch(page, "language", "English")
    page.wait_for_url(re.compile(r"/2026-11/en/$"))
    page.goto(reader.address)
    page.wait_for_url(reader.address + "2026-11/en/")


def test_the_archived_banner_leads_to_the_same_page_today(tab: Callable[..., Tab]) -> None:
    reader = tab()
    page = reader.open("2023-07/en/api-payment/")
    page.get_by_role("link", name="See this page in the current edition").click()
    page.wait_for_url(reader.address + "2026-11/en/api/billing/")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("latest/en/start/plans/?x=1#plus", "2026-11/en/start/plans/?x=1#plus"),
        ("2023/07/03/chatgpt-plus-and-api-payment/", "2023-07/"),
        ("en/", "2026-11/en/"),
        ("zh/", "2026-11/"),
    ],
)
def test_old_addresses_lead_on(tab: Callable[..., Tab], old: str, new: str) -> None:
    reader = tab()
    page = reader.open(old)
    page.wait_for_url(reader.address + new)
    assert reader.problems == []


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_404_page_searches_at_any_depth(tab: Callable[..., Tab], locale: str) -> None:
    reader = tab()
    page = reader.page
    answer = page.goto(reader.address + "2023-07/a/b/c/nowhere/")
    assert answer
    assert answer.status == 404
    form = page.locator("form").nth(int(locale == "en"))
    form.locator("input").fill("OneKey")
    form.locator("button").click()
    page.wait_for_url(re.compile(rf"/2026-11/{'en/' if locale == 'en' else ''}\?q=OneKey$"))
    page.locator(".kb-search__results a").first.wait_for()


def head(site: Path, path: str) -> str:
    return (site / path / "index.html").read_text("utf-8").split("</head>")[0]


@pytest.mark.parametrize("locale", ["", "en/"])
def test_a_page_names_itself_and_its_translations_absolutely(site: Path, locale: str) -> None:
    found = head(site, f"2026-11/{locale}start/plans")
    assert f'<link rel="canonical" href="{SITE_URL}2026-11/{locale}start/plans/">' in found
    alternates = dict(re.findall(r'hreflang="([^"]+)" href="([^"]+)"', found))
    assert alternates == {
        "zh": f"{SITE_URL}2026-11/start/plans/",
        "en": f"{SITE_URL}2026-11/en/start/plans/",
        "x-default": f"{SITE_URL}2026-11/start/plans/",
    }


def test_every_page_has_a_social_card_that_exists(site: Path) -> None:
    every = [path for edition in ("2026-11", "2023-07") for path in built_pages(site / edition)]
    cards = [re.findall(r'og:image" content="([^"]+)"', path.read_text("utf-8")) for path in every]
    missing = [
        path
        for path, card in zip(every, cards, strict=True)
        if len(card) != 1 or not (site / card[0].removeprefix(SITE_URL)).exists()
    ]
    assert missing == []
