"""MkDocs: after the last language is built, everything is checked; a build with errors fails."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority

import kb.checks
import kb.clock
import kb.editions
import kb.pictures.review
import kb.project

log = logging.getLogger("mkdocs.hooks.checks")
_serving = False


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """An editor at work is warned; a build fails."""
    global _serving
    _serving = command == "serve"


@event_priority(-150)  # static-i18n builds the other languages at -100; legacy_tags ends at -200
def on_post_build(*, config: MkDocsConfig) -> None:
    """Check the sources and the finished tree of all languages."""
    i18n = config.plugins.get("i18n")
    if getattr(i18n, "building", False) or kb.editions.together(os.environ):
        return  # the last language, or the whole site, is still to come
    docs = Path(config.docs_dir)
    edition = kb.project.read(docs.parent, docs.name)
    site, today = Path(config.site_dir), kb.clock.today(os.environ)
    findings = kb.checks.check_site(edition, site, config.site_url or "", today)
    findings += kb.pictures.review.check(docs.parent.parent, today)
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in findings:
        level = logging.WARNING if _serving or finding not in errors else logging.ERROR
        log.log(level, "%s", finding)
    if errors and not _serving:
        raise PluginError(f"{len(errors)} problems, each named above with its place")
