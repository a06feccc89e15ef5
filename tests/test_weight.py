"""What a page costs: its code, compressed as hosts do, and how often it asks the host."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response

from conftest import PREFIX
from searching import HOME, built

KIB = 1024
PAGES = ("2026-11/", "2026-11/subscribe/apple/", "2026-11/en/faq/", "2023-07/plus/virtual-card/")


def loaded(browser: Browser, address: str, path: str, then: Callable[[Page], None]) -> list[str]:
    """The paths that a page asks for, pictures apart, until `then` has been done."""
    context = browser.new_context(viewport={"width": 375, "height": 780})
    page = context.new_page()
    asked: list[str] = []

    def note(response: Response) -> None:
        if response.request.resource_type != "image":
            asked.append(urlsplit(response.url).path.removeprefix(PREFIX))

    page.on("response", note)
    page.goto(address + path, wait_until="networkidle")
    then(page)
    context.close()
    return asked


def weight(site: Path, asked: list[str]) -> float:
    """KiB of these files as gzip sends them."""
    files = (site / (path + "index.html" * path.endswith("/")) for path in asked)
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / KIB


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light(site: Path, browser: Browser, address: str, path: str) -> None:
    asked = loaded(browser, address, path, lambda page: None)
    assert len(asked) <= 4, asked  # the page, its style, its script, its icon
    assert weight(site, asked) <= 30


SHIFTS = """globalThis.shifts = []
new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
        shifts.push([value, ...sources.map(({ node }) => node?.outerHTML?.slice(0, 80))])
}).observe({ type: "layout-shift", buffered: true })"""


@pytest.mark.parametrize("path", [*PAGES, "2026-11/api/estimate/", "2026-11/start/plans/"])
def test_nothing_moves_while_a_page_loads(browser: Browser, address: str, path: str) -> None:
    context = browser.new_context(viewport={"width": 412, "height": 823}, has_touch=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    slow = {"latency": 150, "downloadThroughput": 60_000, "uploadThroughput": 60_000}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, **slow})
    page.add_init_script(SHIFTS)
    page.goto(address + path, wait_until="networkidle")
    assert page.evaluate("shifts") == []
    context.close()


def search(page: Page) -> None:
    """Ask for something, and see the answer."""
    page.locator(".kb-header__search").click()
    page.locator("#kb-search input").fill(
        "Plus"
    )  # at once: what is typed may be answered by halves
    page.locator(".kb-search__results a").first.wait_for()


def test_the_search_comes_when_it_is_asked_for(site: Path, browser: Browser, address: str) -> None:
    asked = loaded(browser, address, "2026-11/subscribe/apple/", search)
    assert any("search/" in path for path in asked)
    # The page, box, worker, the list of the index and itself, the texts of at most eight pages.
    assert len(asked) <= 16, asked
    assert weight(site, asked) <= 100


@pytest.mark.parametrize("home", HOME.values())
def test_an_index_is_small_and_little_of_it_is_phrases(site: Path, home: str) -> None:
    every = {
        path.name: len(gzip.compress(path.read_bytes(), 9))
        for path in (site / home / "search").glob("*/*.js")
    }
    assert every["core.js"] <= 50 * KIB
    core = built(site / home)["core"]
    phrases = json.dumps([core["asked"], core["phrases"]], ensure_ascii=False).encode()
    assert len(gzip.compress(phrases, 9)) <= 0.15 * sum(every.values())


LOADED = """[...document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon]")]
    .map((element) => element.src || element.href)"""


def test_another_edition_asks_for_no_style_or_script_again(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    names = []
    for path in ("2026-11/subscribe/apple/", "2023-07/en/plus/apple/", "404.html"):
        page.goto(address + path)
        names.append(page.evaluate(LOADED))
    assert len(names[0]) == 3
    assert names[0] == names[1] == names[2]
    context.close()
