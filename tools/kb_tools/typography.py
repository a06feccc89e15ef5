"""`kb check --fix`: the typography of pages put right."""

from __future__ import annotations

from kb import project
from kb.ledger import Ledger
from kb.project import Project
from kb.text.page import Page
from kb.translations import language
from kb_tools import writing


def mend(held: Project) -> Project:
    """Put the typography of all pages right, as one step; gives the project as it is then."""
    words, change = held.ledger(language.LEDGER), writing.Change(held.home)
    for page in held.written:
        if (text := mended(page, words)) != page.text:
            change.write(page.file, text)
    for name in change.commit():
        print(f"mended {name}")
    return project.read(held.home)


def mended(page: Page, ledger: Ledger) -> str:
    """A page's text with its typography put right."""
    kept = () if ledger.findings or not ledger.data else ledger.data["typography"]
    lines = page.text.split("\n")
    for line, _, old, new in language.odd(page, kept):
        if new:
            lines[line - 1] = lines[line - 1].replace(old, new)
    return "\n".join(lines)
