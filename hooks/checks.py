"""MkDocs: each page is judged, and after the last language all else; a build with errors fails."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

import kb.checks
import kb.editions
import kb.pictures.review
import kb.project
from kb.finding import Finding
from kb.ledger import Ledger
from kb.markup import checks as markup
from kb.markup import exceptions

log = logging.getLogger("mkdocs.hooks.checks")
_serving = False
_ledger: Ledger
_findings: set[Finding] = set()  # an untranslated page is visited in each language
_excused: dict[str, set[str]] = {}


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """An editor at work is warned; a build fails."""
    global _serving
    _serving = command == "serve"


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Read the exceptions anew for each build, so that `mkdocs serve` sees a change."""
    global _ledger
    _ledger = kb.project.read_ledger(Path(config.docs_dir).parent, exceptions.LEDGER)
    if not _inner(config):
        _findings.clear()
        _excused.clear()


@event_priority(100)  # before our own hooks, which add what no author may
def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Judge a page in the form in which it comes from Markdown."""
    edition, path = Path(config.docs_dir).name, page.file.src_uri
    name = f"{edition}/{path.removesuffix('.md').partition('/')[2]}"
    allowed = {entry.name for entry in exceptions.entries(_ledger) if entry.page == name}
    text = page.file.content_string
    found, excused = markup.check(html, f"docs/{edition}/{path}", text, allowed)
    _findings.update(found)
    _excused.setdefault(name, set()).update(excused)
    return html


@event_priority(-150)  # static-i18n builds the other languages at -100; legacy_tags ends at -200
def on_post_build(*, config: MkDocsConfig) -> None:
    """Check the sources and the finished tree of all languages."""
    if _inner(config):
        return  # the last language is still to come
    docs = Path(config.docs_dir)
    findings = [*_findings, *exceptions.unused(_ledger, docs.name, _excused)]
    if not kb.editions.together(os.environ):  # else the whole site is still to come
        edition = kb.project.read(docs.parent, docs.name)
        site, today = Path(config.site_dir), kb.project.today(docs.parent, os.environ)
        findings += kb.checks.check_site(edition, site, config.site_url or "", today)
        findings += kb.pictures.review.check(docs.parent.parent, today)
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in sorted(findings):
        level = logging.WARNING if _serving or finding not in errors else logging.ERROR
        log.log(level, "%s", finding)
    if errors and not _serving:
        raise PluginError(f"{len(errors)} problems, each named above with its place")


def _inner(config: MkDocsConfig) -> bool:
    """Whether this is the build of a further language, inside of the first one's."""
    return bool(getattr(config.plugins.get("i18n"), "building", False))
