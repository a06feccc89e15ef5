"""Checks that need nothing but a page's text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kb.finding import Finding
from kb.text import front_matter


def check(pages: Mapping[str, str]) -> list[Finding]:
    """Front matter that would be read otherwise than it was meant; keys are paths from docs/."""
    return [
        replace(finding, path=f"docs/{path}")
        for path, text in pages.items()
        for finding in front_matter.read(text).findings
    ]
