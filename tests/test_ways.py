"""Three editions, built and read in a browser: no switch is dead, none loses the paragraph."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page

import three
from conftest import SITE_URL, Tab, kb, shared_once, until
from kb_tools.draw import executable
from three import MIDDLE, NEW, OLD


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three editions, built."""

    def make(to: Path) -> None:
        three.three_editions(to)
        built = kb("build", "--site-url", SITE_URL, cwd=to)
        assert built.returncode == 0, built.stdout + built.stderr

    return shared_once(tmp_path_factory, "three", make)


@pytest.fixture(scope="session")
def address(project: Path, serve: Callable[[Path], str]) -> str:
    """Where they are served; what `tab` opens."""
    return serve(project / "site")


pytestmark = pytest.mark.build

LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"[^>]*\bdata-(switch|section)="([^"]+)"[^>]*>')
LANGUAGE = re.compile(r'<html lang="([^"]+)"')


def walk(site: Path) -> Iterator[tuple[str, str, str, str]]:
    """Every switch and every section's link of a site: page, kind, address, text of the target."""
    texts = {
        path.relative_to(site).as_posix().removesuffix("index.html"): path.read_text("utf-8")
        for path in sorted(site.glob("????-??/**/index.html"))
    }
    for page, text in texts.items():
        for href, kind, what in LINK.findall(text):
            to = urljoin(f"http://x/{page}", href)
            target = texts.get(urlsplit(to).path[1:], "")
            yield page, what if kind == "switch" else kind, to, target


def check_walk(site: Path) -> int:
    count = 0
    for page, kind, to, target in walk(site):
        assert target, f"{page}: the {kind} link to {to} is dead"
        fragment = urlsplit(to).fragment
        assert not fragment or f' id="{fragment}"' in target, f"{page}: no section at {to}"
        here = LANGUAGE.findall((site / page / "index.html").read_text("utf-8"))
        assert (LANGUAGE.findall(target) == here) == (kind != "language"), f"{page}: {to}"
        count += 1
    return count


def test_no_switch_of_three_editions_is_dead_or_changes_the_language(project: Path) -> None:
    assert check_walk(project / "site") > 200


def test_no_switch_of_the_guide_is_dead_or_changes_the_language(site: Path) -> None:
    assert check_walk(site) > 1000


def test_nearly_all_sections_of_the_guide_that_have_a_counterpart_lead_to_it(site: Path) -> None:
    led = sum(kind == "section" for _, kind, _, _ in walk(site))
    assert led > 300  # of both editions and languages; what the ledger or the same id says


def test_an_address_below_latest_leads_to_the_page_that_took_over(project: Path) -> None:
    for locale in ("", "en/"):
        up = "../" * (3 + bool(locale))
        stub = (project / f"site/latest/{locale}start/plans/index.html").read_text("utf-8")
        assert f'href="{up}{NEW}/{locale}prices/"' in stub
        assert (project / f"site/latest/{locale}prices/index.html").exists()


def test_a_feed_has_one_address_and_is_found_at_each_it_ever_had(project: Path) -> None:
    for locale in ("", "en/"):
        feed = (project / f"site/{locale}feed.xml").read_text("utf-8")
        assert (
            f'<link rel="self" type="application/atom+xml" href="{SITE_URL}{locale}feed.xml"/>'
            in feed
        )
        assert (project / f"site/{MIDDLE}/{locale}feed.xml").read_text("utf-8") == feed
        assert not (project / f"site/{OLD}/{locale}feed.xml").exists()


def use(page: Page, edition: str) -> None:
    """Change the edition as a reader does."""
    page.locator(".kb-header button[popovertarget=kb-editions]").click()
    page.locator(f".kb-header a[data-switch=edition][data-edition='{edition}']").click()


CASES = [
    (OLD, "plans/#price", NEW, "prices/#price"),  # renamed twice
    (NEW, "prices/#price", OLD, "plans/#price"),
    (OLD, "plans/#pro", MIDDLE, "start/pro/"),  # split off
    (NEW, "start/pro/", OLD, "plans/#pro"),
    (OLD, "cards/#bad", NEW, "usage/#bad-cards"),  # merged
    (NEW, "usage/", OLD, "usage/"),
    (OLD, "usage/#trick", NEW, "usage/#section-not-in-this-edition"),  # gone
    (OLD, "gone/#story", NEW, "#not-in-this-edition"),
    (OLD, "plans/#plans-page", NEW, "prices/"),  # the page's own heading is its top
    (OLD, "plans/#nothing-of-ours", NEW, "prices/"),
    (OLD, "cards/#bad", OLD, "cards/#bad"),
]


@pytest.mark.parametrize("locale", ["", "en/"])
@pytest.mark.parametrize(("here", "at", "there", "arrival"), CASES)
def test_the_edition_switch_leads_on_from_the_section_that_is_read(
    tab: Callable[..., Tab], locale: str, here: str, at: str, there: str, arrival: str
) -> None:
    reader = tab()
    page = reader.open(f"{here}/{locale}{at}")
    use(page, there)
    page.wait_for_url(f"{reader.address}{there}/{locale}{arrival}")
    told = page.locator(".kb-notice--target:visible").all_inner_texts()
    assert len(told) == ("not-in-this-edition" in arrival)
    assert [bool(re.search("[一-龥]", text)) for text in told] == [not locale] * len(told)
    assert reader.problems == []


@pytest.mark.parametrize("locale", ["", "en/"])
def test_without_scripts_the_switch_finds_the_page_and_a_list_the_sections(
    tab: Callable[..., Tab], locale: str
) -> None:
    reader = tab(javascript=False)
    page = reader.open(f"{OLD}/{locale}plans/#pro")
    use(page, NEW)
    page.wait_for_url(f"{reader.address}{NEW}/{locale}prices/")
    page.go_back()
    ways = page.locator(f".kb-where[data-edition='{NEW}']")
    ways.locator("summary").click()
    ways.locator("[data-section=pro]").click()
    page.wait_for_url(f"{reader.address}{NEW}/{locale}start/pro/")
    page = reader.open(f"{OLD}/{locale}usage/")
    ways = page.locator(f".kb-where[data-edition='{NEW}']")
    ways.locator("summary").click()
    said = (
        "其余各段在那一版里没有对应的内容" if not locale else "other sections have no counterpart"
    )
    assert said in ways.inner_text()
    (way,) = ways.locator("li").all_inner_texts()
    assert way == ("web 一段 → usage zh" if not locale else "On web → usage en")


def test_after_back_the_section_counts_that_is_read_now(tab: Callable[..., Tab]) -> None:
    reader = tab()
    page = reader.open(f"{OLD}/plans/#price")
    use(page, NEW)
    page.wait_for_url(f"{reader.address}{NEW}/prices/#price")
    page.go_back()
    page.wait_for_url(f"{reader.address}{OLD}/plans/#price")
    page.locator("#kb-toc a[href='#refund']").click()
    use(page, NEW)
    page.wait_for_url(f"{reader.address}{NEW}/prices/#refunds")
    page.go_back()
    page.wait_for_url(re.compile("#refund$"))
    page.locator("#kb-toc a[href='#pro']").click()
    page.locator(".kb-header a[data-switch=language]").click()
    page.wait_for_url(f"{reader.address}{OLD}/en/plans/#pro")


@pytest.mark.parametrize("kind", ["edition", "language"])
def test_each_new_tab_starts_at_the_section_that_is_read_then(
    tab: Callable[..., Tab], kind: str
) -> None:
    reader = tab()
    page = reader.open(f"{OLD}/plans/")
    for section, edition, language in (
        ("price", "price", "price"),
        ("refund", "refunds", "refund"),
    ):
        page.locator(f"#kb-toc a[href='#{section}']").click()
        if kind == "edition":
            page.locator(".kb-header button[popovertarget=kb-editions]").click()
        chosen = f"[data-edition='{NEW}']" if kind == "edition" else ""
        with page.context.expect_page() as opened:
            page.locator(f".kb-header a[data-switch={kind}]{chosen}").click(modifiers=["Control"])
        opened.value.wait_for_url(re.compile(f"#{edition if kind == 'edition' else language}$"))
        opened.value.close()


def test_a_page_that_the_browser_kept_whole_reads_its_section_anew(
    browser: Browser, address: str
) -> None:
    """As readers' browsers do, and Playwright's do not: Back shows the page as it was left."""
    launched = browser.browser_type.launch(
        executable_path=executable(),
        args=["--no-sandbox", "--disable-gpu"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    page = launched.new_page()
    page.goto(f"{address}{OLD}/plans/#price")
    page.evaluate("window.kept = 1")
    use(page, NEW)
    page.wait_for_url(f"{address}{NEW}/prices/#price")
    page.evaluate("history.back()")
    until(page, "window.kept === 1 && location.hash === '#price'")
    page.locator("#kb-toc a[href='#pro']").click()
    page.locator(".kb-header a[data-switch=language]").click()
    page.wait_for_url(f"{address}{OLD}/en/plans/#pro")
    launched.close()
