"""MkDocs: pictures of a page become figures, with the texts and sizes the project knows."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import kb.figures
import kb.ledger
import kb.project
import kb.screenshots

LABELS = {
    "zh": kb.figures.Labels(enlarge="放大图片", close="关闭"),
    "en": kb.figures.Labels(enlarge="Enlarge the picture", close="Close"),
}
_project: kb.project.Project


def on_pre_build(*, config: MkDocsConfig) -> None:
    """Read the pictures anew for each build, so that `mkdocs serve` sees a changed ledger."""
    global _project
    docs = Path(config.docs_dir)
    _project = kb.project.read(docs.parent, docs.name)


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the page's pictures by figures."""
    by_address = {file.dest_uri: file for file in files}
    locale = getattr(page.file, "locale_alternate_of", "zh")
    texts = kb.screenshots.entries(
        _project.ledgers.get(kb.screenshots.LEDGER, kb.ledger.EMPTY), _project.locales
    )

    def variant(href: str, file: File) -> kb.figures.Variant | None:
        known = _project.pictures.get(f"{_project.edition}/{file.src_uri}")
        return kb.figures.Variant(href, known.width, known.height) if known else None

    def lookup(src: str) -> kb.figures.Picture | None:
        url = urlsplit(urljoin(f"//site/{page.url}", src))
        file = by_address.get(unquote(url.path.lstrip("/"))) if url.netloc == "site" else None
        shown = variant(src, file) if file else None
        if file is None or shown is None:
            return None
        entry = kb.screenshots.entry_of(f"{_project.edition}/{file.src_uri}", locale, texts)
        phone = by_address.get(kb.screenshots.phone_variant(file.dest_uri))
        return kb.figures.Picture(
            shown,
            entry.alt if entry else "",
            entry.caption if entry else "",
            variant(kb.screenshots.phone_variant(src), phone) if phone else None,
        )

    return kb.figures.render(html, lookup, LABELS[locale])
