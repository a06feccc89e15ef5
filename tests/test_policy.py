"""The policy that the site is served under: every page says it, and no page needs more."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from conftest import Tab, mkdocs, small_project, until, wait_for
from kb import html, policy


def tags(page: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for tag in html.tags(page.read_text("utf-8")):
        if tag.attrs is not None:
            yield tag.name, dict(tag.attrs)


def test_every_page_says_the_policy_before_it_loads_anything(site: Path) -> None:
    for page in site.rglob("*.html"):
        head = [(name, held) for name, held in tags(page) if name in ("meta", "link", "script")]
        said = {"http-equiv": "Content-Security-Policy", "content": policy.META}
        assert head.index(("meta", said)) <= 1, page


def test_nothing_stands_inline_on_any_page(site: Path) -> None:
    inline = [
        f"{page.relative_to(site)}: <{name}> {held}"
        for page in site.rglob("*.html")
        for name, held in tags(page)
        if name == "style"
        or (name == "script" and "src" not in held and held.get("type") != "application/ld+json")
        or any(key == "style" or key.startswith("on") for key in held)
    ]
    assert inline == []


def test_what_the_page_says_is_the_header_less_what_a_page_cannot_say() -> None:
    assert policy.HEADER.partition("; frame-ancestors")[0] == policy.META
    directives = dict(part.split(" ", 1) for part in policy.HEADER.split("; "))
    assert directives == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def test_every_answer_carries_it(address: str) -> None:
    with urllib.request.urlopen(address + "robots.txt") as answer:
        assert answer.headers["Content-Security-Policy"] == policy.HEADER
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(address + "nowhere/")
    assert missing.value.headers["Content-Security-Policy"] == policy.HEADER


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ("<script>document.title = 'x'</script>", "script-src-elem inline"),
        ("<p style='color: red'>a</p>", "style-src-attr inline"),
        ("<p onclick='x()'>a</p><script src='click.js'></script>", "script-src-attr inline"),
        ("<img src='http://127.0.0.1:9/a.png' alt=''>", "img-src http://127.0.0.1:9/a.png"),
        ("<base href='http://127.0.0.1:9/'>", "base-uri http://127.0.0.1:9/"),
    ],
)
def test_the_tabs_of_these_tests_notice_what_is_refused(
    body: str, refused: str, tmp_path: Path, serve: Callable[[Path], str], browser: Browser
) -> None:
    (tmp_path / "index.html").write_text(f"<!doctype html>{body}", "utf-8")
    (tmp_path / "click.js").write_text("document.querySelector('p').click()", "utf-8")
    context = browser.new_context()
    tab = Tab(context, serve(tmp_path))
    tab.open("")
    wait_for(tab.page, lambda: bool(tab.refused), "something is refused")
    context.close()
    assert [line.partition(": ")[2] for line in tab.refused] == [refused]


@pytest.mark.parametrize("path", ["", "404.html", "2026-11/", "2023-07/en/plus/virtual-card/"])
def test_pages_of_every_kind_need_no_more(tab: Callable[..., Tab], path: str) -> None:
    here = tab()
    here.open(path)
    here.page.wait_for_load_state("networkidle")
    assert here.problems == []


def test_the_search_of_the_404_page_needs_no_form_that_is_sent(tab: Callable[..., Tab]) -> None:
    here = tab()
    page = here.open("404.html")
    page.locator("form.kb-form input").nth(1).fill("API & more")
    page.keyboard.press("Enter")
    page.wait_for_url("**/2026-11/en/?q=API+%26+more")
    assert page.locator("#kb-search input").input_value() == "API & more"


def test_without_scripts_there_is_no_form_that_leads_nowhere(tab: Callable[..., Tab]) -> None:
    page = tab(javascript=False).open("404.html")
    assert page.locator("form:visible").count() == 0
    assert page.locator("a:visible").count() >= 4


@pytest.mark.build
def test_an_edition_built_alone_says_it_too(tmp_path: Path) -> None:
    project = small_project(tmp_path / "p")
    mkdocs("build", "-d", str(tmp_path / "site"), cwd=project)
    said = ("meta", {"http-equiv": "Content-Security-Policy", "content": policy.META})
    assert said in list(tags(tmp_path / "site/index.html"))


def test_a_page_is_waited_for_under_the_policy(tab: Callable[..., Tab]) -> None:
    page = tab().open("")
    page.evaluate("setTimeout(() => { window.late = true; }, 300)")
    until(page, "window.late === true")
