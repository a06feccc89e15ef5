"""The built site in a real browser, served below a path: what a reader sees, desk and phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser

from conftest import Tab, built_pages, mkdocs

EDITIONS = ("2026-11", "2023-07")
LOCALES = ("", "en/")


def pages(site: Path, edition: str) -> list[str]:
    """The address of each page in its edition, `en/plus/` for `en/plus/index.html`."""
    root = site / edition
    found = (path.relative_to(root).as_posix() for path in root.rglob("index.html"))
    return sorted(path.removesuffix("index.html") for path in found)


@pytest.mark.parametrize(("edition", "least"), [("2026-11", 20), ("2023-07", 8)])
def test_both_languages_have_the_same_pages(site: Path, edition: str, least: int) -> None:
    every = pages(site, edition)
    english = [page.removeprefix("en/") for page in every if page.startswith("en/")]
    chinese = [page for page in every if not page.startswith("en/")]
    assert len(chinese) >= least
    assert english == chinese


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_every_page_loads_clean_and_fits_the_screen(
    site: Path, tab: Callable[..., Tab], phone: bool, edition: str
) -> None:
    reader = tab(phone=phone)
    problems: list[str] = []
    for path in pages(site, edition):
        page = reader.open(f"{edition}/{path}")
        page.evaluate(
            """async () => {
                for (const image of document.images) image.loading = "eager";
                const loaded = (image) => image.decode().catch(() => {});
                await Promise.all([...document.images].map(loaded));
            }"""
        )
        seen = page.evaluate(
            """() => ({
                lang: document.documentElement.lang,
                wide: document.scrollingElement.scrollWidth - innerWidth,
                broken: [...document.images].filter((i) => !i.naturalWidth).map((i) => i.src),
                path: document.querySelector(".kb-path").clientHeight / 16,
                unsized: [...document.querySelectorAll("article img")]
                    .filter((i) => !(i.getAttribute("width") && i.getAttribute("height") && i.alt))
                    .map((i) => i.src),
            })"""
        )
        if seen["lang"] != ("en" if path.startswith("en/") else "zh-Hans"):
            problems.append(f"{path}: lang is {seen['lang']}")
        if seen["wide"] > 0:
            problems.append(f"{path}: {seen['wide']} px wider than the screen")
        if seen["path"] > 3:
            problems.append(f"{path}: the way up takes two lines")
        problems += [f"{path}: does not load: {src}" for src in seen["broken"]]
        problems += [f"{path}: no size or alt text: {src}" for src in seen["unsized"]]
    assert problems + reader.problems == []


@pytest.mark.parametrize("locale", LOCALES, ids=["zh", "en"])
def test_every_page_of_the_old_edition_says_that_it_is_archived(
    site: Path, tab: Callable[..., Tab], locale: str
) -> None:
    reader = tab()
    for path in pages(site, "2023-07"):
        if path.startswith("en/") == bool(locale):
            banner = reader.open(f"2023-07/{path}").locator("aside.kb-notice--archived")
            assert banner.is_visible(), path
            assert ("Archived" if locale else "存档版") in banner.inner_text()


def test_switching_the_language_keeps_page_and_section(tab: Callable[..., Tab]) -> None:
    reader = tab()
    page = reader.open("2023-07/plus/virtual-card/#top-up")
    page.locator(".kb-header a[hreflang=en]").click()
    page.wait_for_url(re.compile(r"/2023-07/en/plus/virtual-card/#top-up$"))
    assert page.locator("#top-up").is_visible()
    page.locator(".kb-header a[hreflang=zh]").click()
    page.wait_for_url(re.compile(r"/2023-07/plus/virtual-card/#top-up$"))
    assert reader.problems == []


def test_the_language_links_work_without_javascript(tab: Callable[..., Tab]) -> None:
    page = tab(javascript=False).open("2023-07/billing/")
    link = page.locator(".kb-header a[hreflang=en]")
    page.goto(page.evaluate("(a) => a.href", link.element_handle()))
    assert page.url.endswith("/en/billing/")
    assert page.locator("h1").inner_text().startswith("Billing")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_picture_opens_whole_then_in_full_and_closes_on_escape(
    tab: Callable[..., Tab], phone: bool
) -> None:
    reader = tab(phone=phone)
    page = reader.open("2023-07/plus/apple-alipay/")
    page.locator("a.kb-zoom").first.click()
    large = page.locator("dialog[open] img")
    large.wait_for()
    large.evaluate("(image) => image.decode()")
    shown, box = page.locator("a.kb-zoom img").first.bounding_box(), large.bounding_box()
    window = page.viewport_size
    assert shown
    assert box
    assert window
    assert box["width"] * box["height"] > shown["width"] * shown["height"] * 0.9
    assert box["x"] >= 0, "whole at first"
    assert box["x"] + box["width"] <= window["width"]
    assert box["y"] + box["height"] <= window["height"]
    large.click()
    natural = large.evaluate("(image) => image.naturalWidth")
    assert large.bounding_box()["width"] == pytest.approx(natural, abs=2)  # type: ignore[index]
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert reader.problems == []


def test_a_picture_enlarges_and_closes_from_the_keyboard(tab: Callable[..., Tab]) -> None:
    reader = tab()
    page = reader.open("2023-07/en/plus/apple-alipay/")
    page.locator("a.kb-zoom").nth(1).focus()
    page.keyboard.press("Enter")
    page.locator("dialog[open] img").wait_for()
    assert page.evaluate("document.activeElement.ariaLabel") == "Close"
    page.keyboard.press("Enter")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.matches('a.kb-zoom')")
    assert reader.problems == []


def test_without_javascript_a_picture_links_to_its_file(tab: Callable[..., Tab]) -> None:
    reader = tab(javascript=False)
    page = reader.open("2023-07/en/plus/apple-alipay/")
    page.locator("a.kb-zoom").first.click()
    page.wait_for_url(re.compile(r"/en/images/post/2023/07/[\w-]+\.png$"))
    assert reader.problems == []


def test_a_legacy_tag_in_a_code_sample_stays_text(site: Path) -> None:
    samples = [
        path
        for path in (site / "2023-07").rglob("links/index.html")
        if re.search(r"<code>[^<]*\{% img [^<]*%\}", path.read_text("utf-8"))
    ]
    assert len(samples) == len(LOCALES)


def test_no_legacy_tag_reaches_the_reader_as_text(site: Path) -> None:
    for path in pages(site, "2023-07"):
        html = (site / "2023-07" / path / "index.html").read_text("utf-8")
        text = re.sub(r"<code\b.*?</code>", "", html, flags=re.DOTALL)
        assert "{%" not in text, path
        assert "&lt;%" not in text, path


@pytest.mark.parametrize(
    ("edition", "ends"),
    [("2026-11", ["about/disclosure", "about/sources"]), ("2023-07", ["about", "links"])],
)
def test_the_foot_of_every_page_leads_to_disclosure_and_sources(
    site: Path, edition: str, ends: list[str]
) -> None:
    """The template leaves out what the edition has no page for: here it has both."""
    for page in built_pages(site / edition):
        home = site / edition / ("en" if page.relative_to(site / edition).parts[0] == "en" else "")
        foot = page.read_text("utf-8").rpartition('<footer class="kb-footer">')[2]
        links = {(page.parent / link).resolve() for link in re.findall(r'href="([^"]*)"', foot)}
        assert links >= {(home / end).resolve() for end in ends}, page


@pytest.mark.parametrize("width", [600, 800, 1000, 1219, 1220, 1280, 1920, 2560])
@pytest.mark.parametrize("locale", LOCALES, ids=["zh", "en"])
def test_a_line_has_thirty_to_forty_two_ems(
    tab: Callable[..., Tab], locale: str, width: int
) -> None:
    reader = tab()
    reader.page.set_viewport_size({"width": width, "height": 800})
    page = reader.open(f"2026-11/{locale}subscribe/apple/")
    ems = page.locator(".kb-text > p:not(.kb-about)").first.evaluate(
        "(line) => line.clientWidth / parseFloat(getComputedStyle(line).fontSize)"
    )
    assert 30 <= ems <= 42


def test_without_scripts_the_colours_follow_the_system(browser: Browser, address: str) -> None:
    papers = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, java_script_enabled=False)
        page = context.new_page()
        page.goto(address + "2026-11/")
        papers.append(page.locator("body").evaluate("(e) => getComputedStyle(e).backgroundColor"))
        assert page.locator("[data-open]").first.is_hidden(), "a button that does nothing"
        context.close()
    light, dark = (sum(map(int, re.findall(r"\d+", paper))) for paper in papers)
    assert light > 700
    assert dark < 100


def test_one_palette_holds_for_all_editions(tab: Callable[..., Tab]) -> None:
    page = tab().open("2026-11/")
    page.locator(".kb-header .kb-palette").click()
    for path in ("2026-11/en/", "2023-07/", "2023-07/en/usage/", "404.html"):
        page.goto(page.url.split("/repo/")[0] + "/repo/" + path)
        assert page.evaluate("document.documentElement.dataset.palette") == "dark"
    phone = page.locator(".kb-side .kb-palette")
    page.goto(page.url.split("/repo/")[0] + "/repo/2026-11/")
    page.set_viewport_size({"width": 360, "height": 780})
    page.locator("[popovertarget=kb-menu]").first.click()
    assert phone.get_attribute("aria-pressed") == "true"
    phone.click()
    assert page.evaluate("document.documentElement.dataset.palette") == "light"


def test_a_report_names_page_section_edition_and_language(
    tmp_path: Path, browser: Browser, serve: Callable[[Path], str]
) -> None:
    site = tmp_path / "site"
    run = mkdocs("build", "-q", "-d", str(site), repo_url="https://code.test/guide")
    assert run.returncode == 0, run.stdout + run.stderr
    html = (site / "en/subscribe/apple/index.html").read_text("utf-8")
    [report] = re.findall(r'href="(https://code.test/guide/issues/new[^"]*)"', html)
    told = parse_qs(urlsplit(unescape(report)).query)
    assert told["title"] == ["Wrong: Subscribing through the App Store"]
    assert "/en/subscribe/apple/" in told["body"][0]
    assert "Edition: 2026-11, language: en" in told["body"][0]
    assert 'href="https://code.test/guide/edit/main/docs/2026-11/en/subscribe/apple.md"' in html
    page = browser.new_page()
    page.goto(serve(site) + "en/subscribe/apple/#price")
    page.evaluate("document.addEventListener('click', (event) => event.preventDefault(), true)")
    page.locator("a[data-report]").click()
    told = parse_qs(urlsplit(page.locator("a[data-report]").get_attribute("href") or "").query)
    assert re.search(r"Page: http\S+/en/subscribe/apple/#price\n", told["body"][0])
    page.close()
