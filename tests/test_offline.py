"""A language of an edition in a zip: it works from a folder, and leads to the site for the rest."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from conftest import SITE_URL
from kb import offline

PAGE = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'
    '<link href="../../assets/a/style.css"><a href="../b/?q=1#x">b</a><a href="#here">h</a>'
    '<a href="../en/a/">en</a><a href="../../2023-07/">old</a><a href="https://a.test/">web</a>'
    '<a href="mailto:a@b">m</a><img src="../p.png"><a href="../p.png">p</a>'
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A site of two pages in one language, one in another, and another edition."""
    names = ("2026-11/a/index.html", "2026-11/b/index.html", "2026-11/en/a/index.html")
    for name in (*names, "2023-07/index.html", "2026-11/cards/zh/a.png", "2026-11/a/index.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(PAGE)
    for name in ("assets/a/style.css", "2026-11/p.png", "index.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    return tmp_path


def unpacked(data: bytes, folder: Path) -> Path:
    (folder / "held.zip").write_bytes(data)
    with zipfile.ZipFile(folder / "held.zip") as archive:
        archive.extractall(folder / "held")
    return folder / "held"


def test_a_zip_holds_one_language_and_leads_on_to_the_site(small: Path, tmp_path: Path) -> None:
    given = (small, "2026-11/", ["2026-11/en/"], "https://kb.test/")
    data = offline.pack(*given, tmp_path / "last")
    held = unpacked(data, tmp_path)
    found = sorted(path.relative_to(held).as_posix() for path in held.rglob("*.*"))
    assert found == [
        "2026-11/a/index.html",
        "2026-11/b/index.html",
        "2026-11/p.png",
        "assets/a/style.css",
        "index.html",
    ]
    page = (held / "2026-11/a/index.html").read_text()
    assert re.findall(r'(?:href|src)="([^"]*)"', page) == [
        "../../assets/a/style.css",
        "../b/index.html?q=1#x",
        "#here",
        "https://kb.test/2026-11/en/a/",
        "https://kb.test/2023-07/",
        "https://a.test/",
        "mailto:a@b",
        "../p.png",
        "../p.png",
    ]
    assert "Content-Security-Policy" not in page, "for it a file is no part of 'self'"
    assert 'url=2026-11/index.html"' in (held / "index.html").read_text()
    assert data == offline.pack(*given, tmp_path / "other")


def test_a_zip_made_from_the_last_is_what_it_is_without(small: Path, tmp_path: Path) -> None:
    given, last = (small, "2026-11/", ["2026-11/en/"], "https://kb.test/"), tmp_path / "last"
    first = offline.pack(*given, last)
    assert offline.pack(*given, last) == first
    (small / "2026-11/a/index.html").write_text(PAGE + "中文")
    (small / "2026-11/p.png").write_text("y")
    changed = offline.pack(*given, last)
    assert changed == offline.pack(*given, tmp_path / "none") != first
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:
        assert archive.testzip() is None
        assert archive.read("2026-11/p.png") == b"y"
    (small / "2026-11/c.html").write_text(PAGE)  # links of others may lead to it
    (small / "2026-11/b/index.html").unlink()
    assert offline.pack(*given, last) == offline.pack(*given, tmp_path / "nor here")
    spoilt = last.read_bytes().replace(b"PK", b"KP")
    last.write_bytes(spoilt)
    assert offline.pack(*given, last) == offline.pack(*given, tmp_path / "none at all")


def test_a_page_is_packed_anew_for_what_links_can_lead_to_and_not_for_the_name_of_an_index(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, last = (small, "2026-11/", ["2026-11/en/"], "https://kb.test/"), tmp_path / "last"
    index = small / "2026-11/search/a"
    index.mkdir(parents=True)
    (index / "t0.js").write_text("one")
    packed: list[str] = []
    real = offline._packed
    monkeypatch.setattr(
        offline, "_packed", lambda *of: packed.append(Path(of[1]).name) or real(*of)
    )
    offline.pack(*given, last)
    packed.clear()
    index.rename(index.with_name("b"))
    (small / "2026-11/a/index.html").write_text(PAGE + '<a href="../search/b/t0.js">')
    changed = offline.pack(*given, last)
    assert sorted(packed) == ["index.html", "t0.js"], "the other page stays as it was packed"
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:
        assert b"https://kb.test/2026-11/search/b/t0.js" in archive.read("2026-11/a/index.html")
    (small / "2026-11/b/x.html").write_text("x")
    packed.clear()
    offline.pack(*given, last)
    assert sorted(packed) == ["index.html", "index.html", "p.png", "style.css", "t0.js", "x.html"]


@pytest.mark.parametrize(("edition", "locale"), [("2026-11", "zh"), ("2023-07", "en")])
def test_the_unpacked_pages_work_without_a_host(
    site: Path, browser: Browser, tmp_path: Path, edition: str, locale: str
) -> None:
    held = unpacked((site / offline.name(edition, locale)).read_bytes(), tmp_path)
    broken = []
    for page in held.rglob("*.html"):
        for link in re.findall(r'\b(?:href|src)="(?![a-z]+:|#)([^"#?]+)', page.read_text("utf-8")):
            if not (page.parent / link).is_file():
                broken.append((page.relative_to(held).as_posix(), link))
    assert broken == []
    page = browser.new_page()
    problems: list[str] = []
    page.on("console", lambda said: said.type == "error" and problems.append(said.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((held / "index.html").as_uri())
    page.locator(".kb-nav a").nth(2).click()
    page.wait_for_url("file:**/index.html")
    page.locator(".kb-header .kb-palette").click()
    assert page.evaluate("document.documentElement.dataset.palette") in ("dark", "light")
    if edition == "2023-07":
        page.goto((held / edition / "en/plus/virtual-card/index.html").as_uri())
        picture = page.locator(".kb-figure img").first
        assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
        page.locator("a.kb-zoom").first.click()
        page.locator("#kb-picture img").wait_for()
    page.close()
    assert problems == []
    assert SITE_URL in (held / edition).joinpath("en" * (locale == "en"), "index.html").read_text()
