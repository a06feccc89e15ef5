"""Checks of the old blog's tags that need nothing but a page's text."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kb.finding import Finding
from kb.legacy.convert import convert
from kb.text.page import Page


def check(pages: Iterable[Page], ignore: Collection[str] = ()) -> list[Finding]:
    """Tags that are not converted, or not as they stand; those named in `ignore` are not ours."""
    return [
        finding
        for page in pages
        for finding in convert(
            page.body, page.file, first_line=page.meta_lines + 1, ignore=frozenset(ignore)
        )[1]
    ]
