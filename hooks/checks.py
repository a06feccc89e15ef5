"""MkDocs: each page is judged, and after the last language all else; a build with errors fails."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page

import kb.checks
from kb.finding import Finding, unique
from kb.markup import checks as markup
from kb.markup import exceptions
from state import Build, state

log = logging.getLogger("mkdocs.hooks.checks")


@event_priority(100)  # before our own hooks, which add what no author may
def on_page_content(html: str, *, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """Judge a page in the form in which it comes from Markdown."""
    build = state.build(config)
    source = build.page(page.file)
    if source:
        name = f"{source.edition}/{source.name}"
        listed = exceptions.entries(build.project.ledger(exceptions.LEDGER))
        allowed = {entry.name for entry in listed if entry.page == name}
        found, excused = markup.check(html, source, allowed)
        build.judged[source.path] = (name, found, excused)


@event_priority(-150)  # static-i18n builds the other languages at -100; legacy_tags ends at -200
def on_post_build(*, config: MkDocsConfig) -> None:
    """Check the sources and the finished tree of all languages."""
    if state.serving or getattr(config.plugins.get("i18n"), "building", False):
        return  # it follows behind (kb_tools.serving), or the last language is still to come
    tell(found(state.build(config)))


def tell(findings: Iterable[Finding]) -> None:
    """Say what is wrong, and end the build when there are errors."""
    errors = 0
    for finding in findings:
        log.log(getattr(logging, finding.severity.upper()), "%s", finding)
        errors += finding.severity == "error"
    if errors:
        raise PluginError(f"{errors} problems, each named above with its place")


def found(build: Build) -> list[Finding]:
    """What is wrong with pages and, of an edition built alone, with its sources and its site."""
    excused: dict[str, set[str]] = {}
    findings = build.lost[:]
    for name, wrong, needed in build.judged.values():
        findings += wrong
        excused.setdefault(name, set()).update(needed)
    listed = build.project.ledger(exceptions.LEDGER)
    findings += exceptions.unused(listed, build.edition, excused)
    if not build.together:  # else the whole site is still to come
        site, url = Path(build.config.site_dir), build.config.site_url or ""
        label = "site" if state.serving else ""  # not the folder for a while that it is served from
        findings += kb.checks.check_edition(build.project, site, url, build.today, label)
    return unique(findings)
