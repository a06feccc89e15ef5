"""What each command that is given by hand does with its arguments."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kb import build as builder
from kb import checks, clock, files, project, releases
from kb.drawings import checks as drawings
from kb.editions import SETTINGS
from kb.finding import Finding, InputError, many
from kb.pictures.entries import LEDGER
from kb.terminal import FINE, TOOLS, as_of_argument, home, site_url, site_url_argument, tell
from kb_tools import arguments as kinds
from kb_tools import changes as noticed
from kb_tools import draw as drawing
from kb_tools import importer, mend, new_edition, pages, picture
from kb_tools import preview as host
from kb_tools import render as generic


def _draw_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="*", help="a drawing of docs/drawings/; all changed if none")
    parser.add_argument("--check", action="store_true", help="only name the stale ones")
    parser.add_argument("--watch", action="store_true", help="draw on each save, until Ctrl+C")
    parser.set_defaults(run=draw)


def draw(options: Namespace) -> int:
    """Pictures from their text sources."""
    reader = project.Reader(home(options))

    def draw_once(chromium: Any = None) -> list[Finding]:
        held = reader.read()
        listed, lock = held.ledger(LEDGER), held.ledger("drawings.lock")
        root, locales = held.home, held.editions.locales
        if options.check:
            digests = {f"docs/{path}": file.digest for path, file in held.pictures.items()}
            return drawings.check(held.drawings, listed, lock, locales, digests, held.kept_drawings)
        return drawing.draw(
            root,
            held.drawings,
            listed,
            lock,
            locales,
            options.name,
            held.kept_drawings,
            chromium=chromium,
        )

    if options.watch:
        drawing.watch(lambda chromium: tell(draw_once(chromium)), reader.home)
    return tell(draw_once(), many(len(reader.read().drawings), "drawing"))


def _screenshots_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--fix", action="store_true", help="strip metadata, pack, rename")
    parser.add_argument(
        "--take", nargs="*", metavar="PATH", help="capture public pages again, as the ledger says"
    )
    as_of_argument(parser)
    parser.set_defaults(run=screenshots)


def screenshots(options: Namespace) -> int:
    """Pictures mended: metadata, packing, names; or captured again."""
    held = project.read(home(options))
    if options.take is not None:
        from kb_tools import capture  # the browser's driver

        with drawing.browser() as chromium:
            day = options.as_of or clock.asked(os.environ)
            return tell(capture.take(held, options.take, day, chromium))
    current, _ = held.shown_by(held.editions.current)  # archived editions stay as they are
    found = mend.fix(held._replace(pictures=current), dry=not options.fix)
    return tell(found, many(len(current), "picture"))


def _picture_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    one = actions.add_parser("add", help="copy it without metadata, name and list it")
    one.add_argument("file", type=Path, help="the picture, wherever it lies")
    one.add_argument("page", help="the page that is to show it: docs/2026-11/zh/start/plans.md")
    one.add_argument(
        "--density", type=kinds.density, default=1, help="pixels per CSS pixel: 2 or 3 for phones"
    )
    as_of_argument(one)
    one.set_defaults(run=picture_add)


def picture_add(options: Namespace) -> int:
    """A capture into the guide."""
    held = project.read(home(options))
    day = options.as_of or held.today(os.environ)
    for told in picture.add(held, options.file, options.page, day, options.density):
        print(told)
    return FINE


def _serve_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--edition", default="", help="an edition, like 2023-07 (default: newest)")
    parser.add_argument(
        "--port", type=kinds.port, default=8000, help="on this machine (default: 8000)"
    )
    parser.set_defaults(run=serve)


def serve(options: Namespace) -> int:
    """The sources of an edition, rebuilt as they are saved: plain `mkdocs serve`."""
    held = project.read(home(options))
    found = [each for each in held.editions.every if options.edition in (each.name, "")]
    if not found:
        raise InputError(f"no edition '{options.edition}': {', '.join(held.editions.names)}")
    port = host.free(options.port)
    os.chdir(held.home)
    known = (os.environ.get("PYTHONPATH"), str(TOOLS.parent / "hooks"), str(TOOLS))
    paths = os.pathsep.join(filter(None, known))
    # Beginning to serve is what may fail, and is tried again: a program of its own.
    command = [sys.executable, "-m", "kb_tools.start", builder.chosen()]
    command += [found[0].config or SETTINGS, str(port)]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": paths})


def _import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", nargs="+", type=Path, help="the folder of a blog, or a post")
    parser.add_argument("--to", type=Path, required=True, help="a locale folder, docs/2023-07/zh")
    parser.add_argument(
        "--check", action="store_true", help="say what would be done, write nothing"
    )
    parser.add_argument("--permalink", help="the blog's pattern, if no _config.yml tells")
    parser.set_defaults(run=import_posts)


def import_posts(options: Namespace) -> int:
    """Posts of the old blog as pages."""
    findings, done = importer.import_posts(
        options.file,
        options.to,
        options.check,
        home=home(options),
        permalink=options.permalink or "",
    )
    if findings and all(each.fate == "refused" for each in done):
        raise InputError(findings[0])
    code = tell(findings)
    print(importer.render(done))
    if not options.check:
        print("next: read what is told above; `kb check`, `kb build`; then the nav, `kb release`")
    return code


def _preview_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--port", type=kinds.port, help="on this machine (default: the address's)")
    parser.add_argument("--out", type=Path, help="the built site (default: site)")
    site_url_argument(parser)
    parser.set_defaults(run=preview)


def preview(options: Namespace) -> int:
    """The built site on this machine."""
    url = urlsplit(site_url(options))
    site = (options.out or options.root / "site").absolute()
    if not (site / "index.html").exists():
        raise InputError(f"{site} holds no site: build it first, with `kb build`")
    mine = url.port if url.hostname in ("127.0.0.1", "localhost") else None
    host.serve(site, url.geturl(), host.free(options.port or mine or 8000))
    return FINE


def _changes_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("old", type=Path, help="the folder of a built site")
    parser.add_argument("new", type=Path, help="another one")
    parser.set_defaults(run=changes)


def changes(options: Namespace) -> int:
    """What readers would notice between two built sites."""
    old, new = (noticed.read(site) for site in (options.old, options.new))
    print(noticed.compare(old, new), end="")
    return FINE


def _render_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("out", type=Path, help="the folder to replace")
    parser.add_argument("--edition", help="which one (default: the current one)")
    site_url_argument(parser)
    as_of_argument(parser)
    parser.set_defaults(run=render)


def render(options: Namespace) -> int:
    """The pages of an edition for any generator."""
    root = home(options)
    out = builder.check_target(root, options.out.absolute())
    held = project.read(root)
    edition = options.edition or held.editions.current
    if edition not in held.editions.names:
        raise InputError(f"no edition '{edition}'; there are: {', '.join(held.editions.names)}")
    if broken := checks.unbuildable(held):
        return tell(broken)
    today = options.as_of or held.today(os.environ)
    with files.beside(out) as made:
        files.put(made, builder.MARK, "`kb render` made this folder, and replaces it as a whole.\n")
        for path, content in generic.render(held, edition, today, site_url(options)):
            files.put(made, path, content)
        files.exchange(made, out)
    return FINE


def _edition_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser("new", help="copy the newest edition to start the next")
    new.add_argument("name", help="year and month, like 2027-05")
    new.add_argument("--from", dest="source", required=True, help="the newest edition")
    new.set_defaults(run=edition_new)


def edition_new(options: Namespace) -> int:
    """A new edition from the newest."""
    written, to_read = new_edition.make(home(options), options.name, options.source)
    for path in written:
        print(f"wrote {path}")
    print("\n".join(["these name an edition, read them first:", *to_read] if to_read else []))
    print("next: edit the pages and facts (what a fact `was`), stamp, `kb status`, `kb release`")
    return FINE


def _page_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, told, other in (
        ("new", "an empty page in each language, behind another in the contents", "--after"),
        ("mv", "another name: old addresses, links and stamps follow", "other"),
        ("rm", "take a page away; another takes over what led to it", "--to"),
    ):
        action = actions.add_parser(name, help=told)
        action.add_argument("edition", help="an edition, like 2026-11")
        action.add_argument("page", help="a page's path without locale and .md: start/plans")
        given: dict[str, Any] = {"help": "a page's path"}
        given |= {"dest": "other", "required": True} if other != "other" else {"metavar": "new"}
        action.add_argument(other, **given)
        action.add_argument("--dry-run", action="store_true", help="only say what would be done")
        action.set_defaults(run=page, action=name)


def page(options: Namespace) -> int:
    """A page begun, moved or taken away."""
    held = project.read(home(options))
    if broken := [*checks.unbuildable(held), *held.ledger(releases.LEDGER).findings]:
        raise InputError(f"{broken[0]}\nmend it first; nothing was written")
    found = [edition for edition in held.editions.every if edition.name == options.edition]
    if not found:
        raise InputError(f"no edition '{options.edition}': {', '.join(held.editions.names)}")
    do = {"new": pages.begin, "mv": pages.move, "rm": pages.merge}[options.action]
    plan = do(held, found[0], options.page, options.other)
    verb = "would be " * options.dry_run
    told = [f"{verb}removed  {path}" for path in plan.removed]
    for path in sorted(plan.texts):
        told.append(f"{verb}{'changed' if (held.home / path).exists() else 'written'}  {path}")
    if not options.dry_run:
        plan.commit(held)
    print("\n".join([*told, *plan.notes]))  # once it is true, whoever listens
    return FINE


_ARGUMENTS = {
    "serve": _serve_arguments,
    "preview": _preview_arguments,
    "changes": _changes_arguments,
    "render": _render_arguments,
    "draw": _draw_arguments,
    "screenshots": _screenshots_arguments,
    "picture": _picture_arguments,
    "import": _import_arguments,
    "edition": _edition_arguments,
    "page": _page_arguments,
}


def arguments(parser: ArgumentParser, command: str) -> None:
    """What a command is told, and what does it."""
    _ARGUMENTS[command](parser)
