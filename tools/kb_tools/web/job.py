"""The link-check job: a site's links -> verdicts -> findings. One function per command."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

from kb import files
from kb.finding import TEMPLATE, Finding, InputError, Located
from kb.web import exceptions
from kb.web.exceptions import Entry
from kb_tools import writing
from kb_tools.watch import visit
from kb_tools.watch.visit import Reading, Target
from kb_tools.web import agreement, fix, schedule
from kb_tools.web.fetch import Client, Settings
from kb_tools.web.history import History, Patience, Record, Ttl, is_fresh, lasts, open_history
from kb_tools.web.links import Link, by_page
from kb_tools.web.verdict import Facts, Verdict, is_shell, judge, judge_fragment, missing

_DAY = 86400.0
# An address not linked for this long is forgotten.
_KEEP_DAYS = 400.0
_OFFLINE = frozenset({"dns", "dns-failing", "refused", "network", "timeout"})
_OFFLINE_HOSTS = 3
_NO_ANSWER = "no host of this run answered: is this machine on the web?"
_OFF_THE_WEB = Verdict("unknown", "offline", _NO_ANSWER)
# Of these no archive has a copy: the page is there, or the address never was one of the web.
_WAYBACK = "https://web.archive.org/web/"
_UNARCHIVED = frozenset({"fragment", "private", "invalid"})


class Options(NamedTuple):
    """What to believe and what to ask; `known` are the entries of the links ledger."""

    as_of: str
    known: tuple[Entry, ...] = ()
    ledger: str = "docs/ledgers/links.yml"
    cache: Path | None = None
    shard: tuple[int, int] = (1, 1)
    ttl: Ttl = Ttl()
    max_age: float = 36500.0
    patience: Patience = Patience()
    settings: Settings = Settings()
    # Page -> the facts that it may confirm.
    watched: Mapping[str, Sequence[Target]] = MappingProxyType({})
    changed: frozenset[str] | None = None  # the files whose links are asked about; None: all
    ask: bool = True  # False: report what is remembered, however old, and ask nobody
    archive: str = ""  # the address that tells of archived copies; "": none is looked up


class Result(NamedTuple):
    """One link, what became of it, and what the ledger says."""

    link: Link
    verdict: Verdict
    entry: Entry | None
    lasting: bool = False
    copy: str | None = None  # the address of an archived one, "" if there is none; None: not known


class Outcome(NamedTuple):
    """A finished run: every link's result, the ledger's own findings, and how much was asked."""

    results: tuple[Result, ...]
    ledger: tuple[Finding, ...]
    asked: int
    requests: int
    readings: tuple[Reading, ...] = ()


Progress = Callable[[int, int], None]


def in_shard(links: Iterable[Link], index: int, count: int) -> list[Link]:
    """The links of shard `index` of `count`: the same on every machine that sees the same site."""
    links = list(links)
    sizes = {link.page: link.host for link in links}
    placed = schedule.shards(sizes.values(), count)
    return [link for link in links if placed[link.host] == index]


def run(
    links: Sequence[Link],
    options: Options,
    now: float,
    progress: Progress = lambda _done, _total: None,
) -> Outcome:
    """Check a site's links; those of other files or another shard count for the ledger alone."""
    mine = in_shard(links, *options.shard)
    if options.changed is not None:
        mine = [link for link in mine if link.source in options.changed]
    with open_history(options.cache) as history:
        records, asked, requests = asyncio.run(_records(mine, options, history, now, progress))
        copies = asyncio.run(_copies(records, options)) if options.archive and options.ask else {}
        history.forget(now - _KEEP_DAYS * _DAY)
        readings = tuple(history.readings())
    results = tuple(
        _result(link, records[link.page], options, now)._replace(copy=copies.get(link.page))
        for link in mine
    )
    findings: list[Finding] = []
    if options.shard[0] == 1:  # every shard sees the whole site, so one of them speaks for all
        urls = [link.url for link in links]
        findings = agreement.ledger_findings(options.known, urls, options.ledger, options.as_of)
    return Outcome(results, tuple(findings), asked, requests, readings)


async def _records(
    links: Iterable[Link], options: Options, history: History, now: float, progress: Progress
) -> tuple[dict[str, Record], int, int]:
    wanted = by_page(links)
    records: dict[str, Record] = {}
    held: dict[str, list[Reading]] = {}
    for reading in history.readings():
        held.setdefault(reading.url, []).append(reading)
    for url, fragments in wanted.items():
        known = history.get(url)
        read = visit.is_fresh(held.get(url, ()), options.watched.get(url, ()), now)
        fresh = known and is_fresh(known, fragments, now, options.ttl, options.max_age)
        if known and (not options.ask or (fresh and read)):
            records[url] = known
        elif not options.ask:
            records[url] = _record(Facts(url, error="deadline"), fragments, now)
    asked = [url for url in wanted if url not in records]
    progress(0, len(asked))
    async with Client(options.settings) as client:
        fetched = await _fetch(client, asked, wanted, options, history, now, progress)
        records.update(fetched)
        return records, len(asked), client.requests


async def _fetch(
    client: Client,
    asked: Sequence[str],
    wanted: Mapping[str, frozenset[str]],
    options: Options,
    history: History,
    now: float,
    progress: Progress,
) -> dict[str, Record]:
    """Ask for each address once. What an absent network could explain is kept back to the end."""
    records: dict[str, Record] = {}
    doubtful: list[Record] = []
    answered = False

    async def one(url: str) -> None:
        nonlocal answered
        try:
            facts = await client.get(url)
        except Exception as error:  # one odd page must not end the run for all others
            facts = Facts(url, error="crash", detail=f"{type(error).__name__}: {error}")
        answered |= facts.status > 0
        record = _record(facts, wanted[url], now)
        if facts.error in _OFFLINE and not facts.status:
            doubtful.append(record)
        else:
            history.saw(visit.read(facts, options.watched.get(url, ()), now))
            records[url] = history.put(record)
        progress(len(records) + len(doubtful), len(asked))

    async with asyncio.TaskGroup() as group:
        for url in asked:
            group.create_task(one(url))
    hosts = {Link(record.url, "", 0, 0).host for record in doubtful}
    offline = not answered and len(hosts) >= _OFFLINE_HOSTS
    for record in doubtful:
        told = record._replace(verdict=_OFF_THE_WEB) if offline else record
        records[record.url] = history.put(told)
    return records


async def _copies(records: Mapping[str, Record], options: Options) -> dict[str, str]:
    """The archived copy nearest to this day of each address that is broken; "" for none."""
    lost = [url for url, record in records.items() if record.verdict.answer == "broken"]
    async with Client(options.settings) as client:

        async def one(url: str) -> tuple[str, str | None]:
            query = urlencode({"url": url, "timestamp": options.as_of.replace("-", "")})
            facts = await client.get(f"{options.archive}?{query}")
            try:
                closest = json.loads(facts.text)["archived_snapshots"].get("closest", {})
                return url, str(closest.get("url", ""))
            except (ValueError, KeyError, TypeError, AttributeError):
                return url, None

        found = await asyncio.gather(*map(one, lost))
    return {url: copy for url, copy in found if copy is not None}


def _record(facts: Facts, fragments: frozenset[str], now: float) -> Record:
    absent = missing(facts, fragments)
    asked = {fragment: fragment in absent for fragment in sorted(fragments)}
    return Record(facts.url, now, judge(facts), asked, is_shell(facts))


def _result(link: Link, record: Record, options: Options, now: float) -> Result:
    absent = record.fragments.get(link.fragment, False)
    verdict = judge_fragment(record.verdict, link.fragment, absent, record.shell)
    entry = exceptions.find(link.url, options.known)
    if entry and not agreement.is_current(entry, options.as_of):
        entry = None
    return Result(link, verdict, entry, lasts(record, now, options.patience))


def located(outcome: Outcome, options: Options) -> list[Located]:
    """What is to be reported, for the reports of `kb_tools.report`; each link once."""
    found = [
        _located(finding, result)
        for result in outcome.results
        for finding in _findings(result, options)
    ]
    return [*_once(found), *(Located(finding, verdict="") for finding in outcome.ledger)]


def _located(finding: Finding, result: Result) -> Located:
    url, file, line, col, source, *_ = result.link
    answer = result.verdict.answer
    return Located(finding, url, file, line, col, source=source or TEMPLATE, verdict=answer)


def _once(found: Iterable[Located]) -> list[Located]:
    """A link of the template stands on every page: it is reported once, with a count."""
    groups: dict[tuple[str, str, str], list[Located]] = {}
    for item in found:
        place = f"{item.finding.path}:{item.finding.line}" if item.mapped else ""
        groups.setdefault((item.finding.rule, item.url, place), []).append(item)
    return [same[0]._replace(pages=len({item.file for item in same})) for same in groups.values()]


def _findings(result: Result, options: Options) -> list[Finding]:
    link, verdict, entry = result.link, result.verdict, result.entry
    found = []
    if entry and not agreement.meets(entry, verdict):
        found.append(agreement.contradicted(entry, link.url, verdict, options.ledger))
    if rule := _rule(result):
        path, line = link.source or link.file, link.source_line or link.line
        message, hint = _message(result, rule), _hint(result, rule, options.as_of)
        found.append(Finding(path, line, rule, message, hint, link.source_col or link.col))
    return found


def _rule(result: Result) -> str:
    verdict, entry = result.verdict, result.entry
    if verdict.answer == "broken":
        return "" if entry and entry.expect == "dead" else "web-broken"
    if entry:
        return ""
    if verdict.answer == "unknown":
        return "web-unreachable" if result.lasting else "web-unknown"
    return "web-moved" if verdict.redirect == "permanent" else ""


def _message(result: Result, rule: str) -> str:
    verdict, url = result.verdict, result.link.url
    if rule == "web-moved":
        return f"'{url}' has moved for good"
    what = {
        "web-broken": "is broken",
        "web-unknown": "could not be judged",
        "web-unreachable": "has not been reachable for days",
    }[rule]
    return f"'{url}' {what}: {verdict.detail} ({verdict.reason})"


def _hint(result: Result, rule: str, as_of: str) -> str:
    if rule == "web-moved":
        return moved_to(result)
    if result.entry and result.entry.replacement:
        return result.entry.replacement
    if result.verdict.reason == "private":
        return "readers cannot open it; `--allow-private` asks it all the same"
    if rule == "web-broken" and result.verdict.reason not in _UNARCHIVED:
        if result.copy is not None:
            return f"an archived copy: {result.copy}" if result.copy else "no copy is archived"
        day = as_of.replace("-", "")  # the Wayback Machine finds what is nearest to it
        return f"an archived copy, if there is one: {_WAYBACK}{day}/{result.link.url}"
    if rule == "web-unreachable":
        return "open it in a browser; if it works, record what robots get in docs/ledgers/links.yml"
    return ""


def moved_to(result: Result) -> str:
    """The new address; without a fragment of its own it keeps the link's (RFC 9110, 10.2.2)."""
    target = result.verdict.target
    _, mark, fragment = result.link.url.partition("#")
    return target if "#" in target or not mark else f"{target}#{fragment}"


class Fix(NamedTuple):
    """What `--fix` does to one file; `left` are moves that it cannot map exactly."""

    path: str
    text: str
    diff: str
    left: tuple[str, ...]


def fixes(outcome: Outcome, root: Path) -> list[Fix]:
    """The rewrites of the permanent redirects that no ledger entry speaks of."""
    moves: dict[str, dict[str, str]] = {}
    for result in outcome.results:
        if result.link.source and _rule(result) == "web-moved":
            moves.setdefault(result.link.source, {})[result.link.url] = moved_to(result)
    done = []
    for path, wanted in sorted(moves.items()):
        text = files.read_bytes(root / path, root).decode()  # with its line endings as they are
        new, left = fix.rewrite(text, wanted)
        done.append(Fix(path, new, fix.diff(path, text, new), left))
    return done


def apply(fixed: Iterable[Fix], root: Path) -> None:
    """Write rewrites to disk, byte for byte, all or none."""
    change = writing.Change(root)
    for item in fixed:
        if item.diff:
            change.write(item.path, item.text)
    change.commit()


def merge(cache: Path, parts: Collection[Path]) -> int:
    """Merge the histories of shards into one; return how many addresses they held."""
    rows: list[sqlite3.Row] = []
    readings: list[Reading] = []
    for part in sorted(parts):
        try:
            with History(part) as history:
                history.check()
                rows += history.rows()
                readings += history.readings()
        except sqlite3.DatabaseError as error:
            raise InputError(f"{part} is damaged: {error}") from None
    with open_history(cache) as history:
        history.take(rows, readings)
    return len(rows)
