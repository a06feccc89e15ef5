"""`kb links`: every reference of a built site, anybody's, and what the web says of its links."""

from __future__ import annotations

import os
import re
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import InputError
from kb.references import checks as references
from kb.references import extract, urls
from kb.references.mapping import Source
from kb.references.site import Site, read_site
from kb.report import Located
from kb.rules import RULES
from kb.terminal import FINE, by_hand, code, many, say, site_url, sum_up, today_of, write

if TYPE_CHECKING:
    from kb.project import Project

_WARNINGS = 20  # of one rule, that people are shown


def links(options: Namespace) -> int:
    """Every reference of a built site or of Markdown files, and what the web says of them."""
    if options.offline and (options.fix or options.issue or options.summary):
        raise InputError("--fix, --issue and --summary tell of the web: not with --offline")
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
        changed = by_hand("web.links").changed_files(since, options.root)
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
        found = by_hand("web.command").dump(site, pages, options)
        say("".join(f"{line}\n" for line in found), options.out)
        return FINE
    located: list[Located] = []
    counted = f"{many(len(pages), 'page')} of the web"
    if site:
        checked = references.faults(site, sources=sources, ignore=options.ignore)
        located = checked.located
        counted = f"{many(checked.references, 'reference')} of {many(checked.pages, 'page')}"
    if not options.offline:
        as_of = today_of(options, held)[0]
        ask = by_hand("web.command").ask_the_web
        located = [*located, *ask(options, site, pages, sources, held, as_of, changed)]
    located = [item for item in located if item.finding.rule not in options.allow]
    located.sort(key=lambda item: item.finding.severity)  # errors first, stable
    write(options, located if options.format != "text" or options.out else _shown(located))
    findings = [item.finding for item in located]
    if options.format == "text":
        sum_up(counted, findings)
    return code(findings)


def _site(paths: Sequence[Path], options: Namespace) -> Site | None:
    """The one folder, or the files, as a graph; None where there are only pages of the web."""
    if not paths:
        return None
    url = site_url(options) if options.site_url or "SITE_URL" in os.environ else ""
    ignore = [*options.ignore_attr, *map(_selector, options.ignore_in)]
    if len(paths) == 1 and paths[0].is_dir():
        site = read_site(paths[0], site_url=url, ignore_attributes=ignore)
        # A folder of Markdown alone is read as that; beside pages Markdown is their source.
        if site.pages:
            return site
        return read_site(paths[0], ignore_attributes=ignore, markdown=_markdown)
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path} is no folder and no file")
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


def _markdown(text: str) -> extract.Page:
    """The links, pictures and ids of a Markdown file; headings have the ids that GitHub gives."""
    from kb.text.page import Markdown  # costs 30 ms, and no site needs it

    read = Markdown(text)
    found = [
        extract.Reference(
            "image" if link.picture else "link", link.target, link.line, link.col, "Markdown"
        )
        for link in read.links
    ]
    ids = Counter(anchor.id for anchor in read.ids)
    for heading in read.headings:
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.text.lower())
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        ids[slug] += 1
        ids[f"{slug}-{ids[slug] - 1}"] += 1
    return extract.Page(extract.pack(found), (*ids, *extract.page(read.live).ids))


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
