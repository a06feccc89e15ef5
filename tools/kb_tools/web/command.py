"""`kb links` without its arguments' parsing: the ledger and the site in, reports out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from kb.ledger import Ledger
from kb.references.mapping import Source
from kb.references.site import Site
from kb.report import Located
from kb.web import exceptions
from kb_tools.web import job, summary
from kb_tools.web.job import Fix, Options, Progress
from kb_tools.web.links import collect


class Report(NamedTuple):
    """What a run found, for `kb.report`, and what it says to people; no fix is written yet."""

    located: list[Located]
    summary: str
    issue: str
    fixes: list[Fix]


def check_links(
    root: Path,
    ledger: Ledger,
    site: Site,
    sources: Mapping[str, Source],
    options: Options,
    now: float,
    *,
    changed: frozenset[str] | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Report:
    """Check a built site's links to the web; `options.known` is filled from the links ledger.

    With `changed` only what those files link to is asked about.
    """
    options = options._replace(known=exceptions.entries(ledger), ledger=ledger.path)
    outcome = job.run(
        collect(site, sources),
        options,
        now,
        lambda link: changed is None or link.source in changed,
        progress,
    )
    located = [
        *job.located(outcome, options),
        *(Located(each, verdict="") for each in ledger.findings),
    ]
    return Report(
        located,
        summary.job_summary(outcome, located),
        summary.tracking_issue(located),
        job.fixes(outcome, lambda path: job.read_source(root, path)),
    )
