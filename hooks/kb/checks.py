"""All checks of an edition in one call each: the sources alone, or the built site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kb import ledger, legacy, project, references, screenshots, source
from kb.finding import Finding, unique


def check_sources(edition: project.Project) -> list[Finding]:
    """What can be said without building: pictures and ledgers."""
    uses = [
        screenshots.Use(path, line, target)
        for path, text in edition.pages.items()
        for line, target in _pictures(text)
    ]
    listed = edition.ledgers.get(screenshots.LEDGER, ledger.EMPTY)
    pictures = screenshots.check(edition.pictures, uses, listed, edition.locales)
    return unique(
        [*pictures, *(found for held in edition.ledgers.values() for found in held.findings)]
    )


def _pictures(text: str) -> Iterator[tuple[int, str]]:
    yield from ((link.line, link.target) for link in source.parse(text).links if link.picture)
    yield from ((tag.line, tag.src) for tag in legacy.images(text))


def check_site(edition: project.Project, site: Path, site_url: str) -> list[Finding]:
    """The sources and the site that they were built into."""
    graph = references.read_site(site, site_url=site_url)
    built = references.check(graph, sources=project.sources(edition))
    return unique([*check_sources(edition), *built])
