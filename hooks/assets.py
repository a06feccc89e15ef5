"""MkDocs: pages name the theme's assets; an edition built alone brings them along."""

import os
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

import kb.assets
import kb.editions
from state import Build, state


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Read the assets anew for each build, so that `mkdocs serve` sees a change."""
    folder = Path(config.theme.custom_dir or "", kb.assets.FOLDER)
    state.build(config).assets = kb.assets.read(folder)


def on_files(files: Files, *, config: MkDocsConfig) -> None:
    """The parts of the theme are no files of the site."""
    for uri in [uri for uri in files.src_uris if uri.startswith(f"{kb.assets.FOLDER}/")]:
        files.remove(files.src_uris[uri])


def on_page_context(context: dict[str, Any], *, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """Give the template `asset`: the address of `assets/…`, the same for all editions."""
    above = "../" if kb.editions.together(os.environ) else ""
    folder = get_relative_url(".", page.url) + "/" + above + state.build(config).assets.folder
    context["asset"] = lambda path: folder + path.removeprefix(f"{kb.assets.FOLDER}/")


def served(build: Build) -> dict[str, bytes]:
    """The assets by their paths in a site of one edition."""
    return {build.assets.folder + name: data for name, data in build.assets.files.items()}


def on_post_build(*, config: MkDocsConfig) -> None:
    """Write them; beside other editions they are the whole site's to write."""
    if not kb.editions.together(os.environ):
        kb.assets.write(state.build(config).assets, Path(config.site_dir))
