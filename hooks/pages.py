"""MkDocs: pages come from the project as it was read, once; what cannot be read is left out."""

import json
from typing import Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

import kb.checks
from checks import tell
from state import state


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """An editor at work is warned; a build fails."""
    state.serving = command == "serve"


@event_priority(100)
def on_pre_build(*, config: MkDocsConfig) -> None:
    """Stop at what would stop MkDocs, with all that can be told of the sources."""
    build = state.build(config)
    for finding in build.project.findings if state.serving else ():
        if finding.rule == "locale-unknown":
            raise PluginError(str(finding))  # its pages cannot be shown, to an editor neither
    # `kb build` looked before it began.
    if not (state.serving or build.together) and kb.checks.unbuildable(build.project):
        tell(kb.checks.check_sources(build.project, build.today))


@event_priority(100)  # before static-i18n sorts them by language
def on_files(files: Files, *, config: MkDocsConfig) -> None:
    """Take out what is refused (links out of docs/, pipes, …): MkDocs would publish it, or wait."""
    build = state.build(config)
    for file in list(files):
        parts = f"{build.edition}/{file.src_uri}".split("/")
        above = {"/".join(parts[:end]) for end in range(2, len(parts) + 1)}
        unread = file.is_documentation_page() and file.abs_src_path and not build.page(file)
        if unread or not build.project.refused.isdisjoint(above):
            files.remove(file)


def on_page_read_source(*, page: Page, config: MkDocsConfig) -> str | None:
    """The page's text, its front matter as the checks understand it: MkDocs reads other YAML."""
    ours = state.build(config).page(page.file)
    if ours is None:
        return None
    page.kb_source, page.kb_file = ours.text, ours.file  # type: ignore[attr-defined]
    body = ours.body
    # MkDocs stops at a broken IPv6 host; the checks have told of it.
    for link in ours.links if "://[" in body else ():
        if link.target.lower().startswith(("http://[", "https://[")):
            body = body.replace(link.target, link.target.replace("[", "%5B"))
    return f"---\n{json.dumps(ours.meta, ensure_ascii=False)}\n---\n{body}"
