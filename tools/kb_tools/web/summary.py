"""What people read of a run: the job summary, the tracking issue, the line of progress."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TextIO

from kb.finding import Located
from kb_tools import tracking
from kb_tools.web.job import Outcome

# Verdicts that pass by themselves are no work for anybody.
_NO_TASK = frozenset({"web-unknown"})


def job_summary(outcome: Outcome, found: Iterable[Located]) -> str:
    """The run in Markdown: counts, then what was found, the gravest first."""
    answers = Counter(
        {result.link.page: result.verdict.answer for result in outcome.results}.values()
    )
    total = sum(answers.values())
    return "\n".join(
        [
            "## External links",
            "",
            "| addresses | ok | broken | unknown | asked now | requests |",
            "|---:|---:|---:|---:|---:|---:|",
            f"| {total} | {answers['ok']} | {answers['broken']} | {answers['unknown']} "
            f"| {outcome.asked} | {outcome.requests} |",
            *tracking.sections(found, "-"),
            "",
        ]
    )


def tracking_issue(found: Iterable[Located]) -> str:
    """The body of the one issue that tracks dead links; "" when there is nothing to do."""
    tasks = [item for item in found if item.finding.rule not in _NO_TASK]
    return tracking.issue(tasks, "the weekly link check")


def progress_line(done: int, total: int, seconds: float) -> str:
    """`123/2000  6 %  1:05 left`."""
    share = done / total if total else 1.0
    left = seconds / done * (total - done) if done else 0.0
    eta = f"  {int(left) // 60}:{int(left) % 60:02} left" if 0 < done < total else ""
    return f"{done}/{total}  {share:4.0%}{eta}"


def progress(stream: TextIO = sys.stderr) -> Callable[[int, int], None]:
    """A line that rewrites itself on a terminal; nothing in a pipe."""
    if not stream.isatty():
        return lambda _done, _total: None
    started = time.monotonic()

    def show(done: int, total: int) -> None:
        line = progress_line(done, total, time.monotonic() - started)
        end = "\n" if done == total and total else ""
        stream.write(f"\r\x1b[K{line}{end}")
        stream.flush()

    return show
