"""Everyone can read it: axe-core with every rule on, and the keyboard alone reaches everything."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

AXE = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
RUN = """async () => {
    const on = axe.getRules().map(({ ruleId }) => [ruleId, { enabled: true }])
    const { violations } = await axe.run({ rules: Object.fromEntries(on) })
    const told = (id) => ({ target }) => `${id}: ${target.join(" ")}`
    return violations.flatMap(({ id, nodes }) => nodes.map(told(id)))
}"""
WIDTHS = {"phone": 375, "desk": 1360}
SCHEMES = ("light", "dark")
TEMPLATES = {
    "root": "?",
    "home": "2026-11/",
    "section": "2026-11/en/start/",
    "procedure": "2026-11/subscribe/apple/",
    "table": "2026-11/en/start/plans/",
    "questions": "2026-11/faq/",
    "estimator": "2026-11/api/estimate/",
    "changes": "2026-11/en/changes/",
    "sources": "2026-11/about/sources/",
    "rules": "rules/",
    "rule": "rules/link-broken/",
    "pictures": "2023-07/en/plus/virtual-card/",
    "corrections": "2023-07/corrections/",
    "not found": "404.html",
}


# A wide window in the light and a phone in the dark each time; the other two with the long tests.
MODES = [
    pytest.param((width, scheme), id=f"{width}-{scheme}", marks=pytest.mark.soak if late else ())
    for width in WIDTHS
    for scheme in SCHEMES
    for late in [(width == "phone") != (scheme == "dark")]
]


@pytest.fixture(params=MODES)
def window(
    request: pytest.FixtureRequest, browser: Browser, address: str
) -> Iterator[Callable[[str], Page]]:
    """Open a page in one of the four modes, without motion: axe measures colours in mid-air."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": WIDTHS[width], "height": 800},
        has_touch=width == "phone",
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="zh-CN",
    )
    page = context.new_page()
    page.add_init_script("globalThis.wide = innerWidth > 1000")

    def visit(path: str) -> Page:
        page.goto(address + path)
        return page

    yield visit
    context.close()


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands."""
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found


def test_axe_sees_what_is_wrong(window: Callable[[str], Page]) -> None:
    page = window("404.html")
    page.evaluate(
        """() => {
            document.querySelector("article").append(
                Object.assign(document.createElement("button"), { id: "bad" }),
                Object.assign(document.createElement("p"), { id: "pale", textContent: "pale" }),
            )
            document.getElementById("pale").style.color = "#888"
            document.querySelector("h1").lang = "zz"
        }"""
    )
    found = " ".join(violations(page))
    assert "button-name: #bad" in found
    assert "#pale" in found
    assert "valid-lang: h1" in found


@pytest.mark.parametrize("path", TEMPLATES.values(), ids=TEMPLATES.keys())
def test_each_template_is_clean(window: Callable[[str], Page], path: str) -> None:
    if path == "?":  # the root leads on at once, but for who has no scripts
        pytest.skip("see the test of the root below")
    assert violations(window(path)) == []


def test_the_root_is_clean(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.route("**/leave.js", lambda route: route.abort())  # stay
    page.goto(address)
    assert page.locator(".kb-card").count() == 2
    assert violations(page) == []
    context.close()


def shown(page: Page, selector: str) -> Locator:
    """The first of these that this window shows: some things are elsewhere on a phone."""
    return page.locator(selector).locator("visible=true").first


@pytest.mark.parametrize("words", ["退款", "zzqqxx"])
def test_the_open_search_is_clean(window: Callable[[str], Page], words: str) -> None:
    page = window("2026-11/start/plans/")
    shown(page, "[data-open=search]").click()
    assert violations(page) == []
    page.keyboard.type(words)
    page.locator(".kb-search__status", has_text="找到").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize(
    ("path", "opener", "opened"),
    [
        ("2026-11/start/plans/", "[popovertarget=kb-menu]", "#kb-menu"),
        ("2026-11/start/plans/", "[popovertarget=kb-toc]", "#kb-toc"),
        ("2026-11/start/plans/", "[popovertarget=kb-editions]", "#kb-editions"),
        ("2026-11/start/plans/", "table a.kb-fact", "#kb-fact"),
        ("2023-07/plus/apple-alipay/", "a.kb-zoom", "#kb-picture"),
        ("2026-11/faq/", "#kb-notes summary", "#kb-notes dl"),
    ],
)
def test_what_is_opened_is_clean(
    window: Callable[[str], Page], path: str, opener: str, opened: str
) -> None:
    page = window(path)
    if not page.locator(opener).locator("visible=true").count():
        # Columns stand open on a desk; a phone has its switches in the drawer.
        assert page.evaluate("wide") == (opener.endswith(("menu]", "toc]")))
        return
    shown(page, opener).click()
    page.locator(opened).wait_for()
    assert violations(page) == []


@pytest.mark.soak
def test_every_page_is_clean(site: Path, window: Callable[[str], Page]) -> None:
    pages = (path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    edition = ("2026-11/", "2023-07/")
    found = {
        path: wrong
        for path in sorted(pages)
        if path.startswith(edition)
        if (wrong := violations(window(path.removesuffix("index.html"))))
    }
    assert found == {}


# ---- the keyboard alone


@pytest.fixture
def keyboard(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page in a window of this size."""
    contexts: list[BrowserContext] = []

    def visit(path: str, width: int = 320, height: int = 640) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", locale="zh-CN"
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(address + path)
        return page

    yield visit
    for context in contexts:
        context.close()


STOP = """() => {
    const e = document.activeElement
    const r = e.getClientRects()[0] ?? e.getBoundingClientRect()
    const style = getComputedStyle(e)
    return {
        name: e.getAttribute("aria-label") || e.textContent.trim(),
        tag: e.tagName,
        seen: r.right > 0 && r.left < innerWidth && r.bottom > 0 && r.top < innerHeight,
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        modal: !!e.closest("dialog"),
    }
}"""


@pytest.mark.parametrize("height", [640, 256], ids=["phone", "desk at 400 %"])
def test_each_stop_is_on_screen_and_has_a_ring(keyboard: Callable[..., Page], height: int) -> None:
    page = keyboard("2026-11/faq/", height=height)
    stops = []
    for _ in range(70):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(STOP))
    assert [stop for stop in stops if not (stop["seen"] and stop["ring"])] == []
    assert stops[0]["name"] == "跳到正文"
    assert [stop["name"] for stop in stops[1:4]] == [
        "打开目录",
        "ChatGPT Plus 与 API 付费指南",
        "搜索",
    ]
    assert not any(stop["modal"] for stop in stops), "Tab opens nothing"


def test_the_skip_link_leads_to_the_text(keyboard: Callable[..., Page]) -> None:
    page = keyboard("2026-11/start/plans/", 1280)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "kb-content"


@pytest.mark.parametrize(
    ("width", "target", "inside"),
    [
        (320, "kb-menu", "网页订阅与付款方式"),
        (320, "kb-toc", "价格"),
        (1280, "kb-editions", "2023-07 存档版"),
    ],
)
def test_panels_open_say_so_and_close_by_escape_and_by_leaving(
    keyboard: Callable[..., Page], width: int, target: str, inside: str
) -> None:
    page = keyboard("2026-11/subscribe/apple/", width)
    button = page.locator(f"button[popovertarget={target}]").first
    panel = page.locator(f"#{target}")
    assert panel.is_hidden()
    assert button.get_attribute("aria-expanded") == "false"
    button.focus()
    assert panel.is_hidden(), "focus alone opens nothing"
    page.keyboard.press("Enter")
    assert panel.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    assert panel.get_by_role("link", name=inside, exact=True).is_visible()
    page.keyboard.press("Escape")
    assert panel.is_hidden()
    assert button.get_attribute("aria-expanded") == "false"
    assert button.evaluate("button => button === document.activeElement")
    page.keyboard.press("Enter")
    stops = panel.locator("a, button").locator("visible=true").count()
    for _ in range(stops + 1):
        page.keyboard.press("Tab")
    assert panel.is_hidden(), "what has the focus now would lie below it"


def test_the_closed_drawer_cannot_be_reached(keyboard: Callable[..., Page]) -> None:
    page = keyboard("2026-11/subscribe/apple/")
    assert page.locator("#kb-menu").evaluate("panel => getComputedStyle(panel).display") == "none"
    assert page.get_by_role("navigation", name="全站目录").count() == 0
    page.locator("[popovertarget=kb-menu]").first.click()
    assert page.get_by_role("navigation", name="全站目录").count() == 1


def test_search_opens_by_action_closes_by_escape_and_tells_how_many(
    keyboard: Callable[..., Page],
) -> None:
    page = keyboard("2026-11/start/plans/", 1280)
    dialog = page.get_by_role("dialog", name="搜索")
    assert dialog.count() == 0
    page.locator(".kb-header__search").focus()
    assert dialog.count() == 0
    page.keyboard.press("Enter")
    assert dialog.count() == 1
    assert page.evaluate("document.activeElement.matches('#kb-search input')")
    page.keyboard.type("退款")
    page.locator(".kb-search__results a").first.wait_for()
    assert "找到" in page.get_by_role("status").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("!!document.activeElement.closest('.kb-search__results')")
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    assert page.evaluate("document.activeElement.matches('.kb-header__search')")


def test_shortcuts_open_the_search_but_not_while_somebody_types(
    keyboard: Callable[..., Page],
) -> None:
    page = keyboard("2026-11/api/estimate/", 1280)
    page.locator("input[name=requests]").focus()
    page.keyboard.press("/")
    assert page.locator("#kb-search").is_hidden()
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.locator("#kb-search").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    assert page.locator("#kb-search").is_visible()


def test_steps_are_ticked_from_the_keyboard_and_remembered(keyboard: Callable[..., Page]) -> None:
    page = keyboard("2026-11/subscribe/apple/")
    box = page.get_by_role("checkbox", name="已完成第 2 步").first
    box.focus()
    page.keyboard.press("Space")
    page.reload()
    boxes = page.locator("#steps ~ ol").first.get_by_role("checkbox")
    assert [boxes.nth(at).is_checked() for at in range(3)] == [False, True, False]
    page.goto(page.url.replace("/2026-11/", "/2023-07/").replace("subscribe/apple", "plus/apple"))
    assert page.get_by_role("checkbox").count() == 0, "an archived way is not to be followed"


RUNNING = "p:not(.kb-about), li:not(.kb-path li, .kb-mend li, .kb-cards li), dd, td, th, .kb-notice"
TARGETS = """(running) => [...document.querySelectorAll("a, button, input, select, summary")]
    .filter((e) => e.checkVisibility() && e.getClientRects().length && !e.matches(".kb-skip"))
    .filter((e) => e.matches("input, button")
        || !e.closest("main, .kb-footer p")?.contains(e.closest(running)))
    .map((e) => [e.getAttribute("aria-label") || e.textContent.trim(), e.getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.width, box.height) < 43.9)
    .map(([name, box]) => `${name}: ${box.width} × ${box.height}`)"""


@pytest.mark.parametrize(
    "path", ["2026-11/", "2026-11/subscribe/apple/", "2026-11/api/estimate/", "404.html"]
)
def test_what_is_pressed_is_as_large_as_a_fingertip(
    keyboard: Callable[..., Page], path: str
) -> None:
    page = keyboard(path, 375)
    assert page.evaluate(TARGETS, RUNNING) == []
    if page.locator("[popovertarget=kb-menu]").count():
        page.locator("[popovertarget=kb-menu]").first.click()
        assert page.evaluate(TARGETS, RUNNING) == []
