"""The golden cases of every room (golden.py), and that each rule has a test."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import markdown
import pytest
from mkdocs.config import load_config

from conftest import ROOT
from golden import PAGE, Case, blank_project, cases, settle, source
from kb import ledger, project
from kb.facts import checks as facts_checks
from kb.finding import Finding
from kb.legacy import tags
from kb.legacy.convert import Ways, convert
from kb.markup import checks as markup_checks
from kb.paths import Paths
from kb.pictures import checks as picture_checks
from kb.pictures import uses
from kb.pictures.entries import LEDGER as PICTURES
from kb.references import checks as reference_checks
from kb.references.site import read_site
from kb.rules import RULES
from kb.text import checks as text_checks
from kb.text.page import DocsPath, Markdown, Page
from kb.translations import checks as translations
from kb_tools import importer

DOCS = Path("docs")
LOCALES = ("zh", "en")
Made = tuple[list[Finding], dict[str, str]]  # what is said, and by path what was made


def _pages() -> dict[DocsPath, Page]:
    paths = [path.relative_to(DOCS).as_posix() for path in sorted(DOCS.glob("*/*/**/*.md"))]
    return {path: Page(path, (DOCS / path).read_text("utf-8")) for path in paths}


def facts(as_of: str, edition: str = "2026-11") -> list[Finding]:
    """`as_of` is today; `edition` is the one that is read, and 2026-11 the current one."""
    name = "docs/ledgers/facts.yml"
    listed = ledger.load(Path(name).read_text("utf-8"), name, "facts")
    today = date.fromisoformat(as_of)
    pages = {path: page for path, page in _pages().items() if page.edition == edition}
    named = {mention.id for page in pages.values() for mention in page.mentions}
    tended = edition == "2026-11"
    return facts_checks.check(listed, pages, LOCALES, named if tended else None, today)


def across() -> list[Finding]:
    """Of the links of pages to other languages and editions."""
    pages = _pages()
    return list(Paths(pages, LOCALES[0]).check(pages.values()))


def pictures() -> list[Finding]:
    """Of the edition 2026-11."""
    settle(Path())
    held = project.read(Path())
    shown = [*uses.uses(held.pages.values()), *held.shown]
    return picture_checks.check(held.pictures, shown, held.ledger(PICTURES), held.editions.locales)


def references(
    site_url: str = "",
    sources: Mapping[str, Any] | None = None,
    ignore: Collection[str] = (),
    ignore_attributes: Collection[str] = (),
) -> list[Finding]:
    """Of `site/`; `sources` are the Markdown of its pages and where their links lead."""
    known = {
        page: source(held["path"], held["text"], held["leads_to"].get)
        for page, held in (sources or {}).items()
    }
    site = read_site(Path("site"), site_url=site_url, ignore_attributes=ignore_attributes)
    return reference_checks.check(site, sources=known, ignore=ignore).findings


def translated() -> list[Finding]:
    """Of the pages of one edition."""
    return translations.check(_pages(), LOCALES)


def _picture(src: str) -> tags.Picture | None:
    known = ("known.png", "/images/known.png")
    return tags.Picture("../images/known.png", 800, 400) if src in known else None


def _post(name: str) -> tuple[str, str] | None:
    return ("../posts/hello-world.md", "") if name.endswith("hello-world") else None


def legacy(ignore: Collection[str] = ()) -> Made:
    """A page that knows one picture of 800 × 400 and one post; `ignore` names tags of others."""
    text = Path(PAGE).read_bytes().decode()
    skip = frozenset(ignore)
    converted, findings = convert(text, PAGE, Ways(_picture, _post, ignore=skip))
    assert convert(converted, PAGE, Ways(ignore=skip))[0] == converted, "converts once and for all"
    return [*findings, *text_checks.headings(Markdown(text), PAGE)], {PAGE: converted}


def imported(page: str) -> Made:
    """The one post of `blog/`, into the folder of the page that it becomes; with its account."""
    blank_project(Path())
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*.*")}
    (post,) = Path("blog/source/_posts").iterdir()
    findings, done = importer.import_posts([post], Path(page).parent, check=False, home=Path())
    new = (path for path in Path("docs").rglob("*.*") if path.suffix in (".md", ".yml"))
    changed = (path for path in new if path.stat().st_mtime_ns != before.get(path))
    made = {path.as_posix(): path.read_text("utf-8") for path in changed}
    return findings, {**made, "account": importer.render(done)}


def markup(allowed: Collection[str] = ()) -> list[Finding]:
    """A page, rendered with the site's extensions; `allowed` is what the ledger would excuse."""
    page = Page(f"e/zh/{PAGE}", Path(PAGE).read_text("utf-8"))
    found = markup_checks.check(_markdown().reset().convert(page.body), page, allowed)[0]
    return [replace(finding, path=PAGE) for finding in found]


@cache
def _markdown() -> markdown.Markdown:
    config = load_config(str(ROOT / "mkdocs.yml"))
    return markdown.Markdown(
        extensions=config["markdown_extensions"], extension_configs=config["mdx_configs"]
    )


ROOMS: dict[str, Callable[..., Any]] = {
    "facts": facts,
    "import": imported,
    "legacy": legacy,
    "markup": markup,
    "paths": across,
    "pictures": pictures,
    "references": references,
    "translations": translated,
}


@pytest.mark.parametrize("case", cases())
def test_golden(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    done = ROOMS[case.room](**case.settings)
    unchanged = {name: text for name, text in case.files.items() if name == PAGE}
    findings, made = done if isinstance(done, tuple) else (done, unchanged)
    assert made == case.output
    assert sorted(case.said(findings)) == sorted(case.findings)


def test_every_rule_is_seen_to_fire() -> None:
    """By a golden case, or by name in another test."""
    here = Path(__file__).parent
    paths = [*here.glob("cases/*/*.yml"), *here.glob("test_*.py")]
    named = re.findall(r"[a-z]+(?:-[a-z0-9]+)+", "".join(path.read_text("utf-8") for path in paths))
    assert set(RULES) - set(named) == set()
