"""What programs read: Markdown beside each page, llms.txt, JSON-LD."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from conftest import SITE_URL, built_pages
from kb.machines import markdown, questions


def test_facts_become_words_and_links_whole() -> None:
    text = (
        'Plus: <a class="kb-fact" aria-description="x" href="#f">US$20'
        '<span class="kb-fact__due"> &#40;due&#41;</span></a>, see [plans](../a/plans.md#plus), '
        "[web](https://a.test/x.md) and `<b>`.\n\n"
    )
    assert markdown(text, lambda path: f"<{path}>") == (
        "Plus: US$20 (due), see [plans](<../a/plans.md>#plus), "
        "[web](https://a.test/x.md) and `<b>`.\n"
    )


def test_questions_have_the_text_below_them() -> None:
    page = (
        "<h2>A</h2><h3 id=x>Why &lt;1&gt;?</h3><p>Since\n<b>so</b>.</p><p>Yes.</p><h2>B</h2><p>no"
    )
    assert questions(page) == [("Why <1>?", "Since so.Yes.")]


def structured(site: Path, page: str) -> dict[str, Any]:
    """The parts of a page's JSON-LD by their type."""
    html = (site / page / "index.html").read_text("utf-8")
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    return {part["@type"]: part for part in json.loads(data)["@graph"]}


def test_a_page_says_what_it_is_and_where_it_stands(site: Path) -> None:
    found = structured(site, "2026-11/en/subscribe/apple")
    assert found["Article"]["inLanguage"] == "en"
    assert found["Article"]["mainEntityOfPage"] == f"{SITE_URL}2026-11/en/subscribe/apple/"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found["Article"]["dateModified"])
    path = [(item["position"], item["item"]) for item in found["BreadcrumbList"]["itemListElement"]]
    assert path == [
        (1, f"{SITE_URL}2026-11/en/"),
        (2, f"{SITE_URL}2026-11/en/subscribe/"),
        (3, f"{SITE_URL}2026-11/en/subscribe/apple/"),
    ]
    assert "FAQPage" not in found


def test_the_faq_lists_each_of_its_questions(site: Path) -> None:
    html = (site / "2026-11/faq/index.html").read_text("utf-8")
    asked = structured(site, "2026-11/faq")["FAQPage"]["mainEntity"]
    assert len(asked) == html.count("<h3") >= 30
    assert all(item["name"] and item["acceptedAnswer"]["text"] for item in asked)


def test_llms_txt_lists_the_markdown_of_each_current_page(site: Path) -> None:
    listed = re.findall(
        r"^- \[[^]]+\]\(([^)]+)\): \S", (site / "llms.txt").read_text("utf-8"), re.M
    )
    files = {path.relative_to(site).as_posix() for path in (site / "2026-11").rglob("index.md")}
    assert sorted(listed) == sorted(SITE_URL + file for file in files)


def test_each_page_lies_there_as_markdown_too(site: Path) -> None:
    every = [page for folder in site.glob("20??-??") for page in built_pages(folder)]
    assert len(every) > 90
    for page in every:
        text = page.with_suffix(".md").read_text("utf-8")
        assert text.startswith("# "), page
        assert '<a class="kb-fact' not in text, page
        assert "[[" not in re.sub(r"`[^`]*`|(?s:```.*?```)|<code>.*?</code>", "", text), page
