"""Facts in a real build of two languages, and in a browser: mouse, keyboard, phone, no script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import jsonschema
import pytest
from playwright.sync_api import Browser, Page

from conftest import ROOT, mkdocs, until
from golden import CASES

pytestmark = pytest.mark.build

LEDGER = (CASES / "facts/base/docs/ledgers/facts.yml").read_text("utf-8")
PRICES = LEDGER.replace(
    "    confidence: high\n",
    "    confidence: high\n    token_price: {model: M1, of: input}\n",
).replace(
    "value: {name: GPT-9}\n",
    "value: {amount: 0.1, currency: USD}\n    token_price: {model: M1, of: output}\n",
)
INDEX = "# Home {#home}\n\n[[plus-price]], [[old-end]], [[rumour]].\n\n`[[plus-price]]`\n"
CONFIG = """
site_name: T
site_url: https://kb.test/repo/
docs_dir: docs/2026-11
theme: {name: null, custom_dir: overrides}
markdown_extensions: [attr_list, tables]
plugins:
  i18n:
    docs_structure: folder
    languages:
      - {locale: zh, name: 中文, default: true}
      - {locale: en, name: English}
hooks: [hooks/templates.py, hooks/assets.py, hooks/facts.py]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small guide with a current edition of two languages."""
    root = tmp_path_factory.mktemp("facts")
    (root / "hooks").symlink_to(ROOT / "hooks")
    (root / "overrides").symlink_to(ROOT / "overrides")
    files = {"mkdocs.yml": CONFIG, "docs/ledgers/facts.yml": PRICES, "docs/2023-07/zh/a.md": ""}
    for locale in ("zh", "en"):
        files |= {
            f"docs/2026-11/{locale}/index.md": INDEX,
            f"docs/2026-11/{locale}/about/sources.md": "# S {#s}\n\n<!-- kb:sources -->\n",
            f"docs/2026-11/{locale}/changes.md": "# C {#c}\n\n<!-- kb:changes -->\n",
            f"docs/2026-11/{locale}/estimate.md": "# E {#e}\n\n<!-- kb:estimator -->\n",
        }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture(scope="module")
def built(folder: Path) -> Path:
    """The guide as it was on a day when its facts are due."""
    return build(folder, "2026-10-10", "site")


@pytest.fixture(scope="module")
def late(folder: Path) -> Path:
    """The guide on the first day on which nobody vouches for its facts any more."""
    return build(folder, "2027-01-18", "late")


def build(folder: Path, day: str, out: str) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KB_AS_OF", day)
        patch.delenv("KB_EDITIONS", raising=False)
        run = mkdocs("build", "--strict", "-d", out, cwd=folder)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / out


def test_each_language_reads_the_value_in_its_form(built: Path) -> None:
    chinese, english = ((built / p / "index.html").read_text("utf-8") for p in ("", "en"))
    assert ">20 美元<" in chinese
    assert "（截至 2026 年 7 月 1 日，待复核）" in chinese
    assert 'href="about/sources/#fact-plus-price"' in chinese
    assert ">US$20<" in english
    assert 'href="about/sources/#fact-plus-price"' in english
    assert "<code>[[plus-price]]</code>" in english


def test_machines_find_json_and_its_schema(built: Path) -> None:
    facts = json.loads((built / "facts.json").read_text("utf-8"))
    assert (built / facts["$schema"]).exists()
    assert [fact["id"] for fact in facts["facts"]] == ["plus-price", "old-end", "rumour"]


def test_the_clock_is_the_only_thing_that_changes_the_pages(
    folder: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_AS_OF", "2026-10-09")
    assert mkdocs("build", "-q", "-d", "fresh", cwd=folder).returncode == 0
    page = (folder / "fresh" / "index.html").read_text("utf-8")
    assert "待复核" not in page
    assert (folder / "fresh/facts.json").read_bytes() == (built / "facts.json").read_bytes()


def test_machines_see_what_nobody_confirms_any_more(built: Path, late: Path) -> None:
    for site, withdrawn in ((built, False), (late, True)):
        facts = json.loads((site / "facts.json").read_text("utf-8"))
        schema = json.loads((site / facts["$schema"]).read_text("utf-8"))
        jsonschema.Draft202012Validator(schema).validate(facts)
        assert {fact["withdrawn"] for fact in facts["facts"]} == {withdrawn}


RATIO = """(part) => {
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map((n) => n / 255)
            .map((n) => (n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = getComputedStyle(document.documentElement).backgroundColor;
    const ground = paper === "rgba(0, 0, 0, 0)"
        ? getComputedStyle(document.body).backgroundColor : paper;
    const both = [light(getComputedStyle(part).color), light(ground)].sort((a, b) => b - a);
    return (both[0] + 0.05) / (both[1] + 0.05);
}"""


@pytest.mark.parametrize("width", [375, 1360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "最后确认于 2026 年 7 月 1 日，此后未再确认"),
        ("changes/", "最后确认于 2026 年 7 月 1 日，此后未再确认"),
        ("en/", "last confirmed on 1 July 2026, not confirmed since"),
        ("en/estimate/", "last confirmed on 1 July 2026, not confirmed since"),
        ("en/about/sources/", "last confirmed on 1 July 2026, not confirmed since"),
    ],
)
def test_readers_see_what_nobody_confirms_any_more(
    browser: Browser,
    late: Path,
    serve: Callable[[Path], str],
    width: int,
    scheme: Literal["light", "dark"],
    path: str,
    told: str,
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 780}, color_scheme=scheme)
    page = context.new_page()
    page.goto(serve(late) + path)
    note = page.locator("article").get_by_text(told).first
    assert note.is_visible()
    assert note.evaluate(RATIO) >= 4.5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    value = page.locator(".kb-fact--expired").first
    assert value.evaluate("(part) => getComputedStyle(part).borderBottomStyle") == "dashed"
    context.close()


def test_a_clock_that_is_no_day_stops_the_build_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KB_AS_OF", "soon")
    run = mkdocs("build", "-q", "-d", "never", cwd=folder)
    assert run.returncode == 1
    assert "KB_AS_OF is no day like 2026-11-23: 'soon'" in run.stderr + run.stdout
    assert "Traceback" not in run.stderr


@pytest.fixture
def visit(browser: Browser, built: Path, serve: Callable[[Path], str]) -> Iterator[Callable]:
    """Open a page of the small guide: `visit("estimate/", width=375, javascript=False)`."""
    address = serve(built)
    contexts = []

    def start(path: str, *, width: int = 1360, javascript: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 780},
            has_touch=width < 500,
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(address + path, wait_until="networkidle")
        return page

    yield start
    for context in contexts:
        context.close()


def test_a_value_opens_a_card_with_the_date_of_each_source(visit: Callable[..., Page]) -> None:
    page = visit("en/")
    link, card = page.locator("a.kb-fact").first, page.locator("#kb-fact")
    assert card.is_hidden()
    link.click()
    assert card.is_visible()
    told = " ".join(card.inner_text().split())
    assert "US$20 as of 1 July 2026, due for a check, high confidence" in told
    assert "Help, undated" in told
    assert "Blog, 1 July 2026" in told
    value, box = link.bounding_box(), card.bounding_box()
    assert value
    assert box
    assert abs(box["y"] - value["y"] - value["height"]) < 12, "it stands at the value"
    page.keyboard.press("Escape")
    assert card.is_hidden()
    until(page, "document.activeElement.matches('a.kb-fact')")


def test_a_card_opens_and_leads_on_from_the_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("en/")
    link = page.locator("a.kb-fact").first
    link.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "Close"
    assert link.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Enter")
    until(page, "!document.querySelector('#kb-fact:popover-open')")
    assert link.get_attribute("aria-expanded") is None
    page.keyboard.press("Enter")
    page.get_by_role("link", name="See all sources").click()
    page.wait_for_url("**/en/about/sources/#fact-plus-price")
    assert page.locator("#fact-plus-price").is_visible()


def test_a_card_closes_when_the_focus_leaves_it(visit: Callable[..., Page]) -> None:
    page = visit("en/")
    page.locator("a.kb-fact").first.click()
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.locator("#kb-fact").is_hidden()


def test_printed_values_have_numbers_and_footnotes(visit: Callable[..., Page]) -> None:
    page = visit("en/")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    marks = page.locator("a.kb-fact").evaluate_all(
        "(links) => links.map((link) => getComputedStyle(link, '::after').content)"
    )
    assert marks == ['"[1]"', '"[2]"', '"[3]"']
    notes = page.locator("#kb-notes dt").all_inner_texts()
    assert len(notes) == 3
    assert page.locator("#kb-notes").get_by_text("Help").first.is_visible()


def test_without_script_a_value_leads_to_its_sources(visit: Callable[..., Page]) -> None:
    page = visit("", javascript=False)
    page.locator("a.kb-fact").first.click()
    page.wait_for_url("**/about/sources/#fact-plus-price")


@pytest.mark.parametrize("path", ["", "about/sources/", "changes/", "estimate/"])
def test_a_phone_shows_it_all_without_scrolling_sideways(
    visit: Callable[..., Page], path: str
) -> None:
    page = visit(path, width=375)
    wide = page.locator("article").evaluate(
        """article => [...article.querySelectorAll("*")]
            .filter((part) => part.getBoundingClientRect().right > innerWidth)
            .map((part) => part.tagName)"""
    )
    assert wide == []


def test_a_tap_opens_the_card_within_the_screen(visit: Callable[..., Page]) -> None:
    page = visit("", width=375)
    page.locator("a.kb-fact").nth(1).tap()
    box = page.locator("#kb-fact").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375


def lines(page: Page) -> list[str]:
    return page.locator(".kb-estimator output p").all_inner_texts()


def test_the_estimator_works_from_the_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("en/estimate/")
    assert lines(page) == page.locator("article > ul li").all_inner_texts()  # the worked example
    assert lines(page)[3] == "Total: 1,000 × 0.04005 = US$40.05"
    page.locator("select[name=model]").focus()
    for name, text in (
        ("input-price", "2.5"),
        ("output-price", "10"),
        ("input-tokens", "1000000"),
        ("output-tokens", "0"),
        ("requests", "3"),
    ):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == name
        page.keyboard.press("Control+A")
        page.keyboard.type(text)
    assert lines(page) == [
        "Input: 1,000,000 ÷ 1,000,000 × US$2.50 = US$2.50",
        "Output: 0 ÷ 1,000,000 × US$10.00 = US$0.00",
        "Per request: 2.50 + 0.00 = US$2.50",
        "Total: 3 × 2.50 = US$7.50",
    ]
    assert page.locator("select[name=model]").input_value() == ""  # no longer the model's prices
    page.keyboard.press("Control+A")
    page.keyboard.type("-1")
    assert "0 or more" in page.locator(".kb-estimator output").inner_text()
    page.keyboard.press("Enter")
    assert page.url.endswith("/en/estimate/")


def test_without_script_there_is_formula_prices_and_example(visit: Callable[..., Page]) -> None:
    page = visit("estimate/", javascript=False)
    text = page.locator("article").inner_text()
    assert "费用 = 请求数 ×" in text
    assert "20 美元" in text
    assert "合计：1,000 × 0.04005 = 40.05 美元" in text
    assert page.locator("form.kb-estimator").is_hidden()
