"""`kb links` without its arguments' parsing: the ledger and the site in, reports out."""

from __future__ import annotations

import asyncio
import datetime
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.request import getproxies_environment

from kb import clock, files
from kb.facts import entries
from kb.finding import InputError, Located
from kb.ledger import EMPTY
from kb.references.mapping import Source
from kb.references.site import Site
from kb.web import exceptions
from kb_tools import writing
from kb_tools.watch import visit
from kb_tools.web import fetch, hosts, job, summary
from kb_tools.web.links import Link, collect, on_page
from kb_tools.web.verdict import Facts

if TYPE_CHECKING:
    from kb.project import Project


def ask_the_web(
    options: Namespace,
    site: Site | None,
    pages: Sequence[str],
    sources: Mapping[str, Source],
    held: Project | None,
    as_of: datetime.date,
    changed: frozenset[str] | None,
) -> list[Located]:
    """What the web says of the links of a site and of pages; done is what was asked for."""
    if options.remembered and not (options.cache and options.cache.is_file()):
        raise InputError(
            f"--remembered: --cache {options.cache or 'FILE'} is no file to report from"
        )
    ledger = held.ledger(exceptions.LEDGER) if held else EMPTY
    facts = held.ledger(entries.LEDGER) if held else EMPTY
    wanted = job.Options(
        as_of=as_of.isoformat(),
        known=exceptions.entries(ledger),
        ledger=ledger.path,
        cache=options.cache,
        shard=options.shard,
        settings=settings(options),
        watched=visit.targets(entries.read(facts)),
        changed=changed,
        ask=not options.remembered,
        archive=fetch.ARCHIVE if options.archived else "",
    )
    if options.max_age is not None:
        wanted = wanted._replace(max_age=options.max_age)
    links = [*(collect(site, sources) if site else ()), *_of(pages, wanted.settings)]
    outcome = job.run(links, wanted, clock.now(), summary.progress())
    said = [*ledger.findings, *visit.findings(facts, outcome.readings)]
    located = [*job.located(outcome, wanted), *(Located(each, verdict="") for each in said)]
    if options.summary:
        writing.report(options.summary, summary.job_summary(outcome, located), append=True)
    if options.issue:
        writing.report(options.issue, summary.tracking_issue(located))
    if options.fix:
        fixes = job.fixes(outcome, options.root)
        for fix in fixes:
            print(fix.diff, end="")
            for moved in fix.left:
                print(f"{fix.path}: left as it is: {moved}")
        job.apply(fixes, options.root)
    return located


def settings(options: Namespace) -> fetch.Settings:
    """How to ask, from the command line, the file of hosts and the environment's proxies."""
    given = {
        "deadline": options.deadline,
        "request": options.timeout,
        "total": options.at_once,
        "per_host": options.per_host,
    }
    limits = fetch.Limits()._replace(**{k: v for k, v in given.items() if v is not None})
    headers = dict(options.header)
    if options.user_agent:
        headers["User-Agent"] = options.user_agent
    path = options.hosts
    known = hosts.read(files.read_text(path), str(path)) if path else {}
    every = known.get(hosts.EVERY, hosts.Host())
    headers, accept = {**every.headers, **headers}, options.accept or every.accept
    known[hosts.EVERY] = every._replace(headers=headers, accept=accept)
    proxies = getproxies_environment()
    for proxy in (proxies.get(name, "http:") for name in ("http", "https")):
        if not proxy.startswith(("http:", "https:")):
            raise InputError(f"'{proxy}' is no HTTP proxy")
    return fetch.Settings(limits, known, proxies, options.robots, options.allow_private)


def dump(site: Site | None, pages: Sequence[str], options: Namespace) -> Iterator[str]:
    """Each address with its place, none of them asked about."""
    everything = (*site.pages.items(), *site.others.items()) if site else ()
    for path, page in everything:
        for each in filter(lambda each: each.url.strip(), page.references):
            yield f"{site.label if site else ''}/{path}:{each.line}:{each.col}: {each.url.strip()}"
    for link in _of(pages, settings(options)):
        yield f"{link.file}:{link.line}:{link.col}: {link.url}"


def _of(pages: Sequence[str], how: fetch.Settings) -> list[Link]:
    """The links of pages of the web, and to the pages themselves."""

    async def read() -> list[Facts]:
        async with fetch.Client(how) as client:
            return await asyncio.gather(*map(client.get, pages))

    return [link for facts in asyncio.run(read()) for link in on_page(facts)] if pages else []
