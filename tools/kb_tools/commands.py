"""What each command that is given by hand does with its arguments."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from kb import project
from kb.commands import home, tell
from kb.drawings import checks as drawings
from kb.finding import Finding
from kb.pictures.entries import LEDGER
from kb_tools import draw as drawing
from kb_tools import importer, mend


def draw(options: Namespace) -> int:
    """Pictures from their text sources."""
    reader = project.Reader(home(options))

    def draw_once(chromium: Any = None) -> list[Finding]:
        held = reader.read()
        listed, lock = held.ledger(LEDGER), held.ledger("drawings.lock")
        root, locales = held.home, held.editions.locales
        if options.check:
            digests = {f"docs/{path}": file.digest for path, file in held.pictures.items()}
            return drawings.check(root, listed, lock, locales, digests)
        return drawing.draw(root, listed, lock, locales, options.name, chromium=chromium)

    if options.watch:
        drawing.watch(lambda chromium: tell(draw_once(chromium)), reader.home)
    return tell(draw_once())


def screenshots(options: Namespace) -> int:
    """Pictures mended: metadata, packing, names."""
    return tell(mend.fix(project.read(home(options)), dry=not options.fix))


def import_posts(options: Namespace) -> int:
    """Posts of the old blog as pages."""
    findings, posts = importer.import_posts(
        options.file, options.to, options.check, permalink=options.permalink or importer.PERMALINK
    )
    print(importer.render(posts))
    return tell(findings)
