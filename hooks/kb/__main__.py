"""The commands of the knowledge base: `PYTHONPATH=hooks python -m kb --help`."""

from __future__ import annotations

import argparse
import datetime
import errno
import importlib
import io
import math
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kb import files, terminal
from kb.errors import InputError

# What a disk may say to anybody. Another OSError is a file that we should have looked at first.
_REFUSALS = frozenset(
    getattr(errno, name)
    for name in ("EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EFBIG", "EIO", "EMFILE", "EBUSY")
)
_BUG = (
    "this is a bug of kb, not of what you gave it. Report it with the lines above: CONTRIBUTING.md"
)
FORMATS = ("text", "json", "github")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code, as `kb --help` explains them."""
    for stream in (sys.stdout, sys.stderr):  # a terminal may not have every character
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        for told in files.recover(options.root):
            print(f"kb: {told}", file=sys.stderr)
        return run(options)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return terminal.FOUND
    except InputError as error:
        print(f"kb: {error}", file=sys.stderr)
        return terminal.USAGE
    except KeyboardInterrupt:
        return terminal.INTERRUPTED
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _REFUSALS:
            print(f"kb: {error.filename or 'writing'}: {error.strerror}", file=sys.stderr)
            return terminal.USAGE
        traceback.print_exc()
        print(f"kb: {_BUG}", file=sys.stderr)
        return terminal.BUG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kb",
        epilog="exit codes: 0 nothing wrong, or warnings alone; 1 errors found, and by status "
        "--strict anything due; 2 wrong usage, or input that cannot be used; 70 a bug of kb; "
        "130 interrupted",
    )
    parser.add_argument(
        "--root", type=Path, default=Path.cwd(), help="the project's folder (default: this one)"
    )
    add = parser.add_subparsers(required=True, metavar="COMMAND").add_parser

    check = add("check", help="check the sources of every edition, without a build")
    _as_of(check)
    check.add_argument("--ocr", action="store_true", help="read the pictures' text too")
    check.add_argument("--fix", action="store_true", help="put the typography of pages right")
    check.set_defaults(run=_run("check"))

    status = add("status", help="name what is due, most overdue first")
    _as_of(status)
    status.add_argument("--strict", action="store_true", help="exit with 1 when something is")
    status.add_argument(
        "--cache", type=Path, help="with what `kb links --cache` learnt of the facts' sources"
    )
    _report(status)
    status.set_defaults(run=_run("status"))

    stamp = add("stamp", help="record that translations say what their originals do")
    stamp.add_argument("edition", help="an edition, or contributing, ledgers, interface")
    stamp.add_argument("page", nargs="*", help="a page or section: start/plans, start/plans#go")
    stamp.add_argument("--all", action="store_true", help="every page of it")
    stamp.add_argument("--yes", action="store_true", help="also what changed in one language alone")
    stamp.add_argument(
        "--behind", action="store_true", help="the other language follows later, and says so"
    )
    _as_of(stamp)
    stamp.set_defaults(run=_run("stamp"))

    confirm = add("confirm", help="move a fact's date to the day on which a source said so")
    confirm.add_argument("fact", nargs="?", help="its id in docs/ledgers/facts.yml")
    confirm.add_argument("--source", help="the source that was opened")
    confirm.add_argument("--seen", type=_day, metavar="DAY", help="when it was seen to say so")
    confirm.add_argument("--note", help="what a maintainer should know of it")
    confirm.add_argument(
        "--from-history", action="store_true", help="all that `kb links --cache` saw confirmed"
    )
    confirm.add_argument(
        "--cache", type=Path, default=Path(".cache/links.sqlite"), help="where that is remembered"
    )
    confirm.add_argument("--fix", action="store_true", help="write it; else only show the change")
    confirm.add_argument("--summary", type=Path, help="append a reviewer's table to this file")
    _as_of(confirm)
    confirm.set_defaults(run=_by_hand("run", "watch.command"))

    build = add("build", help="build every edition and language into one folder")
    build.add_argument("--edition", action="append", default=[], help="only this one; repeatable")
    build.add_argument("--out", type=Path, help="the folder to replace (default: site)")
    _site_url(build)
    _as_of(build)
    build.set_defaults(run=_run("build"))

    serve = add("serve", help="serve an edition while you edit it")
    serve.add_argument("--edition", default="", help="an edition, like 2023-07 (default: newest)")
    serve.add_argument("--port", type=_port, default=8000, help="on this machine (default: 8000)")
    serve.set_defaults(run=_by_hand("serve"))

    preview = add("preview", help="serve a built site as a host would")
    preview.add_argument("--port", type=_port, help="on this machine (default: the address's)")
    preview.add_argument("--out", type=Path, help="the built site (default: site)")
    _site_url(preview)
    preview.set_defaults(run=_by_hand("preview"))

    changes = add("changes", help="say what readers would notice between two built sites")
    changes.add_argument("old", type=Path, help="the folder of a built site")
    changes.add_argument("new", type=Path, help="another one")
    changes.set_defaults(run=_by_hand("changes"))

    render = add("render", help="write the pages for another generator: Markdown and HTML")
    render.add_argument("out", type=Path, help="the folder to replace")
    render.add_argument("--edition", help="which one (default: the current one)")
    _as_of(render)
    render.set_defaults(run=_by_hand("render"))

    _links(add)

    draw = add("draw", help="render the drawings whose text sources changed")
    draw.add_argument("name", nargs="*", help="a drawing of docs/drawings/; all changed if none")
    draw.add_argument("--check", action="store_true", help="only name the stale ones")
    draw.add_argument("--watch", action="store_true", help="draw on each save, until Ctrl+C")
    draw.set_defaults(run=_by_hand("draw"))

    pictures = add("screenshots", help="say how captures would be mended")
    pictures.add_argument("--fix", action="store_true", help="strip metadata, pack, rename")
    pictures.add_argument(
        "--take", nargs="*", metavar="PATH", help="capture public pages again, as the ledger says"
    )
    _as_of(pictures)
    pictures.set_defaults(run=_by_hand("screenshots"))

    picture = add("picture", help="add a capture to the guide")
    actions = picture.add_subparsers(required=True, metavar="ACTION")
    one = actions.add_parser("add", help="copy it without metadata, name and list it")
    one.add_argument("file", type=Path, help="the picture, wherever it lies")
    one.add_argument("page", help="the page that is to show it: docs/2026-11/zh/start/plans.md")
    one.add_argument(
        "--density", type=_density, default=1, help="pixels per CSS pixel: 2 or 3 for phones"
    )
    _as_of(one)
    one.set_defaults(run=_by_hand("picture_add"))

    imports = add("import", help="turn posts of the old blog into pages; overwrites nothing")
    imports.add_argument("file", nargs="+", type=Path, help="the folder of a blog, or a post")
    imports.add_argument("--to", type=Path, required=True, help="a locale folder, docs/2023-07/zh")
    imports.add_argument(
        "--check", action="store_true", help="say what would be done, write nothing"
    )
    imports.add_argument("--permalink", help="the blog's pattern, if no _config.yml tells")
    imports.set_defaults(run=_by_hand("import_posts"))

    edition = add("edition", help="add an edition to the guide")
    actions = edition.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser("new", help="copy the newest edition to start the next")
    new.add_argument("name", help="year and month, like 2027-05")
    new.add_argument("--from", dest="source", required=True, help="the newest edition")
    new.set_defaults(run=_by_hand("edition_new"))

    page = add("page", help="begin, move or remove a page with all that names it")
    actions = page.add_subparsers(required=True, metavar="ACTION")
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
        action.set_defaults(run=_by_hand("page"), action=name)

    release = add("release", help="record the pages that readers now know")
    release.set_defaults(run=_run("release"))
    return parser


def _by_hand(name: str, module: str = "commands") -> Callable[[argparse.Namespace], int]:
    return lambda options: getattr(terminal.by_hand(module), name)(options)


def _run(name: str, module: str = "kb.commands") -> Callable[[argparse.Namespace], int]:
    """A command whose module is loaded when it is run: `kb links` needs little of the rest."""
    return lambda options: getattr(importlib.import_module(module), name)(options)


def _links(add: Callable[..., argparse.ArgumentParser]) -> None:
    links = add(
        "links",
        help="check every reference of a built site, anybody's; the web's too unless --offline",
        epilog="Proxies are those of HTTP_PROXY, HTTPS_PROXY and NO_PROXY.",
    )
    links.add_argument(
        "what", nargs="+", help="the folder of a built site or of Markdown, files, or URLs"
    )
    links.add_argument("--offline", action="store_true", help="leave the web out")
    links.add_argument("--dump", action="store_true", help="only list the addresses")
    _site_url(links)
    _report(links)
    leave = links.add_argument_group("what to leave out")
    leave.add_argument(
        "--ignore", action="append", default=[], metavar="REGEX", help="addresses, decoded or not"
    )
    leave.add_argument(
        "--ignore-in",
        action="append",
        default=[],
        type=_selector,
        metavar="SELECTOR",
        help="what stands in these elements: nav, .sidebar, [data-x]",
    )
    leave.add_argument(
        "--ignore-attr", action="append", default=[], help="elements with it are left out"
    )
    leave.add_argument("--allow", action="append", default=[], metavar="RULE", help="its findings")
    web = links.add_argument_group("the web")
    web.add_argument("--cache", type=Path, help="remember answers in this SQLite file")
    web.add_argument("--remembered", action="store_true", help="report from the cache, ask nobody")
    web.add_argument("--max-age", type=_amount, metavar="DAYS", help="trust no older answer")
    web.add_argument("--deadline", type=_amount, metavar="SECONDS", help="for the whole run")
    web.add_argument("--timeout", type=_amount, metavar="SECONDS", help="for one request")
    web.add_argument("--at-once", type=_count, metavar="N", help="requests at the same time")
    web.add_argument("--per-host", type=_count, metavar="N", help="of these, to one host")
    web.add_argument(
        "--accept", type=_codes, default=(), metavar="CODES", help="fine, too: 403,500-599"
    )
    web.add_argument("--user-agent", metavar="TEXT", help="in place of our own name")
    web.add_argument(
        "--header",
        action="append",
        default=[],
        type=_header,
        metavar="'NAME: VALUE'",
        help="to every host; for one host and for signing in: --hosts",
    )
    web.add_argument("--hosts", type=Path, metavar="FILE", help="YAML: how some hosts are asked")
    web.add_argument("--shard", type=_shard, default=(1, 1), metavar="I/N", help="one part of N")
    web.add_argument("--changed-since", metavar="REF", help="only pages changed since")
    web.add_argument("--robots", action="store_true", help="obey robots.txt")
    web.add_argument("--allow-private", action="store_true", help="ask private addresses too")
    web.add_argument(
        "--archived", action="store_true", help="look up copies of what is broken (archive.org)"
    )
    web.add_argument("--fix", action="store_true", help="rewrite permanent redirects in Markdown")
    web.add_argument("--summary", type=Path, help="append a Markdown job summary to this file")
    _as_of(links)
    links.set_defaults(run=_run("links", "kb.links"))

    merge = add("links-merge", help="merge the caches of shards into one")
    merge.add_argument("--cache", type=Path, required=True, help="the SQLite file to merge into")
    merge.add_argument("part", nargs="+", type=Path, help="the cache of a shard")
    merge.set_defaults(run=_by_hand("links_merge"))


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the report")
    parser.add_argument("--out", type=Path, help="write the report to this file")
    parser.add_argument("--issue", type=Path, help="write a tracking issue's body to this file")


def _as_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--as-of", type=_day, metavar="DAY", help="the day it is done for (default: today)"
    )


def _site_url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--site-url", help="where the site is hosted (default: $SITE_URL)")


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day like 2026-11-23") from None


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if 0 <= amount < math.inf:
        return amount
    raise argparse.ArgumentTypeError(f"'{text}' is no amount: a number, 0 or more")


def _count(text: str) -> int:
    if text.isdecimal() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no count: a number, 1 or more")


def _codes(text: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not re.fullmatch(r"[1-9]\d\d", first) or not re.fullmatch(r"[1-9]\d\d|", last):
            raise argparse.ArgumentTypeError(f"'{part}' is no status, like 403 or 500-599")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def _header(text: str) -> tuple[str, str]:
    match = re.fullmatch(r"([A-Za-z0-9-]+):\s*([ -~]+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no header, like 'Name: value'")
    return match[1], match[2]


def _selector(text: str) -> str:
    if re.fullmatch(r"\.?[\w-]+|\[[\w-]+\]", text):
        return text
    raise argparse.ArgumentTypeError(f"'{text}' is none of: nav, .sidebar, [data-x]")


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"'{text}' is no port: 1 to 65535")


def _density(text: str) -> float:
    if 1 <= (amount := _amount(text)) <= 4:
        return amount
    raise argparse.ArgumentTypeError(f"'{text}' is no density: 1 to 4")


def _shard(text: str) -> tuple[int, int]:
    index, _, count = text.partition("/")
    if index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count):
        return int(index), int(count)
    raise argparse.ArgumentTypeError(f"'{text}' is no part like 1/4")


if __name__ == "__main__":
    sys.exit(main())
