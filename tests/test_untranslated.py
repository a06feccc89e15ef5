"""A page that one language lacks: shown as it is, and said in which language it is (WCAG 3.1.2)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conftest import mkdocs, small_project
from kb.__main__ import main

PAGE = (
    "---\ntitle: {0}\ndescription: {0}。\n---\n# {0} {{ #{1} }}\n\n## 其一 {{ #one }}\n\n正文。\n"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a page that has no English text, and a section known to lag in English."""
    root = small_project(tmp_path_factory.mktemp("untranslated") / "p")
    (root / "docs/2026-11/zh/extra.md").write_text(PAGE.format("多出的一页", "extra"), "utf-8")
    settings = (root / "mkdocs.yml").read_text("utf-8")
    nav = "nav:\n  - index.md\n"
    (root / "mkdocs.yml").write_text(settings.replace(nav, f"{nav}  - extra.md\n"), "utf-8")
    assert main(["--root", str(root), "stamp", "2026-11", "--all"]) == 0
    page = root / "docs/2026-11/zh/index.md"
    page.write_text(page.read_text("utf-8").replace("\n一句话。", "\n改过的一句话。"), "utf-8")
    lag = ["stamp", "--behind", "--as-of", "2026-11-29", "2026-11", "index#home"]
    assert main(["--root", str(root), *lag]) == 0
    answer = mkdocs("build", "-q", cwd=root)
    assert answer.returncode == 0, answer.stderr
    return root / "site"


def read(built: Path, page: str) -> str:
    return (built / page).read_text("utf-8")


@pytest.mark.build
def test_its_title_says_its_language(built: Path) -> None:
    page = read(built, "en/extra/index.html")
    assert re.search(r'<title lang="zh">多出的一页', page)
    assert re.search(r'<a href="[^"]*"[^>]* lang="zh"[^>]*>多出的一页</a>', page)
    assert re.search(r'<ul lang="zh">\s*<li><a href="#one">', page)
    home = read(built, "en/index.html")
    assert re.search(r'<a href="extra/" lang="zh">多出的一页</a>', home)
    assert "<title>" in home


@pytest.mark.build
def test_in_its_own_language_nothing_is_said(built: Path) -> None:
    assert not re.search(
        r'<(?:title|ul|a)[^>]* lang="zh"[^>]*>多出', read(built, "extra/index.html")
    )


@pytest.mark.build
def test_a_section_that_lags_leads_to_the_text_that_is_ahead(built: Path) -> None:
    home = read(built, "en/index.html")
    note = re.search(r'id="home">.*?<p class="kb-behind"[^>]*>(.*?)</p>', home, re.S)
    assert note
    assert "corrected on 2026-11-29" in note[1]
    assert '<a href="../#home" hreflang="zh" lang="zh">简体中文</a>' in note[1]
    assert "kb-behind" not in read(built, "index.html")
