"""`kb links`: every reference of a built site, anybody's, and what the web says of its links.

What asks the web is loaded when it is asked.
"""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.finding import Finding, InputError, Located, many
from kb.references import checks as references
from kb.references import extract, urls
from kb.references.mapping import Source
from kb.references.site import Site, read_site
from kb.rules import RULES
from kb.terminal import (
    FINE,
    as_of_argument,
    code,
    site_url,
    site_url_argument,
    sum_up,
    today_of,
)
from kb_tools import arguments as kinds
from kb_tools import report

if TYPE_CHECKING:
    from kb.project import Project

_WARNINGS = 20  # of one rule, that people are shown


def arguments(parser: ArgumentParser, command: str) -> None:
    """What `kb links` and `kb links-merge` are told, and what does it."""
    parser.set_defaults(run=links if command == "links" else merge)
    if command == "links-merge":
        parser.add_argument(
            "--cache", type=Path, required=True, help="the SQLite file to merge into"
        )
        parser.add_argument("part", nargs="+", type=Path, help="the cache of a shard")
        return
    parser.epilog = "Proxies are those of HTTP_PROXY, HTTPS_PROXY and NO_PROXY."
    parser.add_argument(
        "what", nargs="+", help="the folder of a built site or of Markdown, files, or URLs"
    )
    parser.add_argument("--offline", action="store_true", help="leave the web out")
    parser.add_argument("--dump", action="store_true", help="only list the addresses")
    site_url_argument(parser)
    report.arguments(parser)
    leave = parser.add_argument_group("what to leave out")
    again: dict[str, Any] = {"action": "append", "default": []}  # each may be given several times
    leave.add_argument("--ignore", metavar="REGEX", help="addresses, decoded or not", **again)
    within = "what stands in these elements: nav, .sidebar, [data-x]"
    leave.add_argument("--ignore-in", type=kinds.selector, metavar="SELECTOR", help=within, **again)
    leave.add_argument(
        "--ignore-attr", type=kinds.attribute, metavar="NAME", help="elements with it", **again
    )
    leave.add_argument("--allow", metavar="RULE", help="its findings", **again)
    web = parser.add_argument_group("the web")
    web.add_argument("--cache", type=Path, help="remember answers in this SQLite file")
    web.add_argument("--remembered", action="store_true", help="report from the cache, ask nobody")
    web.add_argument("--max-age", type=kinds.amount, metavar="DAYS", help="trust no older answer")
    web.add_argument("--deadline", type=kinds.seconds, metavar="SECONDS", help="for the whole run")
    web.add_argument("--timeout", type=kinds.seconds, metavar="SECONDS", help="for one request")
    web.add_argument("--at-once", type=kinds.count, metavar="N", help="requests at the same time")
    web.add_argument("--per-host", type=kinds.count, metavar="N", help="of these, to one host")
    web.add_argument(
        "--accept", type=kinds.codes, default=(), metavar="CODES", help="fine, too: 403,500-599"
    )
    web.add_argument("--user-agent", type=kinds.words, metavar="TEXT", help="in place of our name")
    every = "to every host; for one host and for signing in: --hosts"
    web.add_argument("--header", type=kinds.header, metavar="'NAME: VALUE'", help=every, **again)
    web.add_argument("--hosts", type=Path, metavar="FILE", help="YAML: how some hosts are asked")
    web.add_argument(
        "--shard", type=kinds.shard, default=(1, 1), metavar="I/N", help="one part of N"
    )
    web.add_argument("--changed-since", metavar="REF", help="only pages changed since")
    web.add_argument("--robots", action="store_true", help="obey robots.txt")
    web.add_argument("--allow-private", action="store_true", help="ask private addresses too")
    web.add_argument(
        "--archived", action="store_true", help="look up copies of what is broken (archive.org)"
    )
    web.add_argument("--fix", action="store_true", help="rewrite permanent redirects in Markdown")
    web.add_argument("--summary", type=Path, help="append a Markdown job summary to this file")
    as_of_argument(parser)


def links(options: Namespace) -> int:
    """Every reference of a built site or of Markdown files, and what the web says of them."""
    if options.offline and (options.fix or options.issue or options.summary):
        raise InputError("--fix, --issue and --summary tell of the web: not with --offline")
    if "" in options.what:
        raise InputError("what is to be checked has no name")
    if "" in options.ignore:
        raise InputError("--ignore without a pattern would leave out every address")
    if unknown := set(options.allow) - RULES.keys():
        raise InputError(f"--allow {min(unknown)}: there is no such rule")
    pages = [given for given in options.what if urls.scheme(given) in ("http", "https")]
    if pages and options.offline:
        raise InputError(f"{pages[0]} is on the web: not with --offline")
    since: str | None = options.changed_since
    changed = None
    if since is not None:
        from kb_tools.web.links import changed_files

        changed = changed_files(since, options.root)
    site = _site([Path(given) for given in options.what if given not in pages], options)
    if site and not site.pages:
        raise InputError(f"{options.what[0]} holds no page: nothing was checked")
    held = _ours(options.root, Path(options.what[0]))
    sources = _sources(Path(options.what[0]), held) if held else {}
    if not sources:
        held = None  # somebody else's site: our ledger says nothing of it
    if options.fix and not sources:
        raise InputError("--fix rewrites the Markdown behind a site of this project: there is none")
    if options.dump:
        from kb_tools.web.command import dump

        found = dump(site, pages, options)
        report.say("".join(f"{line}\n" for line in found), options.out)
        return FINE
    located: list[Located] = []
    counted = f"{many(len(pages), 'page')} of the web"
    if site:
        checked = references.check(site, sources=sources, ignore=options.ignore)
        located = checked.located
        counted = f"{many(checked.references, 'reference')} of {many(checked.pages, 'page')}"
    if not options.offline:
        as_of = today_of(options, held)[0]
        from kb_tools.web.command import ask_the_web

        located = [*located, *ask_the_web(options, site, pages, sources, held, as_of, changed)]
    located = [item for item in located if item.finding.rule not in options.allow]
    located.sort(key=lambda item: item.finding.severity)  # errors first, stable
    report.write(options, located if options.format != "text" or options.out else _shown(located))
    findings = [item.finding for item in located]
    if options.format == "text":
        sum_up(counted, findings)
    return code(findings)


def merge(options: Namespace) -> int:
    """The shards' memories as one."""
    from kb_tools.web import job

    for part in options.part:
        if not part.is_file():
            raise InputError(f"{part} is no file")
    print(f"{job.merge(options.cache, options.part)} answers in {options.cache}")
    return FINE


def _site(paths: Sequence[Path], options: Namespace) -> Site | None:
    """The one folder, or the files, as a graph; None where there are only pages of the web."""
    if not paths:
        return None
    url = site_url(options) if options.site_url or "SITE_URL" in os.environ else ""
    ignore = [*map(str.lower, options.ignore_attr), *map(_selector, options.ignore_in)]
    if len(paths) == 1 and paths[0].is_dir():
        site = read_site(paths[0], site_url=url, ignore_attributes=ignore)
        # A folder of Markdown alone is read as that; beside pages Markdown is their source.
        if site.pages:
            return site
        return read_site(paths[0], ignore_attributes=ignore, markdown=_markdown)
    for path in paths:
        if not path.is_file():
            what = "a folder, which is checked alone" if path.is_dir() else "no folder and no file"
            raise InputError(f"{path} is {what}")
        if not path.name.endswith((".md", ".html")):
            raise InputError(f"{path} is neither a folder, nor Markdown or HTML")
    whole = [path.resolve() for path in paths]
    root = Path.cwd().resolve()
    if not all(path.is_relative_to(root) for path in whole):
        root = Path(os.path.commonpath([path.parent for path in whole]))
    only = [path.relative_to(root).as_posix() for path in whole]
    return read_site(root, label=".", ignore_attributes=ignore, markdown=_markdown, only=only)


def _selector(text: str) -> str:
    """`nav`, `.sidebar` or `[data-x]` as the reader of pages takes it."""
    return text if text[0] == "." else text[1:-1] if text[0] == "[" else f"<{text.lower()}"


def _markdown(text: str, *, given: bool = True) -> extract.Page:
    """The links, pictures and ids of a Markdown file; headings have the ids that GitHub gives.

    Those `given`, as `{ #id }`, count too: GitHub itself shows them as text.
    """
    from kb.text.page import Markdown  # costs 30 ms, and no site needs it

    read = Markdown(text)
    found = [
        extract.Reference(
            "image" if link.picture else "link", link.target, link.line, link.col, "Markdown"
        )
        for link in read.links
    ]
    ids = {anchor.id for anchor in read.ids if given}
    slugs = Counter[str]()
    for heading in read.headings:
        text = heading.text if given or not heading.id else f"{heading.text} {{ #{heading.id} }}"
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text.lower())
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        ids.add(f"{slug}-{slugs[slug]}" if slugs[slug] else slug)
        slugs[slug] += 1
    return extract.Page(extract.pack(found), extract.page(read.live).ids.union(ids))


def check_guide(held: Project) -> list[Finding]:
    """The links of what contributors read where the repository is hosted: README, their guide."""
    only = [page.file for page in held.guide.values()] + [p.name for p in held.home.glob("*.md")]
    markdown = partial(_markdown, given=False)
    site = read_site(held.home, label=".", markdown=markdown, only=only)
    found = references.check(site).findings if only else []
    return [replace(each, path=each.path.removeprefix("./")) for each in found]


def _ours(root: Path, site: Path) -> Project | None:
    """This project, where the site may be its own: reading it takes a moment."""
    docs = root / "docs"
    if not (docs / "ledgers").is_dir() or not any((site / f.name).is_dir() for f in docs.iterdir()):
        return None
    from kb import project

    return project.read(root)


def _sources(site: Path, held: Project) -> dict[str, Source]:
    """The Markdown behind a site that was built from this project; none for anybody else's."""
    return {
        address: source
        for name in held.names
        if (site / name).is_dir()
        for address, source in held.sources(name, f"{name}/").items()
    }


def _shown(located: Sequence[Located]) -> list[Located]:
    """All errors and the first warnings of each rule; a note says how many more there are."""
    told: Counter[str] = Counter()
    shown = []
    for item in located:
        told[item.finding.rule] += 1
        if item.finding.severity == "error" or told[item.finding.rule] <= _WARNINGS:
            shown.append(item)
    for rule, count in told.items():
        if RULES[rule].severity == "warning" and count > _WARNINGS:
            more = f"{count - _WARNINGS:,} more of {rule}"
            print(f"{more}: --out FILE has all, --allow {rule} none", file=sys.stderr)
    return shown
