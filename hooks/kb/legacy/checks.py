"""Checks of the old blog's tags that need nothing but a page's text."""

from collections.abc import Collection, Iterable

from kb.finding import Finding
from kb.legacy.convert import Ways, convert
from kb.text.page import Page


def check(pages: Iterable[Page], ignore: Collection[str] = ()) -> list[Finding]:
    """Tags that are not converted, or not as they stand; those named in `ignore` are not ours."""
    ways, found = Ways(ignore=frozenset(ignore)), list[Finding]()
    for page in pages:
        found += convert(page.body, page.file, ways, first_line=page.meta_lines + 1)[1]
    return found
