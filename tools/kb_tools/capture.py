"""`kb screenshots --take`: a public page is opened as its ledger entry says, and captured anew."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, Error, Route

from kb.files import read_text
from kb.finding import Finding, InputError
from kb.pictures import entries as ledgers
from kb.pictures import fresh, probe
from kb.project import Project
from kb_tools import mend
from kb_tools.clean import clean
from kb_tools.web import safety
from kb_tools.writing import Change

_WAIT = 30_000  # milliseconds for a page
_HOPS = 5  # redirects of a file that a page shows


def take(
    project: Project,
    wanted: Collection[str],
    today: date,
    chromium: Browser,
    *,
    private: bool = False,
    progress: Callable[[str], object] = print,
) -> list[Finding]:
    """Capture the pages of these entries, or of all that name one; all that came out is written.

    `private` opens addresses of this machine and network as well. Gives what did not come out.
    """
    listed, held = project.ledger(ledgers.LEDGER), project.ledger("captures.lock")
    if broken := [*listed.findings, *(() if held.absent else held.findings)]:
        raise InputError(broken[0])
    chosen = {
        index: item
        for index, item in ledgers.items(listed)
        if "page" in item and (not wanted or item["path"] in wanted)
    }
    if lost := sorted(set(wanted) - {item["path"] for item in chosen.values()}):
        raise InputError(f"no entry with a `page` in {listed.path}: {lost[0]}")
    change, left = Change(project.home), []
    lines = read_text(project.home / listed.path, project.home).split("\n")
    lock = {path: dict(entry) for path, entry in (held.data or {}).items()}
    for index, item in chosen.items():
        line = listed.line(index, "captured")
        try:
            taken = dict(_pictures(item, project.editions.locales, chromium, private))
        except (Error, OSError) as error:
            why = str(error).split("\n")[0]
            message = f"'{item['path']}' was not taken: {why}"
            left.append(Finding(listed.path, line, "image-undated", message))
            continue
        for path, png in taken.items():
            change.write(f"docs/{path}", png)
            lock[path] = {"captured": today.isoformat(), "bytes": probe.probe(png).digest}
            progress(f"captured docs/{path}")
        dated = re.compile(r"(captured\s*:\s*['\"]?)\d{4}-\d\d-\d\d")
        lines[line - 1] = dated.sub(rf"\g<1>{today}", lines[line - 1], count=1)
    if change.files:
        change.write(listed.path, "\n".join(lines))
        change.write(fresh.LOCK, mend.lock_text(lock))
    change.commit()
    return left


def _pictures(
    item: Mapping[str, Any], locales: Sequence[str], chromium: Browser, private: bool
) -> Iterator[tuple[str, bytes]]:
    """The files of an entry and their bytes, each language by its own address."""
    page = item["page"]
    width, height = page["viewport"]
    for locale in locales if "{locale}" in item["path"] else locales[:1]:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=item.get("density", 1),
            locale=page["language"].replace("{locale}", locale),
            reduced_motion="reduce",
            service_workers="block",
        )
        try:
            if not private:
                context.route("**/*", _guarded)
                context.route_web_socket("**/*", lambda socket: socket.close())
            tab = context.new_page()
            answer = tab.goto(page["address"].replace("{locale}", locale), timeout=_WAIT)
            if answer is None or not answer.ok:
                raise Error(f"its page answers {answer.status if answer else 'nothing'}")
            png = tab.screenshot(animations="disabled")
        finally:
            context.close()
        yield item["path"].replace("{locale}", locale), clean(png).data


def _guarded(route: Route) -> None:
    """Let a page ask only the public web.

    A browser follows a redirect unasked: so it is given none. A page that leads on is not shown.
    """
    url = route.request.url
    with contextlib.suppress(safety.Forbidden, Error):
        for _ in range(_HOPS):
            safety.check(urlsplit(url).hostname or "")
            answer = route.fetch(url=url, max_redirects=0)
            there = answer.headers.get("location") if 300 <= answer.status < 400 else None
            if there is None:
                return route.fulfill(response=answer)
            if route.request.is_navigation_request():
                return route.fulfill(status=answer.status)
            url = urljoin(url, there)
    return route.abort()
