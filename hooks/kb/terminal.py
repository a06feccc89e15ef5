"""What commands have in common: exit codes, the project's folder, the day, saying what was found.

Kept light: `kb links` starts with this alone.
"""

import datetime
import importlib
import os
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb import clock, rules
from kb.finding import Finding, InputError, many, unique

if TYPE_CHECKING:
    from kb.project import Project

FINE, FOUND, USAGE, BUG, INTERRUPTED = 0, 1, 2, 70, 130
DEFAULT_URL = "http://127.0.0.1:8000/"
_SPOILT = re.compile(r"[\s\"'<>\\\x00-\x1f\x7f]")  # no part of an address that stands in pages
TOOLS = Path(__file__).parents[2] / "tools"
INSTALLED = Path(__file__).parents[1].name == "site-packages"  # kb_tools lies beside kb then


def by_hand(name: str) -> Any:
    """A module of the folder tools/, which has what no build needs: drawing, mending, importing."""
    if not INSTALLED and not TOOLS.is_dir():
        raise InputError(f"this is done by {TOOLS / 'kb_tools' / name}.py, which is not there")
    if not INSTALLED and str(TOOLS) not in sys.path:
        sys.path.append(str(TOOLS))
    return importlib.import_module(f"kb_tools.{name}")


def home(options: Namespace) -> Path:
    """The project's folder."""
    root: Path = options.root
    if not (root / "docs").is_dir():
        raise InputError(f"no folder {root / 'docs'}: run this in the project or give --root")
    return root


def as_of_argument(parser: ArgumentParser) -> None:
    """Add `--as-of`, which `today_of` reads."""
    parser.add_argument(
        "--as-of", type=day, metavar="DAY", help="the day it is done for (default: today)"
    )


def site_url_argument(parser: ArgumentParser) -> None:
    """Add `--site-url`, which `site_url` reads."""
    parser.add_argument("--site-url", help="where the site is hosted (default: $SITE_URL)")


def day(text: str) -> datetime.date:
    """A day as an argument: `2026-11-23`."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is no day like 2026-11-23") from None


def today_of(options: Namespace, held: "Project | None") -> tuple[datetime.date, list[Finding]]:
    """The day that it is done for, and what is to be said of it."""
    newest = held.newest if held else clock.Newest()
    asked = options.as_of or clock.asked(os.environ)
    return max(asked, newest.day), clock.check(asked, newest)


def site_url(options: Namespace) -> str:
    """Where the site is hosted."""
    from kb.web.address import address  # costs 10 ms

    url: str = options.site_url or os.environ.get("SITE_URL") or DEFAULT_URL
    parts = address(url)
    if parts is None or parts.query_string or "#" in url or "@" in url or _SPOILT.search(url):
        raise InputError(f"'{url}' is no address to host a site at, like {DEFAULT_URL}")
    return url if url.endswith("/") else f"{url}/"


def tell(findings: Iterable[Finding], checked: str = "") -> int:
    """Print findings, and what was checked; gives the exit code."""
    said = unique(findings)
    for finding in said:
        print(finding)
    sum_up(checked, said)
    return code(said)


def sum_up(checked: str, findings: Sequence[Finding]) -> None:
    """Beside the output: where each rule is explained, what was checked, how much is wrong."""
    for rule in sorted({finding.rule for finding in findings}):
        print(f"[{rule}] {explained(rule)}", file=sys.stderr)
    if not checked:
        return
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = many(len(findings) - errors, "warning")
    print(f"{checked}: {many(errors, 'error')}, {warnings}", file=sys.stderr)


def explained(rule: str) -> str:
    """Where a rule is explained: on the site that SITE_URL names, else in the table itself."""
    url = os.environ.get("SITE_URL", "").rstrip("/")
    return f"{url}/{rules.page(rule)}" if url else rules.place(rule)


def of_editions(pages: int, count: int) -> str:
    """What was checked."""
    return f"{many(pages, 'page')} of {many(count, 'edition')}"


def code(findings: Iterable[Finding]) -> int:
    """The exit code for what was found."""
    return FOUND if any(found.severity == "error" for found in findings) else FINE
